//! All routes of the platform's origin and what stands before them. The practice cloud's endpoint and the sites
//! of its worlds are other origins: they are put beside this router, not into it, and need neither session nor
//! cross-origin protection.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, SessionManagerLayer};

use super::{client, csrf, export, files, headers, health, live, pages};
use crate::account::session_store::Sessions;
use crate::backend;
use crate::state::AppState;

/// The largest request body of the platform: a deliverable and its form, with room.
const BODY_LIMIT: usize = 512 * 1024;
/// A guest's work hangs on the session, so it lasts a term.
const SESSION_DAYS: i64 = 120;

/// The platform.
pub fn router(state: &AppState) -> Router {
    let for_ports = state.clone();
    let port_of = Arc::new(move |parts: &Parts| backend::port(&for_ports, &parts.extensions));
    let mut app = Router::new()
        .route("/live/{slug}", get(live::step))
        .route("/live/workshop/{id}", get(live::workshop))
        .route("/teach/{workshop}/class.csv", get(export::class))
        .with_state(state.clone())
        .merge(pages::router(&state.config.site, port_of))
        .layer(sessions(state))
        .merge(without_session(state))
        .layer(from_fn_with_state(state.clone(), csrf::protect))
        .layer(from_fn_with_state(state.clone(), client::locate))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(tower_http::limit::RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(CompressionLayer::new());
    for layer in headers::layers() {
        app = app.layer(layer);
    }
    // Addresses hold invitations and join codes: what is logged is the route.
    app.layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
        let route = request.extensions().get::<MatchedPath>().map_or("a page", MatchedPath::as_str);
        tracing::debug_span!("request", method = %request.method(), route)
    }))
}

/// What anyone may read.
fn without_session(state: &AppState) -> Router {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/labs/{slug}/files/{name}", get(files::file))
        .route("/labs/{slug}/templates/{name}", get(files::template))
        .with_state(state.clone())
}

/// The cookie says nothing but a random id; scripts cannot read it and other sites cannot send it along a post.
fn sessions(state: &AppState) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions::new(state.db.clone(), state.clock.clone()))
        .with_name("drydock")
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(state.config.secure_cookies())
        .with_expiry(Expiry::OnInactivity(Duration::days(SESSION_DAYS)))
}
