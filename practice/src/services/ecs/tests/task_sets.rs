use super::*;

fn set(lab: &mut Lab, definition: &str, percent: u32) -> String {
    let input = json!({"cluster": "c", "service": "s", "taskDefinition": definition, "scale": {"value": percent, "unit": "PERCENT"}});
    lab.ecs("CreateTaskSet", input)["taskSet"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_external_controller_moves_a_service_by_task_sets() {
    let mut lab = Lab::cluster(2, "t2.micro");
    lab.family("f", &json!({}));
    let service = json!({"cluster": "c", "serviceName": "s", "desiredCount": 3, "deploymentController": {"type": "EXTERNAL"}});
    lab.ecs("CreateService", service);
    let blue = set(&mut lab, "f", 100);
    lab.ecs("UpdateServicePrimaryTaskSet", json!({"cluster": "c", "service": "s", "primaryTaskSet": blue}));
    lab.settle();
    let seen = lab.ecs("DescribeTaskSets", json!({"cluster": "c", "service": "s"}))["taskSets"][0].clone();
    assert_eq!((&seen["runningCount"], &seen["stabilityStatus"]), (&json!(3), &json!("STEADY_STATE")));
    assert_eq!((&seen["status"], lab.look()["runningCount"].clone()), (&json!("PRIMARY"), json!(3)));
    let green = set(&mut lab, "f", 50);
    lab.settle();
    let input = json!({"cluster": "c", "service": "s", "taskSets": [green, "x"]});
    let seen = lab.ecs("DescribeTaskSets", input);
    assert_eq!(
        (&seen["taskSets"][0]["computedDesiredCount"], &seen["taskSets"][0]["runningCount"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(seen["failures"][0]["reason"], "MISSING");
    let delete =
        |id: &str, force: bool| json!({"cluster": "c", "service": "s", "taskSet": id, "force": force});
    assert_eq!(lab.no("DeleteTaskSet", delete(&blue, false)).0, "InvalidParameterException");
    lab.ecs("DeleteTaskSet", delete(&blue, true));
    lab.settle();
    assert_eq!(lab.look()["runningCount"], 2);
    assert_eq!(lab.look()["taskSets"].as_array().unwrap().len(), 1);
    assert_eq!(
        lab.no(
            "UpdateTaskSet",
            json!({"cluster": "c", "service": "s", "taskSet": blue, "scale": {"value": 1}})
        )
        .0,
        "TaskSetNotFoundException"
    );
    let update = json!({"cluster": "c", "service": "s", "taskDefinition": "f"});
    assert!(
        lab.no("UpdateService", update)
            .1
            .starts_with("Unable to update task definition on services with a EXTERNAL")
    );
    lab.ecs("DeleteService", json!({"cluster": "c", "service": "s", "force": true}));
    lab.settle();
    assert_eq!(lab.look()["status"], "INACTIVE");
}
