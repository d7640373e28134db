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

/// What an ARN names.
enum Named<'a> {
    Cluster(&'a str),
    Service(&'a str, &'a str),
    Task(&'a str, &'a str),
    Instance(&'a str, &'a str),
    Revision(RevisionId),
    Provider(&'a str),
    TaskSet(&'a str, &'a str, &'a str),
}

impl<'a> Named<'a> {
    fn parse(arn: &'a str, region: &str, account: &str) -> Result<Self, Fault> {
        let invalid = || fault::invalid(format!("Invalid resource ARN: {arn}"));
        let parsed = Arn::parse(arn).filter(|arn| arn.service == "ecs").ok_or_else(invalid)?;
        if parsed.region != region || parsed.account != account {
            return Err(missing());
        }
        let (kind, rest) = parsed.resource.split_once('/').ok_or_else(invalid)?;
        let inside = || {
            rest.split_once('/')
                .ok_or_else(|| fault::invalid("Long arn format must be used for tagging operations"))
        };
        Ok(match kind {
            "cluster" => Self::Cluster(rest),
            "service" => inside().map(|(cluster, name)| Self::Service(cluster, name))?,
            "task" => inside().map(|(cluster, id)| Self::Task(cluster, id))?,
            "container-instance" => inside().map(|(cluster, id)| Self::Instance(cluster, id))?,
            "task-definition" => {
                Self::Revision(RevisionId::try_from(rest.to_owned()).map_err(|_| invalid())?)
            }
            "capacity-provider" => Self::Provider(rest),
            "task-set" => {
                let (cluster, rest) = inside()?;
                let (service, set) = rest.split_once('/').ok_or_else(invalid)?;
                Self::TaskSet(cluster, service, set)
            }
            _ => return Err(invalid()),
        })
    }

    /// The fault when it is not there.
    fn missing(&self) -> Fault {
        if matches!(self, Self::Cluster(_)) { fault::cluster_not_found() } else { missing() }
    }

    fn get<'m>(&self, model: &'m Model) -> Option<&'m Tags> {
        match self {
            Self::Cluster(name) => model.clusters.get(*name).filter(|found| found.active).map(|f| &f.tags),
            Self::Service(cluster, name) => {
                let found = model.clusters.get(*cluster)?.services.get(*name)?;
                Some(&found.tags).filter(|_| found.status != ServiceStatus::Inactive)
            }
            Self::Task(cluster, id) => Some(&model.clusters.get(*cluster)?.tasks.get(*id)?.tags),
            Self::Instance(cluster, id) => Some(&model.clusters.get(*cluster)?.instances.get(*id)?.tags),
            Self::Revision(id) => Some(&model.families.get(&id.family)?.revisions.get(&id.revision)?.tags),
            Self::Provider(name) => Some(&model.providers.get(*name)?.tags),
            Self::TaskSet(cluster, service, set) => {
                let sets = &model.clusters.get(*cluster)?.services.get(*service)?.task_sets;
                sets.iter().find(|one| one.id == *set).map(|one| &one.tags)
            }
        }
    }

    fn get_mut<'m>(&self, model: &'m mut Model) -> Option<&'m mut Tags> {
        match self {
            Self::Cluster(name) => {
                model.clusters.get_mut(*name).filter(|found| found.active).map(|found| &mut found.tags)
            }
            Self::Service(cluster, name) => {
                let found = model.clusters.get_mut(*cluster)?.services.get_mut(*name)?;
                (found.status != ServiceStatus::Inactive).then_some(&mut found.tags)
            }
            Self::Task(cluster, id) => Some(&mut model.clusters.get_mut(*cluster)?.tasks.get_mut(*id)?.tags),
            Self::Instance(cluster, id) => {
                Some(&mut model.clusters.get_mut(*cluster)?.instances.get_mut(*id)?.tags)
            }
            Self::Revision(id) => {
                Some(&mut model.families.get_mut(&id.family)?.revisions.get_mut(&id.revision)?.tags)
            }
            Self::Provider(name) => Some(&mut model.providers.get_mut(*name)?.tags),
            Self::TaskSet(cluster, service, set) => {
                let sets = &mut model.clusters.get_mut(*cluster)?.services.get_mut(*service)?.task_sets;
                sets.iter_mut().find(|one| one.id == *set).map(|one| &mut one.tags)
            }
        }
    }
}

fn missing() -> Fault {
    fault::invalid("The specified resource was not found. Specify a valid resource ARN and try again.")
}

/// The tags of what an ARN names, to change.
fn of<'s>(scope: &'s mut Scope<'_>, arn: &str) -> Result<&'s mut Tags, Fault> {
    let named = Named::parse(arn, &scope.region.name, scope.account)?;
    named.get_mut(&mut scope.region.ecs).ok_or_else(|| named.missing())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagInput {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub(super) fn tag(scope: &mut Scope<'_>, input: TagInput) -> Result<Value, Fault> {
    let given = tags(&input.tags)?;
    let kept = of(scope, &input.resource_arn)?;
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
    let kept = of(scope, &input.resource_arn)?;
    kept.retain(|key, _| !input.tag_keys.contains(key));
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListInput {
    resource_arn: String,
}

pub(super) fn list(view: &View<'_>, input: ListInput) -> Result<Value, Fault> {
    let named = Named::parse(&input.resource_arn, &view.region.name, view.account)?;
    let found = named.get(&view.region.ecs).ok_or_else(|| named.missing())?;
    Ok(json!({"tags": shapes::tags(found, true)}))
}
