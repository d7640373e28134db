//! Stacks in whole worlds, through the front door.

mod change_sets;
mod drift;
mod failures;
mod groups;
mod init;
mod nested;
mod networks;
mod sock_shop;
mod stacks;
mod updates;
mod waiting;

use serde_json::{Value, json};

use crate::testing::Lab;

/// A world and what is often asked of it.
struct Formation(Lab);

impl Formation {
    fn new() -> Self {
        Self(Lab::new())
    }

    fn call(&mut self, operation: &str, input: Value) -> Value {
        self.0.call("cloudformation", operation, input)
    }

    /// The message of a refusal.
    fn refused(&mut self, operation: &str, input: Value) -> String {
        match self.0.try_call("cloudformation", operation, input) {
            Ok(answer) => panic!("{operation} was not refused: {answer}"),
            Err(fault) => fault.message,
        }
    }

    fn create(&mut self, name: &str, template: &Value) {
        self.call("CreateStack", json!({"StackName": name, "TemplateBody": template.to_string()}));
    }

    fn update(&mut self, name: &str, template: &Value) {
        self.call("UpdateStack", json!({"StackName": name, "TemplateBody": template.to_string()}));
    }

    fn stack(&mut self, name: &str) -> Value {
        self.call("DescribeStacks", json!({"StackName": name})).pointer("/Stacks/0").unwrap().clone()
    }

    fn status(&mut self, name: &str) -> String {
        self.stack(name)["StackStatus"].as_str().unwrap().to_owned()
    }

    /// Lets time pass until nothing is under way.
    fn settle(&mut self, name: &str) -> String {
        self.0.settle();
        self.status(name)
    }

    /// `logical id, status, reason`, oldest first.
    fn events(&mut self, name: &str) -> Vec<(String, String, String)> {
        let text = |event: &Value, member: &str| event[member].as_str().unwrap_or_default().to_owned();
        let mut events = Vec::new();
        let mut token = Value::Null;
        loop {
            let input = json!({"StackName": name, "NextToken": token});
            let answer = self.call("DescribeStackEvents", input);
            events.extend(answer["StackEvents"].as_array().unwrap().iter().map(|event| {
                (
                    text(event, "LogicalResourceId"),
                    text(event, "ResourceStatus"),
                    text(event, "ResourceStatusReason"),
                )
            }));
            token = answer.get("NextToken").cloned().unwrap_or_default();
            if token.is_null() {
                break;
            }
        }
        events.reverse();
        events
    }

    /// Where in the events a status of a resource first is.
    fn at(&mut self, name: &str, logical_id: &str, status: &str) -> usize {
        let events = self.events(name);
        let found = events.iter().position(|(of, is, _)| of == logical_id && is == status);
        found.unwrap_or_else(|| panic!("no {status} of {logical_id} in {events:#?}"))
    }

    fn reason(&mut self, name: &str, logical_id: &str, status: &str) -> String {
        let at = self.at(name, logical_id, status);
        self.events(name)[at].2.clone()
    }

    fn physical_id(&mut self, name: &str, logical_id: &str) -> String {
        let input = json!({"StackName": name, "LogicalResourceId": logical_id});
        let answer = self.call("DescribeStackResource", input);
        answer.pointer("/StackResourceDetail/PhysicalResourceId").unwrap().as_str().unwrap().to_owned()
    }

    fn clusters(&mut self) -> usize {
        self.0.call("ecs", "ListClusters", json!({}))["clusterArns"].as_array().unwrap().len()
    }
}

/// A cluster, and a service of a task definition on Fargate without a network: it cannot be had.
fn cluster_and_definition(memory: &str) -> Value {
    json!({
        "Resources": {
            "Definition": {
                "Type": "AWS::ECS::TaskDefinition",
                "DependsOn": "Cluster",
                "Properties": {
                    "Family": {"Fn::Sub": "${AWS::StackName}-web"},
                    "ContainerDefinitions": [{"Name": "web", "Image": "nginx", "Memory": memory}]
                }
            },
            "Cluster": {
                "Type": "AWS::ECS::Cluster",
                "Properties": {"ClusterName": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, "cluster"]]}}
            }
        },
        "Outputs": {
            "ClusterName": {"Value": {"Ref": "Cluster"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-cluster"}}},
            "ClusterArn": {"Value": {"Fn::GetAtt": ["Cluster", "Arn"]}}
        }
    })
}
