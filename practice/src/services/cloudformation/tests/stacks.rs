//! Made and deleted.

use serde_json::json;

use super::{Formation, cluster_and_definition};

#[test]
fn resources_come_in_the_order_of_what_needs_them() {
    let mut lab = Formation::new();
    lab.create("shop", &cluster_and_definition("128"));
    assert_eq!(lab.status("shop"), "CREATE_IN_PROGRESS");
    assert_eq!(lab.settle("shop"), "CREATE_COMPLETE");
    assert!(
        lab.at("shop", "Cluster", "CREATE_COMPLETE") < lab.at("shop", "Definition", "CREATE_IN_PROGRESS")
    );
    let events = lab.events("shop");
    assert_eq!(events.first().unwrap().2, "User Initiated");
    assert_eq!(events.last().unwrap(), &("shop".into(), "CREATE_COMPLETE".into(), String::new()));
    let of_cluster: Vec<_> = events
        .iter()
        .filter(|event| event.0 == "Cluster")
        .map(|event| (event.1.as_str(), event.2.as_str()))
        .collect();
    assert_eq!(
        of_cluster,
        [
            ("CREATE_IN_PROGRESS", ""),
            ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
            ("CREATE_COMPLETE", "")
        ]
    );
}

#[test]
fn outputs_and_exports_are_what_there_is() {
    let mut lab = Formation::new();
    lab.create("shop", &cluster_and_definition("128"));
    lab.settle("shop");
    let outputs = lab.stack("shop")["Outputs"].clone();
    assert_eq!(outputs[0]["OutputKey"], "ClusterArn");
    assert_eq!(outputs[0]["OutputValue"], "arn:aws:ecs:us-east-1:123456789012:cluster/shop-cluster");
    assert_eq!(outputs[1]["OutputValue"], "shop-cluster");
    assert_eq!(outputs[1]["ExportName"], "shop-cluster");
    let exports = lab.call("ListExports", json!({}));
    assert_eq!(exports["Exports"][0]["Value"], "shop-cluster");
}

#[test]
fn what_is_made_carries_the_marks_of_its_stack() {
    let mut lab = Formation::new();
    let template = cluster_and_definition("128").to_string();
    let tags = json!([{"Key": "course", "Value": "ecs"}]);
    lab.call("CreateStack", json!({"StackName": "shop", "TemplateBody": template, "Tags": tags}));
    lab.settle("shop");
    let arn = "arn:aws:ecs:us-east-1:123456789012:cluster/shop-cluster";
    let tags = lab.0.call("ecs", "ListTagsForResource", json!({"resourceArn": arn}))["tags"].clone();
    let has =
        |key: &str, value: &str| tags.as_array().unwrap().contains(&json!({"key": key, "value": value}));
    assert!(has("aws:cloudformation:stack-name", "shop"), "{tags}");
    assert!(has("aws:cloudformation:logical-id", "Cluster"), "{tags}");
    assert!(has("course", "ecs"), "{tags}");
}

#[test]
fn deleting_goes_the_other_way_round_and_leaves_nothing() {
    let mut lab = Formation::new();
    lab.create("shop", &cluster_and_definition("128"));
    lab.settle("shop");
    let id = lab.stack("shop")["StackId"].as_str().unwrap().to_owned();
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    lab.0.settle();
    assert_eq!(
        lab.refused("DescribeStacks", json!({"StackName": "shop"})),
        "Stack with id shop does not exist"
    );
    assert_eq!(lab.status(&id), "DELETE_COMPLETE");
    assert!(lab.at(&id, "Definition", "DELETE_COMPLETE") < lab.at(&id, "Cluster", "DELETE_IN_PROGRESS"));
    let cluster = lab.0.call("ecs", "DescribeClusters", json!({"clusters": ["shop-cluster"]}));
    assert_ne!(cluster["clusters"][0]["status"], "ACTIVE");
}

#[test]
fn a_protected_stack_stays() {
    let mut lab = Formation::new();
    lab.create("shop", &cluster_and_definition("128"));
    lab.settle("shop");
    lab.call(
        "UpdateTerminationProtection",
        json!({"StackName": "shop", "EnableTerminationProtection": true}),
    );
    let message = lab.refused("DeleteStack", json!({"StackName": "shop"}));
    assert_eq!(message, "Stack [shop] cannot be deleted while TerminationProtection is enabled");
    lab.call(
        "UpdateTerminationProtection",
        json!({"StackName": "shop", "EnableTerminationProtection": false}),
    );
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    lab.0.settle();
    assert_eq!(lab.clusters(), 0);
}

#[test]
fn a_name_is_taken_once_and_free_again_after_deletion() {
    let mut lab = Formation::new();
    let template = cluster_and_definition("128");
    lab.create("shop", &template);
    let again = json!({"StackName": "shop", "TemplateBody": template.to_string()});
    assert_eq!(lab.refused("CreateStack", again), "Stack [shop] already exists");
    lab.settle("shop");
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    lab.0.settle();
    lab.create("shop", &template);
    assert_eq!(lab.settle("shop"), "CREATE_COMPLETE");
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let mut lab = Formation::new();
    let template = cluster_and_definition("128").to_string();
    let refused = |lab: &mut Formation, input| lab.refused("CreateStack", input);
    let bad_name = refused(&mut lab, json!({"StackName": "1shop", "TemplateBody": template}));
    assert!(bad_name.contains("Member must satisfy regular expression pattern"), "{bad_name}");
    let long = format!("{template}{}", " ".repeat(51_200));
    let too_long = refused(&mut lab, json!({"StackName": "shop", "TemplateBody": long}));
    assert!(too_long.ends_with("Member must have length less than or equal to 51200"), "{too_long}");
    let none = refused(&mut lab, json!({"StackName": "shop"}));
    assert_eq!(none, "Either Template URL or Template Body must be specified.");
    let unknown = json!({"Resources": {"Thing": {"Type": "AWS::ECS::Thing"}}}).to_string();
    let unknown = refused(&mut lab, json!({"StackName": "shop", "TemplateBody": unknown}));
    assert_eq!(unknown, "Template format error: Unrecognized resource types: [AWS::ECS::Thing]");
    for value in [json!({"Fn::GetAtt": ["Cluster", "Name"]}), json!({"Fn::Sub": "-${Cluster.Name}-"})] {
        let attribute = json!({
            "Resources": {"Cluster": {"Type": "AWS::ECS::Cluster"}}, "Outputs": {"X": {"Value": value}}
        });
        let attribute =
            refused(&mut lab, json!({"StackName": "shop", "TemplateBody": attribute.to_string()}));
        assert_eq!(
            attribute,
            "Template error: resource Cluster does not support attribute type Name in Fn::GetAtt"
        );
    }
    assert_eq!(lab.call("DescribeStacks", json!({}))["Stacks"], json!([]));
}

#[test]
fn looking_is_free_and_an_idle_stack_waits_for_nothing() {
    let mut lab = Formation::new();
    lab.create("shop", &cluster_and_definition("128"));
    lab.settle("shop");
    assert_eq!(crate::next_event(&lab.0.world), None);
}
