//! The class as a file.

use app::model::WorkshopId;
use axum::extract::{Path, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;

use super::error::Error;
use crate::backend::Backend;
use crate::state::AppState;

/// `GET /teach/{workshop}/class.csv`.
pub async fn class(
    State(state): State<AppState>,
    Path(workshop): Path<WorkshopId>,
    parts: Parts,
) -> Result<impl IntoResponse, Error> {
    let csv = Backend::new(&state, &parts.extensions).class_csv(&workshop).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"class.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, csv))
}
