//! What was seen in an account at one moment: plain data, kept as the evidence a verdict was judged on.
//!
//! Each fact is by itself known or unknown, so that one refused call does not take the others' answers away. Every `Fact`
//! of a list that AWS was not asked for is simply absent.

#![expect(clippy::struct_field_names, reason = "AWS's own names")]

mod around;
mod capacity;
mod discovery;
mod ecs;
mod stacks;

pub(crate) use around::*;
pub(crate) use capacity::*;
pub(crate) use discovery::*;
pub(crate) use ecs::*;
pub(crate) use stacks::*;

use crate::check::Page;
use crate::check::Target;
use crate::cloud::Trouble;
use crate::cloud::ec2::{
    Address, Image, Instance, InternetGateway, KeyPair, Launch, NatGateway, RouteTable, SecurityGroup,
    Subnet, Vpc,
};
use crate::inventory::Inventory;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fact<T> {
    /// The answer.
    Known(T),
    /// There was none.
    Unknown(Trouble),
}

/// By name: what was asked, and what came back.
pub(crate) type Named<T> = BTreeMap<String, Fact<T>>;

/// The account's time at a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Seconds since 1970.
    pub seconds: i64,
    /// How many times faster than AWS time passes there; 1 on AWS.
    pub speed: u32,
}

/// Everything that was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The account's time, in seconds since 1970.
    pub(crate) at: i64,
    /// How many times faster than AWS time passes there: 0 and 1 are AWS's own pace.
    pub(crate) speed: u32,
    /// Where was looked.
    pub(crate) region: String,
    /// What the lab calls its things, for checks that have to find one by way of another.
    pub(crate) names: Names,

    /// ECS, by cluster name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) clusters: Named<Option<Cluster>>,
    /// The names of all clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster_names: Option<Fact<Vec<String>>>,
    /// By cluster name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) container_instances: Named<Vec<ContainerInstance>>,
    /// By cluster name, then service name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) services: BTreeMap<String, Named<Option<Service>>>,
    /// By cluster name: tasks that run or are meant to, and those ECS still remembers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tasks: Named<Vec<Task>>,
    /// By family (its newest ACTIVE revision) or ARN.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) task_definitions: Named<Option<TaskDefinition>>,

    /// By role name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) roles: Named<Option<Role>>,
    /// By instance profile name: the names of its roles.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) instance_profiles: Named<Option<Vec<String>>>,

    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpcs: Option<Fact<Vec<Vpc>>>,
    /// By VPC id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) vpc_dns: Named<VpcDns>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnets: Option<Fact<Vec<Subnet>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internet_gateways: Option<Fact<Vec<InternetGateway>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_tables: Option<Fact<Vec<RouteTable>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_groups: Option<Fact<Vec<SecurityGroup>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_pairs: Option<Fact<Vec<KeyPair>>>,
    /// All of the region but the terminated ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instances: Option<Fact<Vec<Instance>>>,
    /// By image id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) images: Named<Option<Image>>,
    /// By instance id: the system log.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) console: Named<String>,

    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Fact<Vec<Group>>>,
    /// By group name, newest first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) activities: Named<Vec<Activity>>,
    /// By name of a launch configuration or launch template.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) launches: Named<Option<LaunchFrom>>,

    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nat_gateways: Option<Fact<Vec<NatGateway>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) addresses: Option<Fact<Vec<Address>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load_balancers: Option<Fact<Vec<LoadBalancer>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_groups: Option<Fact<Vec<TargetGroup>>>,
    /// By ARN of the load balancer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) listeners: Named<Vec<Listener>>,
    /// By ARN of the target group.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) target_health: Named<Vec<TargetHealth>>,
    /// By domain name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) certificates: Named<Option<Certificate>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_groups: Option<Fact<Vec<LogGroup>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file_systems: Option<Fact<Vec<FileSystem>>>,

    /// By name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) capacity_providers: Named<Option<CapacityProvider>>,
    /// By cluster name, then service name: newest first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) service_deployments: BTreeMap<String, Named<Vec<ServiceDeployment>>>,
    /// All ECS services of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scalable_targets: Option<Fact<Vec<ScalableTarget>>>,
    /// All ECS services of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scaling_policies: Option<Fact<Vec<ScalingPolicy>>>,
    /// By resource id: newest first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) scaling_activities: Named<Vec<ScalingActivity>>,
    /// By the beginning of their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) alarms: Named<Vec<Alarm>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespaces: Option<Fact<Vec<Namespace>>>,
    /// Operations that create a namespace and have not come to their end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace_operations: Option<Fact<Vec<String>>>,
    /// By id of the namespace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) discovery_services: Named<Vec<DiscoveryService>>,
    /// By id of the Cloud Map service.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) discovery_instances: Named<Vec<DiscoveryInstance>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) activations: Option<Fact<Vec<Activation>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) managed_instances: Option<Fact<Vec<ManagedInstance>>>,

    /// By name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stacks: Named<Option<Stack>>,
    /// Names of all stacks of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stack_names: Option<Fact<Vec<String>>>,
    /// By name of the stack, deleted ones too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stack_resources: Named<Vec<StackResource>>,
    /// By name of the stack, deleted ones too: newest first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stack_events: Named<Vec<StackEvent>>,
    /// By name of the stack: defaults of its parameters, in its template.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stack_defaults: Named<BTreeMap<String, String>>,
    /// By name of the stack: what the last detection found.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stack_drifts: Named<Vec<Drift>>,
    /// By name of the stack, then of the change set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) change_sets: BTreeMap<String, Named<Option<ChangeSet>>>,
    /// By name of the stack: what there is of it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) inventories: Named<Inventory>,
    /// Requests to CloudFormation: newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refusals: Option<Fact<Vec<Refusal>>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) classic_balancers: Option<Fact<Vec<ClassicBalancer>>>,
    /// By name of the classic load balancer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) instance_health: Named<Vec<InstanceHealth>>,
    /// All of the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) databases: Option<Fact<Vec<Database>>>,
    /// By name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tables: Named<Option<Table>>,

    /// What front ends answered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) visits: Vec<Visit>,
}

/// The lab's own names, from its checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Names {
    pub(crate) cluster: Option<String>,
    pub(crate) vpc: Option<String>,
    pub(crate) subnet: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) service: Option<String>,
    /// All of its services.
    pub(crate) services: Vec<String>,
    /// The role of its machines outside AWS.
    pub(crate) machine_role: Option<String>,
    /// Stacks that the lab looks at.
    pub(crate) stacks: Vec<String>,
    /// Change sets that the lab looks at, after their stacks.
    pub(crate) change_sets: Vec<(String, String)>,
    /// Log groups that the lab looks at.
    pub(crate) log_groups: Vec<String>,
    /// Whether the lab's data must outlive its tasks.
    pub(crate) keeps_data: bool,
}

/// An IAM role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) name: String,
    /// JSON.
    pub(crate) trust: String,
    /// Inline and attached.
    pub(crate) policies: Vec<Policy>,
    /// Those that could not be read, with why.
    pub(crate) unread: Vec<(String, Trouble)>,
}

/// A policy of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) name: String,
    /// JSON.
    pub(crate) document: String,
}

/// A VPC's attributes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VpcDns {
    pub(crate) support: bool,
    pub(crate) hostnames: bool,
}

/// An Auto Scaling group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) desired: i32,
    pub(crate) min: i32,
    pub(crate) max: i32,
    pub(crate) subnets: Vec<String>,
    /// Of a launch configuration or launch template.
    pub(crate) launch: Option<String>,
    /// `Delete in progress`, or none.
    pub(crate) status: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) instances: Vec<GroupInstance>,
}

/// An instance of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GroupInstance {
    pub(crate) instance_id: String,
    pub(crate) lifecycle: String,
    /// What it was launched from.
    pub(crate) launch: Option<String>,
}

/// A scaling activity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(crate) status: String,
    pub(crate) description: String,
    pub(crate) message: Option<String>,
    pub(crate) at: Option<i64>,
}

/// What instances are launched from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LaunchFrom {
    /// A launch template; otherwise a launch configuration.
    pub(crate) template: bool,
    pub(crate) name: String,
    pub(crate) launch: Launch,
}

/// One request to a front end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Visit {
    pub(crate) instance_id: String,
    pub(crate) target: Target,
    pub(crate) page: Page,
}

impl Facts {
    /// How long ago something was, in seconds of AWS's pace: what usually takes a minute there is old after two of these.
    pub(crate) fn age(&self, since: i64) -> i64 {
        self.at.saturating_sub(since).saturating_mul(i64::from(self.speed.max(1)))
    }
}
