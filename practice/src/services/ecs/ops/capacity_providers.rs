//! Capacity providers over Auto Scaling groups, and which ones a cluster has. Follows "Amazon ECS capacity providers
//! for EC2 workloads".

use serde::Deserialize;
use serde_json::{Value, json};

use super::launching::{self, MAX_PER_CLUSTER};
use super::{Paging, Tag, failure, included, paged, present, tags};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::services::autoscaling::model::Group;
use crate::services::ecs::capacity::FARGATE;
use crate::services::ecs::model::{
    CapacityProvider, Cluster, ManagedScaling, Phase, ProviderItem, ServiceStatus,
};
use crate::services::ecs::{arns, fault, quotas, shapes};
use crate::world::{Scope, View};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scaling {
    status: Option<String>,
    target_capacity: Option<i64>,
    minimum_scaling_step_size: Option<i64>,
    maximum_scaling_step_size: Option<i64>,
    instance_warmup_period: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupProvider {
    auto_scaling_group_arn: Option<String>,
    managed_scaling: Option<Scaling>,
    managed_termination_protection: Option<String>,
    managed_draining: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    name: String,
    auto_scaling_group_provider: Option<GroupProvider>,
    managed_instances_provider: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn switch(given: Option<&str>, before: bool, name: &str) -> Result<bool, Fault> {
    match given {
        None => Ok(before),
        Some("ENABLED") => Ok(true),
        Some("DISABLED") => Ok(false),
        Some(_) => Err(fault::invalid(format!("Invalid {name} value."))),
    }
}

fn scaling(given: Option<Scaling>, before: ManagedScaling) -> Result<ManagedScaling, Fault> {
    let Some(given) = given else { return Ok(before) };
    let within = |value: Option<i64>, before: i64, bounds: (i64, i64), name: &str| match value {
        None => Ok(before),
        Some(value) if (bounds.0..=bounds.1).contains(&value) => Ok(value),
        Some(_) => Err(fault::invalid(format!(
            "The managed scaling setting is invalid: {name} must be between {} and {}.",
            bounds.0, bounds.1
        ))),
    };
    let target = within(given.target_capacity, before.target.into(), (1, 100), "targetCapacity")?;
    let steps = (1, 10_000);
    let least =
        within(given.minimum_scaling_step_size, before.min_step.into(), steps, "minimumScalingStepSize")?;
    let most =
        within(given.maximum_scaling_step_size, before.max_step.into(), steps, "maximumScalingStepSize")?;
    let warmup =
        within(given.instance_warmup_period, before.warmup.into(), (0, 10_000), "instanceWarmupPeriod")?;
    if least > most {
        return Err(fault::invalid(
            "The managed scaling setting is invalid: minimumScalingStepSize must not be more than maximumScalingStepSize.",
        ));
    }
    Ok(ManagedScaling {
        enabled: switch(given.status.as_deref(), before.enabled, "managed scaling status")?,
        target: u32::try_from(target).unwrap_or(100),
        min_step: i32::try_from(least).unwrap_or(1),
        max_step: i32::try_from(most).unwrap_or(10_000),
        warmup: u32::try_from(warmup).unwrap_or(300),
    })
}

/// The group of an ARN or name.
fn group<'v>(view: &View<'v>, text: &str) -> Result<&'v Group, Fault> {
    let groups = &view.region.autoscaling.groups;
    let found = groups.get(text).or_else(|| groups.values().find(|group| group.arn == text));
    found.filter(|group| !group.deleting).ok_or_else(|| {
        fault::client("The specified Auto Scaling group could not be found. Specify an existing Auto Scaling group and try again.")
    })
}

fn protects(group: &Group, scaling: ManagedScaling, wanted: bool) -> Result<(), Fault> {
    const START: &str = "The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection for a capacity provider,";
    if wanted && !scaling.enabled {
        return Err(fault::client(format!("{START} managed scaling must be enabled.")));
    }
    if wanted && !group.protect_new {
        return Err(fault::client(format!(
            "{START} the Auto Scaling group must have instance protection from scale in enabled."
        )));
    }
    Ok(())
}

pub(super) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let view = scope.view();
    let name = input.name;
    let legal = super::is_name(&name);
    let reserved =
        ["aws", "ecs", "fargate"].iter().any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
    if !legal || reserved {
        return Err(fault::client(
            "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with \"aws\", \"ecs\", or \"fargate\". Specify a valid name and try again.",
        ));
    }
    if input.managed_instances_provider.is_some() {
        return Err(fault::unsupported("A capacity provider with ECS Managed Instances"));
    }
    let asked = input.auto_scaling_group_provider.ok_or_else(|| {
        fault::invalid("The Auto Scaling group provider of a capacity provider cannot be blank.")
    })?;
    if view.region.ecs.providers.contains_key(&name) {
        return Err(fault::client(
            "The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.",
        ));
    }
    quotas::provider(&view.region.ecs)?;
    let group = group(&view, asked.auto_scaling_group_arn.as_deref().unwrap_or_default())?;
    if view.region.ecs.providers.values().any(|other| other.group == group.arn) {
        return Err(fault::client(
            "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify a unique Auto Scaling group ARN and try again.",
        ));
    }
    // On when anything is said about it, off when nothing is.
    let on = ManagedScaling { enabled: asked.managed_scaling.is_some(), ..ManagedScaling::default() };
    let scaling = scaling(asked.managed_scaling, on)?;
    let protection = asked.managed_termination_protection.as_deref();
    let termination_protection = switch(protection, false, "managedTerminationProtection")?;
    protects(group, scaling, termination_protection)?;
    let provider = CapacityProvider {
        name: name.clone(),
        group: group.arn.clone(),
        scaling,
        termination_protection,
        draining: switch(asked.managed_draining.as_deref(), true, "managedDraining")?,
        update_status: None,
        resize: None,
        tags: tags(&input.tags)?,
    };
    scope.region.ecs.providers.insert(name.clone(), provider);
    answer(&scope.view(), &name)
}

fn answer(view: &View<'_>, name: &str) -> Result<Value, Fault> {
    let provider = view.region.ecs.providers.get(name).ok_or_else(not_found)?;
    Ok(json!({"capacityProvider": shape(view, provider, true)}))
}

fn not_found() -> Fault {
    fault::invalid(
        "The specified capacity provider does not exist. Specify a valid name or ARN and try again.",
    )
}

/// `CapacityProvider`.
fn shape(view: &View<'_>, provider: &CapacityProvider, with_tags: bool) -> Value {
    let word = |on: bool| if on { "ENABLED" } else { "DISABLED" };
    let scaling = provider.scaling;
    let managed = if scaling.enabled {
        json!({
            "status": "ENABLED",
            "targetCapacity": scaling.target,
            "minimumScalingStepSize": scaling.min_step,
            "maximumScalingStepSize": scaling.max_step,
            "instanceWarmupPeriod": scaling.warmup,
        })
    } else {
        json!({"status": "DISABLED"})
    };
    present(json!({
        "capacityProviderArn": view.arn("ecs", &format!("capacity-provider/{}", provider.name)),
        "name": provider.name,
        "status": "ACTIVE",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": provider.group,
            "managedScaling": managed,
            "managedTerminationProtection": word(provider.termination_protection),
            "managedDraining": word(provider.draining),
        },
        "updateStatus": provider.update_status,
        "tags": shapes::tags(&provider.tags, with_tags),
        "type": "EC2_AUTOSCALING",
    }))
}

fn own(view: &View<'_>, name: &str) -> Value {
    json!({
        "capacityProviderArn": view.arn("ecs", &format!("capacity-provider/{name}")),
        "name": name,
        "status": "ACTIVE",
        "tags": [],
        "type": name,
    })
}

/// The name in a name or ARN.
fn name_of(text: &str) -> &str {
    Arn::parse(text).and_then(|arn| arn.of_kind("capacity-provider")).unwrap_or(text)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    #[serde(default)]
    capacity_providers: Vec<String>,
    cluster: Option<String>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    included(&input.include, &["TAGS"])?;
    if input.capacity_providers.len() > 100 {
        return Err(fault::invalid("Capacity providers cannot have more than 100 elements."));
    }
    let of_cluster = match &input.cluster {
        Some(text) => Some(&arns::find_cluster(view, Some(text))?.capacity_providers),
        None => None,
    };
    let with_tags = !input.include.is_empty();
    let known = |name: &str| {
        let own_one = || FARGATE.iter().find(|own| **own == name).map(|name| own(view, name));
        let stored = view.region.ecs.providers.get(name).map(|one| shape(view, one, with_tags));
        stored.or_else(own_one).filter(|_| of_cluster.is_none_or(|all| all.iter().any(|one| one == name)))
    };
    let mut failures = Vec::new();
    let names: Vec<&str> = if input.capacity_providers.is_empty() {
        FARGATE.into_iter().chain(view.region.ecs.providers.keys().map(String::as_str)).collect()
    } else {
        input.capacity_providers.iter().map(|text| name_of(text)).collect()
    };
    let mut found: Vec<(String, Value)> = Vec::new();
    for name in names {
        match known(name) {
            Some(value) => found.push((name.to_owned(), value)),
            None if input.capacity_providers.is_empty() => {}
            None => {
                failures.push(failure(&view.arn("ecs", &format!("capacity-provider/{name}")), "MISSING"));
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.dedup_by(|(a, _), (b, _)| a == b);
    let mut page = paged(
        "capacityProviders",
        found,
        |(name, _)| name.clone(),
        |(_, value)| value.clone(),
        &input.paging,
        100,
    )?;
    page["failures"] = failures.into();
    Ok(page)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    name: String,
    auto_scaling_group_provider: Option<GroupProvider>,
    managed_instances_provider: Option<Value>,
}

pub(super) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let view = scope.view();
    let name = name_of(&input.name).to_owned();
    if FARGATE.contains(&name.as_str()) {
        return Err(fault::client("The specified capacity provider is reserved and cannot be updated."));
    }
    if input.managed_instances_provider.is_some() {
        return Err(fault::unsupported("A capacity provider with ECS Managed Instances"));
    }
    let mut next = view.region.ecs.providers.get(&name).ok_or_else(not_found)?.clone();
    let Some(asked) = input.auto_scaling_group_provider else {
        return Err(fault::invalid(
            "The Auto Scaling group provider of a capacity provider cannot be blank.",
        ));
    };
    next.scaling = scaling(asked.managed_scaling, next.scaling)?;
    let protection = asked.managed_termination_protection.as_deref();
    next.termination_protection =
        switch(protection, next.termination_protection, "managedTerminationProtection")?;
    next.draining = switch(asked.managed_draining.as_deref(), next.draining, "managedDraining")?;
    protects(group(&view, &next.group)?, next.scaling, next.termination_protection)?;
    next.update_status = Some("UPDATE_COMPLETE".to_owned());
    scope.region.ecs.providers.insert(name.clone(), next);
    answer(&scope.view(), &name)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delete {
    capacity_provider: String,
}

pub(super) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let view = scope.view();
    let name = name_of(&input.capacity_provider).to_owned();
    if FARGATE.contains(&name.as_str()) {
        return Err(fault::client("The specified capacity provider is reserved and cannot be deleted."));
    }
    let provider = view.region.ecs.providers.get(&name).ok_or_else(not_found)?;
    let clusters = view.region.ecs.clusters.values();
    if clusters.filter(|cluster| cluster.active).any(|cluster| cluster.capacity_providers.contains(&name)) {
        return Err(fault::client(
            "The specified capacity provider is in use and cannot be deleted. Disassociate the capacity provider from all clusters and try again.",
        ));
    }
    let mut shown = shape(&view, provider, true);
    shown["status"] = "INACTIVE".into();
    shown["updateStatus"] = "DELETE_COMPLETE".into();
    scope.region.ecs.providers.remove(&name);
    Ok(json!({"capacityProvider": shown}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Put {
    cluster: String,
    capacity_providers: Vec<String>,
    default_capacity_provider_strategy: Vec<ProviderItem>,
}

pub(super) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(&input.cluster))?;
    let (providers, strategy) =
        association(&view, input.capacity_providers, input.default_capacity_provider_strategy)?;
    let gone = |name: &&String| !providers.contains(name);
    if cluster.capacity_providers.iter().filter(gone).any(|name| in_use(cluster, name)) {
        return Err(Fault::new(
            "ResourceInUseException",
            "The specified capacity provider is in use and cannot be removed.",
        ));
    }
    let name = cluster.name.clone();
    if let Some(cluster) = scope.region.ecs.clusters.get_mut(&name) {
        cluster.capacity_providers = providers;
        cluster.default_strategy = strategy;
    }
    let view = scope.view();
    let cluster = arns::find_cluster(&view, Some(&name))?;
    let include = ["SETTINGS".to_owned(), "TAGS".to_owned()];
    Ok(json!({"cluster": shapes::cluster(&view, cluster, &include)}))
}

/// Whether a task or a service of a cluster uses a capacity provider.
fn in_use(cluster: &Cluster, name: &str) -> bool {
    let tasks = cluster.tasks.values().filter(|task| task.phase != Phase::Stopped);
    let services = cluster.services.values().filter(|service| service.status != ServiceStatus::Inactive);
    tasks.into_iter().any(|task| task.capacity_provider.as_deref() == Some(name))
        || services.into_iter().any(|s| s.spec.providers.iter().any(|item| item.capacity_provider == name))
}

/// The capacity providers and default strategy a cluster is to have, checked.
pub(super) fn association(
    view: &View<'_>,
    providers: Vec<String>,
    strategy: Vec<ProviderItem>,
) -> Result<(Vec<String>, Vec<ProviderItem>), Fault> {
    if providers.len() > MAX_PER_CLUSTER {
        return Err(fault::invalid(format!(
            "The number of capacity providers for a cluster must not be more than {MAX_PER_CLUSTER}."
        )));
    }
    let mut names: Vec<String> = Vec::new();
    for text in &providers {
        let name = name_of(text);
        if !FARGATE.contains(&name) && !view.region.ecs.providers.contains_key(name) {
            return Err(fault::invalid(
                "The specified capacity provider is not valid or is not in an ACTIVE state. Specify a valid capacity provider and try again.",
            ));
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let strategy = launching::strategy(&names, strategy)?;
    Ok((names, strategy))
}
