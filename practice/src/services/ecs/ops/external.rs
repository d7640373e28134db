//! `RegisterContainerInstance`, as the agent of a machine outside AWS calls it. The agents of EC2 instances are part of
//! this cloud and need no call. The identity document's signature is not verified: that its node is known to Systems
//! Manager, whose activation code only its owner has, is the proof here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, tags};
use crate::core::fault::Fault;
use crate::services::ecs::attributes::AGENT_VERSION;
use crate::services::ecs::external::{self, DOCKER_VERSION, EXTERNAL};
use crate::services::ecs::model::ContainerInstance;
use crate::services::ecs::{arns, fault, shapes};
use crate::services::ssm::managed_role;
use crate::world::{Scope, View};

/// The agent of a node that does not say which.
const DEFAULT_AGENT: &str = "1.108.0";
/// Attributes that an agent may register; AWS's own number is not published.
const MAX_ATTRIBUTES: usize = 100;
/// The largest machine there is: 448 vCPU and 24 TiB.
const MAX_CPU: i64 = 448 * 1024;
const MAX_MEMORY: i64 = 24 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Register {
    cluster: Option<String>,
    instance_identity_document: Option<String>,
    #[serde(default)]
    total_resources: Vec<Resource>,
    version_info: Option<VersionInfo>,
    container_instance_arn: Option<String>,
    #[serde(default)]
    attributes: Vec<Attribute>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: Option<String>,
    integer_value: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionInfo {
    agent_version: Option<String>,
    docker_version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Attribute {
    name: String,
    value: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    instance_id: Option<String>,
    region: Option<String>,
}

/// The managed node that the identity document names.
fn node(view: &View<'_>, input: &Register) -> Result<String, Fault> {
    let document = input.instance_identity_document.as_deref().unwrap_or_default();
    let identity: Option<Identity> = serde_json::from_str(document).ok();
    let identity = identity.ok_or_else(|| fault::client("Invalid identity document."))?;
    let id = identity.instance_id.unwrap_or_default();
    if id.starts_with("i-") {
        return Err(fault::client(
            "The agents of EC2 instances are simulated here: they register by themselves, with the user data of their instance.",
        ));
    }
    if identity.region.is_some_and(|region| region != view.region.name) {
        return Err(fault::client("The identity document is of another Region."));
    }
    if !external::is_node(&id) || managed_role(view, &id).is_none() {
        let shown: String = id.chars().take(64).collect();
        return Err(fault::client(format!("{shown} is not a managed node of AWS Systems Manager.")));
    }
    Ok(id)
}

fn amount(input: &Register, name: &str, most: i64) -> Result<i64, Fault> {
    let found = input.total_resources.iter().find(|one| one.name.as_deref() == Some(name));
    let amount = found.and_then(|one| one.integer_value).filter(|amount| (1..=most).contains(amount));
    amount.ok_or_else(|| fault::invalid(format!("Invalid value for resource {name} in totalResources.")))
}

fn attributes(input: &Register) -> Result<BTreeMap<String, Option<String>>, Fault> {
    let long = |one: &Attribute| {
        one.name.is_empty()
            || one.name.len() > 128
            || one.value.as_ref().is_some_and(|value| value.len() > 128)
    };
    if input.attributes.len() > MAX_ATTRIBUTES || input.attributes.iter().any(long) {
        return Err(fault::invalid("Invalid attributes."));
    }
    let version = |of: fn(&VersionInfo) -> &Option<String>, default: &str| {
        let text = input.version_info.as_ref().and_then(|info| of(info).as_deref());
        text.filter(|text| !text.is_empty() && text.len() <= 64).unwrap_or(default).to_owned()
    };
    let given = input.attributes.iter().filter(|one| !one.name.starts_with("drydock."));
    let mut all: BTreeMap<String, Option<String>> = BTreeMap::from([
        ("ecs.os-family".to_owned(), Some("LINUX".to_owned())),
        ("ecs.os-type".to_owned(), Some("linux".to_owned())),
        ("ecs.cpu-architecture".to_owned(), Some("x86_64".to_owned())),
    ]);
    all.extend(given.map(|one| (one.name.clone(), one.value.clone())));
    all.insert(EXTERNAL.to_owned(), None);
    all.insert(AGENT_VERSION.to_owned(), Some(version(|info| &info.agent_version, DEFAULT_AGENT)));
    all.insert(DOCKER_VERSION.to_owned(), Some(version(|info| &info.docker_version, "25.0.0")));
    Ok(all)
}

pub(super) fn register(scope: &mut Scope<'_>, input: Register) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
    let node = node(&view, &input)?;
    let resource = arns::cluster(&view, &cluster.name);
    if let Some(why) = external::denied(&view, &node, "ecs:RegisterContainerInstance", &resource) {
        return Err(Fault::new("AccessDeniedException", why));
    }
    let (cpu, memory) = (amount(&input, "CPU", MAX_CPU)?, amount(&input, "MEMORY", MAX_MEMORY)?);
    let (attributes, tags) = (attributes(&input)?, tags(&input.tags)?);
    let name = cluster.name.clone();
    let known =
        external::registered(&view, &node).map(|(cluster, host)| (cluster.name.clone(), host.id.clone()));
    // It comes back as what it was.
    let id = match known {
        Some((cluster, id)) if cluster == name => id,
        Some((cluster, _)) => {
            return Err(fault::client(format!(
                "The managed node {node} is registered with cluster {cluster}: deregister it there first."
            )));
        }
        None if input.container_instance_arn.is_some_and(|arn| !arn.is_empty()) => {
            return Err(fault::instance_not_found());
        }
        None => scope.region.ids.hex(32),
    };
    let now = scope.now;
    let cluster = scope.region.ecs.clusters.get_mut(&name).ok_or_else(fault::cluster_not_found)?;
    let before = cluster.instances.get(&id);
    let host = ContainerInstance {
        id: id.clone(),
        ec2_instance: node,
        draining: before.is_some_and(|host| host.draining),
        connected: before.is_some_and(|host| host.connected),
        cpu,
        memory,
        attributes,
        registered_at: before.map_or(now, |host| host.registered_at),
        version: before.map_or(1, |host| host.version + 1),
        weave_slot: None,
        tags,
    };
    cluster.instances.insert(id.clone(), host);
    external::reconcile(scope);
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(&name))?;
    let host = cluster.instances.get(&id).ok_or_else(fault::instance_not_found)?;
    Ok(json!({"containerInstance": shapes::instance(&view, cluster, host, true, None)}))
}
