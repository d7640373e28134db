//! `AWS::ElasticLoadBalancingV2::TargetGroup`. Its physical id is its ARN.

use serde_json::{Map, Value, json};

use super::{any, attributes, call, make, remove, retag, shown, tags, whole};
use crate::core::fault::Fault;
use crate::form::{key_values, only, picked, present};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::services::elbv2::attributes as known;
use crate::world::View;

pub(super) struct TargetGroup;

/// What is fixed at its creation.
const FIXED: [&str; 6] = ["Protocol", "ProtocolVersion", "Port", "VpcId", "TargetType", "IpAddressType"];
/// How its targets are checked.
const CHECKS: [&str; 9] = [
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckPath",
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "Matcher",
];

impl TargetGroup {
    fn check(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        let more = ["Name", "TargetGroupAttributes", "Targets", "Tags"];
        only(asked, self.type_name(), &[&FIXED[..], &CHECKS[..], &more[..]].concat())
    }

    fn set(api: &mut Api<'_, '_>, arn: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        let http = matches!(asked.text("Protocol"), Some("HTTP" | "HTTPS"));
        let usual = known::shape(known::of_target_group(http), &known::none());
        let wanted = attributes(before, asked, "TargetGroupAttributes", &usual);
        if !any(&wanted) {
            return Ok(());
        }
        let input = json!({"TargetGroupArn": arn, "Attributes": wanted});
        call(api, "ModifyTargetGroupAttributes", input).map(|_| ())
    }

    fn targets(api: &mut Api<'_, '_>, arn: &str, before: &Value, after: &Value) -> Result<(), Fault> {
        let list = |of: &Value| of.get("Targets").and_then(Value::as_array).cloned().unwrap_or_default();
        let (was, is) = (list(before), list(after));
        let beyond = |of: &[Value], without: &[Value]| -> Vec<Value> {
            of.iter().filter(|target| !without.contains(target)).cloned().collect()
        };
        for (operation, targets) in
            [("DeregisterTargets", beyond(&was, &is)), ("RegisterTargets", beyond(&is, &was))]
        {
            if !targets.is_empty() {
                call(api, operation, json!({"TargetGroupArn": arn, "Targets": targets}))?;
            }
        }
        Ok(())
    }
}

impl Resource for TargetGroup {
    fn type_name(&self) -> &'static str {
        "AWS::ElasticLoadBalancingV2::TargetGroup"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        self.check(asked)?;
        let name = asked.name("Name", 32);
        // The API answers a repeated request with what is there; a stack does not take over what is another's.
        if api.view().region.elbv2.target_groups.values().any(|group| group.name == name) {
            let message =
                format!("A target group with the same name '{name}' exists, but with different settings");
            return Err(Fault::new("DuplicateTargetGroupName", message));
        }
        let mut input = picked(asked.properties, &[&FIXED[..], &CHECKS[..]].concat());
        input.insert("Name".to_owned(), json!(name));
        input.insert("Tags".to_owned(), key_values(&asked.tags()));
        let arn = make(api, "CreateTargetGroup", input.into(), "/TargetGroups/0/TargetGroupArn")?;
        let rest = Self::set(api, &arn, &Value::Null, asked)
            .and_then(|()| Self::targets(api, &arn, &Value::Null, asked.properties));
        whole(self, api, arn, asked, rest)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        self.check(asked)?;
        if CHECKS.iter().any(|name| asked.changed(before, name)) {
            let mut input = picked(asked.properties, &CHECKS);
            input.insert("TargetGroupArn".to_owned(), json!(id));
            call(api, "ModifyTargetGroup", input.into())?;
        }
        if asked.changed(before, "TargetGroupAttributes") {
            Self::set(api, id, before, asked)?;
        }
        Self::targets(api, id, before, asked.properties)?;
        retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteTargetGroup", json!({"TargetGroupArn": id}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let Some(group) = view.region.elbv2.target_groups.get(id) else { return Map::new() };
        let balancers: Vec<&str> =
            view.region.elbv2.load_balancers_of(id).map(|lb| lb.arn.as_str()).collect();
        present([
            ("TargetGroupArn", Some(json!(id))),
            ("TargetGroupName", Some(json!(group.name))),
            ("TargetGroupFullName", Some(json!(group.path()))),
            ("LoadBalancerArns", Some(json!(balancers))),
        ])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let list = "TargetGroups";
        let Some(shown) = shown(view, "DescribeTargetGroups", "TargetGroupArns", list, id) else {
            return Actual::Gone;
        };
        let mut properties = picked(&shown, &[&FIXED[..], &CHECKS[..]].concat());
        properties.retain(|_, value| !value.is_null());
        properties
            .extend(present([("Name", shown.get("TargetGroupName").cloned()), ("Tags", tags(view, id))]));
        Actual::Is(properties.into())
    }
}
