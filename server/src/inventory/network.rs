//! What EC2 shows of networks.

use std::collections::{BTreeMap, BTreeSet};

use super::Thing;
use super::gather::Found;
use crate::cloud::Cloud;
use crate::cloud::thin::xml::Element;

/// The types that are looked for here.
pub(super) const KINDS: [&str; 12] = [
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::KeyPair",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
];

pub(super) async fn things(cloud: &Cloud) -> Found {
    let list = |action, set| cloud.ec2.elements(action, Vec::new(), set);
    let mut all = Vec::new();
    let vpcs = list("DescribeVpcs", "vpcSet").await?;
    // Nobody's stack made the default VPC, and nothing in it is in a stack's way.
    all.extend(
        vpcs.iter().filter(|of| !of.is_true("isDefault")).map(|of| thing("AWS::EC2::VPC", of, "vpcId")),
    );
    let subnets = list("DescribeSubnets", "subnetSet").await?;
    all.extend(subnets.iter().map(|of| standing("AWS::EC2::Subnet", of, "subnetId")));
    let gateways = list("DescribeInternetGateways", "internetGatewaySet").await?;
    all.extend(gateways.iter().map(|of| {
        let vpc = of.items("attachmentSet").next().and_then(|at| at.maybe("vpcId"));
        Thing { vpc, ..thing("AWS::EC2::InternetGateway", of, "internetGatewayId") }
    }));
    let tables = list("DescribeRouteTables", "routeTableSet").await?;
    // Main tables, default groups and default lists come and go with their VPC.
    let own = tables.iter().filter(|of| !of.items("associationSet").any(|at| at.is_true("main")));
    all.extend(own.map(|of| standing("AWS::EC2::RouteTable", of, "routeTableId")));
    let groups = list("DescribeSecurityGroups", "securityGroupInfo").await?;
    let own = groups.iter().filter(|of| of.text("groupName") != "default");
    all.extend(own.map(|of| {
        let group = standing("AWS::EC2::SecurityGroup", of, "groupId");
        Thing { name: of.string("groupName"), ..group }
    }));
    let lists = list("DescribeNetworkAcls", "networkAclSet").await?;
    let own = lists.iter().filter(|of| !of.is_true("default"));
    all.extend(own.map(|of| standing("AWS::EC2::NetworkAcl", of, "networkAclId")));
    let nats = list("DescribeNatGateways", "natGatewaySet").await?;
    let there = nats.iter().filter(|of| !matches!(of.text("state"), "deleted" | "failed"));
    all.extend(there.map(|of| standing("AWS::EC2::NatGateway", of, "natGatewayId").charged(&[], &[])));
    let addresses = list("DescribeAddresses", "addressesSet").await?;
    let kept: BTreeSet<String> = addresses.iter().map(|of| of.string("publicIp")).collect();
    all.extend(addresses.iter().map(|of| Thing {
        alias: of.maybe("allocationId"),
        ..thing("AWS::EC2::EIP", of, "publicIp").with_addresses(1)
    }));
    let interfaces = list("DescribeNetworkInterfaces", "networkInterfaceSet").await?;
    all.extend(interfaces.iter().map(|of| interface(of, &kept)));
    let endpoints = list("DescribeVpcEndpoints", "vpcEndpointSet").await?;
    let there = endpoints.iter().filter(|of| !of.text("state").eq_ignore_ascii_case("deleted"));
    all.extend(there.map(endpoint));
    let keys = list("DescribeKeyPairs", "keySet").await?;
    all.extend(keys.iter().map(|of| thing("AWS::EC2::KeyPair", of, "keyName")));
    Ok(all)
}

/// An interface and its public address, unless that is an Elastic IP address, which is listed for itself, or a load
/// balancer's, which is counted with it.
fn interface(of: &Element, kept: &BTreeSet<String>) -> Thing {
    let mut one = standing("AWS::EC2::NetworkInterface", of, "networkInterfaceId");
    let about = of.text("description");
    one.of.extend(of.maybe("attachment.instanceId"));
    one.of.extend(about.strip_prefix("Interface for NAT Gateway ").map(str::to_owned));
    if let Some(balancer) = about.strip_prefix("ELB ") {
        // `ELB app/name/id` or `ELB name`.
        one.of.push(balancer.to_owned());
        return one;
    }
    let public = of.maybe("association.publicIp").filter(|address| !kept.contains(address));
    one.with_addresses(usize::from(public.is_some()))
}

fn endpoint(of: &Element) -> Thing {
    let one = standing("AWS::EC2::VPCEndpoint", of, "vpcEndpointId");
    let zones = i64::try_from(of.items("subnetIdSet").count()).unwrap_or(i64::MAX).saturating_mul(1_000);
    match of.text("vpcEndpointType") {
        // Gateways to S3 and DynamoDB are free.
        "Gateway" => one,
        kind => one.charged(&[("kind", kind)], &[("zones", zones)]),
    }
}

/// In a VPC.
pub(super) fn standing(kind: &str, of: &Element, id: &str) -> Thing {
    Thing { vpc: of.maybe("vpcId"), ..thing(kind, of, id) }
}

/// With its id and its tags, named by its tag `Name` if it has one.
pub(super) fn thing(kind: &str, of: &Element, id: &str) -> Thing {
    let tags: BTreeMap<String, String> =
        of.items("tagSet").map(|tag| (tag.string("key"), tag.string("value"))).collect();
    let one = Thing::new(kind, of.string(id));
    let name = tags.get("Name").filter(|name| !name.is_empty()).unwrap_or(&one.id).clone();
    Thing { name, tags, ..one }
}
