use super::*;

fn register(containers: impl Into<Value>) -> Value {
    let containers = containers.into();
    json!({"family": "f", "containerDefinitions": containers})
}

#[test]
fn revisions_count_up_and_can_be_deregistered() {
    let mut lab = Lab::new();
    for _ in 0..3 {
        lab.family("f", &json!({"portMappings": [{"containerPort": 80}]}));
    }
    let look = |lab: &mut Lab, name: &str| lab.ecs("DescribeTaskDefinition", json!({"taskDefinition": name}));
    let latest = look(&mut lab, "f");
    assert_eq!(latest["taskDefinition"]["revision"], 3);
    assert_eq!(
        latest["taskDefinition"]["taskDefinitionArn"],
        "arn:aws:ecs:us-east-1:123456789012:task-definition/f:3"
    );
    let container = &latest["taskDefinition"]["containerDefinitions"][0];
    assert_eq!(container["portMappings"], json!([{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]));
    assert_eq!((&container["cpu"], &container["essential"]), (&json!(0), &json!(true)));
    assert_eq!((&container["environment"], &container["mountPoints"]), (&json!([]), &json!([])));
    lab.ecs("DeregisterTaskDefinition", json!({"taskDefinition": "f:3"}));
    assert_eq!(look(&mut lab, "f")["taskDefinition"]["revision"], 2);
    assert_eq!(look(&mut lab, "f:3")["taskDefinition"]["status"], "INACTIVE");
    let list = lab.ecs("ListTaskDefinitions", json!({"sort": "DESC"}));
    let arns: Vec<String> = list["taskDefinitionArns"].as_array().unwrap().iter().map(last).collect();
    assert_eq!(arns, ["f:2", "f:1"]);
    let deleted = lab.ecs("DeleteTaskDefinitions", json!({"taskDefinitions": ["f:3", "f:2"]}));
    assert_eq!(deleted["taskDefinitions"][0]["status"], "DELETE_IN_PROGRESS");
    assert_eq!(deleted["failures"].as_array().unwrap().len(), 1);
    assert_eq!(
        lab.no("DescribeTaskDefinition", json!({"taskDefinition": "f:3"})).1,
        "Unable to describe task definition."
    );
    lab.family("f", &json!({}));
    assert_eq!(look(&mut lab, "f")["taskDefinition"]["revision"], 4);
    assert_eq!(
        lab.ecs("ListTaskDefinitionFamilies", json!({"familyPrefix": "f"})),
        json!({"families": ["f"]})
    );
}

#[test]
fn what_aws_would_not_register() {
    let mut lab = Lab::new();
    let one = |more: Value| {
        let mut whole = json!({"name": "a", "image": "nginx", "memory": 100});
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    let memory = "Invalid setting for container 'a'. At least one of 'memory' or 'memoryReservation' must be specified.";
    assert_eq!(
        lab.no("RegisterTaskDefinition", register(json!([{"name": "a", "image": "nginx"}]))),
        ("ClientException".to_owned(), memory.to_owned())
    );
    for (containers, says) in [
        (json!([]), "cannot be empty"),
        (json!([one(json!({})), one(json!({}))]), "Duplicate container name 'a'"),
        (json!([one(json!({"name": "a b"}))]), "Container.name contains invalid"),
        (json!([one(json!({"image": ""}))]), "Container.image should not be null or empty."),
        (json!([one(json!({"image": "$IMAGE"}))]), "Container.image contains invalid characters."),
        (json!([one(json!({"memory": 5}))]), "at least 6 MiB"),
        (json!([one(json!({"memoryReservation": 200}))]), "must not be less"),
        (json!([one(json!({"essential": false}))]), "at least one essential"),
        (json!([one(json!({"portMappings": [{"containerPort": 70000}]}))]), "containerPort must be"),
        (json!([one(json!({"links": ["b"]}))]), "Unknown container 'b' in links"),
        (
            json!([one(json!({"mountPoints": [{"sourceVolume": "v", "containerPath": "/"}]}))]),
            "Unknown volume 'v'.",
        ),
        (json!([one(json!({"logConfiguration": {"logDriver": "awslogs"}}))]), "awslogs requires options"),
        (
            json!([one(json!({"healthCheck": {"command": ["CMD"], "interval": 1}}))]),
            "interval must be between 5 and 300",
        ),
        (
            json!([one(json!({"secrets": [{"name": "a", "valueFrom": "b"}]}))]),
            "you must also specify a value for 'executionRoleArn'",
        ),
    ] {
        let (_, message) = lab.no("RegisterTaskDefinition", register(containers));
        assert!(message.contains(says), "{message} / {says}");
    }
    let eleven: Vec<Value> = (0..11).map(|i| one(json!({"name": format!("c{i}")}))).collect();
    assert_eq!(lab.no("RegisterTaskDefinition", register(json!(eleven))).0, "ClientException");
    let circle = json!([
        one(json!({"dependsOn": [{"containerName": "b", "condition": "START"}]})),
        one(json!({"name": "b", "dependsOn": [{"containerName": "a", "condition": "START"}]})),
    ]);
    assert!(lab.no("RegisterTaskDefinition", register(circle)).1.contains("circle"));
    let fargate = json!({
        "family": "f", "containerDefinitions": [one(json!({}))], "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc", "cpu": "256", "memory": "4 GB"
    });
    assert_eq!(
        lab.no("RegisterTaskDefinition", fargate).1,
        "No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values."
    );
}
