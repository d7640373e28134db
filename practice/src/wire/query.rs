//! AWS Query and EC2 Query parameters (`Filter.1.Value.2=x`, `Tags.member.1.Key=k`) into a tree whose lists are
//! arrays and whose scalars are text.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

/// Most parameters in one request.
pub const MAX_PARAMETERS: usize = 5_000;
/// Deepest nesting of a dotted name.
pub const MAX_DEPTH: usize = 16;

/// Why a form could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// More than [`MAX_PARAMETERS`].
    #[error("The query string has too many parameters.")]
    TooMany,
    /// Deeper than [`MAX_DEPTH`].
    #[error("The query string has a parameter name that is nested too deeply.")]
    TooDeep,
    /// Not UTF-8 after decoding.
    #[error("The query string is not valid UTF-8.")]
    NotText,
    /// `A=x` beside `A.B=y`.
    #[error("The query string gives a parameter both a value and members.")]
    Conflict,
}

/// Decodes an `application/x-www-form-urlencoded` body.
pub fn decode(form: &[u8]) -> Result<Value, QueryError> {
    let mut root = Map::new();
    for (count, pair) in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).enumerate() {
        if count >= MAX_PARAMETERS {
            return Err(QueryError::TooMany);
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = text(halves.next().unwrap_or_default())?;
        let value = text(halves.next().unwrap_or_default())?;
        insert(&mut root, &name, value)?;
    }
    Ok(Value::Object(root.into_iter().map(|(key, value)| (key, lists(value))).collect()))
}

fn text(encoded: &[u8]) -> Result<String, QueryError> {
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| QueryError::NotText)
}

fn insert(root: &mut Map<String, Value>, name: &str, value: String) -> Result<(), QueryError> {
    let mut parts: Vec<&str> = name.split('.').collect();
    if parts.len() > MAX_DEPTH {
        return Err(QueryError::TooDeep);
    }
    let last = parts.pop().unwrap_or_default();
    let mut map = root;
    for part in parts {
        let child = map.entry(part).or_insert_with(|| Value::Object(Map::new()));
        map = child.as_object_mut().ok_or(QueryError::Conflict)?;
    }
    if map.get(last).is_some_and(Value::is_object) {
        return Err(QueryError::Conflict);
    }
    map.insert(last.to_owned(), Value::String(value));
    Ok(())
}

/// What stands between a list and its numbers; RDS has names of its own for it.
const WRAPPERS: [&str; 4] = ["member", "SubnetIdentifier", "Tag", "VpcSecurityGroupId"];

/// Turns maps of numbers, and a sole wrapper of them, into arrays, in numeric order, at every depth.
fn lists(value: Value) -> Value {
    let Value::Object(mut map) = value else { return value };
    if map.len() == 1
        && let Some((name, inner @ Value::Object(_))) = map.iter_mut().next()
        && WRAPPERS.contains(&name.as_str())
    {
        let (name, list) = (name.clone(), lists(inner.take()));
        return if list.is_array() { list } else { Value::Object(Map::from_iter([(name, list)])) };
    }
    let numbered = !map.is_empty() && map.keys().all(|key| key.parse::<u32>().is_ok());
    let children = map.into_iter().map(|(key, child)| (key, lists(child)));
    if !numbered {
        return Value::Object(children.collect());
    }
    let mut items: Vec<(u32, Value)> =
        children.filter_map(|(key, child)| Some((key.parse().ok()?, child))).collect();
    items.sort_by_key(|(index, _)| *index);
    Value::Array(items.into_iter().map(|(_, child)| child).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_list_forms_become_arrays() {
        let tree = decode(
            b"Action=X&Filter.1.Name=vpc-id&Filter.1.Value.1=a&Filter.1.Value.2=b+c&T.member.1.Key=k%3D",
        )
        .unwrap();
        assert_eq!(
            tree,
            json!({"Action": "X", "Filter": [{"Name": "vpc-id", "Value": ["a", "b c"]}], "T": [{"Key": "k="}]})
        );
    }

    #[test]
    fn list_order_is_numeric() {
        let form: Vec<String> = (1..=12).rev().map(|i| format!("I.{i}={i}")).collect();
        let tree = decode(form.join("&").as_bytes()).unwrap();
        assert_eq!(tree["I"][10], "11");
    }

    #[test]
    fn hostile_forms_are_refused() {
        assert_eq!(decode(b"A=1&A.B=2"), Err(QueryError::Conflict));
        assert_eq!(decode(b"A.B=2&A=1"), Err(QueryError::Conflict));
        assert_eq!(decode("a.".repeat(40).as_bytes()), Err(QueryError::TooDeep));
        assert_eq!(decode("a=&".repeat(MAX_PARAMETERS + 1).as_bytes()), Err(QueryError::TooMany));
        assert_eq!(decode(b"a=%ff"), Err(QueryError::NotText));
    }
}
