//! Health checks, computed instead of carried out. What a check would find now is looked up when anything it depends
//! on has changed; checks happen at whole intervals, so the moment at which enough of them have found the same follows.
//! In a steady state nothing is due. Follows "Health checks for Application Load Balancer target groups": a new target
//! needs one pass, an unhealthy one as many as the healthy threshold, any failure as many as the unhealthy threshold.

use std::net::Ipv4Addr;

use super::model::{Health, HealthCheck, Shown, Target, TargetGroup, TargetType, Verdict};
use super::ops::checks::ranges;
use super::print;
use crate::core::time::Time;
use crate::network::balancer::{Found, Index};
use crate::services::ec2::model::State;
use crate::world::{Scope, Settings, View};

/// From the registration of a target to its first check, in milliseconds.
const FIRST_CHECK_MS: i64 = 3_000;

/// The zone of a target, where it has one.
pub(super) fn zone_of(view: &View<'_>, group: &TargetGroup, target: &Target) -> Option<String> {
    let ec2 = &view.region.ec2;
    let subnet = match group.target_type {
        TargetType::Instance => ec2.subnet(&ec2.instance(&target.id)?.subnet_id),
        TargetType::Ip => {
            let ip: Ipv4Addr = target.id.parse().ok()?;
            ec2.subnets.values().find(|subnet| subnet.vpc_id == group.vpc_id && subnet.cidr.holds(ip))
        }
        TargetType::Alb => None,
    };
    subnet.map(|subnet| subnet.zone.clone())
}

/// Whether a load balancer of the group has the zone of a target.
pub(super) fn zone_enabled(view: &View<'_>, group: &TargetGroup, target: &Target) -> bool {
    let Some(zone) = zone_of(view, group, target) else { return true };
    view.region.elbv2.load_balancers_of(&group.arn).any(|lb| lb.zones.iter().any(|node| node.zone == zone))
}

/// The next moment at which a target's state changes by its checks.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let groups = view.region.elbv2.target_groups.values();
    let targets = groups.flat_map(|group| group.targets.values());
    targets.filter_map(|target| target.health.as_ref()?.turns_at).min()
}

/// Lets states change that are due, and looks again where something has changed.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let turned = turn(scope);
    let seen = print::of(&scope.view());
    if seen == scope.region.elbv2.seen {
        return turned;
    }
    let found = look(&scope.view());
    scope.region.elbv2.seen = seen;
    let (now, settings) = (scope.now, scope.settings);
    for (arn, key, verdict, from) in found {
        let Some(group) = scope.region.elbv2.target_groups.get_mut(&arn) else { continue };
        let check = &group.check;
        if let Some(target) = group.targets.get_mut(&key) {
            note(&mut target.health, verdict, check, from, now, settings);
        }
    }
    true
}

fn turn(scope: &mut Scope<'_>) -> bool {
    let (now, mut turned) = (scope.now, false);
    let groups = scope.region.elbv2.target_groups.values_mut();
    for health in groups.flat_map(|group| group.targets.values_mut()).filter_map(|t| t.health.as_mut()) {
        if health.turns_at.take_if(|at| *at <= now).is_some() {
            health.shown = if health.verdict == Verdict::Passes { Shown::Healthy } else { Shown::Unhealthy };
            health.shown_since = now;
            turned = true;
        }
    }
    turned
}

/// Group, target, what a check would find (None: it is not checked) and when checks begin at the earliest.
type Look = (String, String, Option<Verdict>, Time);

fn look(view: &View<'_>) -> Vec<Look> {
    let model = &view.region.elbv2;
    let mut found = Vec::new();
    let index = Index::of(view);
    for group in model.target_groups.values().filter(|group| !group.targets.is_empty()) {
        let balancer = model.load_balancers_of(&group.arn).next();
        let from = balancer.and_then(|lb| lb.active_at).map_or(view.now, |at| at.max(view.now));
        for (key, target) in &group.targets {
            let verdict = balancer
                .filter(|_| target.drained_at.is_none() && checkable(view, group, target))
                .map(|lb| judge(&group.check, index.check(view, lb, group, target)));
            found.push((group.arn.clone(), key.clone(), verdict, from));
        }
    }
    found
}

fn checkable(view: &View<'_>, group: &TargetGroup, target: &Target) -> bool {
    let runs = group.target_type != TargetType::Instance
        || view.region.ec2.instance(&target.id).is_some_and(|instance| instance.state == State::Running);
    runs && zone_enabled(view, group, target)
}

/// What a check makes of what it meets.
pub(crate) fn judge(check: &HealthCheck, found: Found) -> Verdict {
    match found {
        Found::Silence => Verdict::TimesOut,
        Found::Refusal => Verdict::Fails,
        Found::Connection => Verdict::Passes,
        Found::Status(status) => {
            let codes = check.matcher.as_deref().and_then(ranges).unwrap_or_default();
            let fits = codes.iter().any(|(from, to)| (*from..=*to).contains(&status));
            if fits { Verdict::Passes } else { Verdict::Mismatches(status) }
        }
    }
}

/// Keeps what a check finds now (None: it is not checked), and when that will show.
pub(crate) fn note(
    health: &mut Option<Health>,
    verdict: Option<Verdict>,
    check: &HealthCheck,
    from: Time,
    now: Time,
    settings: &Settings,
) {
    let Some(verdict) = verdict else {
        *health = None;
        return;
    };
    let fresh = health.is_none();
    let health = health.get_or_insert_with(|| Health {
        shown: Shown::Initial,
        shown_since: now,
        checked_from: from.plus_ms(settings.lasts(FIRST_CHECK_MS)),
        verdict,
        failure: None,
        turns_at: None,
    });
    let passes = |verdict: Verdict| verdict == Verdict::Passes;
    let other = passes(health.verdict) != passes(verdict);
    health.verdict = verdict;
    if !passes(verdict) {
        health.failure = Some(verdict);
    }
    if fresh || other {
        health.turns_at = turns_at(health, check, now, settings);
    }
}

/// When enough checks will have found what a check finds now.
fn turns_at(health: &Health, check: &HealthCheck, now: Time, settings: &Settings) -> Option<Time> {
    let checks = match (health.shown, health.verdict) {
        (Shown::Initial, Verdict::Passes) => 1,
        (Shown::Unhealthy, Verdict::Passes) => i64::from(check.healthy_threshold),
        (Shown::Healthy, Verdict::Passes) | (Shown::Unhealthy, _) => return None,
        (Shown::Initial | Shown::Healthy, _) => i64::from(check.unhealthy_threshold),
    };
    let interval = settings.lasts(i64::from(check.interval) * 1000);
    let late = now.since(health.checked_from).max(0);
    let first = health.checked_from.plus_ms((late + interval - 1) / interval * interval);
    let waits =
        if health.verdict == Verdict::TimesOut { settings.lasts(i64::from(check.timeout) * 1000) } else { 0 };
    Some(first.plus_ms((checks - 1) * interval + waits))
}
