//! The kinds of checks a lab may ask for, as data. One variant per `kind` of labs/lab.schema.json, with the members that the
//! schema describes; a test holds the two together.
//!
//! Not here: what makes a check true (`check::evaluate`).

mod around;
mod capacity;
mod discovery;
mod rollout;
mod stacks;

pub use around::*;
pub use capacity::*;
pub use discovery::*;
pub use rollout::*;
pub use stacks::*;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One check of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Unique in the lab.
    pub id: String,
    /// What the student reads beside the tick: a statement that is true once it passes.
    pub title: String,
    /// What has to happen after the student's command, and how long it usually takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
    /// What is looked at.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    /// As in "waiting for ...".
    #[serde(rename = "for")]
    pub what: String,
    /// How long it usually takes on AWS.
    pub seconds: u32,
}

/// What a check looks at. Names are the student's once the values are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the schema describes every member, and is what authors read")]
pub enum Kind {
    IamRole {
        role: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trusted_by: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        allows: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance_profile: Option<String>,
    },
    EcsCluster {
        cluster: String,
    },
    Vpc {
        vpc: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cidr: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dns_support: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dns_hostnames: Option<bool>,
    },
    Subnet {
        subnet: String,
        vpc: String,
    },
    InternetGateway {
        gateway: String,
        vpc: String,
    },
    DefaultRoute {
        subnet: String,
        vpc: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<Via>,
    },
    SecurityGroup {
        security_group: String,
        vpc: String,
        ingress: Vec<Ingress>,
    },
    KeyPair {
        key_name: String,
    },
    LaunchSource(LaunchSource),
    AutoScalingGroup {
        group: String,
        at_least: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subnet: Option<String>,
    },
    ContainerInstances(ContainerInstances),
    TaskDefinition(TaskDefinition),
    EcsService(Service),
    TaskStopped(TaskStopped),
    Http(Http),
    LogGroup(LogGroup),
    LoadBalancer(LoadBalancer),
    TargetGroup(TargetGroup),
    Listener(Listener),
    Certificate {
        domain: String,
    },
    TargetsHealthy(TargetsHealthy),
    Site(Site),
    FileSystem(FileSystem),
    ServiceEvent(ServiceEvent),
    ServiceDeployment(ServiceDeployment),
    CapacityProvider(CapacityProvider),
    Placement(Placement),
    ScalingPolicy(ScalingPolicy),
    ScaledOut(ScaledOut),
    Namespace(Namespace),
    DiscoveryService(DiscoveryService),
    DiscoveryInstances(DiscoveryInstances),
    ServiceConnect(ServiceConnect),
    Activation(Activation),
    Stack(Stack),
    StackEvent(StackEvent),
    ChangeSet(ChangeSet),
    StackDrift(StackDrift),
    TableItems(TableItems),
    NothingLeft {
        gone: Vec<Gone>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cluster: Option<String>,
    },
}

/// Traffic that must be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingress {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The port that must be open.
    pub port: u16,
    /// An IPv4 CIDR block, `self`, or `group:NAME`.
    pub from: String,
}

/// What instances must be launched from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchSource {
    /// Of a launch configuration or a launch template.
    pub name: String,
    /// What the image must contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageHas>,
    /// The cluster that the user data must name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// By name or ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_profile: Option<String>,
    /// Whether instances must get a public IPv4 address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_address: Option<bool>,
    /// The name of a group the instances must be in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group: Option<String>,
}

/// What a machine image contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageHas {
    /// The ECS agent.
    EcsAgent,
    /// The ECS agent and Weave Net.
    EcsAgentAndWeave,
}

/// What a default route leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A public subnet's.
    InternetGateway,
    /// A private subnet's.
    NatGateway,
}

/// The newest active revision of a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDefinition {
    /// The family.
    pub family: String,
    /// Containers that must be there.
    pub containers: Vec<Container>,
    /// `EC2`, `FARGATE` or `EXTERNAL`: what it must be able to run on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires: Option<String>,
    /// `awsvpc`, `bridge`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// CPU units of the whole task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    /// MiB of the whole task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// Name of the execution role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role: Option<String>,
    /// Volumes that must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
}

/// A volume of a task definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Its name in the task definition.
    pub name: String,
    /// Tag Name of the EFS file system behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efs: Option<String>,
}

/// A container that must be in the task definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Without registry or tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// AWS's default is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub essential: Option<bool>,
    /// Mappings that must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// Variables that must have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// The log group it writes to by the awslogs driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs_to: Option<String>,
    /// Names of ports, and the container ports they name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub port_names: BTreeMap<String, u16>,
    /// Names of volumes, and where they are mounted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mounts: BTreeMap<String, String>,
}

/// A port mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// containerPort
    pub container: u16,
    /// hostPort; 0 is a dynamic port.
    pub host: u16,
    /// `tcp` unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
}

/// A service that must be steady.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub service: String,
    /// Its cluster.
    pub cluster: String,
    /// Smallest accepted running count.
    pub running: u32,
    /// The family its tasks must come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// So many of its tasks were stopped by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by_user: Option<u32>,
    /// `EC2`, `FARGATE` or `EXTERNAL`: where its tasks run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<String>,
    /// A capacity provider of its strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_provider: Option<String>,
    /// `REPLICA` or `DAEMON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduling: Option<String>,
}

/// A page that must answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Http {
    /// Whose instances are asked.
    pub cluster: String,
    /// TCP port.
    pub port: u16,
    /// `/` unless stated.
    #[serde(default = "root", skip_serializing_if = "is_root")]
    pub path: String,
    /// 200 unless stated.
    #[serde(default = "ok", skip_serializing_if = "is_ok")]
    pub status: u16,
    /// A regular expression found in the body.
    pub matches: String,
    /// How often its first group must differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<Distinct>,
    /// The service whose tasks serve the page: the lab's first unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Whom the page asks in its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
}

fn root() -> String {
    "/".to_owned()
}

fn is_root(path: &str) -> bool {
    path == "/"
}

fn ok() -> u16 {
    200
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_ok(status: &u16) -> bool {
    *status == 200
}

/// How many different answers, within how many requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distinct {
    /// Different values of the first group.
    pub at_least: u32,
    /// Requests at most.
    pub requests: u32,
}

/// Something that must not exist any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// Its kind.
    pub what: What,
    /// Its name, or the value of its tag `Name`.
    pub name: String,
}

/// Kinds of things a clean-up takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "AWS's own nouns")]
pub enum What {
    EcsService,
    TaskDefinition,
    AutoScalingGroup,
    LaunchSource,
    Instances,
    InstanceProfile,
    IamRole,
    KeyPair,
    SecurityGroup,
    InternetGateway,
    Subnet,
    Vpc,
    EcsCluster,
    LoadBalancer,
    TargetGroup,
    Certificate,
    FileSystem,
    NatGateway,
    ElasticIp,
    RouteTable,
    LogGroup,
    CapacityProvider,
    ScalableTarget,
    Namespace,
    ContainerInstances,
    ManagedInstance,
    Activation,
    Stack,
    OfStack,
}
