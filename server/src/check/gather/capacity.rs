//! The answers of Application Auto Scaling, CloudWatch and Systems Manager.

use super::network::put;
use super::{Put, fact};
use crate::check::facts::{
    Activation, Alarm, ManagedInstance, ScalableTarget, ScalingActivity, ScalingPolicy,
};
use crate::cloud::thin::form;
use crate::cloud::{Cloud, Trouble};
use serde_json::{Value, json};

pub(super) async fn scalable_targets(cloud: &Cloud) -> Put {
    let asked = json!({"ServiceNamespace": "ecs"});
    let answer: Result<Vec<ScalableTarget>, Trouble> =
        cloud.scaling.list("DescribeScalableTargets", asked, "ScalableTargets", "NextToken").await;
    put(move |facts| facts.scalable_targets = Some(fact(answer)))
}

pub(super) async fn scaling_policies(cloud: &Cloud) -> Put {
    let asked = json!({"ServiceNamespace": "ecs"});
    let answer: Result<Vec<ScalingPolicy>, Trouble> =
        cloud.scaling.list("DescribeScalingPolicies", asked, "ScalingPolicies", "NextToken").await;
    put(move |facts| facts.scaling_policies = Some(fact(answer)))
}

/// The newest page of a resource's activities.
pub(super) async fn scaling_activities(cloud: &Cloud, resource: String) -> Put {
    let asked =
        json!({"ServiceNamespace": "ecs", "ResourceId": resource, "IncludeNotScaledActivities": true});
    let answer: Result<Vec<ScalingActivity>, Trouble> =
        cloud.scaling.call("DescribeScalingActivities", &asked).await.and_then(|mut page| {
            let items = page.get_mut("ScalingActivities").map(Value::take).unwrap_or_default();
            serde_json::from_value(items).map_err(|error| Trouble::Other(error.to_string()))
        });
    put(move |facts| {
        facts.scaling_activities.insert(resource, fact(answer));
    })
}

pub(super) async fn alarms(cloud: &Cloud, prefix: String) -> Put {
    let asked = form(&[("AlarmNamePrefix", &prefix)]);
    let answer = cloud
        .cloudwatch
        .list("DescribeAlarms", asked, "MetricAlarms", |of| Alarm {
            name: of.string("AlarmName"),
            state: of.string("StateValue"),
            reason: of.string("StateReason"),
            since: super::balancing::seconds(of.text("StateTransitionedTimestamp"))
                .or_else(|| super::balancing::seconds(of.text("StateUpdatedTimestamp"))),
        })
        .await;
    put(move |facts| {
        facts.alarms.insert(prefix, fact(answer));
    })
}

pub(super) async fn activations(cloud: &Cloud) -> Put {
    let answer: Result<Vec<Activation>, Trouble> =
        cloud.ssm.list("DescribeActivations", json!({}), "ActivationList", "NextToken").await;
    put(move |facts| facts.activations = Some(fact(answer)))
}

pub(super) async fn managed_instances(cloud: &Cloud) -> Put {
    let asked = json!({"Filters": [{"Key": "ResourceType", "Values": ["ManagedInstance"]}]});
    let answer: Result<Vec<ManagedInstance>, Trouble> =
        cloud.ssm.list("DescribeInstanceInformation", asked, "InstanceInformationList", "NextToken").await;
    put(move |facts| facts.managed_instances = Some(fact(answer)))
}
