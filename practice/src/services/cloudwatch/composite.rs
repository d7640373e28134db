//! `AlarmRule` of composite alarms: `ALARM(name)`, `OK(...)`, `INSUFFICIENT_DATA(...)`, `TRUE`, `FALSE`, `AND`, `OR`,
//! `NOT` and parentheses; at most [`MAX_DEPTH`] deep and [`MAX_NAMES`] alarms. Follows `PutCompositeAlarm`.

use super::model::State;

const MAX_DEPTH: usize = 32;
const MAX_NAMES: usize = 100;

/// A parsed rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    Is(State, String),
    Constant(bool),
    And(Box<Rule>, Box<Rule>),
    Or(Box<Rule>, Box<Rule>),
    Not(Box<Rule>),
}

/// Reads a rule.
pub(super) fn parse(text: &str) -> Option<Rule> {
    let mut reader = Reader { rest: text };
    let rule = reader.or(0)?;
    let names = rule.names().len();
    (reader.rest.trim().is_empty() && names <= MAX_NAMES).then_some(rule)
}

impl Rule {
    /// The alarms it looks at.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Is(_, name) => vec![name],
            Self::Constant(_) => Vec::new(),
            Self::And(a, b) | Self::Or(a, b) => a.names().into_iter().chain(b.names()).collect(),
            Self::Not(inner) => inner.names(),
        }
    }

    /// Whether it holds; an alarm that is gone is in no state.
    pub(super) fn holds(&self, state: &dyn Fn(&str) -> Option<State>) -> bool {
        match self {
            Self::Is(wanted, name) => state(name) == Some(*wanted),
            Self::Constant(value) => *value,
            Self::And(a, b) => a.holds(state) && b.holds(state),
            Self::Or(a, b) => a.holds(state) || b.holds(state),
            Self::Not(inner) => !inner.holds(state),
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn word(&mut self, word: &str) -> bool {
        let text = self.rest.trim_start();
        let Some(after) = text.strip_prefix(word) else { return false };
        if word.chars().all(char::is_alphabetic)
            && after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        {
            return false;
        }
        self.rest = after;
        true
    }

    fn or(&mut self, depth: usize) -> Option<Rule> {
        let mut left = self.and(depth)?;
        while self.word("OR") {
            left = Rule::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Some(left)
    }

    fn and(&mut self, depth: usize) -> Option<Rule> {
        let mut left = self.not(depth)?;
        while self.word("AND") {
            left = Rule::And(Box::new(left), Box::new(self.not(depth)?));
        }
        Some(left)
    }

    fn not(&mut self, depth: usize) -> Option<Rule> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.word("NOT") {
            return Some(Rule::Not(Box::new(self.not(depth + 1)?)));
        }
        for (word, value) in [("TRUE", true), ("FALSE", false)] {
            if self.word(word) {
                return Some(Rule::Constant(value));
            }
        }
        let states =
            [("ALARM", State::Alarm), ("OK", State::Ok), ("INSUFFICIENT_DATA", State::InsufficientData)];
        for (word, state) in states {
            if self.word(word) {
                return Some(Rule::Is(state, self.name()?));
            }
        }
        if !self.word("(") {
            return None;
        }
        let inner = self.or(depth + 1)?;
        self.word(")").then_some(inner)
    }

    /// A name or ARN in parentheses, with or without quotes.
    fn name(&mut self) -> Option<String> {
        let text = self.rest.trim_start().strip_prefix('(')?.trim_start();
        let quoted = text.strip_prefix('"');
        let (name, after) = match quoted {
            Some(text) => {
                let (name, after) = text.split_once('"')?;
                (name, after.trim_start().strip_prefix(')')?)
            }
            None => text.split_once(')')?,
        };
        self.rest = after;
        let name = name.trim();
        let name = if name.starts_with("arn:") { name.split_once(":alarm:")?.1 } else { name };
        (!name.is_empty()).then(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_hold() {
        let state = |name: &str| (name == "a b").then_some(State::Alarm);
        for (rule, holds) in [
            ("ALARM(\"a b\")", true),
            ("NOT ALARM(\"a b\") OR TRUE", true),
            ("(OK(a b) OR ALARM(a b)) AND NOT INSUFFICIENT_DATA(x)", true),
            ("ALARM(x) OR FALSE", false),
        ] {
            assert_eq!(parse(rule).unwrap().holds(&state), holds, "{rule}");
        }
        for wrong in ["", "ALARM", "ALARM()", "ALARM(a) AND", "MAYBE(a)", "ALARM(a) ALARM(b)"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&"NOT ".repeat(1_000)), None);
    }
}
