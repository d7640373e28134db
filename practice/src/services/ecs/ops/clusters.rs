//! Clusters.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, Tag, capacity_providers, described, failure, included, is_name, paged, refuse, tags};
use crate::core::fault::Fault;
use crate::services::ecs::model::{Cluster, Phase, ProviderItem, ServiceStatus};
use crate::services::ecs::{arns, fault, quotas, shapes};
use crate::services::servicediscovery::registry as map;
use crate::world::{Scope, View};

const EVERYTHING: [&str; 5] = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"];

#[derive(Debug, Deserialize)]
struct Setting {
    name: Option<String>,
    value: Option<String>,
}

fn settings(given: &[Setting]) -> Result<BTreeMap<String, String>, Fault> {
    let mut settings = BTreeMap::new();
    for setting in given {
        let name = setting.name.as_deref().unwrap_or_default();
        let value = setting.value.as_deref().unwrap_or_default();
        if name != "containerInsights" {
            return Err(fault::invalid(format!("Invalid cluster setting name '{name}'.")));
        }
        if !matches!(value, "enabled" | "disabled" | "enhanced") {
            return Err(fault::invalid(format!("Invalid cluster setting value '{value}' for '{name}'.")));
        }
        settings.insert(name.to_owned(), value.to_owned());
    }
    Ok(settings)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    cluster_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    settings: Vec<Setting>,
    configuration: Option<Value>,
    #[serde(default)]
    capacity_providers: Vec<String>,
    #[serde(default)]
    default_capacity_provider_strategy: Vec<ProviderItem>,
    service_connect_defaults: Option<ConnectDefaults>,
}

/// `ClusterServiceConnectDefaultsRequest`.
#[derive(Debug, Deserialize)]
struct ConnectDefaults {
    namespace: String,
}

/// The ARN of a cluster's default namespace: one that is there, by name or ARN, of whatever type, or else a new one of
/// that name for API calls only. None for an empty name, which takes the default away.
fn default_namespace(scope: &mut Scope<'_>, asked: &ConnectDefaults) -> Result<Option<String>, Fault> {
    let text = asked.namespace.as_str();
    if text.is_empty() {
        return Ok(None);
    }
    let id = match map::begun(&scope.view(), text) {
        Some(namespace) => namespace.id.clone(),
        None if text.starts_with("arn:") => {
            return Err(Fault::new("NamespaceNotFoundException", "The specified namespace wasn't found."));
        }
        None => map::create_namespace(scope, text)?,
    };
    Ok(Some(map::namespace_arn(&scope.view(), &id)))
}

pub(super) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let name = input.cluster_name.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
    if !is_name(&name) {
        return Err(fault::invalid(
            "Invalid cluster name. Names can be up to 255 letters, numbers, hyphens and underscores.",
        ));
    }
    refuse(&[("configuration", &input.configuration)])?;
    let (tags, settings) = (tags(&input.tags)?, settings(&input.settings)?);
    let strategy = input.default_capacity_provider_strategy;
    let (providers, strategy) =
        capacity_providers::association(&scope.view(), input.capacity_providers, strategy)?;
    if !scope.region.ecs.clusters.contains_key(&name) {
        quotas::cluster(&mut scope.region.ecs)?;
    }
    // Creating an active cluster again gives it back as it is.
    if scope.region.ecs.active_cluster(&name).is_none() {
        let defaults = input.service_connect_defaults.as_ref();
        let namespace = defaults.map(|asked| default_namespace(scope, asked)).transpose()?.flatten();
        let mut cluster = Cluster::new(&name);
        cluster.tags = tags;
        cluster.settings.extend(settings);
        (cluster.capacity_providers, cluster.default_strategy) = (providers, strategy);
        cluster.connect_namespace = namespace;
        scope.region.ecs.clusters.insert(name.clone(), cluster);
    }
    answer(&scope.view(), &name, &["SETTINGS".to_owned(), "TAGS".to_owned()])
}

fn answer(view: &View<'_>, name: &str, include: &[String]) -> Result<Value, Fault> {
    let cluster = view.region.ecs.clusters.get(name).ok_or_else(fault::cluster_not_found)?;
    Ok(json!({"cluster": shapes::cluster(view, cluster, include)}))
}

#[derive(Debug, Deserialize)]
pub(super) struct Describe {
    #[serde(default)]
    clusters: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

pub(super) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &EVERYTHING)?;
    if input.clusters.len() > 100 {
        return Err(fault::invalid("Clusters cannot have more than 100 elements."));
    }
    let asked = if input.clusters.is_empty() { vec!["default".to_owned()] } else { input.clusters };
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &asked {
        let cluster =
            arns::cluster_name(view, Some(text)).and_then(|name| view.region.ecs.clusters.get(name));
        match cluster {
            Some(cluster) => found.push(shapes::cluster(view, cluster, &input.include)),
            None if text.starts_with("arn:") => failures.push(failure(text, "MISSING")),
            None => failures.push(failure(&arns::cluster(view, text), "MISSING")),
        }
    }
    Ok(described("clusters", found, failures))
}

pub(super) fn list(view: &View<'_>, input: Paging) -> Result<Value, Fault> {
    let active = view.region.ecs.clusters.values().filter(|cluster| cluster.active).collect();
    paged(
        "clusterArns",
        active,
        |cluster| cluster.name.clone(),
        |cluster| arns::cluster(view, &cluster.name).into(),
        &input,
        100,
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    cluster: String,
    #[serde(default)]
    settings: Vec<Setting>,
    configuration: Option<Value>,
    service_connect_defaults: Option<ConnectDefaults>,
}

pub(super) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    refuse(&[("configuration", &input.configuration)])?;
    let settings = settings(&input.settings)?;
    let name = arns::find_cluster(&scope.view(), Some(&input.cluster))?.name.clone();
    if let Some(asked) = &input.service_connect_defaults {
        let namespace = default_namespace(scope, asked)?;
        if let Some(cluster) = scope.region.ecs.clusters.get_mut(&name) {
            cluster.connect_namespace = namespace;
        }
    }
    set(scope, &input.cluster, settings)
}

#[derive(Debug, Deserialize)]
pub(super) struct UpdateSettings {
    cluster: String,
    settings: Vec<Setting>,
}

pub(super) fn update_settings(scope: &mut Scope<'_>, input: UpdateSettings) -> Result<Value, Fault> {
    let settings = settings(&input.settings)?;
    if settings.is_empty() {
        return Err(fault::invalid("Settings cannot be empty."));
    }
    set(scope, &input.cluster, settings)
}

fn set(scope: &mut Scope<'_>, cluster: &str, settings: BTreeMap<String, String>) -> Result<Value, Fault> {
    let name = arns::find_cluster(&scope.view(), Some(cluster))?.name.clone();
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&name) {
        cluster.settings.extend(settings);
    }
    answer(&scope.view(), &name, &["SETTINGS".to_owned(), "TAGS".to_owned()])
}

#[derive(Debug, Deserialize)]
pub(super) struct Delete {
    cluster: String,
}

pub(super) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(&scope.view(), Some(&input.cluster))?;
    if !cluster.instances.is_empty() {
        return Err(Fault::new(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        ));
    }
    if cluster.services.values().any(|service| service.status != ServiceStatus::Inactive) {
        return Err(Fault::new(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        ));
    }
    if cluster.tasks.values().any(|task| task.phase != Phase::Stopped) {
        return Err(Fault::new(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        ));
    }
    let name = cluster.name.clone();
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&name) {
        cluster.active = false;
        cluster.connect_namespace = None;
        cluster.services.clear();
        cluster.tasks.clear();
        cluster.run_tokens.clear();
    }
    answer(&scope.view(), &name, &[])
}
