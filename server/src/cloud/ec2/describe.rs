//! The network and its instances, one `Describe` each, with the shapes of EC2's API reference.

use super::{
    Address, Ec2, Form, Image, Instance, InternetGateway, IpPermission, KeyPair, NatGateway, Route,
    RouteTable, SecurityGroup, Subnet, Tags, Trouble, Vpc, filter,
};
use crate::cloud::thin::xml::Element;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

impl Ec2 {
    pub(crate) async fn vpcs(&self) -> Result<Vec<Vpc>, Trouble> {
        self.list("DescribeVpcs", Form::new(), "vpcSet", |e| Vpc {
            vpc_id: e.string("vpcId"),
            cidr_block: e.string("cidrBlock"),
            is_default: e.is_true("isDefault"),
            state: e.string("state"),
            tags: tags(e),
        })
        .await
    }

    /// `attribute` is `enableDnsSupport` or `enableDnsHostnames`.
    pub(crate) async fn vpc_attribute(&self, vpc_id: &str, attribute: &str) -> Result<bool, Trouble> {
        let form =
            vec![("VpcId".to_owned(), vpc_id.to_owned()), ("Attribute".to_owned(), attribute.to_owned())];
        let answer = self.call("DescribeVpcAttribute", form).await?;
        Ok(answer.is_true(&format!("{attribute}.value")))
    }

    pub(crate) async fn subnets(&self) -> Result<Vec<Subnet>, Trouble> {
        self.list("DescribeSubnets", Form::new(), "subnetSet", |e| Subnet {
            subnet_id: e.string("subnetId"),
            vpc_id: e.string("vpcId"),
            cidr_block: e.string("cidrBlock"),
            availability_zone: e.string("availabilityZone"),
            map_public_ip_on_launch: e.is_true("mapPublicIpOnLaunch"),
            tags: tags(e),
        })
        .await
    }

    pub(crate) async fn internet_gateways(&self) -> Result<Vec<InternetGateway>, Trouble> {
        self.list("DescribeInternetGateways", Form::new(), "internetGatewaySet", |e| InternetGateway {
            internet_gateway_id: e.string("internetGatewayId"),
            attached_to: e.items("attachmentSet").map(|a| a.string("vpcId")).collect(),
            tags: tags(e),
        })
        .await
    }

    pub(crate) async fn route_tables(&self) -> Result<Vec<RouteTable>, Trouble> {
        self.list("DescribeRouteTables", Form::new(), "routeTableSet", |e| RouteTable {
            route_table_id: e.string("routeTableId"),
            vpc_id: e.string("vpcId"),
            main: e.items("associationSet").any(|a| a.is_true("main")),
            subnet_ids: e.items("associationSet").filter_map(|a| a.maybe("subnetId")).collect(),
            routes: e.items("routeSet").map(route).collect(),
            tags: tags(e),
        })
        .await
    }

    pub(crate) async fn security_groups(&self) -> Result<Vec<SecurityGroup>, Trouble> {
        self.list("DescribeSecurityGroups", Form::new(), "securityGroupInfo", |e| SecurityGroup {
            group_id: e.string("groupId"),
            group_name: e.string("groupName"),
            vpc_id: e.string("vpcId"),
            ingress: e.items("ipPermissions").map(permission).collect(),
            egress: e.items("ipPermissionsEgress").map(permission).collect(),
            tags: tags(e),
        })
        .await
    }

    /// Also those that were deleted within the last hour.
    pub(crate) async fn nat_gateways(&self) -> Result<Vec<NatGateway>, Trouble> {
        self.list("DescribeNatGateways", Form::new(), "natGatewaySet", |e| NatGateway {
            id: e.string("natGatewayId"),
            subnet_id: e.string("subnetId"),
            state: e.string("state"),
            created_at: seconds(e.text("createTime")),
            tags: tags(e),
        })
        .await
    }

    pub(crate) async fn addresses(&self) -> Result<Vec<Address>, Trouble> {
        self.list("DescribeAddresses", Form::new(), "addressesSet", |e| Address {
            allocation_id: e.string("allocationId"),
            tags: tags(e),
        })
        .await
    }

    pub(crate) async fn key_pairs(&self) -> Result<Vec<KeyPair>, Trouble> {
        self.list("DescribeKeyPairs", Form::new(), "keySet", |e| KeyPair {
            key_name: e.string("keyName"),
            key_pair_id: e.string("keyPairId"),
        })
        .await
    }

    /// All that are not terminated; EC2 lists those for an hour longer.
    pub(crate) async fn instances(&self) -> Result<Vec<Instance>, Trouble> {
        let form =
            filter("instance-state-name", &["pending", "running", "shutting-down", "stopping", "stopped"]);
        let reservations = self.list("DescribeInstances", form, "reservationSet", |reservation| {
            reservation.items("instancesSet").map(instance).collect::<Vec<_>>()
        });
        Ok(reservations.await?.into_iter().flatten().collect())
    }

    /// Those of the ids that exist and these credentials may see; EC2 refuses the whole call for one unknown id, a
    /// filter does not.
    pub(crate) async fn images(&self, ids: &[String]) -> Result<Vec<Image>, Trouble> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).filter(|id| id.starts_with("ami-")).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.list("DescribeImages", filter("image-id", &ids), "imagesSet", |e| Image {
            image_id: e.string("imageId"),
            name: e.string("name"),
            description: e.string("description"),
            owner_id: e.string("imageOwnerId"),
            state: e.string("imageState"),
        })
        .await
    }

    /// The system log of an instance, decoded; empty while there is none.
    pub(crate) async fn console_output(&self, instance_id: &str) -> Result<String, Trouble> {
        let form = vec![("InstanceId".to_owned(), instance_id.to_owned())];
        let answer = self.call("GetConsoleOutput", form).await?;
        Ok(super::launch::decoded(answer.text("output")))
    }
}

pub(super) fn tags(e: &Element) -> Tags {
    e.items("tagSet").map(|t| (t.string("key"), t.string("value"))).collect()
}

fn route(e: &Element) -> Route {
    let first = |names: &[&str]| names.iter().find_map(|n| e.maybe(n)).unwrap_or_default();
    Route {
        destination: first(&["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"]),
        target: first(&[
            "gatewayId",
            "natGatewayId",
            "instanceId",
            "networkInterfaceId",
            "transitGatewayId",
            "vpcPeeringConnectionId",
            "egressOnlyInternetGatewayId",
        ]),
        state: e.string("state"),
    }
}

fn permission(e: &Element) -> IpPermission {
    IpPermission {
        ip_protocol: e.string("ipProtocol"),
        from_port: e.number("fromPort"),
        to_port: e.number("toPort"),
        cidrs: e
            .items("ipRanges")
            .map(|r| r.string("cidrIp"))
            .chain(e.items("ipv6Ranges").map(|r| r.string("cidrIpv6")))
            .collect(),
        groups: e.items("groups").map(|g| g.string("groupId")).collect(),
    }
}

fn instance(e: &Element) -> Instance {
    Instance {
        instance_id: e.string("instanceId"),
        image_id: e.string("imageId"),
        state: e.string("instanceState.name"),
        instance_type: e.string("instanceType"),
        launch_time: seconds(e.text("launchTime")),
        subnet_id: e.string("subnetId"),
        vpc_id: e.string("vpcId"),
        private_ip: e.maybe("privateIpAddress"),
        public_ip: e.maybe("ipAddress"),
        public_dns_name: e.maybe("dnsName"),
        instance_profile_arn: e.maybe("iamInstanceProfile.arn"),
        security_groups: e.items("groupSet").map(|g| g.string("groupId")).collect(),
        key_name: e.maybe("keyName"),
        tags: tags(e),
    }
}

fn seconds(timestamp: &str) -> Option<i64> {
    DateTime::from_str(timestamp, Format::DateTimeWithOffset).ok().map(|t| t.secs())
}
