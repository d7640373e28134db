//! What EC2 holds in one region. Images, instance types and zones are AWS's and not stored. A region starts with
//! the default VPC ("Default VPCs", Amazon VPC User Guide).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::cidr::Cidr;
pub(crate) use super::gateways::{NatGateway, Phase, VpcEndpoint};
pub(crate) use super::instance::{Instance, State};
pub(crate) use super::managed::Managed;
pub(crate) use super::template::{LaunchTemplate, TemplateVersion};
use super::zones;
use crate::core::id::IdSource;
use crate::core::tag::Tags;
use crate::core::time::Time;

/// EC2 of one region. Maps are by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub(crate) vpcs: BTreeMap<String, Vpc>,
    pub(crate) subnets: BTreeMap<String, Subnet>,
    pub(crate) internet_gateways: BTreeMap<String, InternetGateway>,
    pub(crate) route_tables: BTreeMap<String, RouteTable>,
    pub(crate) security_groups: BTreeMap<String, SecurityGroup>,
    pub(crate) key_pairs: BTreeMap<String, KeyPair>,
    pub(crate) instances: BTreeMap<String, Instance>,
    pub(crate) launch_templates: BTreeMap<String, LaunchTemplate>,
    pub(crate) addresses: BTreeMap<String, Address>,
    /// Interfaces made on their own or by services. Each instance's primary interface is part of the instance.
    pub(crate) interfaces: BTreeMap<String, Interface>,
    /// NAT gateways.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) nat_gateways: BTreeMap<String, NatGateway>,
    /// VPC endpoints.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) vpc_endpoints: BTreeMap<String, VpcEndpoint>,
    /// Tags of everything above, by resource id.
    pub(crate) tags: BTreeMap<String, Tags>,
}

/// A virtual private cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) cidr: Cidr,
    pub(crate) is_default: bool,
    /// `enableDnsSupport`
    pub(crate) dns_support: bool,
    /// `enableDnsHostnames`: instances get public DNS names.
    pub(crate) dns_hostnames: bool,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc_id: String,
    pub(crate) cidr: Cidr,
    /// `us-east-1a`
    pub(crate) zone: String,
    /// `MapPublicIpOnLaunch`
    pub(crate) map_public_ip: bool,
    pub(crate) default_for_az: bool,
}

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InternetGateway {
    pub(crate) id: String,
    /// The VPC it is attached to.
    pub(crate) vpc_id: Option<String>,
}

/// A route table. The local route is not stored: it is the VPC's block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub(crate) id: String,
    pub(crate) vpc_id: String,
    /// Association id of the main association: this table serves every subnet without one of its own.
    pub(crate) main: Option<String>,
    /// Association id to subnet id.
    pub(crate) associations: BTreeMap<String, String>,
    pub(crate) routes: Vec<Route>,
}

/// A route other than the local one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) destination: Cidr,
    pub(crate) target: Target,
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    InternetGateway(String),
    Instance(String),
    Interface(String),
    NatGateway(String),
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecurityGroup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) vpc_id: String,
    pub(crate) ingress: Vec<Rule>,
    pub(crate) egress: Vec<Rule>,
}

/// A security group rule: one protocol, one port range, one peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a protocol number.
    pub(crate) protocol: String,
    /// Ports, or ICMP type and code; `-1, -1` where the protocol has none or all are meant.
    pub(crate) from_port: i32,
    pub(crate) to_port: i32,
    pub(crate) peer: Peer,
    pub(crate) description: Option<String>,
}

/// Who a rule lets through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Peer {
    Ipv4(Cidr),
    /// Accepted and shown; nothing in the practice cloud has an IPv6 address.
    Ipv6(String),
    /// Id of a security group.
    Group(String),
}

impl Rule {
    /// Whether it is about that protocol (`tcp`, `udp`) and port.
    pub(crate) fn covers(&self, protocol: &str, port: u16) -> bool {
        self.protocol == "-1"
            || (self.protocol == protocol && (self.from_port..=self.to_port).contains(&i32::from(port)))
    }
}

impl Peer {
    /// Whether an address is meant. `groups` are the security groups of whoever has the address.
    pub(crate) fn matches(&self, address: Ipv4Addr, groups: &[String]) -> bool {
        match self {
            Self::Ipv4(cidr) => cidr.holds(address),
            Self::Ipv6(_) => false,
            Self::Group(id) => groups.contains(id),
        }
    }
}

/// A key pair. The private key is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyPair {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) fingerprint: String,
    /// `rsa` or `ed25519`
    pub(crate) kind: String,
    pub(crate) created_at: Time,
}

/// An Elastic IP address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    /// `eipalloc-...`
    pub(crate) id: String,
    pub(crate) public_ip: Ipv4Addr,
    pub(crate) association: Option<AddressAssociation>,
}

/// What an Elastic IP address is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddressAssociation {
    /// `eipassoc-...`
    pub(crate) id: String,
    pub(crate) interface_id: String,
    /// None for an interface made on its own.
    pub(crate) instance_id: Option<String>,
}

/// A network interface made with `CreateNetworkInterface`, attached to nothing, or by a service for what it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Interface {
    pub(crate) id: String,
    pub(crate) subnet_id: String,
    pub(crate) private_ip: Ipv4Addr,
    pub(crate) security_groups: Vec<String>,
    pub(crate) description: String,
    /// Set when a service made it; it is in use then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) managed: Option<Managed>,
}

impl Interface {
    /// The public address of its own. Elastic IP addresses are asked for by [`Model::public_ip_of`].
    pub(crate) fn own_public_ip(&self) -> Option<Ipv4Addr> {
        self.managed.as_ref().and_then(|managed| managed.public_ip)
    }
}

static NO_TAGS: Tags = Tags::new();

impl Model {
    /// A region as AWS hands it out: with a default VPC.
    pub fn new(_account: &str, region: &str, ids: &mut IdSource) -> Self {
        let mut model = Self {
            vpcs: BTreeMap::new(),
            subnets: BTreeMap::new(),
            internet_gateways: BTreeMap::new(),
            route_tables: BTreeMap::new(),
            security_groups: BTreeMap::new(),
            key_pairs: BTreeMap::new(),
            instances: BTreeMap::new(),
            launch_templates: BTreeMap::new(),
            addresses: BTreeMap::new(),
            interfaces: BTreeMap::new(),
            nat_gateways: BTreeMap::new(),
            vpc_endpoints: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        model.add_default_vpc(region, ids);
        model
    }

    fn add_default_vpc(&mut self, region: &str, ids: &mut IdSource) {
        let base = Ipv4Addr::new(172, 31, 0, 0);
        let vpc_id = self.add_vpc(ids, Cidr::around(base, 16));
        if let Some(vpc) = self.vpcs.get_mut(&vpc_id) {
            (vpc.is_default, vpc.dns_hostnames) = (true, true);
        }
        for (zone, third) in zones::of(region).zip((0_u8..).step_by(16)) {
            let id = ids.resource("subnet");
            let cidr = Cidr::around(Ipv4Addr::new(172, 31, third, 0), 20);
            let (vpc_id, zone) = (vpc_id.clone(), zone.name);
            let subnet =
                Subnet { id: id.clone(), vpc_id, cidr, zone, map_public_ip: true, default_for_az: true };
            self.subnets.insert(id, subnet);
        }
        let igw = ids.resource("igw");
        self.internet_gateways
            .insert(igw.clone(), InternetGateway { id: igw.clone(), vpc_id: Some(vpc_id.clone()) });
        if let Some(table) = self.route_tables.values_mut().find(|t| t.vpc_id == vpc_id) {
            table.routes.push(Route { destination: Cidr::ALL, target: Target::InternetGateway(igw) });
        }
    }

    /// A VPC with what AWS makes with it: main route table and default security group. Its id.
    pub(crate) fn add_vpc(&mut self, ids: &mut IdSource, cidr: Cidr) -> String {
        let id = ids.resource("vpc");
        let vpc = Vpc { id: id.clone(), cidr, is_default: false, dns_support: true, dns_hostnames: false };
        self.vpcs.insert(id.clone(), vpc);
        let table = RouteTable {
            id: ids.resource("rtb"),
            vpc_id: id.clone(),
            main: Some(ids.resource("rtbassoc")),
            associations: BTreeMap::new(),
            routes: vec![],
        };
        self.route_tables.insert(table.id.clone(), table);
        let group_id = ids.resource("sg");
        let rule = |ids: &mut IdSource, peer| Rule {
            id: ids.resource("sgr"),
            protocol: "-1".to_owned(),
            from_port: -1,
            to_port: -1,
            peer,
            description: None,
        };
        let group = SecurityGroup {
            id: group_id.clone(),
            name: "default".to_owned(),
            description: "default VPC security group".to_owned(),
            vpc_id: id.clone(),
            ingress: vec![rule(ids, Peer::Group(group_id.clone()))],
            egress: vec![rule(ids, Peer::Ipv4(Cidr::ALL))],
        };
        self.security_groups.insert(group_id, group);
        id
    }

    /// The instance of that id, unless it has vanished.
    pub(crate) fn instance(&self, id: &str) -> Option<&Instance> {
        self.instances.get(id)
    }

    /// The VPC of that id.
    pub(crate) fn vpc(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.get(id)
    }

    /// The subnet of that id.
    pub(crate) fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.get(id)
    }

    /// The security group of that id.
    pub(crate) fn security_group(&self, id: &str) -> Option<&SecurityGroup> {
        self.security_groups.get(id)
    }

    /// The security group of that name in a VPC.
    pub(crate) fn security_group_named(&self, vpc_id: &str, name: &str) -> Option<&SecurityGroup> {
        self.security_groups.values().find(|group| group.vpc_id == vpc_id && group.name == name)
    }

    /// The key pair of that name.
    pub(crate) fn key_pair(&self, name: &str) -> Option<&KeyPair> {
        self.key_pairs.values().find(|pair| pair.name == name)
    }

    /// The default VPC, if it was not deleted.
    pub(crate) fn default_vpc(&self) -> Option<&Vpc> {
        self.vpcs.values().find(|vpc| vpc.is_default)
    }

    /// The internet gateway attached to a VPC.
    pub(crate) fn gateway_of(&self, vpc_id: &str) -> Option<&InternetGateway> {
        self.internet_gateways.values().find(|igw| igw.vpc_id.as_deref() == Some(vpc_id))
    }

    /// The route table a subnet uses: its own, else the VPC's main one.
    pub(crate) fn route_table_of(&self, subnet: &Subnet) -> Option<&RouteTable> {
        let own = |table: &&RouteTable| table.associations.values().any(|id| *id == subnet.id);
        let main = |table: &&RouteTable| table.vpc_id == subnet.vpc_id && table.main.is_some();
        self.route_tables.values().find(own).or_else(|| self.route_tables.values().find(main))
    }

    /// The most specific route to an address that is not the local one, with whether it works.
    pub(crate) fn route_to<'m>(&'m self, table: &'m RouteTable, to: Ipv4Addr) -> Option<(&'m Route, bool)> {
        let fitting = table.routes.iter().filter(|route| route.destination.holds(to));
        let route = fitting.max_by_key(|route| route.destination.prefix())?;
        Some((route, self.works(table, route)))
    }

    /// Whether a route's target is there; a route that does not work is a blackhole.
    pub(crate) fn works(&self, table: &RouteTable, route: &Route) -> bool {
        match &route.target {
            Target::InternetGateway(id) => {
                self.internet_gateways.get(id).is_some_and(|igw| igw.vpc_id.as_ref() == Some(&table.vpc_id))
            }
            Target::NatGateway(id) => self.nat_gateways.get(id).is_some_and(|nat| nat.phase.is_live()),
            Target::Instance(id) => self.instances.get(id).is_some_and(|i| i.state == State::Running),
            Target::Interface(id) => {
                self.instances.values().any(|i| i.interface_id == *id && i.state == State::Running)
            }
        }
    }

    /// The tags of anything.
    pub(crate) fn tags_of(&self, id: &str) -> &Tags {
        self.tags.get(id).unwrap_or(&NO_TAGS)
    }

    /// The Elastic IP address of an instance.
    pub(crate) fn elastic_ip_of(&self, instance_id: &str) -> Option<Ipv4Addr> {
        let its = |a: &&Address| {
            a.association.as_ref().is_some_and(|a| a.instance_id.as_deref() == Some(instance_id))
        };
        self.addresses.values().find(its).map(|address| address.public_ip)
    }

    /// The public address of an interface that is no instance's primary one: its own, or an Elastic IP address.
    pub(crate) fn public_ip_of(&self, interface: &Interface) -> Option<Ipv4Addr> {
        let its = |a: &&Address| a.association.as_ref().is_some_and(|a| a.interface_id == interface.id);
        interface
            .own_public_ip()
            .or_else(|| self.addresses.values().find(its).map(|address| address.public_ip))
    }

    /// Sets the tags of something that has none yet.
    pub(crate) fn set_tags(&mut self, id: &str, tags: Tags) {
        if !tags.is_empty() {
            self.tags.insert(id.to_owned(), tags);
        }
    }

    /// The running instance that answers at a public address, by address or public DNS name.
    pub(crate) fn instance_at(&self, region: &str, host: &str) -> Option<&Instance> {
        let at = |instance: &&Instance| {
            instance.public_ip.is_some_and(|ip| ip.to_string() == host)
                || instance.public_dns_name(self, region).is_some_and(|name| name.eq_ignore_ascii_case(host))
        };
        self.instances.values().find(at)
    }

    /// Every private address in use in a subnet.
    pub(crate) fn private_ips_in(&self, subnet_id: &str) -> impl Iterator<Item = Ipv4Addr> {
        let of_instances =
            self.instances.values().filter(move |i| i.subnet_id == subnet_id).filter_map(|i| i.private_ip);
        let of_others =
            self.interfaces.values().filter(move |i| i.subnet_id == subnet_id).map(|i| i.private_ip);
        of_instances.chain(of_others)
    }
}
