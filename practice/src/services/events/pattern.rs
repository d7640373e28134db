//! Event patterns: which events a rule is about. Follows "Creating Amazon EventBridge event patterns" and "Comparison
//! operators for use in event patterns".

use std::net::IpAddr;

use serde_json::{Map, Value};

/// Longest pattern, in characters: AWS's limit.
const MAX_PATTERN: usize = 4_096;

/// A pattern that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern(Fields);

/// All of the fields must match, and one of each list of alternatives.
#[derive(Debug, Clone, PartialEq, Default)]
struct Fields {
    named: Vec<(String, Branch)>,
    or: Vec<Fields>,
}

#[derive(Debug, Clone, PartialEq)]
enum Branch {
    Fields(Fields),
    /// One of them must match.
    Leaf(Vec<Matcher>),
}

#[derive(Debug, Clone, PartialEq)]
enum Matcher {
    Exactly(Value),
    IgnoringCase(String),
    Prefix { text: String, ignores_case: bool },
    Suffix { text: String, ignores_case: bool },
    Wildcard(String),
    AnythingBut(Vec<Matcher>),
    Numeric(Vec<(String, f64)>),
    Cidr(IpAddr, u32),
    Exists(bool),
}

impl Pattern {
    /// Reads a pattern; why it is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MAX_PATTERN {
            return Err(format!("Event pattern is longer than {MAX_PATTERN} characters."));
        }
        let tree: Value = serde_json::from_str(text).map_err(|error| format!("Invalid JSON: {error}"))?;
        let Value::Object(map) = tree else { return Err("Filter is not an object".to_owned()) };
        if map.is_empty() {
            return Err("Empty objects are not allowed".to_owned());
        }
        fields(&map).map(Self)
    }

    /// Whether it is about an event.
    pub(super) fn matches(&self, event: &Value) -> bool {
        self.0.matches(Some(event))
    }
}

fn fields(map: &Map<String, Value>) -> Result<Fields, String> {
    let mut all = Fields::default();
    for (name, value) in map {
        match (name.as_str(), value) {
            ("$or", Value::Array(alternatives)) if alternatives.iter().all(Value::is_object) => {
                if alternatives.len() < 2 {
                    return Err("There must have at least 2 Objects in $or relationship.".to_owned());
                }
                for one in alternatives.iter().filter_map(Value::as_object) {
                    all.or.push(fields(one)?);
                }
            }
            (_, Value::Object(inner)) if inner.is_empty() => {
                return Err("Empty objects are not allowed".to_owned());
            }
            (_, Value::Object(inner)) => all.named.push((name.clone(), Branch::Fields(fields(inner)?))),
            (_, Value::Array(list)) if list.is_empty() => {
                return Err("Empty arrays are not allowed".to_owned());
            }
            (_, Value::Array(list)) => {
                let matchers = list.iter().map(matcher).collect::<Result<_, _>>()?;
                all.named.push((name.clone(), Branch::Leaf(matchers)));
            }
            _ => return Err(format!("\"{name}\" must be an object or an array")),
        }
    }
    Ok(all)
}

fn matcher(value: &Value) -> Result<Matcher, String> {
    let map = match value {
        Value::Object(map) => map,
        Value::Array(_) => return Err("Match value must be String, number, true, false, or null".to_owned()),
        plain => return Ok(Matcher::Exactly(plain.clone())),
    };
    let mut entries = map.iter();
    let (Some((kind, operand)), None) = (entries.next(), entries.next()) else {
        return Err("Only one key allowed in match expression".to_owned());
    };
    let text = || operand.as_str().map(str::to_owned);
    let unfit = || format!("{kind} match pattern must be a string");
    match kind.as_str() {
        "prefix" | "suffix" => {
            let folded = operand.get("equals-ignore-case").and_then(Value::as_str).map(str::to_lowercase);
            let ignores_case = folded.is_some();
            let text = folded.or_else(text).ok_or_else(unfit)?;
            Ok(if kind == "prefix" {
                Matcher::Prefix { text, ignores_case }
            } else {
                Matcher::Suffix { text, ignores_case }
            })
        }
        "equals-ignore-case" => {
            text().map(|text| Matcher::IgnoringCase(text.to_lowercase())).ok_or_else(unfit)
        }
        "wildcard" => {
            let text = text().ok_or_else(unfit)?;
            if text.contains("**") {
                return Err("Consecutive wildcard characters are not allowed".to_owned());
            }
            Ok(Matcher::Wildcard(text))
        }
        "exists" => operand
            .as_bool()
            .map(Matcher::Exists)
            .ok_or_else(|| "exists match pattern must be either true or false.".to_owned()),
        "numeric" => numeric(operand).map(Matcher::Numeric),
        "cidr" => cidr(operand.as_str().unwrap_or_default())
            .map(|(address, bits)| Matcher::Cidr(address, bits))
            .ok_or_else(|| "Malformed CIDR, one '/' required".to_owned()),
        "anything-but" => anything_but(operand).map(Matcher::AnythingBut),
        other => Err(format!("Unrecognized match type {other}")),
    }
}

/// What must not be: a value, several, or the operand of another operator, whose values may be several too.
fn anything_but(operand: &Value) -> Result<Vec<Matcher>, String> {
    match operand {
        Value::Array(list) if list.is_empty() => Err("Empty arrays are not allowed".to_owned()),
        Value::Array(list) => list.iter().map(matcher).collect(),
        Value::Object(map) => {
            let Some((kind, value)) = map.iter().next().filter(|_| map.len() == 1) else {
                return Err("Only one key allowed in match expression".to_owned());
            };
            if !matches!(kind.as_str(), "prefix" | "suffix" | "equals-ignore-case" | "wildcard") {
                return Err("Unsupported anything-but pattern".to_owned());
            }
            let each: Vec<&Value> =
                value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
            each.into_iter().map(|one| matcher(&serde_json::json!({ kind.as_str(): one }))).collect()
        }
        plain => matcher(plain).map(|one| vec![one]),
    }
}

fn numeric(operand: &Value) -> Result<Vec<(String, f64)>, String> {
    let list = operand.as_array().filter(|list| !list.is_empty() && list.len() % 2 == 0 && list.len() <= 4);
    let list = list.ok_or_else(|| "Invalid member in numeric match".to_owned())?;
    let pair = |pair: &[Value]| {
        let operator =
            pair.first().and_then(Value::as_str).filter(|op| ["=", "<", "<=", ">", ">="].contains(op));
        let number = pair.get(1).and_then(Value::as_f64);
        operator
            .map(str::to_owned)
            .zip(number)
            .ok_or_else(|| "Unrecognized numeric range operator".to_owned())
    };
    list.chunks(2).map(pair).collect()
}

fn cidr(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits): (IpAddr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, bits))
}

impl Fields {
    fn matches(&self, value: Option<&Value>) -> bool {
        // Objects in an array: one of them is enough.
        if let Some(Value::Array(list)) = value {
            return list.iter().any(|one| self.matches(Some(one)));
        }
        let field = |name: &str| value.and_then(|value| value.get(name));
        let named = self.named.iter().all(|(name, branch)| match branch {
            Branch::Fields(fields) => fields.matches(field(name)),
            Branch::Leaf(matchers) => matchers.iter().any(|matcher| matcher.meets(field(name))),
        });
        named && (self.or.is_empty() || self.or.iter().any(|fields| fields.matches(value)))
    }
}

impl Matcher {
    fn meets(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), value) => value.is_some_and(|value| !value.is_object()) == *wanted,
            (_, Some(Value::Array(list))) => list.iter().any(|one| self.is_met_by(one)),
            (_, Some(value)) => self.is_met_by(value),
            (_, None) => false,
        }
    }

    fn is_met_by(&self, value: &Value) -> bool {
        let text = || value.as_str().unwrap_or_default();
        let folded = |folds: bool| if folds { text().to_lowercase() } else { text().to_owned() };
        match self {
            Self::Exactly(wanted) => match (wanted.as_f64(), value.as_f64()) {
                (Some(wanted), Some(number)) => (wanted - number).abs() < f64::EPSILON,
                _ => wanted == value,
            },
            Self::IgnoringCase(wanted) => value.is_string() && text().to_lowercase() == *wanted,
            Self::Prefix { text: start, ignores_case } => {
                value.is_string() && folded(*ignores_case).starts_with(start.as_str())
            }
            Self::Suffix { text: end, ignores_case } => {
                value.is_string() && folded(*ignores_case).ends_with(end.as_str())
            }
            Self::Wildcard(wanted) => value.is_string() && fits(wanted, text()),
            Self::AnythingBut(none_of) => !none_of.iter().any(|one| one.is_met_by(value)),
            Self::Numeric(ranges) => value.as_f64().is_some_and(|number| {
                ranges.iter().all(|(operator, bound)| match operator.as_str() {
                    "<" => number < *bound,
                    "<=" => number <= *bound,
                    ">" => number > *bound,
                    ">=" => number >= *bound,
                    _ => (number - bound).abs() < f64::EPSILON,
                })
            }),
            Self::Cidr(network, bits) => {
                text().parse::<IpAddr>().is_ok_and(|address| is_within(address, *network, *bits))
            }
            Self::Exists(_) => false,
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            let shift = 32 - bits;
            a.to_bits().checked_shr(shift) == n.to_bits().checked_shr(shift)
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            let shift = 128 - bits;
            a.to_bits().checked_shr(shift) == n.to_bits().checked_shr(shift)
        }
        _ => false,
    }
}

/// Whether a text fits a pattern with `*`.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_match_as_eventbridge_documents_them() {
        let event = json!({"source": "aws.ecs", "detail-type": "ECS Task State Change", "resources": ["a", "b"],
            "detail": {"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited", "cpu": 256, "ip": "10.0.0.7",
                "containers": [{"name": "web", "exitCode": 0}, {"name": "log", "exitCode": 137}]}});
        for (pattern, matches) in [
            (json!({"source": ["aws.ecs"]}), true),
            (json!({"source": ["aws.ec2", "aws.ecs"], "detail": {"lastStatus": ["RUNNING"]}}), false),
            (json!({"resources": ["b"]}), true),
            (json!({"detail": {"stopCode": [{"prefix": "Essential"}]}}), true),
            (json!({"detail": {"stopCode": [{"prefix": {"equals-ignore-case": "essENtial"}}]}}), true),
            (json!({"detail": {"stopCode": [{"suffix": "Started"}]}}), false),
            (json!({"detail": {"stopCode": [{"wildcard": "Ess*Con*ed"}]}}), true),
            (json!({"detail": {"stopCode": [{"wildcard": "*Con"}]}}), false),
            (json!({"detail": {"stopCode": [{"equals-ignore-case": "essentialcontainerexited"}]}}), true),
            (
                json!({"detail": {"stopCode": [{"anything-but": ["UserInitiated", "ServiceSchedulerInitiated"]}]}}),
                true,
            ),
            (json!({"detail": {"stopCode": [{"anything-but": {"prefix": "Essential"}}]}}), false),
            (json!({"detail": {"stopCode": [{"anything-but": {"wildcard": ["User*", "Spot*"]}}]}}), true),
            (json!({"detail": {"containers": {"exitCode": [{"numeric": [">", 0, "<=", 255]}]}}}), true),
            (json!({"detail": {"cpu": [256.0]}}), true),
            (json!({"detail": {"cpu": [{"numeric": ["<", 256]}]}}), false),
            (json!({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}), true),
            (json!({"detail": {"ip": [{"cidr": "10.0.1.0/24"}]}}), false),
            (json!({"detail": {"stoppedReason": [{"exists": false}]}}), true),
            (json!({"detail": {"nothing": {"deeper": [{"exists": false}]}}}), true),
            (json!({"detail": {"stopCode": [{"exists": true}], "missing": ["x"]}}), false),
            (json!({"detail": {"$or": [{"cpu": [1]}, {"lastStatus": ["STOPPED"]}]}}), true),
            (json!({"detail": {"$or": [{"cpu": [1]}, {"lastStatus": ["RUNNING"]}]}}), false),
        ] {
            assert_eq!(Pattern::parse(&pattern.to_string()).unwrap().matches(&event), matches, "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, why) in [
            ("{", "Invalid JSON"),
            ("[]", "Filter is not an object"),
            ("{}", "Empty objects are not allowed"),
            (r#"{"source": "aws.ecs"}"#, "\"source\" must be an object or an array"),
            (r#"{"source": []}"#, "Empty arrays are not allowed"),
            (r#"{"source": [{"like": "x"}]}"#, "Unrecognized match type like"),
            (r#"{"source": [{"numeric": [">"]}]}"#, "Invalid member in numeric match"),
            (r#"{"source": [{"prefix": 1}]}"#, "prefix match pattern must be a string"),
            (r#"{"source": [["x"]]}"#, "Match value must be String, number, true, false, or null"),
            (r#"{"detail": {"$or": [{"a": [1]}]}}"#, "There must have at least 2 Objects"),
        ] {
            assert!(Pattern::parse(text).unwrap_err().starts_with(why), "{text}");
        }
        let deep = format!("{}{}", "{\"a\":".repeat(800), "}".repeat(800));
        assert!(Pattern::parse(&deep).is_err());
    }
}
