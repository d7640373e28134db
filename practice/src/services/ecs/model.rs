//! What ECS holds in one region: plain data, ordered, without anything that can be derived. Remaining resources,
//! counts and ports in use are computed from the tasks; see [`super::placement`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

mod connect;
mod definition;
mod deployment;
mod instance;
mod provider;
mod service;
mod spec;
mod task;

pub use connect::*;
pub use definition::*;
pub use deployment::*;
pub use instance::*;
pub use provider::*;
pub use service::*;
pub use spec::*;
pub use task::*;

/// ECS of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name. Deleted ones stay as `INACTIVE`, as on AWS.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clusters: BTreeMap<String, Cluster>,
    /// Task definition families by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub families: BTreeMap<String, Family>,
    /// What the ECS agent of each EC2 instance is about, by EC2 instance id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<String, Agent>,
    /// Capacity providers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub providers: BTreeMap<String, CapacityProvider>,
    /// Account settings by principal ARN (the account's own under its root), then by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
}

/// A cluster and all that is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Unique in the region.
    pub name: String,
    /// `ACTIVE`, or `INACTIVE` once deleted.
    pub active: bool,
    /// `containerInsights` and its value.
    pub settings: BTreeMap<String, String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// By the last part of the ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, ContainerInstance>,
    /// By name. Deleted ones stay as `INACTIVE`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// By the last part of the ARN. Stopped ones are visible for an hour.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, Task>,
    /// Names of the capacity providers it is associated with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capacity_providers: Vec<String>,
    /// For tasks and services that name neither a launch type nor a strategy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_strategy: Vec<ProviderItem>,
    /// `serviceConnectDefaults`: ARN of the namespace of services that turn Service Connect on and name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_namespace: Option<String>,
    /// What `RunTask` calls with a client token started: token to a digest of the request and the task ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub run_tokens: BTreeMap<String, RunToken>,
}

/// A `RunTask` call that can be repeated without starting again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunToken {
    /// When it was first used; forgotten a day later.
    pub at: Time,
    /// Digest of the request.
    pub digest: u64,
    /// The tasks it started.
    pub tasks: Vec<String>,
}

impl Cluster {
    /// An empty, active cluster.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            active: true,
            settings: BTreeMap::from([("containerInsights".to_owned(), "disabled".to_owned())]),
            tags: Tags::new(),
            instances: BTreeMap::new(),
            services: BTreeMap::new(),
            tasks: BTreeMap::new(),
            capacity_providers: Vec::new(),
            default_strategy: Vec::new(),
            connect_namespace: None,
            run_tokens: BTreeMap::new(),
        }
    }

    /// The tasks that hold resources of a container instance: placed there and not yet `STOPPED`.
    pub fn tasks_on(&self, instance: &str) -> impl Iterator<Item = &Task> {
        self.tasks.values().filter(move |task| task.instance == instance && task.phase != Phase::Stopped)
    }
}

/// A container that runs right now, with all that decides what it does and who reaches it.
#[derive(Debug, Clone, Copy)]
pub struct RunningContainer<'a> {
    /// Cluster it is in.
    pub cluster: &'a Cluster,
    /// Task it is part of.
    pub task: &'a Task,
    /// Its state.
    pub container: &'a Container,
    /// What was registered for it; overrides are in [`Task::overrides`], see [`Task::command_of`].
    pub definition: &'a ContainerDefinition,
    /// The revision it comes from.
    pub revision: &'a Revision,
    /// The container instance it runs on; None on Fargate.
    pub host: Option<&'a ContainerInstance>,
}

impl<'a> RunningContainer<'a> {
    /// The EC2 instance it runs on, `i-...`.
    pub fn ec2_instance(&self) -> Option<&'a str> {
        self.host.map(|host| host.ec2_instance.as_str())
    }
}

impl Model {
    /// An active cluster by name.
    pub fn active_cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.get(name).filter(|cluster| cluster.active)
    }

    /// A revision, whatever its status.
    pub fn revision(&self, id: &RevisionId) -> Option<&Revision> {
        self.families.get(&id.family)?.revisions.get(&id.revision)
    }

    /// The container instance that runs on an EC2 instance, with its cluster.
    pub fn instance_on(&self, ec2_instance: &str) -> Option<(&Cluster, &ContainerInstance)> {
        match self.agents.get(ec2_instance)?.registered.as_ref() {
            Some((cluster, id)) => {
                let cluster = self.clusters.get(cluster)?;
                Some((cluster, cluster.instances.get(id)?))
            }
            None => None,
        }
    }

    /// All containers that are running, in the order of cluster, task and definition.
    pub fn running_containers(&self) -> impl Iterator<Item = RunningContainer<'_>> {
        self.clusters.values().flat_map(move |cluster| {
            cluster.tasks.values().flat_map(move |task| self.containers_of(cluster, task))
        })
    }

    /// The running containers of one task.
    pub fn containers_of<'a>(
        &'a self,
        cluster: &'a Cluster,
        task: &'a Task,
    ) -> impl Iterator<Item = RunningContainer<'a>> + use<'a> {
        let revision = self.revision(&task.definition);
        let host = cluster.instances.get(&task.instance);
        task.containers.iter().filter(|c| c.is_running()).filter_map(move |container| {
            let revision = revision?;
            let definition = revision.containers.iter().find(|d| d.name == container.name)?;
            Some(RunningContainer { cluster, task, container, definition, revision, host })
        })
    }

    /// The containers running on one EC2 instance.
    pub fn containers_on<'a>(
        &'a self,
        ec2_instance: &'a str,
    ) -> impl Iterator<Item = RunningContainer<'a>> + 'a {
        self.running_containers().filter(move |c| c.ec2_instance() == Some(ec2_instance))
    }

    /// A container, to change what it remembers.
    pub fn container_mut(&mut self, cluster: &str, task: &str, name: &str) -> Option<&mut Container> {
        let task = self.clusters.get_mut(cluster)?.tasks.get_mut(task)?;
        task.containers.iter_mut().find(|container| container.name == name)
    }
}
