//! Reading parameters: one, several, and all below a path.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use super::public::{self, Parameter};
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::Epoch;
use crate::world::View;

const MAX_NAMES: usize = 10;
const MAX_NAME_LENGTH: usize = 2048;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ParameterOut {
    name: String,
    r#type: &'static str,
    value: String,
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    last_modified_date: Epoch,
    #[serde(rename = "ARN")]
    arn: String,
    data_type: &'static str,
}

fn out(view: &View<'_>, name: &str, selector: Option<String>, parameter: Parameter) -> ParameterOut {
    ParameterOut {
        arn: arn("ssm", &view.region.name, "", &format!("parameter{name}")),
        name: name.to_owned(),
        r#type: "String",
        value: parameter.value,
        version: 1,
        selector,
        last_modified_date: Epoch(parameter.modified_at),
        data_type: if parameter.is_image { "aws:ec2:image" } else { "text" },
    }
}

/// A parameter by name or ARN, `:1` after it for its version.
fn find(view: &View<'_>, asked: &str) -> Result<ParameterOut, Fault> {
    let all = public::all(&view.region.name);
    let own = arn("ssm", &view.region.name, "", "parameter");
    let asked = asked.strip_prefix(own.as_str()).unwrap_or(asked);
    let (name, selector) = match asked.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (asked, None),
    };
    let Some(parameter) = all.get(name) else {
        return Err(Fault::new("ParameterNotFound", format!("Parameter {asked} not found.")));
    };
    if let Some(version) = selector.filter(|version| *version != "1") {
        let message = format!(
            "Systems Manager could not find version {version} of {name}. Verify the version and try again."
        );
        return Err(Fault::new("ParameterVersionNotFound", message));
    }
    Ok(out(view, name, selector.map(|version| format!(":{version}")), parameter.clone()))
}

fn constraint(value: &str, member: &str, wanted: &str) -> Fault {
    let shown: String = value.chars().take(256).collect();
    let message = format!(
        "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {wanted}"
    );
    Fault::new("ValidationException", message)
}

fn check_name(name: &str, member: &str) -> Result<(), Fault> {
    match name.chars().count() {
        0 => Err(constraint(name, member, "Member must have length greater than or equal to 1")),
        1..=MAX_NAME_LENGTH => Ok(()),
        _ => Err(constraint(name, member, "Member must have length less than or equal to 2048")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneIn {
    #[serde(default)]
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct One {
    parameter: ParameterOut,
}

pub(super) fn parameter(view: &View<'_>, input: OneIn) -> Result<One, Fault> {
    check_name(&input.name, "name")?;
    find(view, &input.name).map(|parameter| One { parameter })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ManyIn {
    #[serde(default)]
    names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Many {
    parameters: Vec<ParameterOut>,
    invalid_parameters: Vec<String>,
}

pub(super) fn parameters(view: &View<'_>, input: ManyIn) -> Result<Many, Fault> {
    let ManyIn { mut names } = input;
    let shown = format!("[{}]", names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", "));
    match names.len() {
        0 => return Err(constraint(&shown, "names", "Member must have length greater than or equal to 1")),
        1..=MAX_NAMES => {}
        _ => return Err(constraint(&shown, "names", "Member must have length less than or equal to 10")),
    }
    names.iter().try_for_each(|name| check_name(name, "names.1.member"))?;
    names.sort();
    names.dedup();
    let mut many = Many { parameters: Vec::new(), invalid_parameters: Vec::new() };
    for name in names {
        match find(view, &name) {
            Ok(parameter) => many.parameters.push(parameter),
            Err(_) => many.invalid_parameters.push(name),
        }
    }
    Ok(many)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PathIn {
    #[serde(default)]
    path: String,
    #[serde(default)]
    recursive: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByPath {
    parameters: Vec<ParameterOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn by_path(view: &View<'_>, input: PathIn) -> Result<ByPath, Fault> {
    check_name(&input.path, "path")?;
    if !input.path.starts_with('/') {
        let message = "The parameter doesn't meet the parameter name requirements. The parameter name must begin \
            with a forward slash \"/\".";
        return Err(Fault::new("ValidationException", message));
    }
    let limit = match input.max_results.unwrap_or(10) {
        asked @ 1..=10 => usize::try_from(asked).unwrap_or(10),
        asked if asked < 1 => {
            let wanted = "Member must have value greater than or equal to 1";
            return Err(constraint(&asked.to_string(), "maxResults", wanted));
        }
        asked => {
            let wanted = "Member must have value less than or equal to 10";
            return Err(constraint(&asked.to_string(), "maxResults", wanted));
        }
    };
    let below = format!("{}/", input.path.trim_end_matches('/'));
    let direct =
        |name: &str| name.strip_prefix(&below).is_some_and(|rest| input.recursive || !rest.contains('/'));
    let found = public::all(&view.region.name).into_iter().filter(|(name, _)| direct(name));
    let page = page(found, |(name, _)| name.clone(), limit, input.next_token.as_deref())
        .map_err(|_| Fault::new("InvalidNextToken", "The specified token isn't valid."))?;
    Ok(ByPath {
        parameters: page
            .items
            .into_iter()
            .map(|(name, parameter)| out(view, &name, None, parameter))
            .collect(),
        next_token: page.next,
    })
}
