//! One schema within a type's: the part of JSON Schema that AWS's resource types use.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

/// What a value may be.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Node {
    /// `#/definitions/Tag`; then nothing else counts.
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(rename = "type")]
    pub(super) kinds: Kinds,
    #[serde(rename = "enum")]
    pub(super) values: Vec<Value>,
    pub(super) pattern: Option<Pattern>,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) min_items: Option<usize>,
    pub(super) max_items: Option<usize>,
    pub(super) unique_items: bool,
    pub(super) required: Vec<String>,
    pub(super) additional_properties: Additional,
    pub(super) items: Option<Box<Node>>,
    pub(super) one_of: Vec<Node>,
    pub(super) any_of: Vec<Node>,
    pub(super) all_of: Vec<Node>,
    pub(super) properties: BTreeMap<String, Node>,
    pub(super) pattern_properties: PatternProperties,
}

/// One kind of value or several; none for any.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Kinds {
    #[default]
    Any,
    One(Kind),
    Many(Vec<Kind>),
}

impl Kinds {
    pub(super) fn all(&self) -> &[Kind] {
        match self {
            Self::Any => &[],
            Self::One(kind) => std::slice::from_ref(kind),
            Self::Many(kinds) => kinds,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
}

/// What an object may have beyond its properties.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Additional {
    Allowed(bool),
    Are(Box<Node>),
}

impl Default for Additional {
    fn default() -> Self {
        Self::Allowed(true)
    }
}

/// A pattern, in AWS's words and as it is matched.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Pattern {
    pub(super) text: String,
    /// None when it looks ahead, which only the service itself judges then.
    regex: Option<Regex>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        let regex = Regex::new(&matched(&text)).ok();
        Self { text, regex }
    }
}

impl Pattern {
    /// Whether it is found in there.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.regex.as_ref().is_none_or(|regex| regex.is_match(text))
    }

    #[cfg(test)]
    pub(super) fn is_read(&self) -> bool {
        self.regex.is_some()
    }
}

/// AWS's pattern in the words of `regex_lite`, which has no classes of Unicode: letters, numbers and separators of any
/// script become all beyond ASCII.
fn matched(text: &str) -> String {
    text.replace(r"\p{L}\p{Z}\p{N}", r"a-zA-Z0-9\x20\u{80}-\u{10FFFF}")
        .replace(r"\p{Print}", r"[\x20-\x7E\u{A0}-\u{10FFFF}]")
        .replace(r"\Z", "$")
        .replace(r"[\]", r"\[\]")
        .replace(r"\_", "_")
        .replace(r"\/", "/")
}

/// Properties by the pattern of their names.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<String, Node>")]
pub(super) struct PatternProperties(pub(super) Vec<(Pattern, Node)>);

impl From<BTreeMap<String, Node>> for PatternProperties {
    fn from(by_text: BTreeMap<String, Node>) -> Self {
        Self(by_text.into_iter().map(|(text, node)| (Pattern::from(text), node)).collect())
    }
}
