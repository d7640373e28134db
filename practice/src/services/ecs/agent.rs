//! The ECS agent on each EC2 instance: when it comes up, what keeps it from registering, and what it says about
//! that. Follows "Amazon ECS container agent" and the agent's own log. An agent tries again and again, so that an
//! instance joins soon after the last obstacle is gone.

use std::collections::{BTreeMap, BTreeSet};

use super::arns;
use super::attributes::AGENT_VERSION;
use super::model::{Agent, AgentState, Cluster, ContainerInstance, Phase, Stop, StopCode};
use super::tasks;
use crate::core::arn::arn;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::network::egress;
use crate::services::ec2::instance::{Instance, State};
use crate::services::ec2::{images, instance_types, user_data};
use crate::services::iam::policy;
use crate::world::{Scope, View};

/// From the end of the boot until the agent's container is up, in AWS's milliseconds.
const STARTS_MS: i64 = 8_000;
/// One attempt to register.
const REGISTERS_MS: i64 = 2_000;
/// From the moment an obstacle is gone until the agent has tried again.
const RETRIES_MS: i64 = 15_000;

/// Where an instance's agent stands, as its host's log would tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentStatus {
    /// It has registered and is connected.
    Joined {
        /// Name of the cluster.
        cluster: String,
        /// ARN of the container instance.
        arn: String,
    },
    /// The host boots, or the agent is about to register.
    Starting,
    /// It runs and does not get in.
    NotJoined(Reason),
    /// The image has none, or the instance does not run.
    NoAgent,
}

/// What keeps an agent from registering, or from its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The instance has no instance profile, or one whose role cannot be assumed by EC2: there are no credentials.
    NoCredentials,
    /// No way to the internet, where ECS's endpoint is. In the words of [`crate::network::broken::Broken`].
    NoRoute(String),
    /// The role may not call this action.
    NotAllowed {
        /// `ecs:RegisterContainerInstance`, ...
        action: &'static str,
        /// What it would be called on.
        resource: String,
        /// Name of the role.
        role: String,
    },
    /// The configured cluster does not exist or is inactive.
    NoCluster(String),
    /// A user deregistered it.
    Deregistered,
}

impl Reason {
    /// What the agent writes to `/var/log/ecs/ecs-agent.log` about it.
    pub fn log(&self, view: &View<'_>, ec2_instance: &str) -> String {
        let host = format!("ecs.{}.amazonaws.com", view.region.name);
        let cause = match self {
            Self::NoCredentials => {
                "NoCredentialProviders: no valid providers in chain. EC2RoleRequestError: no EC2 instance role found"
                    .to_owned()
            }
            Self::NoRoute(_) => format!(
                "RequestError: send request failed caused by: Post \"https://{host}/\": dial tcp: i/o timeout"
            ),
            Self::NotAllowed { action, resource, role } => {
                let user = arn("sts", "", view.account, &format!("assumed-role/{role}/{ec2_instance}"));
                format!(
                    "AccessDeniedException: User: {user} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"
                )
            }
            Self::NoCluster(_) => "ClientException: Cluster not found.".to_owned(),
            Self::Deregistered => {
                return "Container instance is deregistered, notifying listeners".to_owned();
            }
        };
        match self {
            Self::NotAllowed { action: "ecs:DiscoverPollEndpoint", .. } => {
                format!("Unable to discover poll endpoint: {cause}")
            }
            Self::NotAllowed { action: "ecs:Poll", .. } => format!("Error connecting to ACS: {cause}"),
            _ => format!("Unable to register as a container instance with ECS: {cause}"),
        }
    }
}

/// Where the agent of an EC2 instance stands.
pub fn status(view: &View<'_>, ec2_instance: &str) -> AgentStatus {
    let Some(instance) = view.region.ec2.instance(ec2_instance) else { return AgentStatus::NoAgent };
    if instance.state != State::Running || !has_agent(view, instance) {
        return AgentStatus::NoAgent;
    }
    let Some(agent) = view.region.ecs.agents.get(ec2_instance) else { return AgentStatus::Starting };
    match agent.state {
        AgentState::Starting(_) | AgentState::Joining(_) | AgentState::Down => AgentStatus::Starting,
        AgentState::Deregistered => AgentStatus::NotJoined(Reason::Deregistered),
        AgentState::Trying => match may_register(view, instance) {
            Err(reason) => AgentStatus::NotJoined(reason),
            Ok(_) => AgentStatus::Starting,
        },
        AgentState::Joined => match (&agent.registered, may_connect(view, instance)) {
            (Some((cluster, id)), Ok(())) => AgentStatus::Joined {
                cluster: cluster.clone(),
                arn: arns::in_cluster(view, "container-instance", cluster, id),
            },
            (_, Err(reason)) => AgentStatus::NotJoined(reason),
            (None, Ok(())) => AgentStatus::Starting,
        },
    }
}

fn has_agent(view: &View<'_>, instance: &Instance) -> bool {
    images::find(&view.region.name, &instance.image_id).is_some_and(|image| image.has_ecs_agent)
}

/// The role whose credentials the instance has.
fn role<'v>(view: &View<'v>, instance: &Instance) -> Result<&'v str, Reason> {
    let profile = instance.profile_arn.as_deref().ok_or(Reason::NoCredentials)?;
    let role = view.iam.profile_role(profile).ok_or(Reason::NoCredentials)?;
    if policy::service_may_assume(view.iam, &role.name, "ec2.amazonaws.com") {
        Ok(&role.name)
    } else {
        Err(Reason::NoCredentials)
    }
}

fn allowed(view: &View<'_>, role: &str, action: &'static str, resource: &str) -> Result<(), Reason> {
    if policy::role_allows(view.iam, role, action, resource) {
        Ok(())
    } else {
        Err(Reason::NotAllowed { action, resource: resource.to_owned(), role: role.to_owned() })
    }
}

/// Whether it can register; the cluster it would be in.
fn may_register(view: &View<'_>, instance: &Instance) -> Result<String, Reason> {
    let role = role(view, instance)?;
    egress::instance_to_internet(view, &instance.id).map_err(|broken| Reason::NoRoute(broken.to_string()))?;
    let cluster = user_data::agent_config(instance).cluster;
    let resource = arns::cluster(view, &cluster);
    if view.region.ecs.active_cluster(&cluster).is_none() {
        // The agent makes the default cluster when it may, and no other.
        if cluster != "default" {
            return Err(Reason::NoCluster(cluster));
        }
        allowed(view, role, "ecs:CreateCluster", "*")?;
    }
    allowed(view, role, "ecs:RegisterContainerInstance", &resource)?;
    Ok(cluster)
}

/// Whether a registered one gets its connection.
fn may_connect(view: &View<'_>, instance: &Instance) -> Result<(), Reason> {
    let role = role(view, instance)?;
    egress::instance_to_internet(view, &instance.id).map_err(|broken| Reason::NoRoute(broken.to_string()))?;
    let hosts = view.arn("ecs", "container-instance/*");
    allowed(view, role, "ecs:DiscoverPollEndpoint", &hosts)?;
    allowed(view, role, "ecs:Poll", &hosts)
}

/// The next moment an agent does something by itself.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let due = |agent: &Agent| match agent.state {
        AgentState::Starting(at) | AgentState::Joining(at) => Some(at),
        _ => None,
    };
    view.region.ecs.agents.values().filter_map(due).min()
}

/// Brings every agent one step further. True when that changed anything.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let mut ids: BTreeSet<String> = scope.region.ec2.instances.keys().cloned().collect();
    ids.extend(scope.region.ecs.agents.keys().cloned());
    let mut changed = false;
    for id in &ids {
        changed |= step(scope, id);
    }
    changed
}

fn step(scope: &mut Scope<'_>, id: &str) -> bool {
    let view = scope.view();
    let agent = view.region.ecs.agents.get(id);
    let Some(instance) = view.region.ec2.instance(id) else {
        return agent.is_some() && gone(scope, id);
    };
    match instance.state {
        State::Pending { .. } => false,
        State::Terminated { .. } => agent.is_some() && gone(scope, id),
        State::ShuttingDown { .. } | State::Stopping { .. } | State::Stopped => {
            agent.is_some_and(|agent| agent.state != AgentState::Down) && down(scope, id)
        }
        State::Running => running(scope, id),
    }
}

fn running(scope: &mut Scope<'_>, id: &str) -> bool {
    let (view, now) = (scope.view(), scope.now);
    let Some(instance) = view.region.ec2.instance(id) else { return false };
    let state = view.region.ecs.agents.get(id).map(|agent| agent.state);
    let next = match state {
        None if !has_agent(&view, instance) => None,
        None | Some(AgentState::Down) => {
            let up = instance.boot_done_at.max(now).plus_ms(scope.settings.lasts(STARTS_MS));
            Some(AgentState::Starting(up))
        }
        Some(AgentState::Starting(at)) if at > now => None,
        Some(AgentState::Starting(_)) if may_register(&view, instance).is_ok() => {
            Some(AgentState::Joining(now.plus_ms(scope.settings.lasts(REGISTERS_MS))))
        }
        Some(AgentState::Starting(_)) => Some(AgentState::Trying),
        Some(AgentState::Trying) => may_register(&view, instance)
            .is_ok()
            .then(|| AgentState::Joining(now.plus_ms(scope.settings.lasts(RETRIES_MS)))),
        Some(AgentState::Joining(at)) => match may_register(&view, instance) {
            Err(_) => Some(AgentState::Trying),
            Ok(cluster) if at <= now => return join(scope, id, &cluster),
            Ok(_) => None,
        },
        Some(AgentState::Joined) => {
            let connected = may_connect(&view, instance).is_ok();
            return connect(scope, id, connected);
        }
        Some(AgentState::Deregistered) => None,
    };
    let Some(next) = next else { return false };
    let agent = scope.region.ecs.agents.entry(id.to_owned());
    agent.or_insert(Agent { state: next, registered: None }).state = next;
    true
}

fn join(scope: &mut Scope<'_>, ec2_instance: &str, cluster_name: &str) -> bool {
    let registered = scope.region.ecs.agents.get(ec2_instance).and_then(|agent| agent.registered.clone());
    let known = registered.filter(|(cluster, id)| {
        scope.region.ecs.clusters.get(cluster).is_some_and(|c| c.instances.contains_key(id))
    });
    let place = match known {
        // It comes back as what it was; the containers of its tasks did not survive the stop of their host.
        Some(place) => {
            lost_tasks(scope, &place);
            place
        }
        None => match describe(scope, ec2_instance, cluster_name) {
            Some(host) => {
                let clusters = &mut scope.region.ecs.clusters;
                let cluster = clusters
                    .entry(cluster_name.to_owned())
                    .and_modify(|cluster| cluster.active = true)
                    .or_insert_with(|| Cluster::new(cluster_name));
                let place = (cluster_name.to_owned(), host.id.clone());
                cluster.instances.insert(host.id.clone(), host);
                place
            }
            None => return false,
        },
    };
    let agent = Agent { state: AgentState::Joined, registered: Some(place) };
    scope.region.ecs.agents.insert(ec2_instance.to_owned(), agent);
    let connected = {
        let view = scope.view();
        view.region.ec2.instance(ec2_instance).is_some_and(|i| may_connect(&view, i).is_ok())
    };
    connect(scope, ec2_instance, connected);
    true
}

fn describe(scope: &mut Scope<'_>, ec2_instance: &str, cluster: &str) -> Option<ContainerInstance> {
    let ec2 = &scope.region.ec2;
    let instance = ec2.instance(ec2_instance)?;
    let image = images::find(&scope.region.name, &instance.image_id)?;
    let config = user_data::agent_config(instance);
    let kind = instance_types::find(&instance.instance_type)?;
    let text = |value: &str| Some(value.to_owned());
    let mut attributes: BTreeMap<String, Option<String>> = BTreeMap::from([
        ("ecs.ami-id".to_owned(), text(&instance.image_id)),
        ("ecs.availability-zone".to_owned(), ec2.subnet(&instance.subnet_id).map(|s| s.zone.clone())),
        ("ecs.cpu-architecture".to_owned(), text(kind.architecture)),
        ("ecs.instance-type".to_owned(), text(&instance.instance_type)),
        ("ecs.os-family".to_owned(), text("LINUX")),
        ("ecs.os-type".to_owned(), text("linux")),
        ("ecs.subnet-id".to_owned(), text(&instance.subnet_id)),
        ("ecs.vpc-id".to_owned(), text(&instance.vpc_id)),
        (AGENT_VERSION.to_owned(), text(image.agent_version)),
    ]);
    attributes.extend(config.attributes.into_iter().map(|(name, value)| (name, Some(value))));
    let memory = i64::from(instance_types::memory_mib(kind.name)) - i64::from(config.reserved_memory);
    let weave_slot = image.has_weave.then(|| {
        let taken: BTreeSet<u32> = scope
            .region
            .ecs
            .clusters
            .get(cluster)
            .map(|cluster| cluster.instances.values().filter_map(|host| host.weave_slot).collect())
            .unwrap_or_default();
        (0..=u32::MAX).find(|slot| !taken.contains(slot)).unwrap_or(0)
    });
    Some(ContainerInstance {
        id: scope.region.ids.hex(32),
        ec2_instance: ec2_instance.to_owned(),
        draining: false,
        connected: false,
        cpu: i64::from(instance_types::cpu_units(kind.name)),
        memory: memory.max(0),
        attributes,
        registered_at: scope.now,
        version: 1,
        weave_slot,
        tags: Tags::new(),
    })
}

/// Sets whether the agent is connected, and lets the tasks that waited for it go on.
fn connect(scope: &mut Scope<'_>, ec2_instance: &str, connected: bool) -> bool {
    let Some(place) = scope.region.ecs.agents.get(ec2_instance).and_then(|a| a.registered.clone()) else {
        return false;
    };
    let soon = scope.now.plus_ms(scope.settings.lasts(tasks::NOTICE_MS));
    let Some(cluster) = scope.region.ecs.clusters.get_mut(&place.0) else { return false };
    let Some(host) = cluster.instances.get_mut(&place.1).filter(|host| host.connected != connected) else {
        return false;
    };
    host.connected = connected;
    host.version += 1;
    if connected {
        let waiting = cluster.tasks.values_mut().filter(|task| task.instance == place.1);
        for task in waiting.filter(|task| task.next_step.is_none()) {
            if task.phase != Phase::Stopped {
                task.next_step = Some(soon);
            }
        }
    }
    true
}

fn down(scope: &mut Scope<'_>, ec2_instance: &str) -> bool {
    connect(scope, ec2_instance, false);
    if let Some(agent) = scope.region.ecs.agents.get_mut(ec2_instance) {
        agent.state = AgentState::Down;
    }
    true
}

/// The host is terminated: AWS deregisters the container instance.
fn gone(scope: &mut Scope<'_>, ec2_instance: &str) -> bool {
    if let Some((cluster, id)) = scope.region.ecs.agents.remove(ec2_instance).and_then(|a| a.registered) {
        let reason = format!("Host EC2 (instance {ec2_instance}) terminated.");
        remove(scope, &cluster, &id, StopCode::TerminationNotice, &reason);
    }
    true
}

fn lost_tasks(scope: &mut Scope<'_>, place: &(String, String)) {
    let now = scope.now;
    let Some(cluster) = scope.region.ecs.clusters.get_mut(&place.0) else { return };
    let lost = |task: &&mut super::model::Task| {
        task.instance == place.1 && (Phase::Starting..=Phase::Stopping).contains(&task.phase)
    };
    for task in cluster.tasks.values_mut().filter(lost) {
        let reason = "Essential container in task exited".to_owned();
        let stop = Stop { at: now, code: StopCode::EssentialContainerExited, reason };
        tasks::finish(task, stop, Some(137), now);
    }
}

/// Takes a container instance out of its cluster; its tasks are stopped for that reason.
pub(super) fn remove(scope: &mut Scope<'_>, cluster: &str, id: &str, code: StopCode, reason: &str) {
    let now = scope.now;
    let Some(cluster) = scope.region.ecs.clusters.get_mut(cluster) else { return };
    cluster.instances.remove(id);
    let left = cluster.tasks.values_mut().filter(|t| t.instance == id && t.phase != Phase::Stopped);
    for task in left {
        tasks::finish(task, Stop { at: now, code, reason: reason.to_owned() }, None, now);
    }
}
