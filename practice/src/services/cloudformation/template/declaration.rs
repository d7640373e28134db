//! A member of `Parameters`. Follows "Parameters" and "Supplied parameter types".

use serde_json::{Map, Value};

use super::fault::{invalid, malformed};
use super::function::text;
use super::model::Parameter;
use super::values::compiled;
use crate::core::fault::Fault;

const PROPERTIES: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// Longest description of a parameter, in characters.
const LONGEST_DESCRIPTION: usize = 4_000;

/// What a parameter's type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind<'k> {
    /// The value is the name of an SSM parameter, which holds what counts.
    pub(super) ssm: bool,
    /// A comma-delimited list.
    pub(super) list: bool,
    /// `String`, `Number`, or an AWS-specific type.
    pub(super) element: &'k str,
}

/// AWS-specific types of which there are lists.
const SPECIFIC: [&str; 8] = [
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
];

impl<'k> Kind<'k> {
    /// None when there is no such type.
    pub(super) fn of(kind: &'k str) -> Option<Self> {
        let inside = |whole: &'k str, open: &str| whole.strip_prefix(open)?.strip_suffix('>');
        let (ssm, kind) = match inside(kind, "AWS::SSM::Parameter::Value<") {
            Some(inner) => (true, inner),
            None => (false, kind),
        };
        let (list, element) = match inside(kind, "List<") {
            Some(element) => (true, element),
            None if kind == "CommaDelimitedList" => (true, "String"),
            None => (false, kind),
        };
        let known = matches!(element, "String" | "Number" | "AWS::Route53::HostedZone::Id")
            || SPECIFIC.contains(&element)
            || (!list && matches!(element, "AWS::EC2::KeyPair::KeyName" | "AWS::SSM::Parameter::Name"));
        known.then_some(Self { ssm, list, element })
    }

    /// Whether there must be such a thing in the account.
    pub(super) fn specific(&self) -> bool {
        !matches!(self.element, "String" | "Number")
    }
}

/// Reads a declaration.
pub(super) fn read(name: &str, value: &Value) -> Result<Parameter, Fault> {
    let here = |why: &str| malformed(format!("[/Parameters/{name}] {why}"));
    let members = value.as_object().ok_or_else(|| here("Every Parameters member must be an object."))?;
    if let Some(unknown) = members.keys().find(|name| !PROPERTIES.contains(&name.as_str())) {
        return Err(invalid(format!("Invalid template parameter property '{unknown}'")));
    }
    let kind = match members.get("Type") {
        None => return Err(malformed("Every Parameters object must contain a Type member.")),
        Some(Value::String(kind)) if Kind::of(kind).is_some() => kind.clone(),
        Some(other) => {
            let shown = text(other).unwrap_or_else(|| other.to_string());
            return Err(malformed(format!("Unrecognized parameter type: {shown}")));
        }
    };
    let default = match members.get("Default") {
        None => None,
        Some(value) => Some(text(value).ok_or_else(|| malformed("Every Default member must be a string."))?),
    };
    let description = string(members, "Description")?;
    if description.as_ref().is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        return Err(here(&format!("Description length is greater than {LONGEST_DESCRIPTION}.")));
    }
    let allowed_pattern = string(members, "AllowedPattern")?;
    if let Some(pattern) = &allowed_pattern {
        compiled(name, pattern)?;
    }
    let parameter = Parameter {
        kind,
        default,
        no_echo: match members
            .get("NoEcho")
            .map(|value| text(value).unwrap_or_default().to_lowercase())
            .as_deref()
        {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(here("NoEcho must be true or false.")),
        },
        allowed_values: allowed(members)?,
        allowed_pattern,
        min_length: number(members, "MinLength")?,
        max_length: number(members, "MaxLength")?,
        min_value: number(members, "MinValue")?,
        max_value: number(members, "MaxValue")?,
        description,
        constraint_description: string(members, "ConstraintDescription")?,
    };
    let crossed = parameter.min_length.zip(parameter.max_length).is_some_and(|(least, most)| least > most)
        || parameter.min_value.zip(parameter.max_value).is_some_and(|(least, most)| least > most);
    if crossed {
        return Err(here("its minimum is greater than its maximum."));
    }
    Ok(parameter)
}

fn string(members: &Map<String, Value>, name: &str) -> Result<Option<String>, Fault> {
    match members.get(name) {
        None => Ok(None),
        Some(value) => {
            text(value).map(Some).ok_or_else(|| malformed(format!("Every {name} member must be a string.")))
        }
    }
}

fn number<T: std::str::FromStr>(members: &Map<String, Value>, name: &str) -> Result<Option<T>, Fault> {
    match string(members, name)? {
        None => Ok(None),
        Some(text) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| malformed(format!("Every {name} member must be a number."))),
    }
}

fn allowed(members: &Map<String, Value>) -> Result<Vec<String>, Fault> {
    let refused = || malformed("Every AllowedValues member must be a list of strings.");
    match members.get("AllowedValues") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let values: Option<Vec<String>> = items.iter().map(text).collect();
            values.filter(|values| !values.is_empty()).ok_or_else(refused)
        }
        Some(_) => Err(refused()),
    }
}
