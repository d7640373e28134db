//! EC2's things, with the members that checks read, named as EC2 names them. Plain data: they are kept as evidence.

#![expect(clippy::struct_field_names, reason = "EC2's own names")]

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// A virtual private cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: String,
    pub(crate) is_default: bool,
    pub(crate) state: String,
    pub(crate) tags: Tags,
}

/// A subnet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: String,
    pub(crate) availability_zone: String,
    pub(crate) map_public_ip_on_launch: bool,
    pub(crate) tags: Tags,
}

/// An internet gateway and the VPCs it is attached to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InternetGateway {
    pub(crate) internet_gateway_id: String,
    pub(crate) attached_to: Vec<String>,
    pub(crate) tags: Tags,
}

/// A route table with its routes and associations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub(crate) route_table_id: String,
    pub(crate) vpc_id: String,
    /// The VPC's main table serves every subnet without one of its own.
    pub(crate) main: bool,
    pub(crate) subnet_ids: Vec<String>,
    pub(crate) routes: Vec<Route>,
    pub(crate) tags: Tags,
}

/// One route. `target` is the id of a gateway, an instance, an interface, ... or `local`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) destination: String,
    pub(crate) target: String,
    /// `active` or `blackhole`.
    pub(crate) state: String,
}

/// A security group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecurityGroup {
    pub(crate) group_id: String,
    pub(crate) group_name: String,
    pub(crate) vpc_id: String,
    pub(crate) ingress: Vec<IpPermission>,
    pub(crate) egress: Vec<IpPermission>,
    pub(crate) tags: Tags,
}

/// One rule: protocol (`tcp`, `udp`, `-1` for all), a port range where the protocol has ports, and sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IpPermission {
    pub(crate) ip_protocol: String,
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    /// IPv4 and IPv6 ranges.
    pub(crate) cidrs: Vec<String>,
    /// Ids of security groups.
    pub(crate) groups: Vec<String>,
}

/// A key pair, without its material.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyPair {
    pub(crate) key_name: String,
    pub(crate) key_pair_id: String,
}

/// An instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) instance_id: String,
    pub(crate) image_id: String,
    /// `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`.
    pub(crate) state: String,
    pub(crate) instance_type: String,
    /// Seconds since 1970.
    pub(crate) launch_time: Option<i64>,
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(crate) private_ip: Option<String>,
    pub(crate) public_ip: Option<String>,
    pub(crate) public_dns_name: Option<String>,
    pub(crate) instance_profile_arn: Option<String>,
    pub(crate) security_groups: Vec<String>,
    pub(crate) key_name: Option<String>,
    pub(crate) tags: Tags,
}

/// An image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) image_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) owner_id: String,
    pub(crate) state: String,
}

/// A launch template with the content of the version asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LaunchTemplate {
    pub(crate) launch_template_id: String,
    pub(crate) launch_template_name: String,
    pub(crate) default_version: i64,
    pub(crate) latest_version: i64,
}

/// One version of a launch template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LaunchTemplateVersion {
    pub(crate) launch_template_id: String,
    pub(crate) launch_template_name: String,
    pub(crate) version: i64,
    pub(crate) is_default: bool,
    pub(crate) launch: Launch,
}

/// What an instance is started from: a launch configuration or a version of a launch template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Launch {
    pub(crate) image_id: String,
    pub(crate) instance_type: String,
    pub(crate) key_name: Option<String>,
    /// Name or ARN, as given.
    pub(crate) instance_profile: Option<String>,
    /// Ids or names, as given.
    pub(crate) security_groups: Vec<String>,
    pub(crate) public_address: Option<bool>,
    /// Decoded from base64.
    pub(crate) user_data: String,
}

/// A NAT gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub(crate) id: String,
    pub(crate) subnet_id: String,
    /// `pending`, `available`, `deleting`, `deleted`, `failed`.
    pub(crate) state: String,
    pub(crate) created_at: Option<i64>,
    pub(crate) tags: Tags,
}

/// An Elastic IP address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) allocation_id: String,
    pub(crate) tags: Tags,
}
