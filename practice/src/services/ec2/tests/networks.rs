use serde_json::json;

use super::{Net, id};
use crate::testing::Lab;

#[test]
fn every_region_starts_with_a_default_vpc() {
    for (region, zones) in [("us-east-1", 6), ("eu-west-1", 3), ("us-west-1", 2)] {
        let mut lab = Lab::new();
        lab.region = region.to_owned();
        let vpcs = lab.ec2("DescribeVpcs", json!({"Filter": [{"Name": "is-default", "Value": ["true"]}]}));
        assert_eq!(vpcs["vpcSet"][0]["cidrBlock"], "172.31.0.0/16");
        let subnets = lab.ec2("DescribeSubnets", json!({}));
        let subnets = subnets["subnetSet"].as_array().unwrap();
        assert_eq!(subnets.len(), zones);
        assert!(subnets.iter().all(|s| s["availableIpAddressCount"] == 4091 && s["defaultForAz"] == true));
        let tables = lab.ec2("DescribeRouteTables", json!({}));
        let table = &tables["routeTableSet"][0];
        assert_eq!(table["associationSet"][0]["main"], true);
        assert_eq!(table["routeSet"][0]["gatewayId"], "local");
        assert_eq!(table["routeSet"][1]["state"], "active");
        let groups = lab.ec2("DescribeSecurityGroups", json!({"GroupName": ["default"]}));
        let group = &groups["securityGroupInfo"][0];
        assert_eq!(group["ipPermissions"][0]["groups"][0]["groupId"], group["groupId"]);
        assert_eq!(group["ipPermissionsEgress"][0]["ipRanges"][0]["cidrIp"], "0.0.0.0/0");
        assert!(lab.world.regions.is_empty(), "looking wrote something");
    }
}

#[test]
fn blocks_have_rules() {
    let mut lab = Lab::new();
    for bad in ["10.0.0.0", "10.0.0.0/33", "300.0.0.0/16", ""] {
        assert_eq!(lab.ec2_refused("CreateVpc", json!({"CidrBlock": bad})), "InvalidParameterValue");
    }
    assert_eq!(lab.ec2_refused("CreateVpc", json!({})), "MissingParameter");
    for range in ["10.0.0.0/15", "10.0.0.0/29"] {
        assert_eq!(lab.ec2_refused("CreateVpc", json!({"CidrBlock": range})), "InvalidVpc.Range");
    }
    let vpc = lab.ec2("CreateVpc", json!({"CidrBlock": "10.1.2.3/16"}));
    assert_eq!(vpc["vpc"]["cidrBlock"], "10.1.0.0/16");
    let vpc = id(&vpc["vpc"]["vpcId"]);
    let mut create = |cidr: &str, zone: Option<&str>| {
        let input = json!({"VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": zone});
        lab.try_call("ec2", "CreateSubnet", input).map_err(|fault| fault.code)
    };
    assert_eq!(create("10.2.0.0/24", None), Err("InvalidSubnet.Range".to_owned()));
    assert_eq!(create("10.1.0.0/29", None), Err("InvalidSubnet.Range".to_owned()));
    assert_eq!(create("10.1.0.0/24", Some("us-east-1z")), Err("InvalidParameterValue".to_owned()));
    assert_eq!(
        create("10.1.0.0/24", Some("us-east-1c")).unwrap()["subnet"]["availabilityZone"],
        "us-east-1c"
    );
    assert_eq!(create("10.1.0.128/25", None), Err("InvalidSubnet.Conflict".to_owned()));
    let more: Vec<_> = (0..3).map(|_| lab.ec2("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))).collect();
    assert_eq!(more.len(), 3);
    assert_eq!(lab.ec2_refused("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"})), "VpcLimitExceeded");
}

#[test]
fn a_vpc_goes_last() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let vpc = json!({"VpcId": net.vpc});
    assert_eq!(lab.ec2_refused("DeleteVpc", vpc.clone()), "DependencyViolation");
    lab.ec2("DeleteSubnet", json!({"SubnetId": net.subnet}));
    assert_eq!(lab.ec2_refused("DeleteVpc", vpc.clone()), "DependencyViolation");
    let gateway = json!({"InternetGatewayId": net.gateway});
    assert_eq!(lab.ec2_refused("DeleteInternetGateway", gateway.clone()), "DependencyViolation");
    lab.ec2("DetachInternetGateway", json!({"InternetGatewayId": net.gateway, "VpcId": net.vpc}));
    let tables = lab.ec2("DescribeRouteTables", json!({"RouteTableId": [net.table]}));
    assert_eq!(tables["routeTableSet"][0]["routeSet"][1]["state"], "blackhole");
    lab.ec2("DeleteInternetGateway", gateway);
    lab.ec2("DeleteVpc", vpc.clone());
    assert_eq!(lab.ec2_refused("DeleteVpc", vpc), "InvalidVpcID.NotFound");
    let tables = lab.ec2("DescribeRouteTables", json!({}));
    assert_eq!(tables["routeTableSet"].as_array().unwrap().len(), 1);
}

#[test]
fn gateways_attach_once() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let again = json!({"InternetGatewayId": net.gateway, "VpcId": net.vpc});
    assert_eq!(lab.ec2_refused("AttachInternetGateway", again), "Resource.AlreadyAssociated");
    let other = lab.ec2("CreateInternetGateway", json!({}));
    let other = id(&other["internetGateway"]["internetGatewayId"]);
    let second = json!({"InternetGatewayId": other, "VpcId": net.vpc});
    assert_eq!(lab.ec2_refused("AttachInternetGateway", second.clone()), "InvalidParameterValue");
    assert_eq!(lab.ec2_refused("DetachInternetGateway", second), "Gateway.NotAttached");
    let none = json!({"InternetGatewayId": "igw-1", "VpcId": net.vpc});
    assert_eq!(lab.ec2_refused("AttachInternetGateway", none), "InvalidInternetGatewayID.NotFound");
}

#[test]
fn routes_need_a_target_in_the_same_network() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let route = |target: &str, cidr: &str| json!({"RouteTableId": net.table, "DestinationCidrBlock": cidr, "GatewayId": target});
    assert_eq!(lab.ec2_refused("CreateRoute", route(&net.gateway, "0.0.0.0/0")), "RouteAlreadyExists");
    assert_eq!(lab.ec2_refused("CreateRoute", route("igw-0", "10.0.0.0/8")), "InvalidGatewayID.NotFound");
    let other = lab.ec2("CreateInternetGateway", json!({}));
    let other = id(&other["internetGateway"]["internetGatewayId"]);
    assert_eq!(lab.ec2_refused("CreateRoute", route(&other, "10.0.0.0/8")), "InvalidParameterValue");
    assert_eq!(lab.ec2_refused("DeleteRoute", route(&other, "10.0.0.0/8")), "InvalidRoute.NotFound");
    assert_eq!(lab.ec2_refused("DeleteRoute", route(&other, "172.31.0.0/28")), "InvalidParameterValue");
    lab.ec2("DeleteRoute", json!({"RouteTableId": net.table, "DestinationCidrBlock": "0.0.0.0/0"}));
    assert_eq!(lab.ec2_refused("ReplaceRoute", route(&net.gateway, "0.0.0.0/0")), "InvalidParameterValue");
    lab.ec2("CreateRoute", route(&net.gateway, "10.0.0.0/8"));
    lab.ec2("ReplaceRoute", route(&net.gateway, "10.0.0.0/8"));
}

#[test]
fn tables_are_associated_and_replaced() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let table = lab.ec2("CreateRouteTable", json!({"VpcId": net.vpc}));
    let table = id(&table["routeTable"]["routeTableId"]);
    let input = json!({"RouteTableId": table, "SubnetId": net.subnet});
    let association = id(&lab.ec2("AssociateRouteTable", input.clone())["associationId"]);
    assert_eq!(lab.ec2_refused("AssociateRouteTable", input), "Resource.AlreadyAssociated");
    let delete = json!({"RouteTableId": table});
    assert_eq!(lab.ec2_refused("DeleteRouteTable", delete.clone()), "DependencyViolation");
    let found = lab.ec2(
        "DescribeRouteTables",
        json!({"Filter": [{"Name": "association.subnet-id", "Value": [net.subnet]}]}),
    );
    assert_eq!(found["routeTableSet"][0]["routeTableId"], table.as_str());
    lab.ec2("DisassociateRouteTable", json!({"AssociationId": association}));
    let main = lab.ec2("DescribeRouteTables", json!({"RouteTableId": [net.table]}));
    let main = id(&main["routeTableSet"][0]["associationSet"][0]["routeTableAssociationId"]);
    let refused = lab.ec2_refused("DisassociateRouteTable", json!({"AssociationId": main}));
    assert_eq!(refused, "InvalidParameterValue");
    lab.ec2("ReplaceRouteTableAssociation", json!({"AssociationId": main, "RouteTableId": table}));
    assert_eq!(lab.ec2_refused("DeleteRouteTable", delete), "DependencyViolation");
    lab.ec2("DeleteRouteTable", json!({"RouteTableId": net.table}));
}

#[test]
fn filters_and_pages() {
    let mut lab = Lab::new();
    let all = lab.ec2("DescribeSubnets", json!({}))["subnetSet"].as_array().unwrap().len();
    let first = lab.ec2("DescribeSubnets", json!({"MaxResults": "5"}));
    let rest = lab.ec2("DescribeSubnets", json!({"MaxResults": "5", "NextToken": first["nextToken"]}));
    assert_eq!(rest["subnetSet"].as_array().unwrap().len(), all - 5);
    assert!(rest["nextToken"].is_null());
    let by = |name: &str, value: &str| json!({"Filter": [{"Name": name, "Value": [value]}]});
    let found = lab.ec2("DescribeSubnets", by("availability-zone", "*-1[ab]"));
    assert_eq!(found["subnetSet"], json!([]));
    let found = lab.ec2("DescribeSubnets", by("availability-zone", "us-*-1?"));
    assert_eq!(found["subnetSet"].as_array().unwrap().len(), all);
    assert_eq!(lab.ec2_refused("DescribeSubnets", by("colour", "x")), "InvalidParameterValue");
    assert_eq!(lab.ec2_refused("DescribeSubnets", json!({"MaxResults": "4"})), "InvalidParameterValue");
    assert_eq!(lab.ec2_refused("DescribeSubnets", json!({"NextToken": "?"})), "InvalidParameterValue");
    assert_eq!(
        lab.ec2_refused("DescribeSubnets", json!({"SubnetId": ["subnet-1"]})),
        "InvalidSubnetID.NotFound"
    );
}

#[test]
fn dry_runs_do_nothing() {
    let mut lab = Lab::new();
    let input = json!({"CidrBlock": "10.0.0.0/16", "DryRun": "true"});
    lab.ec2("CreateInternetGateway", json!({}));
    assert_eq!(lab.ec2_refused("CreateVpc", input), "DryRunOperation");
    let bad = json!({"CidrBlock": "10.0.0.0/8", "DryRun": "true"});
    assert_eq!(lab.ec2_refused("CreateVpc", bad), "InvalidVpc.Range");
}
