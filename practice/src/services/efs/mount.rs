//! Whether a client can mount a file system over NFS, and what the mount helper says when not. Follows "Troubleshooting
//! mount issues" and "Using VPC security groups" (Amazon EFS User Guide).

use std::net::Ipv4Addr;

use super::model::{Life, MountTarget};
use crate::services::ec2::model::{Model as Ec2, Rule};
use crate::world::View;

/// NFS.
const PORT: u16 = 2049;

/// Who mounts.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Its VPC.
    pub vpc_id: &'a str,
    /// Its subnet, whose Availability Zone counts.
    pub subnet_id: &'a str,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Its security groups.
    pub groups: &'a [String],
}

/// Whether a client can mount a file system, through an access point if one is named. An error is what stands after
/// `failed to invoke EFS utils commands to set up EFS volumes: ` in the task's stopped reason.
pub fn mountable(
    view: &View<'_>,
    file_system_id: &str,
    access_point: Option<&str>,
    client: &Client<'_>,
) -> Result<(), String> {
    let (efs, ec2) = (&view.region.efs, &view.region.ec2);
    let name = format!("{file_system_id}.efs.{}.amazonaws.com", view.region.name);
    let unresolved = || {
        format!(
            "stderr: Failed to resolve \"{name}\" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail. : unsuccessful EFS utils command execution; code: 1"
        )
    };
    let resolves = ec2.vpc(client.vpc_id).is_some_and(|vpc| vpc.dns_support && vpc.dns_hostnames);
    let zone = ec2.subnet(client.subnet_id).map(|subnet| subnet.zone.as_str());
    let here = |target: &MountTarget| {
        target.vpc_id == client.vpc_id && Some(target.zone.as_str()) == zone && target.life == Life::Available
    };
    let target = efs.targets_of(file_system_id).map(|(_, target)| target).find(|target| here(target));
    let target = target.filter(|_| resolves).ok_or_else(unresolved)?;
    if let Some(id) = access_point {
        let point = efs.access_points.get(id).filter(|point| point.file_system_id == file_system_id);
        if point.is_none_or(|point| point.life != Life::Available) {
            return Err(
                "stderr: b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' : unsuccessful EFS utils command execution; code: 32"
                    .to_owned(),
            );
        }
    }
    let out = opens(ec2, client.groups, false, target.address, &target.security_groups);
    let into = opens(ec2, &target.security_groups, true, client.address, client.groups);
    if out && into {
        return Ok(());
    }
    Err("stderr: Mount attempt 3/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. b'mount.nfs4: Connection timed out' : unsuccessful EFS utils command execution; code: 32".to_owned())
}

/// Whether some of `groups` let NFS through, in or out, to or from a peer.
fn opens(ec2: &Ec2, groups: &[String], inbound: bool, peer: Ipv4Addr, peer_groups: &[String]) -> bool {
    let lets = |rule: &Rule| rule.covers("tcp", PORT) && rule.peer.matches(peer, peer_groups);
    groups.iter().filter_map(|id| ec2.security_group(id)).any(|group| {
        let rules = if inbound { &group.ingress } else { &group.egress };
        rules.iter().any(lets)
    })
}
