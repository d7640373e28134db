//! HTTP as far as the shop speaks it.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

/// Longest value of a form that counts, in bytes.
const MAX_VALUE: usize = 120;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// To another service.
    pub(crate) fn to(method: &str, path: &str, body: Option<&Value>) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: body.map(Value::to_string).unwrap_or_default(),
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::to("GET", path, None)
    }

    /// Method and the parts of the path: `("GET", ["carts", "1"])`.
    pub(super) fn route(&self) -> (&str, Vec<&str>) {
        (&self.method, self.path.split('/').filter(|part| !part.is_empty()).take(6).collect())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(n, _)| *n == name).map(|(_, value)| value).next()
    }

    /// A value of the query.
    pub(super) fn asked(&self, name: &str) -> Option<String> {
        pair(&self.query, name)
    }

    /// A value of a form or of a JSON object in the body.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        if !self.body.trim_start().starts_with('{') {
            return pair(&self.body, name);
        }
        match self.json().get(name)? {
            Value::String(text) => Some(cut(text)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Whether a browser's form was sent, and so a page is wanted.
    pub(super) fn is_form(&self) -> bool {
        !self.body.trim_start().starts_with('{')
            && self.header("content-type").is_none_or(|kind| !kind.contains("json"))
    }
}

fn pair(pairs: &str, name: &str) -> Option<String> {
    let mut pairs = pairs.split('&').take(64).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(n, _)| *n == name)?;
    let spaced = value.replace('+', " ");
    Some(cut(&percent_decode_str(&spaced).decode_utf8_lossy()))
}

fn cut(text: &str) -> String {
    let text = text.trim();
    text.get(..text.floor_char_boundary(MAX_VALUE))
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

/// As it stands in a path or query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%2D", "-")
}

/// As it stands in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    fn of(status: u16, kind: &str, body: String) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), kind.to_owned())], body }
    }

    pub(super) fn html(status: u16, body: String) -> Self {
        Self::of(status, "text/html; charset=utf-8", body)
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An error as the services' frameworks write it.
    pub(super) fn error(status: u16, message: &str) -> Self {
        Self::json(status, &serde_json::json!({"status_code": status, "error": message}))
    }

    pub(crate) fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    /// To another page of the same site.
    pub(super) fn see(path: &str) -> Self {
        let mut answer = Self::html(303, String::new());
        answer.headers.push(("location".to_owned(), path.to_owned()));
        answer
    }

    /// The body of a good answer.
    pub(super) fn good(self) -> Option<Value> {
        (200..300).contains(&self.status).then(|| serde_json::from_str(&self.body).unwrap_or_default())
    }
}
