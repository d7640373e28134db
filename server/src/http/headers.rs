//! What every answer tells the browser not to do.

use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

/// For answers that set none of their own. A page with inline scripts sets one with its nonce.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Sets a header that the answer does not have.
pub type Unless = SetResponseHeaderLayer<HeaderValue>;

const fn unless(name: HeaderName, value: &'static str) -> (HeaderName, HeaderValue) {
    (name, HeaderValue::from_static(value))
}

/// One layer per header.
pub fn layers() -> [Unless; 5] {
    [
        unless(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        unless(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        unless(header::X_FRAME_OPTIONS, "DENY"),
        unless(header::REFERRER_POLICY, "same-origin"),
        unless(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ]
    .map(|(name, value)| SetResponseHeaderLayer::if_not_present(name, value))
}
