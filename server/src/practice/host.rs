//! The accounts and their time. A world is loaded when it is first needed, changed by one request at a time, and
//! journaled before the request is answered, so that a crash loses nothing that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use practice::network::site::{SiteAnswer, SiteRequest};
use practice::{Auth, Command, HttpAnswer, HttpRequest, Outcome, Time, World};
use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::store::{Entry, Store, StoreError};
use crate::clock::Clock;

/// A snapshot is taken when the journal has grown by this many entries. They are what a world that is loaded again has
/// to live through, at a third of a millisecond each: few enough that a student who comes back does not notice.
const ENTRIES_PER_SNAPSHOT: i64 = 8;
/// Requests may be large (a launch template may hold 16 KB of user data): so many bytes of them are a reason too.
const BYTES_PER_SNAPSHOT: usize = 1 << 20;
/// Worlds kept in memory; past that the one not used for longest is let go (it is all in the store).
const MOST_LOADED: usize = 2_000;
/// How often a request is tried again when another process has written to the same world.
const MOST_CONFLICTS: u32 = 16;
/// Longest pause before trying again. Together they outlast a burst of requests that another server answers: it has
/// the world at hand, and so is always ahead of one that must load it first.
const LONGEST_PAUSE_MS: u64 = 200;
/// Slices of catching up that one request waits for.
const MOST_SLICES: usize = 40;
/// Most events a single settling passes over.
const MOST_SETTLED: usize = 10_000;

/// Why the host could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is no practice account with that number.
    #[error("there is no such practice account")]
    NoSuchAccount,
    /// So much has happened since anyone looked that it takes a while: try again.
    #[error("the practice account is catching up with the time that has passed; try again in a moment")]
    CatchingUp,
    /// Worlds cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept of the world cannot be read.
    #[error("what is kept of a practice world cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

/// An access key of a practice account.
#[derive(Clone)]
pub struct Key {
    /// Not secret.
    pub id: String,
    /// Secret.
    pub secret: crate::secret::Secret,
}

/// Hosts practice accounts. Clones share one host.
#[derive(Clone)]
pub struct PracticeHost(Arc<Inner>);

impl std::fmt::Debug for PracticeHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PracticeHost")
    }
}

struct Inner {
    store: Arc<dyn Store>,
    clock: Clock,
    wall: Clock,
    loaded: Mutex<BTreeMap<String, Arc<Slot>>>,
    changed: Mutex<BTreeSet<String>>,
    news: Notify,
}

struct Slot {
    state: AsyncMutex<Option<Loaded>>,
    used: std::sync::atomic::AtomicI64,
}

struct Loaded {
    world: World,
    seq: i64,
    since_snapshot: i64,
    bytes_since_snapshot: usize,
    skew_ms: i64,
    /// A world's time never runs backwards, whatever the clock does.
    latest: Time,
}

impl PracticeHost {
    /// A host over `store`. Worlds live in the time of `clock`; signatures are dated by `wall`.
    pub fn new(store: Arc<dyn Store>, clock: Clock, wall: Clock) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            wall,
            loaded: Mutex::default(),
            changed: Mutex::default(),
            news: Notify::new(),
        }))
    }

    /// Makes the account (or empties it), running `speed` times faster than AWS, and answers its student's key.
    pub async fn create(&self, account: &str, speed: u32) -> Result<Key, HostError> {
        self.create_seeded(account, speed, rand::random()).await
    }

    /// The same with ids and keys that the number `ids` determines: it is as secret as they are.
    pub async fn create_seeded(&self, account: &str, speed: u32, ids: u64) -> Result<Key, HostError> {
        let slot = self.slot(account);
        let mut state = slot.state.lock().await;
        let mut world = World::new(account, ids);
        let now = Time(self.0.clock.now());
        practice::apply(&mut world, &Command::SetSpeed(speed), now);
        let key = world.create_student(now);
        let seq = self.0.store.create(account, &encode(&world)?).await?;
        *state =
            Some(Loaded { world, seq, since_snapshot: 0, bytes_since_snapshot: 0, skew_ms: 0, latest: now });
        self.touch(account);
        Ok(Key { id: key.id, secret: crate::secret::Secret::new(key.secret) })
    }

    /// Answers one AWS API request.
    pub async fn api(
        &self,
        account: &str,
        request: &HttpRequest,
        auth: Auth,
    ) -> Result<HttpAnswer, HostError> {
        let request_id = request_id();
        let wall = Time(self.0.wall.now());
        let slot = self.slot(account);
        let mut state = slot.state.lock().await;
        for conflicts in 0..MOST_CONFLICTS {
            let loaded = self.load(account, &mut state).await?;
            let now = loaded.now(&self.0.clock);
            loaded.catch_up(now).await?;
            let understood = match practice::understand(&loaded.world, request, auth, now, wall) {
                Ok(understood) => understood,
                Err(refused) => return Ok(refused.encode(&request_id)),
            };
            if !understood.writes {
                let outcome = practice::apply(&mut loaded.world, &understood.command, now);
                return Ok(understood.encode(&outcome, &request_id));
            }
            match self.commit(account, loaded, &understood.command, now).await {
                Ok(outcome) => {
                    self.touch(account);
                    return Ok(understood.encode(&outcome, &request_id));
                }
                Err(HostError::Store(StoreError::Conflict)) => {
                    *state = None;
                    give_way(conflicts).await;
                }
                Err(other) => return Err(other),
            }
        }
        Err(HostError::Store(StoreError::Conflict))
    }

    /// Opens a page of the account's simulated world.
    pub async fn visit(&self, account: &str, request: SiteRequest) -> Result<SiteAnswer, HostError> {
        let command = Command::Visit(request);
        match self.command(account, &command).await? {
            Outcome::Visited(answer) => Ok(answer),
            _ => Ok(SiteAnswer::NoSuchHost),
        }
    }

    /// Applies a command that is not an API request.
    pub async fn command(&self, account: &str, command: &Command) -> Result<Outcome, HostError> {
        let slot = self.slot(account);
        let mut state = slot.state.lock().await;
        for conflicts in 0..MOST_CONFLICTS {
            let loaded = self.load(account, &mut state).await?;
            let now = loaded.now(&self.0.clock);
            loaded.catch_up(now).await?;
            match self.commit(account, loaded, command, now).await {
                Ok(outcome) => {
                    self.touch(account);
                    return Ok(outcome);
                }
                Err(HostError::Store(StoreError::Conflict)) => {
                    *state = None;
                    give_way(conflicts).await;
                }
                Err(other) => return Err(other),
            }
        }
        Err(HostError::Store(StoreError::Conflict))
    }

    /// Looks at the world as it is now.
    pub async fn look<T>(&self, account: &str, see: impl FnOnce(&World, Time) -> T) -> Result<T, HostError> {
        let slot = self.slot(account);
        let mut state = slot.state.lock().await;
        let loaded = self.load(account, &mut state).await?;
        let now = loaded.now(&self.0.clock);
        loaded.catch_up(now).await?;
        Ok(see(&loaded.world, now))
    }

    /// Milliseconds until the world next changes by itself; None when nothing is under way.
    pub async fn until_next_event(&self, account: &str) -> Result<Option<i64>, HostError> {
        self.look(account, |world, now| practice::next_event(world).map(|due| due.since(now).max(0))).await
    }

    /// Moves the world's time on by `ms`.
    pub async fn advance(&self, account: &str, ms: i64) -> Result<(), HostError> {
        self.shift(account, |_, _| Some(ms.max(0))).await.map(|_| ())
    }

    /// Moves the world's time to its next event; false when nothing is under way.
    pub async fn skip_ahead(&self, account: &str) -> Result<bool, HostError> {
        self.shift(account, |world, now| practice::next_event(world).map(|due| due.since(now).max(0))).await
    }

    /// Skips ahead until nothing is under way any more, or `limit_ms` of the world's time have passed.
    pub async fn settle(&self, account: &str, limit_ms: i64) -> Result<(), HostError> {
        self.shift(account, |world, now| {
            let mut ahead = world.clone();
            let end = now.plus_ms(limit_ms);
            let mut reached = now;
            for _ in 0..MOST_SETTLED {
                match practice::next_event(&ahead) {
                    Some(due) if due <= end => {
                        reached = due.max(reached);
                        practice::catch_up_wholly(&mut ahead, reached);
                    }
                    _ => break,
                }
            }
            Some(reached.since(now))
        })
        .await
        .map(|_| ())
    }

    /// The accounts whose worlds were changed by a request since the last call; waits until there is one. For one
    /// listener: what is handed out is forgotten.
    pub async fn changes(&self) -> BTreeSet<String> {
        loop {
            let changed = std::mem::take(&mut *self.0.changed.lock().unwrap_or_else(PoisonError::into_inner));
            if !changed.is_empty() {
                return changed;
            }
            self.0.news.notified().await;
        }
    }

    /// Says that the account may have changed.
    pub(crate) fn touch(&self, account: &str) {
        self.0.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned());
        self.0.news.notify_one();
    }

    async fn shift(
        &self,
        account: &str,
        by: impl FnOnce(&World, Time) -> Option<i64>,
    ) -> Result<bool, HostError> {
        let slot = self.slot(account);
        let mut state = slot.state.lock().await;
        let loaded = self.load(account, &mut state).await?;
        let now = loaded.now(&self.0.clock);
        loaded.catch_up(now).await?;
        let Some(ms) = by(&loaded.world, now) else { return Ok(false) };
        let skew_ms = loaded.skew_ms.saturating_add(ms);
        self.0.store.set_skew(account, skew_ms).await?;
        loaded.skew_ms = skew_ms;
        let now = loaded.now(&self.0.clock);
        loaded.catch_up(now).await?;
        self.touch(account);
        Ok(true)
    }

    async fn commit(
        &self,
        account: &str,
        loaded: &mut Loaded,
        command: &Command,
        now: Time,
    ) -> Result<Outcome, HostError> {
        let bytes = serde_json::to_vec(command).map_err(HostError::Unreadable)?;
        let seq = loaded.seq + 1;
        let length = bytes.len();
        self.0.store.append(account, &Entry { seq, at_ms: now.0, command: bytes }).await?;
        loaded.seq = seq;
        loaded.since_snapshot += 1;
        loaded.bytes_since_snapshot += length;
        let outcome = practice::apply(&mut loaded.world, command, now);
        if loaded.since_snapshot >= ENTRIES_PER_SNAPSHOT || loaded.bytes_since_snapshot >= BYTES_PER_SNAPSHOT
        {
            // The entry is safe in the journal already: a snapshot that fails is only tried again later.
            match self.0.store.snapshot(account, seq, &encode(&loaded.world)?).await {
                Ok(()) => (loaded.since_snapshot, loaded.bytes_since_snapshot) = (0, 0),
                Err(error) => tracing::warn!(account, %error, "no snapshot was taken"),
            }
        }
        Ok(outcome)
    }

    async fn load<'s>(
        &self,
        account: &str,
        state: &'s mut Option<Loaded>,
    ) -> Result<&'s mut Loaded, HostError> {
        if let Some(loaded) = state {
            // Another server may have written to this world, or moved its time, since this one last looked.
            match self.0.store.head(account).await? {
                Some(head) if head.seq == loaded.seq => loaded.skew_ms = head.skew_ms,
                _ => *state = None,
            }
        }
        if state.is_none() {
            let Some(stored) = self.0.store.load(account).await? else {
                // A made-up account takes no room.
                self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
                return Err(HostError::NoSuchAccount);
            };
            *state = Some(Loaded::rebuild(stored)?);
        }
        state.as_mut().ok_or(HostError::NoSuchAccount)
    }

    fn slot(&self, account: &str) -> Arc<Slot> {
        let mut loaded = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.0.clock.now();
        if let Some(slot) = loaded.get(account) {
            slot.used.store(now, std::sync::atomic::Ordering::Relaxed);
            return Arc::clone(slot);
        }
        if loaded.len() >= MOST_LOADED {
            // Only one that nobody holds may go: a second slot of a world in use would not see its changes.
            let idle = loaded
                .iter()
                .filter(|(_, slot)| Arc::strong_count(slot) == 1)
                .min_by_key(|(_, slot)| slot.used.load(std::sync::atomic::Ordering::Relaxed))
                .map(|(account, _)| account.clone());
            if let Some(idle) = idle {
                loaded.remove(&idle);
            }
        }
        let slot =
            Arc::new(Slot { state: AsyncMutex::new(None), used: std::sync::atomic::AtomicI64::new(now) });
        loaded.insert(account.to_owned(), Arc::clone(&slot));
        slot
    }
}

impl Loaded {
    /// The fold of the journal over the snapshot.
    fn rebuild(stored: super::store::Stored) -> Result<Self, HostError> {
        let mut world: World = serde_json::from_slice(&stored.snapshot).map_err(HostError::Unreadable)?;
        let mut latest = Time(0);
        let mut seq = stored.snapshot_seq;
        let since_snapshot = i64::try_from(stored.journal.len()).unwrap_or(i64::MAX);
        let mut bytes_since_snapshot = 0;
        for entry in stored.journal {
            bytes_since_snapshot += entry.command.len();
            let command: Command = serde_json::from_slice(&entry.command).map_err(HostError::Unreadable)?;
            latest = latest.max(Time(entry.at_ms));
            seq = entry.seq;
            practice::apply(&mut world, &command, Time(entry.at_ms));
        }
        Ok(Self { world, seq, since_snapshot, bytes_since_snapshot, skew_ms: stored.skew_ms, latest })
    }

    /// Lets what is due happen, in slices, so that other accounts have their turn.
    async fn catch_up(&mut self, now: Time) -> Result<(), HostError> {
        for _ in 0..MOST_SLICES {
            if practice::catch_up(&mut self.world, now) {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Err(HostError::CatchingUp)
    }

    fn now(&mut self, clock: &Clock) -> Time {
        self.latest = self.latest.max(Time(clock.now()).plus_ms(self.skew_ms));
        self.latest
    }
}

/// Waits a moment, longer each time, and not as long as another server does.
async fn give_way(conflicts: u32) {
    let longest = LONGEST_PAUSE_MS.min(2_u64.saturating_pow(conflicts));
    tokio::time::sleep(Duration::from_millis(longest / 2 + rand::random::<u64>() % longest)).await;
}

fn encode(world: &World) -> Result<Vec<u8>, HostError> {
    serde_json::to_vec(world).map_err(HostError::Unreadable)
}

fn request_id() -> String {
    let b = rand::random::<u128>();
    let h = format!("{b:032x}");
    format!("{}-{}-4{}-a{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..])
}
