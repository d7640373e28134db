//! What a request declares a stack to be: its template, its parameters, its tags; refused here when that can be told
//! before anything is made.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::fault;
use super::super::meaning::{Around, Meaning, has_attribute};
use super::super::model::{Declared, OnFailure, Stack};
use super::super::template::{Given, Graph, Referred, Template, Values};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::{iam, s3};
use crate::world::{Caller, Principal, View};

/// `TemplateBody` at most, in bytes: "CloudFormation quotas".
const MAX_BODY: usize = 51_200;
/// The same of a template in Amazon S3.
const MAX_OBJECT: usize = 1_000_000;
/// Characters of a URL.
const MAX_URL: usize = 5_120;

/// `CreateStack`, `UpdateStack` and `CreateChangeSet`: what they have in common, and what only one of them has.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Declaring {
    pub(super) stack_name: String,
    pub(super) template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    pub(super) template_url: Option<String>,
    pub(super) use_previous_template: Option<bool>,
    pub(super) parameters: Vec<ParameterIn>,
    pub(super) capabilities: Vec<String>,
    pub(super) resource_types: Vec<String>,
    #[serde(rename = "RoleARN")]
    pub(super) role_arn: Option<String>,
    pub(super) tags: Option<Vec<TagIn>>,
    #[serde(rename = "NotificationARNs")]
    pub(super) notification_arns: Option<Vec<String>>,
    pub(super) disable_rollback: Option<bool>,
    pub(super) on_failure: Option<String>,
    pub(super) timeout_in_minutes: Option<i64>,
    pub(super) stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    pub(super) stack_policy_url: Option<String>,
    pub(super) stack_policy_during_update_body: Option<String>,
    #[serde(rename = "StackPolicyDuringUpdateURL")]
    pub(super) stack_policy_during_update_url: Option<String>,
    pub(super) client_request_token: Option<String>,
    pub(super) enable_termination_protection: Option<bool>,
    pub(super) change_set_name: Option<String>,
    pub(super) change_set_type: Option<String>,
    pub(super) resources_to_import: Vec<serde_json::Value>,
    pub(super) import_existing_resources: Option<bool>,
    pub(super) description: Option<String>,
    pub(super) on_stack_failure: Option<String>,
    pub(super) client_token: Option<String>,
}

impl Declaring {
    /// Reads the stack policies that are given by URL.
    pub(super) fn read_policies(&mut self, view: &View<'_>) -> Result<(), Fault> {
        if let Some(url) = self.stack_policy_url.take() {
            self.stack_policy_body = Some(policy_at(view, &url)?);
        }
        if let Some(url) = self.stack_policy_during_update_url.take() {
            self.stack_policy_during_update_body = Some(policy_at(view, &url)?);
        }
        Ok(())
    }
}

/// `Parameter`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ParameterIn {
    parameter_key: String,
    parameter_value: Option<String>,
    use_previous_value: Option<bool>,
}

/// `Tag`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagIn {
    key: String,
    #[serde(default)]
    value: String,
}

/// Refuses what is not the name of a stack.
pub(super) fn check_name(name: &str, at: &str) -> Result<(), Fault> {
    let letter = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !(letter && rest) {
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*";
        return Err(fault::constraint(name, at, pattern));
    }
    if name.len() > 128 {
        return Err(fault::constraint(name, at, "Member must have length less than or equal to 128"));
    }
    Ok(())
}

/// The text of the template that a request gives or keeps.
fn template_text(view: &View<'_>, input: &Declaring, earlier: Option<&Stack>) -> Result<String, Fault> {
    match (&input.template_body, &input.template_url) {
        (Some(_), Some(_)) => Err(fault::validation("You cannot specify both TemplateURL and TemplateBody.")),
        (Some(body), None) => {
            check_body(body)?;
            Ok(body.clone())
        }
        (None, Some(url)) => template_at(view, url),
        (None, None) if input.use_previous_template == Some(true) => earlier
            .map(|stack| stack.declared.template.clone())
            .ok_or_else(|| fault::validation("UsePreviousTemplate is only for a stack that there is.")),
        (None, None) => Err(fault::validation("Either Template URL or Template Body must be specified.")),
    }
}

pub(super) fn check_body(body: &str) -> Result<(), Fault> {
    if body.is_empty() {
        let least = "Member must have length greater than or equal to 1";
        return Err(fault::constraint(body, "templateBody", least));
    }
    if body.len() > MAX_BODY {
        let most = "Member must have length less than or equal to 51200";
        return Err(fault::constraint(body, "templateBody", most));
    }
    Ok(())
}

/// The template at a URL of Amazon S3, read with the caller's permissions.
pub(super) fn template_at(view: &View<'_>, url: &str) -> Result<String, Fault> {
    if !(1..=MAX_URL).contains(&url.len()) {
        let most = "Member must have length between 1 and 5120";
        return Err(fault::constraint(url, "templateURL", most));
    }
    let text = s3::text_at(view, url).map_err(fault::validation)?;
    if text.is_empty() {
        return Err(fault::format("unsupported structure."));
    }
    if text.len() > MAX_OBJECT {
        return Err(fault::validation("Template may not exceed 1000000 bytes in size."));
    }
    Ok(text)
}

/// The stack policy at a URL of Amazon S3.
pub(super) fn policy_at(view: &View<'_>, url: &str) -> Result<String, Fault> {
    let text = s3::text_at(view, url)
        .map_err(|why| fault::validation(why.replace("TemplateURL", "StackPolicyURL")))?;
    if text.len() > 16_384 {
        return Err(fault::validation("Stack policy may not exceed 16384 bytes in size."));
    }
    Ok(text)
}

/// What the request declares, found to be possible; and which resource waits for which. `name` and `id` are the
/// stack's.
pub(super) fn declared(
    view: &View<'_>,
    input: &Declaring,
    earlier: Option<&Stack>,
    (name, id): (&str, &str),
) -> Result<(Declared, Graph), Fault> {
    let text = template_text(view, input, earlier)?;
    let template = Template::parse(&text)?;
    acknowledged(&template, input)?;
    let nothing = Values::default();
    let before = earlier.map_or(&nothing, |stack| &stack.declared.values);
    let values = template.resolve_parameters(&given(&input.parameters)?, before, &Around(*view))?;
    let tags = match &input.tags {
        Some(tags) => checked_tags(tags)?,
        None => earlier.map(|stack| stack.declared.tags.clone()).unwrap_or_default(),
    };
    let notification_arns = match &input.notification_arns {
        Some(arns) if arns.len() > 5 => {
            return Err(fault::validation("A stack can have at most 5 notification ARNs."));
        }
        Some(arns) => arns.clone(),
        None => earlier.map(|stack| stack.declared.notification_arns.clone()).unwrap_or_default(),
    };
    let capabilities = input.capabilities.clone();
    let description = template.description.clone();
    let declared = Declared { template: text, description, values, tags, capabilities, notification_arns };
    let meaning = Meaning::of(view, name, id, &declared)?;
    let graph = meaning.check()?;
    attributes_exist(&meaning.template)?;
    only_these_types(&meaning.template, &input.resource_types)?;
    drop(meaning);
    Ok((declared, graph))
}

/// Refuses a template whose author has not said that they know what it does.
fn acknowledged(template: &Template, input: &Declaring) -> Result<(), Fault> {
    let given = &input.capabilities;
    for capability in given {
        if !matches!(
            capability.as_str(),
            "CAPABILITY_IAM" | "CAPABILITY_NAMED_IAM" | "CAPABILITY_AUTO_EXPAND"
        ) {
            let set = "Member must satisfy enum value set: [CAPABILITY_AUTO_EXPAND, CAPABILITY_NAMED_IAM, CAPABILITY_IAM]";
            return Err(fault::constraint(capability, "capabilities", set));
        }
    }
    let has = |wanted: &str| {
        given.iter().any(|one| one == wanted || (wanted == "CAPABILITY_IAM" && one == "CAPABILITY_NAMED_IAM"))
    };
    let needed = template.needed();
    // What a transform makes of it can be read in a change set before anything is done.
    let expand = needed.expand && input.change_set_name.is_none();
    let wanted = needed.iam.into_iter().chain(expand.then_some("CAPABILITY_AUTO_EXPAND"));
    let missing: Vec<&str> = wanted.filter(|wanted| !has(wanted)).collect();
    if missing.is_empty() { Ok(()) } else { Err(fault::capabilities(&missing)) }
}

fn given(parameters: &[ParameterIn]) -> Result<BTreeMap<String, Given>, Fault> {
    let mut given = BTreeMap::new();
    for parameter in parameters {
        let key = &parameter.parameter_key;
        let value = match (&parameter.parameter_value, parameter.use_previous_value == Some(true)) {
            (Some(_), true) => {
                return Err(fault::validation(format!(
                    "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and non empty value for a parameter"
                )));
            }
            (Some(value), false) => Given::Value(value.clone()),
            (None, true) => Given::Previous,
            (None, false) => Given::Value(String::new()),
        };
        if given.insert(key.clone(), value).is_some() {
            return Err(fault::validation(format!("Parameter {key} is given more than once.")));
        }
    }
    Ok(given)
}

fn checked_tags(given: &[TagIn]) -> Result<Tags, Fault> {
    if given.len() > 50 {
        return Err(fault::validation("A stack can have at most 50 tags."));
    }
    let mut tags = Tags::new();
    for TagIn { key, value } in given {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(fault::constraint(
                key,
                "tags.member.key",
                "Member must have length between 1 and 128",
            ));
        }
        if value.is_empty() || value.chars().count() > 256 {
            let between = "Member must have length between 1 and 256";
            return Err(fault::constraint(value, "tags.member.value", between));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(fault::validation("aws: prefixed tag key names are not allowed for external use."));
        }
        if tags.insert(key.clone(), value.clone()).is_some() {
            return Err(fault::validation(format!("Duplicate tag keys found: {key}")));
        }
    }
    Ok(tags)
}

/// Refuses `Fn::GetAtt` (and `${Name.Attribute}`) of what the types of the resources do not have.
fn attributes_exist(template: &Template) -> Result<(), Fault> {
    let properties = template.resources.values().map(|resource| &resource.properties);
    let values = properties.chain(template.outputs.values().map(|output| &output.value));
    for referred in values.flat_map(|value| template.references(value)) {
        if let Referred::Attribute(of, attribute) = referred
            && let Some(resource) = template.resources.get(of)
            && !has_attribute(&resource.kind, attribute)
        {
            return Err(fault::no_attribute(of, attribute));
        }
    }
    Ok(())
}

/// `ResourceTypes`: the only types that the request is to touch.
fn only_these_types(template: &Template, allowed: &[String]) -> Result<(), Fault> {
    if allowed.is_empty() {
        return Ok(());
    }
    let fits = |kind: &String| {
        allowed.iter().any(|one| one == kind || one.strip_suffix('*').is_some_and(|p| kind.starts_with(p)))
    };
    match template.resource_types().into_iter().find(|kind| !fits(kind)) {
        Some(kind) => Err(fault::validation(format!(
            "Resource type {kind} is not allowed by parameter ResourceTypes {allowed:?}"
        ))),
        None => Ok(()),
    }
}

/// With whose permissions a stack works: the caller's, or those of the role it is given (or was).
pub(super) fn owner(
    view: &View<'_>,
    role_arn: Option<&str>,
    earlier: Option<&Stack>,
) -> Result<(Caller, Option<String>), Fault> {
    let arn = role_arn.map(str::to_owned).or_else(|| earlier.and_then(|stack| stack.role_arn.clone()));
    let Some(arn) = arn else { return Ok((view.caller.clone(), None)) };
    if role_arn.is_some() {
        iam::pass_role(view, &arn, "cloudformation.amazonaws.com")?;
    }
    let role = view
        .iam
        .role_by_arn(&arn)
        .filter(|role| iam::service_may_assume(view, &role.arn, "cloudformation.amazonaws.com", ""));
    let role =
        role.ok_or_else(|| fault::validation(format!("Role {arn} is invalid or cannot be assumed")))?;
    let session = "AWSCloudFormation";
    let caller = Caller {
        arn: crate::core::arn::arn("sts", "", view.account, &format!("assumed-role/{}/{session}", role.name)),
        user_id: format!("{}:{session}", role.id),
        principal: Principal::Role(role.name.clone()),
        session_key: None,
    };
    Ok((caller, Some(arn)))
}

/// `OnFailure` and `DisableRollback`, which exclude each other.
pub(super) fn on_failure(input: &Declaring) -> Result<OnFailure, Fault> {
    let named = input.on_failure.as_deref().or(input.on_stack_failure.as_deref());
    match (named, input.disable_rollback) {
        (Some(_), Some(_)) => {
            Err(fault::validation("You cannot specify both OnFailure and DisableRollback."))
        }
        (None, Some(true)) | (Some("DO_NOTHING"), None) => Ok(OnFailure::DoNothing),
        (None, _) | (Some("ROLLBACK"), None) => Ok(OnFailure::Rollback),
        (Some("DELETE"), None) => Ok(OnFailure::Delete),
        (Some(other), None) => Err(fault::constraint(
            other,
            "onFailure",
            "Member must satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]",
        )),
    }
}
