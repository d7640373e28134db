//! What was typed into a form that is sent back with an error: kept by the browser itself, in a cookie for a minute, so that
//! the form comes back filled in and the server keeps nothing. Secrets and long texts are left out.

use app::Typed;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;

const COOKIE: &str = "typed";
/// Browsers keep cookies of 4096 bytes, attributes included.
const LONGEST: usize = 3_600;
const SECRETS: [&str; 3] = ["password", "current", "token"];

/// Has the browser keep the form's fields, if the answer sends it back with an error.
pub(super) fn keep(action: &str, form: &Bytes, response: &mut Response) {
    let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    if !location.is_some_and(|to| to.contains("__err=")) {
        return;
    }
    let Ok(form) = std::str::from_utf8(form) else { return };
    let mut kept = format!("{action}?");
    for pair in form.split('&') {
        let name = pair.split('=').next().unwrap_or_default();
        // What a form encodes is safe in a cookie; anything else is no form of ours.
        let fits =
            kept.len() + pair.len() < LONGEST && pair.bytes().all(|b| b.is_ascii_graphic() && b != b';');
        if fits && !SECRETS.contains(&name) {
            kept.push_str(pair);
            kept.push('&');
        }
    }
    let cookie = format!("{COOKIE}={kept}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// What the browser has kept, for a page that shows the error.
pub(super) fn read(uri: &Uri, headers: &HeaderMap) -> Option<Typed> {
    uri.query().filter(|query| query.contains("__err="))?;
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let kept = lines
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let uri: Uri = kept.parse().ok()?;
    let Query(fields) = Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?;
    Some(Typed { action: uri.path().to_owned(), fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(action: &str, form: &'static str, location: &'static str) -> Option<Typed> {
        let mut response = Response::new(axum::body::Body::empty());
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(location));
        keep(action, &Bytes::from_static(form.as_bytes()), &mut response);
        let cookie = response.headers().get(header::SET_COOKIE)?.to_str().unwrap().to_owned();
        assert!(cookie.len() < 4_096 && cookie.contains("HttpOnly") && !cookie.contains("hunter2"));
        let mut headers = HeaderMap::new();
        let sent = format!("theme=dark; {}", cookie.split(';').next().unwrap());
        headers.insert(header::COOKIE, HeaderValue::from_str(&sent).unwrap());
        assert_eq!(read(&Uri::from_static("/join"), &headers), None, "no error, nothing to fill in");
        read(&Uri::from_static(location), &headers)
    }

    #[test]
    fn what_was_typed_comes_back_but_no_secret() {
        let form = "name=Ada+%26+Eve%3B&password=hunter2&points%5Ba%5D=3";
        let typed = round("/do/join", form, "/join?__path=x&__err=y").unwrap();
        assert_eq!(typed.action, "/do/join");
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(typed.fields, [field("name", "Ada & Eve;"), field("points[a]", "3")]);
        assert_eq!(round("/do/join", form, "/labs/a"), None, "it went well");
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let long: &'static str = format!("markdown={}&name=Ada", "x".repeat(9_000)).leak();
        let typed = round("/do/hand-in", long, "/a?__err=y").unwrap();
        assert_eq!(typed.fields, [("name".to_owned(), "Ada".to_owned())]);
        assert!(round("/do/join", "name=a;b\r\nSet-Cookie: x", "/a?__err=y").unwrap().fields.is_empty());
    }
}
