//! An instance as it is stored, and what follows from it.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::model::Model;
use crate::core::id::{IdSource, mix};
use crate::core::time::Time;

/// An instance. Volumes, attachment ids and MAC address follow from its id and are not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "they are AWS's own attributes"
)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) reservation_id: String,
    /// Position in its reservation.
    pub(crate) launch_index: u32,
    pub(crate) image_id: String,
    pub(crate) instance_type: String,
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    /// `eni-...`, its primary network interface.
    pub(crate) interface_id: String,
    /// None once terminated.
    pub(crate) private_ip: Option<Ipv4Addr>,
    /// The public address it answers at now: its own or an Elastic IP.
    pub(crate) public_ip: Option<Ipv4Addr>,
    /// Whether it gets a public address of its own whenever it runs without an Elastic IP.
    pub(crate) wants_public_ip: bool,
    /// Ids.
    pub(crate) security_groups: Vec<String>,
    pub(crate) key_name: Option<String>,
    /// ARN of the instance profile.
    pub(crate) profile_arn: Option<String>,
    /// Base64, as given.
    pub(crate) user_data: Option<String>,
    pub(crate) monitoring: bool,
    pub(crate) state: State,
    pub(crate) launched_at: Time,
    /// When cloud-init is through and the ECS agent, if the image has one, starts. Later while it is stopped.
    pub(crate) boot_done_at: Time,
    /// Why it was stopped or terminated: code and message.
    pub(crate) reason: Option<Reason>,
    /// The Auto Scaling group that launched it.
    pub(crate) asg_name: Option<String>,
    /// The launch template and its version, for the tags AWS sets.
    pub(crate) template: Option<(String, u64)>,
    pub(crate) client_token: Option<String>,
    /// `DisableApiTermination`
    pub(crate) protected: bool,
    pub(crate) source_dest_check: bool,
    /// Whether its first boot has ended, and what its user data does was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) user_data_ran: bool,
    /// The ECS agent's configuration as `cfn-init` wrote it, by path.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub(crate) written: std::collections::BTreeMap<String, String>,
}

/// Who stopped or terminated an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) at: Time,
}

/// The life of an instance. Follows "Amazon EC2 instance state changes".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Pending { running_at: Time },
    Running,
    ShuttingDown { terminated_at: Time },
    Terminated { vanishes_at: Time },
    Stopping { stopped_at: Time },
    Stopped,
}

impl State {
    /// The API's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Running => "running",
            Self::ShuttingDown { .. } => "shutting-down",
            Self::Terminated { .. } => "terminated",
            Self::Stopping { .. } => "stopping",
            Self::Stopped => "stopped",
        }
    }

    /// The API's code.
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Pending { .. } => 0,
            Self::Running => 16,
            Self::ShuttingDown { .. } => 32,
            Self::Terminated { .. } => 48,
            Self::Stopping { .. } => 64,
            Self::Stopped => 80,
        }
    }

    /// The moment of its next change by itself.
    pub(crate) fn due(self) -> Option<Time> {
        match self {
            Self::Pending { running_at } => Some(running_at),
            Self::ShuttingDown { terminated_at } => Some(terminated_at),
            Self::Terminated { vanishes_at } => Some(vanishes_at),
            Self::Stopping { stopped_at } => Some(stopped_at),
            Self::Running | Self::Stopped => None,
        }
    }

    /// Whether it is on its way out or gone.
    pub(crate) fn is_ending(self) -> bool {
        matches!(self, Self::ShuttingDown { .. } | Self::Terminated { .. })
    }
}

impl Instance {
    /// Whether it runs and cloud-init is through at `now`, so that the ECS agent may start.
    pub(crate) fn is_booted(&self, now: Time) -> bool {
        self.state == State::Running && self.boot_done_at <= now
    }

    /// `ip-10-0-0-5.ec2.internal`; `ip-10-0-0-5.eu-west-1.compute.internal` outside us-east-1.
    pub(crate) fn private_dns_name(&self, region: &str) -> Option<String> {
        self.private_ip.map(|ip| private_dns_name(ip, region))
    }

    /// `ec2-54-1-2-3.compute-1.amazonaws.com`; only if the VPC gives names and there is an address.
    pub(crate) fn public_dns_name(&self, model: &Model, region: &str) -> Option<String> {
        let vpc = model.vpc(&self.vpc_id)?;
        let ip = self.public_ip.filter(|_| vpc.dns_hostnames && vpc.dns_support)?;
        Some(public_dns_name(ip, region))
    }

    /// The root volume, `vol-...`.
    pub(crate) fn volume_id(&self) -> String {
        derived("vol", &self.id)
    }
}

/// The public name of an address. Follows "DNS attributes for your VPC".
pub(crate) fn public_dns_name(ip: Ipv4Addr, region: &str) -> String {
    let domain = if region == "us-east-1" { "compute-1".to_owned() } else { format!("{region}.compute") };
    format!("ec2-{}.{domain}.amazonaws.com", dashed(ip))
}

/// The private name of an address.
pub(crate) fn private_dns_name(ip: Ipv4Addr, region: &str) -> String {
    let domain = if region == "us-east-1" { "ec2".to_owned() } else { format!("{region}.compute") };
    format!("ip-{}.{domain}.internal", dashed(ip))
}

fn dashed(ip: Ipv4Addr) -> String {
    ip.to_string().replace('.', "-")
}

/// An id that follows from another, for what need not be stored.
pub(crate) fn derived(prefix: &str, id: &str) -> String {
    IdSource::new(0, &format!("{prefix} of {id}")).resource(prefix)
}

/// The MAC address of an interface: a locally administered one that follows from its id.
pub(crate) fn mac_address(interface_id: &str) -> String {
    let bits = mix(interface_id.bytes().fold(7, |h, b| mix(h ^ u64::from(b))));
    let byte = |shift: u32| (bits >> shift) & 0xff;
    format!("0e:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", byte(0), byte(8), byte(16), byte(24), byte(32))
}
