//! What is wrong with a template whatever its parameters' values are: names that lead nowhere, functions where they cannot
//! be, circles.

use std::collections::BTreeSet;

use serde_json::Value;

use super::condition;
use super::fault::{invalid, listed, malformed, misused};
use super::function::Call;
use super::graph::{Graph, unconditional};
use super::model::{Resource, Template};
use super::reference::{Branches, Found, is_pseudo, resource_of, walk};
use super::rule;
use crate::core::fault::Fault;

/// Refuses the template, or not.
pub(super) fn all(template: &Template) -> Result<(), Fault> {
    condition::check(template)?;
    rule::check(template)?;
    resources(template)?;
    outputs(template)?;
    let graph = Graph { waits_for: unconditional(template)? };
    let circle = graph.circle();
    if !circle.is_empty() {
        return Err(circular(&circle));
    }
    Ok(())
}

/// Resources that wait for each other.
pub(super) fn circular(circle: &[&str]) -> Fault {
    invalid(format!("Circular dependency between resources: {}", listed(circle)))
}

/// Names that lead nowhere in `Resources` or `Outputs`.
pub(super) fn unresolved(names: &BTreeSet<&str>, block: &str) -> Fault {
    malformed(format!(
        "Unresolved resource dependencies {} in the {block} block of the template",
        listed(names)
    ))
}

/// The values of a resource that may call functions.
pub(super) fn values(resource: &Resource) -> [&Value; 4] {
    [&resource.properties, &resource.metadata, &resource.creation_policy, &resource.update_policy]
}

fn resources(template: &Template) -> Result<(), Fault> {
    let mut missing = BTreeSet::new();
    for resource in template.resources.values() {
        defined(template, resource.condition.as_deref())?;
        missing.extend(
            resource.depends_on.iter().map(String::as_str).filter(|id| !template.resources.contains_key(*id)),
        );
        for value in values(resource) {
            names(template, value, &mut missing)?;
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(unresolved(&missing, "Resources")) }
}

fn outputs(template: &Template) -> Result<(), Fault> {
    let mut missing = BTreeSet::new();
    for (id, output) in &template.outputs {
        defined(template, output.condition.as_deref())?;
        names(template, &output.value, &mut missing)?;
        if let Some(export) = &output.export {
            export_stands_alone(template, id, export)?;
            names(template, export, &mut missing)?;
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(unresolved(&missing, "Outputs")) }
}

fn defined(template: &Template, condition: Option<&str>) -> Result<(), Fault> {
    match condition {
        Some(name) if !template.conditions.contains_key(name) => {
            Err(malformed(format!("Condition {name} is not defined.")))
        }
        _ => Ok(()),
    }
}

/// Collects the names in a value that lead nowhere.
fn names<'v>(template: &'v Template, value: &'v Value, missing: &mut BTreeSet<&'v str>) -> Result<(), Fault> {
    walk(value, template.extended(), Branches::All, &mut |found| {
        match found {
            Found::Name(name) => {
                let known = is_pseudo(name)
                    || template.parameters.contains_key(name)
                    || template.resources.contains_key(name);
                if !known {
                    missing.insert(name);
                }
            }
            Found::Attribute(resource) if !template.resources.contains_key(resource) => {
                return Err(misused(format!(
                    "instance of Fn::GetAtt references undefined resource {resource}"
                )));
            }
            Found::Path(path) if !template.resources.contains_key(resource_of(path)) => {
                return Err(misused(format!(
                    "instance of Fn::Sub references invalid resource attribute {path}"
                )));
            }
            Found::Condition(name) if !template.conditions.contains_key(name) => {
                return Err(misused(format!("unresolved condition dependency {name} in Fn::If")));
            }
            Found::Call(Call::Decision(decision)) => {
                return Err(misused(format!("{} can only be used in Conditions and Rules", decision.name())));
            }
            Found::Call(Call::Facts(name, _)) => {
                return Err(misused(format!("{name} can only be used in Rules")));
            }
            Found::Call(Call::ImportValue(name)) => import_stands_alone(template, name)?,
            Found::Call(Call::FindInMap([Value::String(map), ..], None)) => mapped(template, map)?,
            _ => {}
        }
        Ok(())
    })
}

/// A map that is named outright has to be there.
pub(super) fn mapped(template: &Template, map: &str) -> Result<(), Fault> {
    if template.mappings.contains_key(map) {
        return Ok(());
    }
    Err(misused(format!("Mapping named '{map}' is not present in the 'Mappings' section of template.")))
}

/// Whether a value needs anything that is only known once there are resources.
fn depends(template: &Template, value: &Value) -> Result<bool, Fault> {
    let mut depends = false;
    walk(value, template.extended(), Branches::All, &mut |found| {
        depends |= match found {
            Found::Name(name) => template.resources.contains_key(name),
            Found::Attribute(_) | Found::Path(_) => true,
            Found::Call(call) => matches!(call, Call::ImportValue(_) | Call::GetAzs(_)),
            Found::Condition(_) => false,
        };
        Ok(())
    })?;
    Ok(depends)
}

fn export_stands_alone(template: &Template, id: &str, export: &Value) -> Result<(), Fault> {
    if depends(template, export)? {
        // Two spaces, as AWS has them.
        return Err(malformed(format!(
            "Output {id} is malformed.  The Name field of Export must not depend on any resources, imported values, or \
             Fn::GetAZs."
        )));
    }
    Ok(())
}

fn import_stands_alone(template: &Template, name: &Value) -> Result<(), Fault> {
    if depends(template, name)? {
        return Err(misused(
            "the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs",
        ));
    }
    Ok(())
}
