//! Internet gateways.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::ec2::ask::{
    Asked, Noun, TagSpecification, done, listing, one, select, tag_set, tags_for,
};
use crate::services::ec2::fault;
use crate::services::ec2::model::{InternetGateway, Model};
use crate::world::{Scope, View};

/// Internet gateways per region (Amazon VPC quotas).
const MAX_GATEWAYS: usize = 5;

impl Noun for InternetGateway {
    const FILTERS: &'static [&'static str] =
        &["attachment.state", "attachment.vpc-id", "internet-gateway-id", "owner-id"];
    const KIND: &'static str = "igw";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "attachment.state" => self.vpc_id.iter().map(|_| "available".to_owned()).collect(),
            "attachment.vpc-id" => self.vpc_id.iter().cloned().collect(),
            "owner-id" => one(view.account),
            _ => one(&self.id),
        }
    }
}

fn shape(view: &View<'_>, gateway: &InternetGateway) -> Value {
    let attachments: Vec<Value> =
        gateway.vpc_id.iter().map(|vpc| json!({"vpcId": vpc, "state": "available"})).collect();
    json!({
        "internetGatewayId": gateway.id,
        "ownerId": view.account,
        "attachmentSet": attachments,
        "tagSet": tag_set(view.region.ec2.tags_of(&gateway.id)),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateInternetGateway {
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateInternetGateway) -> Result<Value, Fault> {
    let tags = tags_for(&input.tag_specification, "internet-gateway")?;
    if scope.region.ec2.internet_gateways.len() >= MAX_GATEWAYS {
        let message = "The maximum number of internet gateways has been reached.";
        return Err(Fault::new("InternetGatewayLimitExceeded", message));
    }
    let id = scope.region.ids.resource("igw");
    let gateway = InternetGateway { id: id.clone(), vpc_id: None };
    let model = &mut scope.region.ec2;
    model.internet_gateways.insert(id.clone(), gateway.clone());
    model.set_tags(&id, tags);
    Ok(json!({"internetGateway": shape(&scope.view(), &gateway)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attachment {
    internet_gateway_id: String,
    vpc_id: String,
}

pub(crate) fn attach(scope: &mut Scope<'_>, input: Attachment) -> Result<Value, Fault> {
    let Attachment { internet_gateway_id: id, vpc_id } = input;
    let model = &mut scope.region.ec2;
    let attached_to = find(model, &id)?.vpc_id.clone();
    model.vpc(&vpc_id).ok_or_else(|| fault::not_found("vpc", &vpc_id))?;
    if let Some(other) = attached_to {
        let message = format!("resource {id} is already attached to network {other}");
        return Err(Fault::new("Resource.AlreadyAssociated", message));
    }
    if model.gateway_of(&vpc_id).is_some() {
        return Err(fault::value(format!("Network {vpc_id} already has an internet gateway attached")));
    }
    if let Some(gateway) = model.internet_gateways.get_mut(&id) {
        gateway.vpc_id = Some(vpc_id);
    }
    Ok(done())
}

pub(crate) fn detach(scope: &mut Scope<'_>, input: Attachment) -> Result<Value, Fault> {
    let Attachment { internet_gateway_id: id, vpc_id } = input;
    let model = &mut scope.region.ec2;
    let attached_to = find(model, &id)?.vpc_id.clone();
    model.vpc(&vpc_id).ok_or_else(|| fault::not_found("vpc", &vpc_id))?;
    if attached_to.as_deref() != Some(vpc_id.as_str()) {
        let message = format!("resource {id} is not attached to network {vpc_id}");
        return Err(Fault::new("Gateway.NotAttached", message));
    }
    if has_mapped_addresses(model, &vpc_id) {
        return Err(fault::dependency(format!(
            "Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        )));
    }
    if let Some(gateway) = model.internet_gateways.get_mut(&id) {
        gateway.vpc_id = None;
    }
    Ok(done())
}

fn has_mapped_addresses(model: &Model, vpc_id: &str) -> bool {
    let by_instances = model.instances.values().any(|i| i.vpc_id == vpc_id && i.public_ip.is_some());
    let in_vpc = |interface: &str| {
        let subnet = model.interfaces.get(interface).and_then(|i| model.subnet(&i.subnet_id));
        subnet.is_some_and(|subnet| subnet.vpc_id == vpc_id)
    };
    by_instances
        || model.interfaces.values().any(|i| i.own_public_ip().is_some() && in_vpc(&i.id))
        || model.addresses.values().filter_map(|a| a.association.as_ref()).any(|a| in_vpc(&a.interface_id))
}

fn find<'m>(model: &'m Model, id: &str) -> Result<&'m InternetGateway, Fault> {
    model.internet_gateways.get(id).ok_or_else(|| fault::no_such("igw", id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneGateway {
    internet_gateway_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneGateway) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = input.internet_gateway_id;
    if find(model, &id)?.vpc_id.is_some() {
        return Err(fault::in_use("internetGateway", &id));
    }
    model.internet_gateways.remove(&id);
    model.tags.remove(&id);
    Ok(done())
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let page = select(view, view.region.ec2.internet_gateways.values(), &input)?;
    let items = page.items.into_iter().map(|gateway| shape(view, gateway)).collect();
    Ok(listing("internetGatewaySet", items, page.next))
}
