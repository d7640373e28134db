//! Launch configurations and Auto Scaling groups of one region, as plain data. Instances belong to EC2; a group
//! only remembers which are its members and what it is doing with them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

mod scaling;

pub use scaling::{Grown, Policy, Rule, Scheduled, Simple};

/// State of the service in one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name.
    pub launch_configurations: BTreeMap<String, LaunchConfiguration>,
    /// By name.
    pub groups: BTreeMap<String, Group>,
    /// Activities of groups that are gone, oldest first; bounded.
    pub past_activities: Vec<Activity>,
}

impl Model {
    /// The group an instance belongs to, with its membership.
    pub fn membership(&self, instance_id: &str) -> Option<(&Group, &Member)> {
        self.groups.values().find_map(|group| Some((group, group.members.get(instance_id)?)))
    }
}

/// How to launch an instance. Cannot be changed once created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaunchConfiguration {
    /// Unique per account and region.
    pub name: String,
    /// `arn:aws:autoscaling:...:launchConfiguration:<uuid>:launchConfigurationName/<name>`
    pub arn: String,
    /// AMI.
    pub image_id: String,
    /// `t2.micro`, ...
    pub instance_type: String,
    /// Key pair.
    pub key_name: Option<String>,
    /// Ids or, as AWS allows for a default VPC, names; as they were given.
    pub security_groups: Vec<String>,
    /// Base64, as it was given.
    pub user_data: Option<String>,
    /// Name or ARN, as it was given.
    pub instance_profile: Option<String>,
    /// None leaves it to the subnet.
    pub associate_public_ip: Option<bool>,
    /// Detailed monitoring.
    pub monitoring: bool,
    /// EBS optimized.
    pub ebs_optimized: bool,
    /// Highest spot price, as it was given.
    pub spot_price: Option<String>,
    /// `default` or `dedicated`.
    pub tenancy: Option<String>,
    /// Block devices, as they were given.
    pub block_devices: Vec<BlockDevice>,
    /// Metadata options, as they were given.
    pub metadata_options: Option<MetadataOptions>,
    /// When.
    pub created_at: Time,
}

/// One block device of a launch configuration, as described back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockDevice {
    /// `ephemeral0`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_name: Option<String>,
    /// `/dev/xvda`
    pub device_name: String,
    /// The volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ebs: Option<Ebs>,
    /// Suppresses the device of the AMI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_device: Option<bool>,
}

/// The volume of a block device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ebs {
    /// Snapshot to fill it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_id: Option<String>,
    /// GiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_size: Option<i32>,
    /// `gp2`, `gp3`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_type: Option<String>,
    /// Deleted with the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_on_termination: Option<bool>,
    /// Provisioned I/O per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<i32>,
    /// Encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// MiB per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<i32>,
}

/// Instance metadata options of a launch configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetadataOptions {
    /// `optional` or `required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_tokens: Option<String>,
    /// 1 to 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_put_response_hop_limit: Option<i32>,
    /// `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_endpoint: Option<String>,
}

/// What a group launches its instances from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchSource {
    /// A launch configuration, by name.
    Configuration(String),
    /// A launch template.
    Template {
        /// `lt-...`
        id: String,
        /// Its name.
        name: String,
        /// A number, `$Latest` or `$Default`, as it was given.
        version: String,
    },
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Unique per account and region.
    pub name: String,
    /// `arn:aws:autoscaling:...:autoScalingGroup:<uuid>:autoScalingGroupName/<name>`
    pub arn: String,
    /// What new instances are launched from.
    pub source: LaunchSource,
    /// Least instances.
    pub min: i32,
    /// Most instances.
    pub max: i32,
    /// Wanted instances.
    pub desired: i32,
    /// Seconds between scaling activities of simple policies.
    pub cooldown: i32,
    /// Availability Zones, in the order given or of the subnets.
    pub zones: Vec<String>,
    /// Subnets, in the order given. Empty: the default subnets of the zones.
    pub subnets: Vec<String>,
    /// Target groups that its instances are registered with, by ARN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_groups: Vec<String>,
    /// Classic load balancers that its instances are behind, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub load_balancers: Vec<String>,
    /// `EC2` or `ELB`.
    pub health_check_type: String,
    /// Seconds.
    pub health_check_grace: i32,
    /// In the order given; at least one.
    pub termination_policies: Vec<String>,
    /// Whether new instances are protected from scale in.
    pub protect_new: bool,
    /// By key.
    pub tags: BTreeMap<String, GroupTag>,
    /// Suspended processes with the reason.
    pub suspended: BTreeMap<String, String>,
    /// Role Auto Scaling acts as.
    pub service_linked_role: String,
    /// Instances of the group, by id.
    pub members: BTreeMap<String, Member>,
    /// Oldest first; bounded.
    pub activities: Vec<Activity>,
    /// Why the desired capacity is what it is, for the causes of the activities that follow from it.
    pub reason: Option<String>,
    /// How many members are yet to be replaced because they were unhealthy.
    pub to_replace: i32,
    /// When the group next acts on a difference between desired and actual capacity.
    pub act_at: Option<Time>,
    /// Launches that failed in a row.
    pub failures: u32,
    /// Lifecycle hooks, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hooks: BTreeMap<String, Hook>,
    /// Scaling policies, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, Policy>,
    /// Scheduled actions, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scheduled: BTreeMap<String, Scheduled>,
    /// Seconds that simple policies rest after the last activity, where the policy that caused it says so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests: Option<i32>,
    /// The last scale-out by a policy with a warm-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grown: Option<Grown>,
    /// Deleted as soon as no member is left.
    pub deleting: bool,
    /// When.
    pub created_at: Time,
}

/// A tag of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupTag {
    /// Its value.
    pub value: String,
    /// Whether new instances get it.
    pub propagate: bool,
}

/// An instance as its group sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// `i-...`
    pub instance_id: String,
    /// Availability Zone.
    pub zone: String,
    /// `t2.micro`, ...
    pub instance_type: String,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// False once a health check failed.
    pub healthy: bool,
    /// What it was launched from; a template's version is a number here.
    pub source: LaunchSource,
    /// Protected from scale in.
    pub protected: bool,
    /// When the health check will have noticed that the instance is gone.
    pub noticed_at: Option<Time>,
    /// When it became a member.
    pub since: Time,
    /// Target groups that it was registered with, by ARN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registered: Vec<String>,
    /// Lifecycle actions that it waits for, by the name of their hook.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waits: BTreeMap<String, Wait>,
    /// Why its lifecycle action was abandoned, until that has been acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned: Option<String>,
}

/// A lifecycle action that is to be completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// UUID.
    pub token: String,
    /// When the hook's default result is taken; a heartbeat moves it.
    pub until: Time,
    /// No heartbeat moves it past this.
    pub at_most: Time,
}

/// A lifecycle hook of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// When it is called.
    pub transition: Transition,
    /// Whether an instance goes on when nobody completes its action in time.
    pub continues: bool,
    /// Seconds, 30 to 7,200.
    pub timeout: i32,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}

/// What an instance is about to do when a hook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transition {
    /// `autoscaling:EC2_INSTANCE_LAUNCHING`
    Launching,
    /// `autoscaling:EC2_INSTANCE_TERMINATING`
    Terminating,
}

/// Lifecycle states of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lifecycle {
    /// Launching.
    Pending,
    /// Launched; hooks are to be completed.
    PendingWait,
    /// Launched; hooks are completed.
    PendingProceed,
    /// Serving.
    InService,
    /// Going.
    Terminating,
    /// Going; hooks are to be completed before it ends.
    TerminatingWait,
    /// Going; hooks are completed.
    TerminatingProceed,
}

impl Lifecycle {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::PendingWait => "Pending:Wait",
            Self::PendingProceed => "Pending:Proceed",
            Self::InService => "InService",
            Self::Terminating => "Terminating",
            Self::TerminatingWait => "Terminating:Wait",
            Self::TerminatingProceed => "Terminating:Proceed",
        }
    }

    /// Whether it is not in service yet.
    pub fn is_launching(self) -> bool {
        matches!(self, Self::Pending | Self::PendingWait | Self::PendingProceed)
    }

    /// Whether the instance counts for the capacity of its group: it is not about to go.
    pub fn counts(self) -> bool {
        self.is_launching() || self == Self::InService
    }
}

/// A scaling activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// UUID.
    pub id: String,
    /// Name of its group.
    pub group: String,
    /// ARN of its group.
    pub group_arn: String,
    /// `Launching a new EC2 instance: i-...`
    pub description: String,
    /// `At ... an instance was started in response to ...`
    pub cause: String,
    /// When it began.
    pub started_at: Time,
    /// When it ended, well or not.
    pub ended_at: Option<Time>,
    /// How it went.
    pub status: ActivityStatus,
    /// Why it failed.
    pub message: Option<String>,
    /// The instance it is about.
    pub instance_id: Option<String>,
    /// Where.
    pub zone: String,
    /// Where, in a VPC.
    pub subnet: Option<String>,
}

/// How an activity is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivityStatus {
    /// Under way.
    InProgress,
    /// Waits for lifecycle hooks.
    MidLifecycleAction,
    /// Done.
    Successful,
    /// Failed.
    Failed,
    /// Gave way to another.
    Cancelled,
}
