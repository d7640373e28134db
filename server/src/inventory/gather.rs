//! Asks an account what is there. A list at a time and one call after the other: it is done seldom, and an account's
//! limits on calls are its owner's too.
//!
//! What a service refuses to tell is said in the inventory; what it cannot tell just now ends the look, which is then
//! tried again later. Not here: what is the stack's, see the module above.

use std::collections::BTreeSet;

use serde_json::Value;

use super::price::Prices;
use super::{Inventory, Record, Thing, balancing, compute, containers, data, network};
use crate::cloud::thin::xml::Element;
use crate::cloud::thin::{Form, MAX_PAGES, Query};
use crate::cloud::{Cloud, Trouble};

/// What a section of an account answered.
pub(super) type Found = Result<Vec<Thing>, Trouble>;

/// Nested stacks that are followed.
const MOST_STACKS: usize = 20;

/// Parts of other things: they cannot be there without those, or are shown as something else that is looked for.
const PARTS: [&str; 33] = [
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::AutoScaling::LifecycleHook",
    "AWS::AutoScaling::ScalingPolicy",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::EC2::EIPAssociation",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::NetworkInterfaceAttachment",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCDHCPOptionsAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VolumeAttachment",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::EFS::MountTarget",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::Events::EventBusPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::UserToGroupAddition",
    "AWS::Logs::LogStream",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::SubscriptionFilter",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::ServiceDiscovery::Instance",
];

/// What there is of the stack of this name: of the newest that had it, deleted or not.
///
/// # Errors
/// When the account cannot say now. No stack has ever had the name: what carries it as a tag is looked for.
pub async fn of_stack(cloud: &Cloud, name: &str) -> Result<Inventory, Trouble> {
    let id = cloud.cloudformation.newest(name).await?;
    take(cloud, &record(cloud, name, id.as_deref()).await?).await
}

/// What CloudFormation's record says of a stack and those nested in it, deleted or not.
pub(crate) async fn record(cloud: &Cloud, name: &str, id: Option<&str>) -> Result<Record, Trouble> {
    let mut record = Record { name: name.to_owned(), ..Record::default() };
    let mut open: Vec<String> = id.map(str::to_owned).into_iter().collect();
    while let Some(id) = open.pop() {
        if record.ids.len() >= MOST_STACKS || !record.ids.insert(id.clone()) {
            continue;
        }
        for of in cloud.cloudformation.resources(&id).await? {
            let Some(physical_id) = of.physical_id else { continue };
            if of.kind == "AWS::CloudFormation::Stack" {
                open.push(physical_id.clone());
            }
            record.resources.insert((of.kind, physical_id));
        }
    }
    Ok(record)
}

/// Looks through the account for what is there of a stack.
pub(crate) async fn take(cloud: &Cloud, record: &Record) -> Result<Inventory, Trouble> {
    let mut seen = Seen::default();
    seen.add("Amazon EC2", network::things(cloud).await)?;
    seen.add("Amazon EC2", compute::things(cloud).await)?;
    seen.add("Amazon EC2 Auto Scaling", compute::groups(cloud).await)?;
    seen.add("Amazon ECS", containers::things(cloud, record).await)?;
    seen.add("Elastic Load Balancing", balancing::things(cloud).await)?;
    seen.add("Amazon RDS", data::databases(cloud).await)?;
    seen.add("Amazon EFS", data::file_systems(cloud).await)?;
    seen.add("AWS Secrets Manager", data::secrets(cloud).await)?;
    seen.add("Amazon DynamoDB", data::tables(cloud, record).await)?;
    seen.add("Amazon CloudWatch Logs", data::log_groups(cloud, record).await)?;
    for (service, found) in data::by_id(cloud, record).await {
        seen.add(service, found)?;
    }
    for kind in kinds(record).filter(|kind| !is_looked_for(kind)) {
        seen.unseen.insert(format!("{kind}: Drydock does not know where to look for this type."));
    }
    let rows = super::of(record, &seen.things, Prices::of_repository(), cloud.region());
    Ok(Inventory { rows, had: record.resources.len(), unseen: seen.unseen.into_iter().collect() })
}

#[derive(Default)]
struct Seen {
    things: Vec<Thing>,
    unseen: BTreeSet<String>,
}

impl Seen {
    fn add(&mut self, service: &str, found: Found) -> Result<(), Trouble> {
        match found {
            Ok(things) => self.things.extend(things),
            Err(trouble @ (Trouble::Throttled(_) | Trouble::Unreachable(_))) => return Err(trouble),
            Err(trouble) => {
                self.unseen.insert(format!("{service}: {trouble}"));
            }
        }
        Ok(())
    }
}

fn kinds(record: &Record) -> impl Iterator<Item = &str> {
    let kinds: BTreeSet<&str> = record.resources.iter().map(|(kind, _)| kind.as_str()).collect();
    kinds.into_iter()
}

/// Whether a type is a part of another thing, and never there or charged for by itself.
pub(super) fn is_part(kind: &str) -> bool {
    PARTS.contains(&kind)
}

fn is_looked_for(kind: &str) -> bool {
    let all = [&network::KINDS[..], &compute::KINDS, &containers::KINDS, &balancing::KINDS, &data::KINDS];
    is_part(kind) || kind.starts_with("Custom::") || all.into_iter().any(|of| of.contains(&kind))
}

/// The physical ids that the record has of a type.
pub(super) fn ids<'r>(record: &'r Record, kind: &str) -> impl Iterator<Item = &'r str> + use<'r> {
    let kind = kind.to_owned();
    record.resources.iter().filter(move |(of, _)| *of == kind).map(|(_, id)| id.as_str())
}

/// Whether the record has anything of a type.
pub(super) fn has(record: &Record, kind: &str) -> bool {
    ids(record, kind).next().is_some()
}

/// "There is no such thing", as any service says it: a code, not a trouble.
pub(super) fn is_missing(trouble: &Trouble) -> bool {
    let Trouble::Other(said) = trouble else { return false };
    let code = said.split_once(':').map_or(said.as_str(), |(code, _)| code);
    ["NotFound", "NoSuchEntity", "DoesNotExist"].iter().any(|word| code.contains(word))
}

/// All pages of an awsQuery list. The token's names differ by service.
pub(super) async fn pages(
    query: &Query,
    action: &str,
    form: Form,
    list: &str,
    (token_in, token_out): (&str, &str),
) -> Result<Vec<Element>, Trouble> {
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut page = form.clone();
        page.extend(token.take().map(|token| (token_in.to_owned(), token)));
        let answer = query.call(action, page).await?;
        let result = answer.child(&format!("{action}Result")).cloned().unwrap_or_default();
        all.extend(result.children_of(list).cloned());
        token = result.maybe(token_out);
        if token.is_none() {
            return Ok(all);
        }
    }
    Err(Trouble::Other(format!("{action} has more than {MAX_PAGES} pages")))
}

/// A list with more pages than an account that is used for labs has.
pub(super) fn bounded(turn: usize, what: &str) -> Result<(), Trouble> {
    if turn < MAX_PAGES {
        Ok(())
    } else {
        Err(Trouble::Other(format!("{what}: more than {MAX_PAGES} pages")))
    }
}

/// `Names.member.1=..`, at most so many at a time.
pub(super) fn batches(list: &str, of: &[String], most: usize) -> Vec<Form> {
    let form = |names: &[String]| {
        (1..).zip(names).map(|(at, name)| (format!("{list}.member.{at}"), name.clone())).collect()
    };
    of.chunks(most).map(form).collect()
}

/// A member of a JSON answer as text.
pub(super) fn text(of: &Value, member: &str) -> String {
    of.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The items of a list of a JSON answer.
pub(super) fn items<'v>(of: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    of.get(list).and_then(Value::as_array).into_iter().flatten()
}

/// `[{"Key": .., "Value": ..}]`, in whichever case a service writes it.
pub(super) fn tags(of: &Value, list: &str) -> std::collections::BTreeMap<String, String> {
    let either = |tag: &Value, names: [&str; 2]| {
        names.into_iter().find_map(|name| tag.get(name)?.as_str()).unwrap_or_default().to_owned()
    };
    items(of, list).map(|tag| (either(tag, ["Key", "key"]), either(tag, ["Value", "value"]))).collect()
}

/// Bytes in thousandths of a gigabyte, up to the next.
pub(super) fn thousandths_of_gb(bytes: u64) -> i64 {
    i64::try_from(bytes.div_ceil(1_000_000)).unwrap_or(i64::MAX)
}
