//! Patterns that look into events which are JSON: `{ ($.code >= 500 && $.level = "err*") || $.user NOT EXISTS }`.

use serde_json::Value;

/// Deepest nesting of parentheses.
const MAX_DEPTH: usize = 16;

/// A condition on a tree.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Condition {
    /// Both, or one of them.
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// A place in the tree, and what must be true of it.
    Of(Vec<Step>, Test),
}

/// One step into a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Step {
    Member(String),
    Item(usize),
}

/// What must be true of a value.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Test {
    Exists(bool),
    Is(Value),
    /// With `*` for any characters; whether it must match or must not.
    Text(String, bool),
    /// Operator and number.
    Number(&'static str, f64),
}

impl Condition {
    pub(in super::super) fn holds(&self, tree: &Value) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.holds(tree)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(tree)),
            Self::Of(steps, test) => test.holds(walk(tree, steps)),
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), value) => value.is_some() == *wanted,
            (_, None) => false,
            (Self::Is(wanted), Some(value)) => value == wanted,
            (Self::Text(wanted, equal), Some(value)) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                like(wanted, &text) == *equal
            }
            (Self::Number(operator, wanted), Some(value)) => {
                let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
                number.is_some_and(|number| compare(operator, number, *wanted))
            }
        }
    }
}

#[expect(clippy::float_cmp, reason = "equality is what was asked for")]
fn compare(operator: &str, number: f64, wanted: f64) -> bool {
    match operator {
        "=" => number == wanted,
        "!=" => number != wanted,
        "<" => number < wanted,
        ">" => number > wanted,
        "<=" => number <= wanted,
        _ => number >= wanted,
    }
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((last, middle)) = parts.split_last() else { return true };
    for part in middle {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(last)
}

fn walk<'v>(tree: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(tree, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Item(at) => value.get(at),
    })
}

/// Reads what stands between the braces; None when it is no condition.
pub(super) fn parse(text: &str) -> Option<Condition> {
    let mut reader = Reader { rest: text.trim(), depth: 0 };
    let condition = reader.any()?;
    reader.rest.is_empty().then_some(condition)
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn take(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn any(&mut self) -> Option<Condition> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Some(Condition::Any(parts))
    }

    fn all(&mut self) -> Option<Condition> {
        let mut parts = vec![self.one()?];
        while self.take("&&") {
            parts.push(self.one()?);
        }
        Some(Condition::All(parts))
    }

    fn one(&mut self) -> Option<Condition> {
        if self.take("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let inner = self.any()?;
            self.depth -= 1;
            return self.take(")").then_some(inner);
        }
        let steps = self.selector()?;
        Some(Condition::Of(steps, self.test()?))
    }

    /// `$.user.tags[1]`
    fn selector(&mut self) -> Option<Vec<Step>> {
        self.rest = self.rest.strip_prefix('$')?;
        let mut steps = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
                    .unwrap_or(rest.len());
                let (name, rest) = rest.split_at(end);
                if name.is_empty() {
                    return None;
                }
                steps.push(Step::Member(name.to_owned()));
                self.rest = rest;
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                let (index, rest) = rest.split_once(']')?;
                steps.push(Step::Item(index.parse().ok()?));
                self.rest = rest;
            } else {
                self.rest = self.rest.trim_start();
                return Some(steps).filter(|steps| !steps.is_empty());
            }
        }
    }

    fn test(&mut self) -> Option<Test> {
        for (words, test) in [
            ("NOT EXISTS", Test::Exists(false)),
            ("EXISTS", Test::Exists(true)),
            ("IS NULL", Test::Is(Value::Null)),
            ("IS TRUE", Test::Is(Value::Bool(true))),
            ("IS FALSE", Test::Is(Value::Bool(false))),
        ] {
            if self.take(words) {
                return Some(test);
            }
        }
        let operator = ["!=", "<=", ">=", "=", "<", ">"].into_iter().find(|operator| self.take(operator))?;
        if let Some(rest) = self.rest.strip_prefix('"') {
            let (text, rest) = rest.split_once('"')?;
            self.rest = rest.trim_start();
            return matches!(operator, "=" | "!=").then(|| Test::Text(text.to_owned(), operator == "="));
        }
        let word = self.word()?;
        match (word.parse::<f64>(), operator) {
            (Ok(number), _) => Some(Test::Number(operator, number)),
            (Err(_), "=" | "!=") => Some(Test::Text(word.to_owned(), operator == "=")),
            _ => None,
        }
    }

    fn word(&mut self) -> Option<&'t str> {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || matches!(c, ')' | '&' | '|'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        Some(word).filter(|word| !word.is_empty())
    }
}
