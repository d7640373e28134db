//! Where a group launches and whom it lets go. Follows "How Amazon EC2 Auto Scaling balances" and "Configure
//! termination policies" (Amazon EC2 Auto Scaling User Guide).

use std::cmp::Reverse;

use super::model::{Group, Member};
use super::source::Place;
use crate::services::ec2::model::Model;
use crate::world::Scope;

/// The places of a group: its subnets, or its zones' default subnets.
pub(super) fn places(ec2: &Model, group: &Group) -> Vec<Place> {
    if group.subnets.is_empty() {
        return group.zones.iter().map(|zone| Place { zone: zone.clone(), subnet: None }).collect();
    }
    // A subnet that was deleted since stays a place: launching there fails, and says so.
    let zone = |id: &String| ec2.subnet(id).map(|subnet| subnet.zone.clone()).unwrap_or_default();
    group.subnets.iter().map(|id| Place { zone: zone(id), subnet: Some(id.clone()) }).collect()
}

/// Indices of the places for `count` more instances: each goes where its zone, then its subnet, has the fewest.
pub(super) fn spread(ec2: &Model, group: &Group, places: &[Place], count: i32) -> Vec<usize> {
    let counting = || group.members.values().filter(|member| member.lifecycle.counts());
    let subnet_of = |member: &Member| ec2.instance(&member.instance_id).map(|i| i.subnet_id.clone());
    let mut loads: Vec<usize> = places
        .iter()
        .map(|place| match &place.subnet {
            Some(subnet) => counting().filter(|m| subnet_of(m).as_ref() == Some(subnet)).count(),
            None => counting().filter(|m| m.zone == place.zone).count(),
        })
        .collect();
    let mut chosen = Vec::new();
    for _ in 0..count {
        let zone_load = |at: usize| -> usize {
            let zone = places.get(at).map(|place| &place.zone);
            places.iter().zip(&loads).filter(|(p, _)| Some(&p.zone) == zone).map(|(_, load)| load).sum()
        };
        let best = (0..places.len()).min_by_key(|at| (zone_load(*at), loads.get(*at).copied(), *at));
        let Some(best) = best else { break };
        if let Some(load) = loads.get_mut(best) {
            *load += 1;
        }
        chosen.push(best);
    }
    chosen
}

/// The members to let go, at most `count`: from the zone that has the most, by the group's termination policies.
/// Protected ones stay.
pub(super) fn victims(scope: &Scope<'_>, group: &Group, count: i32) -> Vec<String> {
    let mut rest: Vec<&Member> = group.members.values().filter(|member| member.lifecycle.counts()).collect();
    let mut victims = Vec::new();
    for _ in 0..count {
        let in_zone = |zone: &str| rest.iter().filter(|member| member.zone == zone).count();
        let candidate = rest
            .iter()
            .enumerate()
            .filter(|(_, member)| !member.protected)
            .min_by_key(|(_, member)| (Reverse(in_zone(&member.zone)), rank(scope, group, member)));
        let Some((at, member)) = candidate else { break };
        victims.push(member.instance_id.clone());
        rest.remove(at);
    }
    victims
}

/// The lower, the sooner it goes.
fn rank(scope: &Scope<'_>, group: &Group, member: &Member) -> (i64, i64, String) {
    let launched = scope.region.ec2.instance(&member.instance_id).map_or(0, |i| i.launched_at.0);
    let outdated = i64::from(member.source == group.source);
    let first = match group.termination_policies.first().map(String::as_str) {
        Some("OldestInstance") => launched,
        Some("NewestInstance") => -launched,
        _ => outdated,
    };
    (first, launched, member.instance_id.clone())
}
