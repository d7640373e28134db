//! What EC2 and EC2 Auto Scaling show of machines.

use std::collections::BTreeMap;

use super::Thing;
use super::gather::{Found, bounded};
use super::network::{standing, thing};
use crate::cloud::thin::xml::Element;
use crate::cloud::{Cloud, Trouble};

/// The types that are looked for here.
pub(super) const KINDS: [&str; 5] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::AutoScaling::LaunchConfiguration",
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::Volume",
];

pub(super) async fn things(cloud: &Cloud) -> Found {
    let reservations = cloud.ec2.elements("DescribeInstances", Vec::new(), "reservationSet").await?;
    let there = |of: &&Element| !matches!(of.text("instanceState.name"), "terminated");
    let instances: Vec<Element> =
        reservations.iter().flat_map(|of| of.items("instancesSet")).filter(there).cloned().collect();
    let mut all: Vec<Thing> = instances.iter().map(instance).collect();
    all.extend(volumes(cloud, &instances).await?);
    let templates = cloud.ec2.elements("DescribeLaunchTemplates", Vec::new(), "launchTemplates").await?;
    all.extend(templates.iter().map(|of| {
        let template = thing("AWS::EC2::LaunchTemplate", of, "launchTemplateId");
        Thing { name: of.string("launchTemplateName"), ..template }
    }));
    Ok(all)
}

/// A machine, charged for while it runs; its public address is its interface's.
fn instance(of: &Element) -> Thing {
    let mut one = standing("AWS::EC2::Instance", of, "instanceId");
    one.of.extend(one.tags.get("aws:autoscaling:groupName").cloned());
    match of.text("instanceState.name") {
        "pending" | "running" => one.charged(&[("instance_type", of.text("instanceType"))], &[]),
        _ => one,
    }
}

async fn volumes(cloud: &Cloud, instances: &[Element]) -> Found {
    match cloud.ec2.elements("DescribeVolumes", Vec::new(), "volumeSet").await {
        Ok(volumes) => Ok(volumes.iter().map(volume).collect()),
        // Where the operation is not known, what instances and their images say of them is all there is.
        Err(Trouble::Other(said)) if said.starts_with("InvalidAction") => {
            root_volumes(cloud, instances).await
        }
        Err(trouble) => Err(trouble),
    }
}

fn volume(of: &Element) -> Thing {
    let mut one = thing("AWS::EC2::Volume", of, "volumeId");
    one.of = of.items("attachmentSet").map(|at| at.string("instanceId")).collect();
    charged_volume(one, of.text("volumeType"), of.number("size").unwrap_or_default())
}

fn charged_volume(one: Thing, kind: &str, gib: i64) -> Thing {
    one.charged(&[("volume_type", kind)], &[("size_gib", gib.saturating_mul(1_000))])
}

async fn root_volumes(cloud: &Cloud, instances: &[Element]) -> Found {
    let mut images: Vec<String> = instances.iter().map(|of| of.string("imageId")).collect();
    images.sort();
    images.dedup();
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let form = (1..).zip(images).map(|(at, id)| (format!("ImageId.{at}"), id)).collect();
    let images = cloud.ec2.elements("DescribeImages", form, "imagesSet").await?;
    let sizes: BTreeMap<String, (String, i64)> = images
        .iter()
        .filter_map(|of| {
            let disk = of.items("blockDeviceMapping").next()?;
            let size = disk.number("ebs.volumeSize").unwrap_or_default();
            Some((of.string("imageId"), (disk.string("ebs.volumeType"), size)))
        })
        .collect();
    let disks = instances.iter().flat_map(|of| {
        let (kind, gib) = sizes.get(of.text("imageId")).cloned().unwrap_or_default();
        of.items("blockDeviceMapping").filter_map(move |disk| {
            let mut one = Thing::new("AWS::EC2::Volume", disk.maybe("ebs.volumeId")?);
            one.of.push(of.string("instanceId"));
            Some(charged_volume(one, &kind, gib))
        })
    });
    Ok(disks.collect())
}

/// Groups and launch configurations.
pub(super) async fn groups(cloud: &Cloud) -> Found {
    let mut all = Vec::new();
    let api = &cloud.autoscaling;
    let mut pages = api.describe_auto_scaling_groups().into_paginator().send();
    for turn in 0.. {
        bounded(turn, "Auto Scaling groups")?;
        let Some(page) = pages.next().await else { break };
        let page = page.map_err(|error| Trouble::from_sdk(&error))?;
        all.extend(page.auto_scaling_groups().iter().map(|of| {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let tags = of.tags().iter().map(|tag| (text(tag.key()), text(tag.value()))).collect();
            let name = text(of.auto_scaling_group_name());
            Thing { tags, ..Thing::new("AWS::AutoScaling::AutoScalingGroup", name) }
        }));
    }
    let mut pages = api.describe_launch_configurations().into_paginator().send();
    for turn in 0.. {
        bounded(turn, "launch configurations")?;
        let Some(page) = pages.next().await else { break };
        let page = page.map_err(|error| Trouble::from_sdk(&error))?;
        let names = page.launch_configurations().iter().filter_map(|of| of.launch_configuration_name());
        all.extend(names.map(|name| Thing::new("AWS::AutoScaling::LaunchConfiguration", name)));
    }
    Ok(all)
}
