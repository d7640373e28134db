use super::*;

#[test]
fn tasks_are_in_their_registry_while_they_run() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"portMappings": [{"containerPort": 80}]}));
    let space = lab.call("servicediscovery", "CreateHttpNamespace", json!({"Name": "shop"}));
    lab.settle();
    let operation =
        lab.call("servicediscovery", "GetOperation", json!({"OperationId": space["OperationId"]}));
    let space = operation["Operation"]["Targets"]["NAMESPACE"].clone();
    let made = lab.call("servicediscovery", "CreateService", json!({"Name": "web", "NamespaceId": space}));
    let (arn, id) = (made["Service"]["Arn"].clone(), made["Service"]["Id"].clone());
    let with = |registry: Value| json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "desiredCount": 1, "serviceRegistries": [registry]});
    assert!(
        lab.no("CreateService", with(json!({"registryArn": arn})))
            .1
            .contains("must be specified from the task definition")
    );
    assert!(lab.no("CreateService", with(json!({"registryArn": "arn:x"}))).1.contains("does not exist"));
    lab.ecs("CreateService", with(json!({"registryArn": arn, "containerName": "main", "containerPort": 80})));
    lab.settle();
    let instances = |lab: &mut Lab| {
        lab.call("servicediscovery", "ListInstances", json!({"ServiceId": id}))["Instances"].clone()
    };
    let one = instances(&mut lab)[0].clone();
    let task = lab.tasks("RUNNING")[0].clone();
    assert_eq!(one["Id"], last(&task["taskArn"]));
    let port = task["containers"][0]["networkBindings"][0]["hostPort"].to_string();
    assert_eq!(one["Attributes"]["AWS_INSTANCE_PORT"], port);
    assert_eq!(one["Attributes"]["ECS_SERVICE_NAME"], "s");
    let list = lab.ecs("ListServicesByNamespace", json!({"namespace": "shop"}));
    assert_eq!(list["serviceArns"], json!([]), "that is for Service Connect");
    assert_eq!(lab.no("ListServicesByNamespace", json!({"namespace": "x"})).0, "NamespaceNotFoundException");
    lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "desiredCount": 0}));
    lab.settle();
    assert_eq!(instances(&mut lab), json!([]));
}
