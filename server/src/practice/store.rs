//! Where worlds are kept: a snapshot and the journal since. Both are opaque bytes here.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::clock::{Clock, EpochMs};
use crate::db::{Db, world};
use crate::secret::{Sealer, Secret};

/// Why a world could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has already written this sequence number: load again.
    #[error("the journal has moved on")]
    Conflict,
    /// The store itself failed.
    #[error("the store of practice worlds failed")]
    Failed(#[source] anyhow::Error),
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Counts from 1.
    pub seq: i64,
    /// The world's time of it, in milliseconds.
    pub at_ms: EpochMs,
    /// The command, encoded.
    pub command: Vec<u8>,
}

/// A world as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The world, encoded, after the entry `snapshot_seq`.
    pub snapshot: Vec<u8>,
    /// Sequence number the snapshot stands for.
    pub snapshot_seq: i64,
    /// How far the world's time is ahead of the clock, in milliseconds.
    pub skew_ms: i64,
    /// The entries after the snapshot, in order.
    pub journal: Vec<Entry>,
}

/// What tells whether a world in memory is behind what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry there was.
    pub seq: i64,
    /// How far the world's time is ahead of the clock, in milliseconds.
    pub skew_ms: i64,
}

impl Stored {
    /// The number of the last entry there was.
    pub fn last_seq(&self) -> i64 {
        self.journal.last().map_or(self.snapshot_seq, |entry| entry.seq)
    }
}

/// Keeps worlds by account id. `append` must be durable when it returns.
#[async_trait]
pub trait Store: Send + Sync {
    /// Everything kept of an account; None when there is no such account.
    async fn load(&self, account: &str) -> Result<Option<Stored>, StoreError>;
    /// How far what is kept of an account has come; None when there is no such account.
    async fn head(&self, account: &str) -> Result<Option<Head>, StoreError>;
    /// A new account, or a fresh start of one that replaces all that was kept of it. Answers the sequence number the
    /// snapshot stands for: numbers go on, so that another process notices.
    async fn create(&self, account: &str, snapshot: &[u8]) -> Result<i64, StoreError>;
    /// Adds an entry; `Conflict` if its number is taken.
    async fn append(&self, account: &str, entry: &Entry) -> Result<(), StoreError>;
    /// Replaces the snapshot and forgets the entries up to it.
    async fn snapshot(&self, account: &str, seq: i64, snapshot: &[u8]) -> Result<(), StoreError>;
    /// Remembers how far the world's time is ahead.
    async fn set_skew(&self, account: &str, skew_ms: i64) -> Result<(), StoreError>;
}

/// Keeps worlds in memory: for the standalone endpoint and for tests. Nothing survives the process.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, Stored>>);

impl Memory {
    fn with<T>(&self, account: &str, act: impl FnOnce(&mut Stored) -> T) -> Result<T, StoreError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stored =
            all.get_mut(account).ok_or_else(|| StoreError::Failed(anyhow::anyhow!("no such account")))?;
        Ok(act(stored))
    }
}

#[async_trait]
impl Store for Memory {
    async fn load(&self, account: &str) -> Result<Option<Stored>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned())
    }

    async fn head(&self, account: &str) -> Result<Option<Head>, StoreError> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.get(account).map(|stored| Head { seq: stored.last_seq(), skew_ms: stored.skew_ms }))
    }

    async fn create(&self, account: &str, snapshot: &[u8]) -> Result<i64, StoreError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot_seq = all.get(account).map_or(0, |old| old.last_seq() + 1);
        let fresh = Stored { snapshot: snapshot.to_vec(), snapshot_seq, skew_ms: 0, journal: Vec::new() };
        all.insert(account.to_owned(), fresh);
        Ok(snapshot_seq)
    }

    async fn append(&self, account: &str, entry: &Entry) -> Result<(), StoreError> {
        self.with(account, |stored| {
            if entry.seq != stored.last_seq() + 1 {
                return Err(StoreError::Conflict);
            }
            stored.journal.push(entry.clone());
            Ok(())
        })?
    }

    async fn snapshot(&self, account: &str, seq: i64, snapshot: &[u8]) -> Result<(), StoreError> {
        self.with(account, |stored| {
            stored.snapshot = snapshot.to_vec();
            stored.snapshot_seq = seq;
            stored.journal.retain(|entry| entry.seq > seq);
        })
    }

    async fn set_skew(&self, account: &str, skew_ms: i64) -> Result<(), StoreError> {
        self.with(account, |stored| stored.skew_ms = skew_ms)
    }
}

/// Keeps worlds in the database; snapshots, which hold the accounts' secrets, are sealed.
#[derive(Debug, Clone)]
pub struct Database {
    db: Db,
    sealer: Sealer,
    clock: Clock,
}

impl Database {
    /// Worlds in `db`, sealed by `sealer`, dated by `clock`.
    pub fn new(db: Db, sealer: Sealer, clock: Clock) -> Self {
        Self { db, sealer, clock }
    }

    fn seal(&self, account: &str, snapshot: &[u8]) -> Result<Vec<u8>, StoreError> {
        let text = String::from_utf8(snapshot.to_vec()).map_err(failed)?;
        Ok(self.sealer.seal(&purpose(account), &Secret::new(text)))
    }

    fn unseal(&self, account: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let secret = self.sealer.unseal(&purpose(account), sealed).map_err(failed)?;
        Ok(secret.expose().as_bytes().to_vec())
    }
}

fn purpose(account: &str) -> String {
    format!("world:{account}")
}

fn failed(error: impl Into<anyhow::Error>) -> StoreError {
    StoreError::Failed(error.into())
}

#[async_trait]
impl Store for Database {
    async fn load(&self, account: &str) -> Result<Option<Stored>, StoreError> {
        let mut conn = self.db.read().await.map_err(failed)?;
        let Some(stored) = world::load(&mut conn, account).await.map_err(failed)? else { return Ok(None) };
        let Some(snapshot) = stored.snapshot else { return Ok(None) };
        let journal =
            stored.journal.into_iter().map(|(seq, at_ms, command)| Entry { seq, at_ms, command }).collect();
        Ok(Some(Stored {
            snapshot: self.unseal(account, &snapshot)?,
            snapshot_seq: stored.snapshot_seq,
            skew_ms: stored.world.skew_ms,
            journal,
        }))
    }

    async fn head(&self, account: &str) -> Result<Option<Head>, StoreError> {
        let mut conn = self.db.read().await.map_err(failed)?;
        let head = world::head(&mut conn, account).await.map_err(failed)?;
        Ok(head.map(|(seq, skew_ms)| Head { seq, skew_ms }))
    }

    async fn create(&self, account: &str, snapshot: &[u8]) -> Result<i64, StoreError> {
        let sealed = self.seal(account, snapshot)?;
        let mut tx = self.db.begin().await.map_err(failed)?;
        let row = world::World { id: account.to_owned(), account_id: account.to_owned(), skew_ms: 0 };
        world::create(&mut tx, &row, self.clock.now()).await.map_err(failed)?;
        let seq = world::last_seq(&mut tx, account).await.map_err(failed)? + 1;
        world::store_snapshot(&mut tx, account, seq, &sealed).await.map_err(failed)?;
        world::set_skew(&mut tx, account, 0).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(seq)
    }

    async fn append(&self, account: &str, entry: &Entry) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await.map_err(failed)?;
        match world::append(&mut tx, account, entry.seq, entry.at_ms, &entry.command).await {
            Ok(()) => tx.commit().await.map_err(failed),
            Err(world::AppendError::Conflict { .. }) => Err(StoreError::Conflict),
            Err(world::AppendError::Db(error)) => Err(failed(error)),
        }
    }

    async fn snapshot(&self, account: &str, seq: i64, snapshot: &[u8]) -> Result<(), StoreError> {
        let sealed = self.seal(account, snapshot)?;
        let mut tx = self.db.begin().await.map_err(failed)?;
        world::store_snapshot(&mut tx, account, seq, &sealed).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn set_skew(&self, account: &str, skew_ms: i64) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await.map_err(failed)?;
        world::set_skew(&mut tx, account, skew_ms).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }
}
