//! Schedules that are due, and what ECS has to tell. Follows "Creating an Amazon EventBridge rule that runs on a
//! schedule" and "Amazon ECS events".

use serde_json::{Value, json};

use super::invoke;
use super::model::{DEFAULT_BUS, Rule};
use crate::core::schedule::Schedule;
use crate::core::time::Time;
use crate::services::ecs::notices;
use crate::world::{Scope, View};

/// From a change in ECS until rules see it, in AWS's milliseconds.
const LATENCY_MS: i64 = 500;
/// Most events that one look at ECS passes on; the rest comes with the next.
const MAX_EVENTS: usize = 1_000;

/// The next schedule.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let rules = view.region.events.buses.values().flat_map(|bus| bus.rules.values());
    rules.filter_map(|rule| rule.next).chain(view.region.events.tells_at).min()
}

/// When a rule's schedule is due after `now`.
pub(super) fn next(rule: &Rule, now: Time) -> Option<Time> {
    let schedule = rule.schedule.as_deref().filter(|_| rule.is_enabled())?;
    Schedule::parse(schedule)?.next(rule.since, now)
}

/// Does what is due.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    if scope.region.events.buses.is_empty() && scope.region.events.seen.is_none() {
        return false;
    }
    let scheduled = on_schedule(scope);
    let told = from_ecs(scope);
    scheduled || told
}

fn on_schedule(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let due = |rule: &&mut Rule| rule.next.is_some_and(|at| at <= now);
    let Some(bus) = scope.region.events.buses.get_mut(DEFAULT_BUS) else { return false };
    let mut fired: Vec<(Time, Rule)> = Vec::new();
    for rule in bus.rules.values_mut().filter(due) {
        let at = rule.next.unwrap_or(now);
        rule.next = next(rule, now);
        fired.push((at, rule.clone()));
    }
    fired.sort_by_key(|(at, _)| *at);
    for (at, rule) in &fired {
        let arn = invoke::rule_arn(&scope.region.name, scope.account, DEFAULT_BUS, &rule.name);
        let event = envelope(scope, "aws.events", "Scheduled Event", &json!([arn]), &json!({}), *at);
        invoke::trigger(scope, DEFAULT_BUS, rule, &event);
    }
    !fired.is_empty()
}

/// An event as rules see it.
pub(super) fn envelope(
    scope: &mut Scope<'_>,
    source: &str,
    detail_type: &str,
    resources: &Value,
    detail: &Value,
    at: Time,
) -> Value {
    json!({
        "version": "0",
        "id": scope.region.ids.uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": scope.account,
        "time": seconds(at),
        "region": scope.region.name,
        "resources": resources,
        "detail": detail,
    })
}

/// `2026-11-21T09:12:33Z`
fn seconds(at: Time) -> String {
    let text = at.iso();
    text.split_once('.').map_or(text.clone(), |(whole, _)| format!("{whole}Z"))
}

/// What changed in ECS since it was looked at last. Nothing is kept while no rule listens.
fn from_ecs(scope: &mut Scope<'_>) -> bool {
    let default = scope.region.events.buses.get(DEFAULT_BUS);
    let listens =
        default.is_some_and(|bus| bus.rules.values().any(|rule| rule.pattern.is_some() && rule.is_enabled()));
    if !listens {
        let model = &mut scope.region.events;
        return model.seen.take().is_some() | model.tells_at.take().is_some();
    }
    let view = scope.view();
    let states = notices::states(&view);
    let Some(seen) = &view.region.events.seen else {
        scope.region.events.seen = Some(states);
        return true;
    };
    if *seen == states {
        return scope.region.events.tells_at.take().is_some();
    }
    match view.region.events.tells_at {
        Some(at) if at > view.now => return false,
        Some(_) => {}
        // Not at once: what a rule does must not be told at the moment of its cause, over and over.
        None => {
            scope.region.events.tells_at = Some(scope.now.plus_ms(scope.settings.lasts(LATENCY_MS)));
            return true;
        }
    }
    let changed = states.iter().filter(|(key, state)| seen.get(*key) != Some(*state));
    let notices: Vec<notices::Notice> = changed
        .flat_map(|(key, _)| notices::of(&view, key, seen.get(key).map(String::as_str)))
        .take(MAX_EVENTS)
        .collect();
    scope.region.events.seen = Some(states);
    scope.region.events.tells_at = None;
    for notice in &notices {
        let at = scope.now;
        let resources = json!(notice.resources);
        let event = envelope(scope, "aws.ecs", notice.detail_type, &resources, &notice.detail, at);
        invoke::deliver(scope, DEFAULT_BUS, &event);
    }
    true
}
