//! Server-sent events: the present state at once, then whenever it changes. A page that is slow gets the latest
//! state, not all those between; a comment every 25 seconds keeps proxies from closing the line.
//!
//! Who hears is asked again before every message, and every minute: a stream ends with its session, and when another
//! attempt has become the person's present one. The browser then seeks again, and finds what it may see now.

use std::convert::Infallible;
use std::time::Duration;

use app::api::Answer;
use app::error::ApiError;
use app::model::{LabSlug, WorkshopId};
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::error::Error;
use crate::backend::{Backend, view};
use crate::classroom::hub::StreamPlace;
use crate::state::AppState;

const HEARTBEAT: Duration = Duration::from_secs(25);
/// A class that works makes many small changes; so often at most is its table sent.
const CLASS_PAUSE: Duration = Duration::from_millis(300);
/// Without a change, who hears is asked again after this long.
const RECHECK: Duration = Duration::from_mins(1);
/// When there are too many live pages, a browser tries again after this long.
const RETRY_S: u32 = 30;

/// Which step's checks to send.
#[derive(Debug, Deserialize)]
pub struct StepQuery {
    step: u32,
}

/// `GET /live/{slug}?step=N`: the person's own attempt.
pub async fn step(
    State(state): State<AppState>,
    Path(slug): Path<LabSlug>,
    Query(query): Query<StepQuery>,
    parts: Parts,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let backend = Backend::new(&state, &parts.extensions);
    let (lab, attempt) = backend.own_attempt(&slug).await?;
    view::step(lab, query.step)?;
    let place = place(&state, &attempt.person_id)?;
    let changes = state.hub.watch_attempt(&attempt.id);
    state.hub.look_soon(&attempt.id, query.step);
    let (of, own) = (attempt.id, state.clone());
    let look = move || {
        let (backend, slug, of, state) = (backend.afresh(), slug.clone(), of.clone(), own.clone());
        async move {
            let (lab, attempt) = backend.own_attempt(&slug).await?;
            if attempt.id != of {
                return Err(ApiError::NotFound);
            }
            let mut conn = state.db.read().await?;
            view::live_step(&state, &mut conn, lab, &attempt, query.step).await
        }
    };
    Ok(messages(&state, Open { changes, pause: Duration::ZERO, look, begun: false, _place: place }))
}

/// `GET /live/workshop/{id}`: the instructor's own class.
pub async fn workshop(
    State(state): State<AppState>,
    Path(id): Path<WorkshopId>,
    parts: Parts,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let backend = Backend::new(&state, &parts.extensions);
    let (who, found) = backend.own_workshop(&id).await?;
    let place = place(&state, &who.person_id)?;
    let changes = state.hub.watch_workshop(&found.id);
    let own = state.clone();
    let look = move || {
        let (backend, id, state) = (backend.afresh(), id.clone(), own.clone());
        async move {
            let (_, found) = backend.own_workshop(&id).await?;
            Backend::live_workshop(&state, &found).await
        }
    };
    Ok(messages(&state, Open { changes, pause: CLASS_PAUSE, look, begun: false, _place: place }))
}

fn place(state: &AppState, person: &str) -> Answer<StreamPlace> {
    state.hub.open_stream(person).ok_or(ApiError::TooMany { retry_after_s: RETRY_S })
}

/// A live page.
struct Open<L> {
    changes: watch::Receiver<u64>,
    /// Before each look but the first.
    pause: Duration,
    look: L,
    begun: bool,
    _place: StreamPlace,
}

impl<L, F, T> Open<L>
where
    L: Fn() -> F,
    F: Future<Output = Answer<T>>,
    T: Serialize,
{
    /// What there is to tell next; None when there is nobody to tell it to any more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.begun {
                match timeout(RECHECK, self.changes.changed()).await {
                    Ok(Ok(())) => sleep(self.pause).await,
                    Ok(Err(_)) => return None,
                    Err(_) => {}
                }
            }
            self.begun = true;
            self.changes.mark_unchanged();
            match (self.look)().await {
                Ok(found) => {
                    let event = Event::default().json_data(found);
                    return event.inspect_err(|error| tracing::error!(%error, "a live page")).ok();
                }
                // The next change may fare better.
                Err(error @ (ApiError::Internal | ApiError::Unreachable)) => {
                    tracing::error!(%error, "a live page");
                }
                Err(_) => return None,
            }
        }
    }
}

/// What is told, until the server stops.
fn messages<L, F, T>(
    state: &AppState,
    open: Open<L>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<L, F, T>>
where
    L: Fn() -> F + Send + 'static,
    F: Future<Output = Answer<T>> + Send + 'static,
    T: Serialize + Send + 'static,
{
    let mut stopping = state.stopping.clone();
    let stop = async move {
        // An error means that whoever would say so is gone, and so is the server.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let events = stream::unfold(open, |mut open| async move {
        let event = open.next().await?;
        Some((Ok(event), open))
    });
    Sse::new(events.take_until(Box::pin(stop))).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}
