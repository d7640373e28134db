//! What belongs to a group: scaling policies, lifecycle hooks, scheduled actions.

use serde_json::{Map, Value, json};

use super::call;
use crate::core::fault::Fault;
use crate::form::{only, picked, present};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::services::autoscaling::model::{Group, Hook, Rule, Scheduled};
use crate::world::View;

/// The group that properties name.
fn group_of<'v>(view: &View<'v>, properties: &Value) -> Option<&'v Group> {
    let name = properties["AutoScalingGroupName"].as_str()?;
    view.region.autoscaling.groups.get(name).filter(|group| !group.deleting)
}

/// The one thing of that name that groups have; None when there is none, or several groups have one.
fn only_one<'v, T: 'v>(
    view: &View<'v>,
    of: impl Fn(&'v Group) -> Option<&'v T>,
) -> Result<(&'v Group, &'v T), Actual> {
    let mut all = view.region.autoscaling.groups.values().filter_map(|group| Some((group, of(group)?)));
    match (all.next(), all.next()) {
        (Some(found), None) => Ok(found),
        (None, _) => Err(Actual::Gone),
        _ => Err(Actual::Unknown),
    }
}

/// Its physical id is its ARN.
pub(super) struct ScalingPolicy;

const POLICY: [&str; 10] = [
    "AutoScalingGroupName",
    "PolicyType",
    "AdjustmentType",
    "MinAdjustmentMagnitude",
    "ScalingAdjustment",
    "Cooldown",
    "MetricAggregationType",
    "StepAdjustments",
    "EstimatedInstanceWarmup",
    "TargetTrackingConfiguration",
];

impl ScalingPolicy {
    fn put(&self, api: &mut Api<'_, '_>, name: &str, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &POLICY)?;
        let mut input = picked(asked.properties, &POLICY);
        input.insert("PolicyName".to_owned(), json!(name));
        let answer = api.call("autoscaling", "PutScalingPolicy", input.into())?;
        Ok(answer["PolicyARN"].as_str().unwrap_or_default().to_owned())
    }

    /// The name at the end of an ARN.
    fn name(arn: &str) -> &str {
        arn.rsplit_once(":policyName/").map_or(arn, |(_, name)| name)
    }
}

impl Resource for ScalingPolicy {
    fn type_name(&self) -> &'static str {
        "AWS::AutoScaling::ScalingPolicy"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("PolicyName", 255);
        self.put(api, &name, asked)
    }

    fn update(&self, api: &mut Api<'_, '_>, id: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        self.put(api, Self::name(id), asked).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let there = group_of(&api.view(), properties)
            .is_some_and(|group| group.policies.values().any(|policy| policy.arn == id));
        if there { call(api, "DeletePolicy", json!({"PolicyName": id})) } else { Ok(()) }
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Arn", Some(json!(id))), ("PolicyName", Some(json!(Self::name(id))))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let (group, policy) =
            match only_one(view, |group| group.policies.values().find(|policy| policy.arn == id)) {
                Ok(found) => found,
                Err(actual) => return actual,
            };
        let mut properties = present([
            ("AutoScalingGroupName", Some(json!(group.name))),
            ("PolicyType", Some(json!(policy.rule.kind()))),
            ("EstimatedInstanceWarmup", policy.warmup.map(|seconds| json!(seconds))),
        ]);
        properties.extend(match &policy.rule {
            Rule::Simple(rule) => present([
                ("AdjustmentType", Some(json!(rule.adjustment_type))),
                ("ScalingAdjustment", Some(json!(rule.by))),
                ("Cooldown", rule.cooldown.map(|seconds| json!(seconds.to_string()))),
                ("MinAdjustmentMagnitude", rule.least.map(|least| json!(least))),
            ]),
            Rule::Step(rule) => present([
                ("AdjustmentType", Some(json!(rule.adjustment_type))),
                ("StepAdjustments", Some(json!(rule.step_adjustments))),
                ("MinAdjustmentMagnitude", rule.min_adjustment_magnitude.map(|least| json!(least))),
            ]),
            Rule::TargetTracking(rule) => present([("TargetTrackingConfiguration", Some(json!(rule)))]),
        });
        Actual::Is(properties.into())
    }
}

/// Its physical id is its name.
pub(super) struct LifecycleHook;

const HOOK: [&str; 7] = [
    "AutoScalingGroupName",
    "LifecycleTransition",
    "DefaultResult",
    "HeartbeatTimeout",
    "NotificationMetadata",
    "NotificationTargetARN",
    "RoleARN",
];

/// Puts a hook with those properties.
fn put_hook(api: &mut Api<'_, '_>, group: &str, name: &str, properties: &Value) -> Result<(), Fault> {
    let mut input = picked(properties, &HOOK);
    input.insert("LifecycleHookName".to_owned(), json!(name));
    input.insert("AutoScalingGroupName".to_owned(), json!(group));
    call(api, "PutLifecycleHook", input.into())
}

fn delete_hook(api: &mut Api<'_, '_>, group: &str, name: &str) -> Result<(), Fault> {
    let input = json!({"AutoScalingGroupName": group, "LifecycleHookName": name});
    call(api, "DeleteLifecycleHook", input)
}

/// Brings the hooks that a group itself lists from `before` to `after`.
pub(super) fn relist(api: &mut Api<'_, '_>, id: &str, before: &Value, after: &Value) -> Result<(), Fault> {
    let list = |of: &Value| of["LifecycleHookSpecificationList"].as_array().cloned().unwrap_or_default();
    let (was, is) = (list(before), list(after));
    let name = |hook: &Value| hook["LifecycleHookName"].as_str().unwrap_or_default().to_owned();
    for hook in was.iter().filter(|hook| !is.iter().any(|one| name(one) == name(hook))) {
        let there = api.view().region.autoscaling.groups.get(id).map(|group| &group.hooks);
        if there.is_some_and(|hooks| hooks.contains_key(&name(hook))) {
            delete_hook(api, id, &name(hook))?;
        }
    }
    for hook in is.iter().filter(|hook| !was.contains(hook)) {
        put_hook(api, id, &name(hook), hook)?;
    }
    Ok(())
}

/// A hook as templates write it.
fn shown_hook(hook: &Hook) -> Map<String, Value> {
    present([
        ("LifecycleTransition", Some(json!(hook.transition.as_str()))),
        ("DefaultResult", Some(json!(if hook.continues { "CONTINUE" } else { "ABANDON" }))),
        ("HeartbeatTimeout", Some(json!(hook.timeout))),
        ("NotificationMetadata", hook.metadata.as_ref().map(|text| json!(text))),
    ])
}

impl Resource for LifecycleHook {
    fn type_name(&self) -> &'static str {
        "AWS::AutoScaling::LifecycleHook"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &[&HOOK[..], &["LifecycleHookName"]].concat())?;
        let name = asked.name("LifecycleHookName", 255);
        if group_of(&api.view(), asked.properties).is_some_and(|group| group.hooks.contains_key(&name)) {
            return Err(crate::form::already_exists(self.type_name(), &name));
        }
        put_hook(api, asked.text("AutoScalingGroupName").unwrap_or_default(), &name, asked.properties)?;
        Ok(name)
    }

    fn update(&self, api: &mut Api<'_, '_>, id: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        only(asked, self.type_name(), &[&HOOK[..], &["LifecycleHookName"]].concat())?;
        put_hook(api, asked.text("AutoScalingGroupName").unwrap_or_default(), id, asked.properties)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let group = group_of(&api.view(), properties).filter(|group| group.hooks.contains_key(id));
        let Some(name) = group.map(|group| group.name.clone()) else { return Ok(()) };
        delete_hook(api, &name, id)
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        match only_one(view, |group| group.hooks.get(id)) {
            Ok((group, hook)) => {
                let mut properties = shown_hook(hook);
                properties.insert("AutoScalingGroupName".to_owned(), json!(group.name));
                properties.insert("LifecycleHookName".to_owned(), json!(id));
                Actual::Is(properties.into())
            }
            Err(actual) => actual,
        }
    }
}

/// Its physical id is its name.
pub(super) struct ScheduledAction;

const ACTION: [&str; 8] = [
    "AutoScalingGroupName",
    "StartTime",
    "EndTime",
    "Recurrence",
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "TimeZone",
];

impl ScheduledAction {
    fn put(&self, api: &mut Api<'_, '_>, name: &str, asked: &Asked<'_>) -> Result<(), Fault> {
        only(asked, self.type_name(), &ACTION)?;
        let mut input = picked(asked.properties, &ACTION);
        input.insert("ScheduledActionName".to_owned(), json!(name));
        call(api, "PutScheduledUpdateGroupAction", input.into())
    }
}

impl Resource for ScheduledAction {
    fn type_name(&self) -> &'static str {
        "AWS::AutoScaling::ScheduledAction"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("ScheduledActionName", 255);
        self.put(api, &name, asked)?;
        Ok(name)
    }

    fn update(&self, api: &mut Api<'_, '_>, id: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        self.put(api, id, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        // One that was for once is gone after it.
        let group = group_of(&api.view(), properties).filter(|group| group.scheduled.contains_key(id));
        let Some(name) = group.map(|group| group.name.clone()) else { return Ok(()) };
        let input = json!({"AutoScalingGroupName": name, "ScheduledActionName": id});
        call(api, "DeleteScheduledAction", input)
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("ScheduledActionName", Some(json!(id)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let number = |size: Option<i32>| size.map(|size| json!(size));
        let shown = |group: &Group, action: &Scheduled| {
            present([
                ("AutoScalingGroupName", Some(json!(group.name))),
                ("Recurrence", action.recurrence.as_ref().map(|text| json!(text))),
                ("MinSize", number(action.min)),
                ("MaxSize", number(action.max)),
                ("DesiredCapacity", number(action.desired)),
                ("TimeZone", action.zone.as_ref().map(|text| json!(text))),
            ])
        };
        match only_one(view, |group| group.scheduled.get(id)) {
            Ok((group, action)) => Actual::Is(shown(group, action).into()),
            Err(actual) => actual,
        }
    }
}
