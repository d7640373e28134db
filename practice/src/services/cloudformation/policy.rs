//! Stack policies: which resources an update must leave alone. Follows "Prevent updates to stack resources". A stack
//! without one allows every update; one with a policy allows what a statement allows and none denies.

use serde_json::Value;

/// Why a policy does not allow `action` (`Update:Modify`, `Update:Replace`, `Update:Delete`) on a resource; None when it
/// does.
pub(super) fn denies(text: &str, logical_id: &str, kind: &str, action: &str) -> Option<String> {
    let policy: Value = serde_json::from_str(text).ok()?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let mut allowed = false;
    for (at, statement) in statements.iter().enumerate() {
        if !(speaks_of(statement, "Action", action) && is_about(statement, logical_id, kind)) {
            continue;
        }
        if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
            return Some(format!(
                "Action denied by stack policy: Statement [#{}] does not allow [{action}] for resource [LogicalResourceId/{logical_id}]",
                at + 1
            ));
        }
        allowed = true;
    }
    (!allowed).then(|| {
        format!("Action not allowed by stack policy: no statement allows [{action}] for resource [LogicalResourceId/{logical_id}]")
    })
}

/// Whether the text is a stack policy; what is wrong if not.
pub(super) fn check(text: &str) -> Result<(), String> {
    let wrong = || "Error validating stack policy: Invalid stack policy".to_owned();
    let policy: Value = serde_json::from_str(text).map_err(|_| wrong())?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => return Err(wrong()),
    };
    let fits = |statement: &Value| {
        let effect = statement.get("Effect").and_then(Value::as_str);
        let action = statement.get("Action").or_else(|| statement.get("NotAction"));
        let resource = statement.get("Resource").or_else(|| statement.get("NotResource"));
        matches!(effect, Some("Allow" | "Deny")) && action.is_some() && resource.is_some()
    };
    if statements.iter().all(fits) { Ok(()) } else { Err(wrong()) }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// `Action` or `Resource`, or their opposites.
fn speaks_of(statement: &Value, name: &str, what: &str) -> bool {
    let fits = |pattern: &&str| wild(pattern, what);
    if let Some(value) = statement.get(name) {
        return texts(Some(value)).iter().any(fits);
    }
    let all_but = statement.get(format!("Not{name}"));
    all_but.is_some() && !texts(all_but).iter().any(fits)
}

fn is_about(statement: &Value, logical_id: &str, kind: &str) -> bool {
    let resource = format!("LogicalResourceId/{logical_id}");
    let of_type = |operator: &str| {
        let condition = statement.pointer(&format!("/Condition/{operator}/ResourceType"));
        condition.is_none() || texts(condition).iter().any(|pattern| wild(pattern, kind))
    };
    speaks_of(statement, "Resource", &resource) && of_type("StringEquals") && of_type("StringLike")
}

/// `*` for any text.
fn wild(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(earlier) = last.replace(part) {
            let Some(at) = rest.find(earlier) else { return false };
            rest = rest.get(at + earlier.len()..).unwrap_or_default();
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}
