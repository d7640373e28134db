//! EC2's answers.

use super::{Job, Put, each, fact};
use crate::check::facts::{Fact, Facts, VpcDns};
use crate::check::needs::Need;
use crate::cloud::{Cloud, Trouble};
use std::future::Future;

/// A question that has one answer of its own.
pub(super) fn job(cloud: &Cloud, need: Need) -> Job<'_> {
    let ec2 = &cloud.ec2;
    match need {
        Need::Vpcs => list(ec2.vpcs(), |facts| &mut facts.vpcs),
        Need::Subnets => list(ec2.subnets(), |facts| &mut facts.subnets),
        Need::Gateways => list(ec2.internet_gateways(), |facts| &mut facts.internet_gateways),
        Need::RouteTables => list(ec2.route_tables(), |facts| &mut facts.route_tables),
        Need::SecurityGroups => list(ec2.security_groups(), |facts| &mut facts.security_groups),
        Need::KeyPairs => list(ec2.key_pairs(), |facts| &mut facts.key_pairs),
        Need::Instances => list(ec2.instances(), |facts| &mut facts.instances),
        Need::NatGateways => list(ec2.nat_gateways(), |facts| &mut facts.nat_gateways),
        Need::Addresses => list(ec2.addresses(), |facts| &mut facts.addresses),
        Need::VpcDns(id) => Box::pin(async move {
            let (support, hostnames) = futures::join!(
                ec2.vpc_attribute(&id, "enableDnsSupport"),
                ec2.vpc_attribute(&id, "enableDnsHostnames")
            );
            let dns = support.and_then(|support| Ok(VpcDns { support, hostnames: hostnames? }));
            put(move |facts| {
                facts.vpc_dns.insert(id, fact(dns));
            })
        }),
        Need::Console(id) => Box::pin(async move {
            let output = ec2.console_output(&id).await;
            put(move |facts| {
                facts.console.insert(id, fact(output));
            })
        }),
        // Asked for in batches by the caller; nothing is lost when one of them arrives here.
        _ => Box::pin(async { put(|_| {}) }),
    }
}

pub(super) async fn images(cloud: &Cloud, ids: Vec<String>) -> Put {
    let found = cloud.ec2.images(&ids).await;
    let found = found.map(|images| images.into_iter().map(|i| (i.image_id.clone(), i)).collect());
    put(move |facts| facts.images.extend(each(ids, found)))
}

fn list<'a, T: Send + 'static>(
    ask: impl Future<Output = Result<Vec<T>, Trouble>> + Send + 'a,
    place: fn(&mut Facts) -> &mut Option<Fact<Vec<T>>>,
) -> Job<'a> {
    Box::pin(async move {
        let answer = fact(ask.await);
        put(move |facts| *place(facts) = Some(answer))
    })
}

pub(super) fn put(into: impl FnOnce(&mut Facts) + Send + 'static) -> Put {
    Box::new(into)
}
