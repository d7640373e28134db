//! `/healthz`: whether the server can do its work, i.e. reach its database.

use axum::extract::State;
use axum::http::StatusCode;

use crate::db;
use crate::state::AppState;

/// 200 `ok`, or 503.
pub async fn healthz(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match db::ping(&state.db).await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "health");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
