//! A lab's files and templates, readable without a session: commands of the lab fetch them with curl.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;

use super::error::Error;
use crate::backend::view;
use crate::state::AppState;

/// `GET /labs/{slug}/files/{name}`: with the values of an account of one's own filled in, if it is a text.
pub async fn file(
    State(state): State<AppState>,
    Path((slug, name)): Path<(String, String)>,
) -> Result<impl IntoResponse, Error> {
    let lab = state.catalog.labs.get(&slug).ok_or(Error::NoRoute)?;
    let bytes = lab.files.get(&name).ok_or(Error::NoRoute)?;
    let values = view::values(&state, lab, None).ok();
    let filled =
        std::str::from_utf8(bytes).ok().zip(values).and_then(|(text, values)| values.fill(text).ok());
    let body = filled.map_or_else(|| bytes.clone(), String::into_bytes);
    Ok(attachment(&name, body))
}

/// `GET /labs/{slug}/templates/{name}`: as it is. What looks like a value in it is CloudFormation's.
pub async fn template(
    State(state): State<AppState>,
    Path((slug, name)): Path<(String, String)>,
) -> Result<impl IntoResponse, Error> {
    let lab = state.catalog.labs.get(&slug).ok_or(Error::NoRoute)?;
    let body = lab.templates.get(&name).ok_or(Error::NoRoute)?;
    Ok(attachment(&name, body.clone()))
}

/// Never rendered by a browser as a page of this origin, whatever it contains.
fn attachment(name: &str, body: Vec<u8>) -> impl IntoResponse + use<> {
    let kind = if kind_of(name) == Some("json") { "application/json" } else { "text/plain; charset=utf-8" };
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, "attachment")], body)
}

fn kind_of(name: &str) -> Option<&str> {
    std::path::Path::new(name).extension()?.to_str()
}
