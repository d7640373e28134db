//! Tags of anything that has an ARN here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, tags};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::services::ecs::model::{Model, RevisionId, ServiceStatus};
use crate::services::ecs::{fault, shapes};
use crate::world::{Scope, View};

/// The tags of what an ARN names.
fn of<'m>(model: &'m mut Model, arn: &str, region: &str, account: &str) -> Result<&'m mut Tags, Fault> {
    let invalid = || fault::invalid(format!("Invalid resource ARN: {arn}"));
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "ecs").ok_or_else(invalid)?;
    let missing = || {
        fault::invalid("The specified resource was not found. Specify a valid resource ARN and try again.")
    };
    if parsed.region != region || parsed.account != account {
        return Err(missing());
    }
    let (kind, rest) = parsed.resource.split_once('/').ok_or_else(invalid)?;
    let inside = || {
        rest.split_once('/')
            .ok_or_else(|| fault::invalid("Long arn format must be used for tagging operations"))
    };
    let found = match kind {
        "cluster" => {
            let cluster = model.clusters.get_mut(rest).filter(|cluster| cluster.active);
            return cluster.map(|cluster| &mut cluster.tags).ok_or_else(fault::cluster_not_found);
        }
        "service" => {
            let (cluster, name) = inside()?;
            let service = model.clusters.get_mut(cluster).and_then(|c| c.services.get_mut(name));
            service
                .filter(|service| service.status != ServiceStatus::Inactive)
                .map(|service| &mut service.tags)
        }
        "task" => {
            let (cluster, id) = inside()?;
            model.clusters.get_mut(cluster).and_then(|c| c.tasks.get_mut(id)).map(|task| &mut task.tags)
        }
        "container-instance" => {
            let (cluster, id) = inside()?;
            model.clusters.get_mut(cluster).and_then(|c| c.instances.get_mut(id)).map(|host| &mut host.tags)
        }
        "task-definition" => {
            let id = RevisionId::try_from(rest.to_owned()).map_err(|_| invalid())?;
            let family = model.families.get_mut(&id.family);
            family.and_then(|f| f.revisions.get_mut(&id.revision)).map(|revision| &mut revision.tags)
        }
        _ => return Err(invalid()),
    };
    found.ok_or_else(missing)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagInput {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub(super) fn tag(scope: &mut Scope<'_>, input: TagInput) -> Result<Value, Fault> {
    let given = tags(&input.tags)?;
    let region = scope.region.name.clone();
    let kept = of(&mut scope.region.ecs, &input.resource_arn, &region, scope.account)?;
    let mut next = kept.clone();
    next.extend(given);
    if next.len() > 50 {
        return Err(fault::invalid("Tags cannot be more than 50."));
    }
    *kept = next;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UntagInput {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag(scope: &mut Scope<'_>, input: UntagInput) -> Result<Value, Fault> {
    let region = scope.region.name.clone();
    let kept = of(&mut scope.region.ecs, &input.resource_arn, &region, scope.account)?;
    kept.retain(|key, _| !input.tag_keys.contains(key));
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListInput {
    resource_arn: String,
}

pub(super) fn list(view: &View<'_>, input: ListInput) -> Result<Value, Fault> {
    let mut model = view.region.ecs.clone();
    let found = of(&mut model, &input.resource_arn, &view.region.name, view.account)?;
    Ok(json!({"tags": shapes::tags(found, true)}))
}
