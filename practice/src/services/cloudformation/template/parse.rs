//! A tree to a typed template: the sections, their members and quotas.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::extend::{FOR_EACH, LANGUAGE_EXTENSIONS};
use super::fault::{invalid, listed, malformed};
use super::function::text;
use super::model::{Mappings, Output, Template};
use super::{check, declaration, document, member, rule};
use crate::core::fault::Fault;

/// Quota "Resources".
const MOST_RESOURCES: usize = 500;
/// Quotas "Parameters", "Outputs", "Mappings" and "Mapping attributes"; conditions and rules have none of AWS's own.
const MOST_OTHERS: usize = 200;
/// Quota of the names of parameters, mappings, resources and outputs, in characters.
const LONGEST_NAME: usize = 255;
/// Quota "Template description", in bytes.
const LONGEST_DESCRIPTION: usize = 1_024;

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

impl Template {
    /// Reads a template of at most 1,000,000 bytes: JSON, or YAML with short forms. Everything that does not depend on the
    /// values of parameters is checked; with the transform `AWS::LanguageExtensions` the references are checked by
    /// [`Template::expanded`].
    pub fn parse(body: &str) -> Result<Self, Fault> {
        let document = document::read(body)?;
        let transforms = transforms(document.get("Transform"))?;
        let pending = !transforms.is_empty();
        Self::typed(document, transforms, pending)
    }

    /// `pending`: the transform has still to be run, so that there may be loops, and names that are not there yet.
    pub(super) fn typed(document: Value, transforms: Vec<String>, pending: bool) -> Result<Self, Fault> {
        let Value::Object(root) = &document else { return Err(malformed("unsupported structure.")) };
        let unknown: Vec<&String> = root.keys().filter(|name| !SECTIONS.contains(&name.as_str())).collect();
        if !unknown.is_empty() {
            return Err(invalid(format!("Invalid template property or properties {}", listed(unknown))));
        }
        let description = description(root)?;
        let sections = Sections { root, pending };
        sections.names_are_unique()?;
        let template = Self {
            description,
            metadata: root.get("Metadata").cloned().unwrap_or_default(),
            parameters: sections.read("Parameters", "Parameter", MOST_OTHERS, declaration::read)?,
            mappings: sections.read("Mappings", "Mapping", MOST_OTHERS, mapping)?,
            conditions: sections.read("Conditions", "Condition", MOST_RESOURCES, condition)?,
            rules: sections.read("Rules", "Rule", MOST_OTHERS, rule::read)?,
            resources: sections.resources(!transforms.is_empty())?,
            outputs: sections.read("Outputs", "Output", MOST_OTHERS, output)?,
            transforms,
            pending,
            document: Value::Null,
        };
        if !pending {
            check::all(&template)?;
        }
        Ok(Self { document, ..template })
    }
}

/// The sections that hold members by name.
struct Sections<'v> {
    root: &'v Map<String, Value>,
    pending: bool,
}

impl Sections<'_> {
    fn members(&self, section: &str) -> Result<Option<&Map<String, Value>>, Fault> {
        match self.root.get(section) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(malformed(format!("[/{section}] Every {section} member must be in an object"))),
        }
    }

    fn read<T>(
        &self,
        section: &str,
        kind: &str,
        most: usize,
        read: impl Fn(&str, &Value) -> Result<T, Fault>,
    ) -> Result<BTreeMap<String, T>, Fault> {
        let Some(members) = self.members(section)? else { return Ok(BTreeMap::new()) };
        if members.len() > most {
            return Err(malformed(format!(
                "Number of {}, {}, is greater than maximum allowed, {most}",
                section.to_lowercase(),
                members.len()
            )));
        }
        let mut found = BTreeMap::new();
        for (name, value) in members {
            if self.pending
                && name.starts_with(FOR_EACH)
                && matches!(section, "Conditions" | "Resources" | "Outputs")
            {
                continue;
            }
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
                return Err(malformed(format!("{kind} name {name} is non alphanumeric.")));
            }
            if name.len() > LONGEST_NAME {
                return Err(malformed(format!(
                    "{kind} name {name} is longer than the maximum allowed, {LONGEST_NAME} characters"
                )));
            }
            found.insert(name.clone(), read(name, value)?);
        }
        Ok(found)
    }

    /// A parameter and a resource of one name could not be told apart by `Ref`.
    fn names_are_unique(&self) -> Result<(), Fault> {
        let (parameters, resources) = (self.members("Parameters")?, self.members("Resources")?);
        let twice = parameters.zip(resources).and_then(|(parameters, resources)| {
            parameters.keys().find(|name| resources.contains_key(name.as_str()))
        });
        match twice {
            Some(name) => {
                Err(malformed(format!("Logical name {name} is that of a parameter and of a resource.")))
            }
            None => Ok(()),
        }
    }

    fn resources(&self, extended: bool) -> Result<BTreeMap<String, super::Resource>, Fault> {
        if self.members("Resources")?.is_none_or(Map::is_empty) {
            return Err(malformed("At least one Resources member must be defined."));
        }
        let loose = self.pending && extended;
        self.read("Resources", "Resource", MOST_RESOURCES, |id, value| member::resource(id, value, loose))
    }
}

fn description(root: &Map<String, Value>) -> Result<Option<String>, Fault> {
    if let Some(version) = root.get("AWSTemplateFormatVersion")
        && version.as_str() != Some("2010-09-09")
    {
        let shown = text(version).unwrap_or_else(|| version.to_string());
        return Err(malformed(format!("{shown} is not a supported value for AWSTemplateFormatVersion.")));
    }
    match root.get("Description") {
        None => Ok(None),
        Some(Value::String(text)) if text.len() > LONGEST_DESCRIPTION => {
            Err(malformed(format!("'Description' length is greater than {LONGEST_DESCRIPTION}.")))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(malformed("'Description' must be a string.")),
    }
}

/// `Transform`: a name or a list of names.
fn transforms(section: Option<&Value>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut open: Vec<&Value> = section.into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::String(name) if name == LANGUAGE_EXTENSIONS => names.push(name.clone()),
            Value::String(name) if name.starts_with("AWS::") => {
                return Err(invalid(format!(
                    "Transform {name} is not supported in the practice cloud, only {LANGUAGE_EXTENSIONS} is"
                )));
            }
            Value::String(name) => return Err(invalid(format!("No transform named {name} found."))),
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(members) => {
                let name = members.get("Name").and_then(Value::as_str).unwrap_or("AWS::Include");
                return Err(invalid(format!(
                    "Transform {name} with parameters is not supported in the practice cloud"
                )));
            }
            _ => return Err(malformed("Transform must be a string or a list of strings.")),
        }
    }
    names.dedup();
    Ok(names)
}

fn mapping(name: &str, value: &Value) -> Result<Mappings, Fault> {
    let malformed_map =
        || malformed(format!("[/Mappings/{name}] Every Mappings member must be an object of objects."));
    let within = |count: usize| {
        if count > MOST_OTHERS {
            return Err(malformed(format!(
                "Number of attributes of mapping {name}, {count}, is greater than maximum allowed, {MOST_OTHERS}"
            )));
        }
        Ok(())
    };
    let first = value.as_object().filter(|keys| !keys.is_empty()).ok_or_else(malformed_map)?;
    within(first.len())?;
    let mut map = BTreeMap::new();
    for (key, attributes) in first {
        if !key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
            return Err(malformed(format!(
                "Mappings key name '{key}' must contain only alphanumeric characters, hyphens, and periods."
            )));
        }
        let attributes = attributes.as_object().filter(|keys| !keys.is_empty()).ok_or_else(malformed_map)?;
        within(attributes.len())?;
        let mut values = BTreeMap::new();
        for (attribute, value) in attributes {
            if !attribute.chars().all(|c| c.is_ascii_alphanumeric()) {
                return Err(malformed(format!(
                    "Mappings attribute name '{attribute}' must contain only alphanumeric characters."
                )));
            }
            let flat = match value {
                Value::Array(items) => items.iter().all(|item| text(item).is_some()),
                other => text(other).is_some(),
            };
            if !flat {
                return Err(malformed("Every Mappings attribute must be a String or a List."));
            }
            values.insert(attribute.clone(), value.clone());
        }
        map.insert(key.clone(), values);
    }
    Ok(map)
}

fn condition(_name: &str, value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Object(members) if members.len() == 1 => Ok(value.clone()),
        _ => Err(malformed("Conditions can only be boolean operations on parameters and other conditions")),
    }
}

fn output(name: &str, value: &Value) -> Result<Output, Fault> {
    let malformed_output = |why: &str| malformed(format!("Output {name} is malformed. {why}"));
    let members =
        value.as_object().ok_or_else(|| malformed_output("Every Outputs member must be an object."))?;
    let known = ["Condition", "Description", "Export", "Value"];
    let unknown: Vec<&String> = members.keys().filter(|name| !known.contains(&name.as_str())).collect();
    if !unknown.is_empty() {
        return Err(malformed(format!("Invalid outputs property : {}", listed(unknown))));
    }
    let value =
        members.get("Value").ok_or_else(|| malformed("Every Outputs member must contain a Value object"))?;
    let export = match members.get("Export") {
        None => None,
        Some(export) => Some(export_name(export).ok_or_else(|| {
            malformed_output(
                "The Name field of every Export member must be specified and consist only of alphanumeric characters, \
                 colons, or hyphens.",
            )
        })?),
    };
    let description = match members.get("Description") {
        None => None,
        Some(Value::String(text)) if text.len() <= LONGEST_DESCRIPTION => Some(text.clone()),
        Some(_) => return Err(malformed_output("Description must be a string of at most 1024 bytes.")),
    };
    let condition = member::condition_name(members, &format!("/Outputs/{name}"))?;
    Ok(Output { value: value.clone(), export, description, condition })
}

fn export_name(export: &Value) -> Option<Value> {
    let export = export.as_object().filter(|export| export.len() == 1)?;
    let name = export.get("Name")?;
    let taken = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-'))
    };
    match name {
        Value::String(text) if taken(text) => Some(name.clone()),
        Value::Object(_) => Some(name.clone()),
        _ => None,
    }
}
