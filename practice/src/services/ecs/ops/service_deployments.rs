//! Service deployments and service revisions: what a service deployed and deploys, and how that goes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, failure, paged, services};
use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::services::ecs::model::{Cluster, DeploymentStatus, Service, ServiceDeployment};
use crate::services::ecs::{arns, fault, service_shapes as shapes, services as scheduler};
use crate::world::{Scope, View};

fn not_found() -> Fault {
    Fault::new(
        "ServiceDeploymentNotFoundException",
        "The service deploy ARN that you specified in the StopServiceDeployment doesn't exist. You can use ListServiceDeployments to retrieve the service deployment ARNs.",
    )
}

/// What an ARN of a service deployment or revision names: cluster, service, id.
fn parts<'v, 'a>(view: &View<'v>, kind: &str, text: &'a str) -> Option<(&'v Cluster, &'v Service, &'a str)> {
    let rest = arns::resource(view, text, kind)?;
    let mut parts = rest.splitn(3, '/');
    let cluster = view.region.ecs.active_cluster(parts.next()?)?;
    let service = cluster.services.get(parts.next()?)?;
    Some((cluster, service, parts.next()?))
}

#[derive(Debug, Deserialize)]
struct Span {
    before: Option<f64>,
    after: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    service: String,
    cluster: Option<String>,
    #[serde(default)]
    status: Vec<DeploymentStatus>,
    created_at: Option<Span>,
    #[serde(flatten)]
    paging: Paging,
}

#[expect(clippy::cast_possible_truncation, reason = "a moment far beyond any date is as good as any other")]
fn moment(seconds: f64) -> Time {
    Time((seconds * 1000.0) as i64)
}

pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let cluster = arns::find_cluster(view, input.cluster.as_deref())?;
    let service = services::find(view, cluster, &input.service)?.ok_or_else(fault::service_not_found)?;
    let span = input.created_at.as_ref();
    let fits = |one: &&ServiceDeployment| {
        (input.status.is_empty() || input.status.contains(&one.status))
            && span.and_then(|span| span.before).is_none_or(|before| one.created_at < moment(before))
            && span.and_then(|span| span.after).is_none_or(|after| one.created_at > moment(after))
    };
    let all: Vec<&ServiceDeployment> = service.history.iter().filter(fits).collect();
    let keyed: Vec<(usize, &ServiceDeployment)> = all.into_iter().enumerate().collect();
    paged(
        "serviceDeployments",
        keyed,
        |(at, _)| format!("{at:05}"),
        |(_, one)| shapes::service_deployment_brief(view, cluster, service, one),
        &input.paging,
        20,
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    service_deployment_arns: Vec<String>,
}

pub(super) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    if !(1..=20).contains(&input.service_deployment_arns.len()) {
        return Err(fault::invalid("Service deployment ARNs must have between 1 and 20 elements."));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.service_deployment_arns {
        let one = parts(view, "service-deployment", text).and_then(|(cluster, service, id)| {
            Some((cluster, service, service.history.iter().find(|one| one.id == id)?))
        });
        match one {
            Some((cluster, service, one)) => {
                found.push(shapes::service_deployment(view, cluster, service, one));
            }
            None => failures.push(failure(text, "MISSING")),
        }
    }
    Ok(json!({"serviceDeployments": found, "failures": failures}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeRevisions {
    service_revision_arns: Vec<String>,
}

pub(super) fn describe_revisions(view: &View<'_>, input: DescribeRevisions) -> Result<Value, Fault> {
    if !(1..=20).contains(&input.service_revision_arns.len()) {
        return Err(fault::invalid("Service revision ARNs must have between 1 and 20 elements."));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for text in &input.service_revision_arns {
        let one = parts(view, "service-revision", text).and_then(|(cluster, service, id)| {
            Some((cluster, service, service.revisions.iter().find(|one| one.id == id)?))
        });
        match one {
            Some((cluster, service, one)) => found.push(shapes::revision(view, cluster, service, one)),
            None => failures.push(failure(text, "MISSING")),
        }
    }
    Ok(json!({"serviceRevisions": found, "failures": failures}))
}

/// Cluster and service of the service deployment of that ARN, which must be under way.
fn running(view: &View<'_>, text: &str) -> Result<(String, String), Fault> {
    let (cluster, service, id) = parts(view, "service-deployment", text).ok_or_else(not_found)?;
    let one = service.history.iter().find(|one| one.id == id).ok_or_else(not_found)?;
    if one.finished_at.is_some() || one.status != DeploymentStatus::InProgress {
        return Err(Fault::new(
            "ConflictException",
            "The service deployment cannot be stopped because it is not in progress.",
        ));
    }
    Ok((cluster.name.clone(), service.name.clone()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StopOne {
    service_deployment_arn: String,
    stop_type: Option<String>,
}

pub(super) fn stop(scope: &mut Scope<'_>, input: StopOne) -> Result<Value, Fault> {
    let back = match input.stop_type.as_deref() {
        None | Some("ROLLBACK") => true,
        Some("ABORT") => false,
        Some(_) => return Err(fault::invalid("Invalid stopType.")),
    };
    let (cluster, name) = running(&scope.view(), &input.service_deployment_arn)?;
    let now = scope.now;
    let service = scope.region.ecs.clusters.get_mut(&cluster).and_then(|c| c.services.get_mut(&name));
    if let Some(service) = service {
        if back && !scheduler::can_roll_back(service) {
            return Err(fault::invalid(
                "The service deployment cannot be rolled back because there is no earlier deployment that completed.",
            ));
        }
        scheduler::stop_deployment(service, back, now);
    }
    Ok(json!({"serviceDeploymentArn": input.service_deployment_arn}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Continue {
    service_deployment_arn: String,
    hook_id: String,
    action: Option<String>,
}

pub(super) fn resume(scope: &mut Scope<'_>, input: Continue) -> Result<Value, Fault> {
    let back = match input.action.as_deref() {
        None | Some("CONTINUE") => false,
        Some("ROLLBACK") => true,
        Some(_) => return Err(fault::invalid("Invalid action.")),
    };
    let (cluster, name) = running(&scope.view(), &input.service_deployment_arn)?;
    let now = scope.now;
    let service = scope.region.ecs.clusters.get_mut(&cluster).and_then(|c| c.services.get_mut(&name));
    if !service.is_some_and(|service| scheduler::resume(service, &input.hook_id, back, now)) {
        return Err(fault::invalid("The service deployment is not paused at the specified lifecycle hook."));
    }
    Ok(json!({"serviceDeploymentArn": input.service_deployment_arn}))
}
