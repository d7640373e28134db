//! Weave Net: one network for the containers of all hosts that found each other. A host finds its peers when Weave
//! starts, with the rights of its role; here the rights count as they are now. Follows `peers.sh` of
//! weaveworks/integrations and Weave Net's ports: TCP 6783 for control, UDP 6783 for data.

use std::collections::{BTreeMap, BTreeSet};

use super::broken::Broken;
use super::endpoint::{Endpoint, connect};
use super::ingress::has_weave;
use crate::services::ec2::model::Instance;
use crate::services::iam::policy::role_allows;
use crate::world::View;

/// Control and data.
const PORT: u16 = 6783;
/// Instances that carry this tag with the same value are peers, instead of those of the same group.
const PEER_GROUP: &str = "weave:peerGroupName";

/// Hosts running Weave Net, by instance id.
fn hosts<'w>(view: &View<'w>) -> BTreeMap<&'w str, &'w Instance> {
    let all = view.region.ec2.instances.values();
    all.filter(|i| has_weave(view, i) && i.is_booted(view.now)).map(|i| (i.id.as_str(), i)).collect()
}

/// The hosts that one looks for, or why it cannot look.
fn wanted<'w>(
    view: &View<'w>,
    hosts: &BTreeMap<&'w str, &'w Instance>,
    of: &Instance,
) -> Result<BTreeSet<&'w str>, String> {
    let group = view.region.ec2.tags_of(&of.id).get(PEER_GROUP);
    let action =
        if group.is_some() { "ec2:DescribeTags" } else { "autoscaling:DescribeAutoScalingInstances" };
    for action in [action, "ec2:DescribeInstances"] {
        may(view, of, action)?;
    }
    if let Some(group) = group {
        let in_group = |id: &&&str| view.region.ec2.tags_of(id).get(PEER_GROUP) == Some(group);
        return Ok(hosts.keys().filter(in_group).copied().collect());
    }
    let Some((group, _)) = view.region.autoscaling.membership(&of.id) else {
        return Err(format!("{} is in no Auto Scaling group, so it looks for no peers", of.id));
    };
    Ok(hosts.keys().filter(|id| group.members.contains_key(**id)).copied().collect())
}

fn may(view: &View<'_>, instance: &Instance, action: &str) -> Result<(), String> {
    let profile = instance.profile_arn.as_deref().and_then(|arn| view.iam.instance_profile(arn));
    let Some(role) = profile.and_then(|profile| profile.roles.first()) else {
        return Err(format!("{} has no role to look for its peers with", instance.id));
    };
    if role_allows(view.iam, role, action, "*") {
        return Ok(());
    }
    Err(format!("role {role} of {} does not allow {action}, so it finds no peers", instance.id))
}

/// Whether `from` may open Weave's connections to `to`.
fn open(view: &View<'_>, from: &Instance, to: &Instance) -> Result<(), String> {
    if from.vpc_id != to.vpc_id {
        return Err(format!("{} and {} are in different VPCs", from.id, to.id));
    }
    let (Some(here), Some(there)) = (Endpoint::of_instance(from), Endpoint::of_instance(to)) else {
        return Err(format!("{} or {} has no address", from.id, to.id));
    };
    for protocol in ["tcp", "udp"] {
        connect(view, &here, &there, protocol, PORT)
            .map_err(|broken| format!("from {} to {}: {broken}", from.id, to.id))?;
    }
    Ok(())
}

/// Connections between two hosts: either may have opened them.
fn linked<'w>(
    view: &View<'w>,
    hosts: &BTreeMap<&'w str, &'w Instance>,
    a: &Instance,
    b: &Instance,
) -> Result<(), String> {
    let opens = |from: &Instance, to: &Instance| {
        if !wanted(view, hosts, from)?.contains(to.id.as_str()) {
            return Err(format!("{} does not look for {}", from.id, to.id));
        }
        open(view, from, to)
    };
    opens(a, b).or_else(|why| opens(b, a).map_err(|_| why))
}

/// The hosts in one Weave network with an instance, itself included; empty when it runs no Weave. Peers of peers
/// belong to it: Weave routes through.
pub fn peers(view: &View<'_>, instance_id: &str) -> BTreeSet<String> {
    let hosts = hosts(view);
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = hosts.get_key_value(instance_id).map(|(id, _)| *id).into_iter().collect();
    while let Some(id) = open.pop() {
        if !found.insert(id.to_owned()) {
            continue;
        }
        let Some(here) = hosts.get(id) else { continue };
        let next = hosts
            .values()
            .filter(|other| !found.contains(&other.id) && linked(view, &hosts, here, other).is_ok());
        open.extend(next.map(|other| other.id.as_str()));
    }
    found
}

/// Whether two hosts are in one Weave network; the reason if not.
pub fn reaches(view: &View<'_>, from: &str, to: &str) -> Result<(), Broken> {
    let no = |why: String| Broken::NoWeave { instance: to.to_owned(), why };
    let hosts = hosts(view);
    for id in [from, to] {
        if !hosts.contains_key(id) {
            return Err(no(format!("{id} runs no Weave Net")));
        }
    }
    if peers(view, from).contains(to) {
        return Ok(());
    }
    match (hosts.get(from), hosts.get(to)) {
        (Some(a), Some(b)) => linked(view, &hosts, a, b).map_err(no),
        _ => Err(no("it is gone".to_owned())),
    }
}
