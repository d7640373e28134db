//! Security groups. They are stateful: who may open a connection also gets its answers, so only the first packet
//! counts. Follows "Control traffic to your AWS resources using security groups" (Amazon VPC User Guide).

use std::net::Ipv4Addr;

use super::broken::Broken;
use super::endpoint::Endpoint;
use crate::services::ec2::model::{Model, Rule};

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer<'a> {
    pub(super) address: Ipv4Addr,
    /// Its own security groups, when it is in the VPC.
    pub(super) groups: &'a [String],
}

/// Somebody on the internet.
pub(super) const ANYBODY: Peer<'static> = Peer { address: Ipv4Addr::new(203, 0, 113, 66), groups: &[] };

/// Whether a connection from `peer` comes in.
pub(super) fn lets_in(
    model: &Model,
    of: &Endpoint<'_>,
    protocol: &'static str,
    port: u16,
    peer: Peer<'_>,
) -> Result<(), Broken> {
    decide(model, of, protocol, port, peer, true)
}

/// Whether a connection to `peer` gets out.
pub(super) fn lets_out(
    model: &Model,
    of: &Endpoint<'_>,
    protocol: &'static str,
    port: u16,
    peer: Peer<'_>,
) -> Result<(), Broken> {
    decide(model, of, protocol, port, peer, false)
}

fn decide(
    model: &Model,
    of: &Endpoint<'_>,
    protocol: &'static str,
    port: u16,
    peer: Peer<'_>,
    inbound: bool,
) -> Result<(), Broken> {
    let allows = |rule: &Rule| rule.covers(protocol, port) && rule.peer.matches(peer.address, peer.groups);
    let open = of.groups.iter().filter_map(|id| model.security_group(id)).any(|group| {
        let rules = if inbound { &group.ingress } else { &group.egress };
        rules.iter().any(allows)
    });
    if open {
        return Ok(());
    }
    Err(Broken::SecurityGroupClosed { groups: of.groups.to_vec(), protocol, port, inbound })
}
