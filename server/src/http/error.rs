//! The one place where an error becomes an answer. What is our fault says nothing to the client and everything
//! to the log.

use app::error::ApiError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// Why a route could not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing there.
    #[error("There is nothing at this address.")]
    NoRoute,
    /// A request that would change something, made by another site.
    #[error("This request was not made from a page of this site.")]
    CrossOrigin,
    /// What the backend says.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::CrossOrigin => StatusCode::FORBIDDEN,
            Self::Api(error) => {
                StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Html(page(status, &self.to_string()))).into_response();
        if let Self::Api(ApiError::TooMany { retry_after_s }) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        response
    }
}

/// A complete page without style, script or data of its own, so that it works when nothing else does.
fn page(status: StatusCode, message: &str) -> String {
    let reason = status.canonical_reason().unwrap_or("Error");
    let message = escape(message);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{reason} · Drydock</title></head><body><main><h1>{reason}</h1><p>{message}</p>\
         <p><a href=\"/\">Back to the labs</a></p></main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Logs what must not be told, and gives what may.
pub fn internal(error: &(dyn std::error::Error + 'static), doing: &str) -> ApiError {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    tracing::error!(doing, "{chain}");
    ApiError::Internal
}
