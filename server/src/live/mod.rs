//! Ticks without a click: looks at an attempt's checks whenever its world may have changed, records what they found and
//! tells the open pages.
//!
//! Nothing is polled. A look follows a request that changed the world, a page that was opened, a person who asked, or
//! the moment the world itself named as its next event. An attempt nobody touches or watches costs nothing.

pub mod between;
mod watcher;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use crate::classroom::hub::CheckRequest;
use crate::db::attempt;
use crate::provision;
use crate::state::AppState;
use watcher::{Poke, Watcher};

/// Pokes that may wait at a watcher; more say nothing new.
const WAITING_POKES: usize = 32;

/// A change whose attempt could not be found is looked into again after this long.
const AFTER_TROUBLE: Duration = Duration::from_secs(3);

/// Runs until the server stops.
pub async fn run(state: AppState, mut requests: mpsc::Receiver<CheckRequest>) {
    // When two hundred worlds move at once, pages still find a core that is free.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let unasked = Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)));
    let mut watchers = Watchers { state: state.clone(), running: HashMap::new(), unasked };
    let mut stopping = state.stopping.clone();
    loop {
        tokio::select! {
            accounts = state.practice.changes() => {
                for account in accounts {
                    watchers.world_changed(&account).await;
                }
            }
            request = requests.recv() => match request {
                Some(request) => watchers.asked(request),
                None => return,
            },
            () = async { let _ = stopping.wait_for(|stop| *stop).await; } => return,
        }
    }
}

/// The attempts that are being looked at, each by a task of its own.
struct Watchers {
    state: AppState,
    running: HashMap<String, mpsc::Sender<Poke>>,
    /// Looks that nobody asked for take turns.
    unasked: Arc<Semaphore>,
}

impl Watchers {
    async fn world_changed(&mut self, account: &str) {
        if let Err(error) = provision::run::account_changed(&self.state, account).await {
            // The job's own time comes, only later.
            tracing::error!(%error, account, "telling the job of a changed world");
        }
        let found = async {
            let mut conn = self.state.db.read().await?;
            attempt::of_world(&mut conn, account).await
        };
        match found.await {
            Ok(Some(attempt)) => self.poke(&attempt.id, Poke::Changed),
            // A world without an attempt is just being made.
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, account, "finding the attempt of a changed world");
                let (practice, account) = (self.state.practice.clone(), account.to_owned());
                tokio::spawn(async move {
                    tokio::time::sleep(AFTER_TROUBLE).await;
                    practice.touch(&account);
                });
            }
        }
    }

    fn asked(&mut self, request: CheckRequest) {
        let attempt = request.attempt_id.clone();
        let CheckRequest { step, claimed, done, .. } = request;
        self.poke(&attempt, Poke::Asked { step, claimed, done });
    }

    fn poke(&mut self, attempt: &str, poke: Poke) {
        let refused = match self.running.get(attempt) {
            Some(running) => running.try_send(poke).err(),
            None => Some(mpsc::error::TrySendError::Closed(poke)),
        };
        // A full one will look again in any case; a closed one has gone to rest.
        if let Some(mpsc::error::TrySendError::Closed(poke)) = refused {
            self.start(attempt, poke);
        }
    }

    fn start(&mut self, attempt: &str, first: Poke) {
        self.running.retain(|_, running| !running.is_closed());
        let (sender, pokes) = mpsc::channel(WAITING_POKES);
        // A fresh channel has room.
        let _ = sender.try_send(first);
        self.running.insert(attempt.to_owned(), sender);
        tokio::spawn(Watcher::new(self.state.clone(), attempt, pokes, self.unasked.clone()).run());
    }
}
