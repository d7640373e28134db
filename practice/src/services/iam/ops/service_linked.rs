//! Service linked roles: made by AWS's services, or for them on request.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::model::{Policies, Role};
use super::super::shapes::RoleOut;
use super::super::{check, credentials, fault};
use super::role::RoleResult;
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::world::{Scope, View};

/// Service, role name, managed policy if the catalogue has it.
const LINKED: [(&str, &str, &str); 7] = [
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", "AutoScalingServiceRolePolicy"),
    ("ecs.amazonaws.com", "AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
    ("ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService", ""),
    (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    ("ec2fleet.amazonaws.com", "AWSServiceRoleForEC2Fleet", ""),
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", ""),
    ("spotfleet.amazonaws.com", "AWSServiceRoleForEC2SpotFleet", ""),
];

/// The name of the role that is linked to a service.
pub(crate) fn role_name(service: &str) -> Option<&'static str> {
    LINKED.iter().find(|(name, ..)| *name == service).map(|(_, role, _)| *role)
}

/// Makes the role that is linked to `service` (`ecs.amazonaws.com`) unless it is there, as the service itself does
/// when it is first used.
pub fn ensure(scope: &mut Scope<'_>, service: &str) {
    if role_name(service).is_some_and(|name| scope.iam.role(name).is_none()) {
        make(scope, service, None);
    }
}

fn make(scope: &mut Scope<'_>, service: &str, description: Option<String>) -> Option<RoleOut> {
    let (_, name, policy) = LINKED.iter().find(|(linked, ..)| *linked == service)?;
    let path = format!("/aws-service-role/{service}/");
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    ]});
    let attached =
        Some(format!("arn:aws:iam::aws:policy/aws-service-role/{policy}")).filter(|_| !policy.is_empty());
    let role = Role {
        id: credentials::unique_id(scope.iam, "AROA"),
        arn: arn("iam", "", scope.account, &format!("role{path}{name}")),
        name: (*name).to_owned(),
        path,
        trust: trust.to_string(),
        description,
        max_session: 3600,
        created_at: scope.now,
        policies: Policies { attached: attached.into_iter().collect(), ..Policies::default() },
        boundary: None,
        tags: Tags::default(),
    };
    let out = RoleOut::whole(&role);
    scope.iam.roles.insert(role.name.clone(), role);
    Some(out)
}

#[derive(Deserialize)]
pub(crate) struct CreateIn {
    #[serde(rename = "AWSServiceName")]
    service: String,
    #[serde(rename = "Description")]
    description: Option<String>,
    #[serde(rename = "CustomSuffix")]
    suffix: Option<String>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateIn) -> Result<RoleResult, Fault> {
    check::name(&input.service, "aWSServiceName", 128)?;
    check::description(input.description.as_deref())?;
    let service = &input.service;
    let name = role_name(service).ok_or_else(|| {
        fault::invalid_input(format!("Service {service} does not support service-linked roles."))
    })?;
    if input.suffix.is_some_and(|suffix| !suffix.is_empty()) {
        return Err(fault::invalid_input(format!("Custom suffix is not allowed for {service}")));
    }
    if scope.iam.role(name).is_some() {
        return Err(fault::invalid_input(format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        )));
    }
    let role = make(scope, service, input.description).ok_or_else(|| fault::no_role(name))?;
    Ok(RoleResult { role })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Name {
    role_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Deletion {
    deletion_task_id: String,
}

/// Removes the role at once; whether the service still uses it is not asked.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Name) -> Result<Deletion, Fault> {
    let role = scope.iam.role(&input.role_name).ok_or_else(|| fault::no_role(&input.role_name))?;
    if !role.path.starts_with("/aws-service-role/") {
        return Err(fault::no_role(&input.role_name));
    }
    let (name, path) = (role.name.clone(), role.path.clone());
    scope.iam.roles.remove(&name);
    Ok(Deletion { deletion_task_id: format!("task{path}{name}/{}", scope.iam.ids.uuid()) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TaskIn {
    deletion_task_id: String,
}

pub(crate) fn deletion_status(_: &View<'_>, input: TaskIn) -> Result<Value, Fault> {
    if input.deletion_task_id.starts_with("task/aws-service-role/") {
        return Ok(json!({"Status": "SUCCEEDED"}));
    }
    Err(fault::no_such_entity("The deletion task cannot be found."))
}
