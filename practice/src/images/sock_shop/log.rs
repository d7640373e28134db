//! The line that a service writes of a request, in the manner of what it is written in: the front end's in Node's, those in Go
//! in go-kit's, those in Java in Spring's.

use super::{Request, Response, Role};
use crate::core::time::Time;

/// What a service writes of a request that took so many microseconds; None of one that it says nothing of: health checks,
/// and the pages that the front end only hands on.
pub(crate) fn line(
    role: &Role,
    request: &Request,
    response: &Response,
    now: Time,
    took_us: i64,
) -> Option<String> {
    let Request { method, path, .. } = request;
    let (whole, part) = (took_us / 1_000, took_us % 1_000);
    if path == "/health" {
        return None;
    }
    match role {
        Role::FrontEnd { .. } => (method != "GET" || path == "/login").then(|| {
            format!("{method} {path} {} {whole}.{part:03} ms - {}", response.status, response.body.len())
        }),
        Role::Catalogue(_) | Role::User(_) | Role::Payment(_) => {
            let error =
                if response.status < 400 { "null" } else { response.body.lines().next().unwrap_or_default() };
            let error: String = error.chars().take(200).collect();
            Some(format!(
                "ts={} caller=middlewares.go:27 method={} result={} err={error} took={whole}.{part:03}ms",
                now.iso(),
                call(method, path),
                response.status
            ))
        }
        Role::Carts | Role::Orders(_) | Role::Shipping => {
            Some(java(now, &format!("{method} {path} {}", response.status)))
        }
        Role::QueueMaster | Role::Zipkin(_) | Role::RabbitPage => None,
    }
}

/// A line of a program in Java.
pub(super) fn java(now: Time, text: &str) -> String {
    let at: String = now.iso().chars().take(23).map(|c| if c == 'T' { ' ' } else { c }).collect();
    format!("{at}  INFO 7 --- [nio-80-exec-1] {text}")
}

/// What the programs in Go call a request.
fn call(method: &str, path: &str) -> &'static str {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match (method, parts.next().unwrap_or_default(), parts.next()) {
        (_, "catalogue", None) => "List",
        (_, "catalogue", Some("size")) => "Count",
        (_, "catalogue", Some(_)) => "Get",
        (_, "tags", _) => "Tags",
        (_, "login", _) => "Login",
        (_, "register", _) => "Register",
        (_, "paymentAuth", _) => "Authorise",
        ("GET", "customers", _) => "GetUsers",
        ("GET", "addresses", _) => "GetAddresses",
        ("GET", "cards", _) => "GetCards",
        ("POST", "customers", _) => "PostUser",
        ("POST", "addresses", _) => "PostAddress",
        ("POST", "cards", _) => "PostCard",
        ("DELETE", ..) => "Delete",
        _ => "Other",
    }
}
