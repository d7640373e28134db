//! `RunTask`.

use serde::Deserialize;
use serde_json::Value;

use super::{Common, Wish, add, started};
use crate::core::fault::Fault;
use crate::core::id::IdSource;
use crate::services::ecs::capacity::launch_of;
use crate::services::ecs::model::{Constraint, Launch, ProviderItem, RunToken, Strategy};
use crate::services::ecs::ops::services::placement;
use crate::services::ecs::ops::{failure, launching};
use crate::services::ecs::placement::{Needs, Unplaced, choose};
use crate::services::ecs::{arns, fault, providers, quotas, scaling};
use crate::world::{Scope, View};

/// Most tasks of one call.
const MAX_COUNT: i64 = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::services::ecs::ops) struct Run {
    count: Option<i64>,
    launch_type: Option<String>,
    #[serde(default)]
    capacity_provider_strategy: Vec<ProviderItem>,
    platform_version: Option<String>,
    #[serde(default)]
    placement_constraints: Vec<Constraint>,
    #[serde(default)]
    placement_strategy: Vec<Strategy>,
    client_token: Option<String>,
    #[serde(flatten)]
    common: Common,
}

pub(in crate::services::ecs::ops) fn run(scope: &mut Scope<'_>, input: Run) -> Result<Value, Fault> {
    let count = input.count.unwrap_or(1);
    if !(1..=MAX_COUNT).contains(&count) {
        return Err(fault::invalid(format!("Task count must be between 1 and {MAX_COUNT}.")));
    }
    let strategy = strategy(&scope.view(), &input)?;
    let launch = match (input.launch_type.as_deref(), strategy.first()) {
        (Some(name), None) => launching::launch(name)?,
        (None, Some(first)) => launch_of(&first.capacity_provider),
        _ => Launch::Ec2,
    };
    placement(&input.placement_constraints, &input.placement_strategy)?;
    launching::may_place(launch, &input.placement_constraints, &input.placement_strategy)?;
    let wish = input.common.check(&scope.view(), launch, input.platform_version.as_deref())?;
    let digest = IdSource::new(
        u64::try_from(count).unwrap_or(0),
        &format!("{} {} {:?} {:?}", wish.definition, wish.group, wish.started_by, wish.overrides),
    )
    .bits();
    if let Some(answer) = ran_before(&scope.view(), &wish.cluster, input.client_token.as_deref(), digest)? {
        return Ok(answer);
    }
    if let Some(cluster) = scope.region.ecs.clusters.get(&wish.cluster) {
        quotas::tasks(cluster, usize::try_from(count).unwrap_or(0))?;
    }
    let hosts = scope.region.ecs.clusters.get(&wish.cluster).map_or(0, |cluster| cluster.instances.len());
    if hosts == 0 && launch != Launch::Fargate && strategy.is_empty() {
        return Err(fault::invalid("No Container Instances were found in your cluster."));
    }
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut wish = wish.clone();
        wish.launching.provider = next_provider(&scope.view(), &wish.cluster, &strategy, &tasks);
        match place_one(scope, &wish, &input.placement_constraints, &input.placement_strategy) {
            Ok(Some(task)) => tasks.push(task),
            Ok(None) => break,
            Err(unfit) => {
                failures = unfit;
                break;
            }
        }
    }
    if let (Some(token), Some(cluster)) =
        (input.client_token, scope.region.ecs.clusters.get_mut(&wish.cluster))
    {
        cluster.run_tokens.insert(token, RunToken { at: scope.now, digest, tasks: tasks.clone() });
    }
    Ok(started(&scope.view(), &wish.cluster, &tasks, failures))
}

/// The strategy of a call, checked; the cluster's own where it says neither that nor a launch type.
fn strategy(view: &View<'_>, input: &Run) -> Result<Vec<ProviderItem>, Fault> {
    let cluster = arns::find_cluster(view, input.common.cluster.as_deref())?;
    match (&input.launch_type, input.capacity_provider_strategy.is_empty()) {
        (None, true) => Ok(cluster.default_strategy.clone()),
        (Some(_), true) => Ok(Vec::new()),
        (None, false) => {
            launching::strategy(&cluster.capacity_providers, input.capacity_provider_strategy.clone())
        }
        (Some(_), false) => Err(fault::invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        )),
    }
}

/// The capacity provider for one more task of a call.
fn next_provider(
    view: &View<'_>,
    cluster: &str,
    strategy: &[ProviderItem],
    tasks: &[String],
) -> Option<String> {
    let cluster = view.region.ecs.clusters.get(cluster)?;
    let started = tasks.iter().filter_map(|id| cluster.tasks.get(id));
    providers::next(strategy, started).map(str::to_owned)
}

/// What a call with the same token came to.
fn ran_before(
    view: &View<'_>,
    cluster: &str,
    token: Option<&str>,
    digest: u64,
) -> Result<Option<Value>, Fault> {
    let Some(token) = token else { return Ok(None) };
    if token.is_empty() || token.len() > 64 || !token.chars().all(|c| ('!'..='~').contains(&c)) {
        return Err(fault::invalid("clientToken must be up to 64 ASCII characters."));
    }
    let before = view.region.ecs.clusters.get(cluster).and_then(|cluster| cluster.run_tokens.get(token));
    match before {
        None => Ok(None),
        Some(before) if before.digest == digest => {
            Ok(Some(started(view, cluster, &before.tasks, Vec::new())))
        }
        Some(_) => {
            Err(Fault::new("ConflictException", "The clientToken was used before with different parameters."))
        }
    }
}

fn place_one(
    scope: &mut Scope<'_>,
    wish: &Wish,
    constraints: &[Constraint],
    strategies: &[Strategy],
) -> Result<Option<String>, Vec<Value>> {
    let view = scope.view();
    let model = &view.region.ecs;
    let found = model.clusters.get(&wish.cluster).zip(model.revision(&wish.definition));
    let Some((cluster, revision)) = found else { return Ok(None) };
    if wish.launching.launch == Launch::Fargate {
        return Ok(add(scope, wish, ""));
    }
    let needs = Needs::of(revision, Some(&wish.overrides), constraints, &wish.group)
        .on_network(&view.region.ec2, wish.launching.network.as_ref())
        .launched_as(wish.launching.launch);
    let provider = wish.launching.provider.as_deref();
    let without = provider.map(|name| providers::others(&view, cluster, name)).unwrap_or_default();
    let instance = match choose(model, cluster, &needs, strategies, &without) {
        Ok(instance) => instance,
        Err(_) if scaling::may_wait(&view, cluster, provider) => String::new(),
        Err(Unplaced::Closest { all, .. }) => {
            let failures = all.iter().map(|(id, why)| {
                let arn = arns::in_cluster(&view, "container-instance", &cluster.name, id);
                failure(&arn, why.failure())
            });
            return Err(failures.collect());
        }
        // Only draining ones: those take nothing new.
        Err(Unplaced::NoInstances) => {
            let failures = cluster.instances.keys().map(|id| {
                let arn = arns::in_cluster(&view, "container-instance", &cluster.name, id);
                failure(&arn, "NO ACTIVE INSTANCES")
            });
            return Err(failures.collect());
        }
    };
    Ok(add(scope, wish, &instance))
}
