//! VPC, subnet, gateway, route, security group, key pair.

use super::{Judge, Judged, seen};
use crate::catalog::check::{Ingress, Via};
use crate::check::explain::{because, not_as_asked, not_there, wait_or, way};
use crate::check::find::{self, Found, name_tag};
use crate::check::{Verdict, machine};
use crate::cloud::ec2::{RouteTable, SecurityGroup, Vpc};

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

    pub(super) fn default_route(&mut self, subnet_name: &str, vpc_name: &str, via: Option<Via>) -> Judged {
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
        if via == Some(Via::NatGateway) {
            return self.nat_route(table);
        }
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

    /// Whether a table's default route leads to a NAT gateway that has a way out itself.
    fn nat_route(&self, table: &RouteTable) -> Judged {
        let gateways = seen(self.facts.nat_gateways.as_ref(), "the NAT gateways")?;
        let route = table.routes.iter().find(|route| route.destination == "0.0.0.0/0");
        let gateway = route.and_then(|route| gateways.iter().find(|gateway| gateway.id == route.target));
        let Some(gateway) = gateway else {
            let pending = gateways.iter().find(|gateway| gateway.state == "pending");
            if let Some(gateway) = pending.filter(|_| route.is_none()) {
                let elapsed = gateway.created_at.map(|at| self.facts.age(at));
                return Err(wait_or(
                    self.check.waits.as_ref(),
                    "the NAT gateway to become available",
                    elapsed,
                    || {
                        not_as_asked("The NAT gateway", "State", "pending", "available")
                            .next("Look at the NAT gateway.")
                    },
                ));
            }
            let available = gateways.iter().find(|gateway| gateway.state == "available");
            let id = available.map_or("NAT_GATEWAY_ID", |gateway| gateway.id.as_str());
            let routes: Vec<String> =
                table.routes.iter().map(|r| format!("{} to {}", r.destination, r.target)).collect();
            return Err(not_there("route to a NAT gateway in", &table.route_table_id, &self.facts.region)
                .seen("Routes", routes.join(", "))
                .next("Create a NAT gateway in a public subnet, and the default route to it.")
                .command(format!(
                    "aws ec2 create-route --route-table-id {} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id {id}",
                    table.route_table_id
                ))
                .failed());
        };
        if gateway.state == "pending" {
            let elapsed = gateway.created_at.map(|at| self.facts.age(at));
            return Err(wait_or(
                self.check.waits.as_ref(),
                "the NAT gateway to become available",
                elapsed,
                || {
                    not_as_asked(&format!("The NAT gateway {}", gateway.id), "State", "pending", "available")
                        .next("Look at the NAT gateway.")
                },
            ));
        }
        if gateway.state != "available" {
            return Err(not_as_asked(
                &format!("The NAT gateway {}", gateway.id),
                "State",
                &gateway.state,
                "available",
            )
            .next("Create another NAT gateway, and replace the route.")
            .failed());
        }
        let own = find::route_table(self.facts, &gateway.subnet_id, &table.vpc_id);
        let out = own.is_some_and(|own| {
            own.routes
                .iter()
                .any(|route| route.destination == "0.0.0.0/0" && route.target.starts_with("igw-"))
        });
        if out {
            return Ok(Verdict::Passed);
        }
        Err(because(
            "nat-gateway-in-private-subnet",
            "The NAT gateway has no way out itself",
            "A NAT gateway sends what it gets on through the route table of its own subnet. That subnet has no default route to an internet \
             gateway, so nothing arrives.",
        )
        .seen("NAT gateway", &gateway.id)
        .seen("Its subnet", &gateway.subnet_id)
        .next("Create the NAT gateway in a public subnet, and replace the route.")
        .failed())
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
        let member = |name: &str| groups.iter().find(|g| g.vpc_id == group.vpc_id && g.group_name == name);
        let source_of = |wanted: &Ingress| match wanted.from.strip_prefix("group:") {
            Some(name) => member(name).map_or(name, |group| group.group_id.as_str()).to_owned(),
            None if wanted.from == "self" => group.group_id.clone(),
            None => wanted.from.clone(),
        };
        if let Some((wanted, rule)) =
            ingress.iter().filter(|i| i.from.starts_with("group:")).find_map(|wanted| {
                let wide = group
                    .ingress
                    .iter()
                    .find(|rule| way::lets_in(rule, &wanted.protocol, wanted.port, "0.0.0.0/0"));
                wide.map(|_| {
                    (wanted, format!("{} {} from 0.0.0.0/0", wanted.protocol.to_uppercase(), wanted.port))
                })
            })
        {
            let name = wanted.from.trim_start_matches("group:");
            return Err(not_as_asked(
                &format!("The security group {} ({})", group.group_name, group.group_id),
                "Ingress rules",
                rule,
                format!("from members of {name} only"),
            )
            .next("Take away the rule that lets everybody in, and let in the other group.")
            .command(format!(
                "aws ec2 revoke-security-group-ingress --group-id {} --protocol {} --port {} --cidr 0.0.0.0/0",
                group.group_id, wanted.protocol, wanted.port
            ))
            .failed());
        }
        let missing: Vec<&Ingress> =
            ingress.iter().filter(|wanted| !admits(group, wanted, &source_of(wanted))).collect();
        let Some(first) = missing.first() else { return Ok(Verdict::Passed) };
        let words = |i: &Ingress| {
            format!("{} {} from {}", i.protocol, i.port, i.from.replace("group:", "members of "))
        };
        let list: Vec<String> = missing.iter().map(|i| words(i)).collect();
        let source = if first.from == "self" || first.from.starts_with("group:") {
            format!("--source-group {}", source_of(first))
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

fn admits(group: &SecurityGroup, wanted: &Ingress, source: &str) -> bool {
    group.ingress.iter().any(|rule| {
        if wanted.from.starts_with("group:") {
            return way::has_port(rule, &wanted.protocol, wanted.port)
                && rule.groups.iter().any(|id| id == source);
        }
        if wanted.from == "self" {
            let inside = rule.groups.contains(&group.group_id) || rule.cidrs.iter().any(|c| c == "0.0.0.0/0");
            way::has_port(rule, &wanted.protocol, wanted.port) && inside
        } else {
            way::lets_in(rule, &wanted.protocol, wanted.port, &wanted.from)
        }
    })
}
