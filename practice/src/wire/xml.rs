//! A tree into XML elements, in the member order of the tree. Nulls are left out, lists are wrapped as the
//! protocol wraps them.

use quick_xml::escape::escape;
use serde_json::Value;

/// Appends `value` as the content of one element called `name`; lists repeat `item` inside it.
pub fn element(out: &mut String, name: &str, value: &Value, item: &str) {
    if value.is_null() {
        return;
    }
    out.push('<');
    out.push_str(name);
    out.push('>');
    content(out, value, item);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Appends what stands inside an element.
pub fn content(out: &mut String, value: &Value, item: &str) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => text_content(out, text),
        Value::Array(items) => items.iter().for_each(|child| element(out, item, child, item)),
        Value::Object(members) => {
            members.iter().for_each(|(name, child)| element(out, name, child, item));
        }
    }
}

/// Escapes, and drops the characters that XML 1.0 has no form for.
fn text_content(out: &mut String, text: &str) {
    let legal = |c: char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => !other.is_control(),
    };
    if text.chars().all(legal) {
        out.push_str(&escape(text));
    } else {
        let kept: String = text.chars().filter(|c| legal(*c)).collect();
        out.push_str(&escape(kept.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_maps_and_escapes() {
        let mut out = String::new();
        element(&mut out, "A", &json!({"x": null, "b": [{"c": 1}, {"c": true}], "t": "<&\u{1}>"}), "item");
        assert_eq!(out, "<A><b><item><c>1</c></item><item><c>true</c></item></b><t>&lt;&amp;&gt;</t></A>");
    }
}
