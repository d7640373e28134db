//! Auto Scaling groups with all that changes their size, and updates that leave that alone.

use serde_json::{Value, json};

use super::Formation;

/// A group with a policy, an alarm for it, a hook, and a scheduled action. `more` is added to the group.
fn template(cooldown: &str, sizes: &Value, more: &Value) -> Value {
    let group = json!({"Ref": "Group"});
    let mut properties = json!({"LaunchConfigurationName": {"Ref": "Configuration"}, "Cooldown": cooldown,
        "AvailabilityZones": ["us-east-1a"]});
    properties.as_object_mut().unwrap().extend(sizes.as_object().unwrap().clone());
    let mut template = json!({"Resources": {
        "Configuration": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": {
            "ImageId": "ami-f560d8e3", "InstanceType": "t2.micro"}},
        "Group": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": properties},
        "Hook": {"Type": "AWS::AutoScaling::LifecycleHook", "Properties": {"AutoScalingGroupName": group,
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "HeartbeatTimeout": 60, "DefaultResult": "CONTINUE"}},
        "Out": {"Type": "AWS::AutoScaling::ScalingPolicy", "Properties": {"AutoScalingGroupName": group,
            "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "Cooldown": "60"}},
        "Track": {"Type": "AWS::AutoScaling::ScalingPolicy", "Properties": {"AutoScalingGroupName": group,
            "PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {"TargetValue": 60,
                "DisableScaleIn": true,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}}}},
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Out"}],
            "Namespace": "Queue", "MetricName": "Depth", "Statistic": "Average", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold"}},
        "Night": {"Type": "AWS::AutoScaling::ScheduledAction", "Properties": {"AutoScalingGroupName": group,
            "Recurrence": "0 22 * * *", "MinSize": 0, "DesiredCapacity": 0}}
    }, "Outputs": {"Policy": {"Value": {"Fn::GetAtt": ["Out", "PolicyName"]}}}});
    let group = template["Resources"]["Group"].as_object_mut().unwrap();
    group.extend(more.as_object().unwrap().clone());
    template
}

fn sizes() -> Value {
    json!({"MinSize": "1", "MaxSize": "4", "DesiredCapacity": "2"})
}

fn group(lab: &mut Formation) -> Value {
    lab.0.call("autoscaling", "DescribeAutoScalingGroups", json!({}))["AutoScalingGroups"][0].clone()
}

fn is(lab: &mut Formation) -> [i64; 3] {
    let group = group(lab);
    ["MinSize", "MaxSize", "DesiredCapacity"].map(|size| group[size].as_i64().unwrap())
}

#[test]
fn what_scales_a_group_is_made_changed_and_removed_with_it() {
    let mut lab = Formation::new();
    lab.create("sizes", &template("60", &sizes(), &json!({})));
    lab.0.advance(240);
    assert_eq!(lab.status("sizes"), "CREATE_COMPLETE", "{:#?}", lab.events("sizes"));
    let policy = lab.physical_id("sizes", "Out");
    assert!(policy.contains(":scalingPolicy:"), "{policy}");
    assert!(policy.ends_with(lab.stack("sizes")["Outputs"][0]["OutputValue"].as_str().unwrap()));
    let of = json!({"AutoScalingGroupName": lab.physical_id("sizes", "Group")});
    let hooks = lab.0.call("autoscaling", "DescribeLifecycleHooks", of.clone());
    assert_eq!(hooks["LifecycleHooks"][0]["LifecycleHookName"], lab.physical_id("sizes", "Hook"));
    let data = json!({"Namespace": "Queue", "MetricData": [{"MetricName": "Depth", "Value": 80}]});
    lab.0.call("monitoring", "PutMetricData", data);
    lab.0.advance(70);
    assert_eq!(is(&mut lab), [1, 4, 3], "its alarm asks the policy");
    // Nothing has drifted but the group.
    lab.call("DetectStackDrift", json!({"StackName": "sizes"}));
    let drifts = lab.call("DescribeStackResourceDrifts", json!({"StackName": "sizes"}));
    let of_it = |one: &&Value| one["StackResourceDriftStatus"] == "MODIFIED";
    let all: Vec<&Value> = drifts["StackResourceDrifts"].as_array().unwrap().iter().filter(of_it).collect();
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(all[0]["PropertyDifferences"][0]["PropertyPath"], "/DesiredCapacity");
    // Changes go through the same operations.
    let mut other = template("60", &sizes(), &json!({}));
    other["Resources"]["Out"]["Properties"]["ScalingAdjustment"] = json!(2);
    other["Resources"]["Hook"]["Properties"]["HeartbeatTimeout"] = json!(90);
    other["Resources"]["Night"]["Properties"]["Recurrence"] = json!("0 23 * * *");
    lab.update("sizes", &other);
    lab.0.advance(120);
    assert_eq!(lab.status("sizes"), "UPDATE_COMPLETE", "{:#?}", lab.events("sizes"));
    assert_eq!(lab.physical_id("sizes", "Out"), policy, "the same policy");
    let shown = lab.0.call("autoscaling", "DescribePolicies", json!({"PolicyNames": [policy]}));
    assert_eq!(shown["ScalingPolicies"][0]["ScalingAdjustment"], 2);
    let hooks = lab.0.call("autoscaling", "DescribeLifecycleHooks", of.clone());
    assert_eq!(hooks["LifecycleHooks"][0]["HeartbeatTimeout"], 90);
    let actions = lab.0.call("autoscaling", "DescribeScheduledActions", of);
    assert_eq!(actions["ScheduledUpdateGroupActions"][0]["Recurrence"], "0 23 * * *");
    lab.call("DeleteStack", json!({"StackName": "sizes"}));
    lab.0.advance(900);
    assert!(group(&mut lab).is_null());
    assert_eq!(lab.0.call("monitoring", "DescribeAlarms", json!({}))["MetricAlarms"], json!([]));
}

#[test]
fn hooks_that_a_group_lists_follow_the_template() {
    let hook = |name: &str, timeout: i32| {
        json!({"LifecycleHookName": name, "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "HeartbeatTimeout": timeout})
    };
    let listed = |hooks: Value| {
        let mut all = sizes();
        all["LifecycleHookSpecificationList"] = hooks;
        template("60", &all, &json!({}))
    };
    let mut lab = Formation::new();
    lab.create("sizes", &listed(json!([hook("a", 60), hook("b", 60)])));
    lab.0.advance(240);
    assert_eq!(lab.status("sizes"), "CREATE_COMPLETE", "{:#?}", lab.events("sizes"));
    lab.update("sizes", &listed(json!([hook("b", 90), hook("c", 60)])));
    lab.0.advance(240);
    assert_eq!(lab.status("sizes"), "UPDATE_COMPLETE", "{:#?}", lab.events("sizes"));
    let of = json!({"AutoScalingGroupName": lab.physical_id("sizes", "Group"), "LifecycleHookNames": ["a", "b", "c"]});
    let hooks = lab.0.call("autoscaling", "DescribeLifecycleHooks", of);
    let seen: Vec<(&Value, &Value)> = hooks["LifecycleHooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hook| (&hook["LifecycleHookName"], &hook["HeartbeatTimeout"]))
        .collect();
    assert_eq!(seen, [(&json!("b"), &json!(90)), (&json!("c"), &json!(60))]);
}

#[test]
fn sizes_that_the_template_leaves_are_ignored_where_its_policy_says_so() {
    let ignoring = json!({"UpdatePolicy": {"AutoScalingScheduledAction": {"IgnoreUnmodifiedGroupSizeProperties": "true"}}});
    let mut lab = Formation::new();
    lab.create("sizes", &template("60", &sizes(), &ignoring));
    lab.0.advance(240);
    let name = lab.physical_id("sizes", "Group");
    let by_schedule = |lab: &mut Formation| {
        let input = json!({"AutoScalingGroupName": name, "MinSize": 0, "MaxSize": 6, "DesiredCapacity": 3});
        lab.0.call("autoscaling", "UpdateAutoScalingGroup", input);
        lab.0.advance(60);
    };
    by_schedule(&mut lab);
    lab.update("sizes", &template("90", &sizes(), &ignoring));
    lab.0.advance(120);
    assert_eq!(lab.status("sizes"), "UPDATE_COMPLETE");
    assert_eq!(group(&mut lab)["DefaultCooldown"], 90);
    assert_eq!(is(&mut lab), [0, 6, 3], "as they were made behind its back");
    // Nor does a rollback touch them.
    let mut broken = template("120", &sizes(), &ignoring);
    broken["Resources"]["Wrong"] = json!({"Type": "AWS::AutoScaling::ScheduledAction", "DependsOn": "Group",
        "Properties": {"AutoScalingGroupName": {"Ref": "Group"}, "Recurrence": "never", "MinSize": 1}});
    lab.update("sizes", &broken);
    lab.0.advance(300);
    assert_eq!(lab.status("sizes"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!((group(&mut lab)["DefaultCooldown"].clone(), is(&mut lab)), (json!(90), [0, 6, 3]));
    // One that it changes is set.
    let larger = json!({"MinSize": "1", "MaxSize": "5", "DesiredCapacity": "2"});
    lab.update("sizes", &template("90", &larger, &ignoring));
    lab.0.advance(120);
    assert_eq!(is(&mut lab), [0, 5, 3]);
    // Without the policy, all are the template's again.
    by_schedule(&mut lab);
    lab.update("sizes", &template("120", &larger, &json!({})));
    lab.0.advance(300);
    assert_eq!(lab.status("sizes"), "UPDATE_COMPLETE");
    assert_eq!(is(&mut lab), [1, 5, 2]);
}
