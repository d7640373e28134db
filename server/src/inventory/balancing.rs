//! What Elastic Load Balancing shows, in both its versions.

use std::collections::BTreeMap;

use super::Thing;
use super::gather::{Found, batches, pages};
use crate::cloud::thin::xml::Element;
use crate::cloud::thin::{Form, Query};
use crate::cloud::{Cloud, Trouble};

/// The types that are looked for here.
pub(super) const KINDS: [&str; 3] = [
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
];
/// `DescribeTags` takes so many.
const BATCH: usize = 20;
const MARKERS: (&str, &str) = ("Marker", "NextMarker");

type Tags = BTreeMap<String, BTreeMap<String, String>>;

pub(super) async fn things(cloud: &Cloud) -> Found {
    let mut all = second(&cloud.elbv2).await?;
    all.extend(classic(&cloud.elb).await?);
    Ok(all)
}

async fn second(api: &Query) -> Found {
    let balancers = pages(api, "DescribeLoadBalancers", Form::new(), "LoadBalancers", MARKERS).await?;
    let groups = pages(api, "DescribeTargetGroups", Form::new(), "TargetGroups", MARKERS).await?;
    let arns = balancers.iter().map(|of| of.string("LoadBalancerArn"));
    let arns: Vec<String> = arns.chain(groups.iter().map(|of| of.string("TargetGroupArn"))).collect();
    let tags = tags(api, ("ResourceArns", &arns), "ResourceArn").await?;
    let balancers = balancers.iter().map(|of| {
        let arn = of.string("LoadBalancerArn");
        let zones = of.children_of("AvailabilityZones").count();
        let one = Thing {
            name: of.string("LoadBalancerName"),
            // As the descriptions of its interfaces name it.
            alias: arn.split_once(":loadbalancer/").map(|(_, name)| name.to_owned()),
            tags: tags.get(&arn).cloned().unwrap_or_default(),
            vpc: of.maybe("VpcId"),
            ..Thing::new("AWS::ElasticLoadBalancingV2::LoadBalancer", arn)
        };
        charged(one, &[("kind", of.text("Type"))], of.text("Scheme"), zones)
    });
    let groups = groups.iter().map(|of| {
        let arn = of.string("TargetGroupArn");
        Thing {
            name: of.string("TargetGroupName"),
            tags: tags.get(&arn).cloned().unwrap_or_default(),
            ..Thing::new("AWS::ElasticLoadBalancingV2::TargetGroup", arn)
        }
    });
    Ok(balancers.chain(groups).collect())
}

async fn classic(api: &Query) -> Found {
    let found = pages(api, "DescribeLoadBalancers", Form::new(), "LoadBalancerDescriptions", MARKERS).await?;
    let names: Vec<String> = found.iter().map(|of| of.string("LoadBalancerName")).collect();
    let tags = tags(api, ("LoadBalancerNames", &names), "LoadBalancerName").await?;
    Ok(found
        .iter()
        .map(|of| {
            let name = of.string("LoadBalancerName");
            let zones = of.children_of("AvailabilityZones").count();
            let one = Thing {
                tags: tags.get(&name).cloned().unwrap_or_default(),
                vpc: of.maybe("VPCId"),
                ..Thing::new("AWS::ElasticLoadBalancing::LoadBalancer", name)
            };
            charged(one, &[], of.text("Scheme"), zones)
        })
        .collect())
}

/// One that the internet reaches has an address in each of its zones.
pub(super) fn charged(one: Thing, features: &[(&str, &str)], scheme: &str, zones: usize) -> Thing {
    let addresses = if scheme == "internal" { 0 } else { zones };
    one.charged(features, &[]).with_addresses(addresses)
}

async fn tags(api: &Query, (list, of): (&str, &[String]), key: &str) -> Result<Tags, Trouble> {
    let mut all = Tags::new();
    for form in batches(list, of, BATCH) {
        let answer = api.call("DescribeTags", form).await?;
        let result = answer.child("DescribeTagsResult").cloned().unwrap_or_default();
        let pair = |tag: &Element| (tag.string("Key"), tag.string("Value"));
        all.extend(
            result
                .children_of("TagDescriptions")
                .map(|of| (of.string(key), of.children_of("Tags").map(pair).collect())),
        );
    }
    Ok(all)
}
