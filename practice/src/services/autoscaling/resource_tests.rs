use serde_json::{Value, json};

use crate::resource::Actual;
use crate::testing::driver::{Driver, Made};

const WEAVE: &str = "ami-f560d8e3";

fn subnets(driver: &mut Driver) -> Vec<Value> {
    let all = driver.lab.call("ec2", "DescribeSubnets", json!({}));
    all["subnetSet"].as_array().unwrap().iter().take(2).map(|subnet| subnet["subnetId"].clone()).collect()
}

fn configuration(driver: &mut Driver, more: &Value) -> Made {
    let mut properties = json!({"ImageId": WEAVE, "InstanceType": "t2.micro", "InstanceMonitoring": false});
    properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    driver.create("AWS::AutoScaling::LaunchConfiguration", &properties)
}

fn target_group(driver: &mut Driver) -> Made {
    let vpc = driver.look(|view| view.region.ec2.default_vpc().unwrap().id.clone());
    let group = json!({"Port": 4040, "Protocol": "HTTP", "VpcId": vpc});
    driver.create("AWS::ElasticLoadBalancingV2::TargetGroup", &group)
}

fn targets(driver: &Driver, group: &Made) -> Vec<String> {
    driver.look(|view| {
        let group = &view.region.elbv2.target_groups[&group.id];
        group.targets.values().map(|target| format!("{}:{}", target.id, target.port)).collect()
    })
}

fn members(driver: &Driver, group: &Made) -> Vec<String> {
    driver.look(|view| view.region.autoscaling.groups[&group.id].members.keys().cloned().collect())
}

#[test]
fn a_group_behind_a_target_group() {
    let mut driver = Driver::new();
    let lc = configuration(&mut driver, &json!({}));
    let (behind, other) = (target_group(&mut driver), target_group(&mut driver));
    let classic = json!({
        "Subnets": subnets(&mut driver),
        "Listeners": [{"LoadBalancerPort": 80, "InstancePort": 80, "Protocol": "HTTP"}]
    });
    let classic = driver.create("AWS::ElasticLoadBalancing::LoadBalancer", &classic);
    let mut properties = json!({
        "LaunchConfigurationName": lc.id, "VPCZoneIdentifier": subnets(&mut driver), "MinSize": "2",
        "MaxSize": 3, "DesiredCapacity": "2", "TargetGroupARNs": [behind.id], "LoadBalancerNames": [classic.id],
        "Tags": [{"Key": "Name", "Value": "worker", "PropagateAtLaunch": true},
            {"Key": "Quiet", "Value": "x", "PropagateAtLaunch": false}]
    });
    let mut group = driver.create("AWS::AutoScaling::AutoScalingGroup", &properties);
    let ids = members(&driver, &group);
    let with_port: Vec<String> = ids.iter().map(|id| format!("{id}:4040")).collect();
    assert_eq!(targets(&driver, &behind), with_port);
    let registered = |driver: &Driver| -> Vec<String> {
        driver.look(|view| view.region.elb.load_balancers[&classic.id].instances.keys().cloned().collect())
    };
    assert_eq!(registered(&driver), ids);
    let tags = driver.look(|view| view.region.ec2.tags_of(&ids[0]).clone());
    assert_eq!((tags.get("Name").map(String::as_str), tags.get("Quiet")), (Some("worker"), None));
    assert_eq!(tags.get("aws:cloudformation:stack-name").map(String::as_str), Some("demo"));
    let arn = driver.attribute(&group, "AutoScalingGroupARN");
    assert!(arn.as_str().unwrap().ends_with(&format!("autoScalingGroupName/{}", group.id)));
    let Actual::Is(is) = driver.actual(&group) else { panic!("not there") };
    for name in ["MinSize", "MaxSize", "VPCZoneIdentifier", "TargetGroupARNs", "Tags"] {
        assert_eq!(is[name], group.properties[name], "{name}");
    }
    assert!(driver.try_delete(&lc).is_err(), "the group launches from it");

    properties["TargetGroupARNs"] = json!([other.id]);
    properties["DesiredCapacity"] = json!(3);
    properties["MinSize"] = json!(3);
    properties["Tags"] = json!([]);
    driver.update(&mut group, &properties);
    assert_eq!(targets(&driver, &behind), [] as [&str; 0]);
    assert_eq!(targets(&driver, &other).len(), 3);
    // What is taken out by hand stays out.
    let first = json!([{"Id": ids[0]}]);
    let taken = json!({"TargetGroupArn": other.id, "Targets": first});
    driver.lab.call("elasticloadbalancing", "DeregisterTargets", taken);
    driver.lab.advance(600);
    assert_eq!(targets(&driver, &other).len(), 2);

    driver.delete(&group);
    assert_eq!(targets(&driver, &other), [] as [&str; 0]);
    assert_eq!(registered(&driver), [] as [&str; 0]);
    let unknown = json!({
        "LaunchConfigurationName": lc.id, "VPCZoneIdentifier": subnets(&mut driver), "MinSize": 0, "MaxSize": 1,
        "LoadBalancerNames": ["nowhere"]
    });
    let refused = driver.try_create("AWS::AutoScaling::AutoScalingGroup", &unknown).unwrap_err();
    assert!(refused.message.starts_with("Provided Load Balancers may not be valid."), "{refused}");
    driver.delete(&lc);
}

#[test]
fn a_group_that_cannot_launch_is_given_up() {
    let mut driver = Driver::new();
    let vpc = driver.look(|view| view.region.ec2.default_vpc().unwrap().id.clone());
    let group = json!({"GroupDescription": "soon gone", "VpcId": vpc});
    let group = driver.create("AWS::EC2::SecurityGroup", &group);
    let lc = configuration(&mut driver, &json!({"SecurityGroups": [group.id]}));
    driver.delete(&group);
    let properties = json!({
        "LaunchConfigurationName": lc.id, "VPCZoneIdentifier": subnets(&mut driver), "MinSize": 1, "MaxSize": 1
    });
    let failed = driver.try_create("AWS::AutoScaling::AutoScalingGroup", &properties).unwrap_err();
    let told =
        "Group did not stabilize. {current/minSize/maxSize} group size = {0/1/1}. Failed Scaling Activity: ";
    assert!(failed.message.starts_with(told), "{failed}");
    assert!(failed.message.contains(&group.id), "{failed}");
}

#[test]
fn target_groups_are_attached_and_detached() {
    let mut driver = Driver::new();
    let lc = configuration(&mut driver, &json!({}));
    let behind = target_group(&mut driver);
    let properties = json!({
        "LaunchConfigurationName": lc.id, "VPCZoneIdentifier": subnets(&mut driver), "MinSize": 1, "MaxSize": 1
    });
    let group = driver.create("AWS::AutoScaling::AutoScalingGroup", &properties);
    let named = json!({"AutoScalingGroupName": group.id});
    let both = json!({"AutoScalingGroupName": group.id, "TargetGroupARNs": [behind.id]});
    driver.lab.call("autoscaling", "AttachLoadBalancerTargetGroups", both.clone());
    assert_eq!(targets(&driver, &behind).len(), 1);
    let shown = driver.lab.call("autoscaling", "DescribeLoadBalancerTargetGroups", named);
    assert_eq!(shown["LoadBalancerTargetGroups"][0]["LoadBalancerTargetGroupARN"], behind.id.as_str());
    driver.lab.call("autoscaling", "DetachLoadBalancerTargetGroups", both.clone());
    assert!(targets(&driver, &behind).is_empty());
    assert_eq!(driver.lab.refused("autoscaling", "DetachLoadBalancerTargetGroups", both), "ValidationError");
    let unknown = json!({"AutoScalingGroupName": group.id, "TargetGroupARNs": ["arn:aws:x"]});
    let refused = driver.lab.refused("autoscaling", "AttachLoadBalancerTargetGroups", unknown);
    assert_eq!(refused, "ValidationError");
}

#[test]
fn permissions_are_asked() {
    let mut driver = Driver::new();
    driver.be_user(
        "student2",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    );
    let properties = json!({"ImageId": WEAVE, "InstanceType": "t2.micro"});
    let denied = driver.try_create("AWS::AutoScaling::LaunchConfiguration", &properties).unwrap_err();
    assert!(denied.message.contains("autoscaling:CreateLaunchConfiguration"), "{denied}");
}
