//! The operations, a module per noun, and what their inputs have in common.
#![expect(clippy::needless_pass_by_value, reason = "a handler owns its input, whether it consumes it or not")]

use serde::Deserialize;
use serde_json::{Value, json};

use super::{PROTOCOL, fault};
use crate::core::fault::Fault;
use crate::core::page;
use crate::core::tag::Tags;
use crate::operation::{Operation, read, write};
use crate::world::View;

mod attributes;
mod capacity_providers;
mod clusters;
pub(super) mod compatibility;
mod container_definitions;
mod definitions;
mod exec;
mod external;
mod instances;
mod launching;
mod managed;
mod protection;
mod rest;
mod service_deployments;
mod services;
mod settings;
mod tags;
mod task_sets;
mod tasks;

/// Every operation.
pub(super) fn all() -> Vec<Operation> {
    let mut all = vec![
        write(PROTOCOL, "CreateCluster", clusters::create),
        read(PROTOCOL, "DescribeClusters", clusters::describe),
        read(PROTOCOL, "ListClusters", clusters::list),
        write(PROTOCOL, "UpdateCluster", clusters::update),
        write(PROTOCOL, "UpdateClusterSettings", clusters::update_settings),
        write(PROTOCOL, "DeleteCluster", clusters::delete),
        write(PROTOCOL, "RegisterTaskDefinition", definitions::register),
        write(PROTOCOL, "DeregisterTaskDefinition", definitions::deregister),
        read(PROTOCOL, "DescribeTaskDefinition", definitions::describe),
        read(PROTOCOL, "ListTaskDefinitions", definitions::list),
        read(PROTOCOL, "ListTaskDefinitionFamilies", definitions::list_families),
        write(PROTOCOL, "DeleteTaskDefinitions", definitions::delete),
        write(PROTOCOL, "CreateService", services::create),
        write(PROTOCOL, "UpdateService", services::update),
        write(PROTOCOL, "DeleteService", services::delete),
        read(PROTOCOL, "DescribeServices", services::describe),
        read(PROTOCOL, "ListServices", services::list),
        read(PROTOCOL, "ListServicesByNamespace", services::list_by_namespace),
        read(PROTOCOL, "ListServiceDeployments", service_deployments::list),
        read(PROTOCOL, "DescribeServiceDeployments", service_deployments::describe),
        read(PROTOCOL, "DescribeServiceRevisions", service_deployments::describe_revisions),
        write(PROTOCOL, "StopServiceDeployment", service_deployments::stop),
        write(PROTOCOL, "ContinueServiceDeployment", service_deployments::resume),
        write(PROTOCOL, "CreateTaskSet", task_sets::create),
        write(PROTOCOL, "UpdateTaskSet", task_sets::update),
        write(PROTOCOL, "UpdateServicePrimaryTaskSet", task_sets::make_primary),
        write(PROTOCOL, "DeleteTaskSet", task_sets::delete),
        read(PROTOCOL, "DescribeTaskSets", task_sets::describe),
        write(PROTOCOL, "CreateCapacityProvider", capacity_providers::create),
        write(PROTOCOL, "UpdateCapacityProvider", capacity_providers::update),
        write(PROTOCOL, "DeleteCapacityProvider", capacity_providers::delete),
        read(PROTOCOL, "DescribeCapacityProviders", capacity_providers::describe),
        write(PROTOCOL, "PutClusterCapacityProviders", capacity_providers::put),
        write(PROTOCOL, "RunTask", tasks::run),
        write(PROTOCOL, "StartTask", tasks::start),
        write(PROTOCOL, "StopTask", tasks::stop),
        write(PROTOCOL, "ExecuteCommand", exec::execute),
        read(PROTOCOL, "GetTaskProtection", protection::get),
        write(PROTOCOL, "UpdateTaskProtection", protection::update),
        read(PROTOCOL, "DescribeTasks", tasks::describe),
        read(PROTOCOL, "ListTasks", tasks::list),
        write(PROTOCOL, "RegisterContainerInstance", external::register),
        read(PROTOCOL, "DescribeContainerInstances", instances::describe),
        read(PROTOCOL, "ListContainerInstances", instances::list),
        write(PROTOCOL, "UpdateContainerInstancesState", instances::update_state),
        write(PROTOCOL, "DeregisterContainerInstance", instances::deregister),
        read(PROTOCOL, "UpdateContainerAgent", instances::update_agent),
        write(PROTOCOL, "PutAttributes", attributes::put),
        write(PROTOCOL, "DeleteAttributes", attributes::delete),
        read(PROTOCOL, "ListAttributes", attributes::list),
        write(PROTOCOL, "TagResource", tags::tag),
        write(PROTOCOL, "UntagResource", tags::untag),
        read(PROTOCOL, "ListTagsForResource", tags::list),
        write(PROTOCOL, "PutAccountSetting", settings::put),
        write(PROTOCOL, "PutAccountSettingDefault", settings::put_default),
        read(PROTOCOL, "ListAccountSettings", settings::list),
        write(PROTOCOL, "DeleteAccountSetting", settings::delete),
    ];
    all.extend(managed::all());
    all.extend(rest::all());
    all
}

/// `Tag`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// Tags as they are kept. Follows "Tagging your Amazon ECS resources".
pub(super) fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    if given.len() > 50 {
        return Err(fault::invalid("Tags cannot be more than 50."));
    }
    let mut tags = Tags::new();
    for Tag { key, value } in given {
        let legal = |c: char| c.is_alphanumeric() || "+-=._:/@ ".contains(c);
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(legal) {
            return Err(fault::invalid(format!("Invalid tag key '{key}'.")));
        }
        if value.chars().count() > 256 || !value.chars().all(legal) {
            return Err(fault::invalid(format!("Invalid tag value for key '{key}'.")));
        }
        if crate::core::tag::is_reserved(key) {
            return Err(fault::invalid("Tag keys cannot start with 'aws:'."));
        }
        if tags.insert(key.clone(), value.clone()).is_some() {
            return Err(fault::invalid("Duplicate tag keys are not permitted."));
        }
    }
    Ok(tags)
}

/// A page of JSON values, under its name, with `nextToken`.
pub(super) fn paged<T>(
    name: &str,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
    asked: &Paging,
    default: u32,
) -> Result<Value, Fault> {
    let limit = asked.limit(default)?;
    let page = page::page(items, key, limit, asked.next_token.as_deref()).map_err(|_| fault::bad_token())?;
    let mut out = json!({ name: page.items.iter().map(show).collect::<Vec<_>>() });
    if let Some(token) = page.next {
        out["nextToken"] = token.into();
    }
    Ok(out)
}

/// `nextToken` and `maxResults`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Paging {
    fn limit(&self, default: u32) -> Result<usize, Fault> {
        match self.max_results {
            None => Ok(default as usize),
            Some(asked @ 1..=100) => Ok(usize::try_from(asked).unwrap_or(100)),
            Some(_) => Err(fault::invalid("maxResults must be between 1 and 100.")),
        }
    }
}

/// Leaves out the nulls of an object, as ECS does for what is not set.
pub(super) fn present(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}

/// What Describe operations answer. What was found is moved into it: `json!` would copy it.
pub(super) fn described(name: &str, found: Vec<Value>, failures: Vec<Value>) -> Value {
    let members = [(name, found), ("failures", failures)];
    Value::Object(members.into_iter().map(|(name, list)| (name.to_owned(), list.into())).collect())
}

/// `Failure`.
pub(super) fn failure(arn: &str, reason: &str) -> Value {
    json!({"arn": arn, "reason": reason})
}

/// An `include` list, checked against what the operation knows.
pub(super) fn included(given: &[String], known: &[&str]) -> Result<(), Fault> {
    match given.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(fault::invalid(format!("Invalid include: {name}"))),
        None => Ok(()),
    }
}

/// A name of a cluster, service or family: letters, digits, hyphens and underscores, 255 at most.
pub(super) fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The full ARN of what was asked for by id, as `failures` name it.
pub(super) fn missing(view: &View<'_>, kind: &str, cluster: &str, asked: &str) -> Value {
    if asked.starts_with("arn:") {
        failure(asked, "MISSING")
    } else {
        failure(&super::arns::in_cluster(view, kind, cluster, asked), "MISSING")
    }
}

/// Refuses what this cloud cannot do yet: members that are given and not empty.
pub(super) fn refuse(given: &[(&str, &Option<Value>)]) -> Result<(), Fault> {
    let empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    match given.iter().find(|(_, value)| value.as_ref().is_some_and(|value| !empty(value))) {
        Some((name, _)) => Err(fault::unsupported(name)),
        None => Ok(()),
    }
}
