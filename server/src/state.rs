//! What every request can reach: made once at start, shared by reference count.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::watch;

use crate::catalog::Catalog;
use crate::classroom::hub::LiveHub;
use crate::clock::Clock;
use crate::config::ServeArgs;
use crate::db::Db;
use crate::practice::PracticeHost;
use crate::practice::address::PracticeAddress;
use crate::provision::wake::Wake;
use crate::secret::Sealer;

/// The server's parts. Clones share them.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Parts>);

/// What [`AppState`] derefs to.
#[derive(Debug)]
pub struct Parts {
    /// The settings.
    pub config: ServeArgs,
    /// The address people use, without a slash at the end.
    pub public_url: String,
    /// The time.
    pub clock: Clock,
    /// The labs.
    pub catalog: Catalog,
    /// Tells open pages of changes.
    pub hub: LiveHub,
    /// The database.
    pub db: Db,
    /// Seals what must be shown again.
    pub sealer: Sealer,
    /// The practice accounts.
    pub practice: PracticeHost,
    /// Where students reach them.
    pub practice_at: PracticeAddress,
    /// Tells the jobs that there is work.
    pub provisioning: Wake,
    /// Becomes true when the server is to stop; endless streams end then.
    pub stopping: watch::Receiver<bool>,
}

impl AppState {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
