//! Which stacks import what others export.

use serde_json::Value;

use super::meaning::Meaning;
use super::model::{Stack, StackStatus};
use crate::world::View;

/// Names of the live stacks whose templates import an export.
pub(super) fn importers(view: &View<'_>, name: &str) -> Vec<String> {
    let uses = |stack: &&Stack| stack.status != StackStatus::ReviewInProgress && imports(view, stack, name);
    view.region.cloudformation.live().filter(uses).map(|stack| stack.name.clone()).collect()
}

fn imports(view: &View<'_>, stack: &Stack, name: &str) -> bool {
    if !stack.declared.template.contains("ImportValue") {
        return false;
    }
    let Ok(meaning) = Meaning::of(view, &stack.name, &stack.id, &stack.declared) else { return false };
    let known = super::meaning::Known::now(*view, &stack.resources);
    let mut asked = Vec::new();
    for resource in meaning.template.resources.values() {
        collect(&resource.properties, &mut asked);
    }
    for output in meaning.template.outputs.values() {
        collect(&output.value, &mut asked);
    }
    let scope = meaning.scope();
    asked
        .into_iter()
        .any(|asked| scope.evaluate(asked, &known).is_ok_and(|found| found.as_str() == Some(name)))
}

/// The names, unresolved, that a tree imports.
fn collect<'t>(tree: &'t Value, found: &mut Vec<&'t Value>) {
    match tree {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            found.extend(members.get("Fn::ImportValue"));
            members.values().for_each(|member| collect(member, found));
        }
        _ => {}
    }
}
