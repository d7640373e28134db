//! Which operation is which function.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::PROTOCOL;
use super::ops::{
    address, console, facts, gateway, image, instance, instance_describe, interface, key_pair,
    launch_template, nat, permission, region, route, route_table, security_group, subnet, tag, vpc,
    vpc_endpoint, vpc_endpoint_service,
};
use crate::core::fault::Fault;
use crate::operation::{self, Operation};
use crate::world::{Scope, View};

/// All of them.
pub(super) fn operations() -> Vec<Operation> {
    [networks(), routes(), ways_out(), security(), instances(), templates(), around()]
        .into_iter()
        .flatten()
        .collect()
}

fn read<I: DeserializeOwned, O: Serialize + 'static>(
    name: &'static str,
    handler: impl Fn(&View<'_>, I) -> Result<O, Fault> + Send + Sync + 'static,
) -> Operation {
    operation::read(PROTOCOL, name, handler)
}

fn write<I: DeserializeOwned, O: Serialize + 'static>(
    name: &'static str,
    handler: impl Fn(&mut Scope<'_>, I) -> Result<O, Fault> + Send + Sync + 'static,
) -> Operation {
    operation::write(PROTOCOL, name, handler)
}

fn networks() -> Vec<Operation> {
    vec![
        write("CreateVpc", vpc::create),
        write("DeleteVpc", vpc::delete),
        read("DescribeVpcs", vpc::describe),
        write("ModifyVpcAttribute", vpc::modify_attribute),
        read("DescribeVpcAttribute", vpc::describe_attribute),
        write("CreateSubnet", subnet::create),
        write("DeleteSubnet", subnet::delete),
        read("DescribeSubnets", subnet::describe),
        write("ModifySubnetAttribute", subnet::modify_attribute),
        write("CreateInternetGateway", gateway::create),
        write("AttachInternetGateway", gateway::attach),
        write("DetachInternetGateway", gateway::detach),
        write("DeleteInternetGateway", gateway::delete),
        read("DescribeInternetGateways", gateway::describe),
    ]
}

fn routes() -> Vec<Operation> {
    vec![
        write("CreateRouteTable", route_table::create),
        write("DeleteRouteTable", route_table::delete),
        read("DescribeRouteTables", route_table::describe),
        write("AssociateRouteTable", route_table::associate),
        write("DisassociateRouteTable", route_table::disassociate),
        write("ReplaceRouteTableAssociation", route_table::replace),
        write("CreateRoute", route::create),
        write("ReplaceRoute", route::replace),
        write("DeleteRoute", route::delete),
    ]
}

fn ways_out() -> Vec<Operation> {
    vec![
        write("CreateNatGateway", nat::create),
        write("DeleteNatGateway", nat::delete),
        read("DescribeNatGateways", nat::describe),
        write("CreateVpcEndpoint", vpc_endpoint::create),
        write("ModifyVpcEndpoint", vpc_endpoint::modify),
        write("DeleteVpcEndpoints", vpc_endpoint::delete),
        read("DescribeVpcEndpoints", vpc_endpoint::describe),
        read("DescribeVpcEndpointServices", vpc_endpoint_service::describe),
        read("DescribePrefixLists", facts::describe_prefix_lists),
        read("DescribeNetworkAcls", facts::describe_acls),
        read("DescribeDhcpOptions", facts::describe_dhcp_options),
    ]
}

fn security() -> Vec<Operation> {
    vec![
        write("CreateSecurityGroup", security_group::create),
        write("DeleteSecurityGroup", security_group::delete),
        read("DescribeSecurityGroups", security_group::describe),
        read("DescribeSecurityGroupRules", security_group::describe_rules),
        write("AuthorizeSecurityGroupIngress", permission::authorize_ingress),
        write("AuthorizeSecurityGroupEgress", permission::authorize_egress),
        write("RevokeSecurityGroupIngress", permission::revoke_ingress),
        write("RevokeSecurityGroupEgress", permission::revoke_egress),
        write("UpdateSecurityGroupRuleDescriptionsIngress", permission::describe_ingress),
        write("UpdateSecurityGroupRuleDescriptionsEgress", permission::describe_egress),
    ]
}

fn instances() -> Vec<Operation> {
    vec![
        write("RunInstances", instance::run),
        write("TerminateInstances", instance::terminate),
        write("StopInstances", instance::stop),
        write("StartInstances", instance::start),
        write("RebootInstances", instance::reboot),
        write("ModifyInstanceAttribute", instance::modify_attribute),
        read("DescribeInstances", instance_describe::describe),
        read("DescribeInstanceStatus", instance_describe::describe_status),
        read("GetConsoleOutput", console::get_output),
        read("DescribeInstanceAttribute", instance_describe::describe_attribute),
    ]
}

fn templates() -> Vec<Operation> {
    vec![
        write("CreateLaunchTemplate", launch_template::create),
        write("CreateLaunchTemplateVersion", launch_template::create_version),
        write("ModifyLaunchTemplate", launch_template::modify),
        write("DeleteLaunchTemplate", launch_template::delete),
        write("DeleteLaunchTemplateVersions", launch_template::delete_versions),
        read("DescribeLaunchTemplates", launch_template::describe),
        read("DescribeLaunchTemplateVersions", launch_template::describe_versions),
    ]
}

fn around() -> Vec<Operation> {
    vec![
        write("CreateKeyPair", key_pair::create),
        write("ImportKeyPair", key_pair::import),
        write("DeleteKeyPair", key_pair::delete),
        read("DescribeKeyPairs", key_pair::describe),
        write("CreateTags", tag::create),
        write("DeleteTags", tag::delete),
        read("DescribeTags", tag::describe),
        write("AllocateAddress", address::allocate),
        write("AssociateAddress", address::associate),
        write("DisassociateAddress", address::disassociate),
        write("ReleaseAddress", address::release),
        read("DescribeAddresses", address::describe),
        write("CreateNetworkInterface", interface::create),
        write("DeleteNetworkInterface", interface::delete),
        read("DescribeNetworkInterfaces", interface::describe),
        read("DescribeImages", image::describe),
        read("DescribeRegions", region::describe_regions),
        read("DescribeAvailabilityZones", region::describe_zones),
        read("DescribeInstanceTypes", region::describe_instance_types),
        read("DescribeInstanceTypeOfferings", region::describe_offerings),
        read("DescribeAccountAttributes", region::describe_account),
    ]
}
