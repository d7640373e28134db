//! Refuses every request that would change something and was not made by a page of this origin.
//!
//! Browsers say where a request was made in `Sec-Fetch-Site`, older ones in `Origin`; neither can be set by a
//! page. A request with neither is refused too: our pages' browsers send at least one. Together with the session
//! cookie's `SameSite=Lax` this needs no token in forms. Sites of the practice world are other origins.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error::Error;
use crate::state::AppState;

/// Lets a request through that reads, or that comes from our own pages.
pub async fn protect(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let host = request.uri().authority().map(axum::http::uri::Authority::as_str);
    if may_pass(request.method(), request.headers(), host, &state.public_url) {
        next.run(request).await
    } else {
        tracing::warn!(method = %request.method(), path = request.uri().path(), "refused: not from our pages");
        Error::CrossOrigin.into_response()
    }
}

fn may_pass(method: &Method, headers: &HeaderMap, authority: Option<&str>, public_url: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(header::HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some("same-origin"), _) => true,
        // A proxy may have changed `Host`, so the public address counts as well.
        (None, Some(origin)) => {
            let host = text(header::HOST).or(authority);
            let own = host.is_some_and(|host| {
                origin.strip_prefix("http://") == Some(host) || origin.strip_prefix("https://") == Some(host)
            });
            own || origin == public_url
        }
        // `none` is a person's own doing (the address bar), which does not post.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        may_pass(&Method::POST, &map, None, "https://labs.example.edu")
    }

    #[test]
    fn reading_is_free() {
        assert!(may_pass(&Method::GET, &HeaderMap::new(), None, ""));
    }

    #[test]
    fn our_own_pages_may_write() {
        assert!(post(&[("sec-fetch-site", "same-origin")]));
        assert!(post(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(post(&[("origin", "https://labs.example.edu"), ("host", "10.0.0.7:8080")]));
    }

    #[test]
    fn nobody_else_may() {
        assert!(!post(&[]));
        assert!(!post(&[("sec-fetch-site", "cross-site")]));
        assert!(!post(&[("sec-fetch-site", "same-site"), ("origin", "http://h"), ("host", "h")]));
        assert!(!post(&[("origin", "null"), ("host", "h")]));
        assert!(!post(&[("origin", "https://h.evil.example"), ("host", "h")]));
        assert!(!post(&[("origin", "http://web.practice.localhost:8080"), ("host", "localhost:8080")]));
    }
}
