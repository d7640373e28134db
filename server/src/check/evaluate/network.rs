//! VPC, subnet, gateway, route, security group, key pair.

use super::{Judge, Judged, seen};
use crate::catalog::check::Ingress;
use crate::check::explain::{not_as_asked, not_there, way};
use crate::check::find::{self, Found, name_tag};
use crate::check::{Verdict, machine};
use crate::cloud::ec2::{SecurityGroup, Vpc};

impl<'a> Judge<'a> {
    /// The lab's VPC, or the verdict that there is none.
    fn the_vpc(&self, name: &str) -> Result<Found<'a, Vpc>, Verdict> {
        let facts = self.facts;
        let vpcs = seen(facts.vpcs.as_ref(), "the VPCs")?;
        find::vpc(facts).ok_or_else(|| {
            let others: Vec<String> = vpcs
                .iter()
                .filter(|v| !v.is_default)
                .map(|v| format!("{} ({})", v.vpc_id, name_tag(&v.tags).unwrap_or("no Name tag")))
                .collect();
            not_there("VPC with the tag Name", name, &facts.region)
                .near("VPCs that exist", (!others.is_empty()).then(|| others.join(", ")))
                .next("Create the VPC, and give it the tag Name.")
                .command(format!("aws ec2 create-tags --resources VPC_ID --tags Key=Name,Value={name}"))
                .failed()
        })
    }

    pub(super) fn vpc(
        &mut self,
        name: &str,
        cidr: Option<&str>,
        support: Option<bool>,
        hostnames: Option<bool>,
    ) -> Judged {
        let found = self.the_vpc(name)?;
        let vpc = found.it;
        if let Some(cidr) = cidr.filter(|cidr| *cidr != vpc.cidr_block) {
            return Err(not_as_asked(
                &format!("The VPC {}", vpc.vpc_id),
                "CIDR block",
                &vpc.cidr_block,
                cidr,
            )
            .next("Delete the VPC and create it with this block: a VPC's first block cannot be changed.")
            .failed());
        }
        if support.is_some() || hostnames.is_some() {
            let dns = seen(self.facts.vpc_dns.get(&vpc.vpc_id), "the VPC's DNS attributes")?;
            for (wanted, is, name, option) in [
                (support, dns.support, "enableDnsSupport", "dns-support"),
                (hostnames, dns.hostnames, "enableDnsHostnames", "dns-hostnames"),
            ] {
                if let Some(wanted) = wanted.filter(|wanted| *wanted != is) {
                    let no = if wanted { "" } else { "no-" };
                    return Err(not_as_asked(
                        &format!("The VPC {}", vpc.vpc_id),
                        name,
                        is.to_string(),
                        wanted.to_string(),
                    )
                    .next(format!("Set the VPC's attribute {name} to {wanted}."))
                    .command(format!(
                        "aws ec2 modify-vpc-attribute --vpc-id {} --{no}enable-{option}",
                        vpc.vpc_id
                    ))
                    .failed());
                }
            }
        }
        if !found.by_tag {
            self.remark =
                Some(format!("{} has no tag Name={name}: with it, later steps find it by name.", vpc.vpc_id));
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn subnet(&mut self, name: &str, vpc_name: &str) -> Judged {
        let subnets = seen(self.facts.subnets.as_ref(), "the subnets")?;
        let vpc = self.the_vpc(vpc_name)?.it;
        let Some(found) = find::subnet(self.facts, name) else {
            let similar = find::similar(name, subnets.iter().filter_map(|s| name_tag(&s.tags)));
            let count = subnets.iter().filter(|s| s.vpc_id == vpc.vpc_id).count();
            return Err(not_there("subnet with the tag Name", name, &self.facts.region)
                .seen(format!("Subnets in {}", vpc.vpc_id), count.to_string())
                .near("Similar names", similar)
                .next("Create the subnet in your VPC, and give it the tag Name.")
                .failed());
        };
        if found.it.vpc_id != vpc.vpc_id {
            return Err(not_as_asked(
                &format!("The subnet {}", found.it.subnet_id),
                "VPC",
                &found.it.vpc_id,
                &vpc.vpc_id,
            )
            .next("Delete the subnet, and create it in your VPC.")
            .failed());
        }
        if !found.by_tag {
            self.remark = Some(format!("{} has no tag Name={name}.", found.it.subnet_id));
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn internet_gateway(&mut self, name: &str, vpc_name: &str) -> Judged {
        let gateways = seen(self.facts.internet_gateways.as_ref(), "the internet gateways")?;
        let vpc = self.the_vpc(vpc_name)?.it;
        if find::gateway_of(self.facts, &vpc.vpc_id).is_some() {
            return Ok(Verdict::Passed);
        }
        let own = gateways.iter().find(|g| name_tag(&g.tags) == Some(name));
        let loose = own.or_else(|| gateways.iter().find(|g| g.attached_to.is_empty()));
        Err(match loose {
            Some(gateway) => not_as_asked(
                &format!("The internet gateway {}", gateway.internet_gateway_id),
                "Attached to",
                if gateway.attached_to.is_empty() {
                    "nothing".to_owned()
                } else {
                    gateway.attached_to.join(", ")
                },
                &vpc.vpc_id,
            )
            .next("Attach the gateway to your VPC.")
            .command(format!(
                "aws ec2 attach-internet-gateway --internet-gateway-id {} --vpc-id {}",
                gateway.internet_gateway_id, vpc.vpc_id
            ))
            .failed(),
            None => not_there("internet gateway", name, &self.facts.region)
                .seen(format!("VPC {}", vpc.vpc_id), "no internet gateway is attached")
                .next("Create an internet gateway, and attach it to your VPC.")
                .failed(),
        })
    }

    pub(super) fn default_route(&mut self, subnet_name: &str, vpc_name: &str) -> Judged {
        seen(self.facts.route_tables.as_ref(), "the route tables")?;
        seen(self.facts.internet_gateways.as_ref(), "the internet gateways")?;
        seen(self.facts.subnets.as_ref(), "the subnets")?;
        let vpc = self.the_vpc(vpc_name)?.it;
        // Before there is a subnet, the VPC's main route table is the one that it will use.
        let subnet = find::subnet(self.facts, subnet_name).map_or("", |found| found.it.subnet_id.as_str());
        let Some(table) = find::route_table(self.facts, subnet, &vpc.vpc_id) else {
            return Err(not_there("route table for subnet", subnet_name, &self.facts.region)
                .next("Create the subnet first.")
                .failed());
        };
        if let Some(cause) = way::no_route(self.facts, subnet, &vpc.vpc_id) {
            return Err(cause.failed());
        }
        let route = table.routes.iter().find(|r| r.destination == "0.0.0.0/0");
        match route.filter(|r| r.target.starts_with("igw-")) {
            Some(_) => Ok(Verdict::Passed),
            None => Err(not_as_asked(
                &format!("The route table {}", table.route_table_id),
                "Target of 0.0.0.0/0",
                route.map_or("none", |r| r.target.as_str()),
                "the attached internet gateway",
            )
            .next("Replace the default route by one to the internet gateway.")
            .failed()),
        }
    }

    pub(super) fn security_group(&mut self, name: &str, vpc_name: &str, ingress: &[Ingress]) -> Judged {
        let groups = seen(self.facts.security_groups.as_ref(), "the security groups")?;
        let vpc = self.the_vpc(vpc_name)?.it;
        let Some(group) = find::security_group(self.facts, name) else {
            let similar = find::similar(name, groups.iter().map(|g| g.group_name.as_str()));
            return Err(not_there("security group", name, &self.facts.region)
                .near("Similar names", similar)
                .next("Create the security group in your VPC.")
                .failed());
        };
        if group.vpc_id != vpc.vpc_id {
            return Err(not_as_asked(
                &format!("The security group {}", group.group_id),
                "VPC",
                &group.vpc_id,
                &vpc.vpc_id,
            )
            .next("Create a security group of this name in your VPC: a group cannot move.")
            .failed());
        }
        let missing: Vec<&Ingress> = ingress.iter().filter(|wanted| !admits(group, wanted)).collect();
        let Some(first) = missing.first() else { return Ok(Verdict::Passed) };
        let words = |i: &Ingress| format!("{} {} from {}", i.protocol, i.port, i.from);
        let list: Vec<String> = missing.iter().map(|i| words(i)).collect();
        let source = if first.from == "self" {
            format!("--source-group {}", group.group_id)
        } else {
            format!("--cidr {}", first.from)
        };
        Err(not_as_asked(
            &format!("The security group {} ({})", group.group_name, group.group_id),
            "Ingress rules",
            format!("{} of {} are there", ingress.len() - missing.len(), ingress.len()),
            ingress.iter().map(words).collect::<Vec<_>>().join("; "),
        )
        .seen("Missing", list.join("; "))
        .next(format!("Add the rule for {}.", words(first)))
        .command(format!(
            "aws ec2 authorize-security-group-ingress --group-id {} --protocol {} --port {} {source}",
            group.group_id, first.protocol, first.port
        ))
        .failed())
    }

    pub(super) fn key_pair(&mut self, name: &str) -> Judged {
        let pairs = seen(self.facts.key_pairs.as_ref(), "the key pairs")?;
        if pairs.iter().any(|pair| pair.key_name == name) {
            return Ok(Verdict::Passed);
        }
        let similar = find::similar(name, pairs.iter().map(|pair| machine::last_part(&pair.key_name)));
        Err(not_there("key pair", name, &self.facts.region)
            .near("Similar names", similar)
            .next("Create the key pair, and keep its material in a file.")
            .failed())
    }
}

fn admits(group: &SecurityGroup, wanted: &Ingress) -> bool {
    group.ingress.iter().any(|rule| {
        if wanted.from == "self" {
            let inside = rule.groups.contains(&group.group_id) || rule.cidrs.iter().any(|c| c == "0.0.0.0/0");
            way::has_port(rule, &wanted.protocol, wanted.port) && inside
        } else {
            way::lets_in(rule, &wanted.protocol, wanted.port, &wanted.from)
        }
    })
}
