//! `AWS::ECS::Service`: it holds the stack until the service is steady, or fails with its deployment. Follows
//! `AWS::ECS::Service` of the template reference and "How the Amazon ECS deployment circuit breaker detects failures".

use serde_json::{Map, Value, json};

use super::convert::{from_api, to_api};
use super::{retag, tags};
use crate::core::fault::Fault;
use crate::form::{attributes, keep, not_found, shown_tags, unless_gone, with};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::services::ecs::model::{
    Cluster, Controller, DeploymentStatus, RevisionId, Rollout, Service as Model, ServiceStatus,
};
use crate::services::ecs::{arns, service_shapes, services};
use crate::world::View;

pub(super) struct Service;

/// What `UpdateService` changes, and what stands for each where the template says nothing about it any more. Null is
/// what stays as it is.
fn changeable() -> [(&'static str, Value); 17] {
    [
        ("AvailabilityZoneRebalancing", json!("DISABLED")),
        ("CapacityProviderStrategy", json!([])),
        ("DeploymentConfiguration", Value::Null),
        ("DeploymentController", Value::Null),
        ("DesiredCount", Value::Null),
        ("EnableECSManagedTags", json!(false)),
        ("EnableExecuteCommand", json!(false)),
        ("HealthCheckGracePeriodSeconds", json!(0)),
        ("LoadBalancers", json!([])),
        ("NetworkConfiguration", Value::Null),
        ("PlacementConstraints", json!([])),
        ("PlacementStrategies", json!([])),
        ("PlatformVersion", json!("LATEST")),
        ("PropagateTags", json!("NONE")),
        ("ServiceConnectConfiguration", json!({"Enabled": false})),
        ("ServiceRegistries", json!([])),
        ("VolumeConfigurations", json!([])),
    ]
}

/// Of `DeploymentConfiguration`, what stands where the template says nothing about it any more.
fn deployment(before: &Value, asked: &Value, daemon: bool) -> Value {
    let (most, least) = if daemon { (100, 0) } else { (200, 100) };
    let defaults = [
        ("MaximumPercent", json!(most)),
        ("MinimumHealthyPercent", json!(least)),
        ("DeploymentCircuitBreaker", json!({"Enable": false, "Rollback": false})),
        ("Alarms", json!({"AlarmNames": [], "Enable": false, "Rollback": false})),
        ("Strategy", json!("ROLLING")),
        ("BakeTimeInMinutes", json!(0)),
        ("LifecycleHooks", json!([])),
    ];
    let mut whole = if asked.is_object() { asked.clone() } else { json!({}) };
    for (name, default) in defaults {
        if before.get(name).is_some() && whole.get(name).is_none() {
            whole[name] = default;
        }
    }
    whole
}

/// Cluster and service of an ARN, whatever their state.
fn find<'v>(view: &View<'v>, arn: &str) -> Option<(&'v Cluster, &'v Model)> {
    let (cluster, name) = arns::resource(view, arn, "service")?.split_once('/')?;
    let cluster = view.region.ecs.clusters.get(cluster)?;
    Some((cluster, cluster.services.get(name)?))
}

/// The same, while the service is `ACTIVE`.
fn living<'v>(view: &View<'v>, arn: &str) -> Option<(&'v Cluster, &'v Model)> {
    find(view, arn).filter(|(_, service)| service.status == ServiceStatus::Active)
}

/// Whether what a template names is that revision.
fn is_of(view: &View<'_>, text: Option<&str>, id: &RevisionId) -> bool {
    let named = text.and_then(|text| arns::definition(view, text));
    named.is_some_and(|(family, number)| family == id.family && number.is_none_or(|n| n == id.revision))
}

/// How the latest deployment of a task definition came to nothing, if it did. A later one of another task definition,
/// or the way back to an earlier one, is not about it.
fn failure(view: &View<'_>, service: &Model, definition: Option<&str>) -> Option<String> {
    use DeploymentStatus::{RollbackFailed, RollbackInProgress, RollbackSuccessful, Stopped};
    let last = service.history.front()?;
    if !matches!(last.status, Stopped | RollbackInProgress | RollbackSuccessful | RollbackFailed) {
        return None;
    }
    let target = service.revisions.iter().find(|revision| revision.id == last.target)?;
    if !is_of(view, definition, &target.definition) {
        return None;
    }
    let what = if last.tripped.is_some() {
        "ECS Deployment Circuit Breaker was triggered"
    } else {
        last.reason.as_deref().unwrap_or("ECS Deployment failed").trim_end_matches('.')
    };
    Some(format!("Error occurred during operation '{what}'."))
}

/// Whether it has all it wants. Task sets of others' controllers are resources of their own.
fn steady(cluster: &Cluster, service: &Model) -> bool {
    let complete = match service.controller {
        Controller::External => return true,
        Controller::CodeDeploy => service.steady,
        Controller::Ecs => {
            let [only] = &service.deployments[..] else { return false };
            service.steady && only.rollout == Rollout::Completed
        }
    };
    let counts = || services::counts(cluster, |task| task.service.as_deref() == Some(&service.name));
    complete && counts() == (0, service.desired)
}

impl Resource for Service {
    fn type_name(&self) -> &'static str {
        "AWS::ECS::Service"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let mut input = to_api(asked.properties);
        input["serviceName"] = asked.name("ServiceName", 255).into();
        if input.get("desiredCount").is_none() && asked.text("SchedulingStrategy") != Some("DAEMON") {
            input["desiredCount"] = 1.into();
        }
        if let Some(members) = input.as_object_mut() {
            members.remove("forceNewDeployment");
        }
        let answer = api.call("ecs", "CreateService", with(input, "tags", tags(asked)))?;
        Ok(answer["service"]["serviceArn"].as_str().unwrap_or_default().to_owned())
    }

    fn settled(&self, view: &View<'_>, id: &str, properties: &Value) -> Settled {
        let Some((cluster, service)) = find(view, id) else {
            return Settled::Failed(not_found(self.type_name(), id).message);
        };
        if service.status != ServiceStatus::Active {
            return Settled::Failed(format!("Service {id} is {}.", service.status.name()));
        }
        if let Some(why) = failure(view, service, properties["TaskDefinition"].as_str()) {
            return Settled::Failed(why);
        }
        if steady(cluster, service) { Settled::Yes } else { Settled::NotYet }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let view = api.view();
        let (cluster, service) = living(&view, id).ok_or_else(|| not_found(self.type_name(), id))?;
        let (cluster, has) = (arns::cluster(&view, &cluster.name), service.tags.clone());
        // One more attempt at what has failed needs a deployment of its own.
        let again = failure(&view, service, asked.text("TaskDefinition")).is_some();
        if let Some(input) = changes(before, asked, again) {
            api.call("ecs", "UpdateService", with(with(input, "service", id), "cluster", cluster))?;
        }
        retag(api, id, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let view = api.view();
        let Some((cluster, _)) = living(&view, id) else { return Ok(()) };
        let input = json!({"cluster": arns::cluster(&view, &cluster.name), "service": id, "force": true});
        unless_gone(api.call("ecs", "DeleteService", input), "ServiceNotFoundException")
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        match find(view, id) {
            Some((_, service)) if service.status != ServiceStatus::Inactive => Settled::NotYet,
            _ => Settled::Yes,
        }
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        let name = id.rsplit('/').next().unwrap_or(id);
        attributes([("Name", name.into()), ("ServiceArn", id.into())])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        living(view, id).map_or(Actual::Gone, |(cluster, service)| Actual::Is(shown(view, cluster, service)))
    }

    fn takes_ms(&self) -> i64 {
        5_000
    }
}

/// The input of `UpdateService` but for its names; none when nothing of it has changed.
fn changes(before: &Value, asked: &Asked<'_>, again: bool) -> Option<Value> {
    let mut properties = json!({});
    for (name, default) in changeable() {
        if asked.changed(before, name) {
            let wanted = asked.property(name);
            properties[name] = if wanted.is_null() { default } else { wanted.clone() };
        }
    }
    if asked.changed(before, "DeploymentConfiguration") {
        let daemon = asked.text("SchedulingStrategy") == Some("DAEMON");
        let had = before.get("DeploymentConfiguration").unwrap_or(&Value::Null);
        properties["DeploymentConfiguration"] =
            deployment(had, asked.property("DeploymentConfiguration"), daemon);
    }
    if again || asked.changed(before, "TaskDefinition") {
        properties["TaskDefinition"] = asked.property("TaskDefinition").clone();
    }
    if asked.changed(before, "LaunchType") && asked.text("LaunchType").is_some() {
        properties["LaunchType"] = asked.property("LaunchType").clone();
        // Nothing said of a strategy is what the launch type stands for.
        if asked.property("CapacityProviderStrategy").is_null() {
            properties.as_object_mut()?.remove("CapacityProviderStrategy");
        }
    }
    let mut input = to_api(&properties);
    let forced = asked.changed(before, "ForceNewDeployment")
        && asked.property("ForceNewDeployment")["EnableForceNewDeployment"] == json!(true);
    if again || forced {
        input["forceNewDeployment"] = true.into();
    }
    let members = input.as_object_mut()?;
    members.retain(|_, value| !value.is_null());
    (!members.is_empty()).then_some(input)
}

/// Its properties as they are now.
fn shown(view: &View<'_>, cluster: &Cluster, service: &Model) -> Value {
    const SAME: [&str; 16] = [
        "availabilityZoneRebalancing",
        "capacityProviderStrategy",
        "deploymentConfiguration",
        "desiredCount",
        "enableECSManagedTags",
        "enableExecuteCommand",
        "healthCheckGracePeriodSeconds",
        "launchType",
        "loadBalancers",
        "networkConfiguration",
        "placementConstraints",
        "platformVersion",
        "propagateTags",
        "schedulingStrategy",
        "serviceName",
        "serviceRegistries",
    ];
    let whole = service_shapes::service(view, cluster, service, false);
    let mut shown = from_api(&keep(&whole, &SAME));
    shown["PlacementStrategies"] = from_api(&whole["placementStrategy"]);
    if let Some(definition) = whole.get("taskDefinition") {
        shown["TaskDefinition"] = definition.clone();
    }
    if let Some(connect) = &service.spec.connect {
        let mut connect = connect.clone();
        // What the cluster has said is not the template's to tell.
        connect.namespace = connect.namespace.filter(|name| Some(name) != cluster.connect_namespace.as_ref());
        shown["ServiceConnectConfiguration"] = from_api(&json!(connect));
    }
    with(shown, "Tags", shown_tags(&service.tags))
}
