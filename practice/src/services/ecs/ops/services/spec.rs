//! What a service deploys besides its task definition, checked: where its tasks run and who reaches them. Follows
//! "Amazon ECS service definition parameters".

use serde::Deserialize;
use serde_json::Value;

use super::super::launching::{self, NetworkAsked};
use super::super::refuse;
use super::{balancers, connect, registries};
use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{
    Cluster, Connect, Launch, LoadBalancer, Network, ProviderItem, Revision, Scheduling, Spec,
};
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
    network_configuration: Option<NetworkAsked>,
    service_connect_configuration: Option<Connect>,
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
            ("volumeConfigurations", &self.volume_configurations),
            ("vpcLatticeConfigurations", &self.vpc_lattice_configurations),
        ])?;
        let launch = spec.place();
        launching::suits(revision, launch)?;
        spec.platform_version = platform(launch, self.platform_version.as_deref(), spec.platform_version)?;
        spec.network = network(view, revision, launch, self.network_configuration.as_ref(), spec.network)?;
        if let Some(asked) = self.load_balancers {
            spec.load_balancers = asked;
        }
        balancers::checked(view, &spec.load_balancers, revision)?;
        if let Some(asked) = self.service_registries {
            spec.registries = asked;
        }
        registries::checked(view, &spec.registries, revision)?;
        let connect = self.service_connect_configuration.or(spec.connect);
        spec.connect = connect::checked(view, cluster, connect, revision, launch)?;
        may_register(launch, &spec)?;
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
        match (self.launch_type.as_deref(), strategy) {
            (Some(name), _) => {
                // EC2 is what nothing said comes to.
                spec.launch = Some(launching::launch(name)?).filter(|launch| *launch != Launch::Ec2);
                spec.providers = Vec::new();
            }
            (None, Some(strategy)) => {
                spec.providers = launching::strategy(&cluster.capacity_providers, strategy.clone())?;
                spec.launch = None;
            }
            (None, None) if new => {
                spec.providers.clone_from(&cluster.default_strategy);
            }
            (None, None) => {}
        }
        let fargate = spec.place() == Launch::Fargate;
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

/// The platform version as it is kept, and given back: `LATEST` unless one is named.
fn platform(launch: Launch, asked: Option<&str>, before: Option<String>) -> Result<Option<String>, Fault> {
    if launching::platform(launch, asked)?.is_none() {
        return Ok(None);
    }
    let asked = asked.filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Some(asked.or(before).unwrap_or_else(|| "LATEST".to_owned())))
}

/// The network that is asked for, else the one there was before, where the revision has use for it.
fn network(
    view: &View<'_>,
    revision: &Revision,
    launch: Launch,
    asked: Option<&NetworkAsked>,
    before: Option<Network>,
) -> Result<Option<Network>, Fault> {
    let own = revision.network_mode.as_deref() == Some("awsvpc");
    match before.filter(|_| own && asked.is_none()) {
        Some(before) if before.public && launch != Launch::Fargate => Err(launching::no_public_address()),
        Some(before) => Ok(Some(before)),
        None => launching::network(view, revision, launch, asked),
    }
}

/// Nothing registers what runs outside AWS. Follows "Amazon ECS clusters for external instances", considerations.
fn may_register(launch: Launch, spec: &Spec) -> Result<(), Fault> {
    let what = match launch {
        Launch::External if !spec.load_balancers.is_empty() => "Load balancers",
        Launch::External if !spec.registries.is_empty() => "Service registries",
        _ => return Ok(()),
    };
    Err(fault::invalid(format!("{what} are not supported with EXTERNAL launch type.")))
}
