//! The cluster query language, as `memberOf` constraints and `ListContainerInstances` use it. Follows "Create
//! expressions to define container instances for Amazon ECS tasks". Expressions are at most [`MAX_LENGTH`]
//! characters and [`MAX_DEPTH`] deep.

/// Longest expression.
pub(super) const MAX_LENGTH: usize = 2_000;
/// Deepest nesting of parentheses and negations.
const MAX_DEPTH: usize = 32;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    And(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
    Not(Box<Query>),
    Test { subject: String, operator: Operator, values: Vec<String> },
}

/// What a test compares by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    Differs,
    Exists,
    Lacks,
    Matches,
    MatchesNot,
    In,
    NotIn,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// An expression that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadQuery;

/// What a subject (`attribute:ecs.instance-type`, `task:group`, `runningTasksCount`) is at an instance: no value
/// when it has none; more than one for those that are sets.
pub(super) trait Facts {
    fn values(&self, subject: &str) -> Vec<String>;
    /// Whether an attribute is there, with or without a value.
    fn has(&self, subject: &str) -> bool;
}

impl Query {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self, BadQuery> {
        if text.len() > MAX_LENGTH {
            return Err(BadQuery);
        }
        let mut parser = Parser { tokens: tokens(text)?, at: 0 };
        let query = parser.or(0)?;
        if parser.at == parser.tokens.len() { Ok(query) } else { Err(BadQuery) }
    }

    /// Whether it holds.
    pub(super) fn holds(&self, facts: &impl Facts) -> bool {
        match self {
            Self::And(a, b) => a.holds(facts) && b.holds(facts),
            Self::Or(a, b) => a.holds(facts) || b.holds(facts),
            Self::Not(inner) => !inner.holds(facts),
            Self::Test { subject, operator, values } => test(facts, subject, *operator, values),
        }
    }
}

fn test(facts: &impl Facts, subject: &str, operator: Operator, wanted: &[String]) -> bool {
    let found = facts.values(subject);
    let first = wanted.first().map_or("", String::as_str);
    let any = |wanted: &[String]| found.iter().any(|value| wanted.contains(value));
    let ordered = |keep: fn(f64, f64) -> bool| {
        found.iter().any(|value| match (value.parse(), first.parse()) {
            (Ok(a), Ok(b)) => keep(a, b),
            _ => false,
        })
    };
    match operator {
        Operator::Exists => facts.has(subject),
        Operator::Lacks => !facts.has(subject),
        Operator::Equals | Operator::In => any(wanted),
        Operator::Differs | Operator::NotIn => !any(wanted),
        Operator::Matches => found.iter().any(|value| pattern(first, value)),
        Operator::MatchesNot => !found.iter().any(|value| pattern(first, value)),
        Operator::Greater => ordered(|a, b| a > b),
        Operator::GreaterOrEqual => ordered(|a, b| a >= b),
        Operator::Less => ordered(|a, b| a < b),
        Operator::LessOrEqual => ordered(|a, b| a <= b),
    }
}

/// Whether a whole text matches a pattern of literal characters, `.`, `\x`, and `*`, `+`, `?` after one of them: the
/// part of regular expressions that instance types and zones need. Polynomial in the lengths.
fn pattern(pattern: &str, text: &str) -> bool {
    let mut atoms: Vec<(Option<char>, char)> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '+' | '?' => {
                if let Some(last) = atoms.last_mut() {
                    last.1 = c;
                }
            }
            '.' => atoms.push((None, '1')),
            '\\' => atoms.push((chars.next(), '1')),
            '^' | '$' => {}
            other => atoms.push((Some(other), '1')),
        }
    }
    // The set of atoms that may come next, advanced over the text.
    let text: Vec<char> = text.chars().collect();
    let mut reachable = vec![false; atoms.len() + 1];
    let close = |reachable: &mut Vec<bool>| {
        for (at, (_, times)) in atoms.iter().enumerate() {
            if reachable.get(at) == Some(&true)
                && matches!(times, '*' | '?')
                && let Some(next) = reachable.get_mut(at + 1)
            {
                *next = true;
            }
        }
    };
    reachable[0] = true;
    close(&mut reachable);
    for c in text {
        let mut next = vec![false; atoms.len() + 1];
        for (at, (wanted, times)) in atoms.iter().enumerate() {
            if reachable.get(at) == Some(&true) && wanted.is_none_or(|w| w == c) {
                next[at + 1] = true;
                next[at] |= matches!(times, '*' | '+');
            }
        }
        close(&mut next);
        reachable = next;
    }
    reachable.last() == Some(&true)
}

fn tokens(text: &str) -> Result<Vec<String>, BadQuery> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        const SIGNS: [&str; 15] =
            ["==", "!=", ">=", "<=", "=~", "!~", "&&", "||", "(", ")", "[", "]", ",", ">", "<"];
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push((*sign).to_owned());
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else if matches!(first, '"' | '\'') {
            let inner = rest.get(1..).unwrap_or_default();
            let end = inner.find(first).ok_or(BadQuery)?;
            tokens.push(format!("\"{}", inner.get(..end).unwrap_or_default()));
            rest = inner.get(end + 1..).unwrap_or_default();
        } else if first == '!' {
            let word: String = rest.chars().skip(1).take_while(char::is_ascii_alphabetic).collect();
            let sign =
                if matches!(word.as_str(), "exists" | "in") { format!("!{word}") } else { "!".to_owned() };
            rest = rest.get(sign.len()..).unwrap_or_default();
            tokens.push(sign);
        } else {
            let ends = |c: char| c.is_whitespace() || "()[],=!<>&|\"'".contains(c);
            let end = rest.find(ends).filter(|end| *end > 0).unwrap_or(rest.len());
            if end == rest.len() && ends(first) {
                return Err(BadQuery);
            }
            tokens.push(rest.get(..end).unwrap_or_default().to_owned());
            rest = rest.get(end..).unwrap_or_default();
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn take(&mut self) -> Result<String, BadQuery> {
        let token = self.tokens.get(self.at).cloned().ok_or(BadQuery)?;
        self.at += 1;
        Ok(token)
    }

    fn is(&mut self, words: [&str; 2]) -> bool {
        let found = words.iter().any(|word| self.peek().eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn or(&mut self, depth: usize) -> Result<Query, BadQuery> {
        let mut left = self.and(depth)?;
        while self.is(["or", "||"]) {
            left = Query::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Query, BadQuery> {
        let mut left = self.unary(depth)?;
        while self.is(["and", "&&"]) {
            left = Query::And(Box::new(left), Box::new(self.unary(depth)?));
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<Query, BadQuery> {
        if depth > MAX_DEPTH {
            return Err(BadQuery);
        }
        if self.is(["not", "!"]) {
            return Ok(Query::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.is(["(", "("]) {
            let inner = self.or(depth + 1)?;
            return if self.is([")", ")"]) { Ok(inner) } else { Err(BadQuery) };
        }
        self.test()
    }

    fn test(&mut self) -> Result<Query, BadQuery> {
        let subject = self.take()?;
        let known = subject.strip_prefix("attribute:").is_some_and(|name| !name.is_empty())
            || subject.starts_with("task:")
            || matches!(
                subject.as_str(),
                "runningTasksCount"
                    | "pendingTasksCount"
                    | "agentConnected"
                    | "agentVersion"
                    | "registeredAt"
                    | "ec2InstanceId"
                    | "status"
            );
        if !known {
            return Err(BadQuery);
        }
        let operator = match self.take()?.as_str() {
            "==" | "equals" => Operator::Equals,
            "!=" | "not_equals" => Operator::Differs,
            "exists" => Operator::Exists,
            "!exists" | "not_exists" => Operator::Lacks,
            "=~" | "matches" => Operator::Matches,
            "!~" | "not_matches" => Operator::MatchesNot,
            "in" => Operator::In,
            "!in" | "not_in" => Operator::NotIn,
            ">" | "greater_than" => Operator::Greater,
            ">=" | "greater_than_equal" => Operator::GreaterOrEqual,
            "<" | "less_than" => Operator::Less,
            "<=" | "less_than_equal" => Operator::LessOrEqual,
            _ => return Err(BadQuery),
        };
        let values = match operator {
            Operator::Exists | Operator::Lacks => Vec::new(),
            Operator::In | Operator::NotIn => self.list()?,
            _ => vec![self.value()?],
        };
        Ok(Query::Test { subject, operator, values })
    }

    fn value(&mut self) -> Result<String, BadQuery> {
        let token = self.take()?;
        match token.strip_prefix('"') {
            Some(quoted) => Ok(quoted.to_owned()),
            None if token.starts_with(|c: char| "()[],=!<>&|".contains(c)) => Err(BadQuery),
            None => Ok(token),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, BadQuery> {
        if !self.is(["[", "["]) {
            return Err(BadQuery);
        }
        let mut values = vec![self.value()?];
        while self.is([",", ","]) {
            values.push(self.value()?);
        }
        if self.is(["]", "]"]) { Ok(values) } else { Err(BadQuery) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Micro;
    impl Facts for Micro {
        fn values(&self, subject: &str) -> Vec<String> {
            match subject {
                "attribute:ecs.instance-type" => vec!["t2.micro".to_owned()],
                "runningTasksCount" => vec!["2".to_owned()],
                "task:group" => vec!["service:web".to_owned(), "family:x".to_owned()],
                _ => vec![],
            }
        }
        fn has(&self, subject: &str) -> bool {
            !self.values(subject).is_empty()
        }
    }

    #[test]
    fn expressions_of_the_guide() {
        for (text, holds) in [
            ("attribute:ecs.instance-type == t2.micro", true),
            ("attribute:ecs.instance-type =~ t2.*", true),
            ("attribute:ecs.instance-type =~ g2.*", false),
            ("attribute:ecs.instance-type in [t2.small, \"t2.micro\"]", true),
            ("attribute:ecs.instance-type not_in [t2.small]", true),
            ("attribute:stack exists", false),
            ("attribute:stack !exists and runningTasksCount >= 2", true),
            ("not(task:group == service:web)", false),
            ("(runningTasksCount > 2) || task:group == family:x", true),
            ("not (attribute:ecs.instance-type =~ t2.* and runningTasksCount < 1)", true),
        ] {
            assert_eq!(Query::parse(text).map(|q| q.holds(&Micro)), Ok(holds), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let deep = "(".repeat(500);
        for text in
            ["", "attribute:", "size == 3", "attribute:a ==", "attribute:a in []", "a b c", "'", "&", &deep]
        {
            assert_eq!(Query::parse(text), Err(BadQuery), "{text}");
        }
    }
}
