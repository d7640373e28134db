//! `ListExports` and `ListImports`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::exports::importers;
use super::super::fault;
use super::super::meaning::exported;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::tree::lean;
use crate::world::View;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListIn {
    next_token: Option<String>,
}

/// `ListExports`.
pub(crate) fn list(view: &View<'_>, input: ListIn) -> Result<Value, Fault> {
    let mut all: Vec<(String, Value)> = Vec::new();
    for stack in view.region.cloudformation.live() {
        for output in &stack.outputs {
            if let Some(name) = &output.export {
                let shown = json!({"ExportingStackId": stack.id, "Name": name, "Value": output.value});
                all.push((name.clone(), shown));
            }
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let page = page(all, |(name, _)| name.clone(), 100, input.next_token.as_deref())
        .map_err(|_| fault::validation("Invalid token"))?;
    let shown: Vec<Value> = page.items.into_iter().map(|(_, shown)| shown).collect();
    Ok(lean(json!({"Exports": shown, "NextToken": page.next})))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportsIn {
    export_name: String,
}

/// `ListImports`.
pub(crate) fn imports(view: &View<'_>, input: ImportsIn) -> Result<Value, Fault> {
    let name = &input.export_name;
    if exported(view, name).is_none() {
        return Err(fault::validation(format!("Export '{name}' does not exist.")));
    }
    let users = importers(view, name);
    if users.is_empty() {
        return Err(fault::validation(format!("Export '{name}' is not imported by any stack.")));
    }
    Ok(json!({"Imports": users}))
}
