//! Targets of target groups as other services use them: ECS registers tasks, Auto Scaling instances.

use serde::Serialize;

use super::fault;
use super::model::{Health, Model, Shown, Target, TargetGroup, TargetType, Verdict, target_key};
use crate::core::fault::Fault;
use crate::services::ec2::model::State;
use crate::world::{Scope, View};

/// AWS's quota of targets per target group and region.
pub(crate) const MAX_TARGETS: usize = 1_000;
/// Targets of all groups of a region together; AWS's quotas are per group and load balancer.
const MAX_IN_REGION: usize = 5_000;

/// The health of a target as AWS tells it. Follows `TargetHealth` of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetHealth {
    /// `initial`, `healthy`, `unhealthy`, `unused`, `draining`.
    pub state: &'static str,
    /// `Target.Timeout`, ...; none when healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// AWS's sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl TargetHealth {
    /// Whether it is `healthy`.
    pub fn is_healthy(&self) -> bool {
        self.state == "healthy"
    }

    fn new(state: &'static str, reason: &'static str, description: impl Into<String>) -> Self {
        Self { state, reason: Some(reason), description: Some(description.into()) }
    }

    pub(crate) fn not_registered() -> Self {
        Self::new("unused", "Target.NotRegistered", "Target is not registered to the target group")
    }
}

/// Whether a listener or a rule sends to the target group.
pub fn attached(model: &Model, target_group_arn: &str) -> bool {
    model.listeners.values().any(|listener| listener.sends_to(target_group_arn))
}

/// What the targets of a group are; None when there is no such group.
pub fn target_type(model: &Model, target_group_arn: &str) -> Option<TargetType> {
    model.target_groups.get(target_group_arn).map(|group| group.target_type)
}

/// Registers a target; one that is drained is taken back. Nothing happens when it is registered already. Whether
/// `id` fits the group is the caller's to know; see [`super::ops`] for what students register.
///
/// # Errors
/// `TargetGroupNotFound`, `TooManyTargets`.
pub fn register(scope: &mut Scope<'_>, target_group_arn: &str, id: &str, port: u16) -> Result<(), Fault> {
    let now = scope.now;
    let model = &mut scope.region.elbv2;
    let all: usize = model.target_groups.values().map(|group| group.targets.len()).sum();
    let group = model.target_groups.get_mut(target_group_arn).ok_or_else(fault::no_target_group)?;
    let key = target_key(id, port);
    if group.targets.get(&key).is_some_and(|target| target.drained_at.is_none()) {
        return Ok(());
    }
    if !group.targets.contains_key(&key) && (group.targets.len() >= MAX_TARGETS || all >= MAX_IN_REGION) {
        return Err(fault::too_many_targets());
    }
    let target =
        Target { id: id.to_owned(), port, zone: None, registered_at: now, drained_at: None, health: None };
    group.targets.insert(key, target);
    Ok(())
}

/// Deregisters a target. It is `draining` for the group's deregistration delay, or gone at once when the group is not
/// in use. Nothing happens when it is not registered.
///
/// # Errors
/// `TargetGroupNotFound`.
pub fn deregister(scope: &mut Scope<'_>, target_group_arn: &str, id: &str, port: u16) -> Result<(), Fault> {
    let used = attached(&scope.region.elbv2, target_group_arn);
    let groups = &mut scope.region.elbv2.target_groups;
    let group = groups.get_mut(target_group_arn).ok_or_else(fault::no_target_group)?;
    let delay = group.deregistration_delay() * 1000;
    let key = target_key(id, port);
    if !used || delay == 0 {
        group.targets.remove(&key);
    } else if let Some(target) = group.targets.get_mut(&key).filter(|target| target.drained_at.is_none()) {
        target.drained_at = Some(scope.now.plus_ms(scope.settings.lasts(delay)));
    }
    Ok(())
}

/// The health of a target, whether it is registered or not. Costs a few look-ups.
pub fn health(view: &View<'_>, target_group_arn: &str, id: &str, port: u16) -> TargetHealth {
    let group = view.region.elbv2.target_groups.get(target_group_arn);
    let target = group.and_then(|group| Some((group, group.targets.get(&target_key(id, port))?)));
    target.map_or_else(TargetHealth::not_registered, |(group, target)| of(view, group, target))
}

/// The health of a registered target.
pub(crate) fn of(view: &View<'_>, group: &TargetGroup, target: &Target) -> TargetHealth {
    if target.drained_at.is_some() {
        return TargetHealth::new(
            "draining",
            "Target.DeregistrationInProgress",
            "Target deregistration is in progress",
        );
    }
    if group.target_type == TargetType::Instance {
        let state = view.region.ec2.instance(&target.id).map(|instance| instance.state);
        if !matches!(state, Some(State::Running | State::Pending { .. })) {
            let what = state.map_or("terminated", State::name);
            return TargetHealth::new(
                "unused",
                "Target.InvalidState",
                format!("Target is in the {what} state"),
            );
        }
    }
    match &target.health {
        None if attached(&view.region.elbv2, &group.arn) && in_use(view, group, target) => {
            TargetHealth::new("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
        }
        None => not_in_use(view, group),
        Some(health) => checked(view, health),
    }
}

fn not_in_use(view: &View<'_>, group: &TargetGroup) -> TargetHealth {
    let why = if attached(&view.region.elbv2, &group.arn) {
        "Target is in an Availability Zone that is not enabled for the load balancer"
    } else {
        "Target group is not configured to receive traffic from the load balancer"
    };
    TargetHealth::new("unused", "Target.NotInUse", why)
}

fn in_use(view: &View<'_>, group: &TargetGroup, target: &Target) -> bool {
    super::health::zone_enabled(view, group, target)
}

fn checked(view: &View<'_>, health: &Health) -> TargetHealth {
    match health.shown {
        Shown::Healthy => TargetHealth { state: "healthy", reason: None, description: None },
        Shown::Initial if view.now < health.checked_from => {
            TargetHealth::new("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
        }
        Shown::Initial => {
            TargetHealth::new("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
        }
        Shown::Unhealthy => match health.failure {
            Some(Verdict::TimesOut) => TargetHealth::new("unhealthy", "Target.Timeout", "Request timed out"),
            Some(Verdict::Mismatches(code)) => TargetHealth::new(
                "unhealthy",
                "Target.ResponseCodeMismatch",
                format!("Health checks failed with these codes: [{code}]"),
            ),
            _ => TargetHealth::new("unhealthy", "Target.FailedHealthChecks", "Health checks failed"),
        },
    }
}
