//! What a service deploys besides its task definition, checked: where its tasks run and who reaches them.

use serde::Deserialize;
use serde_json::Value;

use super::super::{launch_type, refuse};
use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::Spec;

/// The members of `CreateService`, `UpdateService` and `CreateTaskSet` that are about it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::services::ecs::ops) struct Asked {
    launch_type: Option<String>,
    platform_version: Option<String>,
    load_balancers: Option<Value>,
    service_registries: Option<Value>,
    capacity_provider_strategy: Option<Value>,
    network_configuration: Option<Value>,
    service_connect_configuration: Option<Value>,
    volume_configurations: Option<Value>,
    vpc_lattice_configurations: Option<Value>,
}

impl Asked {
    /// What is asked for, where nothing is said as it was before.
    pub(in crate::services::ecs::ops) fn checked(self, before: &Spec) -> Result<Spec, Fault> {
        launch_type(self.launch_type.as_deref())?;
        refuse(&[
            ("loadBalancers", &self.load_balancers),
            ("serviceRegistries", &self.service_registries),
            ("capacityProviderStrategy", &self.capacity_provider_strategy),
            ("serviceConnectConfiguration", &self.service_connect_configuration),
            ("volumeConfigurations", &self.volume_configurations),
            ("vpcLatticeConfigurations", &self.vpc_lattice_configurations),
        ])?;
        if self.network_configuration.is_some() {
            return Err(fault::invalid(
                "Network Configuration is not valid for the given networkMode of this task definition.",
            ));
        }
        if self.platform_version.is_some() {
            return Err(fault::invalid(
                "The platform version must be null when specifying an EC2 launch type.",
            ));
        }
        Ok(before.clone())
    }
}
