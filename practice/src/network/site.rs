//! A visitor on the internet opens a page of the simulated world.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::broken::Symptom;
use super::dial::{Answers, Dialer, keep, render};
use super::ingress::{self, End};
use super::{balanced, classic, files, inside, scope_page, shop};
use crate::core::id::mix;
use crate::images::{Listener, Piece, Serves};
use crate::services::ecs::model::RunningContainer;
use crate::services::{cloudformation, dynamodb, logs};
use crate::world::{Scope, View};

/// A visitor's HTTP request to a host of the simulated world: what its programs and load balancers read of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRequest {
    /// Public DNS name or address, without port.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Upper-case method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// This request's own randomness (the order of DNS answers).
    pub entropy: u64,
    /// Lower-case names. Only those that load balancers read are worth keeping: see [`SiteRequest::keep_headers`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What a form or a program sent along: see [`SiteRequest::keep_body`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// Most header fields of a visit that are kept, and bytes of each.
const MAX_HEADERS: usize = 16;
const MAX_HEADER: usize = 1024;
/// Most bytes of a body.
const MAX_BODY: usize = 4 * 1024;

impl SiteRequest {
    /// The header fields of a request that are kept with a visit: a few, each short, so that the journal stays small.
    /// The browser's own about itself and its connection are left out.
    pub fn keep_headers(all: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
        let dull = |name: &str| {
            name.starts_with("sec-")
                || matches!(
                    name,
                    "accept-encoding" | "connection" | "content-length" | "upgrade-insecure-requests"
                )
        };
        let lower = all.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        lower.filter(|(name, value)| !dull(name) && value.len() <= MAX_HEADER).take(MAX_HEADERS).collect()
    }

    /// The body of a request that is kept with a visit: text of 4 KiB at most; of anything else nothing.
    pub fn keep_body(body: &[u8]) -> String {
        std::str::from_utf8(body).ok().filter(|text| text.len() <= MAX_BODY).unwrap_or_default().to_owned()
    }
}

/// What the visitor's browser gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteAnswer {
    /// A page.
    Page {
        /// HTTP status.
        status: u16,
        /// Header names and values.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The name does not resolve.
    NoSuchHost,
    /// Packets vanish: the browser would wait until it gives up. Why, for the topology.
    TimedOut(String),
    /// The host answers, nothing listens.
    Refused(String),
}

/// What a visit leaves behind.
pub(super) struct Trace {
    /// In the memory of containers.
    pub(super) left: Vec<Left>,
    /// In tables of DynamoDB.
    pub(super) items: Vec<(String, dynamodb::model::Item)>,
    /// In log streams: group, stream, line.
    pub(super) lines: Vec<(String, String, String)>,
}

/// What it leaves in the memory of one container.
pub(super) struct Left {
    cluster: String,
    task: String,
    container: String,
    memory: BTreeMap<String, String>,
    /// Whether that is all of it, else it is added.
    whole: bool,
}

impl Left {
    /// All that a container remembers from now on.
    pub(super) fn memory(at: &RunningContainer<'_>, memory: BTreeMap<String, String>) -> Self {
        Self { whole: true, ..added(at, memory) }
    }
}

/// Opens a page. May change what containers remember.
pub fn visit(scope: &mut Scope<'_>, request: &SiteRequest) -> SiteAnswer {
    if request.method == "PUT"
        && let Some(status) = cloudformation::tell(scope, &request.host, &request.path, &request.body)
    {
        return page(status, "application/xml", "");
    }
    if let Some(answer) = balanced::visit(scope, request).or_else(|| classic::visit(scope, request)) {
        return answer;
    }
    let (answer, trace) = look(&scope.view(), request);
    if let Some(trace) = trace {
        remember(scope, trace);
    }
    answer
}

/// Keeps what a visit leaves behind.
pub(super) fn remember(scope: &mut Scope<'_>, trace: Trace) {
    for (table, item) in trace.items {
        // A table that is full loses it: the program was answered before.
        let _ = dynamodb::put_whole(scope, &table, item);
    }
    let now = scope.now;
    for (group, stream, line) in trace.lines {
        logs::append(&mut scope.region.logs, &group, &stream, std::iter::once((now, line)), now);
    }
    for left in trace.left {
        let Some(container) = scope.region.ecs.container_mut(&left.cluster, &left.task, &left.container)
        else {
            continue;
        };
        if left.whole {
            container.memory = left.memory;
            continue;
        }
        for (key, text) in left.memory {
            keep(&mut container.memory, key, text);
        }
    }
}

fn look(view: &View<'_>, request: &SiteRequest) -> (SiteAnswer, Option<Trace>) {
    let arrival = match ingress::from_internet(view, &request.host, request.port) {
        Ok(arrival) => arrival,
        Err(broken) => {
            let answer = match broken.symptom() {
                Symptom::NoSuchName => SiteAnswer::NoSuchHost,
                Symptom::TimesOut => SiteAnswer::TimedOut(broken.to_string()),
                Symptom::Refused => SiteAnswer::Refused(broken.to_string()),
            };
            return (answer, None);
        }
    };
    open(view, &arrival.end, request)
}

/// What is at the end of a connection answers.
pub(super) fn open(view: &View<'_>, end: &End<'_>, request: &SiteRequest) -> (SiteAnswer, Option<Trace>) {
    match end {
        End::Scope { host } => (scope_page::open(view, host, request), None),
        End::Container { at, listener } => serve(view, at, listener, request),
    }
}

fn serve<'w>(
    view: &View<'w>,
    at: &RunningContainer<'w>,
    listener: &Listener,
    request: &SiteRequest,
) -> (SiteAnswer, Option<Trace>) {
    match &listener.serves {
        Serves::Text(pieces) => serve_text(view, at, pieces, request.entropy),
        Serves::Files { roots, front } => {
            let missing =
                "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n";
            let answer = match files::served(view, at, roots, front, &request.path) {
                Some((kind, text)) => page(200, kind, &text),
                None => html(404, missing),
            };
            (answer, None)
        }
        Serves::HitCounter { redis } => count(view, at, redis, request.entropy),
        Serves::Redis => {
            let why = "redis listens there, and closes connections that speak HTTP.";
            (SiteAnswer::Refused(why.to_owned()), None)
        }
        Serves::Shop(service) => shop::visit(view, at, service, request),
        Serves::Store(_) => {
            let why = "A database or queue listens there, and closes connections that speak HTTP.";
            (SiteAnswer::Refused(why.to_owned()), None)
        }
    }
}

/// The status a program would answer `GET path` with; None when what it says is no HTTP.
pub(crate) fn status(view: &View<'_>, end: &End<'_>, path: &str) -> Option<u16> {
    let End::Container { at, listener } = end else { return Some(200) };
    match &listener.serves {
        Serves::Text(pieces) => match pieces.first() {
            Some(Piece::Text(text)) => {
                let line = text.strip_prefix("HTTP/1.")?.lines().next()?;
                line.split(' ').nth(1)?.parse().ok()
            }
            _ => None,
        },
        Serves::Files { roots, front } => {
            Some(if files::served(view, at, roots, front, path).is_some() { 200 } else { 404 })
        }
        Serves::HitCounter { redis } => {
            let found = inside::reach(view, at, redis, 6379, 0);
            let stores = found.iter().any(|(_, listener)| listener.serves == Serves::Redis);
            Some(if stores { 200 } else { 500 })
        }
        Serves::Shop(service) => Some(shop::status(view, at, service, path)),
        Serves::Redis | Serves::Store(_) => None,
    }
}

/// netcat composed its text before the visitor came: it sends what others answered then, and asks again for the
/// next visitor. What they answered is kept in the container's memory.
fn serve_text<'w>(
    view: &View<'w>,
    at: &RunningContainer<'w>,
    pieces: &[Piece],
    entropy: u64,
) -> (SiteAnswer, Option<Trace>) {
    let serials = serials(pieces);
    let kept = |serial: &u32| at.container.memory.get(&key(*serial)).map(|text| (*serial, text.clone()));
    let mut answers: Answers = serials.iter().filter_map(kept).collect();
    if answers.len() < serials.len() {
        // The first text was composed at the start of the container, by nobody's request.
        let at_start = at.container.id.bytes().fold(1, |hash, byte| mix(hash ^ u64::from(byte)));
        answers = Dialer::new(view, at_start).ask(at, pieces);
    }
    let answer = http(&render(at, pieces, &answers));
    if serials.is_empty() {
        return (answer, None);
    }
    let next = Dialer::new(view, entropy).ask(at, pieces);
    let memory = next.into_iter().map(|(serial, text)| (key(serial), text)).collect();
    (answer, Some(trace(at, memory)))
}

fn key(serial: u32) -> String {
    format!("nc {serial}")
}

fn serials(pieces: &[Piece]) -> Vec<u32> {
    let mut all = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(_) | Piece::OwnAddress => {}
            Piece::Dialed { serial, .. } => all.push(*serial),
            Piece::Length(inner) => all.extend(serials(inner)),
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn trace(at: &RunningContainer<'_>, memory: BTreeMap<String, String>) -> Trace {
    Trace { left: vec![added(at, memory)], items: Vec::new(), lines: Vec::new() }
}

fn added(at: &RunningContainer<'_>, memory: BTreeMap<String, String>) -> Left {
    Left {
        cluster: at.cluster.name.clone(),
        task: at.task.id.clone(),
        container: at.container.name.clone(),
        memory,
        whole: false,
    }
}

/// The Flask program of errordeveloper/hit-counter: counts in redis, which it finds by name.
fn count<'w>(
    view: &View<'w>,
    at: &RunningContainer<'w>,
    redis: &str,
    entropy: u64,
) -> (SiteAnswer, Option<Trace>) {
    let mut found = inside::reach(view, at, redis, 6379, entropy).into_iter();
    let Some((store, _)) = found.find(|(_, listener)| listener.serves == Serves::Redis) else {
        let page = "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n<p>redis cannot be reached.</p>\n";
        return (html(500, page), None);
    };
    let hits = store.container.memory.get("hits").and_then(|hits| hits.parse::<u64>().ok()).unwrap_or(0) + 1;
    let memory = BTreeMap::from([("hits".to_owned(), hits.to_string())]);
    (html(200, &format!("Hello World! I have been seen {hits} times.\n")), Some(trace(&store, memory)))
}

pub(super) fn page(status: u16, content_type: &str, body: &str) -> SiteAnswer {
    SiteAnswer::Page {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

pub(super) fn html(status: u16, body: &str) -> SiteAnswer {
    page(status, "text/html; charset=utf-8", body)
}

/// What a browser makes of the bytes a program sends: an HTTP/1 response, or HTTP/0.9's bare text.
fn http(sent: &str) -> SiteAnswer {
    let Some(rest) = sent.strip_prefix("HTTP/1.") else {
        return page(200, "text/plain; charset=utf-8", sent);
    };
    let (head, body) = rest.split_once("\r\n\r\n").or_else(|| rest.split_once("\n\n")).unwrap_or((rest, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let fields: Vec<(String, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        .collect();
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    let length = field("content-length").and_then(|text| text.parse::<usize>().ok()).unwrap_or(body.len());
    // Only what shapes the page: the simulated server sets no cookies and redirects nobody.
    let content_type = field("content-type").filter(|text| text.chars().all(|c| matches!(c, ' '..='~')));
    let mut body = body.as_bytes().to_vec();
    body.truncate(length);
    SiteAnswer::Page {
        status: status.filter(|code| (200..600).contains(code)).unwrap_or(200),
        headers: vec![("content-type".to_owned(), content_type.unwrap_or("text/html").to_owned())],
        body,
    }
}
