//! ECS's resource types, driven by hand.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::convert::{from_api, to_api};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::testing::driver::{Driver, Made};

mod groups;
mod services;

const MEMBERS: &str = include_str!("tests/members.txt");

/// The lines of a kind.
fn lines(kind: &str) -> impl Iterator<Item = &'static str> {
    MEMBERS.lines().filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(' '))
}

/// The path of a property in the API.
fn api_path(path: &str) -> String {
    let nested = path.rsplit('.').fold(Value::Null, |inner, name| json!({name: inner}));
    let mut tree = &to_api(&nested);
    let mut names = Vec::new();
    while let Some((name, inner)) = tree.as_object().and_then(|members| members.iter().next()) {
        names.push(name.clone());
        tree = inner;
    }
    names.join(".")
}

#[test]
fn every_property_has_its_member() {
    // What is answered only, and what has an own way.
    let apart = |path: &str| {
        matches!(path, "Arn" | "Name" | "Id" | "ServiceArn" | "TaskDefinitionArn" | "ClusterName")
            || path.starts_with("ForceNewDeployment")
    };
    for (type_name, operation, least) in [
        ("AWS::ECS::Cluster", "CreateCluster", 24),
        ("AWS::ECS::Service", "CreateService", 100),
        ("AWS::ECS::TaskDefinition", "RegisterTaskDefinition", 140),
        ("AWS::ECS::CapacityProvider", "CreateCapacityProvider", 60),
        ("AWS::ECS::TaskSet", "CreateTaskSet", 30),
    ] {
        let members: BTreeSet<&str> = lines(operation).collect();
        let properties: Vec<&str> = lines(type_name).filter(|path| !apart(path)).collect();
        assert!(properties.len() >= least, "{type_name} has {} properties", properties.len());
        let lost: Vec<&str> =
            properties.into_iter().filter(|path| !members.contains(api_path(path).as_str())).collect();
        assert_eq!(lost, Vec::<&str>::new(), "{type_name}");
    }
}

#[test]
fn keys_of_the_user_stay() {
    let docker = json!({"Labels": {"My.Label": "A"}, "DriverOpts": {"Type": "nfs"}});
    let template = json!({"ContainerDefinitions": [{
        "DockerLabels": {"Com.Example": "X"},
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "g", "Mode": "m"}},
        "Environment": [{"Name": "KEY", "Value": "V"}],
    }], "Volumes": [{"DockerVolumeConfiguration": docker}]});
    let api = to_api(&template);
    let container = &api["containerDefinitions"][0];
    assert_eq!(container["dockerLabels"], json!({"Com.Example": "X"}));
    assert_eq!(container["logConfiguration"]["options"], json!({"awslogs-group": "g", "Mode": "m"}));
    assert_eq!(container["environment"], json!([{"name": "KEY", "value": "V"}]));
    assert_eq!(
        api["volumes"][0]["dockerVolumeConfiguration"],
        json!({"labels": {"My.Label": "A"}, "driverOpts": {"Type": "nfs"}})
    );
    let told = json!({"awsvpcConfiguration": {"subnets": ["s"]}, "options": {"a-b": 1}});
    assert_eq!(from_api(&told), json!({"AwsvpcConfiguration": {"Subnets": ["s"]}, "Options": {"a-b": 1}}));
}
