//! Alarms are looked at once a minute, while there are any; composite alarms follow the others at once.

use serde_json::json;

use super::composite;
use super::evaluate::{Verdict, judge};
use super::model::{Alarm, HistoryItem, MAX_HISTORY, Model, State, Watch};
use crate::core::time::Time;
use crate::world::{Scope, View};

const MINUTE_MS: i64 = 60_000;

/// The next minute, while there is a metric alarm.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    view.region.cloudwatch.next_look
}

/// The next full minute.
pub(super) fn next_minute(now: Time) -> Time {
    Time(now.0.div_euclid(MINUTE_MS).saturating_add(1).saturating_mul(MINUTE_MS))
}

/// Looks at alarms when it is time, and brings composite alarms up to date.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let due = scope.region.cloudwatch.next_look.is_some_and(|at| at <= scope.now);
    if due {
        look(scope);
    }
    let followed = follow(scope);
    due || followed
}

fn look(scope: &mut Scope<'_>) {
    let view = scope.view();
    let mut any = false;
    let mut verdicts: Vec<(String, Verdict)> = Vec::new();
    for alarm in view.region.cloudwatch.alarms.values() {
        if let Watch::Metric(watch) = &alarm.watch {
            any = true;
            verdicts.extend(judge(&view, watch, alarm.state).map(|verdict| (alarm.name.clone(), verdict)));
        }
    }
    let (now, model) = (scope.now, &mut scope.region.cloudwatch);
    for (name, verdict) in verdicts {
        set_state(model, &name, verdict.state, verdict.reason, Some(verdict.data), now);
    }
    model.looked_at = Some(now);
    model.next_look = any.then(|| next_minute(now));
}

/// Composite alarms may watch each other: as many rounds as there are alarms suffice, unless they go round in circles.
fn follow(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let model = &mut scope.region.cloudwatch;
    let rules: Vec<(String, composite::Rule)> = model
        .alarms
        .values()
        .filter_map(|alarm| match &alarm.watch {
            Watch::Composite(rule) => Some((alarm.name.clone(), composite::parse(rule)?)),
            Watch::Metric(_) => None,
        })
        .collect();
    let mut changed = false;
    for (name, rule) in &rules {
        let holds = rule.holds(&|of| model.alarms.get(of).map(|alarm| alarm.state));
        let state = if holds { State::Alarm } else { State::Ok };
        if model.alarms.get(name).is_some_and(|alarm| alarm.state != state) {
            let names = rule.names().into_iter().next().unwrap_or_default().to_owned();
            let reason = format!(
                "Alarm rule was evaluated to {}. Last change: {names}.",
                if holds { "TRUE" } else { "FALSE" }
            );
            set_state(model, name, state, reason, None, now);
            changed = true;
        }
    }
    changed
}

/// Puts an alarm into a state and notes that and what is done about it.
pub(super) fn set_state(
    model: &mut Model,
    name: &str,
    state: State,
    reason: String,
    data: Option<String>,
    now: Time,
) {
    let Some(alarm) = model.alarms.get_mut(name) else { return };
    let before = alarm.state;
    let old = json!({"stateValue": before.name(), "stateReason": alarm.reason});
    (alarm.state, alarm.reason, alarm.reason_data, alarm.updated_at) = (state, reason, data, now);
    if before == state {
        return;
    }
    alarm.transitioned_at = now;
    let detail = json!({"version": "1.0", "oldState": old, "newState": {"stateValue": state.name(), "stateReason": alarm.reason}});
    let summary = format!("Alarm updated from {} to {}", before.name(), state.name());
    let actions = if alarm.actions_enabled { alarm.actions.of(state).to_vec() } else { Vec::new() };
    let alarm = alarm.clone();
    note(model, &alarm, "StateUpdate", &summary, &detail.to_string(), now);
    for action in actions {
        let done = action.contains(":scalingPolicy:");
        let (summary, outcome) = if done {
            (format!("Successfully executed action {action}"), "Succeeded")
        } else {
            (
                format!("Failed to execute action {action}. Its service is not part of this practice cloud."),
                "Failed",
            )
        };
        let data = json!({"actionState": outcome, "notificationResource": action}).to_string();
        note(model, &alarm, "Action", &summary, &data, now);
    }
}

/// Adds to the history.
pub(super) fn note(model: &mut Model, alarm: &Alarm, kind: &str, summary: &str, data: &str, now: Time) {
    let composite = matches!(alarm.watch, Watch::Composite(_));
    let item = HistoryItem {
        alarm: alarm.name.clone(),
        composite,
        at: now,
        kind: kind.to_owned(),
        summary: summary.chars().take(255).collect(),
        data: data.chars().take(4_095).collect(),
    };
    model.history.push_front(item);
    model.history.truncate(MAX_HISTORY);
}
