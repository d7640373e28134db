//! What a target gets of an event: all of it, a part (`InputPath`), a text (`Input`), or a text made of parts
//! (`InputTransformer`). Follows "Amazon EventBridge input transformation".

use serde_json::Value;

/// Longest input that a target gets, in bytes.
const MAX_INPUT: usize = 64 * 1024;

/// What stands at a path such as `$.detail.containers[0].name`.
fn at<'v>(event: &'v Value, path: &str) -> Option<&'v Value> {
    let rest = path.strip_prefix('$')?;
    let mut value = event;
    for step in rest.split(['.', '[']).filter(|step| !step.is_empty()) {
        let step = step.trim_end_matches(']').trim_matches(['\'', '"']);
        value = match value {
            Value::Array(list) => list.get(step.parse::<usize>().ok()?)?,
            other => other.get(step)?,
        };
    }
    Some(value)
}

/// Whether a text is a path.
pub(super) fn is_path(path: &str) -> bool {
    path.starts_with('$') && path.len() <= 256
}

/// What a target gets of an event, as text.
pub(super) fn input(target: &Value, event: &Value) -> String {
    let text = |name: &str| target.get(name).and_then(Value::as_str);
    let mut input = if let Some(constant) = text("Input") {
        constant.to_owned()
    } else if let Some(path) = text("InputPath") {
        at(event, path).unwrap_or(&Value::Null).to_string()
    } else if let Some(transformer) = target.get("InputTransformer") {
        transformed(transformer, event)
    } else {
        event.to_string()
    };
    input.truncate(input.floor_char_boundary(MAX_INPUT));
    input
}

fn transformed(transformer: &Value, event: &Value) -> String {
    let template = transformer.get("InputTemplate").and_then(Value::as_str).unwrap_or_default();
    let paths = transformer.get("InputPathsMap").and_then(Value::as_object);
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((name, after)) = after.split_once('>') else { break };
        filled.push_str(before);
        let path = paths.and_then(|paths| paths.get(name)).and_then(Value::as_str);
        match (path.and_then(|path| at(event, path)), name) {
            // Inside of quotes the bare text, else JSON.
            (Some(Value::String(text)), _) if quotes(&filled) => filled.push_str(&escaped(text)),
            (Some(value), _) => filled.push_str(&value.to_string()),
            (None, "aws.events.event.json" | "aws.events.event") => filled.push_str(&event.to_string()),
            (None, _) => {}
        }
        rest = after;
        if filled.len() > MAX_INPUT {
            return filled;
        }
    }
    filled.push_str(rest);
    filled
}

/// Whether a quoted text is open at the end.
fn quotes(text: &str) -> bool {
    let mut open = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '"' => open = !open,
            _ => {}
        }
    }
    open
}

fn escaped(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inputs_are_made_of_events() {
        let event =
            json!({"source": "x", "detail": {"bucket": {"name": "b"}, "n": 3, "list": [{"a": "q\"q"}]}});
        let map = json!({"bucket": "$.detail.bucket.name", "n": "$.detail.n", "a": "$.detail.list[0].a"});
        let template = "{\"containerOverrides\":[{\"environment\":[{\"name\":\"B\",\"value\":<bucket>},{\"name\":\"N\",\"value\":\"<n> of <a><none>\"}]}]}";
        let transformer = json!({"InputTransformer": {"InputPathsMap": map, "InputTemplate": template}});
        let made: Value = serde_json::from_str(&input(&transformer, &event)).unwrap();
        let variables = &made["containerOverrides"][0]["environment"];
        assert_eq!(*variables, json!([{"name": "B", "value": "b"}, {"name": "N", "value": "3 of q\"q"}]));
        assert_eq!(input(&json!({"InputPath": "$.detail.bucket"}), &event), r#"{"name":"b"}"#);
        assert_eq!(input(&json!({"Input": "\"hello\""}), &event), "\"hello\"");
        assert_eq!(input(&json!({}), &event), event.to_string());
    }
}
