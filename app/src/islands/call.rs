//! Calls a server function from an island: a form post with `fetch`. The generated clients would do the same with
//! twenty kilobytes more for the wire.

use leptos::prelude::window;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response, UrlSearchParams};

use crate::error::ApiError;

/// Posts the fields and answers the reply's text.
pub(super) async fn post(action: &str, fields: &[(&str, &str)]) -> Result<String, ApiError> {
    let (ok, text) = send(action, fields).await.map_err(|_| ApiError::Unreachable)?;
    if ok { Ok(text) } else { Err(serde_json::from_str(&text).unwrap_or(ApiError::Internal)) }
}

/// The same, and reads what it answers.
pub(super) async fn ask<T: DeserializeOwned>(action: &str, fields: &[(&str, &str)]) -> Result<T, ApiError> {
    serde_json::from_str(&post(action, fields).await?).map_err(|_| ApiError::Internal)
}

async fn send(action: &str, fields: &[(&str, &str)]) -> Result<(bool, String), wasm_bindgen::JsValue> {
    let body = UrlSearchParams::new()?;
    for (name, value) in fields {
        body.append(name, value);
    }
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_headers(headers.as_ref());
    options.set_body(body.as_ref());
    let response: Response =
        JsFuture::from(window().fetch_with_str_and_init(action, &options)).await?.unchecked_into();
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}
