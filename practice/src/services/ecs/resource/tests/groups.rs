//! Clusters, task definitions, capacity providers.

use super::*;

const STACK_NAME: &str = "aws:cloudformation:stack-name";

fn tags(driver: &mut Driver, arn: &Value) -> Value {
    driver.lab.call("ecs", "ListTagsForResource", json!({"resourceArn": arn}))["tags"].clone()
}

fn tag(all: &Value, key: &str) -> Option<String> {
    let found = all.as_array().unwrap().iter().find(|tag| tag["key"] == key)?;
    found["value"].as_str().map(str::to_owned)
}

#[test]
fn a_cluster() {
    let mut driver = Driver::new();
    let properties = json!({
        "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
        "CapacityProviders": ["FARGATE"],
        "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}],
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    });
    let mut made = driver.create("AWS::ECS::Cluster", &properties);
    assert_eq!(made.id, "demo-Thing1-000000000001");
    assert_eq!(driver.reference(&made), made.id);
    let arn = driver.attribute(&made, "Arn");
    assert_eq!(arn, "arn:aws:ecs:us-east-1:123456789012:cluster/demo-Thing1-000000000001");
    let all = tags(&mut driver, &arn);
    assert_eq!((tag(&all, "a"), tag(&all, STACK_NAME)), (Some("1".to_owned()), Some("demo".to_owned())));
    let Actual::Is(actual) = driver.actual(&made) else { panic!("it is there") };
    assert_eq!(actual["ClusterSettings"], properties["ClusterSettings"]);
    assert_eq!(actual["Tags"], properties["Tags"]);
    assert_eq!(actual["DefaultCapacityProviderStrategy"][0]["CapacityProvider"], "FARGATE");

    driver.update(
        &mut made,
        &json!({"CapacityProviders": ["FARGATE", "FARGATE_SPOT"], "Tags": [{"Key": "a", "Value": "3"}]}),
    );
    let Actual::Is(actual) = driver.actual(&made) else { panic!("it is there") };
    assert_eq!(actual["ClusterSettings"][0]["Value"], "disabled");
    assert_eq!(actual["CapacityProviders"], json!(["FARGATE", "FARGATE_SPOT"]));
    assert_eq!(actual["DefaultCapacityProviderStrategy"], json!([]));
    assert_eq!(actual["Tags"], json!([{"Key": "a", "Value": "3"}]));
    let all = tags(&mut driver, &arn);
    assert_eq!(tag(&all, STACK_NAME), Some("demo".to_owned()), "CloudFormation's own stay");

    let twice = driver.try_create("AWS::ECS::Cluster", &json!({"ClusterName": made.id}));
    assert_eq!(twice.unwrap_err().code, "AlreadyExists");
    driver.delete(&made);
    assert_eq!(driver.actual(&made), Actual::Gone);
}

#[test]
fn what_the_service_refuses_is_refused_in_its_words() {
    let mut driver = Driver::new();
    let storage = json!({"ManagedStorageConfiguration": {"KmsKeyId": "k"}});
    let fault = driver.try_create("AWS::ECS::Cluster", &json!({"Configuration": storage})).unwrap_err();
    assert_eq!(fault.code, "UnsupportedFeatureException");
    let allowed =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecs:Describe*","Resource":"*"}}"#;
    driver.be_user("reader", allowed);
    let fault = driver.try_create("AWS::ECS::Cluster", &json!({})).unwrap_err();
    assert_eq!(fault.code, "AccessDeniedException");
    assert!(fault.message.contains("user/reader is not authorized to perform: ecs:CreateCluster"));
}

fn definition(driver: &mut Driver, more: &Value) -> Made {
    let mut properties = json!({"ContainerDefinitions": [{"Name": "web", "Image": "nginx", "Memory": 64}]});
    properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    driver.create("AWS::ECS::TaskDefinition", &properties)
}

#[test]
fn a_task_definition() {
    let mut driver = Driver::new();
    let mut made = definition(&mut driver, &json!({"Cpu": "256", "Memory": "512"}));
    let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/demo-Thing1-000000000001:1";
    assert_eq!(driver.reference(&made), arn);
    assert_eq!(driver.attribute(&made, "TaskDefinitionArn"), arn);
    let mut tagged = made.properties.clone();
    tagged["Tags"] = json!([{"Key": "k", "Value": "v"}]);
    driver.update(&mut made, &tagged);
    let all = tags(&mut driver, &arn.into());
    assert_eq!(tag(&all, "k"), Some("v".to_owned()));

    // A change is another revision of a family that has a name.
    let first = definition(&mut driver, &json!({"Family": "shop"}));
    let second = definition(&mut driver, &json!({"Family": "shop"}));
    assert!(first.id.ends_with("/shop:1") && second.id.ends_with("/shop:2"), "{}", second.id);
    driver.delete(&first);
    assert_eq!(driver.actual(&first), Actual::Gone);
    assert_eq!(
        driver.actual(&second),
        Actual::Is(json!({"Family": "shop", "Tags": []})),
        "the tags of the stack are no drift"
    );
    let wrong = json!({"ContainerDefinitions": [{"Name": "web", "Image": "nginx"}]});
    let fault = driver.try_create("AWS::ECS::TaskDefinition", &wrong).unwrap_err();
    assert!(fault.message.contains("At least one of 'memory' or 'memoryReservation'"), "{fault}");
}

#[test]
fn capacity_providers() {
    let mut driver = Driver::new();
    driver.lab.call(
        "autoscaling",
        "CreateLaunchConfiguration",
        json!({"LaunchConfigurationName": "l", "ImageId": "ami-f560d8e3", "InstanceType": "t2.micro"}),
    );
    let group = json!({
        "AutoScalingGroupName": "g", "LaunchConfigurationName": "l", "MinSize": 0, "MaxSize": 0,
        "AvailabilityZones": ["us-east-1a"],
    });
    driver.lab.call("autoscaling", "CreateAutoScalingGroup", group);
    let cluster = driver.create("AWS::ECS::Cluster", &json!({}));
    let properties = |target: u32| {
        let scaling = json!({"Status": "ENABLED", "TargetCapacity": target});
        json!({
            "AutoScalingGroupProvider": {"AutoScalingGroupArn": "g", "ManagedScaling": scaling},
            "Tags": [{"Key": "target", "Value": target.to_string()}],
        })
    };
    let mut made = driver.create("AWS::ECS::CapacityProvider", &properties(80));
    driver.update(&mut made, &properties(100));
    let input = json!({"capacityProviders": [made.id], "include": ["TAGS"]});
    let told = driver.lab.call("ecs", "DescribeCapacityProviders", input)["capacityProviders"][0].clone();
    assert_eq!(told["autoScalingGroupProvider"]["managedScaling"]["targetCapacity"], 100);
    assert_eq!(tag(&told["tags"], "target"), Some("100".to_owned()));

    let strategy = json!([{"CapacityProvider": made.id, "Weight": 1}]);
    let associations = driver.create(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        &json!({"Cluster": cluster.id, "CapacityProviders": [made.id], "DefaultCapacityProviderStrategy": strategy}),
    );
    assert_eq!(driver.reference(&associations), cluster.id);
    let fault = driver.try_delete(&made).unwrap_err();
    assert!(fault.message.contains("is in use and cannot be deleted"), "{fault}");
    driver.delete(&associations);
    driver.delete(&made);
    driver.delete(&cluster);
    driver.delete(&associations);
}
