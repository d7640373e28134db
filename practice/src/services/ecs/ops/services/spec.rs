//! What a service deploys besides its task definition, checked: where its tasks run and who reaches them. Follows
//! "Amazon ECS service definition parameters".

use serde::Deserialize;
use serde_json::Value;

use super::super::capacity_providers::checked_strategy;
use super::super::{launch_type, refuse};
use super::rules::runnable;
use super::{balancers, registries};
use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{Cluster, Launch, LoadBalancer, ProviderItem, Revision, Scheduling, Spec};
use crate::world::View;

/// The members of `CreateService`, `UpdateService` and `CreateTaskSet` that are about it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::services::ecs::ops) struct Asked {
    launch_type: Option<String>,
    capacity_provider_strategy: Option<Vec<ProviderItem>>,
    platform_version: Option<String>,
    load_balancers: Option<Vec<LoadBalancer>>,
    service_registries: Option<Vec<Value>>,
    network_configuration: Option<Value>,
    service_connect_configuration: Option<Value>,
    volume_configurations: Option<Value>,
    vpc_lattice_configurations: Option<Value>,
}

impl Asked {
    /// What is asked for, where nothing is said as it was before.
    pub(in crate::services::ecs::ops) fn checked(
        self,
        view: &View<'_>,
        cluster: &Cluster,
        before: Option<&Spec>,
        revision: &Revision,
        scheduling: Scheduling,
    ) -> Result<Spec, Fault> {
        let mut spec = before.cloned().unwrap_or_default();
        self.capacity(&mut spec, cluster, scheduling, before.is_none())?;
        refuse(&[
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
        runnable(revision)?;
        if let Some(asked) = self.load_balancers {
            spec.load_balancers = asked;
        }
        balancers::checked(view, &spec.load_balancers, revision)?;
        if let Some(asked) = self.service_registries {
            spec.registries = asked;
        }
        registries::checked(view, &spec.registries, revision)?;
        Ok(spec)
    }

    /// Launch type or strategy; the cluster's default strategy where neither is said of a new service.
    fn capacity(
        &self,
        spec: &mut Spec,
        cluster: &Cluster,
        scheduling: Scheduling,
        new: bool,
    ) -> Result<(), Fault> {
        let strategy = self.capacity_provider_strategy.as_ref();
        if self.launch_type.is_some() && strategy.is_some_and(|strategy| !strategy.is_empty()) {
            return Err(fault::invalid(
                "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
            ));
        }
        launch_type(self.launch_type.as_deref())?;
        match (self.launch_type.as_deref(), strategy) {
            (Some("FARGATE"), _) => (spec.launch, spec.providers) = (Some(Launch::Fargate), Vec::new()),
            (Some("EXTERNAL"), _) => (spec.launch, spec.providers) = (Some(Launch::External), Vec::new()),
            (Some(_), _) => (spec.launch, spec.providers) = (None, Vec::new()),
            (None, Some(strategy)) => {
                spec.providers = checked_strategy(&cluster.capacity_providers, strategy.clone())?;
                spec.launch = None;
            }
            (None, None) if new => {
                spec.providers.clone_from(&cluster.default_strategy);
            }
            (None, None) => {}
        }
        if spec.providers.iter().any(|item| item.capacity_provider.starts_with("FARGATE")) {
            launch_type(Some("FARGATE"))?;
        }
        let fargate = spec.launch == Some(Launch::Fargate)
            || spec.providers.iter().any(|item| item.capacity_provider.starts_with("FARGATE"));
        if scheduling == Scheduling::Daemon && fargate {
            return Err(fault::invalid(
                "The daemon scheduling strategy is not supported for services that use the Fargate launch type or a Fargate capacity provider.",
            ));
        }
        if scheduling == Scheduling::Daemon && !spec.providers.is_empty() && strategy.is_some() {
            return Err(fault::invalid(
                "The daemon scheduling strategy does not support capacity provider strategies.",
            ));
        }
        Ok(())
    }
}
