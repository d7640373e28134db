//! What would change, told before it does.

use serde_json::{Value, json};

use super::{Formation, cluster_and_definition};

fn propose(lab: &mut Formation, name: &str, template: &Value, kind: &str) -> Value {
    let input = json!({
        "StackName": "shop", "ChangeSetName": name, "TemplateBody": template.to_string(), "ChangeSetType": kind,
    });
    lab.call("CreateChangeSet", input);
    lab.0.advance(10);
    lab.call("DescribeChangeSet", json!({"StackName": "shop", "ChangeSetName": name}))
}

#[test]
fn a_change_set_makes_a_stack() {
    let mut lab = Formation::new();
    let set = propose(&mut lab, "first", &cluster_and_definition("128"), "CREATE");
    assert_eq!((&set["Status"], &set["ExecutionStatus"]), (&json!("CREATE_COMPLETE"), &json!("AVAILABLE")));
    let actions: Vec<&Value> =
        set["Changes"].as_array().unwrap().iter().map(|change| &change["ResourceChange"]["Action"]).collect();
    assert_eq!(actions, ["Add", "Add"]);
    assert_eq!(lab.status("shop"), "REVIEW_IN_PROGRESS");
    assert_eq!(lab.clusters(), 0);
    lab.call("ExecuteChangeSet", json!({"StackName": "shop", "ChangeSetName": "first"}));
    assert_eq!(lab.settle("shop"), "CREATE_COMPLETE");
}

#[test]
fn it_tells_what_is_added_modified_replaced_and_removed() {
    let mut lab = Formation::new();
    lab.create("shop", &cluster_and_definition("128"));
    lab.settle("shop");
    let mut template = cluster_and_definition("256");
    template["Resources"]["Other"] = json!({"Type": "AWS::ECS::Cluster"});
    template["Resources"]["Cluster"]["Properties"]["ClusterSettings"] =
        json!([{"Name": "containerInsights", "Value": "enabled"}]);
    let set = propose(&mut lab, "more", &template, "UPDATE");
    let change = |logical_id: &str| {
        let all = set["Changes"].as_array().unwrap();
        let found = all.iter().find(|one| one["ResourceChange"]["LogicalResourceId"] == logical_id);
        found.map_or(Value::Null, |one| one["ResourceChange"].clone())
    };
    assert_eq!(change("Other")["Action"], "Add");
    assert_eq!(change("Cluster")["Action"], "Modify");
    assert_eq!(change("Cluster")["Replacement"], "False");
    assert_eq!(change("Definition")["Replacement"], "True");
    assert_eq!(change("Definition")["PolicyAction"], "ReplaceAndDelete");
    assert_eq!(change("Definition")["Details"][0]["Target"]["Name"], "ContainerDefinitions");
    // Nothing has happened yet.
    assert_eq!((lab.status("shop").as_str(), lab.clusters()), ("CREATE_COMPLETE", 1));
    template["Resources"].as_object_mut().unwrap().remove("Definition");
    let set = propose(&mut lab, "less", &template, "UPDATE");
    let removed =
        set["Changes"].as_array().unwrap().iter().find(|one| one["ResourceChange"]["Action"] == "Remove");
    assert_eq!(removed.unwrap()["ResourceChange"]["LogicalResourceId"], "Definition");
    lab.call("ExecuteChangeSet", json!({"StackName": "shop", "ChangeSetName": "less"}));
    assert_eq!(lab.settle("shop"), "UPDATE_COMPLETE");
    assert_eq!(lab.clusters(), 2);
    // Executing one deletes the others.
    let gone = lab.refused("DescribeChangeSet", json!({"StackName": "shop", "ChangeSetName": "more"}));
    assert_eq!(gone, "ChangeSet [more] does not exist");
}

#[test]
fn one_without_changes_fails_and_cannot_be_executed() {
    let mut lab = Formation::new();
    lab.create("shop", &cluster_and_definition("128"));
    lab.settle("shop");
    let set = propose(&mut lab, "same", &cluster_and_definition("128"), "UPDATE");
    assert_eq!((&set["Status"], &set["ExecutionStatus"]), (&json!("FAILED"), &json!("UNAVAILABLE")));
    assert!(
        set["StatusReason"]
            .as_str()
            .unwrap()
            .starts_with("The submitted information didn't contain changes.")
    );
    let message = lab.refused("ExecuteChangeSet", json!({"StackName": "shop", "ChangeSetName": "same"}));
    assert!(message.ends_with("cannot be executed in its current status of [FAILED]"), "{message}");
}

#[test]
fn a_change_set_fails_whose_parameters_name_what_is_not_there() {
    let mut lab = Formation::new();
    let mut template = cluster_and_definition("128");
    template["Parameters"] = json!({"Key": {"Type": "AWS::EC2::KeyPair::KeyName", "Default": "none"}});
    let set = propose(&mut lab, "first", &template, "CREATE");
    assert_eq!((&set["Status"], &set["ExecutionStatus"]), (&json!("FAILED"), &json!("UNAVAILABLE")));
    let why = "Parameter validation failed: parameter value none for parameter name Key does not exist";
    assert_eq!(set["StatusReason"], why);
    let execute = json!({"StackName": "shop", "ChangeSetName": "first"});
    assert!(lab.refused("ExecuteChangeSet", execute).contains("current status of [FAILED]"));
}

#[test]
fn what_cannot_be_imported_here_is_said_so() {
    let mut lab = Formation::new();
    let import = json!([{"ResourceType": "AWS::ECS::Cluster", "LogicalResourceId": "Cluster",
        "ResourceIdentifier": {"ClusterName": "shop"}}]);
    for (more, says) in [
        (json!({"ChangeSetType": "IMPORT", "ResourcesToImport": import}), "type IMPORT"),
        (json!({"ChangeSetType": "CREATE", "ResourcesToImport": import}), "change sets of type IMPORT only"),
        (json!({"ChangeSetType": "CREATE", "ImportExistingResources": "true"}), "ImportExistingResources"),
    ] {
        let mut input = json!({"StackName": "shop", "ChangeSetName": "first",
            "TemplateBody": cluster_and_definition("128").to_string()});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let said = lab.refused("CreateChangeSet", input);
        assert!(said.contains(says), "{said}");
    }
    assert_eq!(lab.call("ListStacks", json!({}))["StackSummaries"], json!([]), "nothing is left behind");
}
