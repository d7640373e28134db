//! Between servers that share a PostgreSQL: what one of them changes, pages that are open at another hear too.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::db::notice::Notices;
use crate::state::AppState;

/// A database that does not answer is asked again after this long.
const AFTER_TROUBLE: Duration = Duration::from_secs(3);

/// Runs until the server stops; where there can be no other server, ends at once.
pub async fn run(state: AppState) {
    let mut stopping = state.stopping.clone();
    tokio::select! {
        () = async { let _ = stopping.wait_for(|stop| *stop).await; } => {}
        () = carry(&state) => {}
    }
}

async fn carry(state: &AppState) {
    // Who sends need not listen to itself.
    let own = crate::id::fresh();
    loop {
        match Notices::open(&state.db).await {
            Ok(None) => return,
            Ok(Some(notices)) => {
                state.hub.have_others();
                // What was told before there was a listener was missed.
                state.hub.anything_changed();
                if let Err(error) = exchange(state, notices, &own).await {
                    tracing::error!(%error, "hearing the other servers");
                }
            }
            Err(error) => tracing::error!(%error, "listening to the other servers"),
        }
        tokio::time::sleep(AFTER_TROUBLE).await;
    }
}

async fn exchange(state: &AppState, mut notices: Notices, own: &str) -> Result<(), crate::db::Error> {
    loop {
        tokio::select! {
            topics = state.hub.for_others() => tell(&notices, own, topics).await?,
            heard = notices.next() => match heard? {
                Some(text) => {
                    if let Some((from, topic)) = text.split_once(' ') && from != own {
                        state.hub.heard(topic);
                    }
                }
                None => state.hub.anything_changed(),
            },
        }
    }
}

async fn tell(notices: &Notices, own: &str, topics: BTreeSet<String>) -> Result<(), crate::db::Error> {
    for topic in topics {
        notices.send(&format!("{own} {topic}")).await?;
    }
    Ok(())
}
