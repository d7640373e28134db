//! Changed, and changed back.

use serde_json::{Value, json};

use super::{Formation, cluster_and_definition};

fn made(lab: &mut Formation) {
    lab.create("shop", &cluster_and_definition("128"));
    assert_eq!(lab.settle("shop"), "CREATE_COMPLETE");
}

#[test]
fn nothing_to_change_is_refused() {
    let mut lab = Formation::new();
    made(&mut lab);
    let same = json!({"StackName": "shop", "TemplateBody": cluster_and_definition("128").to_string()});
    assert_eq!(lab.refused("UpdateStack", same), "No updates are to be performed.");
}

#[test]
fn what_cannot_change_in_place_is_replaced_and_the_old_one_goes() {
    let mut lab = Formation::new();
    made(&mut lab);
    let before = lab.physical_id("shop", "Definition");
    lab.update("shop", &cluster_and_definition("256"));
    assert_eq!(lab.settle("shop"), "UPDATE_COMPLETE");
    let after = lab.physical_id("shop", "Definition");
    assert_ne!(before, after);
    assert_eq!(
        lab.reason("shop", "Definition", "UPDATE_IN_PROGRESS"),
        "Requested update requires the creation of a new physical resource; hence creating one."
    );
    assert!(
        lab.at("shop", "shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            < lab.at("shop", "Definition", "DELETE_COMPLETE")
    );
    let old = lab.0.call("ecs", "DescribeTaskDefinition", json!({"taskDefinition": before}));
    assert_eq!(old["taskDefinition"]["status"], "INACTIVE");
}

#[test]
fn what_the_template_has_no_more_goes_at_the_end() {
    let mut lab = Formation::new();
    made(&mut lab);
    let mut template = cluster_and_definition("128");
    template["Resources"].as_object_mut().unwrap().remove("Definition");
    lab.update("shop", &template);
    assert_eq!(lab.settle("shop"), "UPDATE_COMPLETE");
    lab.at("shop", "Definition", "DELETE_COMPLETE");
    let left = lab.call("ListStackResources", json!({"StackName": "shop"}));
    assert_eq!(left["StackResourceSummaries"].as_array().unwrap().len(), 1);
}

#[test]
fn a_failed_update_goes_back_to_what_was() {
    let mut lab = Formation::new();
    made(&mut lab);
    let before = lab.physical_id("shop", "Definition");
    let mut template = cluster_and_definition("1");
    template["Resources"]["Other"] = json!({"Type": "AWS::ECS::Cluster"});
    template["Resources"]["Cluster"]["Properties"]["ClusterSettings"] =
        json!([{"Name": "containerInsights", "Value": "enabled"}]);
    template["Resources"]["Definition"]["DependsOn"] = json!(["Cluster", "Other"]);
    lab.update("shop", &template);
    assert_eq!(lab.settle("shop"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(lab.physical_id("shop", "Definition"), before);
    assert_eq!(
        lab.reason("shop", "shop", "UPDATE_ROLLBACK_IN_PROGRESS").trim(),
        "The following resource(s) failed to update: [Definition]."
    );
    assert_eq!(lab.clusters(), 1, "the new cluster is gone again");
    let cluster =
        lab.0.call("ecs", "DescribeClusters", json!({"clusters": ["shop-cluster"], "include": ["SETTINGS"]}));
    assert_eq!(cluster["clusters"][0]["settings"][0]["value"], "disabled");
    let left: Value = lab.call("ListStackResources", json!({"StackName": "shop"}));
    assert_eq!(left["StackResourceSummaries"].as_array().unwrap().len(), 2);
    // And it can be changed again.
    lab.update("shop", &cluster_and_definition("256"));
    assert_eq!(lab.settle("shop"), "UPDATE_COMPLETE");
}

#[test]
fn an_update_may_be_cancelled() {
    let mut lab = Formation::new();
    made(&mut lab);
    lab.update("shop", &cluster_and_definition("256"));
    lab.call("CancelUpdateStack", json!({"StackName": "shop"}));
    assert_eq!(lab.settle("shop"), "UPDATE_ROLLBACK_COMPLETE");
    let message = lab.refused("CancelUpdateStack", json!({"StackName": "shop"}));
    assert_eq!(message, "CancelUpdateStack cannot be called from current stack status");
}

#[test]
fn a_stack_policy_protects_what_it_names() {
    let mut lab = Formation::new();
    made(&mut lab);
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "Update:Replace", "Principal": "*", "Resource": "LogicalResourceId/Definition"}
    ]});
    lab.call("SetStackPolicy", json!({"StackName": "shop", "StackPolicyBody": policy.to_string()}));
    lab.update("shop", &cluster_and_definition("256"));
    assert_eq!(lab.settle("shop"), "UPDATE_ROLLBACK_COMPLETE");
    let why = lab.reason("shop", "Definition", "UPDATE_FAILED");
    assert!(why.starts_with("Action denied by stack policy: Statement [#2]"), "{why}");
}

#[test]
fn an_export_in_use_holds_its_stack() {
    let mut lab = Formation::new();
    made(&mut lab);
    let importing = json!({"Resources": {"Definition": {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {"ContainerDefinitions": [{
            "Name": "web", "Image": "nginx", "Memory": 128,
            "Environment": [{"Name": "CLUSTER", "Value": {"Fn::ImportValue": "shop-cluster"}}]
        }]}
    }}});
    lab.create("user", &importing);
    assert_eq!(lab.settle("user"), "CREATE_COMPLETE");
    assert_eq!(lab.call("ListImports", json!({"ExportName": "shop-cluster"}))["Imports"], json!(["user"]));
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    assert_eq!(lab.settle("shop"), "CREATE_COMPLETE");
    let reason = lab.stack("shop")["StackStatusReason"].as_str().unwrap().to_owned();
    assert_eq!(reason, "Delete canceled. Cannot delete export shop-cluster as it is in use by user.");
    lab.call("DeleteStack", json!({"StackName": "user"}));
    lab.0.settle();
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    lab.0.settle();
    assert_eq!(lab.clusters(), 0);
}

#[test]
fn drift_is_seen() {
    let mut lab = Formation::new();
    made(&mut lab);
    let detect = |lab: &mut Formation| {
        let id = lab.call("DetectStackDrift", json!({"StackName": "shop"}))["StackDriftDetectionId"].clone();
        lab.0.advance(60);
        lab.call("DescribeStackDriftDetectionStatus", json!({"StackDriftDetectionId": id}))
    };
    assert_eq!(detect(&mut lab)["StackDriftStatus"], "IN_SYNC");
    lab.0.call("ecs", "DeleteCluster", json!({"cluster": "shop-cluster"}));
    let found = detect(&mut lab);
    assert_eq!(found["StackDriftStatus"], "DRIFTED");
    assert_eq!(found["DriftedStackResourceCount"], 1);
    let input = json!({"StackName": "shop", "StackResourceDriftStatusFilters": ["DELETED"]});
    let drifts = lab.call("DescribeStackResourceDrifts", input);
    assert_eq!(drifts["StackResourceDrifts"][0]["LogicalResourceId"], "Cluster");
}

/// A group of two machines, replaced one by one when their launch template changes.
fn machines(kind: &str) -> Value {
    json!({"Resources": {
        "Template": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {
                "InstanceType": kind,
                "ImageId": "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
            }}
        },
        "Group": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "MinSize": "2", "MaxSize": "4", "DesiredCapacity": "2",
                "AvailabilityZones": {"Fn::GetAZs": ""},
                "LaunchTemplate": {
                    "LaunchTemplateId": {"Ref": "Template"},
                    "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]}
                }
            },
            "UpdatePolicy": {"AutoScalingRollingUpdate": {
                "MaxBatchSize": 1, "MinInstancesInService": 1, "WaitOnResourceSignals": true, "PauseTime": "PT10M"
            }}
        }
    }})
}

fn serving(lab: &mut Formation) -> Vec<(String, String)> {
    let answer = lab.0.call("ec2", "DescribeInstances", json!({}));
    let all =
        answer["Reservations"].as_array().or_else(|| answer["reservationSet"].as_array()).unwrap().clone();
    let instances = all.iter().flat_map(|one| {
        one["Instances"].as_array().or_else(|| one["instancesSet"].as_array()).unwrap().clone()
    });
    let text = |instance: &Value, names: [&str; 2]| {
        names.iter().find_map(|name| instance[*name].as_str()).unwrap_or_default().to_owned()
    };
    instances
        .filter(|one| {
            one.pointer("/instanceState/name").or_else(|| one.pointer("/State/Name")).unwrap() == "running"
        })
        .map(|one| (text(&one, ["instanceId", "InstanceId"]), text(&one, ["instanceType", "InstanceType"])))
        .collect()
}

#[test]
fn machines_are_replaced_batch_by_batch_as_they_signal() {
    let mut lab = Formation::new();
    lab.create("fleet", &machines("t3.micro"));
    assert_eq!(lab.settle("fleet"), "CREATE_COMPLETE", "{:#?}", lab.events("fleet"));
    let before = serving(&mut lab);
    assert_eq!(before.len(), 2);
    lab.update("fleet", &machines("t3.small"));
    for left in [1, 0] {
        lab.0.advance(240);
        let now = serving(&mut lab);
        let old = now.iter().filter(|one| before.contains(one)).count();
        assert_eq!((now.len(), old), (2, left), "{now:?} {:#?}", lab.events("fleet"));
        assert_eq!(lab.status("fleet"), "UPDATE_IN_PROGRESS");
        let new = now.iter().rfind(|one| one.1 == "t3.small").unwrap().0.clone();
        let signal =
            json!({"StackName": "fleet", "LogicalResourceId": "Group", "UniqueId": new, "Status": "SUCCESS"});
        lab.call("SignalResource", signal);
    }
    assert_eq!(lab.settle("fleet"), "UPDATE_COMPLETE", "{:#?}", lab.events("fleet"));
    let kinds: Vec<String> = serving(&mut lab).into_iter().map(|one| one.1).collect();
    assert_eq!(kinds, ["t3.small", "t3.small"]);
    let said: Vec<String> = lab.events("fleet").into_iter().map(|event| event.2).collect();
    assert!(
        said.iter().any(|said| said.starts_with("Rolling update initiated. Terminating 2 obsolete")),
        "{said:#?}"
    );
    assert!(said.iter().any(|said| said.ends_with("(Progress 100%).")), "{said:#?}");
}

#[test]
fn machines_that_do_not_signal_turn_the_update_round() {
    let mut lab = Formation::new();
    lab.create("fleet", &machines("t3.micro"));
    lab.settle("fleet");
    lab.update("fleet", &machines("t3.small"));
    lab.0.advance(700);
    let why = lab.reason("fleet", "Group", "UPDATE_FAILED");
    assert!(why.contains("Failed to receive 1 resource signal(s) for the current batch."), "{why}");
}

#[test]
fn a_stack_policy_keeps_what_a_template_drops_unless_the_update_brings_its_own() {
    let mut lab = Formation::new();
    made(&mut lab);
    let all = json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"});
    let keep = json!({"Effect": "Deny", "Action": "Update:Delete", "Principal": "*", "Resource": "*"});
    let policy = json!({"Statement": [all, keep]}).to_string();
    lab.call("SetStackPolicy", json!({"StackName": "shop", "StackPolicyBody": policy}));
    let mut template = cluster_and_definition("128");
    template["Resources"].as_object_mut().unwrap().remove("Definition");
    lab.update("shop", &template);
    assert_eq!(lab.settle("shop"), "UPDATE_ROLLBACK_COMPLETE");
    lab.physical_id("shop", "Definition");
    let once = json!({"Statement": [all]}).to_string();
    let input = json!({
        "StackName": "shop", "TemplateBody": template.to_string(), "StackPolicyDuringUpdateBody": once,
    });
    lab.call("UpdateStack", input);
    assert_eq!(lab.settle("shop"), "UPDATE_COMPLETE");
    let shown = lab.call("GetStackPolicy", json!({"StackName": "shop"}));
    assert_eq!(shown["StackPolicyBody"], policy, "the stack's own policy stays");
}

/// `deploy` without `--tags` takes a stack's tags away: of that, a type without tags has nothing to change.
#[test]
fn other_tags_of_the_stack_change_what_takes_tags_and_nothing_else() {
    let mut lab = Formation::new();
    let vpc = json!({"Ref": "Vpc"});
    let template = json!({"Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}},
        "Internet": {"Type": "AWS::EC2::InternetGateway"},
        "Attachment": {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": {"VpcId": vpc, "InternetGatewayId": {"Ref": "Internet"}}},
        "Address": {"Type": "AWS::EC2::EIP", "DependsOn": "Attachment", "Properties": {"Domain": "vpc"}},
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "Subnet"}, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}}},
    }}).to_string();
    let tags = json!([{"Key": "lab", "Value": "one"}]);
    lab.call("CreateStack", json!({"StackName": "net", "TemplateBody": template, "Tags": tags}));
    assert_eq!(lab.settle("net"), "CREATE_COMPLETE");
    let vpc = json!({"VpcId": [lab.physical_id("net", "Vpc")]});
    let cluster = json!({"clusters": [lab.physical_id("net", "Cluster")], "include": ["TAGS"]});
    let tagged = |lab: &mut Formation| {
        let vpc = lab.0.call("ec2", "DescribeVpcs", vpc.clone());
        let cluster = lab.0.call("ecs", "DescribeClusters", cluster.clone());
        [&vpc["vpcSet"][0]["tagSet"], &cluster["clusters"][0]["tags"]].map(|tags| {
            tags.as_array().unwrap().iter().filter(|tag| tag["key"] == "lab" && tag["value"] == "one").count()
        })
    };
    assert_eq!(tagged(&mut lab), [1, 1]);
    lab.call("UpdateStack", json!({"StackName": "net", "UsePreviousTemplate": "true", "Tags": []}));
    assert_eq!(lab.settle("net"), "UPDATE_COMPLETE");
    assert_eq!(tagged(&mut lab), [0, 0]);
    let changed = lab.events("net");
    let of = |name: &str| changed.iter().any(|(of, is, _)| of == name && is == "UPDATE_COMPLETE");
    assert!(of("Vpc") && of("Nat") && !of("Attachment"), "{changed:#?}");
}
