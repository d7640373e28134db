//! What there is: groups, their instances, their activities, limits.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::super::fault::{bad_token, validation};
use super::super::model::Activity;
use super::super::shapes::{ActivityOut, GroupOut, InstanceOut};
use super::configurations::MAX_CONFIGURATIONS;
use super::filter::{self, Filter};
use super::groups::{MAX_GROUPS, TERMINATION_POLICIES};
use super::sizes::records;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::world::View;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Groups {
    #[serde(default)]
    auto_scaling_group_names: Vec<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    next_token: Option<String>,
    max_records: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupsOut {
    auto_scaling_groups: Vec<GroupOut>,
    next_token: Option<String>,
}

/// `DescribeAutoScalingGroups`. Unknown names are left out without a fault.
pub(crate) fn groups(view: &View<'_>, input: Groups) -> Result<GroupsOut, Fault> {
    filter::check(&input.filters, filter::is_of_groups)?;
    let names = &input.auto_scaling_group_names;
    let wanted = view
        .region
        .autoscaling
        .groups
        .values()
        .filter(|group| names.is_empty() || names.contains(&group.name) || names.contains(&group.arn))
        .filter(|group| filter::group_passes(group, &input.filters));
    let limit = records(input.max_records, 50, 100)?;
    let token = input.next_token.as_deref();
    let page = page(wanted, |group| group.name.clone(), limit, token)
        .map_err(|_| bad_token(token.unwrap_or_default()))?;
    Ok(GroupsOut {
        auto_scaling_groups: page.items.into_iter().map(GroupOut::from).collect(),
        next_token: page.next,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Instances {
    #[serde(default)]
    instance_ids: Vec<String>,
    next_token: Option<String>,
    max_records: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstancesOut {
    auto_scaling_instances: Vec<InstanceOut>,
    next_token: Option<String>,
}

/// `DescribeAutoScalingInstances`. Instances of no group are left out without a fault.
pub(crate) fn instances(view: &View<'_>, input: Instances) -> Result<InstancesOut, Fault> {
    let ids = &input.instance_ids;
    if ids.len() > 50 {
        return Err(validation("The number of instance ids that may be passed in is limited to 50"));
    }
    let mut all: Vec<_> = view
        .region
        .autoscaling
        .groups
        .values()
        .flat_map(|group| group.members.values().map(move |member| (group, member)))
        .filter(|(_, member)| ids.is_empty() || ids.contains(&member.instance_id))
        .collect();
    all.sort_by(|(_, a), (_, b)| a.instance_id.cmp(&b.instance_id));
    let limit = records(input.max_records, 50, 50)?;
    let token = input.next_token.as_deref();
    let page = page(all, |(_, member)| member.instance_id.clone(), limit, token)
        .map_err(|_| bad_token(token.unwrap_or_default()))?;
    let items = page.items.into_iter();
    Ok(InstancesOut {
        auto_scaling_instances: items.map(|(group, member)| InstanceOut::of_group(group, member)).collect(),
        next_token: page.next,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Activities {
    #[serde(default)]
    activity_ids: Vec<String>,
    auto_scaling_group_name: Option<String>,
    include_deleted_groups: Option<bool>,
    next_token: Option<String>,
    max_records: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ActivitiesOut {
    activities: Vec<ActivityOut>,
    next_token: Option<String>,
}

/// `DescribeScalingActivities`: those in progress first, then the newest.
pub(crate) fn activities(view: &View<'_>, input: Activities) -> Result<ActivitiesOut, Fault> {
    let model = &view.region.autoscaling;
    let name = input.auto_scaling_group_name.as_deref();
    let gone = input.include_deleted_groups.unwrap_or(false);
    if let Some(name) = name.filter(|name| !gone && !model.groups.contains_key(*name)) {
        return Err(validation(format!(
            "AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
        )));
    }
    let living = model.groups.values().flat_map(|group| &group.activities).map(|a| (a, false));
    let past = model.past_activities.iter().filter(|_| gone).map(|a| (a, true));
    let mut all: Vec<(usize, (&Activity, bool))> = living
        .chain(past)
        .filter(|(activity, _)| name.is_none_or(|name| activity.group == name))
        .filter(|(activity, _)| input.activity_ids.is_empty() || input.activity_ids.contains(&activity.id))
        .enumerate()
        .collect();
    all.sort_by_key(|(at, (a, _))| (a.ended_at.is_some(), Reverse(a.started_at), Reverse(*at)));
    let limit = records(input.max_records, 100, 100)?;
    let token = input.next_token.as_deref();
    let mut position = 0_u32;
    let numbered = all.into_iter().map(|(_, item)| {
        position += 1;
        (position, item)
    });
    // The order is by time, not by id: the token is a position.
    let page = page(numbered, |(at, _)| format!("{at:08}"), limit, token)
        .map_err(|_| bad_token(token.unwrap_or_default()))?;
    let items = page.items.into_iter();
    Ok(ActivitiesOut {
        activities: items.map(|(_, (activity, gone))| ActivityOut::new(activity, gone)).collect(),
        next_token: page.next,
    })
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Limits {
    max_number_of_auto_scaling_groups: usize,
    max_number_of_launch_configurations: usize,
    number_of_auto_scaling_groups: usize,
    number_of_launch_configurations: usize,
}

/// `DescribeAccountLimits`.
#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(crate) fn account_limits(view: &View<'_>, _: Nothing) -> Result<Limits, Fault> {
    let model = &view.region.autoscaling;
    Ok(Limits {
        max_number_of_auto_scaling_groups: MAX_GROUPS,
        max_number_of_launch_configurations: MAX_CONFIGURATIONS,
        number_of_auto_scaling_groups: model.groups.len(),
        number_of_launch_configurations: model.launch_configurations.len(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policies {
    termination_policy_types: Vec<&'static str>,
}

/// `DescribeTerminationPolicyTypes`.
#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(crate) fn termination_policies(_: &View<'_>, _: Nothing) -> Result<Policies, Fault> {
    Ok(Policies { termination_policy_types: TERMINATION_POLICIES.to_vec() })
}
