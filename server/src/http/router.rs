//! All routes of the platform's origin and what stands before them. The practice cloud's endpoint and the sites
//! of its worlds are other origins: they are put beside this router, not into it, and need neither session nor
//! cross-origin protection.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;

use super::error::Error;
use super::{client, csrf, headers, health};
use crate::state::AppState;

/// The largest request body of the platform: a deliverable and its form, with room.
const BODY_LIMIT: usize = 512 * 1024;

/// The platform.
pub fn router(state: &AppState) -> Router {
    let mut app = Router::new()
        .route("/healthz", get(health::healthz))
        .fallback(|| async { Error::NoRoute })
        .with_state(state.clone())
        .layer(from_fn_with_state(state.clone(), csrf::protect))
        .layer(from_fn_with_state(state.clone(), client::locate))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(tower_http::limit::RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(CompressionLayer::new());
    for layer in headers::layers() {
        app = app.layer(layer);
    }
    app.layer(TraceLayer::new_for_http())
}
