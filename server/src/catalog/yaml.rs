//! YAML text to a tree that knows its lines. A lab's file is data of one document: anchors, aliases, tags and merge keys are
//! refused, as are files that are too long, too deep or too wide. Unquoted `yes`, `1.10` and `0755` stay texts.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;

const MAX_BYTES: usize = 256 * 1024;
const MAX_DEPTH: usize = 16;
const MAX_NODES: usize = 20_000;

/// A value and the line it begins on, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) data: Data,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<Node>),
    /// In the file's order, each with the line of its key.
    Map(Vec<(String, usize, Node)>),
}

/// Why a text is not taken; the line is from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct YamlError {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl YamlError {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// A collection that is still open.
enum Open {
    List(usize, Vec<Node>),
    Map(usize, Vec<(String, usize, Node)>, Option<(String, usize)>),
}

/// Reads one document.
pub(crate) fn parse(text: &str) -> Result<Node, YamlError> {
    if text.len() > MAX_BYTES {
        return Err(YamlError::new(1, format!("the file is longer than {MAX_BYTES} bytes")));
    }
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    let mut nodes = 0_usize;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|e| YamlError::new(e.marker().line(), e.info()))?;
        let line = span.start.line();
        nodes += 1;
        if nodes > MAX_NODES {
            return Err(YamlError::new(line, format!("more than {MAX_NODES} values")));
        }
        if open.len() > MAX_DEPTH {
            return Err(YamlError::new(line, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let done = match event {
            Event::Alias(_) => return Err(YamlError::new(line, "aliases (`*name`) are not taken")),
            Event::Scalar(_, _, anchor, ref tag)
            | Event::SequenceStart(anchor, ref tag)
            | Event::MappingStart(anchor, ref tag)
                if anchor != 0 || tag.is_some() =>
            {
                return Err(YamlError::new(line, "anchors (`&name`) and tags (`!name`) are not taken"));
            }
            Event::Scalar(text, style, ..) => match open.last_mut() {
                Some(Open::Map(_, entries, key @ None)) => {
                    if entries.iter().any(|(name, ..)| *name == *text) {
                        return Err(YamlError::new(line, format!("`{text}` is there twice")));
                    }
                    *key = Some((text.into_owned(), line));
                    None
                }
                _ => Some(Node { line, data: scalar(&text, style) }),
            },
            Event::SequenceStart(..) | Event::MappingStart(..)
                if matches!(open.last(), Some(Open::Map(_, _, None))) =>
            {
                return Err(YamlError::new(line, "a key must be a plain text"));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(line, Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(line, Vec::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(line, items)) => Some(Node { line, data: Data::List(items) }),
                Some(Open::Map(line, entries, _)) => Some(Node { line, data: Data::Map(entries) }),
                None => None,
            },
            Event::DocumentStart(_) if root.is_some() => {
                return Err(YamlError::new(line, "a second document"));
            }
            _ => None,
        };
        let Some(node) = done else { continue };
        match open.last_mut() {
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, key)) => {
                if let Some((name, at)) = key.take() {
                    entries.push((name, at, node));
                }
            }
            None => root = Some(node),
        }
    }
    root.ok_or_else(|| YamlError::new(1, "the file is empty"))
}

fn scalar(text: &str, style: ScalarStyle) -> Data {
    if style != ScalarStyle::Plain {
        return Data::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" => Data::Null,
        "true" => Data::Bool(true),
        "false" => Data::Bool(false),
        _ => integer(text).map_or_else(|| Data::Text(text.to_owned()), Data::Integer),
    }
}

/// Decimal without a leading zero: anything else that looks like a number is more likely a name or a version.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
    if plain { text.parse().ok() } else { None }
}

impl Node {
    pub(crate) fn to_value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Integer(value) => Value::from(*value),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Data::Map(entries) => {
                Value::Object(entries.iter().map(|(key, _, node)| (key.clone(), node.to_value())).collect())
            }
        }
    }

    /// The member of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|(key, ..)| key == name).map(|(.., node)| node),
            _ => None,
        }
    }

    /// The line of the key of that name; of the value itself where there is no such key.
    pub(crate) fn key_line(&self, name: &str) -> usize {
        match &self.data {
            Data::Map(entries) => {
                entries.iter().find(|(key, ..)| key == name).map_or(self.line, |(_, line, _)| *line)
            }
            _ => self.line,
        }
    }

    /// The items of a list; of anything else, none.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Every text in it, with its line.
    pub(crate) fn texts(&self, seen: &mut impl FnMut(usize, &str)) {
        match &self.data {
            Data::Text(text) => seen(self.line, text),
            Data::List(items) => items.iter().for_each(|item| item.texts(seen)),
            Data::Map(entries) => entries.iter().for_each(|(.., node)| node.texts(seen)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn plain_scalars_are_read_with_care() {
        let node =
            parse("a: 0755\nb: 1.10\nc: 12\nd: yes\ne: true\nf: '7'\ng:\nh: -3\ni: >-\n  two\n  lines\n")
                .unwrap();
        let value = node.to_value();
        assert_eq!(
            value,
            serde_json::json!({"a": "0755", "b": "1.10", "c": 12, "d": "yes", "e": true, "f": "7", "g": null,
                "h": -3, "i": "two lines"})
        );
        assert_eq!(node.key_line("c"), 3);
        assert_eq!(node.get("i").unwrap().line, 10);
    }

    #[test]
    fn hostile_texts_are_refused_quickly() {
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n";
        let deep = "[".repeat(200_000);
        let deep_map = (0..30).map(|i| " ".repeat(i) + "k:\n").collect::<String>();
        let wide = "- x\n".repeat(60_000);
        let huge = "x".repeat(MAX_BYTES + 1);
        for (name, text) in [
            ("bomb", bomb),
            ("deep", &deep),
            ("deep map", &deep_map),
            ("wide", &wide),
            ("huge", &huge),
            ("tag", "a: !!python/object x"),
            ("merge", "a: &x {b: 1}\nc: {<<: *x}"),
            ("twice", "a: 1\na: 2"),
            ("two documents", "a: 1\n---\nb: 2"),
            ("empty", ""),
            ("unclosed", "a: [1, 2"),
            ("key is a list", "? [a]\n: b"),
            ("tab", "a:\n\t- b"),
            ("nul", "a: \0"),
        ] {
            let before = Instant::now();
            assert!(parse(text).is_err(), "{name}");
            assert!(before.elapsed().as_secs() < 2, "{name} took {:?}", before.elapsed());
        }
    }
}
