//! The practice port. One port for everything AWS: the API of every service, told apart by signature and target;
//! the sites of the simulated world, told apart by host name; and, standalone, the controls under `/_drydock`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Json, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::post;
use practice::network::site::{SiteAnswer, SiteRequest};
use practice::wire::request::{Credential, MAX_BODY};
use practice::{Auth, HttpAnswer, HttpRequest};
use serde::Deserialize;

use super::address::{self, SiteName};
use super::host::{HostError, PracticeHost};

/// How long a browser is left waiting for packets that vanish. AWS would let it wait for minutes.
const VANISHED: Duration = Duration::from_secs(3);
/// How far `/_drydock/settle` runs at most: a day of the world's time.
const SETTLE_MS: i64 = 24 * 3_600_000;

/// How a request's account is found.
#[derive(Clone)]
pub enum Accounts {
    /// There is only this one.
    Only(String),
    /// By the access key id, and by the tag in a site's name.
    Many(super::address::Tags),
}

/// The port's state.
#[derive(Clone)]
pub struct Door {
    /// The worlds.
    pub host: PracticeHost,
    /// Which of them.
    pub accounts: Accounts,
    /// Whether signatures count.
    pub auth: Auth,
    /// What the names of sites end in.
    pub domain: String,
    /// Makes the one account anew, if it may be reset from here.
    pub reset: Option<Reset>,
}

/// Makes the standalone account anew.
pub type Reset =
    Arc<dyn Fn(PracticeHost) -> futures::future::BoxFuture<'static, Result<(), HostError>> + Send + Sync>;

/// The port's routes.
pub fn router(door: Door) -> Router {
    let mut router = Router::new();
    if matches!(door.accounts, Accounts::Only(_)) {
        router = router
            .route("/_drydock/reset", post(reset))
            .route("/moto-api/reset", post(reset))
            .route("/_drydock/advance", post(advance))
            .route("/_drydock/settle", post(settle));
    }
    router.fallback(any).with_state(door)
}

/// Why a request got no answer of AWS's or a site's.
#[derive(Debug, thiserror::Error)]
enum DoorError {
    #[error("There are no controls on this endpoint.")]
    NoControls,
    #[error("No practice account has this access key.")]
    UnknownKey,
    #[error("There is no such site.")]
    NoSuchSite,
    #[error("The request is larger than {MAX_BODY} bytes.")]
    TooLarge,
    #[error(transparent)]
    Host(#[from] HostError),
}

impl IntoResponse for DoorError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NoControls | Self::NoSuchSite | Self::Host(HostError::NoSuchAccount) => {
                StatusCode::NOT_FOUND
            }
            Self::UnknownKey => return unknown_key(),
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            // The SDKs try again by themselves.
            Self::Host(HostError::CatchingUp) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Host(error) => {
                tracing::error!(?error, "a practice request failed");
                return (StatusCode::INTERNAL_SERVER_ERROR, "The practice cloud failed. Try again.\n")
                    .into_response();
            }
        };
        (status, format!("{self}\n")).into_response()
    }
}

/// In the form that every SDK reads, whatever the protocol it spoke.
fn unknown_key() -> Response {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token \
                included in the request is invalid.</Message></Error></ErrorResponse>";
    (StatusCode::FORBIDDEN, [("x-amzn-errortype", "UnrecognizedClientException")], body).into_response()
}

impl Door {
    fn only(&self) -> Result<&str, DoorError> {
        match &self.accounts {
            Accounts::Only(account) => Ok(account),
            Accounts::Many(_) => Err(DoorError::NoControls),
        }
    }

    fn by_key(&self, request: &HttpRequest) -> Result<String, DoorError> {
        match &self.accounts {
            Accounts::Only(account) => Ok(account.clone()),
            Accounts::Many(_) => Credential::of(request)
                .and_then(|credential| practice::account_of(&credential.access_key_id))
                .ok_or(DoorError::UnknownKey),
        }
    }

    fn by_tag(&self, tag: Option<&str>) -> Result<String, DoorError> {
        match &self.accounts {
            Accounts::Only(account) => Ok(account.clone()),
            Accounts::Many(tags) => tag.and_then(|tag| tags.account(tag)).ok_or(DoorError::NoSuchSite),
        }
    }
}

async fn reset(State(door): State<Door>) -> Result<Response, DoorError> {
    let make = door.reset.as_ref().ok_or(DoorError::NoControls)?;
    make(door.host.clone()).await?;
    Ok(Json(serde_json::json!({"status": "ok"})).into_response())
}

#[derive(Deserialize)]
struct Advance {
    seconds: f64,
}

async fn advance(State(door): State<Door>, Json(by): Json<Advance>) -> Result<Response, DoorError> {
    let account = door.only()?;
    if !(0.0..=31_536_000.0).contains(&by.seconds) {
        return Ok((StatusCode::BAD_REQUEST, "seconds: 0 to 31536000\n").into_response());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a year in milliseconds fits")]
    let ms = (by.seconds * 1000.0) as i64;
    door.host.advance(account, ms).await?;
    time(&door).await
}

async fn settle(State(door): State<Door>) -> Result<Response, DoorError> {
    door.host.settle(door.only()?, SETTLE_MS).await?;
    time(&door).await
}

async fn time(door: &Door) -> Result<Response, DoorError> {
    let (now, next) = door.host.look(door.only()?, |world, now| (now, practice::next_event(world))).await?;
    let next = next.map(practice::Time::iso);
    Ok(Json(serde_json::json!({"now": now.iso(), "nextEvent": next})).into_response())
}

async fn any(State(door): State<Door>, request: Request) -> Result<Response, DoorError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| DoorError::TooLarge)?;
    if let Some(site) = site_asked(&parts.uri, &parts.headers, &door.domain) {
        return visit(&door, site, &parts, &body).await;
    }
    let plain = plain(&parts, &body);
    let account = door.by_key(&plain)?;
    match door.host.api(&account, &plain, door.auth).await {
        Ok(answer) => Ok(response(answer)),
        Err(HostError::NoSuchAccount) => Err(DoorError::UnknownKey),
        Err(other) => Err(other.into()),
    }
}

/// The site a request is for, if it is for one: by host name, or by the whole address as a proxy is asked.
fn site_asked(uri: &Uri, headers: &HeaderMap, domain: &str) -> Option<SiteName> {
    let host_header = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authority = uri.authority().map_or(host_header, http::uri::Authority::as_str);
    let (name, port) = address::host_and_port(authority);
    if let Some(site) = address::parse(name, domain) {
        return Some(site);
    }
    let simulated = (name.ends_with(".amazonaws.com") && name.starts_with("ec2-"))
        || name.ends_with(".elb.amazonaws.com");
    let proxied = uri.authority().is_some() && !address::is_loopback(name);
    (simulated || proxied).then(|| SiteName {
        port: if uri.authority().is_some() { port.unwrap_or(80) } else { 80 },
        host: name.to_owned(),
        tag: address::proxy_user(headers),
    })
}

async fn visit(
    door: &Door,
    site: SiteName,
    parts: &http::request::Parts,
    body: &Bytes,
) -> Result<Response, DoorError> {
    let account = door.by_tag(site.tag.as_deref())?;
    let request =
        SiteRequest {
            host: site.host.clone(),
            port: site.port,
            method: parts.method.to_string(),
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            entropy: rand::random(),
            headers: SiteRequest::keep_headers(parts.headers.iter().filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })),
            body: SiteRequest::keep_body(body),
        };
    match door.host.visit(&account, request).await? {
        SiteAnswer::Page { status, headers, body } => {
            let mut page = Response::new(Body::from(body));
            *page.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            let came_by =
                parts.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
            for (name, mut value) in headers {
                if name.eq_ignore_ascii_case("location")
                    && let Some(here) = address::redirected(came_by, &door.domain, &value)
                {
                    value = here;
                }
                if let (Ok(name), Ok(value)) = (
                    header::HeaderName::try_from(name.as_str()),
                    header::HeaderValue::try_from(value.as_str()),
                ) {
                    // One answer may set several cookies.
                    page.headers_mut().append(name, value);
                }
            }
            Ok(page)
        }
        SiteAnswer::NoSuchHost => {
            Ok(unreachable(StatusCode::BAD_GATEWAY, "no-such-host", &site, "its address could not be found"))
        }
        SiteAnswer::Refused(_) => {
            Ok(unreachable(StatusCode::BAD_GATEWAY, "refused", &site, "it refused to connect"))
        }
        SiteAnswer::TimedOut(_) => {
            tokio::time::sleep(VANISHED).await;
            Ok(unreachable(StatusCode::GATEWAY_TIMEOUT, "timed-out", &site, "it took too long to respond"))
        }
    }
}

/// What a browser would show for itself. Why it is so, the lab's checks explain; here only what a visitor can see.
fn unreachable(status: StatusCode, how: &'static str, site: &SiteName, what: &str) -> Response {
    let host = quick_xml::escape::escape(site.host.as_str());
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{host}</title><style>body{{font:16px/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;\
         color:#333;background:#fff}}h1{{font-size:1.4rem;font-weight:600}}code{{color:#777}}@media(prefers-color-scheme:dark)\
         {{body{{color:#ddd;background:#1b1c1f}}}}</style><h1>This site can’t be reached</h1>\
         <p><strong>{host}</strong>, port {}: {what}.</p><code>{how}</code></html>",
        site.port
    );
    (status, [("x-drydock-network", how)], Html(page)).into_response()
}

fn plain(parts: &http::request::Parts, body: &Bytes) -> HttpRequest {
    HttpRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers(&parts.headers),
        body: body.to_vec(),
    }
}

fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    map.iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

fn response(answer: HttpAnswer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = header::HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
