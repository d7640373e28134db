//! ECS's ARNs in the long format, and identifiers that may be an ARN or its last part. Follows "Amazon Resource
//! Names (ARNs) and IDs" of the ECS developer guide.

use super::fault;
use super::model::{Cluster, RevisionId};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::world::View;

/// `arn:aws:ecs:region:account:cluster/name`
pub(super) fn cluster(view: &View<'_>, name: &str) -> String {
    view.arn("ecs", &format!("cluster/{name}"))
}

/// `arn:aws:ecs:region:account:kind/cluster/id`: `service`, `task`, `container-instance`.
pub(super) fn in_cluster(view: &View<'_>, kind: &str, cluster: &str, id: &str) -> String {
    view.arn("ecs", &format!("{kind}/{cluster}/{id}"))
}

/// `arn:aws:ecs:region:account:container/cluster/task/id`
pub(super) fn container(view: &View<'_>, cluster: &str, task: &str, id: &str) -> String {
    view.arn("ecs", &format!("container/{cluster}/{task}/{id}"))
}

/// `arn:aws:ecs:region:account:task-definition/family:revision`
pub(super) fn revision(view: &View<'_>, id: &RevisionId) -> String {
    view.arn("ecs", &format!("task-definition/{id}"))
}

/// What follows `kind/` of an ARN of ours; None when it is of another kind, region or account.
pub(super) fn resource<'a>(view: &View<'_>, text: &'a str, kind: &str) -> Option<&'a str> {
    let arn = Arn::parse(text)?;
    let ours = arn.service == "ecs" && arn.region == view.region.name && arn.account == view.account;
    if ours { arn.of_kind(kind) } else { None }
}

/// The name in a cluster's name or ARN; `default` when there is none.
pub(super) fn cluster_name<'a>(view: &View<'_>, text: Option<&'a str>) -> Option<&'a str> {
    match text {
        None | Some("") => Some("default"),
        Some(text) if text.starts_with("arn:") => resource(view, text, "cluster"),
        Some(text) => Some(text),
    }
}

/// The active cluster of that name or ARN.
pub(super) fn find_cluster<'v>(view: &View<'v>, text: Option<&str>) -> Result<&'v Cluster, Fault> {
    cluster_name(view, text)
        .and_then(|name| view.region.ecs.active_cluster(name))
        .ok_or_else(fault::cluster_not_found)
}

/// The last part of an id or ARN of something in a cluster. An ARN of another cluster is refused, one of another
/// kind gives None.
pub(super) fn local<'a>(
    view: &View<'_>,
    kind: &str,
    cluster: &Cluster,
    text: &'a str,
) -> Result<Option<&'a str>, Fault> {
    if !text.starts_with("arn:") {
        return Ok(Some(text));
    }
    let Some(rest) = resource(view, text, kind) else { return Ok(None) };
    match rest.split_once('/') {
        None => Ok(Some(rest)),
        Some((name, id)) if name == cluster.name => Ok(Some(id)),
        Some((name, _)) => {
            let message = format!("Identifier is for cluster {name}. Your cluster is {}", cluster.name);
            Err(fault::invalid(message))
        }
    }
}

/// Family and, if given, revision of `family`, `family:revision` or an ARN.
pub(super) fn definition<'a>(view: &View<'_>, text: &'a str) -> Option<(&'a str, Option<u32>)> {
    let text = if text.starts_with("arn:") { resource(view, text, "task-definition")? } else { text };
    match text.split_once(':') {
        None => Some((text, None)),
        Some((family, revision)) => Some((family, Some(revision.parse().ok()?))),
    }
}
