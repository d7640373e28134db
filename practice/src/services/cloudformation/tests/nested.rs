//! Templates that lie in Amazon S3, and stacks inside of stacks.

use serde_json::{Value, json};

use super::{Formation, cluster_and_definition};

const INNER: &str = "https://templates.s3.us-east-1.amazonaws.com/inner.json";

/// A stack that gives the cluster of the stack inside of it on to a task definition.
fn outer(url: &str, memory: &str) -> Value {
    json!({
        "Resources": {
            "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": {"Memory": memory}}},
            "After": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Inner", "Outputs.ClusterName"]}}}
        },
        "Outputs": {"Cluster": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.ClusterName"]}}}
    })
}

fn inner() -> Value {
    let mut template = cluster_and_definition("128");
    template["Parameters"] = json!({"Memory": {"Type": "Number"}});
    template["Resources"]["Definition"]["Properties"]["ContainerDefinitions"][0]["Memory"] =
        json!({"Ref": "Memory"});
    template
}

impl Formation {
    fn put(&mut self, key: &str, body: &str) {
        self.0.call("s3", "CreateBucket", json!({"Bucket": "templates"}));
        self.0.call("s3", "PutObject", json!({"Bucket": "templates", "Key": key, "Body": body}));
    }
}

fn with_inner() -> Formation {
    let mut lab = Formation::new();
    lab.put("inner.json", &inner().to_string());
    lab.create("outer", &outer(INNER, "128"));
    assert_eq!(lab.settle("outer"), "CREATE_COMPLETE", "{:#?}", lab.events("outer"));
    lab
}

#[test]
fn a_template_is_read_from_a_bucket() {
    let mut lab = Formation::new();
    let long = format!("{}{}", cluster_and_definition("128"), " ".repeat(60_000));
    lab.put("a b/shop.json", &long);
    for (name, url) in [
        ("one", "https://templates.s3.us-east-1.amazonaws.com/a%20b/shop.json"),
        ("two", "https://s3.amazonaws.com/templates/a%20b/shop.json"),
        ("three", "http://127.0.0.1:4566/templates/a%20b/shop.json"),
    ] {
        lab.call("ValidateTemplate", json!({"TemplateURL": url}));
        lab.call("CreateStack", json!({"StackName": name, "TemplateURL": url}));
        assert_eq!(lab.settle(name), "CREATE_COMPLETE");
    }
    for (url, says) in [
        ("https://templates.s3.us-east-1.amazonaws.com/none", "S3 error: The specified key does not exist."),
        ("https://none.s3.amazonaws.com/shop.json", "S3 error: The specified bucket does not exist"),
        ("https://example.com/templates2/shop.json", "is not a valid S3 domain"),
        ("s3://templates/shop.json", "TemplateURL must be a supported URL."),
    ] {
        let said = lab.refused("CreateStack", json!({"StackName": "x", "TemplateURL": url}));
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_stack_inside_of_a_stack_lives_and_goes_with_it() {
    let mut lab = with_inner();
    let id = lab.physical_id("outer", "Inner");
    let (inner, outer_id) = (lab.stack(&id), lab.stack("outer")["StackId"].clone());
    assert_eq!((&inner["ParentId"], &inner["RootId"]), (&outer_id, &outer_id));
    assert!(inner["StackName"].as_str().unwrap().starts_with("outer-Inner-"), "{inner}");
    assert_eq!(lab.stack("outer")["Outputs"][0]["OutputValue"], inner["Outputs"][1]["OutputValue"]);

    lab.update("outer", &outer(INNER, "256"));
    assert_eq!(lab.settle("outer"), "UPDATE_COMPLETE");
    assert_eq!(lab.physical_id("outer", "Inner"), id);
    assert_eq!(lab.stack(&id)["Parameters"][0]["ParameterValue"], "256");

    lab.call("DeleteStack", json!({"StackName": "outer"}));
    assert_eq!(lab.settle(outer_id.as_str().unwrap()), "DELETE_COMPLETE");
    assert_eq!(lab.status(&id), "DELETE_COMPLETE");
    assert_eq!(lab.clusters(), 0);
}

#[test]
fn what_fails_inside_fails_outside_and_all_goes_back() {
    let mut lab = Formation::new();
    lab.put("inner.json", &inner().to_string());
    lab.create("outer", &outer(INNER, "1"));
    assert_eq!(lab.settle("outer"), "ROLLBACK_COMPLETE");
    let reason = lab.reason("outer", "Inner", "CREATE_FAILED");
    assert!(
        reason.starts_with("Embedded stack arn:aws:cloudformation:us-east-1:123456789012:stack/outer-Inner-"),
        "{reason}"
    );
    assert!(
        reason.ends_with(
            "was not successfully created: The following resource(s) failed to create: [Definition]."
        ),
        "{reason}"
    );
    assert_eq!(lab.clusters(), 0);

    let mut lab = with_inner();
    let id = lab.physical_id("outer", "Inner");
    lab.update("outer", &outer(INNER, "1"));
    assert_eq!(lab.settle("outer"), "UPDATE_ROLLBACK_COMPLETE", "{:#?}", lab.events("outer"));
    assert_eq!(lab.stack(&id)["Parameters"][0]["ParameterValue"], "128");
    // Inside all went well, and outside something else did not.
    let mut template = outer(INNER, "256");
    template["Resources"]["Broken"] = json!({"Type": "AWS::SSM::Parameter", "DependsOn": "Inner",
        "Properties": {"Type": "String", "Value": "a", "AllowedPattern": "b"}});
    lab.update("outer", &template);
    assert_eq!(lab.settle("outer"), "UPDATE_ROLLBACK_COMPLETE", "{:#?}", lab.events("outer"));
    assert_eq!(lab.stack(&id)["Parameters"][0]["ParameterValue"], "128");
}

#[test]
fn a_template_that_names_itself_comes_to_an_end() {
    let mut lab = Formation::new();
    let endless = json!({"Resources": {"Again": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": INNER}}}});
    lab.put("inner.json", &endless.to_string());
    lab.create("outer", &endless);
    assert_eq!(lab.settle("outer"), "ROLLBACK_COMPLETE");
    let live = lab.call("DescribeStacks", json!({}));
    assert_eq!(live["Stacks"].as_array().unwrap().len(), 1);
}

#[test]
fn the_inside_is_looked_at_whenever_the_outside_is_updated() {
    let mut lab = with_inner();
    let id = lab.physical_id("outer", "Inner");
    let mut other = inner();
    other["Outputs"]["More"] = json!({"Value": "more"});
    lab.put("inner.json", &other.to_string());
    let mut template = outer(INNER, "128");
    template["Description"] = "Nothing but the template inside has changed".into();
    lab.update("outer", &template);
    assert_eq!(lab.settle("outer"), "UPDATE_COMPLETE");
    assert_eq!(lab.stack(&id)["Outputs"].as_array().unwrap().len(), 3);
}

#[test]
fn a_bucket_of_a_stack_is_empty_when_it_goes() {
    let mut lab = Formation::new();
    lab.create("shop", &json!({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": true}, "Tags": [{"Key": "a", "Value": "b"}]}}}}));
    assert_eq!(lab.settle("shop"), "CREATE_COMPLETE");
    let bucket = lab.physical_id("shop", "Bucket");
    let tags = lab.0.call("s3", "GetBucketTagging", json!({"Bucket": bucket}));
    assert_eq!(tags["TagSet"]["Tag"].as_array().unwrap().len(), 4);
    lab.0.call("s3", "PutObject", json!({"Bucket": bucket, "Key": "a", "Body": "b"}));
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    assert_eq!(lab.settle("shop"), "DELETE_FAILED");
    lab.0.call("s3", "DeleteObject", json!({"Bucket": bucket, "Key": "a"}));
    let id = lab.stack("shop")["StackId"].clone();
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    assert_eq!(lab.settle(id.as_str().unwrap()), "DELETE_COMPLETE");
}

#[test]
fn drift_of_a_stack_inside_is_asked_for_on_that_stack() {
    let mut lab = with_inner();
    let inner = lab.physical_id("outer", "Inner");
    let cluster = lab.physical_id(&inner, "Cluster");
    let after = lab.physical_id("outer", "After");
    let setting = json!([{"name": "containerInsights", "value": "enabled"}]);
    lab.0.call("ecs", "UpdateClusterSettings", json!({"cluster": cluster, "settings": setting}));
    lab.0.call("ecs", "DeleteCluster", json!({"cluster": cluster}));
    let detect = |lab: &mut Formation, stack: &str| {
        let id = lab.call("DetectStackDrift", json!({"StackName": stack}))["StackDriftDetectionId"].clone();
        lab.0.advance(15);
        lab.call("DescribeStackDriftDetectionStatus", json!({"StackDriftDetectionId": id}))
    };
    let of_outer = detect(&mut lab, "outer");
    assert_eq!(of_outer["StackDriftStatus"], "IN_SYNC", "what is in the stack inside is not looked at");
    let drifts = lab.call("DescribeStackResourceDrifts", json!({"StackName": "outer"}));
    let seen: Vec<&Value> = drifts["StackResourceDrifts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["PhysicalResourceId"])
        .collect();
    assert_eq!(seen, [&json!(after)], "a stack inside is not checked, so not among them");
    let refused =
        lab.refused("DetectStackResourceDrift", json!({"StackName": "outer", "LogicalResourceId": "Inner"}));
    assert!(refused.contains("not supported"), "{refused}");
    let of_inner = detect(&mut lab, &inner);
    assert_eq!(of_inner["StackDriftStatus"], "DRIFTED");
    assert_eq!(of_inner["DriftedStackResourceCount"], 1);
    assert_eq!(detect(&mut lab, "outer")["StackDriftStatus"], "IN_SYNC");
}
