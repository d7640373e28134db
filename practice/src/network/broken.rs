//! The named reason why one thing does not reach another: which hop is broken, and what the one who waits sees.

use std::fmt;

/// What somebody who connects sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// The name has no address.
    NoSuchName,
    /// Packets vanish without an answer.
    TimesOut,
    /// The host answers that nothing listens.
    Refused,
}

/// The first broken hop between two ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// No host has that public name or address.
    NoSuchHost {
        /// As asked for.
        host: String,
    },
    /// There is an instance, but it is not running.
    NotRunning {
        /// `i-...`
        instance: String,
        /// Its EC2 state.
        state: String,
    },
    /// There is only a private address; an internet gateway translates public ones only.
    NoPublicAddress {
        /// `i-...` or `eni-...`
        instance: String,
    },
    /// No internet gateway is attached to the VPC.
    NoGateway {
        /// `vpc-...`
        vpc: String,
    },
    /// The route table that the subnet uses has no default route to the VPC's internet gateway.
    NoRoute {
        /// `subnet-...`
        subnet: String,
        /// `rtb-...`, explicitly associated or the VPC's main one.
        route_table: String,
    },
    /// The route leads to a NAT gateway that lets nothing out.
    NatGateway {
        /// `nat-...`
        gateway: String,
        /// Why, as half a sentence.
        why: String,
    },
    /// No security group of the instance lets it pass.
    SecurityGroupClosed {
        /// `sg-...` of the instance.
        groups: Vec<String>,
        /// `tcp` or `udp`.
        protocol: &'static str,
        /// The port.
        port: u16,
        /// Whether it is the way into the instance (or the way out).
        inbound: bool,
    },
    /// The packets arrive, and no program and no container's host port is there.
    NothingListens {
        /// `i-...` or `eni-...`
        instance: String,
        /// The port on the host.
        port: u16,
    },
    /// A running container has the port, but its program does not listen on it.
    ContainerNotListening {
        /// Name of the container.
        container: String,
        /// ARN of its task.
        task: String,
        /// The port inside the container.
        port: u16,
    },
    /// The two are in different VPCs, which nothing joins.
    DifferentNetworks {
        /// `i-...` or `eni-...`
        from: String,
        /// `i-...` or `eni-...`
        to: String,
        /// Their VPCs, in that order.
        vpcs: (String, String),
    },
    /// No security group of a target lets its load balancer in.
    TargetGroupClosed {
        /// `sg-...` of the load balancer.
        from: Vec<String>,
        /// `sg-...` of the target.
        to: Vec<String>,
        /// Where the target listens.
        port: u16,
    },
    /// No listener of the load balancer is on the port.
    ListenerMissing {
        /// Its name.
        load_balancer: String,
        /// The port.
        port: u16,
    },
    /// The target group that a request is sent to has no targets.
    NoTarget {
        /// Its name.
        target_group: String,
    },
    /// The two hosts have no Weave network in common.
    NoWeave {
        /// The instance where it ends.
        instance: String,
        /// Why: no Weave on its image, its peers were not found, or port 6783 is closed between the hosts.
        why: String,
    },
}

impl Broken {
    /// What it looks like from outside.
    pub fn symptom(&self) -> Symptom {
        match self {
            Self::NoSuchHost { .. } => Symptom::NoSuchName,
            Self::NotRunning { .. }
            | Self::NoPublicAddress { .. }
            | Self::NoGateway { .. }
            | Self::NoRoute { .. }
            | Self::NatGateway { .. }
            | Self::SecurityGroupClosed { .. }
            | Self::DifferentNetworks { .. }
            | Self::TargetGroupClosed { .. }
            | Self::ListenerMissing { .. }
            | Self::NoWeave { .. } => Symptom::TimesOut,
            Self::NothingListens { .. } | Self::ContainerNotListening { .. } | Self::NoTarget { .. } => {
                Symptom::Refused
            }
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchHost { host } => write!(f, "No host is called {host}, and none has that address."),
            Self::NotRunning { instance, state } => write!(f, "Instance {instance} is {state}, not running."),
            Self::NoPublicAddress { instance } => {
                write!(f, "{} {instance} has no public IPv4 address.", noun(instance))
            }
            Self::NoGateway { vpc } => write!(f, "No internet gateway is attached to {vpc}."),
            Self::NoRoute { subnet, route_table } => write!(
                f,
                "Route table {route_table}, which {subnet} uses, has no route 0.0.0.0/0 to the internet gateway of its VPC."
            ),
            Self::NatGateway { gateway, why } => write!(f, "NAT gateway {gateway} lets nothing out: {why}."),
            Self::SecurityGroupClosed { groups, protocol, port, inbound } => write!(
                f,
                "No {} rule of {} allows {protocol} port {port}.",
                if *inbound { "inbound" } else { "outbound" },
                groups.join(", ")
            ),
            Self::NothingListens { instance, port } if instance.starts_with("eni-") => {
                write!(f, "Nothing listens on port {port} of {instance}: no container of its task does.")
            }
            Self::NothingListens { instance, port } => {
                write!(
                    f,
                    "Nothing listens on port {port} of {instance}: no running container has that host port."
                )
            }
            Self::DifferentNetworks { from, to, vpcs } => {
                write!(f, "{from} is in {}, {to} in {}.", vpcs.0, vpcs.1)
            }
            Self::ContainerNotListening { container, task, port } => {
                write!(
                    f,
                    "Container {container} of {task} runs, but its program does not listen on port {port}."
                )
            }
            Self::TargetGroupClosed { from, to, port } => write!(
                f,
                "No inbound rule of {}, the security groups of the target, allows tcp port {port} from the load balancer ({}).",
                to.join(", "),
                from.join(", ")
            ),
            Self::ListenerMissing { load_balancer, port } => {
                write!(f, "Load balancer {load_balancer} has no listener on port {port}.")
            }
            Self::NoTarget { target_group } => {
                write!(f, "Target group {target_group} has no registered targets.")
            }
            Self::NoWeave { instance, why } => write!(f, "Weave Net does not reach {instance}: {why}."),
        }
    }
}

/// What an id names.
fn noun(id: &str) -> &'static str {
    if id.starts_with("eni-") { "Network interface" } else { "Instance" }
}

impl std::error::Error for Broken {}
