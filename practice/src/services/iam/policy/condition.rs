//! Conditions of statements. Follows "IAM JSON policy elements: Condition operators". Keys that the practice cloud
//! does not know (whether there was a second factor, for one) count as absent.

use std::cmp::Ordering;

use super::Context;
use super::pattern;
use crate::core::time::Time;

/// `{"StringEquals": {"aws:RequestedRegion": ["us-east-1"]}}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    quantifier: Quantifier,
    test: Test,
    if_exists: bool,
    /// In lower case.
    key: String,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    One,
    ForAll,
    ForAny,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Null,
    Compare { how: How, negated: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Equals,
    EqualsIgnoreCase,
    Like,
    Number(Order),
    Date(Order),
    Address,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// None when there is no such operator.
    pub(crate) fn new(operator: &str, key: &str, values: Vec<String>) -> Option<Self> {
        let (quantifier, operator) = match operator.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::ForAll, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::ForAny, rest),
            Some(_) => return None,
            None => (Quantifier::One, operator),
        };
        let (operator, if_exists) =
            operator.strip_suffix("IfExists").map_or((operator, false), |operator| (operator, true));
        Some(Self { quantifier, test: test(operator)?, if_exists, key: key.to_ascii_lowercase(), values })
    }

    /// Whether the context meets it.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let asked = context.get(&self.key).filter(|values| !values.is_empty());
        let Test::Compare { how, negated } = self.test else {
            return self.values.iter().any(|value| (value == "true") == asked.is_none());
        };
        let Some(asked) = asked else {
            return self.if_exists || negated || self.quantifier == Quantifier::ForAll;
        };
        let fits = |one: &String| {
            let wanted = self.values.iter().filter_map(|value| pattern::filled(value, context));
            wanted.into_iter().any(|value| compare(how, &value, one))
        };
        match self.quantifier {
            Quantifier::ForAll => asked.iter().all(|one| fits(one) != negated),
            Quantifier::ForAny => asked.iter().any(|one| fits(one) != negated),
            Quantifier::One => asked.iter().any(fits) != negated,
        }
    }
}

fn test(operator: &str) -> Option<Test> {
    let (how, negated) = match operator {
        "Null" => return Some(Test::Null),
        "StringEquals" => (How::Equals, false),
        "StringNotEquals" => (How::Equals, true),
        "StringEqualsIgnoreCase" | "Bool" => (How::EqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (How::EqualsIgnoreCase, true),
        "StringLike" | "ArnEquals" | "ArnLike" => (How::Like, false),
        "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => (How::Like, true),
        "BinaryEquals" => (How::Never, false),
        "IpAddress" => (How::Address, false),
        "NotIpAddress" => (How::Address, true),
        other => {
            let (kind, order): (fn(Order) -> How, &str) = match other.strip_prefix("Numeric") {
                Some(order) => (How::Number, order),
                None => (How::Date, other.strip_prefix("Date")?),
            };
            let (order, negated) = match order {
                "Equals" => (Order::Equal, false),
                "NotEquals" => (Order::Equal, true),
                "LessThan" => (Order::Less, false),
                "LessThanEquals" => (Order::LessOrEqual, false),
                "GreaterThan" => (Order::Greater, false),
                "GreaterThanEquals" => (Order::GreaterOrEqual, false),
                _ => return None,
            };
            (kind(order), negated)
        }
    };
    Some(Test::Compare { how, negated })
}

fn compare(how: How, wanted: &str, asked: &str) -> bool {
    match how {
        How::Equals => wanted == asked,
        How::EqualsIgnoreCase => wanted.eq_ignore_ascii_case(asked),
        How::Like => pattern::fits(wanted, asked),
        How::Number(order) => match (wanted.parse::<f64>(), asked.parse::<f64>()) {
            (Ok(wanted), Ok(asked)) => asked.partial_cmp(&wanted).is_some_and(|found| ordered(order, found)),
            _ => false,
        },
        How::Date(order) => match (moment(wanted), moment(asked)) {
            (Some(wanted), Some(asked)) => ordered(order, asked.cmp(&wanted)),
            _ => false,
        },
        How::Address => block_holds(wanted, asked),
        How::Never => false,
    }
}

/// Whether an IPv4 address is in a block such as `203.0.113.0/24`; IPv6 blocks hold none of ours.
fn block_holds(block: &str, address: &str) -> bool {
    let (base, prefix) = block.split_once('/').unwrap_or((block, "32"));
    let bits = |text: &str| text.parse::<std::net::Ipv4Addr>().ok().map(u32::from);
    let (Some(base), Some(address), Ok(prefix @ 0..=32)) = (bits(base), bits(address), prefix.parse::<u32>())
    else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
    base & mask == address & mask
}

fn ordered(order: Order, found: Ordering) -> bool {
    match order {
        Order::Equal => found.is_eq(),
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::Greater => found.is_gt(),
        Order::GreaterOrEqual => found.is_ge(),
    }
}

/// ISO 8601 or seconds since the epoch.
fn moment(text: &str) -> Option<Time> {
    Time::parse(text).or_else(|| Some(Time(text.parse::<i64>().ok()?.saturating_mul(1000))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, key: &str, values: &[&str]) -> bool {
        let context = Context::from([
            ("aws:requestedregion".to_owned(), vec!["us-east-1".to_owned()]),
            ("aws:tagkeys".to_owned(), vec!["team".to_owned(), "cost".to_owned()]),
            ("aws:currenttime".to_owned(), vec!["2026-11-21T09:00:00Z".to_owned()]),
            ("n".to_owned(), vec!["7".to_owned()]),
        ]);
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Condition::new(operator, key, values).unwrap().holds(&context)
    }

    #[test]
    fn operators() {
        assert!(holds("StringEquals", "aws:RequestedRegion", &["eu-west-1", "us-east-1"]));
        assert!(!holds("StringNotEquals", "aws:RequestedRegion", &["eu-west-1", "us-east-1"]));
        assert!(holds("StringLike", "aws:RequestedRegion", &["us-*"]));
        assert!(holds("NumericLessThan", "n", &["8"]) && !holds("NumericLessThan", "n", &["7"]));
        assert!(holds("DateLessThan", "aws:CurrentTime", &["2026-11-21T10:00:00Z"]));
        assert!(holds("DateGreaterThan", "aws:CurrentTime", &["1700000000"]));
        assert!(Condition::new("StringEqual", "k", vec![]).is_none());
    }

    #[test]
    fn absent_keys_and_many_values() {
        assert!(!holds("StringEquals", "absent", &["x"]));
        assert!(holds("StringEqualsIfExists", "absent", &["x"]));
        assert!(holds("StringNotEquals", "absent", &["x"]));
        assert!(holds("Null", "absent", &["true"]) && holds("Null", "n", &["false"]));
        assert!(!holds("Null", "n", &["true"]));
        assert!(holds("ForAnyValue:StringEquals", "aws:TagKeys", &["team"]));
        assert!(!holds("ForAllValues:StringEquals", "aws:TagKeys", &["team"]));
        assert!(holds("ForAllValues:StringEquals", "aws:TagKeys", &["team", "cost"]));
    }
}
