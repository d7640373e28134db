//! Server-sent events: the present state at once, then whenever it changes. A page that is slow gets the latest
//! state, not all those between; a comment every 25 seconds keeps proxies from closing the line.

use std::convert::Infallible;
use std::time::Duration;

use app::api::Answer;
use app::model::{LabSlug, WorkshopId};
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use super::error::Error;
use crate::backend::{Backend, view};
use crate::state::AppState;

const HEARTBEAT: Duration = Duration::from_secs(25);
/// A class that works makes many small changes; so often at most is its table sent.
const CLASS_PAUSE: Duration = Duration::from_millis(300);

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
    let changes = state.hub.watch_attempt(&attempt.id);
    state.hub.look_soon(&attempt.id, query.step);
    let slug = lab.card.slug.clone();
    let look = move |state: AppState| {
        let (attempt, slug) = (attempt.clone(), slug.clone());
        async move {
            let lab = state.catalog.labs.get(&slug).ok_or(app::error::ApiError::NotFound)?;
            let mut conn = state.db.read().await?;
            view::live_step(&state, &mut conn, lab, &attempt, query.step).await
        }
    };
    Ok(stream(state, changes, Duration::ZERO, look))
}

/// `GET /live/workshop/{id}`: the instructor's own class.
pub async fn workshop(
    State(state): State<AppState>,
    Path(id): Path<WorkshopId>,
    parts: Parts,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let backend = Backend::new(&state, &parts.extensions);
    let (_, found) = backend.own_workshop(&id).await?;
    let changes = state.hub.watch_workshop(&found.id);
    let look = move |state: AppState| {
        let found = found.clone();
        async move { Backend::live_workshop(&state, &found).await }
    };
    Ok(stream(state, changes, CLASS_PAUSE, look))
}

/// What `look` finds now and after every change, at most once in `pause`, until the server stops.
fn stream<T, F>(
    state: AppState,
    changes: watch::Receiver<u64>,
    pause: Duration,
    look: impl Fn(AppState) -> F + Send + 'static,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>>
where
    T: Serialize + Send + 'static,
    F: Future<Output = Answer<T>> + Send + 'static,
{
    let mut stopping = state.stopping.clone();
    let stop = async move {
        // An error means that whoever would say so is gone, and so is the server.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let events = WatchStream::new(changes)
        .enumerate()
        .then(move |(turn, _)| {
            let looking = look(state.clone());
            async move {
                if turn > 0 && !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                looking.await
            }
        })
        .filter_map(|found| async move {
            let found = found.inspect_err(|error| tracing::error!(%error, "a live page")).ok()?;
            Event::default().json_data(found).ok().map(Ok)
        })
        .take_until(stop);
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}
