use super::*;

const TEMPLATE_USER_DATA: &str = "#!/bin/bash\necho ECS_CLUSTER=c >> /etc/ecs/ecs.config\n";

impl Lab {
    /// A cluster `c` and an Auto Scaling group `g` whose instances join it. The group's ARN.
    fn group(desired: u32, protect: bool) -> (Self, String) {
        let mut lab = Self::new();
        lab.ecs("CreateCluster", json!({"clusterName": "c"}));
        lab.profile();
        let data = base64::engine::general_purpose::STANDARD.encode(TEMPLATE_USER_DATA);
        let launch = json!({"LaunchConfigurationName": "l", "ImageId": WEAVE_AMI, "InstanceType": "t2.micro",
            "IamInstanceProfile": "weave", "UserData": data});
        lab.call("autoscaling", "CreateLaunchConfiguration", launch);
        let group = json!({"AutoScalingGroupName": "g", "LaunchConfigurationName": "l", "MinSize": "0", "MaxSize": "5",
            "DesiredCapacity": desired.to_string(), "AvailabilityZones": ["us-east-1a"],
            "NewInstancesProtectedFromScaleIn": protect.to_string()});
        lab.call("autoscaling", "CreateAutoScalingGroup", group);
        lab.settle();
        let arn = lab.world.regions["us-east-1"].autoscaling.groups["g"].arn.clone();
        (lab, arn)
    }

    fn provider(&mut self, arn: &str) {
        let provider = json!({"name": "p", "autoScalingGroupProvider": {"autoScalingGroupArn": arn}});
        let made = self.ecs("CreateCapacityProvider", provider);
        assert_eq!(made["capacityProvider"]["status"], "ACTIVE");
        let put = json!({"cluster": "c", "capacityProviders": ["p"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": "p", "weight": 1}]});
        assert_eq!(
            self.ecs("PutClusterCapacityProviders", put)["cluster"]["capacityProviders"],
            json!(["p"])
        );
    }
}

#[test]
fn a_service_goes_where_the_clusters_strategy_says() {
    let (mut lab, arn) = Lab::group(1, false);
    lab.instances(1, "t2.medium", "c");
    lab.settle();
    lab.provider(&arn);
    lab.family("f", &json!({}));
    lab.service("f", 3, &json!({}));
    lab.settle();
    let service = lab.look();
    assert_eq!(service["capacityProviderStrategy"][0]["capacityProvider"], "p");
    assert!(service.get("launchType").is_none());
    let tasks = lab.tasks("RUNNING");
    assert_eq!(tasks.len(), 3);
    let list = lab.ecs("ListContainerInstances", json!({"cluster": "c"}));
    let input = json!({"cluster": "c", "containerInstances": list["containerInstanceArns"]});
    let hosts = lab.ecs("DescribeContainerInstances", input);
    let of_group =
        hosts["containerInstances"].as_array().unwrap().iter().find(|h| h["capacityProviderName"] == "p");
    let of_group = of_group.unwrap()["containerInstanceArn"].clone();
    assert!(tasks.iter().all(|task| task["containerInstanceArn"] == of_group));
    let none = json!({"cluster": "c", "capacityProviders": [], "defaultCapacityProviderStrategy": []});
    assert_eq!(lab.no("PutClusterCapacityProviders", none).0, "ResourceInUseException");
    assert_eq!(lab.no("DeleteCapacityProvider", json!({"capacityProvider": "p"})).0, "ClientException");
}

#[test]
fn strategies_and_providers_are_checked_in_awss_words() {
    let (mut lab, arn) = Lab::group(0, false);
    lab.family("f", &json!({}));
    let protected = json!({"name": "p", "autoScalingGroupProvider": {"autoScalingGroupArn": arn,
        "managedScaling": {"status": "ENABLED"}, "managedTerminationProtection": "ENABLED"}});
    let (code, message) = lab.no("CreateCapacityProvider", protected);
    assert_eq!(code, "ClientException");
    assert!(message.ends_with("the Auto Scaling group must have instance protection from scale in enabled."));
    lab.provider(&arn);
    let again = json!({"name": "q", "autoScalingGroupProvider": {"autoScalingGroupArn": arn}});
    assert!(
        lab.no("CreateCapacityProvider", again).1.contains("already being used by another capacity provider")
    );
    let named = json!({"name": "fargate-x", "autoScalingGroupProvider": {"autoScalingGroupArn": arn}});
    assert!(lab.no("CreateCapacityProvider", named).1.contains("cannot be prefixed"));
    let service = |strategy: Value| json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "capacityProviderStrategy": strategy});
    let unknown = service(json!([{"capacityProvider": "FARGATE"}]));
    assert!(lab.no("CreateService", unknown).1.contains("is not associated with the cluster"));
    let put =
        json!({"cluster": "c", "capacityProviders": ["p", "FARGATE"], "defaultCapacityProviderStrategy": []});
    lab.ecs("PutClusterCapacityProviders", put);
    let mixed = service(json!([{"capacityProvider": "FARGATE"}, {"capacityProvider": "p"}]));
    assert!(lab.no("CreateService", mixed).1.contains("a mix of capacity providers"));
    let mut both = service(json!([{"capacityProvider": "p"}]));
    both["launchType"] = "EC2".into();
    assert!(lab.no("CreateService", both).1.starts_with("Specifying both a launch type"));
    let described = lab.ecs("DescribeCapacityProviders", json!({"capacityProviders": ["p", "x", "FARGATE"]}));
    assert_eq!(described["capacityProviders"].as_array().unwrap().len(), 2);
    assert_eq!(described["failures"][0]["reason"], "MISSING");
    lab.service("f", 1, &json!({"capacityProviderStrategy": [{"capacityProvider": "p"}]}));
    lab.settle();
    assert!(
        lab.events()[0].contains("No Container Instances were found in your capacity provider."),
        "{:?}",
        lab.events()
    );
}

impl Lab {
    /// A provider `p` that manages the size of a group of two t2.micro; a family whose tasks fill one each.
    fn managed(protect: bool) -> Self {
        let (mut lab, arn) = Self::group(2, protect);
        let protection = if protect { "ENABLED" } else { "DISABLED" };
        let provider = json!({"name": "p", "autoScalingGroupProvider": {"autoScalingGroupArn": arn,
            "managedScaling": {"status": "ENABLED"}, "managedTerminationProtection": protection}});
        lab.ecs("CreateCapacityProvider", provider);
        let put = json!({"cluster": "c", "capacityProviders": ["p"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": "p", "weight": 1}]});
        lab.ecs("PutClusterCapacityProviders", put);
        lab.family("f", &json!({"memory": 600}));
        lab
    }

    /// Desired capacity of the group and its instances that run.
    fn size(&mut self) -> (i64, usize) {
        let group = &self.world.regions["us-east-1"].autoscaling.groups["g"];
        (i64::from(group.desired), group.members.len())
    }

    fn with_status(&mut self, status: &str) -> usize {
        self.tasks("RUNNING").iter().filter(|task| task["lastStatus"] == status).count()
    }
}

#[test]
fn tasks_wait_for_capacity_and_the_group_grows_up_to_its_size_and_shrinks_again() {
    let mut lab = Lab::managed(true);
    lab.service("f", 3, &json!({}));
    lab.advance(30);
    let waiting = lab.tasks("RUNNING").into_iter().find(|task| task["lastStatus"] == "PROVISIONING").unwrap();
    assert_eq!((&waiting["capacityProviderName"], &waiting["launchType"]), (&json!("p"), &json!("EC2")));
    assert!(waiting["containerInstanceArn"].is_null(), "{waiting}");
    lab.advance(270);
    assert_eq!(lab.size().0, 3);
    lab.advance(600);
    assert_eq!((lab.with_status("RUNNING"), lab.with_status("PROVISIONING")), (3, 0), "{:?}", lab.events());
    lab.settle();
    assert_eq!(crate::next_event(&lab.world), None, "nothing is due when the group has its size");

    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 7}));
    lab.advance(1_800);
    assert_eq!(lab.size().0, 5, "its most");
    assert_eq!((lab.with_status("RUNNING"), lab.with_status("PROVISIONING")), (5, 2));
    lab.settle();
    assert_eq!(crate::next_event(&lab.world), None, "waiting costs nothing");

    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 1}));
    lab.advance(600);
    assert_eq!(lab.size().0, 5, "a quarter of an hour has to pass");
    lab.advance(1_200);
    assert_eq!(lab.size(), (1, 1));
    assert_eq!(lab.with_status("RUNNING"), 1, "the instance with the task was protected");
    assert!(lab.tasks("STOPPED").iter().all(|task| task["stopCode"] == "ServiceSchedulerInitiated"));
    assert_eq!(lab.no("DeleteCapacityProvider", json!({"capacityProvider": "p"})).0, "ClientException");
}

#[test]
fn an_instance_that_leaves_is_drained_first() {
    let mut lab = Lab::managed(false);
    lab.service("f", 2, &json!({}));
    lab.settle();
    assert_eq!(lab.with_status("RUNNING"), 2);
    let set = json!({"AutoScalingGroupName": "g", "DesiredCapacity": "1"});
    lab.call("autoscaling", "SetDesiredCapacity", set);
    lab.advance(20);
    let list = lab.ecs("ListContainerInstances", json!({"cluster": "c", "status": "DRAINING"}));
    assert_eq!(list["containerInstanceArns"].as_array().unwrap().len(), 1);
    assert_eq!(lab.size().1, 2, "its instance is still there");
    lab.advance(1_800);
    assert_eq!(lab.with_status("RUNNING"), 2, "managed scaling brought another one");
    assert_eq!(lab.size(), (2, 2));
    let stopped = lab.tasks("STOPPED");
    assert!(stopped.iter().all(|task| task["stopCode"] == "ServiceSchedulerInitiated"), "{stopped:?}");
}
