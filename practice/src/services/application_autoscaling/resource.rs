//! The resource types of Application Auto Scaling.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::core::time::{Epoch, Time};
use crate::form::{already_exists, attributes, keep, unless_gone, with};
use crate::resource::{Api, Asked, Resource};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&ScalableTarget, &ScalingPolicy];

const SERVICE: &str = "application-autoscaling";
const NOT_FOUND: &str = "ObjectNotFoundException";
/// What names a target.
const NAMES: [&str; 3] = ["ResourceId", "ScalableDimension", "ServiceNamespace"];

/// Its id is `ResourceId|ScalableDimension|ServiceNamespace`.
struct ScalableTarget;

/// The members that name the target of an id.
fn named(id: &str) -> Value {
    let members = NAMES.iter().zip(id.split('|')).map(|(name, part)| ((*name).to_owned(), part.into()));
    Value::Object(members.collect())
}

fn register(api: &mut Api<'_, '_>, properties: &Value) -> Result<(), Fault> {
    let mut input = keep(properties, &["MinCapacity", "MaxCapacity", "RoleARN"]);
    merge(&mut input, keep(properties, &NAMES));
    let suspended = |name: &str| properties["SuspendedState"][name].as_bool().unwrap_or(false);
    let all = ["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"];
    input["SuspendedState"] =
        all.iter().map(|name| ((*name).to_owned(), Value::from(suspended(name)))).collect();
    api.call(SERVICE, "RegisterScalableTarget", input).map(|_| ())
}

fn merge(into: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (into.as_object_mut(), more) {
        members.extend(more);
    }
}

/// The scheduled actions of a target, by name.
fn actions(properties: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let all = properties["ScheduledActions"].as_array().into_iter().flatten();
    all.map(|action| (action["ScheduledActionName"].as_str().unwrap_or_default(), action))
}

/// Puts those that are new or changed, and removes those that are no more asked for.
fn schedule(api: &mut Api<'_, '_>, target: &Value, before: &Value, wanted: &Value) -> Result<(), Fault> {
    let find = |all, name: &str| actions(all).find(|(other, _)| *other == name).map(|(_, action)| action);
    for (name, _) in actions(before).filter(|(name, _)| find(wanted, name).is_none()) {
        let input = with(target.clone(), "ScheduledActionName", name);
        unless_gone(api.call(SERVICE, "DeleteScheduledAction", input), NOT_FOUND)?;
    }
    for (name, action) in actions(wanted).filter(|(name, action)| find(before, name) != Some(*action)) {
        let mut input = with(target.clone(), "ScheduledActionName", name);
        merge(&mut input, keep(action, &["Schedule", "Timezone", "ScalableTargetAction"]));
        for name in ["StartTime", "EndTime"] {
            if let Some(text) = action[name].as_str() {
                let moment = Time::parse(text).ok_or_else(|| {
                    Fault::new("InvalidRequest", format!("{name} {text} is not a time in UTC."))
                })?;
                input[name] = json!(Epoch(moment));
            }
        }
        api.call(SERVICE, "PutScheduledAction", input)?;
    }
    Ok(())
}

impl Resource for ScalableTarget {
    fn type_name(&self) -> &'static str {
        "AWS::ApplicationAutoScaling::ScalableTarget"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let id = NAMES.map(|name| asked.text(name).unwrap_or_default()).join("|");
        let resource = asked.text("ResourceId").unwrap_or_default();
        if api.view().region.application_autoscaling.targets.contains_key(resource) {
            return Err(already_exists(self.type_name(), &id));
        }
        register(api, asked.properties)?;
        if let Err(fault) = schedule(api, &named(&id), &Value::Null, asked.properties) {
            let _left = api.call(SERVICE, "DeregisterScalableTarget", named(&id));
            return Err(fault);
        }
        Ok(id)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        register(api, asked.properties)?;
        schedule(api, &named(id), before, asked.properties)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        unless_gone(api.call(SERVICE, "DeregisterScalableTarget", named(id)), NOT_FOUND)
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into())])
    }

    fn takes_ms(&self) -> i64 {
        2_000
    }
}

/// Its id is its ARN.
struct ScalingPolicy;

/// The members that name the target of a policy: its own, or those of `ScalingTargetId`.
fn target_of(properties: &Value) -> Value {
    match properties["ScalingTargetId"].as_str() {
        Some(id) => named(id),
        None => keep(properties, &NAMES),
    }
}

impl ScalingPolicy {
    fn put(api: &mut Api<'_, '_>, properties: &Value) -> Result<String, Fault> {
        const TAKEN: [&str; 5] = [
            "PolicyName",
            "PolicyType",
            "StepScalingPolicyConfiguration",
            "TargetTrackingScalingPolicyConfiguration",
            "PredictiveScalingPolicyConfiguration",
        ];
        let mut input = keep(properties, &TAKEN);
        merge(&mut input, target_of(properties));
        let answer = api.call(SERVICE, "PutScalingPolicy", input)?;
        Ok(answer["PolicyARN"].as_str().unwrap_or_default().to_owned())
    }
}

impl Resource for ScalingPolicy {
    fn type_name(&self) -> &'static str {
        "AWS::ApplicationAutoScaling::ScalingPolicy"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let target = target_of(asked.properties);
        let resource = target["ResourceId"].as_str().unwrap_or_default();
        let name = asked.text("PolicyName").unwrap_or_default();
        let targets = &api.view().region.application_autoscaling.targets;
        if targets.get(resource).is_some_and(|target| target.policies.contains_key(name)) {
            return Err(already_exists(self.type_name(), name));
        }
        Self::put(api, asked.properties)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        _id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Self::put(api, asked.properties).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, _id: &str, properties: &Value) -> Result<(), Fault> {
        let input = with(target_of(properties), "PolicyName", properties["PolicyName"].clone());
        unless_gone(api.call(SERVICE, "DeleteScalingPolicy", input), NOT_FOUND)
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Arn", id.into())])
    }

    fn takes_ms(&self) -> i64 {
        2_000
    }
}
