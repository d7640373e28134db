use serde_json::{Value, json};

use crate::testing::Lab;

mod hooks;
mod policies;
mod scheduled;

const WEAVE: &str = "ami-f560d8e3";

/// Two subnets of the default VPC in different zones.
fn subnets(lab: &mut Lab) -> (String, String) {
    let all = lab.call("ec2", "DescribeSubnets", json!({}));
    let id = |zone: &str| {
        let subnets = all["subnetSet"].as_array().unwrap();
        let found = subnets.iter().find(|subnet| subnet["availabilityZone"] == zone).unwrap();
        found["subnetId"].as_str().unwrap().to_owned()
    };
    (id("us-east-1a"), id("us-east-1b"))
}

fn configure(lab: &mut Lab) {
    let input = json!({"LaunchConfigurationName": "lc", "ImageId": WEAVE, "InstanceType": "t2.micro",
        "InstanceMonitoring": {"Enabled": "false"}});
    lab.call("autoscaling", "CreateLaunchConfiguration", input);
}

fn create(lab: &mut Lab, desired: i32, subnets: &str) {
    let tags = json!([{"Key": "Name", "Value": "worker", "PropagateAtLaunch": "true"},
        {"Key": "Secret", "Value": "x", "PropagateAtLaunch": "false"}]);
    let input = json!({"AutoScalingGroupName": "g", "LaunchConfigurationName": "lc", "MinSize": "0",
        "MaxSize": "5", "DesiredCapacity": desired.to_string(), "VPCZoneIdentifier": subnets, "Tags": tags});
    lab.call("autoscaling", "CreateAutoScalingGroup", input);
}

fn group(lab: &mut Lab) -> Value {
    lab.call("autoscaling", "DescribeAutoScalingGroups", json!({}))["AutoScalingGroups"][0].clone()
}

fn states(lab: &mut Lab) -> Vec<String> {
    let group = group(lab);
    let instances = group["Instances"].as_array().unwrap();
    instances.iter().map(|i| i["LifecycleState"].as_str().unwrap().to_owned()).collect()
}

fn member(lab: &mut Lab) -> String {
    group(lab)["Instances"][0]["InstanceId"].as_str().unwrap().to_owned()
}

fn activities(lab: &mut Lab) -> Vec<Value> {
    let input = json!({"AutoScalingGroupName": "g", "IncludeDeletedGroups": true});
    lab.call("autoscaling", "DescribeScalingActivities", input)["Activities"].as_array().unwrap().clone()
}

#[test]
fn a_group_launches_what_is_desired() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, b) = subnets(&mut lab);
    create(&mut lab, 3, &format!("{a},{b}"));
    assert_eq!(states(&mut lab), [] as [&str; 0]);
    lab.advance(5);
    assert_eq!(states(&mut lab), ["Pending"; 3]);
    lab.advance(60);
    assert_eq!(states(&mut lab), ["InService"; 3]);
    let zones: Vec<Value> = group(&mut lab)["Instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["AvailabilityZone"].clone())
        .collect();
    let in_a = zones.iter().filter(|zone| *zone == "us-east-1a").count();
    assert_eq!((in_a, zones.len() - in_a), (2, 1), "balanced over zones");
    let all = activities(&mut lab);
    assert_eq!(all.len(), 3);
    assert_eq!(all[0]["StatusCode"], "Successful");
    let cause = all[0]["Cause"].as_str().unwrap();
    assert!(
        cause.contains(
            "a user request created an AutoScalingGroup changing the desired capacity from 0 to 3.  At 2026-"
        ),
        "{cause}"
    );
    assert!(cause.ends_with("an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 3."), "{cause}");
    let id = member(&mut lab);
    let tags = lab.call("ec2", "DescribeInstances", json!({"InstanceId": [id]}))["reservationSet"][0]["instancesSet"][0]["tagSet"].clone();
    let keys: Vec<&str> = tags.as_array().unwrap().iter().map(|t| t["key"].as_str().unwrap()).collect();
    assert!(
        keys.contains(&"aws:autoscaling:groupName") && keys.contains(&"Name") && !keys.contains(&"Secret")
    );
    let described =
        lab.call("autoscaling", "DescribeAutoScalingInstances", json!({"InstanceIds": [id, "i-0123"]}));
    assert_eq!(described["AutoScalingInstances"].as_array().unwrap().len(), 1);
    assert_eq!(described["AutoScalingInstances"][0]["AutoScalingGroupName"], "g");
}

#[test]
fn what_is_terminated_is_replaced() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, 2, &a);
    lab.advance(90);
    let lost = member(&mut lab);
    lab.call("ec2", "TerminateInstances", json!({"InstanceId": [lost]}));
    lab.advance(32);
    assert!(!group(&mut lab).to_string().contains(&lost), "noticed");
    assert_eq!(states(&mut lab).len(), 1);
    lab.advance(120);
    assert_eq!(states(&mut lab), ["InService"; 2]);
    assert!(!group(&mut lab).to_string().contains(&lost));
    let causes: Vec<String> =
        activities(&mut lab).iter().map(|a| a["Cause"].as_str().unwrap().to_owned()).collect();
    assert!(causes.iter().any(|c| c.ends_with("taken out of service in response to an EC2 health check indicating it has been terminated or stopped.")));
    assert!(causes.iter().any(|c| {
        c.ends_with("an instance was launched in response to an unhealthy instance needing to be replaced.")
    }));
    // A user may call an instance unhealthy, too.
    let sick = member(&mut lab);
    lab.call("autoscaling", "SetInstanceHealth", json!({"InstanceId": sick, "HealthStatus": "Unhealthy"}));
    lab.advance(180);
    assert_eq!(states(&mut lab), ["InService"; 2]);
    assert_ne!(member(&mut lab), sick);
}

#[test]
fn capacity_follows_its_bounds() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, 3, &a);
    lab.advance(90);
    let set = |n: i32| json!({"AutoScalingGroupName": "g", "DesiredCapacity": n});
    assert_eq!(lab.refused("autoscaling", "SetDesiredCapacity", set(6)), "ValidationError");
    assert_eq!(lab.refused("autoscaling", "SetDesiredCapacity", set(-1)), "ValidationError");
    lab.call("autoscaling", "UpdateAutoScalingGroup", json!({"AutoScalingGroupName": "g", "MaxSize": 1}));
    assert_eq!(group(&mut lab)["DesiredCapacity"], 1);
    lab.advance(120);
    assert_eq!(states(&mut lab), ["InService"]);
    let cause = activities(&mut lab)[0]["Cause"].as_str().unwrap().to_owned();
    assert!(cause.contains("update of AutoScalingGroup constraints to min: 0, max: 1, desired: 1 changing the desired capacity from 3 to 1."), "{cause}");
    assert!(
        cause.contains("shrinking the capacity from 3 to 1.")
            && cause.ends_with("was selected for termination."),
        "{cause}"
    );
    let id = member(&mut lab);
    let protect = json!({"AutoScalingGroupName": "g", "InstanceIds": [id], "ProtectedFromScaleIn": true});
    lab.call("autoscaling", "SetInstanceProtection", protect);
    lab.call("autoscaling", "SetDesiredCapacity", set(0));
    lab.advance(3600);
    assert_eq!(states(&mut lab), ["InService"], "protected from scale in");
    let terminate = json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": "false"});
    let activity =
        lab.call("autoscaling", "TerminateInstanceInAutoScalingGroup", terminate)["Activity"].clone();
    assert_eq!(activity["StatusCode"], "InProgress");
    lab.settle();
    assert_eq!(states(&mut lab), [] as [&str; 0]);
}

#[test]
fn a_launch_that_fails_says_why_and_is_tried_again() {
    let mut lab = Lab::new();
    let (a, _) = subnets(&mut lab);
    let vpc = lab.call("ec2", "DescribeVpcs", json!({}))["vpcSet"][0]["vpcId"].clone();
    let input = json!({"GroupName": "web", "GroupDescription": "web", "VpcId": vpc});
    let web = lab.call("ec2", "CreateSecurityGroup", input)["groupId"].as_str().unwrap().to_owned();
    let input = json!({"LaunchConfigurationName": "lc", "ImageId": WEAVE, "InstanceType": "t2.micro", "SecurityGroups": [web]});
    lab.call("autoscaling", "CreateLaunchConfiguration", input);
    lab.call("ec2", "DeleteSecurityGroup", json!({"GroupId": web}));
    create(&mut lab, 2, &a);
    lab.advance(6);
    let first = activities(&mut lab)[0].clone();
    assert_eq!(first["StatusCode"], "Failed");
    let message = first["StatusMessage"].as_str().unwrap();
    assert!(message.starts_with(&format!("The security group '{web}' does not exist")), "{message}");
    assert!(message.ends_with(". Launching EC2 instance failed."), "{message}");
    let description = first["Description"].as_str().unwrap();
    assert_eq!(description, format!("Launching a new EC2 instance.  Status Reason: {message}"));
    lab.advance(3600);
    let failed = activities(&mut lab).len();
    assert!((5..12).contains(&failed), "{failed} attempts in an hour: it backs off");
    let good = json!({"LaunchConfigurationName": "good", "ImageId": WEAVE, "InstanceType": "t2.micro"});
    lab.call("autoscaling", "CreateLaunchConfiguration", good);
    let input = json!({"AutoScalingGroupName": "g", "LaunchConfigurationName": "good"});
    lab.call("autoscaling", "UpdateAutoScalingGroup", input);
    lab.advance(60);
    assert_eq!(states(&mut lab), ["InService"; 2]);
}

#[test]
fn a_group_that_wants_too_much_takes_what_it_gets() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let input = json!({"AutoScalingGroupName": "g", "LaunchConfigurationName": "lc", "MinSize": 0,
        "MaxSize": i32::MAX, "DesiredCapacity": i32::MAX, "AvailabilityZones": ["us-east-1a", "us-east-1b"]});
    lab.call("autoscaling", "CreateAutoScalingGroup", input);
    lab.advance(300);
    let launched = states(&mut lab).len();
    assert!((20..1000).contains(&launched), "{launched}");
    let all = activities(&mut lab);
    let failed = all.iter().find(|a| a["StatusCode"] == "Failed").unwrap();
    assert!(failed["StatusMessage"].as_str().unwrap().contains("vCPU"), "{failed}");
    let id = member(&mut lab);
    let detach =
        json!({"AutoScalingGroupName": "g", "InstanceIds": [id], "ShouldDecrementDesiredCapacity": false});
    lab.call("autoscaling", "DetachInstances", detach);
    let attach = json!({"AutoScalingGroupName": "g", "InstanceIds": [id]});
    assert_eq!(lab.refused("autoscaling", "AttachInstances", attach), "ValidationError");
    let delete = json!({"AutoScalingGroupName": "g", "ForceDelete": true});
    lab.call("autoscaling", "DeleteAutoScalingGroup", delete);
    lab.advance(60);
    assert!(group(&mut lab).is_null());
}

#[test]
fn deleting_waits_for_the_instances() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, 2, &a);
    lab.advance(90);
    let delete = json!({"AutoScalingGroupName": "g"});
    assert_eq!(lab.refused("autoscaling", "DeleteAutoScalingGroup", delete.clone()), "ResourceInUse");
    let configuration = json!({"LaunchConfigurationName": "lc"});
    assert_eq!(
        lab.refused("autoscaling", "DeleteLaunchConfiguration", configuration.clone()),
        "ResourceInUse"
    );
    let force = json!({"AutoScalingGroupName": "g", "ForceDelete": "true"});
    lab.call("autoscaling", "DeleteAutoScalingGroup", force);
    assert_eq!(group(&mut lab)["Status"], "Delete in progress");
    assert_eq!(states(&mut lab), ["Terminating"; 2]);
    lab.advance(60);
    assert!(group(&mut lab).is_null());
    lab.call("autoscaling", "DeleteLaunchConfiguration", configuration);
    assert_eq!(activities(&mut lab).len(), 4, "what a deleted group did can still be looked up");
    assert_eq!(lab.refused("autoscaling", "DeleteAutoScalingGroup", delete), "ValidationError");
}

#[test]
fn suspended_processes_do_not_happen() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, 1, &a);
    let launch = json!({"AutoScalingGroupName": "g", "ScalingProcesses": ["Launch"]});
    lab.call("autoscaling", "SuspendProcesses", launch.clone());
    lab.settle();
    assert_eq!(states(&mut lab), [] as [&str; 0]);
    assert_eq!(group(&mut lab)["SuspendedProcesses"][0]["ProcessName"], "Launch");
    lab.call("autoscaling", "ResumeProcesses", launch);
    lab.advance(60);
    assert_eq!(states(&mut lab), ["InService"]);
    lab.call("autoscaling", "SuspendProcesses", json!({"AutoScalingGroupName": "g"}));
    let id = member(&mut lab);
    lab.call("ec2", "TerminateInstances", json!({"InstanceId": [id]}));
    lab.settle();
    assert_eq!(states(&mut lab), ["InService"], "nobody checks");
}

#[test]
fn members_come_and_go_by_hand() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, 1, &a);
    lab.advance(60);
    let id = member(&mut lab);
    let detach =
        json!({"AutoScalingGroupName": "g", "InstanceIds": [id], "ShouldDecrementDesiredCapacity": true});
    lab.call("autoscaling", "DetachInstances", detach);
    lab.settle();
    assert_eq!(states(&mut lab), [] as [&str; 0]);
    let attach = json!({"AutoScalingGroupName": "g", "InstanceIds": [id]});
    lab.call("autoscaling", "AttachInstances", attach.clone());
    assert_eq!((states(&mut lab).len(), group(&mut lab)["DesiredCapacity"].clone()), (1, json!(1)));
    assert_eq!(lab.refused("autoscaling", "AttachInstances", attach), "ValidationError");
}

#[test]
fn groups_from_launch_templates() {
    let mut lab = Lab::new();
    let (a, _) = subnets(&mut lab);
    let template = json!({"LaunchTemplateName": "template", "LaunchTemplateData": {"ImageId": WEAVE, "InstanceType": "t2.micro"}});
    lab.call("ec2", "CreateLaunchTemplate", template);
    let input = |version: &str| {
        json!({"AutoScalingGroupName": "g", "LaunchTemplate": {"LaunchTemplateName": "template", "Version": version},
        "MinSize": 1, "MaxSize": 1, "VPCZoneIdentifier": a})
    };
    assert_eq!(lab.refused("autoscaling", "CreateAutoScalingGroup", input("7")), "ValidationError");
    lab.call("autoscaling", "CreateAutoScalingGroup", input("$Latest"));
    lab.advance(60);
    let group = group(&mut lab);
    assert_eq!(group["LaunchTemplate"]["Version"], "$Latest");
    assert_eq!(group["Instances"][0]["LaunchTemplate"]["Version"], "1");
    assert_eq!(group["Instances"][0]["LifecycleState"], "InService");
}

#[test]
fn configurations_are_checked() {
    let mut lab = Lab::new();
    let refused = |lab: &mut Lab, change: Value| {
        let mut input = json!({"LaunchConfigurationName": "x", "ImageId": WEAVE, "InstanceType": "t2.micro"});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let fault = lab.try_call("autoscaling", "CreateLaunchConfiguration", input).unwrap_err();
        assert!(lab.world.regions.is_empty(), "a refusal leaves nothing behind");
        (fault.code, fault.message)
    };
    for (change, code, message) in [
        (
            json!({"ImageId": "ami-0000"}),
            "ValidationError",
            "AMI ami-0000 is invalid: The image id '[ami-0000]' does not exist",
        ),
        (json!({"KeyName": "none"}), "ValidationError", "The key pair 'none' does not exist"),
        (json!({"SecurityGroups": ["sg-0"]}), "ValidationError", "The security group 'sg-0' does not exist"),
        (json!({"IamInstanceProfile": "none"}), "ValidationError", "Invalid IamInstanceProfile: none"),
        (
            json!({"InstanceType": null}),
            "ValidationError",
            "Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.",
        ),
        (json!({"UserData": "%%%"}), "ValidationError", "Invalid BASE64 encoding of user data"),
    ] {
        assert_eq!(refused(&mut lab, change), (code.to_owned(), message.to_owned()));
    }
    configure(&mut lab);
    let again = json!({"LaunchConfigurationName": "lc", "ImageId": WEAVE, "InstanceType": "t2.micro"});
    assert_eq!(lab.refused("autoscaling", "CreateLaunchConfiguration", again), "AlreadyExists");
    let described = lab.call(
        "autoscaling",
        "DescribeLaunchConfigurations",
        json!({"LaunchConfigurationNames": ["lc", "no"]}),
    );
    assert_eq!(described["LaunchConfigurations"][0]["InstanceMonitoring"]["Enabled"], false);
}

#[test]
fn groups_are_checked() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    for (change, message) in [
        (json!({"MinSize": 4}), "Max bound, 3, must be greater than or equal to min bound, 4"),
        (
            json!({"DesiredCapacity": 9}),
            "Desired capacity:9 must be between the specified min size:1 and max size:3",
        ),
        (json!({"VPCZoneIdentifier": "subnet-0"}), "The subnet ID 'subnet-0' does not exist"),
        (json!({"VPCZoneIdentifier": ""}), "At least one Availability Zone or VPC Subnet is required."),
        (
            json!({"LaunchConfigurationName": "no"}),
            "Launch configuration name not found - A launch configuration with the name: no does not exist",
        ),
        (
            json!({"AvailabilityZones": ["us-east-1b"]}),
            "The availability zones of the specified subnets and the Auto Scaling group do not match",
        ),
    ] {
        let mut input = json!({"AutoScalingGroupName": "g", "LaunchConfigurationName": "lc", "MinSize": 1, "MaxSize": 3, "VPCZoneIdentifier": a});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let fault = lab.try_call("autoscaling", "CreateAutoScalingGroup", input).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.message.as_str()), ("ValidationError", message));
    }
}

#[test]
fn paging_and_filters() {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    for name in ["one", "three", "two"] {
        let tags = json!([{"Key": "team", "Value": name}]);
        let input = json!({"AutoScalingGroupName": name, "LaunchConfigurationName": "lc", "MinSize": 0, "MaxSize": 1, "VPCZoneIdentifier": a, "Tags": tags});
        lab.call("autoscaling", "CreateAutoScalingGroup", input);
    }
    let mut token = Value::Null;
    let mut seen = Vec::new();
    loop {
        let page = lab.call(
            "autoscaling",
            "DescribeAutoScalingGroups",
            json!({"MaxRecords": 2, "NextToken": token}),
        );
        seen.extend(
            page["AutoScalingGroups"].as_array().unwrap().iter().map(|g| g["AutoScalingGroupName"].clone()),
        );
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["one", "three", "two"]);
    let filters = json!([{"Name": "tag:team", "Values": ["two"]}]);
    let found = lab.call("autoscaling", "DescribeAutoScalingGroups", json!({"Filters": filters}));
    assert_eq!(found["AutoScalingGroups"].as_array().unwrap().len(), 1);
    assert_eq!(
        lab.refused("autoscaling", "DescribeAutoScalingGroups", json!({"NextToken": "?"})),
        "InvalidNextToken"
    );
    let tags =
        lab.call("autoscaling", "DescribeTags", json!({"Filters": [{"Name": "key", "Values": ["team"]}]}));
    assert_eq!(tags["Tags"].as_array().unwrap().len(), 3);
}
