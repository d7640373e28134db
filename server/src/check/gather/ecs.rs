//! ECS's answers. A cluster that does not exist has no instances, services or tasks: that is an answer, not an error.

use super::network::put;
use super::{MAX_PAGES, Put, each, fact, too_many};
use crate::catalog::check::CircuitBreaker;
use crate::check::facts::{
    CapacityProvider, Cluster, Connect, ContainerDefinition, ContainerInstance, Deployment, Event, Offered,
    PortMapping, Resources, RunningContainer, Service, ServiceDeployment, ServiceLoadBalancer, Task,
    TaskDefinition,
};
use crate::cloud::{Cloud, Trouble, code};
use aws_sdk_ecs::types as sdk;
use aws_sdk_ecs::types::DesiredStatus;
use aws_smithy_types::DateTime;
use std::collections::BTreeMap;

/// A service keeps a hundred events; the newest tell what is so now.
const EVENTS: usize = 25;
/// So many tasks of a cluster are looked at.
const MAX_TASKS: usize = 600;

pub(super) async fn clusters(cloud: &Cloud, names: Vec<String>) -> Put {
    let answer = cloud.ecs.describe_clusters().set_clusters(Some(names.clone())).send().await;
    let found = answer.map_err(|e| Trouble::from_sdk(&e)).map(|page| {
        let clusters = page.clusters().iter().map(|of| Cluster {
            name: text(of.cluster_name()),
            arn: text(of.cluster_arn()),
            status: text(of.status()),
            capacity_providers: of.capacity_providers().to_vec(),
        });
        clusters.map(|cluster| (cluster.name.clone(), cluster)).collect()
    });
    put(move |facts| facts.clusters.extend(each(names, found)))
}

pub(super) async fn cluster_names(cloud: &Cloud) -> Put {
    let answer = cloud.ecs.list_clusters().max_results(100).send().await;
    let names = answer.map_err(|e| Trouble::from_sdk(&e)).map(|page| {
        page.cluster_arns().iter().map(|arn| arn.rsplit('/').next().unwrap_or(arn).to_owned()).collect()
    });
    put(move |facts| facts.cluster_names = Some(fact(names)))
}

pub(super) async fn container_instances(cloud: &Cloud, cluster: String) -> Put {
    let answer = fact(all_container_instances(cloud, &cluster).await);
    put(move |facts| {
        facts.container_instances.insert(cluster, answer);
    })
}

async fn all_container_instances(cloud: &Cloud, cluster: &str) -> Result<Vec<ContainerInstance>, Trouble> {
    let mut arns = Vec::new();
    let mut token = None;
    for page_number in 0..=MAX_PAGES {
        if page_number == MAX_PAGES {
            return Err(too_many("container instances"));
        }
        let page =
            cloud.ecs.list_container_instances().cluster(cluster).set_next_token(token.take()).send().await;
        let page = match page {
            Ok(page) => page,
            Err(error) if code(&error) == Some("ClusterNotFoundException") => return Ok(Vec::new()),
            Err(error) => return Err(Trouble::from_sdk(&error)),
        };
        arns.extend_from_slice(page.container_instance_arns());
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let mut all = Vec::new();
    for chunk in arns.chunks(100) {
        let page = cloud
            .ecs
            .describe_container_instances()
            .cluster(cluster)
            .set_container_instances(Some(chunk.to_vec()))
            .send()
            .await
            .map_err(|e| Trouble::from_sdk(&e))?;
        all.extend(page.container_instances().iter().map(|of| ContainerInstance {
            arn: text(of.container_instance_arn()),
            instance_id: text(of.ec2_instance_id()),
            status: text(of.status()),
            agent_connected: of.agent_connected(),
            registered: resources(of.registered_resources()),
            remaining: resources(of.remaining_resources()),
        }));
    }
    Ok(all)
}

fn resources(of: &[sdk::Resource]) -> Resources {
    let find = |name| of.iter().find(|r| r.name() == Some(name));
    let number = |name| find(name).map(|r| i64::from(r.integer_value())).unwrap_or_default();
    let ports = |name| find(name).map(|r| r.string_set_value().to_vec()).unwrap_or_default();
    Resources {
        cpu: number("CPU"),
        memory: number("MEMORY"),
        ports: ports("PORTS"),
        ports_udp: ports("PORTS_UDP"),
    }
}

pub(super) async fn services(cloud: &Cloud, cluster: String, names: Vec<String>) -> Put {
    let found = all_services(cloud, &cluster, &names).await;
    put(move |facts| facts.services.entry(cluster).or_default().extend(each(names, found)))
}

async fn all_services(
    cloud: &Cloud,
    cluster: &str,
    names: &[String],
) -> Result<BTreeMap<String, Service>, Trouble> {
    let mut all = BTreeMap::new();
    for chunk in names.chunks(10) {
        let answer =
            cloud.ecs.describe_services().cluster(cluster).set_services(Some(chunk.to_vec())).send().await;
        match answer {
            Ok(page) => all.extend(page.services().iter().map(service).map(|s| (s.name.clone(), s))),
            Err(error) if code(&error) == Some("ClusterNotFoundException") => {}
            Err(error) => return Err(Trouble::from_sdk(&error)),
        }
    }
    Ok(all)
}

fn service(of: &sdk::Service) -> Service {
    let mut events: Vec<Event> = of
        .events()
        .iter()
        .map(|e| Event { at: e.created_at().map(DateTime::secs), message: text(e.message()) })
        .collect();
    events.truncate(EVENTS);
    let network = of.network_configuration().and_then(|n| n.awsvpc_configuration());
    Service {
        name: text(of.service_name()),
        status: text(of.status()),
        desired: of.desired_count(),
        running: of.running_count(),
        pending: of.pending_count(),
        task_definition: text(of.task_definition()),
        created_at: of.created_at().map(DateTime::secs),
        deployments: of
            .deployments()
            .iter()
            .map(|d| Deployment {
                status: text(d.status()),
                task_definition: text(d.task_definition()),
                rollout_state: d.rollout_state().map(|s| s.as_str().to_owned()),
                created_at: d.created_at().map(DateTime::secs),
                rollout_reason: d.rollout_state_reason().map(str::to_owned),
                failed_tasks: d.failed_tasks(),
                connect: d.service_connect_configuration().map(connect),
            })
            .collect(),
        events,
        launch_type: of.launch_type().map(|t| t.as_str().to_owned()),
        capacity_providers: of
            .capacity_provider_strategy()
            .iter()
            .map(|item| item.capacity_provider().to_owned())
            .collect(),
        subnets: network.map(|n| n.subnets().to_vec()).unwrap_or_default(),
        security_groups: network.map(|n| n.security_groups().to_vec()).unwrap_or_default(),
        public_address: network
            .and_then(sdk::AwsVpcConfiguration::assign_public_ip)
            .is_some_and(|assign| assign.as_str() == "ENABLED"),
        load_balancers: of
            .load_balancers()
            .iter()
            .map(|lb| ServiceLoadBalancer {
                target_group: text(lb.target_group_arn()),
                container: text(lb.container_name()),
                port: lb.container_port().unwrap_or_default(),
            })
            .collect(),
        grace_period: of.health_check_grace_period_seconds(),
        scheduling: of.scheduling_strategy().map(|s| s.as_str().to_owned()).unwrap_or_default(),
        placement: of
            .placement_strategy()
            .iter()
            .map(|p| {
                (p.r#type().map(|t| t.as_str().to_owned()).unwrap_or_default(), p.field().map(str::to_owned))
            })
            .collect(),
        breaker: of
            .deployment_configuration()
            .and_then(|configuration| configuration.deployment_circuit_breaker())
            .map(|breaker| CircuitBreaker { enable: breaker.enable(), rollback: breaker.rollback() })
            .unwrap_or_default(),
        registries: of.service_registries().iter().map(|r| text(r.registry_arn())).collect(),
    }
}

fn connect(of: &sdk::ServiceConnectConfiguration) -> Connect {
    Connect {
        enabled: of.enabled(),
        namespace: text(of.namespace()),
        services: of
            .services()
            .iter()
            .map(|service| Offered {
                port_name: service.port_name().to_owned(),
                discovery_name: service.discovery_name().map(str::to_owned),
                aliases: service
                    .client_aliases()
                    .iter()
                    .map(|alias| (alias.dns_name().map(str::to_owned), alias.port()))
                    .collect(),
            })
            .collect(),
    }
}

pub(super) async fn service_deployments(cloud: &Cloud, cluster: String, service: String) -> Put {
    let answer = cloud.ecs.list_service_deployments().cluster(&cluster).service(&service).send().await;
    let found = match answer {
        Ok(page) => Ok(page
            .service_deployments()
            .iter()
            .map(|of| ServiceDeployment {
                status: of.status().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                reason: of.status_reason().map(str::to_owned),
                created_at: of.created_at().map(DateTime::secs),
            })
            .collect()),
        Err(error)
            if matches!(code(&error), Some("ServiceNotFoundException" | "ClusterNotFoundException")) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(Trouble::from_sdk(&error)),
    };
    put(move |facts| {
        facts.service_deployments.entry(cluster).or_default().insert(service, fact(found));
    })
}

pub(super) async fn capacity_providers(cloud: &Cloud, names: Vec<String>) -> Put {
    let answer =
        cloud.ecs.describe_capacity_providers().set_capacity_providers(Some(names.clone())).send().await;
    let found = answer.map_err(|e| Trouble::from_sdk(&e)).map(|page| {
        let all = page.capacity_providers().iter().map(|of| {
            let group = of.auto_scaling_group_provider();
            let scaling =
                group.and_then(|group| group.managed_scaling()).and_then(|scaling| scaling.status());
            CapacityProvider {
                name: text(of.name()),
                status: of.status().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                group: group.map(|group| {
                    group.auto_scaling_group_arn().rsplit('/').next().unwrap_or_default().to_owned()
                }),
                managed_scaling: scaling.is_some_and(|status| status.as_str() == "ENABLED"),
            }
        });
        all.filter(|of| of.status != "INACTIVE").map(|of| (of.name.clone(), of)).collect()
    });
    put(move |facts| facts.capacity_providers.extend(each(names, found)))
}

pub(super) async fn tasks(cloud: &Cloud, cluster: String) -> Put {
    let answer = fact(all_tasks(cloud, &cluster).await);
    put(move |facts| {
        facts.tasks.insert(cluster, answer);
    })
}

async fn all_tasks(cloud: &Cloud, cluster: &str) -> Result<Vec<Task>, Trouble> {
    let mut arns = Vec::new();
    for desired in [DesiredStatus::Running, DesiredStatus::Stopped] {
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let page = cloud
                .ecs
                .list_tasks()
                .cluster(cluster)
                .desired_status(desired.clone())
                .set_next_token(token.take())
                .send()
                .await;
            let page = match page {
                Ok(page) => page,
                Err(error) if code(&error) == Some("ClusterNotFoundException") => return Ok(Vec::new()),
                Err(error) => return Err(Trouble::from_sdk(&error)),
            };
            arns.extend_from_slice(page.task_arns());
            token = page.next_token().map(str::to_owned);
            if token.is_none() || arns.len() >= MAX_TASKS {
                break;
            }
        }
    }
    arns.truncate(MAX_TASKS);
    let mut all = Vec::new();
    for chunk in arns.chunks(100) {
        let page = cloud
            .ecs
            .describe_tasks()
            .cluster(cluster)
            .set_tasks(Some(chunk.to_vec()))
            .send()
            .await
            .map_err(|e| Trouble::from_sdk(&e))?;
        all.extend(page.tasks().iter().map(task));
    }
    Ok(all)
}

fn task(of: &sdk::Task) -> Task {
    Task {
        arn: text(of.task_arn()),
        group: text(of.group()),
        task_definition: text(of.task_definition_arn()),
        last_status: text(of.last_status()),
        desired_status: text(of.desired_status()),
        container_instance: of.container_instance_arn().map(str::to_owned),
        created_at: of.created_at().map(DateTime::secs),
        started_at: of.started_at().map(DateTime::secs),
        stopped_at: of.stopped_at().map(DateTime::secs),
        stop_code: of.stop_code().map(|c| c.as_str().to_owned()),
        stopped_reason: of.stopped_reason().map(str::to_owned),
        containers: of
            .containers()
            .iter()
            .map(|c| RunningContainer {
                name: text(c.name()),
                last_status: text(c.last_status()),
                exit_code: c.exit_code(),
                reason: c.reason().map(str::to_owned),
                host_ports: c
                    .network_bindings()
                    .iter()
                    .filter(|b| b.protocol().is_none_or(|p| p.as_str() == "tcp"))
                    .filter_map(sdk::NetworkBinding::host_port)
                    .collect(),
            })
            .collect(),
        launch_type: of.launch_type().map(|t| t.as_str().to_owned()),
        addresses: of
            .attachments()
            .iter()
            .filter(|attachment| attachment.r#type() == Some("ElasticNetworkInterface"))
            .flat_map(sdk::Attachment::details)
            .filter(|detail| detail.name() == Some("privateIPv4Address"))
            .filter_map(|detail| detail.value().map(str::to_owned))
            .collect(),
    }
}

pub(super) async fn task_definition(cloud: &Cloud, name: String) -> Put {
    let answer = match cloud.ecs.describe_task_definition().task_definition(&name).send().await {
        Ok(answer) => Ok(answer.task_definition().map(definition)),
        // "Unable to describe task definition.": the family has no ACTIVE revision.
        Err(error) if code(&error) == Some("ClientException") => Ok(None),
        Err(error) => Err(Trouble::from_sdk(&error)),
    };
    put(move |facts| {
        facts.task_definitions.insert(name, fact(answer));
    })
}

fn definition(of: &sdk::TaskDefinition) -> TaskDefinition {
    TaskDefinition {
        arn: text(of.task_definition_arn()),
        family: text(of.family()),
        revision: of.revision(),
        status: of.status().map(|s| s.as_str().to_owned()).unwrap_or_default(),
        network_mode: of.network_mode().map(|m| m.as_str().to_owned()),
        cpu: of.cpu().and_then(|c| c.parse().ok()),
        memory: of.memory().and_then(|m| m.parse().ok()),
        containers: of.container_definitions().iter().map(container).collect(),
        compatibilities: of.compatibilities().iter().map(|c| c.as_str().to_owned()).collect(),
        execution_role: of.execution_role_arn().map(str::to_owned),
        volumes: of
            .volumes()
            .iter()
            .map(|v| {
                let system = v.efs_volume_configuration().map(|efs| efs.file_system_id().to_owned());
                (text(v.name()), system)
            })
            .collect(),
    }
}

fn container(of: &sdk::ContainerDefinition) -> ContainerDefinition {
    ContainerDefinition {
        name: text(of.name()),
        image: text(of.image()),
        cpu: i64::from(of.cpu()),
        memory: of.memory().map(i64::from),
        memory_reservation: of.memory_reservation().map(i64::from),
        essential: of.essential().unwrap_or(true),
        ports: of
            .port_mappings()
            .iter()
            .map(|p| PortMapping {
                container: p.container_port().unwrap_or_default(),
                host: p.host_port().unwrap_or_default(),
                protocol: p.protocol().map_or("tcp", |p| p.as_str()).to_owned(),
                name: p.name().map(str::to_owned),
            })
            .collect(),
        environment: of.environment().iter().map(|e| (text(e.name()), text(e.value()))).collect(),
        arguments: of.entry_point().iter().chain(of.command()).cloned().collect(),
        log_group: of
            .log_configuration()
            .filter(|log| log.log_driver().as_str() == "awslogs")
            .and_then(|log| log.options()?.get("awslogs-group").cloned()),
        mounts: of
            .mount_points()
            .iter()
            .map(|m| (text(m.source_volume()), text(m.container_path())))
            .collect(),
    }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
