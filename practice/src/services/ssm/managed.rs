//! Machines outside of AWS ("Using Systems Manager in hybrid and multicloud environments"): activations, the registration
//! that the SSM agent of such a machine makes, and the managed nodes (`mi-...`) that come of it.
//!
//! `RegisterManagedInstance` is the agent's own call and stands in no public model: `ActivationCode`, `ActivationId`,
//! `Fingerprint` and `PublicKey`, and here the facts `ComputerName`, `IpAddress`, `PlatformName` and `PlatformVersion`,
//! which an agent reports later. It answers with `InstanceId`.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::Deserialize;
use serde_json::{Value, json};

use super::model::{Activation, MAX_ACTIVATIONS, MAX_MANAGED, ManagedInstance};
use super::tag::{Tag, tags, tags_out};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::secret::Secret;
use crate::core::time::{Epoch, Time};
use crate::services::iam;
use crate::world::{Scope, View};

const DAY_MS: i64 = 86_400_000;
/// How long an activation lasts unless told otherwise, and at most.
const DEFAULT_DAYS: i64 = 1;
const MAX_DAYS: i64 = 30;
/// What the agent says it is.
const AGENT: &str = "3.3.3185.0";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    description: Option<String>,
    default_instance_name: Option<String>,
    iam_role: String,
    registration_limit: Option<i64>,
    expiration_date: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// A moment as JSON clients send it: seconds, or ISO 8601 text.
fn moment(value: &Value) -> Option<Time> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded before")]
    let seconds = |seconds: f64| (seconds.abs() < 1e11).then_some(Time((seconds * 1000.0) as i64));
    value.as_f64().and_then(seconds).or_else(|| Time::parse(value.as_str()?))
}

pub(super) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let role = role(scope, &input.iam_role)?;
    let limit =
        u32::try_from(input.registration_limit.unwrap_or(1)).ok().filter(|limit| (1..=1_000).contains(limit));
    let limit = limit.ok_or_else(|| invalid("RegistrationLimit must be from 1 to 1000."))?;
    let tags = tags(&input.tags)?;
    let most = scope.now.plus_ms(MAX_DAYS * DAY_MS);
    let expires_at = match &input.expiration_date {
        None => scope.now.plus_ms(DEFAULT_DAYS * DAY_MS),
        Some(given) => moment(given).filter(|at| *at > scope.now && *at <= most).ok_or_else(|| {
            invalid("ExpirationDate must be in the future, and not more than 30 days from now.")
        })?,
    };
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.chars().count() > 256);
    if long(&input.description) || long(&input.default_instance_name) {
        return Err(invalid(
            "Description and DefaultInstanceName must have length less than or equal to 256.",
        ));
    }
    // The oldest make room, as an activation that has expired is of no more use.
    let model = &mut scope.region.ssm;
    if model.activations.len() >= MAX_ACTIVATIONS {
        let expired = model.activations.iter().filter(|(_, one)| one.expires_at <= scope.now);
        let oldest = expired.min_by_key(|(_, one)| one.created_at).map(|(id, _)| id.clone());
        let oldest =
            oldest.ok_or_else(|| invalid("This practice region has 100 activations: delete some."))?;
        model.activations.remove(&oldest);
    }
    let (id, code) = (scope.region.ids.uuid(), scope.region.ids.base32(20));
    let activation = Activation {
        code: Secret(code.clone()),
        description: input.description,
        default_name: input.default_instance_name,
        role,
        limit,
        registered: 0,
        created_at: scope.now,
        expires_at,
        tags,
    };
    scope.region.ssm.activations.insert(id.clone(), activation);
    Ok(json!({"ActivationId": id, "ActivationCode": code}))
}

/// The name of a role that the caller may pass to Systems Manager.
fn role(scope: &Scope<'_>, given: &str) -> Result<String, Fault> {
    const SSM: &str = "ssm.amazonaws.com";
    let name = given.rsplit('/').next().unwrap_or(given);
    let missing = || {
        let account = scope.account;
        invalid(format!(
            "Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::{account}:role/{given}"
        ))
    };
    let found = scope.iam.role(name).ok_or_else(missing)?;
    let view = scope.view();
    if !iam::service_may_assume(&view, &found.arn, SSM, &view.arn("ssm", "*")) {
        return Err(missing());
    }
    iam::authorize::pass_role_speaking("ssm", &view, &found.arn, SSM)?;
    Ok(name.to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    filter_key: String,
    #[serde(default)]
    filter_values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeActivations {
    #[serde(default)]
    filters: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn limit(asked: Option<i64>) -> Result<usize, Fault> {
    let limit = usize::try_from(asked.unwrap_or(50)).ok().filter(|limit| (1..=50).contains(limit));
    limit.ok_or_else(|| invalid("MaxResults must be from 1 to 50."))
}

fn bad_token() -> Fault {
    Fault::new("InvalidNextToken", "The specified token isn't valid.")
}

pub(super) fn activations(view: &View<'_>, input: DescribeActivations) -> Result<Value, Fault> {
    let limit = limit(input.max_results)?;
    if !input
        .filters
        .iter()
        .all(|f| matches!(f.filter_key.as_str(), "ActivationIds" | "DefaultInstanceName" | "IamRole"))
    {
        return Err(Fault::new("InvalidFilter", "The filter name isn't valid."));
    }
    let passes = |id: &String, one: &Activation| {
        input.filters.iter().all(|filter| {
            let value = match filter.filter_key.as_str() {
                "ActivationIds" => Some(id),
                "DefaultInstanceName" => one.default_name.as_ref(),
                _ => Some(&one.role),
            };
            value.is_some_and(|value| filter.filter_values.contains(value))
        })
    };
    let all = view.region.ssm.activations.iter().filter(|(id, one)| passes(id, one));
    let page =
        page(all, |(id, _)| (*id).clone(), limit, input.next_token.as_deref()).map_err(|_| bad_token())?;
    let shape = |(id, one): (&String, &Activation)| {
        let mut shape = json!({
            "ActivationId": id,
            "IamRole": one.role,
            "RegistrationLimit": one.limit,
            "RegistrationsCount": one.registered,
            "ExpirationDate": Epoch(one.expires_at),
            "Expired": one.expires_at <= view.now,
            "CreatedDate": Epoch(one.created_at),
            "Tags": tags_out(&one.tags),
        });
        if let Some(text) = &one.description {
            shape["Description"] = json!(text);
        }
        if let Some(name) = &one.default_name {
            shape["DefaultInstanceName"] = json!(name);
        }
        shape
    };
    let mut answer = json!({"ActivationList": page.items.into_iter().map(shape).collect::<Vec<_>>()});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneActivation {
    activation_id: String,
}

pub(super) fn delete(scope: &mut Scope<'_>, input: OneActivation) -> Result<(), Fault> {
    let message = "The activation ID isn't valid. Verify that you entered the correct ActivationId or ActivationCode and try again.";
    let removed = scope.region.ssm.activations.remove(&input.activation_id);
    removed.map(drop).ok_or_else(|| Fault::new("InvalidActivationId", message))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Register {
    activation_code: String,
    activation_id: String,
    fingerprint: String,
    computer_name: Option<String>,
    ip_address: Option<String>,
    platform_name: Option<String>,
    platform_version: Option<String>,
}

pub(super) fn register(scope: &mut Scope<'_>, input: Register) -> Result<Value, Fault> {
    let facts = [&input.computer_name, &input.ip_address, &input.platform_name, &input.platform_version];
    if facts.into_iter().flatten().chain([&input.fingerprint]).any(|text| text.len() > 255) {
        return Err(invalid("Facts about the machine must have length less than or equal to 255."));
    }
    let refused = |why: &str| Fault::new("InvalidActivation", format!("The activation isn't valid. {why}"));
    let model = &mut scope.region.ssm;
    let activation = model.activations.get_mut(&input.activation_id);
    let activation = activation.filter(|one| one.code.0 == input.activation_code);
    let activation = activation.ok_or_else(|| refused("The activation might have been deleted, or the specified ActivationId and ActivationCode don't match."))?;
    if activation.expires_at <= scope.now {
        return Err(refused("The activation has expired."));
    }
    // The same machine again keeps its id.
    let known = model
        .managed
        .iter()
        .find(|(_, node)| node.fingerprint == input.fingerprint && node.activation_id == input.activation_id);
    if let Some((id, _)) = known {
        return Ok(json!({"InstanceId": id}));
    }
    if activation.registered >= activation.limit {
        return Err(refused("The maximum number of registrations has been reached."));
    }
    if model.managed.len() >= MAX_MANAGED {
        return Err(refused("This practice region has 200 managed nodes: deregister some."));
    }
    activation.registered += 1;
    let id = scope.region.ids.resource("mi");
    let node = ManagedInstance {
        activation_id: input.activation_id,
        role: activation.role.clone(),
        name: activation.default_name.clone(),
        fingerprint: input.fingerprint,
        registered_at: scope.now,
        computer_name: input.computer_name.unwrap_or_else(|| "localhost".to_owned()),
        ip_address: input.ip_address.unwrap_or_else(|| "192.168.1.10".to_owned()),
        platform_name: input.platform_name.unwrap_or_else(|| "Ubuntu".to_owned()),
        platform_version: input.platform_version.unwrap_or_else(|| "24.04".to_owned()),
        tags: activation.tags.clone(),
    };
    scope.region.ssm.managed.insert(id.clone(), node);
    Ok(json!({"InstanceId": id}))
}

fn no_instance(id: &str) -> Fault {
    let shown: String = id.chars().take(64).collect();
    Fault::new("InvalidInstanceId", format!("Instance Id {shown} isn't valid."))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneInstance {
    instance_id: String,
}

pub(super) fn deregister(scope: &mut Scope<'_>, input: OneInstance) -> Result<(), Fault> {
    let removed = scope.region.ssm.managed.remove(&input.instance_id);
    removed.map(drop).ok_or_else(|| no_instance(&input.instance_id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRole {
    instance_id: String,
    iam_role: String,
}

pub(super) fn update_role(scope: &mut Scope<'_>, input: UpdateRole) -> Result<(), Fault> {
    let role = role(scope, &input.iam_role)?;
    let node = scope.region.ssm.managed.get_mut(&input.instance_id);
    node.ok_or_else(|| no_instance(&input.instance_id))?.role = role;
    Ok(())
}

/// A filter in either of the two forms that `DescribeInstanceInformation` takes.
#[derive(Deserialize)]
pub(super) struct NodeFilter {
    #[serde(alias = "Key")]
    key: String,
    #[serde(rename = "valueSet", alias = "Values", default)]
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Information {
    #[serde(default)]
    instance_information_filter_list: Vec<NodeFilter>,
    #[serde(default)]
    filters: Vec<NodeFilter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn information(view: &View<'_>, input: Information) -> Result<Value, Fault> {
    let limit = limit(input.max_results)?;
    let filters: Vec<NodeFilter> =
        input.filters.into_iter().chain(input.instance_information_filter_list).collect();
    let known = [
        "InstanceIds",
        "AgentVersion",
        "PingStatus",
        "PlatformTypes",
        "ActivationIds",
        "IamRole",
        "ResourceType",
    ];
    if filters
        .iter()
        .any(|f| !known.contains(&f.key.as_str()) && !f.key.starts_with("tag:") && f.key != "tag-key")
    {
        return Err(Fault::new("InvalidFilterKey", "The specified key isn't valid."));
    }
    let passes = |id: &String, node: &ManagedInstance| {
        filters.iter().all(|filter| {
            let has = |value: &str| filter.values.iter().any(|wanted| wanted == value);
            match filter.key.as_str() {
                "InstanceIds" => has(id),
                "AgentVersion" => has(AGENT),
                "PingStatus" => has("Online"),
                "PlatformTypes" => has("Linux"),
                "ActivationIds" => has(&node.activation_id),
                "IamRole" => has(&node.role),
                "ResourceType" => has("ManagedInstance"),
                "tag-key" => node.tags.keys().any(|key| has(key)),
                key => key
                    .strip_prefix("tag:")
                    .and_then(|key| node.tags.get(key))
                    .is_some_and(|value| has(value)),
            }
        })
    };
    let all = view.region.ssm.managed.iter().filter(|(id, node)| passes(id, node));
    let page =
        page(all, |(id, _)| (*id).clone(), limit, input.next_token.as_deref()).map_err(|_| bad_token())?;
    let shape = |(id, node): (&String, &ManagedInstance)| {
        let mut shape = json!({
            "InstanceId": id,
            "PingStatus": "Online",
            "LastPingDateTime": Epoch(view.now),
            "AgentVersion": AGENT,
            "IsLatestVersion": true,
            "PlatformType": "Linux",
            "PlatformName": node.platform_name,
            "PlatformVersion": node.platform_version,
            "ActivationId": node.activation_id,
            "IamRole": node.role,
            "RegistrationDate": Epoch(node.registered_at),
            "ResourceType": "ManagedInstance",
            "IPAddress": node.ip_address,
            "ComputerName": node.computer_name,
            "SourceId": id,
            "SourceType": "AWS::SSM::ManagedInstance",
        });
        if let Some(name) = &node.name {
            shape["Name"] = json!(name);
        }
        shape
    };
    let mut answer =
        json!({"InstanceInformationList": page.items.into_iter().map(shape).collect::<Vec<_>>()});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

/// The managed node of an id: the role that its agents have. What ECS asks when such a machine registers.
pub fn managed_role<'w>(view: &View<'w>, instance_id: &str) -> Option<&'w str> {
    view.region.ssm.managed.get(instance_id).map(|node| node.role.as_str())
}
