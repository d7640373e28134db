//! Deployments that shift traffic: all new tasks first, then test traffic, then production traffic, at once or in
//! steps; then both run on for a while. Follows "Amazon ECS blue/green deployments" and its sections on linear and
//! canary deployments.

use super::{history, service_mut, targets};
use crate::core::time::Time;
use crate::services::ecs::events;
use crate::services::ecs::model::{
    Deployment, DeploymentConfiguration, Pause, Rollout, Service, Shift, Shifting, Stage,
};
use crate::services::elbv2::rules;
use crate::world::{Scope, Settings, View};

/// How long a stage that waits for nothing lasts, in AWS's milliseconds.
const STAGE_MS: i64 = 2_000;
/// How long a pause lasts when nothing is said: a day.
const PAUSE_MINUTES: i64 = 1_440;
const STAGES: [Stage; 11] = [
    Stage::ReconcileService,
    Stage::PreScaleUp,
    Stage::ScaleUp,
    Stage::PostScaleUp,
    Stage::TestTrafficShift,
    Stage::PostTestTrafficShift,
    Stage::PreProductionTrafficShift,
    Stage::ProductionTrafficShift,
    Stage::PostProductionTrafficShift,
    Stage::BakeTime,
    Stage::CleanUp,
];

/// What is to be done about traffic now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Moves {
    /// How far the deployment is from now on.
    next: Option<Shift>,
    /// A pause ran out that ends in a rollback.
    expired: bool,
    /// Listener rules with the target groups they are to forward to, and their weights.
    weights: Vec<(String, Vec<(String, i32)>)>,
    /// When there will be something to do.
    pub(super) wake: Option<Time>,
}

impl Moves {
    pub(super) fn is_empty(&self) -> bool {
        self.next.is_none() && !self.expired && self.weights.is_empty()
    }
}

/// The beginning of a shift.
pub(super) fn begin(now: Time) -> Shift {
    Shift { stage: Stage::ReconcileService, since: now, production: 0, test: false, pause: None }
}

/// Whether a service runs old and new tasks side by side now.
pub(super) fn keeps_old(service: &Service) -> bool {
    let shift = service.primary().and_then(|primary| primary.shift.as_ref());
    shift.is_some_and(|shift| shift.stage < Stage::CleanUp)
}

/// What is to be done now. `ready`: all new tasks are healthy.
pub(super) fn moves(view: &View<'_>, service: &Service, ready: bool) -> Moves {
    let mut moves = Moves::default();
    let Some(primary) = service.primary() else { return moves };
    if primary.rollout == Rollout::InProgress && service.deployments.len() > 1 {
        moves.weights = weights(view, primary);
    }
    let Some(shift) = primary.shift.as_ref().filter(|_| primary.rollout == Rollout::InProgress) else {
        return moves;
    };
    if let Some(pause) = shift.pause.as_ref().filter(|pause| !pause.passed) {
        if pause.expires_at > view.now {
            moves.wake = Some(pause.expires_at);
            return moves;
        }
        moves.expired = pause.rolls_back;
        if moves.expired {
            return moves;
        }
    }
    match due(&service.deployment, shift, view.settings, ready) {
        Some(at) if at <= view.now => moves.next = next(service, primary, shift, view),
        at => moves.wake = at,
    }
    moves
}

/// When a stage is over; None while it waits for tasks.
fn due(
    configuration: &DeploymentConfiguration,
    shift: &Shift,
    settings: &Settings,
    ready: bool,
) -> Option<Time> {
    let after = |ms: i64| Some(shift.since.plus_ms(settings.lasts(ms)));
    let minutes = |minutes: u32| (i64::from(minutes) * 60_000).max(STAGE_MS);
    match shift.stage {
        Stage::ScaleUp => ready.then_some(shift.since),
        Stage::ProductionTrafficShift if shift.production < 1_000 => {
            after(minutes(configuration.step.map_or(0, |step| step.bake_minutes)))
        }
        Stage::BakeTime => after(minutes(configuration.bake_minutes.unwrap_or(0))),
        Stage::CleanUp => None,
        _ => after(STAGE_MS),
    }
}

/// How far a deployment is after a step or stage that is over.
fn next(service: &Service, primary: &Deployment, shift: &Shift, view: &View<'_>) -> Option<Shift> {
    let (configuration, now) = (&service.deployment, view.now);
    let step = match (configuration.strategy, configuration.step) {
        (Shifting::Linear, Some(step)) => step.permille,
        (Shifting::Canary, Some(step)) if shift.production == 0 => step.permille,
        _ => 1_000,
    };
    let further = (shift.production + step).min(1_000);
    if shift.stage == Stage::ProductionTrafficShift && shift.production < 1_000 {
        return Some(Shift { production: further, since: now, pause: None, ..shift.clone() });
    }
    let at = STAGES.iter().position(|stage| *stage == shift.stage)?;
    let stage = *STAGES.get(at + 1)?;
    Some(Shift {
        stage,
        since: now,
        production: if stage == Stage::ProductionTrafficShift { further } else { shift.production },
        test: shift.test || stage == Stage::TestTrafficShift,
        pause: pause(configuration, primary, stage, view),
    })
}

/// The pause that a stage begins with, if a hook asks for one.
fn pause(
    configuration: &DeploymentConfiguration,
    primary: &Deployment,
    stage: Stage,
    view: &View<'_>,
) -> Option<Pause> {
    let name = serde_json::to_value(stage).ok()?;
    let wants =
        |hook: &&serde_json::Value| hook["lifecycleStages"].as_array().is_some_and(|s| s.contains(&name));
    let (at, hook) = configuration.hooks.iter().enumerate().find(|(_, hook)| wants(hook))?;
    let timeout = &hook["timeoutConfiguration"];
    let minutes = timeout["timeoutInMinutes"].as_i64().unwrap_or(PAUSE_MINUTES);
    let label = format!("{} {} {at}", primary.id, name.as_str().unwrap_or_default());
    Some(Pause {
        hook: crate::core::id::IdSource::new(0, &label).uuid(),
        expires_at: view.now.plus_ms(view.settings.lasts(minutes * 60_000)),
        rolls_back: timeout["action"].as_str() != Some("CONTINUE"),
        passed: false,
    })
}

/// The listener rules that do not forward as the deployment wants it, with what they should.
fn weights(view: &View<'_>, primary: &Deployment) -> Vec<(String, Vec<(String, i32)>)> {
    let (production, test) = match &primary.shift {
        Some(shift) => (shift.production, if shift.test { 1_000 } else { 0 }),
        // Rolled back: everything is with the primary one again.
        None => (1_000, 1_000),
    };
    let mut wrong = Vec::new();
    for balancer in &primary.spec.load_balancers {
        let Some(advanced) = &balancer.advanced_configuration else { continue };
        let (new, old) =
            (targets::group_of(balancer, primary.alternate), targets::group_of(balancer, !primary.alternate));
        let Some((new, old)) = new.zip(old).filter(|(new, old)| new != old) else { continue };
        let rules = [(&advanced.production_listener_rule, production), (&advanced.test_listener_rule, test)];
        for (rule, share) in rules {
            let Some(rule) = rule else { continue };
            // Whole percents where that is exact.
            let unit = if share % 10 == 0 { 10 } else { 1 };
            let weight = |permille: u32| i32::try_from(permille / unit).unwrap_or(0);
            let wanted = vec![(old.to_owned(), weight(1_000 - share)), (new.to_owned(), weight(share))];
            let now = rules::weights(&view.region.elbv2, rule);
            let same = wanted.iter().all(|(group, weight)| {
                let found = now.iter().find(|(known, _)| known == group).map(|(_, weight)| *weight);
                found.unwrap_or(0) == *weight
                    || now.len() == 1 && found.is_some_and(|found| found > 0) && *weight > 0
            });
            let all = now.iter().all(|(known, weight)| {
                *weight == 0 || wanted.iter().any(|(group, weight)| group == known && *weight > 0)
            });
            if !(same && all) {
                wrong.push((rule.clone(), wanted));
            }
        }
    }
    wrong
}

/// Does what is to be done.
pub(super) fn apply(scope: &mut Scope<'_>, cluster: &str, name: &str, moves: &Moves) {
    let now = scope.now;
    let mut failure = moves.expired.then(|| "a lifecycle hook timed out.".to_owned());
    for (rule, groups) in &moves.weights {
        if let Err(fault) = rules::set_weights(scope, rule, groups) {
            failure = Some(format!("traffic could not be shifted: {}", fault.message));
        }
    }
    let Some(service) = service_mut(scope, cluster, name) else { return };
    if let Some(why) = failure {
        if service.primary().is_some_and(|primary| primary.shift.is_some()) {
            super::breaker::fail(service, "lifecycle", &why, true, now);
        } else if let Some(primary) = service.deployments.first_mut() {
            // Back already, and the rules are not there to be set back: nothing more to be done about them.
            primary
                .spec
                .load_balancers
                .iter_mut()
                .for_each(|balancer| balancer.advanced_configuration = None);
        }
        return;
    }
    let Some(next) = moves.next.clone() else { return };
    let stage = next.stage;
    if let Some(one) = service.under_way() {
        one.stage = Some(stage);
        one.updated_at = now;
    }
    let shifted = service.deployments.first_mut().and_then(|primary| {
        primary.updated_at = now;
        let before = primary.shift.replace(next.clone())?;
        (before.production != next.production).then(|| (primary.id.clone(), next.production))
    });
    if let Some((id, permille)) = shifted {
        let message = events::shifted(&service.name, &id, permille);
        events::say(service, now, message);
    }
}

/// Goes on after a pause, or back.
pub(in crate::services::ecs) fn resume(service: &mut Service, hook: &str, back: bool, now: Time) -> bool {
    let shift = service.deployments.first_mut().and_then(|primary| primary.shift.as_mut());
    let pause = shift.and_then(|shift| shift.pause.as_mut());
    let Some(pause) = pause.filter(|pause| pause.hook == hook && !pause.passed) else { return false };
    if back {
        let reason = "The service deployment was rolled back by the user.";
        return history::roll_back(service, "lifecycle", reason, now);
    }
    pause.passed = true;
    true
}
