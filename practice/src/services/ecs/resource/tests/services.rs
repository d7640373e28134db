//! Services hold the stack until they are steady.

use super::*;

/// A Fargate cluster's worth of network: the default VPC's first subnet.
fn network(driver: &mut Driver) -> Value {
    let subnets = driver.lab.call("ec2", "DescribeSubnets", json!({}));
    let subnet = subnets["subnetSet"][0]["subnetId"].clone();
    json!({"AwsvpcConfiguration": {"Subnets": [subnet], "AssignPublicIp": "ENABLED"}})
}

fn definition(driver: &mut Driver, image: &str) -> String {
    let properties = json!({
        "Family": "web", "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "web", "Image": image, "PortMappings": [{"ContainerPort": 80}]}],
    });
    driver.create("AWS::ECS::TaskDefinition", &properties).id
}

/// A cluster, and the properties of a service on Fargate.
fn shop(image: &str) -> (Driver, Made, Value) {
    let mut driver = Driver::new();
    let cluster = driver.create("AWS::ECS::Cluster", &json!({"ClusterName": "c"}));
    let (network, definition) = (network(&mut driver), definition(&mut driver, image));
    let properties = json!({
        "Cluster": cluster.id, "TaskDefinition": definition, "LaunchType": "FARGATE",
        "NetworkConfiguration": network,
    });
    (driver, cluster, properties)
}

fn with(properties: &Value, more: &Value) -> Value {
    let mut all = properties.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn told(driver: &mut Driver, made: &Made) -> Value {
    let input = json!({"cluster": "c", "services": [made.id]});
    driver.lab.call("ecs", "DescribeServices", input)["services"][0].clone()
}

#[test]
fn a_service_is_there_once_it_is_steady() {
    let (mut driver, cluster, properties) = shop("nginx");
    let mut made = driver.create("AWS::ECS::Service", &properties);
    let arn = "arn:aws:ecs:us-east-1:123456789012:service/c/demo-Thing3-000000000003";
    assert_eq!(driver.reference(&made), arn);
    assert_eq!(driver.attribute(&made, "Name"), "demo-Thing3-000000000003");
    assert_eq!(driver.attribute(&made, "ServiceArn"), arn);
    let now = told(&mut driver, &made);
    assert_eq!((&now["runningCount"], &now["desiredCount"]), (&json!(1), &json!(1)));
    assert!(now["events"][0]["message"].as_str().unwrap().contains("has reached a steady state"));

    driver.update(&mut made, &with(&properties, &json!({"DesiredCount": 3, "EnableExecuteCommand": true})));
    let now = told(&mut driver, &made);
    assert_eq!((&now["runningCount"], &now["deployments"].as_array().unwrap().len()), (&json!(3), &1));
    let second = definition(&mut driver, "httpd");
    let next = with(&properties, &json!({"TaskDefinition": second, "DesiredCount": 3}));
    driver.update(&mut made, &next);
    let now = told(&mut driver, &made);
    assert_eq!(now["taskDefinition"], second);
    assert_eq!(now["deployments"][0]["runningCount"], 3, "all of them are new");
    assert_eq!(now["enableExecuteCommand"], false, "what is no more in the template is as it was at first");

    let Actual::Is(actual) = driver.actual(&made) else { panic!("it is there") };
    for (name, value) in next.as_object().unwrap().iter().filter(|(name, _)| *name != "Cluster") {
        let same = match name.as_str() {
            "NetworkConfiguration" => {
                actual[name]["AwsvpcConfiguration"]["Subnets"] == value["AwsvpcConfiguration"]["Subnets"]
            }
            _ => actual[name] == *value,
        };
        assert!(same, "{name}: {}", actual[name]);
    }

    let fault = driver.try_delete(&cluster).unwrap_err();
    assert_eq!(fault.code, "ClusterContainsServicesException");
    driver.delete(&made);
    assert_eq!(told(&mut driver, &made)["status"], "INACTIVE");
    assert_eq!(driver.actual(&made), Actual::Gone);
    driver.delete(&cluster);
}

#[test]
fn the_circuit_breaker_fails_it_and_the_way_back_works() {
    let (mut driver, _, properties) = shop("nginx");
    let breaker = json!({"DeploymentCircuitBreaker": {"Enable": true, "Rollback": true}});
    let good = with(&properties, &json!({"DeploymentConfiguration": breaker}));
    let mut made = driver.create("AWS::ECS::Service", &good);
    let broken = definition(&mut driver, "drydock/there-is-no-such-image");
    let bad = with(&good, &json!({"TaskDefinition": broken}));
    let fault = driver.try_update(&mut made, &bad).unwrap_err();
    let reason = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.";
    assert_eq!(fault.message, reason);
    // Again the same comes to the same, by a deployment of its own.
    driver.lab.settle();
    let before = told(&mut driver, &made)["deployments"][0]["id"].clone();
    assert_eq!(driver.try_update(&mut made, &bad).unwrap_err().message, reason);
    assert_eq!(
        told(&mut driver, &made)["deployments"][0]["id"],
        before,
        "ECS went back to the one that worked"
    );
    // The stack goes back: nothing is in its way.
    made.properties = bad;
    driver.update(&mut made, &good);
    assert_eq!(told(&mut driver, &made)["runningCount"], 1);
}

#[test]
fn a_first_deployment_that_fails() {
    let (mut driver, cluster, properties) = shop("drydock/there-is-no-such-image");
    let breaker = json!({"DeploymentCircuitBreaker": {"Enable": true, "Rollback": false}});
    let broken = with(&properties, &json!({"ServiceName": "s", "DeploymentConfiguration": breaker}));
    let fault = driver.try_create("AWS::ECS::Service", &broken).unwrap_err();
    assert!(fault.message.contains("Circuit Breaker was triggered"), "{fault}");
    let service = driver.lab.call("ecs", "DescribeServices", json!({"cluster": "c", "services": ["s"]}));
    let mut left = cluster;
    left.type_name = "AWS::ECS::Service";
    service["services"][0]["serviceArn"].as_str().unwrap().clone_into(&mut left.id);
    driver.delete(&left);
}

#[test]
fn without_the_breaker_it_is_never_settled() {
    let (mut driver, _, properties) = shop("drydock/there-is-no-such-image");
    let asked = Asked {
        stack: "demo",
        stack_id: "arn:x",
        logical_id: "Web",
        properties: &properties,
        stack_tags: &[],
        former_tags: &[],
        suffix: "ABCDEFGHIJKL",
        within: crate::resource::Within::default(),
    };
    let (world, region, now) = (&mut driver.lab.world, driver.lab.region.clone(), driver.lab.now);
    let id = world.work(&region, now, &driver.lab.caller, |scope| {
        super::super::service::Service.create(&mut Api::new(scope), &asked).unwrap()
    });
    driver.lab.advance(3 * 3600);
    let settled = driver.look(|view| super::super::service::Service.settled(view, &id, &properties));
    assert_eq!(settled, Settled::NotYet);
}

#[test]
fn a_service_of_somebody_elses_controller_has_task_sets() {
    let (mut driver, cluster, properties) = shop("nginx");
    let controller = json!({"Cluster": cluster.id, "ServiceName": "s", "DeploymentController": {"Type": "EXTERNAL"}, "DesiredCount": 2});
    let service = driver.create("AWS::ECS::Service", &controller);
    let network = json!({"AwsVpcConfiguration": properties["NetworkConfiguration"]["AwsvpcConfiguration"]});
    let set = |percent: u32| {
        json!({
            "Cluster": "c", "Service": service.id, "TaskDefinition": properties["TaskDefinition"],
            "LaunchType": "FARGATE", "NetworkConfiguration": network,
            "Scale": {"Unit": "PERCENT", "Value": percent}, "Tags": [{"Key": "p", "Value": percent.to_string()}],
        })
    };
    let mut made = driver.create("AWS::ECS::TaskSet", &set(50));
    let id = driver.attribute(&made, "Id");
    assert_eq!(driver.reference(&made), format!("c|{}|{}", service.id, id.as_str().unwrap()));
    let primary = driver
        .create("AWS::ECS::PrimaryTaskSet", &json!({"Cluster": "c", "Service": service.id, "TaskSetId": id}));
    driver.update(&mut made, &set(100));
    let now = told(&mut driver, &service);
    assert_eq!((&now["runningCount"], &now["taskSets"][0]["status"]), (&json!(2), &json!("PRIMARY")));
    let input = json!({"cluster": "c", "service": "s", "include": ["TAGS"]});
    let sets = driver.lab.call("ecs", "DescribeTaskSets", input);
    assert!(sets["taskSets"][0]["tags"].as_array().unwrap().contains(&json!({"key": "p", "value": "100"})));
    driver.delete(&primary);
    driver.delete(&made);
    driver.delete(&service);
}
