//! Zipkin: keeps the latest traces, in its own memory or in MySQL, and shows them: pages, and Zipkin's API of both
//! versions as far as one reads with it (<https://zipkin.io/zipkin-api/>). Dependencies are counted when they are asked
//! for; `zipkin-dependencies` has nothing to do.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::http::escaped;
use super::net::{Net, Place};
use super::{Login, Request, Response};

/// Traces that are kept.
const MAX_TRACES: usize = 50;
/// Spans of each.
const MAX_SPANS: usize = 24;
const PREFIX: &str = "trace ";

/// What one service did for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// 16 hexadecimal digits.
    pub(crate) trace: String,
    pub(crate) id: String,
    /// The span it was asked by.
    pub(crate) parent: Option<String>,
    pub(crate) service: String,
    /// `get /catalogue`
    pub(crate) name: String,
    /// Microseconds since the epoch.
    pub(crate) start_us: i64,
    pub(crate) lasts_us: i64,
}

impl Span {
    fn text(&self) -> String {
        let parent = self.parent.as_deref().unwrap_or_default();
        let name: String = self.name.chars().filter(|c| !matches!(c, '|' | '\n')).take(60).collect();
        format!("{}|{parent}|{}|{name}|{}|{}", self.id, self.service, self.start_us, self.lasts_us)
    }

    fn parse(trace: &str, text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let mut next = || parts.next().map(str::to_owned);
        let (id, parent, service, name) = (next()?, next()?, next()?, next()?);
        let parent = Some(parent).filter(|parent| !parent.is_empty());
        let (start_us, lasts_us) = (next()?.parse().ok()?, next()?.parse().ok()?);
        Some(Self { trace: trace.to_owned(), id, parent, service, name, start_us, lasts_us })
    }

    fn json(&self) -> Value {
        let mut span = json!({"traceId": self.trace, "id": self.id, "kind": "SERVER", "name": self.name,
            "timestamp": self.start_us, "duration": self.lasts_us, "localEndpoint": {"serviceName": self.service}});
        if let Some(parent) = &self.parent {
            span["parentId"] = json!(parent);
        }
        span
    }

    fn json_v1(&self) -> Value {
        let endpoint = json!({"serviceName": self.service, "ipv4": "", "port": 80});
        let note = |value: &str, at: i64| json!({"timestamp": at, "value": value, "endpoint": endpoint});
        let mut span = json!({"traceId": self.trace, "id": self.id, "name": self.name, "timestamp": self.start_us,
            "duration": self.lasts_us, "binaryAnnotations": [],
            "annotations": [note("sr", self.start_us), note("ss", self.start_us + self.lasts_us)]});
        if let Some(parent) = &self.parent {
            span["parentId"] = json!(parent);
        }
        span
    }
}

/// Spans of one request, of one trace each, the first one first.
type Trace = Vec<Span>;

fn place(login: Option<&Login>, net: &mut dyn Net) -> Result<Place, String> {
    let Some(login) = login else { return Ok(net.own()) };
    match net.mysql(login)? {
        (Some(at), _) => Ok(at),
        (None, _) => Err("Table 'zipkin.zipkin_spans' doesn't exist".to_owned()),
    }
}

/// Keeps the spans of a request. Without its database it loses them.
pub(super) fn keep(login: Option<&Login>, spans: &[Span], net: &mut dyn Net) {
    let Ok(at) = place(login, net) else { return };
    let mut traces: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        traces.entry(&span.trace).or_default().push(span);
    }
    for (id, mut spans) in traces {
        spans.sort_by_key(|span| span.start_us);
        let start = spans.first().map_or(0, |span| span.start_us);
        let texts: Vec<String> = spans.iter().take(MAX_SPANS).map(|span| span.text()).collect();
        net.put(at, &format!("{PREFIX}{start:016x}{id}"), Some(texts.join("\n")));
    }
    let kept = net.list(at, PREFIX);
    for (key, _) in kept.iter().take(kept.len().saturating_sub(MAX_TRACES)) {
        net.put(at, &format!("{PREFIX}{key}"), None);
    }
}

/// All traces, the latest first.
fn traces(at: Place, net: &dyn Net) -> Vec<Trace> {
    let all = net.list(at, PREFIX);
    let spans = |(key, text): &(String, String)| {
        let trace = key.get(16..).unwrap_or_default();
        text.lines().filter_map(|line| Span::parse(trace, line)).collect()
    };
    all.iter().rev().map(spans).collect()
}

pub(super) fn answer(login: Option<&Login>, request: &Request, net: &mut dyn Net) -> Response {
    let found = place(login, net);
    let (_, route) = request.route();
    let at = match found {
        _ if route == ["info"] => return Response::json(200, &json!({"zipkin": {"version": "2"}})),
        Ok(at) => at,
        Err(why) if route == ["health"] => {
            return Response::json(
                503,
                &json!({"status": "DOWN", "zipkin": {"status": "DOWN", "error": why}}),
            );
        }
        Err(why) => return Response::error(500, &why),
    };
    let mut all = traces(at, net);
    let page = matches!(route.first(), None | Some(&"zipkin")) && route.get(1) != Some(&"api");
    let route = if route.first() == Some(&"zipkin") { route.get(1..).unwrap_or_default() } else { &route };
    let one = |id: &str, all: Vec<Trace>| {
        all.into_iter().find(|trace| trace.first().is_some_and(|s| s.trace == id))
    };
    match route {
        ["health"] => Response::json(200, &json!({"status": "UP", "zipkin": {"status": "UP"}})),
        [] => Response::html(200, list_page(&all)),
        ["dependency" | "dependencies"] if page => Response::html(200, dependency_page(&all)),
        ["traces", id] if page => match one(id, all) {
            Some(trace) => Response::html(200, trace_page(&trace)),
            None => Response::html(404, document("No such trace", "<p>This trace is not kept here.</p>")),
        },
        ["api", version @ ("v1" | "v2"), rest @ ..] => {
            let shape = if *version == "v1" { Span::json_v1 } else { Span::json };
            let shown = |trace: &Trace| trace.iter().map(shape).collect::<Value>();
            match rest {
                ["traces"] => {
                    let service = request.asked("serviceName").unwrap_or_default();
                    all.retain(|trace| {
                        service.is_empty()
                            || service == "all"
                            || trace.iter().any(|span| span.service == service)
                    });
                    let limit = request.asked("limit").and_then(|text| text.parse().ok()).unwrap_or(10);
                    Response::json(200, &all.iter().take(limit).map(shown).collect())
                }
                ["trace", id] => match one(id, all) {
                    Some(trace) => Response::json(200, &shown(&trace)),
                    None => Response::error(404, "not found"),
                },
                ["services"] => Response::json(200, &json!(services(&all))),
                ["dependencies"] => {
                    let links = links(&all).into_iter();
                    Response::json(200, &links.map(|((parent, child), calls)| json!({"parent": parent, "child": child, "callCount": calls})).collect())
                }
                _ => Response::not_found(),
            }
        }
        _ => Response::not_found(),
    }
}

fn services(all: &[Trace]) -> Vec<String> {
    let mut names: Vec<String> = all.iter().flatten().map(|span| span.service.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// Who called whom how often.
fn links(all: &[Trace]) -> BTreeMap<(String, String), usize> {
    let mut links = BTreeMap::new();
    for trace in all {
        for span in trace {
            let parent = span.parent.as_ref().and_then(|id| trace.iter().find(|other| other.id == *id));
            if let Some(parent) = parent {
                *links.entry((parent.service.clone(), span.service.clone())).or_default() += 1;
            }
        }
    }
    links
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:58rem;margin:2rem auto;padding:0 1rem;color:#24292f;background:#fff}a{color:#0b5cad}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd}.bar{background:#eef2f6;height:.7rem;border-radius:.35rem}.bar i{display:block;height:100%;border-radius:.35rem;background:#3b7dbd}nav a{margin-right:1rem}@media(prefers-color-scheme:dark){body{color:#dde;background:#16181c}a{color:#8bbcf0}td,th{border-color:#333}.bar{background:#262b31}}";

fn document(title: &str, main: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title} - Zipkin</title><style>{STYLE}</style><nav><a href=\"/zipkin/\">Traces</a><a href=\"/zipkin/dependency\">Dependencies</a></nav><h1>{title}</h1>{main}</html>"
    )
}

/// `12.345 ms`
fn milliseconds(us: i64) -> String {
    format!("{}.{:03} ms", us / 1_000, us % 1_000)
}

/// From the first moment of a trace to its last.
fn extent(trace: &Trace) -> (i64, i64) {
    let start = trace.iter().map(|span| span.start_us).min().unwrap_or(0);
    let end = trace.iter().map(|span| span.start_us + span.lasts_us).max().unwrap_or(0);
    (start, (end - start).max(1))
}

fn list_page(all: &[Trace]) -> String {
    if all.is_empty() {
        return document(
            "Traces",
            "<p>No traces yet. A request to a service that reports here leaves one.</p>",
        );
    }
    let row = |trace: &Trace| {
        let first = trace.first();
        let (name, id) = first.map_or(("", ""), |span| (span.name.as_str(), span.trace.as_str()));
        let (start, lasts) = extent(trace);
        format!(
            "<tr><td><a href=\"/zipkin/traces/{id}\">{}</a><td>{}<td>{}<td>{}<td>{}",
            escaped(name),
            escaped(&services(std::slice::from_ref(trace)).join(", ")),
            trace.len(),
            milliseconds(lasts),
            crate::core::time::Time(start / 1_000).iso()
        )
    };
    let rows: String = all.iter().map(row).collect();
    document(
        "Traces",
        &format!("<table><tr><th>Request<th>Services<th>Spans<th>Duration<th>Start{rows}</table>"),
    )
}

fn trace_page(trace: &Trace) -> String {
    let (start, lasts) = extent(trace);
    let depth = |span: &Span| {
        let mut depth = 0;
        let mut parent = span.parent.clone();
        while let Some(id) = parent.filter(|_| depth < MAX_SPANS) {
            depth += 1;
            parent = trace.iter().find(|other| other.id == id).and_then(|other| other.parent.clone());
        }
        depth
    };
    let row = |span: &Span| {
        let from = (span.start_us - start) * 100 / lasts;
        let wide = (span.lasts_us * 100 / lasts).max(1);
        format!(
            "<tr><td style=\"padding-left:{}rem\">{}<td>{}<td>{}<td style=\"width:40%\"><div class=bar><i style=\"margin-left:{from}%;width:{wide}%\"></i></div>",
            depth(span) + 1,
            escaped(&span.service),
            escaped(&span.name),
            milliseconds(span.lasts_us)
        )
    };
    let rows: String = trace.iter().map(row).collect();
    let id = trace.first().map_or("", |span| span.trace.as_str());
    document(
        &format!("Trace {id}"),
        &format!(
            "<p>{} spans in {}.</p><table><tr><th>Service<th>Request<th>Duration<th>When{rows}</table>",
            trace.len(),
            milliseconds(lasts)
        ),
    )
}

fn dependency_page(all: &[Trace]) -> String {
    let row = |((parent, child), calls): ((String, String), usize)| {
        format!("<tr><td>{}<td>{}<td>{calls}", escaped(&parent), escaped(&child))
    };
    let rows: String = links(all).into_iter().map(row).collect();
    document("Dependencies", &format!("<table><tr><th>Who asks<th>Whom<th>Calls{rows}</table>"))
}
