//! VPC endpoints. Follows "Access an AWS service using an interface VPC endpoint" and "Gateway endpoints" (AWS
//! `PrivateLink` Guide). Endpoint policies are kept and shown; that they narrow what passes is not in it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::vpc_endpoint_service::{kind, private_dns_name, service_name, service_of};
use super::{route_table, security_group, subnet};
use crate::core::fault::Fault;
use crate::core::time::Iso;
use crate::services::ec2::ask::{
    Asked, Noun, TagSpecification, done, listing, one, select, tag_set, tags_for,
};
use crate::services::ec2::fault;
use crate::services::ec2::instance::derived;
use crate::services::ec2::launch::checked_groups;
use crate::services::ec2::managed::{self, Wanted};
use crate::services::ec2::model::{Phase, VpcEndpoint};
use crate::world::{Scope, View};

/// Endpoints per VPC: 50 with interfaces and 20 gateways on AWS (Amazon VPC quotas).
const MAX_ENDPOINTS: usize = 50;
/// Characters of an endpoint policy.
const MAX_POLICY: usize = 20_480;
impl Noun for VpcEndpoint {
    const FILTERS: &'static [&'static str] =
        &["service-name", "vpc-id", "vpc-endpoint-id", "vpc-endpoint-state", "vpc-endpoint-type"];
    const KIND: &'static str = "vpce";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "service-name" => one(service_name(view, &self.service)),
            "vpc-id" => one(&self.vpc_id),
            "vpc-endpoint-state" => one(self.phase.name()),
            "vpc-endpoint-type" => one(kind(self.is_gateway)),
            _ => one(&self.id),
        }
    }
}

const OPEN: &str =
    "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"*\"}]}";

fn shape(view: &View<'_>, endpoint: &VpcEndpoint) -> Value {
    let model = &view.region.ec2;
    let groups: Vec<Value> = endpoint
        .groups
        .iter()
        .map(|id| json!({"groupId": id, "groupName": model.security_group(id).map(|group| &group.name)}))
        .collect();
    let own = format!(
        "{}.{}.{}.vpce.amazonaws.com",
        endpoint.id,
        endpoint.service.rsplit('.').next().unwrap_or_default(),
        view.region.name
    );
    let private = endpoint.private_dns.then(|| private_dns_name(view, &endpoint.service));
    let names = (!endpoint.is_gateway).then_some(own).into_iter().chain(private);
    json!({
        "vpcEndpointId": endpoint.id,
        "vpcEndpointType": kind(endpoint.is_gateway),
        "vpcId": endpoint.vpc_id,
        "serviceName": service_name(view, &endpoint.service),
        "state": endpoint.phase.name(),
        "policyDocument": endpoint.policy.as_deref().unwrap_or(OPEN),
        "routeTableIdSet": endpoint.route_tables,
        "subnetIdSet": endpoint.interfaces.keys().collect::<Vec<_>>(),
        "groupSet": groups,
        "ipAddressType": "ipv4",
        "dnsOptions": {"dnsRecordIpType": "ipv4"},
        "privateDnsEnabled": endpoint.private_dns,
        "requesterManaged": false,
        "networkInterfaceIdSet": endpoint.interfaces.values().collect::<Vec<_>>(),
        "dnsEntrySet": names.map(|name| json!({"dnsName": name, "hostedZoneId": "Z7HUB22UULQXV"})).collect::<Vec<_>>(),
        "creationTimestamp": Iso(endpoint.created_at),
        "tagSet": tag_set(model.tags_of(&endpoint.id)),
        "ownerId": view.account,
        "serviceRegion": view.region.name,
    })
}

/// The id of the prefix list of a gateway endpoint's service.
pub(crate) fn prefix_list(view: &View<'_>, service: &str) -> String {
    derived("pl", &service_name(view, service))
}

/// The routes that gateway endpoints put into a table.
pub(crate) fn routes_in(view: &View<'_>, table_id: &str) -> Vec<Value> {
    let in_table = |endpoint: &&VpcEndpoint| endpoint.route_tables.iter().any(|id| id == table_id);
    let endpoints = view.region.ec2.vpc_endpoints.values().filter(in_table);
    endpoints
        .map(|endpoint| {
            json!({
                "destinationPrefixListId": prefix_list(view, &endpoint.service),
                "gatewayId": endpoint.id,
                "state": "active",
                "origin": "CreateRoute",
            })
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateVpcEndpoint {
    vpc_id: String,
    service_name: Option<String>,
    vpc_endpoint_type: Option<String>,
    policy_document: Option<String>,
    #[serde(default)]
    route_table_id: Vec<String>,
    #[serde(default)]
    subnet_id: Vec<String>,
    #[serde(default)]
    security_group_id: Vec<String>,
    private_dns_enabled: Option<bool>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateVpcEndpoint) -> Result<Value, Fault> {
    let view = scope.view();
    let model = &view.region.ec2;
    let vpc = model.vpc(&input.vpc_id).ok_or_else(|| fault::not_found("vpc", &input.vpc_id))?;
    let name = input.service_name.ok_or_else(|| fault::missing("ServiceName"))?;
    let is_gateway = match input.vpc_endpoint_type.as_deref() {
        None | Some("Gateway") => true,
        Some("Interface") => false,
        Some(_) => {
            let message = "Only Gateway and Interface endpoints are part of this practice cloud.";
            return Err(Fault::new("UnsupportedOperation", message));
        }
    };
    let service = service_of(&view, &name, is_gateway)?;
    let tags = tags_for(&input.tag_specification, "vpc-endpoint")?;
    checked_policy(input.policy_document.as_deref())?;
    if model.vpc_endpoints.values().filter(|endpoint| endpoint.vpc_id == vpc.id).count() >= MAX_ENDPOINTS {
        let message = "The maximum number of VPC endpoints has been reached.";
        return Err(Fault::new("VpcEndpointLimitExceeded", message));
    }
    let private_dns = !is_gateway && service != "s3" && input.private_dns_enabled.unwrap_or(true);
    if private_dns && !(vpc.dns_support && vpc.dns_hostnames) {
        return Err(Fault::new(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to \
             true for ".to_owned() + &vpc.id,
        ));
    }
    let same = |other: &&VpcEndpoint| {
        other.vpc_id == vpc.id && other.service == service && other.private_dns && other.phase.is_live()
    };
    if private_dns && model.vpc_endpoints.values().any(|other| same(&other)) {
        let domain = private_dns_name(&view, &service);
        let message = format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {domain} in the VPC {}",
            vpc.id
        );
        return Err(Fault::new("InvalidParameter", message));
    }
    if is_gateway && !(input.subnet_id.is_empty() && input.security_group_id.is_empty()) {
        return Err(Fault::new(
            "InvalidParameter",
            "Subnet and security group IDs are not supported for Gateway type VPC Endpoints.",
        ));
    }
    if !is_gateway && !input.route_table_id.is_empty() {
        return Err(Fault::new(
            "InvalidParameter",
            "Route table IDs are only supported for Gateway type VPC Endpoint.",
        ));
    }
    for id in &input.route_table_id {
        route_table::find(model, id)?;
    }
    let mut groups = checked_groups(input.security_group_id)?;
    for id in &groups {
        security_group::find(model, id)?;
    }
    if groups.is_empty() && !is_gateway {
        groups.extend(model.security_group_named(&vpc.id, "default").map(|group| group.id.clone()));
    }
    let phase = if is_gateway { Phase::Available } else { Phase::new_endpoint(scope) };
    let id = scope.region.ids.resource("vpce");
    let mut endpoint = VpcEndpoint {
        id: id.clone(),
        vpc_id: input.vpc_id,
        service,
        is_gateway,
        private_dns,
        interfaces: BTreeMap::new(),
        groups,
        route_tables: input.route_table_id,
        policy: input.policy_document,
        phase,
        created_at: scope.now,
    };
    check_subnets(&scope.view(), &endpoint, &input.subnet_id)?;
    for subnet in &input.subnet_id {
        attach(scope, &mut endpoint, subnet);
    }
    let model = &mut scope.region.ec2;
    model.vpc_endpoints.insert(id.clone(), endpoint.clone());
    model.set_tags(&id, tags);
    Ok(json!({"vpcEndpoint": shape(&scope.view(), &endpoint)}))
}

fn checked_policy(policy: Option<&str>) -> Result<(), Fault> {
    let Some(policy) = policy else { return Ok(()) };
    let is_document = serde_json::from_str::<Value>(policy).is_ok_and(|tree| tree.is_object());
    if is_document && policy.len() <= MAX_POLICY {
        return Ok(());
    }
    Err(Fault::new("InvalidPolicyDocument", "The specified policy document is not valid."))
}

/// Subnets that may get an interface: of the VPC, one a zone, with a free address.
fn check_subnets(view: &View<'_>, endpoint: &VpcEndpoint, added: &[String]) -> Result<(), Fault> {
    let model = &view.region.ec2;
    let has = endpoint.interfaces.keys().filter_map(|id| model.subnet(id));
    let mut zones: Vec<&str> = has.map(|subnet| subnet.zone.as_str()).collect();
    for id in added {
        let subnet = model.subnet(id).ok_or_else(|| fault::not_found("subnet", id))?;
        if subnet.vpc_id != endpoint.vpc_id {
            let message = format!("The subnet {id} does not belong to VPC {}", endpoint.vpc_id);
            return Err(Fault::new("InvalidParameter", message));
        }
        if zones.contains(&subnet.zone.as_str()) {
            let message = format!("Found another VPC endpoint subnet in the availability zone of {id}");
            return Err(Fault::new("DuplicateSubnetsInSameZone", message));
        }
        if subnet::available(model, subnet) == 0 {
            let message = "The specified subnet does not have enough free addresses to satisfy the request.";
            return Err(Fault::new("InsufficientFreeAddressesInSubnet", message));
        }
        zones.push(&subnet.zone);
    }
    Ok(())
}

fn attach(scope: &mut Scope<'_>, endpoint: &mut VpcEndpoint, subnet_id: &str) {
    let wanted = Wanted {
        subnet_id,
        security_groups: &endpoint.groups,
        description: format!("VPC Endpoint Interface {}", endpoint.id),
        kind: "vpc_endpoint",
        public: false,
        instance_id: None,
    };
    if let Some(interface) = managed::attach(scope, &wanted) {
        endpoint.interfaces.insert(subnet_id.to_owned(), interface.id);
    }
}

#[derive(Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[derive(Default)]
pub(crate) struct ModifyVpcEndpoint {
    vpc_endpoint_id: String,
    policy_document: Option<String>,
    reset_policy: Option<bool>,
    add_route_table_id: Vec<String>,
    remove_route_table_id: Vec<String>,
    add_subnet_id: Vec<String>,
    remove_subnet_id: Vec<String>,
    add_security_group_id: Vec<String>,
    remove_security_group_id: Vec<String>,
    private_dns_enabled: Option<bool>,
}

pub(crate) fn modify(scope: &mut Scope<'_>, input: ModifyVpcEndpoint) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    let id = &input.vpc_endpoint_id;
    let mut endpoint = model.vpc_endpoints.get(id).ok_or_else(|| fault::not_found("vpce", id))?.clone();
    checked_policy(input.policy_document.as_deref())?;
    for table in &input.add_route_table_id {
        route_table::find(model, table)?;
    }
    for group in &input.add_security_group_id {
        security_group::find(model, group)?;
    }
    check_subnets(&scope.view(), &endpoint, &input.add_subnet_id)?;
    endpoint.route_tables.retain(|table| !input.remove_route_table_id.contains(table));
    endpoint.route_tables.extend(input.add_route_table_id);
    endpoint.groups.retain(|group| !input.remove_security_group_id.contains(group));
    endpoint.groups.extend(input.add_security_group_id);
    endpoint.groups = checked_groups(std::mem::take(&mut endpoint.groups))?;
    endpoint.private_dns = input.private_dns_enabled.unwrap_or(endpoint.private_dns);
    if input.policy_document.is_some() || input.reset_policy == Some(true) {
        endpoint.policy = input.policy_document;
    }
    for subnet in &input.remove_subnet_id {
        if let Some(interface) = endpoint.interfaces.remove(subnet) {
            managed::release(scope, &interface);
        }
    }
    for subnet in &input.add_subnet_id {
        attach(scope, &mut endpoint, subnet);
    }
    let model = &mut scope.region.ec2;
    for interface in endpoint.interfaces.values() {
        if let Some(interface) = model.interfaces.get_mut(interface) {
            interface.security_groups.clone_from(&endpoint.groups);
        }
    }
    model.vpc_endpoints.insert(endpoint.id.clone(), endpoint);
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Endpoints {
    #[serde(default)]
    vpc_endpoint_id: Vec<String>,
}

/// Deletes those that are there; the others are answered as unsuccessful.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Endpoints) -> Result<Value, Fault> {
    if input.vpc_endpoint_id.is_empty() {
        return Err(fault::missing("VpcEndpointId"));
    }
    let phase = Phase::deleting(scope);
    let mut unsuccessful: Vec<Value> = Vec::new();
    for id in input.vpc_endpoint_id.into_iter().take(MAX_ENDPOINTS) {
        match scope.region.ec2.vpc_endpoints.get_mut(&id) {
            Some(endpoint) if endpoint.phase.is_live() => {
                endpoint.phase = phase.clone();
                endpoint.route_tables.clear();
            }
            Some(_) => {}
            None => {
                let fault = fault::not_found("vpce", &id);
                let error = json!({"code": fault.code, "message": fault.message});
                unsuccessful.push(json!({"resourceId": id, "error": error}));
            }
        }
    }
    Ok(json!({"unsuccessful": unsuccessful}))
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let page = select(view, view.region.ec2.vpc_endpoints.values(), &input)?;
    let items = page.items.into_iter().map(|endpoint| shape(view, endpoint)).collect();
    Ok(listing("vpcEndpointSet", items, page.next))
}
