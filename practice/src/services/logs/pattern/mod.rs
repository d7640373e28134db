//! Filter patterns: which events `FilterLogEvents`, metric filters and `aws logs tail --filter-pattern` mean. Follows
//! "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail". Not in it:
//! regular expressions (`%...%`) and patterns for space-delimited events (`[a, b]`); they are refused.

use super::fault::invalid;
use crate::core::fault::Fault;

mod json;

use json::Condition;

/// Longest pattern, in characters, as in AWS.
const MAX_LENGTH: usize = 1_024;

/// A filter pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pattern {
    /// Words: all of these, none of those, and one of the last when nothing else is asked for.
    Terms { all: Vec<String>, none: Vec<String>, any: Vec<String> },
    /// `{ $.level = "error" }`
    Json(Condition),
}

impl Pattern {
    /// Reads a pattern; the empty one matches everything.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        if text.chars().count() > MAX_LENGTH {
            return Err(invalid("Invalid filter pattern: it is longer than 1024 characters"));
        }
        let text = text.trim();
        if let Some(inner) = text.strip_prefix('{') {
            let inner = inner.strip_suffix('}').ok_or_else(|| invalid("Invalid filter pattern"))?;
            return json::parse(inner).map(Self::Json).ok_or_else(|| invalid("Invalid filter pattern"));
        }
        if text.starts_with('[') {
            return Err(invalid(
                "Filter patterns for space-delimited events are not part of this practice cloud.",
            ));
        }
        if text.starts_with('%') {
            return Err(invalid(
                "Regular expressions in filter patterns are not part of this practice cloud.",
            ));
        }
        terms(text)
    }

    /// Whether an event's message is meant.
    pub(super) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Terms { all, none, any } => {
                let has = |term: &String| message.contains(term.as_str());
                // "?" is ignored beside terms that must be there.
                let some = !all.is_empty() || any.is_empty() || any.iter().any(has);
                all.iter().all(has) && !none.iter().any(has) && some
            }
            Self::Json(condition) => serde_json::from_str(message).is_ok_and(|tree| condition.holds(&tree)),
        }
    }
}

fn terms(text: &str) -> Result<Pattern, Fault> {
    let (mut all, mut none, mut any) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = text;
    while !rest.is_empty() {
        let (list, after) = match rest.as_bytes().first() {
            Some(b'-') => (&mut none, rest.get(1..).unwrap_or_default()),
            Some(b'?') => (&mut any, rest.get(1..).unwrap_or_default()),
            _ => (&mut all, rest),
        };
        let (term, after) = one_term(after)?;
        list.push(term);
        rest = after.trim_start();
    }
    Ok(Pattern::Terms { all, none, any })
}

/// A word, or a text in quotation marks with `\"` in it, and what follows.
fn one_term(text: &str) -> Result<(String, &str), Fault> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut term = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Ok((term, quoted.get(at + 1..).unwrap_or_default())),
                '\\' => term.extend(chars.next().map(|(_, escaped)| escaped)),
                other => term.push(other),
            }
        }
        return Err(invalid("Invalid filter pattern: a quotation mark is not closed"));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    if word.is_empty() || !word.chars().all(plain) {
        return Err(invalid(format!(
            "Invalid character(s) in term '{word}': terms with characters other than letters, digits and underscores must be placed in double quotes"
        )));
    }
    Ok((word.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, message: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(message)
    }

    #[test]
    fn words_are_all_wanted_excluded_or_alternatives() {
        let line = "[ERROR 400] BAD REQUEST at /index.html";
        for (pattern, expected) in [
            ("", true),
            ("ERROR", true),
            ("error", false),
            ("ERROR BAD", true),
            ("ERROR MISSING", false),
            ("ERROR -REQUEST", false),
            ("-MISSING", true),
            ("?MISSING ?400", true),
            ("?MISSING ?401", false),
            ("\"BAD REQUEST\"", true),
            ("\"REQUEST BAD\"", false),
            ("-\"/index.html\"", false),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
        assert!(matches(r#""say \"hi\"""#, "they say \"hi\""));
    }

    #[test]
    fn json_is_looked_into() {
        let line =
            r#"{"level":"error","code":500,"user":{"name":"ana","tags":["x","y"]},"ok":false,"gone":null}"#;
        for (pattern, expected) in [
            ("{ $.level = \"error\" }", true),
            ("{ $.level = error }", true),
            ("{ $.level = \"err*\" }", true),
            ("{ $.level != \"error\" }", false),
            ("{ $.code >= 500 }", true),
            ("{ $.code < 500 }", false),
            ("{ $.user.tags[1] = \"y\" }", true),
            ("{ $.ok IS FALSE && $.gone IS NULL }", true),
            ("{ $.gone NOT EXISTS || $.user.name = \"a*\" }", true),
            ("{ ($.code = 404 || $.code = 500) && $.level = \"warn\" }", false),
            ("{ $.missing = 1 }", false),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
        assert!(!matches("{ $.level = \"error\" }", "no json"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(100), ")".repeat(100));
        for pattern in ["a:b", "\"open", "{ $.a }", "{ $.a = 1", "[a, b]", "%x%", "-", "{ a = 1 }", &deep] {
            assert_eq!(Pattern::parse(pattern).unwrap_err().code, "InvalidParameterException", "{pattern}");
        }
        assert!(Pattern::parse(&"a".repeat(1_025)).is_err());
    }
}
