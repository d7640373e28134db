//! Ways out of a private subnet.

use serde_json::json;

use super::{Net, id};
use crate::core::time::Time;
use crate::network::Broken;
use crate::network::egress;
use crate::network::endpoint::Endpoint;
use crate::services::ec2::managed::{self, Wanted};
use crate::testing::Lab;
use crate::world::Caller;

/// A public subnet as the net has it, and a private one with its own route table and an interface in it.
struct Private {
    net: Net,
    subnet: String,
    table: String,
    interface: String,
}

impl Private {
    fn new(lab: &mut Lab) -> Self {
        let net = Net::new(lab);
        let vpc = id(&lab.ec2("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))["vpc"]["vpcId"]);
        lab.ec2("ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": "true"}}));
        lab.ec2("DetachInternetGateway", json!({"InternetGatewayId": net.gateway, "VpcId": net.vpc}));
        lab.ec2("AttachInternetGateway", json!({"InternetGatewayId": net.gateway, "VpcId": vpc}));
        let subnet = |lab: &mut Lab, block: &str| {
            let made = lab.ec2("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": block}));
            id(&made["subnet"]["subnetId"])
        };
        let (public, private) = (subnet(lab, "10.0.0.0/24"), subnet(lab, "10.0.1.0/24"));
        let table = |lab: &mut Lab, subnet: &str| {
            let made = lab.ec2("CreateRouteTable", json!({"VpcId": vpc}));
            let table = id(&made["routeTable"]["routeTableId"]);
            lab.ec2("AssociateRouteTable", json!({"RouteTableId": table, "SubnetId": subnet}));
            table
        };
        let (public_table, table) = (table(lab, &public), table(lab, &private));
        let out = json!({"RouteTableId": public_table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": net.gateway});
        lab.ec2("CreateRoute", out);
        let groups =
            lab.ec2("DescribeSecurityGroups", json!({"Filter": [{"Name": "vpc-id", "Value": [vpc]}]}));
        let group = id(&groups["securityGroupInfo"][0]["groupId"]);
        let now: Time = lab.now;
        let interface = lab.world.work("us-east-1", now, &Caller::service(), |scope| {
            let wanted = Wanted {
                subnet_id: &private,
                security_groups: std::slice::from_ref(&group),
                description: String::new(),
                kind: "interface",
                public: false,
                instance_id: None,
            };
            managed::attach(scope, &wanted).map(|interface| interface.id)
        });
        let net = Net { vpc, subnet: public, table: public_table, gateway: net.gateway };
        Self { net, subnet: private, table, interface: interface.expect("an interface") }
    }

    fn reaches(&self, lab: &Lab, service: &str) -> Result<(), Broken> {
        lab.world.look("us-east-1", lab.now, &Caller::service(), |view| {
            let model = &view.region.ec2;
            let from = Endpoint::of_interface(model, &model.interfaces[&self.interface]).expect("an end");
            egress::to_service(view, &from, service)
        })
    }
}

fn nat(lab: &mut Lab, subnet: &str) -> (String, String) {
    let address = id(&lab.ec2("AllocateAddress", json!({}))["allocationId"]);
    let made = lab.ec2("CreateNatGateway", json!({"SubnetId": subnet, "AllocationId": address}));
    (id(&made["natGateway"]["natGatewayId"]), address)
}

#[test]
fn a_nat_gateway_lets_a_private_subnet_out() {
    let mut lab = Lab::new();
    let own = Private::new(&mut lab);
    assert!(matches!(own.reaches(&lab, "logs"), Err(Broken::NoPublicAddress { .. })));
    let (nat, address) = nat(&mut lab, &own.net.subnet);
    let route = json!({"RouteTableId": own.table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat});
    lab.ec2("CreateRoute", route);
    assert!(matches!(own.reaches(&lab, "logs"), Err(Broken::NatGateway { .. })), "it is still pending");
    lab.settle();
    assert_eq!(own.reaches(&lab, "logs"), Ok(()));
    let seen = lab.ec2("DescribeNatGateways", json!({"NatGatewayId": [nat]}));
    let gateway = &seen["natGatewaySet"][0];
    assert_eq!(gateway["state"], "available");
    assert!(gateway["natGatewayAddressSet"][0]["publicIp"].is_string());
    let interfaces = lab.ec2(
        "DescribeNetworkInterfaces",
        json!({"Filter": [{"Name": "interface-type", "Value": ["nat_gateway"]}]}),
    );
    assert_eq!(interfaces["networkInterfaceSet"][0]["requesterManaged"], true);
    assert_eq!(lab.ec2_refused("ReleaseAddress", json!({"AllocationId": address})), "InvalidIPAddress.InUse");
    lab.ec2("DeleteNatGateway", json!({"NatGatewayId": nat}));
    assert!(own.reaches(&lab, "logs").is_err());
    lab.advance(60);
    let seen = lab.ec2("DescribeNatGateways", json!({"NatGatewayId": [nat]}));
    assert_eq!(seen["natGatewaySet"][0]["state"], "deleted");
    lab.ec2("ReleaseAddress", json!({"AllocationId": address}));
    let tables = lab.ec2("DescribeRouteTables", json!({"RouteTableId": [own.table]}));
    let routes = tables["routeTableSet"][0]["routeSet"].as_array().unwrap();
    let route = routes.iter().find(|route| route["natGatewayId"] == nat.as_str()).unwrap();
    assert_eq!(route["state"], "blackhole");
    lab.settle();
    assert_eq!(lab.ec2_refused("DescribeNatGateways", json!({"NatGatewayId": [nat]})), "NatGatewayNotFound");
}

#[test]
fn a_nat_gateway_in_a_private_subnet_leads_nowhere() {
    let mut lab = Lab::new();
    let own = Private::new(&mut lab);
    let (nat, _) = nat(&mut lab, &own.subnet);
    let route = json!({"RouteTableId": own.table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat});
    lab.ec2("CreateRoute", route);
    lab.settle();
    let broken = own.reaches(&lab, "logs").unwrap_err();
    assert!(broken.to_string().contains("has no route 0.0.0.0/0 to the internet gateway"), "{broken}");
    let other = id(&lab.ec2("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"}))["vpc"]["vpcId"]);
    let lonely = lab.ec2("CreateSubnet", json!({"VpcId": other, "CidrBlock": "10.9.0.0/24"}));
    let address = id(&lab.ec2("AllocateAddress", json!({}))["allocationId"]);
    let input = json!({"SubnetId": lonely["subnet"]["subnetId"], "AllocationId": address});
    let failed = lab.ec2("CreateNatGateway", input);
    assert_eq!(failed["natGateway"]["state"], "failed");
    assert_eq!(failed["natGateway"]["failureCode"], "Gateway.NotAttached");
    assert_eq!(lab.ec2_refused("CreateNatGateway", json!({"SubnetId": own.subnet})), "MissingParameter");
}

#[test]
fn endpoints_lead_to_their_services_alone() {
    let mut lab = Lab::new();
    let own = Private::new(&mut lab);
    let vpc = &own.net.vpc;
    let endpoint = |service: &str, more: serde_json::Value| {
        let mut input = json!({"VpcId": vpc, "ServiceName": format!("com.amazonaws.us-east-1.{service}")});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    lab.ec2("CreateVpcEndpoint", endpoint("s3", json!({"RouteTableId": [own.table]})));
    assert_eq!(own.reaches(&lab, "s3"), Ok(()));
    let tables = lab.ec2("DescribeRouteTables", json!({"RouteTableId": [own.table]}));
    assert!(tables["routeTableSet"][0]["routeSet"][1]["destinationPrefixListId"].is_string());
    let interface = json!({"VpcEndpointType": "Interface", "SubnetId": [own.subnet]});
    let made = lab.ec2("CreateVpcEndpoint", endpoint("logs", interface.clone()));
    let made = id(&made["vpcEndpoint"]["vpcEndpointId"]);
    assert!(own.reaches(&lab, "logs").is_err(), "it is pending");
    lab.settle();
    assert_eq!(own.reaches(&lab, "logs"), Ok(()));
    assert!(own.reaches(&lab, "ecr.api").is_err());
    assert_eq!(lab.ec2_refused("CreateVpcEndpoint", endpoint("logs", interface.clone())), "InvalidParameter");
    assert_eq!(lab.ec2_refused("CreateVpcEndpoint", endpoint("nope", interface)), "InvalidServiceName");
    // Its security group decides who comes in.
    let shut =
        lab.ec2("CreateSecurityGroup", json!({"VpcId": vpc, "GroupName": "shut", "GroupDescription": "x"}));
    let groups = lab.ec2("DescribeVpcEndpoints", json!({"VpcEndpointId": [made]}));
    let old = &groups["vpcEndpointSet"][0]["groupSet"][0]["groupId"];
    let change = json!({"VpcEndpointId": made, "AddSecurityGroupId": [shut["groupId"]], "RemoveSecurityGroupId": [old]});
    lab.ec2("ModifyVpcEndpoint", change);
    assert!(matches!(own.reaches(&lab, "logs"), Err(Broken::SecurityGroupClosed { inbound: true, .. })));
    assert_eq!(lab.ec2_refused("DeleteSubnet", json!({"SubnetId": own.subnet})), "DependencyViolation");
    let gone = lab.ec2("DeleteVpcEndpoints", json!({"VpcEndpointId": [made, "vpce-0"]}));
    assert_eq!(gone["unsuccessful"][0]["error"]["code"], "InvalidVpcEndpointId.NotFound");
    lab.settle();
    let left = lab.ec2("DescribeVpcEndpoints", json!({}));
    assert_eq!(left["vpcEndpointSet"].as_array().unwrap().len(), 1);
}

#[test]
fn what_aws_has_for_everybody() {
    let mut lab = Lab::new();
    let acls = lab.ec2("DescribeNetworkAcls", json!({"Filter": [{"Name": "default", "Value": ["true"]}]}));
    assert_eq!(acls["networkAclSet"][0]["entrySet"].as_array().unwrap().len(), 4);
    let vpcs = lab.ec2("DescribeVpcs", json!({}));
    let options =
        lab.ec2("DescribeDhcpOptions", json!({"DhcpOptionsId": [vpcs["vpcSet"][0]["dhcpOptionsId"]]}));
    assert_eq!(options["dhcpOptionsSet"].as_array().unwrap().len(), 1);
    let lists = lab.ec2(
        "DescribePrefixLists",
        json!({"Filter": [{"Name": "prefix-list-name", "Value": ["com.amazonaws.us-east-1.s3"]}]}),
    );
    assert_eq!(lists["prefixListSet"].as_array().unwrap().len(), 1);
    let services = lab.ec2("DescribeVpcEndpointServices", json!({}));
    assert!(
        services["serviceNameSet"].as_array().unwrap().contains(&json!("com.amazonaws.us-east-1.ecr.dkr"))
    );
}
