//! What starts the jobs' runner, and what stops it in tests.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::db::stack::Stack;

/// Tells the runner that there is work.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    news: Notify,
    /// Accounts whose stack is on its way or there, with the stack's id, and how long a look at it may wait.
    under_way: Mutex<BTreeMap<String, (String, i64)>>,
}

impl Wake {
    /// There may be a job that is due.
    pub fn jobs(&self) {
        self.0.news.notify_one();
    }

    /// Until someone says that there may be.
    pub(super) async fn told(&self) {
        self.0.news.notified().await;
    }

    /// How many milliseconds after a change of the stack's account to look at it; None: a change is no reason.
    pub(super) fn follow(&self, row: &Stack, follow: Option<i64>) {
        let mut under_way = self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pause_ms) = follow {
            under_way.insert(row.account_id.clone(), (row.id.clone(), pause_ms));
        } else {
            under_way.remove(&row.account_id);
        }
    }

    /// The account's stack, and how many milliseconds a look at it may wait.
    pub(super) fn follows(&self, account: &str) -> Option<(String, i64)> {
        self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }
}

/// Where a test stops a server: after so many writes and calls. Never, otherwise.
#[derive(Clone, Debug, Default)]
pub struct Stops(Option<Arc<AtomicI64>>);

/// The server has been stopped.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

impl Stops {
    /// After `points` more writes and calls.
    pub fn after(points: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(points))))
    }

    /// Between two steps that a server may be stopped between.
    pub(super) fn here(&self) -> Result<(), Stopped> {
        match &self.0 {
            Some(left) if left.fetch_sub(1, Ordering::SeqCst) <= 0 => Err(Stopped),
            _ => Ok(()),
        }
    }
}
