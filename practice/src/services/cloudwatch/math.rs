//! Metric math, the everyday part: numbers, ids of other queries, `+ - * / ( )`, comparisons, and the functions `SUM`,
//! `AVG`, `MIN`, `MAX`, `ABS`, `CEIL`, `FLOOR`, `IF` and `FILL`. Everything else is refused. At most [`MAX_LENGTH`]
//! characters and [`MAX_DEPTH`] deep. Follows "Using math expressions with CloudWatch metrics".

use std::collections::{BTreeMap, BTreeSet};

use super::data::Values;
use super::fault;
use crate::core::fault::Fault;

const MAX_LENGTH: usize = 2_048;
const MAX_DEPTH: usize = 32;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Id(String),
    List(Vec<Expression>),
    Binary(String, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
}

enum Value {
    Scalar(f64),
    Series(Values),
    Many(Vec<Values>),
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Expression, Fault> {
    if text.len() > MAX_LENGTH {
        return Err(fault::validation("The expression is too long."));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let expression = parser.binary(0, 0)?;
    if parser.at < parser.tokens.len() {
        return Err(bad(text));
    }
    Ok(expression)
}

fn bad(what: &str) -> Fault {
    fault::validation(format!("Error in expression: {what} cannot be read."))
}

fn tokens(text: &str) -> Result<Vec<String>, Fault> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphabetic() {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if first.is_ascii_digit() || first == '.' {
            rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len())
        } else if ["<=", ">=", "==", "!=", "&&", "||"].iter().any(|sign| rest.starts_with(sign)) {
            2
        } else if "+-*/(),[]<>".contains(first) {
            1
        } else {
            return Err(bad(&first.to_string()));
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

const LEVELS: [&[&str]; 4] =
    [&["&&", "||", "AND", "OR"], &["<", ">", "<=", ">=", "==", "!="], &["+", "-"], &["*", "/"]];

impl Parser {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn take(&mut self) -> String {
        let token = self.peek().to_owned();
        self.at += 1;
        token
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        let token = self.take();
        if token == sign { Ok(()) } else { Err(bad(&token)) }
    }

    fn binary(&mut self, level: usize, depth: usize) -> Result<Expression, Fault> {
        let Some(signs) = LEVELS.get(level) else { return self.unary(depth) };
        let mut left = self.binary(level + 1, depth)?;
        while signs.contains(&self.peek()) {
            let sign = self.take();
            let right = self.binary(level + 1, depth)?;
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<Expression, Fault> {
        if depth > MAX_DEPTH {
            return Err(fault::validation("The expression is nested too deeply."));
        }
        let token = self.take();
        match token.as_str() {
            "-" => {
                let inner = self.unary(depth + 1)?;
                Ok(Expression::Binary("-".to_owned(), Box::new(Expression::Number(0.0)), Box::new(inner)))
            }
            "(" => {
                let inner = self.binary(0, depth + 1)?;
                self.expect(")").map(|()| inner)
            }
            "[" => Ok(Expression::List(self.until("]", depth)?)),
            word if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                word.parse().map(Expression::Number).map_err(|_| bad(word))
            }
            word if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                if self.peek() != "(" {
                    return Ok(Expression::Id(token));
                }
                self.at += 1;
                Ok(Expression::Call(word.to_ascii_uppercase(), self.until(")", depth)?))
            }
            other => Err(bad(other)),
        }
    }

    fn until(&mut self, end: &str, depth: usize) -> Result<Vec<Expression>, Fault> {
        let mut items = Vec::new();
        if self.peek() == end {
            self.at += 1;
            return Ok(items);
        }
        loop {
            items.push(self.binary(0, depth + 1)?);
            let token = self.take();
            if token == end {
                return Ok(items);
            }
            if token != "," {
                return Err(bad(&token));
            }
        }
    }
}

impl Expression {
    /// The ids it uses.
    pub(super) fn ids(&self) -> BTreeSet<&str> {
        match self {
            Self::Number(_) => BTreeSet::new(),
            Self::Id(id) if id == "REPEAT" => BTreeSet::new(),
            Self::Id(id) => BTreeSet::from([id.as_str()]),
            Self::List(items) | Self::Call(_, items) => items.iter().flat_map(Self::ids).collect(),
            Self::Binary(_, a, b) => a.ids().into_iter().chain(b.ids()).collect(),
        }
    }

    /// Its values. An expression must come to one time series.
    pub(super) fn evaluate(&self, known: &BTreeMap<String, Values>) -> Result<Values, Fault> {
        match self.value(known)? {
            Value::Series(series) => Ok(series),
            Value::Scalar(number) => {
                let times = self.ids().into_iter().filter_map(|id| known.get(id)).flat_map(BTreeMap::keys);
                Ok(times.map(|at| (*at, number)).collect())
            }
            Value::Many(_) => Err(fault::validation("The expression does not come to one time series.")),
        }
    }

    fn value(&self, known: &BTreeMap<String, Values>) -> Result<Value, Fault> {
        Ok(match self {
            Self::Number(number) => Value::Scalar(*number),
            Self::Id(id) => Value::Series(known.get(id).cloned().unwrap_or_default()),
            Self::List(items) => {
                Value::Many(items.iter().map(|item| item.evaluate(known)).collect::<Result<_, _>>()?)
            }
            Self::Binary(sign, a, b) => binary(sign, a.value(known)?, b.value(known)?)?,
            Self::Call(name, items) => call(name, items, known)?,
        })
    }
}

fn binary(sign: &str, a: Value, b: Value) -> Result<Value, Fault> {
    let flag = |holds: bool| Some(f64::from(u8::from(holds)));
    #[expect(clippy::float_cmp, reason = "what the student wrote")]
    let apply = |a: f64, b: f64| match sign {
        "+" => Some(a + b),
        "-" => Some(a - b),
        "*" => Some(a * b),
        "/" => (b != 0.0).then(|| a / b),
        "<" => flag(a < b),
        ">" => flag(a > b),
        "<=" => flag(a <= b),
        ">=" => flag(a >= b),
        "==" => flag(a == b),
        "!=" => flag(a != b),
        "&&" | "AND" => flag(a != 0.0 && b != 0.0),
        _ => flag(a != 0.0 || b != 0.0),
    };
    Ok(match (a, b) {
        (Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(apply(a, b).unwrap_or(0.0)),
        (Value::Series(a), Value::Scalar(b)) => {
            Value::Series(a.into_iter().filter_map(|(at, a)| Some((at, apply(a, b)?))).collect())
        }
        (Value::Scalar(a), Value::Series(b)) => {
            Value::Series(b.into_iter().filter_map(|(at, b)| Some((at, apply(a, b)?))).collect())
        }
        (Value::Series(a), Value::Series(b)) => {
            Value::Series(a.into_iter().filter_map(|(at, a)| Some((at, apply(a, *b.get(&at)?)?))).collect())
        }
        _ => return Err(fault::validation("Lists cannot be operands.")),
    })
}

fn call(name: &str, items: &[Expression], known: &BTreeMap<String, Values>) -> Result<Value, Fault> {
    let wrong = || fault::validation(format!("The function {name} does not take these arguments."));
    if name == "FILL" {
        let [series, with] = items else { return Err(wrong()) };
        return Ok(Value::Series(fill(series.evaluate(known)?, with, known)?));
    }
    let mut values = items.iter().map(|item| item.value(known)).collect::<Result<Vec<_>, _>>()?;
    match (name, values.len()) {
        ("IF", 3) => {
            let (otherwise, then) = (values.pop(), values.pop());
            let (Some(otherwise), Some(then), Some(test)) = (otherwise, then, values.pop()) else {
                return Err(wrong());
            };
            choose(test, &then, &otherwise).ok_or_else(wrong)
        }
        ("ABS" | "CEIL" | "FLOOR", 1) => {
            let apply = |value: f64| match name {
                "ABS" => value.abs(),
                "CEIL" => value.ceil(),
                _ => value.floor(),
            };
            match values.pop() {
                Some(Value::Scalar(number)) => Ok(Value::Scalar(apply(number))),
                Some(Value::Series(series)) => {
                    Ok(Value::Series(series.into_iter().map(|(at, value)| (at, apply(value))).collect()))
                }
                _ => Err(wrong()),
            }
        }
        ("SUM" | "AVG" | "MIN" | "MAX", 1) => match values.pop() {
            Some(Value::Series(series)) => {
                fold(name, series.values().copied()).map(Value::Scalar).ok_or_else(wrong)
            }
            Some(Value::Many(many)) => {
                let times: BTreeSet<i64> = many.iter().flat_map(BTreeMap::keys).copied().collect();
                let at = |at: i64| fold(name, many.iter().filter_map(move |series| series.get(&at).copied()));
                Ok(Value::Series(times.into_iter().filter_map(|time| Some((time, at(time)?))).collect()))
            }
            _ => Err(wrong()),
        },
        _ => Err(fault::unsupported(&format!(
            "The metric math function {name} with {} arguments",
            items.len()
        ))),
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most as many as there are minutes")]
fn fold(name: &str, values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    match name {
        "SUM" => Some(values.iter().sum()),
        "AVG" if values.is_empty() => None,
        "AVG" => Some(values.iter().sum::<f64>() / values.len() as f64),
        "MIN" => values.into_iter().reduce(f64::min),
        _ => values.into_iter().reduce(f64::max),
    }
}

/// Gaps between the first and the last time that any query knows.
fn fill(mut series: Values, with: &Expression, known: &BTreeMap<String, Values>) -> Result<Values, Fault> {
    let times: BTreeSet<i64> = known.values().flat_map(BTreeMap::keys).copied().collect();
    let constant = match with {
        Expression::Id(id) if id == "REPEAT" => None,
        other => match other.value(known)? {
            Value::Scalar(number) => Some(number),
            _ => return Err(fault::validation("FILL takes a number or REPEAT.")),
        },
    };
    let mut last = None;
    for at in times {
        match series.get(&at) {
            Some(value) => last = Some(*value),
            None => {
                if let Some(value) = constant.or(last) {
                    series.insert(at, value);
                }
            }
        }
    }
    Ok(series)
}

fn choose(test: Value, then: &Value, otherwise: &Value) -> Option<Value> {
    let at = |value: &Value, time: i64| match value {
        Value::Scalar(number) => Some(*number),
        Value::Series(series) => series.get(&time).copied(),
        Value::Many(_) => None,
    };
    match test {
        Value::Scalar(flag) => match if flag == 0.0 { otherwise } else { then } {
            Value::Scalar(number) => Some(Value::Scalar(*number)),
            Value::Series(series) => Some(Value::Series(series.clone())),
            Value::Many(_) => None,
        },
        Value::Series(flags) => Some(Value::Series(
            flags
                .into_iter()
                .filter_map(|(time, flag)| {
                    Some((time, at(if flag == 0.0 { otherwise } else { then }, time)?))
                })
                .collect(),
        )),
        Value::Many(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come_to(text: &str) -> Result<Vec<f64>, Fault> {
        let known = BTreeMap::from([
            ("m1".to_owned(), Values::from([(0, 1.0), (1, 2.0), (2, 3.0)])),
            ("m2".to_owned(), Values::from([(0, 10.0), (2, 0.0)])),
        ]);
        parse(text)?.evaluate(&known).map(|values| values.into_values().collect())
    }

    #[test]
    fn arithmetic_and_functions() {
        assert_eq!(come_to("m1 * 2 + 1"), Ok(vec![3.0, 5.0, 7.0]));
        assert_eq!(come_to("m1 / m2"), Ok(vec![0.1]));
        assert_eq!(come_to("-(m1 - 3)"), Ok(vec![2.0, 1.0, 0.0]));
        assert_eq!(come_to("SUM([m1, m2])"), Ok(vec![11.0, 2.0, 3.0]));
        assert_eq!(come_to("IF(m1 > 1, 100 * m1, 0)"), Ok(vec![0.0, 200.0, 300.0]));
        assert_eq!(come_to("FILL(m2, REPEAT)"), Ok(vec![10.0, 10.0, 0.0]));
        assert_eq!(come_to("m1 - AVG(m1)"), Ok(vec![-1.0, 0.0, 1.0]));
    }

    #[test]
    fn the_rest_is_refused() {
        for text in ["", "m1 +", "SEARCH(m1)", "(m1", "m1 $ 2", "[m1, m2]"] {
            assert!(come_to(text).is_err(), "{text}");
        }
        assert!(parse(&"(".repeat(2_000)).is_err());
    }
}
