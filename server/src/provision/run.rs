//! Runs the jobs that bring stacks on, each as a turn of `turn`'s, and wakes them when their account changes.

use std::time::Duration;

use super::stack::JOB;
use super::turn::{AT_LEISURE_MS, Turn};
use super::wake::{Stopped, Stops};
use crate::clock::{EpochMs, MINUTE, SECOND};
use crate::db::{job, stack};
use crate::state::AppState;

/// A turn that takes longer is given up; a lease is longer than that, so that two never act at once.
const LONGEST_TURN: Duration = Duration::from_secs(50);
const LEASE_MS: i64 = 120 * SECOND;
/// After something that says nothing about the stack: a database, a throttle, a lost connection.
pub(super) const AFTER_TROUBLE_MS: i64 = 5 * SECOND;

/// An account has changed: a stack in it that is on its way may be further.
pub(crate) async fn account_changed(state: &AppState, account: &str) -> Result<(), crate::db::Error> {
    let Some((id, pause_ms)) = state.provisioning.follows(account) else { return Ok(()) };
    let mut tx = state.db.begin().await?;
    job::hurry(&mut tx, JOB, &id, state.clock.now() + pause_ms).await?;
    tx.commit().await?;
    state.provisioning.jobs();
    Ok(())
}

/// Runs until the server stops.
pub async fn run(state: AppState) {
    let mut stopping = state.stopping.clone();
    let stops = Stops::default();
    if let Err(error) = follow_those_there(&state).await {
        tracing::error!("the stacks that are there: {error:#}");
    }
    loop {
        let pause = match drain(&state, &stops).await {
            Ok(due) => due.map(|due| due.saturating_sub(state.clock.now()).max(0)),
            Err(error) => {
                tracing::error!("the jobs: {error:#}");
                Some(AFTER_TROUBLE_MS)
            }
        };
        // Another server may have written a job: it is found out after a while in any case.
        let pause = pause.unwrap_or(MINUTE).min(MINUTE);
        let pause = Duration::from_millis(u64::try_from(pause).unwrap_or_default());
        tokio::select! {
            () = state.provisioning.told() => {}
            () = tokio::time::sleep(pause) => {}
            () = async { let _ = stopping.wait_for(|stop| *stop).await; } => return,
        }
    }
}

/// What is known of accounts whose stack is complete was known to the server before.
async fn follow_those_there(state: &AppState) -> anyhow::Result<()> {
    for row in stack::ready(&mut state.db.read().await?).await? {
        state.provisioning.follow(&row, Some(AT_LEISURE_MS));
    }
    Ok(())
}

/// Does every job that is due; answers when the next one is.
pub async fn drain(state: &AppState, stops: &Stops) -> anyhow::Result<Option<EpochMs>> {
    loop {
        let mut tx = state.db.begin().await?;
        let claim = job::claim(&mut tx, state.clock.now(), LEASE_MS).await?;
        tx.commit().await?;
        stops.here()?;
        let Some(claim) = claim else { return Ok(job::next_due(&mut state.db.read().await?).await?) };
        let turn = Turn::new(state, stops, &claim);
        let outcome = match tokio::time::timeout(LONGEST_TURN, turn.run()).await {
            Ok(outcome) => outcome,
            Err(late) => Err(late.into()),
        };
        if let Err(error) = outcome {
            if error.is::<Stopped>() {
                return Err(error);
            }
            tracing::error!(stack = claim.subject, "bringing a stack on: {error:#}");
            let mut tx = state.db.begin().await?;
            job::later(&mut tx, &claim, state.clock.now() + AFTER_TROUBLE_MS).await?;
            tx.commit().await?;
        }
    }
}
