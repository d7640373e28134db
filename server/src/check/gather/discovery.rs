//! Cloud Map's answers.

use super::network::put;
use super::{Put, fact};
use crate::check::facts::{DiscoveryInstance, DiscoveryService, Namespace};
use crate::cloud::{Cloud, Trouble};
use serde_json::{Value, json};

/// Services of a namespace whose records are looked at.
const MOST_SERVICES: usize = 20;

pub(super) async fn namespaces(cloud: &Cloud) -> Put {
    let answer: Result<Vec<Namespace>, Trouble> =
        cloud.discovery.list("ListNamespaces", json!({}), "Namespaces", "NextToken").await;
    put(move |facts| facts.namespaces = Some(fact(answer)))
}

pub(super) async fn namespace_operations(cloud: &Cloud) -> Put {
    let asked = json!({"Filters": [
        {"Name": "TYPE", "Values": ["CREATE_NAMESPACE"], "Condition": "EQ"},
        {"Name": "STATUS", "Values": ["SUBMITTED", "PENDING"], "Condition": "IN"},
    ]});
    let answer: Result<Vec<Value>, Trouble> =
        cloud.discovery.list("ListOperations", asked, "Operations", "NextToken").await;
    let ids = answer.map(|all| {
        all.iter().filter_map(|of| of.get("Id").and_then(Value::as_str).map(str::to_owned)).collect()
    });
    put(move |facts| facts.namespace_operations = Some(fact(ids)))
}

pub(super) async fn services(cloud: &Cloud, namespace: String) -> Put {
    let answer = all_services(cloud, &namespace).await;
    put(move |facts| {
        facts.discovery_services.insert(namespace, fact(answer));
    })
}

/// The list has the records already; what it leaves out is asked for one by one.
async fn all_services(cloud: &Cloud, namespace: &str) -> Result<Vec<DiscoveryService>, Trouble> {
    let asked = json!({"Filters": [{"Name": "NAMESPACE_ID", "Values": [namespace], "Condition": "EQ"}]});
    let mut all: Vec<DiscoveryService> =
        cloud.discovery.list("ListServices", asked, "Services", "NextToken").await?;
    for service in all.iter_mut().filter(|of| of.dns_config.is_none()).take(MOST_SERVICES) {
        let mut answer = cloud.discovery.call("GetService", &json!({"Id": service.id})).await?;
        let whole = answer.get_mut("Service").map(Value::take).unwrap_or_default();
        *service = serde_json::from_value(whole).map_err(|error| Trouble::Other(error.to_string()))?;
    }
    Ok(all)
}

pub(super) async fn instances(cloud: &Cloud, service: String) -> Put {
    let answer: Result<Vec<Value>, Trouble> =
        cloud.discovery.list("ListInstances", json!({"ServiceId": service}), "Instances", "NextToken").await;
    let all = answer.map(|all| {
        let text = |of: Option<&Value>| of.and_then(Value::as_str).unwrap_or_default().to_owned();
        all.iter()
            .map(|of| DiscoveryInstance {
                id: text(of.get("Id")),
                address: text(of.pointer("/Attributes/AWS_INSTANCE_IPV4")),
            })
            .collect()
    });
    put(move |facts| {
        facts.discovery_instances.insert(service, fact(all));
    })
}
