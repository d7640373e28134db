//! `AWS::ECS::Cluster`.

use serde_json::{Map, Value, json};

use super::convert::{from_api, to_api};
use super::{retag, tags};
use crate::core::fault::Fault;
use crate::form::{already_exists, attributes, keep, not_found, shown_tags, unless_gone, with};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::services::ecs::{arns, shapes};
use crate::world::View;

pub(super) struct Cluster;

/// What `UpdateCluster` changes.
const SETTINGS: [&str; 3] = ["ClusterSettings", "Configuration", "ServiceConnectDefaults"];
/// What `PutClusterCapacityProviders` changes.
const CAPACITY: [&str; 2] = ["CapacityProviders", "DefaultCapacityProviderStrategy"];

impl Resource for Cluster {
    fn type_name(&self) -> &'static str {
        "AWS::ECS::Cluster"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("ClusterName", 255);
        // `CreateCluster` would hand out one that is there.
        if api.view().region.ecs.active_cluster(&name).is_some() {
            return Err(already_exists(self.type_name(), &name));
        }
        let mut input = to_api(&keep(asked.properties, &[&SETTINGS[..], &CAPACITY[..]].concat()));
        input["clusterName"] = name.clone().into();
        api.call("ecs", "CreateCluster", with(input, "tags", tags(asked)))?;
        Ok(name)
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        match view.region.ecs.active_cluster(id) {
            Some(cluster) if shapes::status(view, cluster) == "ACTIVE" => Settled::Yes,
            Some(_) => Settled::NotYet,
            None => Settled::Failed(not_found(self.type_name(), id).message),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if SETTINGS.iter().any(|name| asked.changed(before, name)) {
            let mut input = to_api(&keep(asked.properties, &SETTINGS));
            if input.get("settings").is_none() {
                input["settings"] = json!([{"name": "containerInsights", "value": "disabled"}]);
            }
            if asked.changed(before, "ServiceConnectDefaults")
                && input.get("serviceConnectDefaults").is_none()
            {
                input["serviceConnectDefaults"] = json!({"namespace": ""});
            }
            api.call("ecs", "UpdateCluster", with(input, "cluster", id))?;
        }
        if CAPACITY.iter().any(|name| asked.changed(before, name)) {
            let mut input = to_api(&keep(asked.properties, &CAPACITY));
            for name in ["capacityProviders", "defaultCapacityProviderStrategy"] {
                if input.get(name).is_none() {
                    input[name] = json!([]);
                }
            }
            api.call("ecs", "PutClusterCapacityProviders", with(input, "cluster", id))?;
        }
        let view = api.view();
        let cluster = view.region.ecs.active_cluster(id).ok_or_else(|| not_found(self.type_name(), id))?;
        let (arn, has) = (arns::cluster(&view, id), cluster.tags.clone());
        retag(api, &arn, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        unless_gone(api.call("ecs", "DeleteCluster", json!({"cluster": id})), "ClusterNotFoundException")
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Arn", arns::cluster(view, id).into())])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(cluster) = view.region.ecs.active_cluster(id) else { return Actual::Gone };
        let settings = cluster.settings.iter().map(|(name, value)| json!({"Name": name, "Value": value}));
        Actual::Is(json!({
            "ClusterName": cluster.name,
            "ClusterSettings": settings.collect::<Vec<_>>(),
            "CapacityProviders": cluster.capacity_providers,
            "DefaultCapacityProviderStrategy": from_api(&json!(cluster.default_strategy)),
            "Tags": shown_tags(&cluster.tags),
        }))
    }

    fn takes_ms(&self) -> i64 {
        6_000
    }
}
