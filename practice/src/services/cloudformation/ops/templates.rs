//! Templates: shown, summed up, validated.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault;
use super::super::meaning::Meaning;
use super::super::model::{ChangeSet, Stack};
use super::super::template::{Parameter, Template};
use super::declare::{check_body, template_at};
use super::describe::find;
use crate::core::fault::Fault;
use crate::core::tree::lean;
use crate::world::View;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetIn {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    template_stage: Option<String>,
}

/// `GetTemplate`: the text as it was given, or what its transforms made of it.
pub(crate) fn get(view: &View<'_>, input: GetIn) -> Result<Value, Fault> {
    let stack = match (&input.stack_name, &input.change_set_name) {
        (Some(name), _) => find(view, name)?,
        (None, Some(id)) => view
            .region
            .cloudformation
            .live()
            .find(|stack| stack.change_sets.contains_key(id))
            .ok_or_else(|| fault::no_change_set(id))?,
        (None, None) => return Err(fault::constraint("null", "stackName", "Member must not be null")),
    };
    let declared = match &input.change_set_name {
        Some(name) => &change_set(stack, name)?.declared,
        None => &stack.declared,
    };
    let body = match input.template_stage.as_deref() {
        Some("Processed") => {
            let meaning = Meaning::of(view, &stack.name, &stack.id, declared)?;
            // Without a transform there is nothing to process: the text is the author's own.
            if meaning.template.transforms.is_empty() {
                declared.template.clone()
            } else {
                meaning.template.document.to_string()
            }
        }
        _ => declared.template.clone(),
    };
    Ok(json!({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}))
}

/// A change set of a stack, by name or id.
pub(super) fn change_set<'s>(stack: &'s Stack, name: &str) -> Result<&'s ChangeSet, Fault> {
    let found = stack.change_sets.values().find(|set| set.id == name || set.name == name);
    found.ok_or_else(|| fault::no_change_set(name))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BodyIn {
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
    stack_name: Option<String>,
}

impl BodyIn {
    fn template(&self, view: &View<'_>) -> Result<Template, Fault> {
        match (&self.template_body, &self.template_url, &self.stack_name) {
            (Some(body), None, _) => {
                check_body(body)?;
                Template::parse(body)
            }
            (None, Some(url), _) => Template::parse(&template_at(view, url)?),
            (None, None, Some(name)) => Template::parse(&find(view, name)?.declared.template),
            _ => Err(fault::validation("Either Template URL or Template Body must be specified.")),
        }
    }
}

/// `ValidateTemplate`.
pub(crate) fn validate(view: &View<'_>, input: BodyIn) -> Result<Value, Fault> {
    let template = input.template(view)?;
    let needed = template.needed();
    let parameters: Vec<Value> = template
        .parameters
        .iter()
        .map(|(name, parameter)| {
            lean(json!({
                "ParameterKey": name, "DefaultValue": parameter.default,
                "NoEcho": parameter.no_echo, "Description": parameter.description,
            }))
        })
        .collect();
    Ok(lean(json!({
        "Parameters": parameters, "Description": template.description,
        "Capabilities": Some(&needed.capabilities).filter(|list| !list.is_empty()), "CapabilitiesReason": needed.reason,
        "DeclaredTransforms": Some(&template.transforms).filter(|list| !list.is_empty()),
    })))
}

/// `GetTemplateSummary`.
pub(crate) fn summary(view: &View<'_>, input: BodyIn) -> Result<Value, Fault> {
    let template = input.template(view)?;
    let needed = template.needed();
    let parameters: Vec<Value> = template.parameters.iter().map(declaration).collect();
    let identifiers: Vec<Value> = template
        .resource_types()
        .iter()
        .filter_map(|kind| {
            let schema = super::super::schema::of(kind)?;
            let of = template.resources.iter().filter(|(_, one)| one.kind == *kind);
            let ids: Vec<&str> = of.map(|(logical_id, _)| logical_id.as_str()).collect();
            let names: Vec<&str> = schema.primary_identifier().collect();
            Some(json!({"ResourceType": kind, "LogicalResourceIds": ids, "ResourceIdentifiers": names}))
        })
        .collect();
    let metadata = (!template.metadata.is_null()).then(|| template.metadata.to_string());
    Ok(lean(json!({
        "Parameters": parameters, "Description": template.description,
        "Capabilities": Some(&needed.capabilities).filter(|list| !list.is_empty()),
        "CapabilitiesReason": needed.reason, "ResourceTypes": template.resource_types(),
        "Version": "2010-09-09", "Metadata": metadata,
        "DeclaredTransforms": Some(&template.transforms).filter(|list| !list.is_empty()),
        "ResourceIdentifierSummaries": identifiers,
    })))
}

fn declaration((name, parameter): (&String, &Parameter)) -> Value {
    let allowed = Some(&parameter.allowed_values).filter(|values| !values.is_empty());
    lean(json!({
        "ParameterKey": name, "DefaultValue": parameter.default, "ParameterType": parameter.kind,
        "NoEcho": parameter.no_echo, "Description": parameter.description,
        "ParameterConstraints": allowed.map(|values| json!({"AllowedValues": values})),
    }))
}
