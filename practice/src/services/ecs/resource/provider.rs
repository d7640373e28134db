//! `AWS::ECS::CapacityProvider`, and which ones a cluster has.

use serde_json::{Value, json};

use super::convert::to_api;
use super::{retag, tags};
use crate::core::fault::Fault;
use crate::form::{keep, not_found, with};
use crate::resource::{Api, Asked, Resource};

pub(super) struct CapacityProvider;

impl Resource for CapacityProvider {
    fn type_name(&self) -> &'static str {
        "AWS::ECS::CapacityProvider"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("Name", 255);
        let input =
            to_api(&keep(asked.properties, &["AutoScalingGroupProvider", "ManagedInstancesProvider"]));
        let mut input = with(with(input, "name", name.clone()), "tags", tags(asked));
        if let Some(cluster) = asked.text("ClusterName") {
            input["cluster"] = cluster.into();
        }
        api.call("ecs", "CreateCapacityProvider", input)?;
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let names = ["AutoScalingGroupProvider", "ManagedInstancesProvider"];
        if names.iter().any(|name| asked.changed(before, name)) {
            let input = with(to_api(&keep(asked.properties, &names)), "name", id);
            api.call("ecs", "UpdateCapacityProvider", input)?;
        }
        let view = api.view();
        let arn = view.arn("ecs", &format!("capacity-provider/{id}"));
        let has = view.region.ecs.providers.get(id).map(|provider| provider.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        retag(api, &arn, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        if api.view().region.ecs.providers.contains_key(id) {
            api.call("ecs", "DeleteCapacityProvider", json!({"capacityProvider": id}))?;
        }
        Ok(())
    }

    fn takes_ms(&self) -> i64 {
        5_000
    }
}

/// `AWS::ECS::ClusterCapacityProviderAssociations`; its id is the cluster's name or ARN, as the template has it.
pub(super) struct Associations;

impl Associations {
    fn put(api: &mut Api<'_, '_>, cluster: &str, asked: &Value) -> Result<(), Fault> {
        let mut input = to_api(&keep(asked, &["CapacityProviders", "DefaultCapacityProviderStrategy"]));
        for name in ["capacityProviders", "defaultCapacityProviderStrategy"] {
            if input.get(name).is_none() {
                input[name] = json!([]);
            }
        }
        api.call("ecs", "PutClusterCapacityProviders", with(input, "cluster", cluster)).map(|_| ())
    }
}

impl Resource for Associations {
    fn type_name(&self) -> &'static str {
        "AWS::ECS::ClusterCapacityProviderAssociations"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let cluster = asked.text("Cluster").unwrap_or_default().to_owned();
        Self::put(api, &cluster, asked.properties)?;
        Ok(cluster)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Self::put(api, id, asked.properties)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        match Self::put(api, id, &json!({})) {
            Err(fault) if fault.code != "ClusterNotFoundException" => Err(fault),
            _ => Ok(()),
        }
    }

    fn takes_ms(&self) -> i64 {
        5_000
    }
}
