//! Finding a parameter, the public ones and one's own, by name or ARN with a version or label after it. Follows
//! "Working with parameter versions" and "Pass Systems Manager parameters through Amazon ECS environment variables".

use super::model::Version;
use super::public;
use crate::core::arn::{Arn, arn};
use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::world::{Region, View};

/// A parameter at one version.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) arn: String,
    /// `:3` as it was asked for.
    pub(super) selector: Option<String>,
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) number: u64,
    pub(super) modified_at: Time,
    pub(super) data_type: String,
}

/// The value of a parameter, by name or ARN, as a container gets it: decrypted. An error is the end of the sentence
/// that the agent stops the task with: `ParameterNotFound: ...`, or for ECS's list of names, `invalid parameters: x`.
/// Whether the execution role may read it is for the caller to ask.
pub fn parameter_value(view: &View<'_>, name_or_arn: &str) -> Result<String, String> {
    // The agent asks for the name only, with GetParameters, which lists what it does not find.
    let name = name_of(view.region, view.account, name_or_arn);
    match name.map(|name| find(view.region, view.account, &name)) {
        Some(Ok(found)) => Ok(found.value),
        _ => Err(format!("invalid parameters: {name_or_arn}")),
    }
}

/// The ARN of one's own parameter: its first slash is not doubled.
pub(super) fn own_arn(region: &str, account: &str, name: &str) -> String {
    arn("ssm", region, account, &format!("parameter/{}", name.strip_prefix('/').unwrap_or(name)))
}

/// The name (with its selector) in a name or an ARN; None for an ARN of something or somewhere else.
fn name_of(region: &Region, account: &str, asked: &str) -> Option<String> {
    if !asked.starts_with("arn:") {
        return Some(asked.to_owned());
    }
    let parsed = Arn::parse(asked).filter(|arn| arn.service == "ssm" && arn.region == region.name)?;
    let path = parsed.resource.strip_prefix("parameter/")?;
    if parsed.account.is_empty() {
        return Some(format!("/{path}"));
    }
    if parsed.account != account {
        return None;
    }
    // The ARN does not tell whether the name begins with a slash.
    let (bare, _) = path.split_once(':').unwrap_or((path, ""));
    let slashed = region.ssm.parameters.contains_key(&format!("/{bare}")) || bare.contains('/');
    Some(if slashed { format!("/{path}") } else { path.to_owned() })
}

/// A parameter by name or ARN, `:3` or `:label` after it for its version.
pub(super) fn find(region: &Region, account: &str, asked: &str) -> Result<Found, Fault> {
    let missing = || Fault::new("ParameterNotFound", format!("Parameter {asked} not found."));
    let whole = name_of(region, account, asked).ok_or_else(missing)?;
    let (name, selector) = match whole.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (whole.as_str(), None),
    };
    let no_version = |selector: &str| {
        let message = format!(
            "Systems Manager could not find version {selector} of {name}. Verify the version and try again."
        );
        Fault::new("ParameterVersionNotFound", message)
    };
    let shown = selector.map(|selector| format!(":{selector}"));
    if let Some(own) = region.ssm.parameters.get(name) {
        let found = match selector {
            None => own.latest().ok_or_else(missing)?,
            Some(selector) => own.selected(selector).ok_or_else(|| no_version(selector))?,
        };
        return Ok(of_own(region, account, name, found, shown));
    }
    let public = public::all(&region.name).remove(name).ok_or_else(missing)?;
    match selector {
        Some(selector) if selector != "1" => Err(no_version(selector)),
        _ => Ok(of_public(region, name, public, shown)),
    }
}

pub(super) fn of_own(
    region: &Region,
    account: &str,
    name: &str,
    (number, version): (u64, &Version),
    selector: Option<String>,
) -> Found {
    Found {
        name: name.to_owned(),
        arn: own_arn(&region.name, account, name),
        selector,
        kind: version.kind.clone(),
        value: version.value.0.clone(),
        number,
        modified_at: version.modified_at,
        data_type: version.data_type.clone(),
    }
}

pub(super) fn of_public(
    region: &Region,
    name: &str,
    public: public::Parameter,
    selector: Option<String>,
) -> Found {
    Found {
        name: name.to_owned(),
        arn: arn("ssm", &region.name, "", &format!("parameter{name}")),
        selector,
        kind: "String".to_owned(),
        value: public.value,
        number: 1,
        modified_at: public.modified_at,
        data_type: if public.is_image { "aws:ec2:image" } else { "text" }.to_owned(),
    }
}
