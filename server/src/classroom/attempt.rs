//! A person's work on a lab. Joining a workshop takes along what the person has begun on its lab alone; a second
//! workshop on the same lab is a second attempt, so that neither instructor loses anything.

use super::Error;
use crate::db::attempt::{self, Attempt};
use crate::db::{Tx, progress, world};
use crate::practice::host::Key;
use crate::provision::stack;
use crate::state::AppState;

/// Numbers tried before giving up; one is enough but for a clash of one in a billion.
const TRIES: usize = 8;

/// The person's attempt at the lab: the present one, or a new one with a practice account of its own.
pub(crate) async fn begin(state: &AppState, person: &str, lab: &str) -> Result<Attempt, Error> {
    // A second click finds what the first has begun.
    let turn = state.hub.turn(&format!("begin:{person}"));
    let _turn = turn.lock().await;
    let present = attempt::current(&mut state.db.read().await?, person, lab).await?;
    match present {
        Some(present) => Ok(present),
        None => create(state, person, lab, None).await,
    }
}

/// The person's attempt in the workshop, made the present one.
pub(crate) async fn join(
    state: &AppState,
    person: &str,
    lab: &str,
    workshop: &str,
) -> Result<Attempt, Error> {
    let now = state.clock.now();
    let mut tx = state.db.begin().await?;
    let there = match attempt::in_workshop(&mut tx, person, workshop).await? {
        Some(there) => Some(there),
        None => match attempt::outside_workshops(&mut tx, person, lab).await? {
            Some(mut alone) => {
                attempt::set_workshop(&mut tx, &alone.id, workshop).await?;
                alone.workshop_id = Some(workshop.to_owned());
                Some(alone)
            }
            None => None,
        },
    };
    if let Some(there) = &there {
        attempt::touch(&mut tx, &there.id, now).await?;
    }
    tx.commit().await?;
    match there {
        Some(there) => Ok(there),
        None => create(state, person, lab, Some(workshop)).await,
    }
}

async fn create(state: &AppState, person: &str, lab: &str, workshop: Option<&str>) -> Result<Attempt, Error> {
    let account = free_account(state).await?;
    let key = state.practice.create_seeded(&account, state.config.speed, seed(state, &account)).await?;
    let now = state.clock.now();
    let made = Attempt {
        id: crate::id::fresh(),
        person_id: person.to_owned(),
        lab: lab.to_owned(),
        workshop_id: workshop.map(str::to_owned),
        world_id: Some(account.clone()),
        started_at: now,
    };
    let mut tx = state.db.begin().await?;
    if !attempt::insert(&mut tx, &made).await? {
        // Another server was quicker: its attempt is the one, and this account nobody's.
        world::remove(&mut tx, &account).await?;
        let there = match workshop {
            Some(workshop) => attempt::in_workshop(&mut tx, person, workshop).await?,
            None => attempt::outside_workshops(&mut tx, person, lab).await?,
        };
        tx.commit().await?;
        return there.ok_or(Error::Conflict("This lab is just being begun. Please try again."));
    }
    keep_key(state, &mut tx, &account, &key).await?;
    progress::enter(&mut tx, &made.id, 1, now).await?;
    begin_stack(state, &mut tx, &made).await?;
    tx.commit().await?;
    state.provisioning.jobs();
    Ok(made)
}

/// Empties the practice account and forgets ticks, verdicts and hints. The text stays, and so does the key that
/// the student has in a terminal: it follows from the account, see [`seed`].
pub(crate) async fn start_over(state: &AppState, attempt: &Attempt) -> Result<(), Error> {
    let Some(account) = &attempt.world_id else {
        return Err(Error::Conflict("This attempt has no practice account."));
    };
    // No look may be under way that would tick the fresh attempt by what the old account was.
    let turn = state.hub.turn(&attempt.id);
    let _turn = turn.lock().await;
    let key = state.practice.create_seeded(account, state.config.speed, seed(state, account)).await?;
    let mut tx = state.db.begin().await?;
    world::remove_key(&mut tx, &key.id).await?;
    keep_key(state, &mut tx, account, &key).await?;
    progress::forget(&mut tx, &attempt.id).await?;
    let now = state.clock.now();
    progress::enter(&mut tx, &attempt.id, 1, now).await?;
    stack::forget(&mut tx, &attempt.id).await?;
    begin_stack(state, &mut tx, attempt).await?;
    tx.commit().await?;
    state.provisioning.jobs();
    Ok(())
}

/// Where the lab makes a stack at the start.
async fn begin_stack(state: &AppState, tx: &mut Tx, attempt: &Attempt) -> Result<(), Error> {
    if let Some(lab) = state.catalog.labs.get(&attempt.lab) {
        stack::begin(state, tx, lab, attempt).await?;
    }
    Ok(())
}

async fn keep_key(state: &AppState, tx: &mut Tx, account: &str, key: &Key) -> Result<(), Error> {
    world::add_key(tx, &state.sealer, account, &key.id, &key.secret).await?;
    Ok(())
}

/// What the account's ids and keys follow from: secret, as it is made from the server's key.
fn seed(state: &AppState, account: &str) -> u64 {
    let bytes = state.sealer.derive(&format!("world seed:{account}"));
    bytes.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// A number no practice account has: twelve digits, the first not zero.
async fn free_account(state: &AppState) -> Result<String, Error> {
    for _ in 0..TRIES {
        let number = 100_000_000_000 + rand::random::<u64>() % 900_000_000_000;
        let account = number.to_string();
        if world::find_account(&mut state.db.read().await?, &account).await?.is_none() {
            return Ok(account);
        }
    }
    Err(Error::Conflict("No practice account is free at the moment. Please try again."))
}
