//! What users do to single members.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::activity::{self, Subject, at};
use super::super::fault::{constraint, group_not_found, instance_not_found, validation};
use super::super::model::{ActivityStatus, Group, Lifecycle, Member};
use super::super::reconcile;
use super::super::shapes::{ActivityOut, Nothing};
use crate::core::fault::Fault;
use crate::services::ec2::model::State;
use crate::world::Scope;

fn group_of(scope: &Scope<'_>, instance_id: &str) -> Result<Group, Fault> {
    let found = scope.region.autoscaling.membership(instance_id);
    found.map(|(group, _)| group.clone()).ok_or_else(|| instance_not_found(instance_id))
}

fn group_named(scope: &Scope<'_>, name: &str) -> Result<Group, Fault> {
    scope.region.autoscaling.groups.get(name).cloned().ok_or_else(|| group_not_found(name))
}

fn put_back(scope: &mut Scope<'_>, group: Group) {
    scope.region.autoscaling.groups.insert(group.name.clone(), group);
}

fn member<'g>(group: &'g Group, id: &str) -> Result<&'g Member, Fault> {
    group.members.get(id).ok_or_else(|| {
        validation(format!("The instance {id} is not part of Auto Scaling group {}.", group.name))
    })
}

/// Refuses to go below the smallest size.
fn check_decrement(group: &Group, by: usize) -> Result<i32, Fault> {
    let desired = group.desired - i32::try_from(by).unwrap_or(i32::MAX);
    if desired < group.min {
        return Err(validation(format!(
            "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
            group.min
        )));
    }
    Ok(desired)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Terminate {
    instance_id: String,
    should_decrement_desired_capacity: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Terminated {
    activity: Option<ActivityOut>,
}

/// `TerminateInstanceInAutoScalingGroup`.
pub(crate) fn terminate(scope: &mut Scope<'_>, input: Terminate) -> Result<Terminated, Fault> {
    let id = &input.instance_id;
    let mut group = group_of(scope, id)?;
    if !member(&group, id)?.lifecycle.counts() {
        return Err(validation(format!("The instance {id} is already terminating.")));
    }
    let mut what = format!("instance {id} was taken out of service in response to a user request");
    if input.should_decrement_desired_capacity {
        let desired = check_decrement(&group, 1)?;
        what.push_str(&format!(", shrinking the capacity from {} to {desired}", group.desired));
        group.desired = desired;
    }
    let cause = at(scope.now, &what);
    reconcile::terminate(scope, &mut group, id, cause);
    let activity = group.activities.last().map(|activity| ActivityOut::new(activity, false));
    put_back(scope, group);
    Ok(Terminated { activity })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Detach {
    #[serde(default)]
    instance_ids: Vec<String>,
    auto_scaling_group_name: String,
    should_decrement_desired_capacity: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Detached {
    activities: Vec<ActivityOut>,
}

/// `DetachInstances`. The instances go on running on their own.
pub(crate) fn detach(scope: &mut Scope<'_>, input: Detach) -> Result<Detached, Fault> {
    let mut group = group_named(scope, &input.auto_scaling_group_name)?;
    check_count(&input.instance_ids)?;
    for id in &input.instance_ids {
        if member(&group, id)?.lifecycle != Lifecycle::InService {
            return Err(validation(format!("The instance {id} is not in InService or Standby.")));
        }
    }
    let desired = if input.should_decrement_desired_capacity {
        check_decrement(&group, input.instance_ids.len())?
    } else {
        group.desired
    };
    let mut activities = Vec::new();
    for id in &input.instance_ids {
        let Some(member) = group.members.remove(id) else { continue };
        let mut what = format!("instance {id} was detached in response to a user request");
        if input.should_decrement_desired_capacity {
            what.push_str(&format!(", shrinking the capacity from {} to {desired}", group.desired));
        }
        let subnet = scope.region.ec2.instance(id).map(|instance| instance.subnet_id.clone());
        let subject = Subject { instance_id: Some(id.clone()), zone: member.zone, subnet };
        let cause = at(scope.now, &what);
        let description = format!("Detaching EC2 instance: {id}");
        activity::begin(&mut group, &mut scope.region.ids, scope.now, description, cause, subject);
        activity::end(&mut group, id, scope.now, ActivityStatus::Successful);
        activities.extend(group.activities.last().map(|activity| ActivityOut::new(activity, false)));
    }
    group.desired = desired;
    put_back(scope, group);
    Ok(Detached { activities })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attach {
    #[serde(default)]
    instance_ids: Vec<String>,
    auto_scaling_group_name: String,
}

/// `AttachInstances`: running instances of the group's zones that are in no group.
pub(crate) fn attach(scope: &mut Scope<'_>, input: Attach) -> Result<Nothing, Fault> {
    let mut group = group_named(scope, &input.auto_scaling_group_name)?;
    check_count(&input.instance_ids)?;
    let mut ids = input.instance_ids.clone();
    ids.sort();
    ids.dedup();
    for id in &ids {
        let instance = scope
            .region
            .ec2
            .instance(id)
            .filter(|instance| instance.state == State::Running)
            .ok_or_else(|| validation(format!("Invalid Instance ID(s): [{id}] specified")))?;
        if scope.region.autoscaling.membership(id).is_some() {
            return Err(validation(format!("Instance {id} is already part of an AutoScalingGroup")));
        }
        let zone = scope
            .region
            .ec2
            .subnet(&instance.subnet_id)
            .map(|subnet| subnet.zone.clone())
            .unwrap_or_default();
        if !group.zones.contains(&zone) {
            return Err(validation(format!(
                "Instance {id} is in zone {zone}, which the group does not use."
            )));
        }
        group.members.insert(
            id.clone(),
            Member {
                instance_id: id.clone(),
                zone: zone.clone(),
                instance_type: instance.instance_type.clone(),
                lifecycle: Lifecycle::InService,
                healthy: true,
                source: group.source.clone(),
                protected: group.protect_new,
                noticed_at: None,
                since: scope.now,
                registered: vec![],
                waits: BTreeMap::new(),
                abandoned: None,
            },
        );
    }
    let more = i32::try_from(ids.len()).unwrap_or(i32::MAX);
    let desired = group.desired.checked_add(more).filter(|desired| *desired <= group.max);
    let Some(desired) = desired else {
        return Err(validation(format!(
            "AutoScalingGroup {} has max-size={}, current-size={}. Trying to attach {} new EC2 instance(s) would exceed the max-size.",
            group.name,
            group.max,
            group.desired,
            ids.len()
        )));
    };
    for id in &ids {
        let subnet = scope.region.ec2.instance(id).map(|instance| instance.subnet_id.clone());
        let zone = group.members.get(id).map(|member| member.zone.clone()).unwrap_or_default();
        let what = format!(
            "an instance was attached in response to a user request, increasing the capacity from {} to {desired}",
            group.desired
        );
        let subject = Subject { instance_id: Some(id.clone()), zone, subnet };
        let description = format!("Attaching an existing EC2 instance: {id}");
        let cause = at(scope.now, &what);
        activity::begin(&mut group, &mut scope.region.ids, scope.now, description, cause, subject);
        activity::end(&mut group, id, scope.now, ActivityStatus::Successful);
    }
    group.desired = desired;
    put_back(scope, group);
    Ok(Nothing {})
}

fn check_count(ids: &[String]) -> Result<(), Fault> {
    if ids.is_empty() || ids.len() > 20 {
        return Err(validation("The number of instance ids must be between 1 and 20."));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Health {
    instance_id: String,
    health_status: String,
}

/// `SetInstanceHealth`.
pub(crate) fn set_health(scope: &mut Scope<'_>, input: Health) -> Result<Nothing, Fault> {
    let mut group = group_of(scope, &input.instance_id)?;
    let healthy = match input.health_status.as_str() {
        "Healthy" => true,
        "Unhealthy" => false,
        other => {
            return Err(constraint(
                other,
                "healthStatus",
                "Member must satisfy regular expression pattern: Healthy|Unhealthy",
            ));
        }
    };
    if let Some(member) = group.members.get_mut(&input.instance_id) {
        member.healthy = healthy;
    }
    put_back(scope, group);
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Protection {
    instance_ids: Vec<String>,
    auto_scaling_group_name: String,
    protected_from_scale_in: bool,
}

/// `SetInstanceProtection`.
pub(crate) fn set_protection(scope: &mut Scope<'_>, input: Protection) -> Result<Nothing, Fault> {
    let mut group = group_named(scope, &input.auto_scaling_group_name)?;
    for id in &input.instance_ids {
        member(&group, id)?;
    }
    for id in &input.instance_ids {
        if let Some(member) = group.members.get_mut(id) {
            member.protected = input.protected_from_scale_in;
        }
    }
    // Whom a waiting scale-in may take has changed.
    group.act_at = None;
    put_back(scope, group);
    Ok(Nothing {})
}
