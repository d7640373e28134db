//! Auto Scaling's answers, and what its groups launch from, which may be EC2's.

use super::network::put;
use super::{MAX_PAGES, Put, each, fact, too_many};
use crate::check::facts::{Activity, Group, GroupInstance, LaunchFrom};
use crate::cloud::ec2::{Launch, decoded};
use crate::cloud::{Cloud, Trouble, code};
use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchConfiguration};
use std::collections::BTreeMap;

pub(super) async fn groups(cloud: &Cloud) -> Put {
    let answer = fact(all_groups(cloud).await);
    put(move |facts| facts.groups = Some(answer))
}

async fn all_groups(cloud: &Cloud) -> Result<Vec<Group>, Trouble> {
    let mut all = Vec::new();
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let page = cloud
            .autoscaling
            .describe_auto_scaling_groups()
            .set_next_token(token.take())
            .send()
            .await
            .map_err(|e| Trouble::from_sdk(&e))?;
        all.extend(page.auto_scaling_groups().iter().map(group));
        token = page.next_token().filter(|t| !t.is_empty()).map(str::to_owned);
        if token.is_none() {
            return Ok(all);
        }
    }
    Err(too_many("Auto Scaling groups"))
}

fn group(of: &AutoScalingGroup) -> Group {
    let template = of
        .launch_template()
        .or_else(|| of.mixed_instances_policy()?.launch_template()?.launch_template_specification());
    let launch = of
        .launch_configuration_name()
        .or_else(|| template.and_then(|t| t.launch_template_name().or(t.launch_template_id())));
    Group {
        name: of.auto_scaling_group_name().unwrap_or_default().to_owned(),
        desired: of.desired_capacity().unwrap_or_default(),
        min: of.min_size().unwrap_or_default(),
        max: of.max_size().unwrap_or_default(),
        subnets: of
            .vpc_zone_identifier()
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        launch: launch.map(str::to_owned),
        status: of.status().map(str::to_owned),
        created_at: of.created_time().map(aws_smithy_types::DateTime::secs),
        instances: of
            .instances()
            .iter()
            .map(|i| GroupInstance {
                instance_id: i.instance_id().unwrap_or_default().to_owned(),
                lifecycle: i.lifecycle_state().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                launch: i
                    .launch_configuration_name()
                    .or_else(|| i.launch_template().and_then(|t| t.launch_template_name()))
                    .map(str::to_owned),
            })
            .collect(),
    }
}

pub(super) async fn activities(cloud: &Cloud, group: String) -> Put {
    let answer = cloud
        .autoscaling
        .describe_scaling_activities()
        .auto_scaling_group_name(&group)
        .max_records(10)
        .send()
        .await;
    let answer = match answer {
        Ok(page) => Ok(page
            .activities()
            .iter()
            .map(|of| Activity {
                status: of.status_code().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                description: of.description().unwrap_or_default().to_owned(),
                message: of.status_message().map(str::to_owned),
                at: of.start_time().map(aws_smithy_types::DateTime::secs),
            })
            .collect()),
        // There is no such group.
        Err(error) if code(&error) == Some("ValidationError") => Ok(Vec::new()),
        Err(error) => Err(Trouble::from_sdk(&error)),
    };
    put(move |facts| {
        facts.activities.insert(group, fact(answer));
    })
}

pub(super) async fn launches(cloud: &Cloud, names: Vec<String>) -> Put {
    let found = find_launches(cloud, &names).await;
    put(move |facts| facts.launches.extend(each(names, found)))
}

async fn find_launches(cloud: &Cloud, names: &[String]) -> Result<BTreeMap<String, LaunchFrom>, Trouble> {
    let page = cloud
        .autoscaling
        .describe_launch_configurations()
        .set_launch_configuration_names(Some(names.to_vec()))
        .send()
        .await
        .map_err(|e| Trouble::from_sdk(&e))?;
    let mut found: BTreeMap<String, LaunchFrom> = page
        .launch_configurations()
        .iter()
        .map(|of| (of.launch_configuration_name().unwrap_or_default().to_owned(), configuration(of)))
        .collect();
    if names.iter().all(|name| found.contains_key(name)) {
        return Ok(found);
    }
    for template in cloud.ec2.launch_templates().await? {
        let name = template.launch_template_name;
        if !names.contains(&name) || found.contains_key(&name) {
            continue;
        }
        let version = cloud.ec2.launch_template_version(&template.launch_template_id, "$Default").await?;
        if let Some(version) = version {
            found.insert(name.clone(), LaunchFrom { template: true, name, launch: version.launch });
        }
    }
    Ok(found)
}

fn configuration(of: &LaunchConfiguration) -> LaunchFrom {
    let filled = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
    LaunchFrom {
        template: false,
        name: of.launch_configuration_name().unwrap_or_default().to_owned(),
        launch: Launch {
            image_id: of.image_id().unwrap_or_default().to_owned(),
            instance_type: of.instance_type().unwrap_or_default().to_owned(),
            key_name: filled(of.key_name()),
            instance_profile: filled(of.iam_instance_profile()),
            security_groups: of.security_groups().to_vec(),
            public_address: of.associate_public_ip_address(),
            user_data: decoded(of.user_data().unwrap_or_default()),
        },
    }
}
