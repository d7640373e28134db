//! Tasks and their containers.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::{ContainerDefinition, KeyValue, RevisionId};
use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// A task, placed on a container instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// 32 hexadecimal digits, the last part of the ARN.
    pub id: String,
    /// What it runs.
    pub definition: RevisionId,
    /// Where, by the container instance's id; empty on Fargate, and while it waits for capacity.
    pub instance: String,
    /// Zone of that instance; kept because the instance may be gone before the task is.
    pub zone: String,
    /// `service:name`, `family:name`, or what the caller named.
    pub group: String,
    /// What the caller said, or the deployment's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// The service that keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// When it takes its next step by itself, if it will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<Time>,
    /// When the next of its programs begins to listen, if one will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Time>,
    /// Why it is to stop or has stopped; `desiredStatus` is `STOPPED` from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// When it was asked for.
    pub created_at: Time,
    /// When its agent began to pull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_started_at: Option<Time>,
    /// When that was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_stopped_at: Option<Time>,
    /// When it was `RUNNING` first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When its containers were done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_stopped_at: Option<Time>,
    /// When it was `STOPPED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Time>,
    /// In the order of the definition.
    pub containers: Vec<Container>,
    /// What the caller changed for this run.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub overrides: Overrides,
    /// `EC2`, `FARGATE` or `EXTERNAL`.
    #[serde(default, skip_serializing_if = "Launch::is_ec2")]
    pub launch: Launch,
    /// Which capacity provider it was given to, if by a strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_provider: Option<String>,
    /// `platformVersion`, on Fargate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<String>,
    /// Whether ECS Exec may enter its containers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub execute_command: bool,
    /// Whether it is put into target groups or service registries before it is `RUNNING`, and taken out before it
    /// stops.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub registers: bool,
    /// Until when it is kept from scaling in, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected_until: Option<Time>,
    /// The namespace of Cloud Map, `ns-...`, whose names its Service Connect proxy knows, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<String>,
    /// Where its own interface is to be; None when it uses its host's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Its own interface, from the moment it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eni: Option<Eni>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Grows with every change, as on AWS.
    pub version: u64,
}

/// `launchType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Launch {
    /// A container instance that is an EC2 instance.
    #[default]
    Ec2,
    /// AWS's own hosts.
    Fargate,
    /// A container instance outside AWS.
    External,
}

impl Launch {
    /// The API's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::Fargate => "FARGATE",
            Self::External => "EXTERNAL",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_ec2(&self) -> bool {
        *self == Self::Ec2
    }
}

/// `AwsVpcConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// `subnet-...`, all in one VPC.
    pub subnets: Vec<String>,
    /// `sg-...`; none means the VPC's default one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// Whether it gets a public address.
    #[serde(default)]
    pub public: bool,
}

/// A task's own network interface, as its attachment shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eni {
    /// UUID of the attachment.
    pub attachment: String,
    /// `subnet-...`
    pub subnet: String,
    /// `eni-...`, once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Its address in the subnet, once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_ip: Option<Ipv4Addr>,
    /// Whether it is gone again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// Its network interface is made.
    Provisioning,
    /// Placed; its agent has not got to it.
    Pending,
    /// Its agent pulls the images.
    Pulling,
    /// Its containers start, in their order.
    Starting,
    /// It is put into target groups and service registries.
    Activating,
    /// All of them run.
    Running,
    /// It is taken out of target groups and service registries.
    Deactivating,
    /// They are told to stop.
    Stopping,
    /// Its network interface is removed.
    Deprovisioning,
    /// Over.
    Stopped,
}

impl Phase {
    /// `lastStatus`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending | Self::Pulling | Self::Starting => "PENDING",
            Self::Activating => "ACTIVATING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }

    /// Whether it has yet to run.
    pub fn is_pending(self) -> bool {
        self < Self::Running
    }
}

/// Why a task stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// When that was decided.
    pub at: Time,
    /// `UserInitiated`, `EssentialContainerExited`, ...
    pub code: StopCode,
    /// `stoppedReason`.
    pub reason: String,
}

/// `stopCode`. Follows `TaskStopCode` of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum StopCode {
    TaskFailedToStart,
    EssentialContainerExited,
    UserInitiated,
    ServiceSchedulerInitiated,
    SpotInterruption,
    TerminationNotice,
}

/// A container of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// The name in the definition, and the one that Weave's DNS knows.
    pub name: String,
    /// UUID, the last part of its ARN.
    pub id: String,
    /// Docker's id: 64 hexadecimal digits, from when it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_id: Option<String>,
    /// `PENDING`, `RUNNING` or `STOPPED`.
    pub state: ContainerState,
    /// The image of the catalogue that its reference came to, when that is in a private registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// When its process began, last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When its restart policy starts its process again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts_at: Option<Time>,
    /// What its secrets came to: part of its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Secret<String>>,
    /// What the database said that its process loads a dump into; empty when that went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<String>,
    /// Of its process, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Why it did not start or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Host ports bound to its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
    /// Its address in the Weave network, when its host has one: an IPv4 address as a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weave_ip: Option<u32>,
    /// What its process remembers (the page it serves, what it counted).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub memory: BTreeMap<String, String>,
}

impl Container {
    /// Whether its process runs.
    pub fn is_running(&self) -> bool {
        self.state == ContainerState::Running
    }
}

/// How far a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ContainerState {
    /// Not yet created.
    Pending,
    /// Its process runs.
    Running,
    /// It does not any more, or never did.
    Stopped,
}

/// A host port bound to a container port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Inside.
    pub container_port: u16,
    /// Outside.
    pub host_port: u16,
    /// `tcp` or `udp`.
    pub protocol: Transport,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "named by what they are")]
pub enum Transport {
    Tcp,
    Udp,
}

/// `TaskOverride`, as far as it applies to tasks on container instances.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overrides {
    /// By container.
    #[serde(default)]
    pub container_overrides: Vec<ContainerOverride>,
    /// CPU units of the whole task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Memory of the whole task, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// The role of its containers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_role_arn: Option<String>,
    /// The role of the agent on its behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<String>,
    /// `EphemeralStorage`, on Fargate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage: Option<Storage>,
}

/// `EphemeralStorage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// GiB.
    #[serde(rename = "sizeInGiB")]
    pub size: i64,
}

impl Overrides {
    /// Whether nothing is overridden.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `ContainerOverride`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerOverride {
    /// Which container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Instead of the definition's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// On top of the definition's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<KeyValue>,
    /// CPU units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    /// Hard limit, MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// Soft limit, MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_reservation: Option<i64>,
}

impl Task {
    /// `desiredStatus`.
    pub fn desired_status(&self) -> &'static str {
        if self.stop.is_some() { "STOPPED" } else { "RUNNING" }
    }

    /// Whether it holds its place and is meant to go on.
    pub fn is_wanted(&self) -> bool {
        self.stop.is_none() && self.phase <= Phase::Running
    }

    /// Whether it is to run on a container instance that it does not have yet.
    pub fn awaits_instance(&self) -> bool {
        self.launch == Launch::Ec2 && self.instance.is_empty()
    }

    /// Whether it is kept from scaling in and from deployments.
    pub fn is_protected(&self, now: Time) -> bool {
        self.protected_until.is_some_and(|at| at > now)
    }

    /// When a container's process began.
    pub fn began(&self, container: &Container) -> Option<Time> {
        // Worlds stored before containers had a start of their own know the task's only.
        container.started_at.or(self.started_at)
    }

    /// The override for a container, if any.
    pub fn override_of(&self, container: &str) -> Option<&ContainerOverride> {
        self.overrides.container_overrides.iter().find(|o| o.name.as_deref() == Some(container))
    }

    /// Entry point followed by command, as the container's process is started; empty means the image's own.
    pub fn command_of<'a>(&'a self, definition: &'a ContainerDefinition) -> Vec<&'a str> {
        let command = self
            .override_of(&definition.name)
            .and_then(|o| o.command.as_deref())
            .or(definition.command.as_deref())
            .unwrap_or_default();
        let entry = definition.entry_point.as_deref().unwrap_or_default();
        entry.iter().chain(command).map(String::as_str).collect()
    }

    /// A variable of a container's environment.
    pub fn variable<'a>(&'a self, definition: &'a ContainerDefinition, name: &str) -> Option<&'a str> {
        let overridden = self.override_of(&definition.name).map(|o| o.environment.as_slice());
        let find = |list: &'a [KeyValue]| {
            list.iter().rev().find(|kv| kv.name.as_deref() == Some(name)).map(|kv| kv.value.as_deref())
        };
        overridden.and_then(find).or_else(|| find(&definition.environment)).map(Option::unwrap_or_default)
    }
}
