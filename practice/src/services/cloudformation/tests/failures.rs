//! What goes wrong.

use serde_json::json;

use super::{Formation, cluster_and_definition};
use crate::world::{Caller, Principal};

#[test]
fn a_failure_rolls_back_in_order_and_says_why() {
    let mut lab = Formation::new();
    // Less than Docker's least.
    lab.create("shop", &cluster_and_definition("1"));
    assert_eq!(lab.settle("shop"), "ROLLBACK_COMPLETE");
    let why = lab.reason("shop", "Definition", "CREATE_FAILED");
    assert!(why.starts_with("Resource handler returned message: \""), "{why}");
    assert!(
        why.contains("Service: Ecs, Status Code: 400") && why.ends_with("HandlerErrorCode: InvalidRequest)"),
        "{why}"
    );
    assert_eq!(
        lab.reason("shop", "shop", "ROLLBACK_IN_PROGRESS"),
        "The following resource(s) failed to create: [Definition]. Rollback requested by user."
    );
    lab.at("shop", "Cluster", "DELETE_COMPLETE");
    let update = json!({"StackName": "shop", "TemplateBody": cluster_and_definition("128").to_string()});
    let message = lab.refused("UpdateStack", update);
    assert!(message.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."), "{message}");
}

#[test]
fn a_failure_may_be_left_as_it_is_or_deleted() {
    let mut lab = Formation::new();
    let template = cluster_and_definition("1").to_string();
    let create =
        |name: &str, how: &str| json!({"StackName": name, "TemplateBody": template, "OnFailure": how});
    lab.call("CreateStack", create("left", "DO_NOTHING"));
    assert_eq!(lab.settle("left"), "CREATE_FAILED");
    assert_eq!(lab.clusters(), 1);
    lab.call("RollbackStack", json!({"StackName": "left"}));
    assert_eq!(lab.settle("left"), "ROLLBACK_COMPLETE");
    assert_eq!(lab.clusters(), 0);
    let answer = lab.call("CreateStack", create("gone", "DELETE"));
    lab.0.settle();
    assert_eq!(lab.status(answer["StackId"].as_str().unwrap()), "DELETE_COMPLETE");
}

#[test]
fn a_key_pair_that_does_not_exist_turns_the_stack_round_before_anything_is_made() {
    let mut lab = Formation::new();
    let template = json!({
        "Parameters": {"KeyName": {"Type": "AWS::EC2::KeyPair::KeyName", "Default": "nobodys"}},
        "Resources": {"Cluster": {"Type": "AWS::ECS::Cluster"}}});
    lab.create("shop", &template);
    assert_eq!(lab.settle("shop"), "ROLLBACK_COMPLETE");
    assert_eq!(
        lab.reason("shop", "shop", "ROLLBACK_IN_PROGRESS"),
        "Parameter validation failed: parameter value nobodys for parameter name KeyName does not exist. \
         Rollback requested by user."
    );
    assert_eq!(lab.clusters(), 0);
}

#[test]
fn an_unknown_property_fails_its_resource_in_aws_words() {
    let mut lab = Formation::new();
    lab.create(
        "shop",
        &json!({"Resources": {"Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"Nmae": "x"}}}}),
    );
    assert_eq!(lab.settle("shop"), "ROLLBACK_COMPLETE");
    let why = lab.reason("shop", "Cluster", "CREATE_FAILED");
    assert!(why.starts_with("Properties validation failed for resource Cluster with message:"), "{why}");
    assert!(why.contains("extraneous key [Nmae] is not permitted"), "{why}");
}

#[test]
fn the_permissions_are_those_of_who_made_it() {
    let mut lab = Formation::new();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
    });
    lab.0.call("iam", "CreateUser", json!({"UserName": "limited"}));
    let put = json!({"UserName": "limited", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    lab.0.call("iam", "PutUserPolicy", put);
    let root = std::mem::replace(
        &mut lab.0.caller,
        Caller {
            arn: "arn:aws:iam::123456789012:user/limited".to_owned(),
            user_id: "AIDAX".to_owned(),
            principal: Principal::User("limited".to_owned()),
            session_key: None,
        },
    );
    lab.create("shop", &cluster_and_definition("128"));
    assert_eq!(lab.settle("shop"), "ROLLBACK_COMPLETE");
    let why = lab.reason("shop", "Cluster", "CREATE_FAILED");
    assert!(why.contains("is not authorized to perform: ecs:CreateCluster"), "{why}");
    assert!(why.ends_with("HandlerErrorCode: AccessDenied)"), "{why}");
    lab.0.caller = root;
    assert_eq!(lab.clusters(), 0);
}

#[test]
fn a_creation_policy_waits_for_its_signals_and_no_longer() {
    let template = json!({"Resources": {"Cluster": {
        "Type": "AWS::ECS::Cluster",
        "CreationPolicy": {"ResourceSignal": {"Count": 2, "Timeout": "PT5M"}}
    }}});
    let mut lab = Formation::new();
    lab.create("good", &template);
    lab.0.advance(60);
    let signal = |name: &str, id: &str, status: &str| json!({"StackName": name, "LogicalResourceId": "Cluster", "UniqueId": id, "Status": status});
    lab.call("SignalResource", signal("good", "i-1", "SUCCESS"));
    lab.0.advance(60);
    assert_eq!(lab.status("good"), "CREATE_IN_PROGRESS");
    lab.call("SignalResource", signal("good", "i-2", "SUCCESS"));
    assert_eq!(lab.status("good"), "CREATE_COMPLETE");
    let late = lab.refused("SignalResource", signal("good", "i-3", "SUCCESS"));
    assert_eq!(late, "Resource Cluster is in CREATE_COMPLETE state and cannot be signaled");

    lab.create("late", &template);
    lab.call("SignalResource", signal("late", "i-1", "SUCCESS"));
    assert_eq!(lab.settle("late"), "ROLLBACK_COMPLETE");
    let why = lab.reason("late", "Cluster", "CREATE_FAILED");
    assert_eq!(why, "Failed to receive 1 resource signal(s) within the specified duration");

    lab.create("bad", &template);
    lab.call("SignalResource", signal("bad", "i-1", "FAILURE"));
    assert_eq!(lab.settle("bad"), "ROLLBACK_COMPLETE");
    let why = lab.reason("bad", "Cluster", "CREATE_FAILED");
    assert!(why.starts_with("Failed to receive 1 resource signal(s) for the current batch."), "{why}");
}

#[test]
fn a_stack_may_run_out_of_time() {
    let template = json!({"Resources": {"Cluster": {
        "Type": "AWS::ECS::Cluster",
        "CreationPolicy": {"ResourceSignal": {"Timeout": "PT1H"}}
    }}});
    let mut lab = Formation::new();
    let input = json!({"StackName": "slow", "TemplateBody": template.to_string(), "TimeoutInMinutes": 2});
    lab.call("CreateStack", input);
    lab.0.advance(121);
    assert_eq!(lab.settle("slow"), "ROLLBACK_COMPLETE");
    lab.at("slow", "Cluster", "CREATE_FAILED");
    assert!(lab.reason("slow", "slow", "ROLLBACK_IN_PROGRESS").starts_with("Stack creation time exceeded"));
}
