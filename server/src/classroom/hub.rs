//! Tells open pages that something about an attempt or a workshop has changed; they then read what it is. Only
//! the latest change matters, so a slow page costs nothing and misses nothing.
//!
//! Also here: what each attempt's world is waiting for, and requests to look now. Nothing is stored: a restarted
//! server finds out again.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot, watch};

use crate::clock::EpochMs;

/// Requests to look that may wait at once; more are dropped, and the next event looks anyway.
const MOST_REQUESTS: usize = 1_024;
/// How long a person waits for a look before the page answers without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Live pages that one person may have open at once, over all windows.
pub const MOST_STREAMS: usize = 16;

/// What something is waiting for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// As a clause: `three instances to boot`.
    pub waiting_for: String,
    /// How long it usually takes, in the student's wall-clock seconds.
    pub usual_seconds: u32,
    /// Since when.
    pub since: EpochMs,
}

/// A request to look at a step's checks now.
#[derive(Debug)]
pub struct CheckRequest {
    /// Whose.
    pub attempt_id: String,
    /// From 1.
    pub step: u32,
    /// A person says that the step is done, or asks what is wrong with it.
    pub claimed: bool,
    /// Told when the look is recorded.
    pub done: oneshot::Sender<()>,
}

/// The hub. Clones share it.
#[derive(Clone, Debug)]
pub struct LiveHub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    attempts: Topics,
    workshops: Topics,
    waiting: Mutex<HashMap<String, Waiting>>,
    requests: mpsc::Sender<CheckRequest>,
    turns: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
    streams: Mutex<HashMap<String, usize>>,
    others: Others,
}

/// What other servers of the same database have still to be told.
#[derive(Debug, Default)]
struct Others {
    there: AtomicBool,
    untold: Mutex<BTreeSet<String>>,
    news: Notify,
}

type Topics = Mutex<HashMap<String, watch::Sender<u64>>>;

impl LiveHub {
    /// A hub, and where requests to look arrive.
    pub fn new() -> (Self, mpsc::Receiver<CheckRequest>) {
        let (requests, arriving) = mpsc::channel(MOST_REQUESTS);
        let inner = Inner {
            attempts: Topics::default(),
            workshops: Topics::default(),
            waiting: Mutex::default(),
            requests,
            turns: Mutex::default(),
            streams: Mutex::default(),
            others: Others::default(),
        };
        (Self(Arc::new(inner)), arriving)
    }

    /// Something a page of this attempt shows has changed.
    pub fn attempt_changed(&self, attempt: &str) {
        tell(&self.0.attempts, attempt);
        self.tell_others('a', attempt);
    }

    /// Something in this workshop's class table has changed.
    pub fn workshop_changed(&self, workshop: &str) {
        tell(&self.0.workshops, workshop);
        self.tell_others('w', workshop);
    }

    /// From now on there may be other servers, and someone carries word to them.
    pub(crate) fn have_others(&self) {
        self.0.others.there.store(true, Ordering::Relaxed);
    }

    /// What has changed here and other servers were not told; waits until there is something. For one listener: what is
    /// handed out is forgotten.
    pub(crate) async fn for_others(&self) -> BTreeSet<String> {
        loop {
            let untold =
                std::mem::take(&mut *self.0.others.untold.lock().unwrap_or_else(PoisonError::into_inner));
            if !untold.is_empty() {
                return untold;
            }
            self.0.others.news.notified().await;
        }
    }

    /// Another server's word.
    pub(crate) fn heard(&self, topic: &str) {
        match topic.split_at_checked(1) {
            Some(("a", attempt)) => tell(&self.0.attempts, attempt),
            Some(("w", workshop)) => tell(&self.0.workshops, workshop),
            _ => {}
        }
    }

    /// Word may have been missed: every open page looks.
    pub(crate) fn anything_changed(&self) {
        for topics in [&self.0.attempts, &self.0.workshops] {
            for topic in topics.lock().unwrap_or_else(PoisonError::into_inner).values() {
                topic.send_modify(|count| *count = count.wrapping_add(1));
            }
        }
    }

    fn tell_others(&self, kind: char, key: &str) {
        let others = &self.0.others;
        if others.there.load(Ordering::Relaxed) {
            others.untold.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("{kind}{key}"));
            others.news.notify_one();
        }
    }

    /// Changes whenever the attempt does.
    pub fn watch_attempt(&self, attempt: &str) -> watch::Receiver<u64> {
        listen(&self.0.attempts, attempt)
    }

    /// Changes whenever the workshop's class table does.
    pub fn watch_workshop(&self, workshop: &str) -> watch::Receiver<u64> {
        listen(&self.0.workshops, workshop)
    }

    /// Whether a page of this attempt is open.
    pub fn is_watched(&self, attempt: &str) -> bool {
        let topics = self.0.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        topics.get(attempt).is_some_and(|topic| topic.receiver_count() > 0)
    }

    /// Whoever holds its lock has the attempt (or whatever else the key names) for itself, on this server.
    pub fn turn(&self, key: &str) -> Arc<AsyncMutex<()>> {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(key.to_owned(), Arc::downgrade(&turn));
        turn
    }

    /// A place for one more live page of this person, until it is dropped; None when there are [`MOST_STREAMS`].
    pub fn open_stream(&self, person: &str) -> Option<StreamPlace> {
        let mut streams = self.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let open = streams.entry(person.to_owned()).or_default();
        if *open >= MOST_STREAMS {
            return None;
        }
        *open += 1;
        Some(StreamPlace { hub: self.clone(), person: person.to_owned() })
    }

    /// Sets what the attempt's world is waiting for; tells its pages if that is news.
    pub fn set_waiting(&self, attempt: &str, waiting: Option<Waiting>) {
        let news = {
            let mut all = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let news = all.get(attempt) != waiting.as_ref();
            match waiting {
                Some(waiting) => all.insert(attempt.to_owned(), waiting),
                None => all.remove(attempt),
            };
            news
        };
        if news {
            self.attempt_changed(attempt);
        }
    }

    /// What the attempt's world is waiting for.
    pub fn waiting(&self, attempt: &str) -> Option<Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(attempt).cloned()
    }

    /// Asks for a look, for a page that has just been opened, without waiting for it.
    pub fn look_soon(&self, attempt: &str, step: u32) {
        let (done, _) = oneshot::channel();
        // A full queue looks at others first; the next event looks at this one.
        let request = CheckRequest { attempt_id: attempt.to_owned(), step, claimed: false, done };
        let _ = self.0.requests.try_send(request);
    }

    /// Asks for a look and waits until it is recorded; false when nobody looked in time.
    pub async fn check_now(&self, attempt: &str, step: u32) -> bool {
        let (done, recorded) = oneshot::channel();
        let request = CheckRequest { attempt_id: attempt.to_owned(), step, claimed: true, done };
        if self.0.requests.try_send(request).is_err() {
            return false;
        }
        matches!(tokio::time::timeout(PATIENCE, recorded).await, Ok(Ok(())))
    }
}

/// One live page's place among its person's.
#[derive(Debug)]
pub struct StreamPlace {
    hub: LiveHub,
    person: String,
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut streams = self.hub.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = streams.get_mut(&self.person) {
            *open -= 1;
            if *open == 0 {
                streams.remove(&self.person);
            }
        }
    }
}

fn tell(topics: &Topics, key: &str) {
    let mut topics = topics.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(topic) = topics.get(key) {
        if topic.receiver_count() == 0 {
            topics.remove(key);
        } else {
            topic.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

fn listen(topics: &Topics, key: &str) -> watch::Receiver<u64> {
    let mut topics = topics.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever comes sweeps out what nobody listens to, so the map is never larger than twice the open pages.
    if topics.len() > 64
        && topics.values().filter(|topic| topic.receiver_count() == 0).count() * 2 > topics.len()
    {
        topics.retain(|_, topic| topic.receiver_count() > 0);
    }
    topics.entry(key.to_owned()).or_insert_with(|| watch::Sender::new(0)).subscribe()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_reaches_those_who_listen_to_it() {
        let (hub, _requests) = LiveHub::new();
        let (mut mine, other) = (hub.watch_attempt("a"), hub.watch_attempt("b"));
        hub.attempt_changed("a");
        hub.attempt_changed("a");
        mine.changed().await.unwrap();
        assert!(!mine.has_changed().unwrap(), "two changes are one piece of news");
        assert!(!other.has_changed().unwrap());
        drop(mine);
        hub.attempt_changed("a");
        assert!(!hub.is_watched("a"));
    }

    #[tokio::test]
    async fn waiting_for_something_else_is_news() {
        let (hub, _requests) = LiveHub::new();
        let mut mine = hub.watch_attempt("a");
        let waiting = Waiting { waiting_for: "it".to_owned(), usual_seconds: 9, since: 1 };
        hub.set_waiting("a", Some(waiting.clone()));
        mine.changed().await.unwrap();
        hub.set_waiting("a", Some(waiting.clone()));
        assert!(!mine.has_changed().unwrap());
        assert_eq!(hub.waiting("a"), Some(waiting));
        hub.set_waiting("a", None);
        assert_eq!(hub.waiting("a"), None);
    }

    #[tokio::test]
    async fn one_person_has_so_many_live_pages() {
        let (hub, _requests) = LiveHub::new();
        let mut open: Vec<_> = (0..MOST_STREAMS).map(|_| hub.open_stream("p").unwrap()).collect();
        assert!(hub.open_stream("p").is_none());
        assert!(hub.open_stream("q").is_some());
        open.pop();
        assert!(hub.open_stream("p").is_some(), "a closed one makes room");
    }

    #[tokio::test]
    async fn a_look_is_waited_for() {
        let (hub, mut requests) = LiveHub::new();
        let asking = tokio::spawn(async move { hub.check_now("a", 3).await });
        let request = requests.recv().await.unwrap();
        assert_eq!((request.attempt_id.as_str(), request.step), ("a", 3));
        request.done.send(()).unwrap();
        assert!(asking.await.unwrap());
    }
}
