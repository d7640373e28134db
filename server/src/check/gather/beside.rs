//! What stands beside ECS in the shop's stacks: classic load balancers, databases, tables.

use super::network::put;
use super::{Put, fact};
use crate::check::facts::{ClassicBalancer, Database, InstanceHealth, Table};
use crate::cloud::thin::xml::Element;
use crate::cloud::thin::{Form, form};
use crate::cloud::{Cloud, Trouble};
use serde_json::json;

/// Items of a table that are counted at most.
const MOST_ITEMS: u32 = 100;

pub(super) async fn classic_balancers(cloud: &Cloud) -> Put {
    let answer = cloud
        .elb
        .list("DescribeLoadBalancers", Form::new(), "LoadBalancerDescriptions", classic_balancer)
        .await;
    put(move |facts| facts.classic_balancers = Some(fact(answer)))
}

fn classic_balancer(of: &Element) -> ClassicBalancer {
    let listeners = of.members("ListenerDescriptions").filter_map(|one| {
        Some((one.number("Listener.LoadBalancerPort")?, one.number("Listener.InstancePort")?))
    });
    ClassicBalancer {
        name: of.string("LoadBalancerName"),
        dns_name: of.string("DNSName"),
        security_groups: of.members("SecurityGroups").map(|id| id.own_text().to_owned()).collect(),
        listeners: listeners.collect(),
        health_target: of.string("HealthCheck.Target"),
    }
}

pub(super) async fn instance_health(cloud: &Cloud, name: String) -> Put {
    let answer = cloud.elb.call("DescribeInstanceHealth", form(&[("LoadBalancerName", &name)])).await;
    let read = |answer: &Element| {
        let result = answer.child("DescribeInstanceHealthResult").cloned().unwrap_or_default();
        result
            .members("InstanceStates")
            .map(|of| InstanceHealth {
                id: of.string("InstanceId"),
                state: of.string("State"),
                reason: of.string("ReasonCode"),
                description: of.string("Description"),
            })
            .collect()
    };
    let answer = fact(answer.as_ref().map(read).map_err(Clone::clone));
    put(move |facts| {
        facts.instance_health.insert(name, answer);
    })
}

pub(super) async fn databases(cloud: &Cloud) -> Put {
    let answer = cloud.rds.call("DescribeDBInstances", form(&[("MaxRecords", "100")])).await;
    let read = |answer: &Element| {
        let result = answer.child("DescribeDBInstancesResult").cloned().unwrap_or_default();
        result
            .children_of("DBInstances")
            .map(|of| Database {
                id: of.string("DBInstanceIdentifier"),
                status: of.string("DBInstanceStatus"),
                address: of.string("Endpoint.Address"),
                port: of.number("Endpoint.Port").unwrap_or_default(),
                security_groups: of
                    .children_of("VpcSecurityGroups")
                    .map(|one| one.string("VpcSecurityGroupId"))
                    .collect(),
            })
            .collect()
    };
    let answer = fact(answer.as_ref().map(read).map_err(Clone::clone));
    put(move |facts| facts.databases = Some(answer))
}

pub(super) async fn table(cloud: &Cloud, name: String) -> Put {
    let answer = fact(one_table(cloud, &name).await);
    put(move |facts| {
        facts.tables.insert(name, answer);
    })
}

/// A scan, as the table's own count of its items is hours old.
async fn one_table(cloud: &Cloud, name: &str) -> Result<Option<Table>, Trouble> {
    let described = match cloud.dynamodb.call("DescribeTable", &json!({"TableName": name})).await {
        Err(Trouble::Other(said)) if said.starts_with("ResourceNotFoundException") => return Ok(None),
        other => other?,
    };
    let asked = json!({"TableName": name, "Select": "COUNT", "Limit": MOST_ITEMS});
    let scanned = match cloud.dynamodb.call("Scan", &asked).await {
        Err(Trouble::Other(said)) if said.starts_with("ResourceNotFoundException") => return Ok(None),
        other => other?,
    };
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let created_at = described["Table"]["CreationDateTime"].as_f64().map(|seconds| seconds as i64);
    let items = scanned["Count"].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
    Ok(Some(Table { created_at, items }))
}
