//! Rules.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Paging, Tag, bus, is_name, kept, paged};
use crate::core::fault::Fault;
use crate::core::schedule::Schedule;
use crate::core::tag::Tags;
use crate::services::events::invoke::rule_arn;
use crate::services::events::model::{DEFAULT_BUS, MAX_RULES, Rule};
use crate::services::events::pattern::Pattern;
use crate::services::events::{fault, reconcile};
use crate::services::iam;
use crate::world::{Scope, View};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    name: String,
    schedule_expression: Option<String>,
    event_pattern: Option<String>,
    state: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    event_bus_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn check(view: &View<'_>, input: &Put, bus: &str) -> Result<(), Fault> {
    if !is_name(&input.name, 64, "") {
        return Err(fault::validation(format!("Rule name {} is not valid.", input.name)));
    }
    match (&input.schedule_expression, &input.event_pattern) {
        (None, None) => {
            return Err(fault::validation(
                "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            ));
        }
        (Some(_), _) if bus != DEFAULT_BUS => {
            return Err(fault::validation("ScheduleExpression is supported only on the default event bus."));
        }
        _ => {}
    }
    // One-time schedules are EventBridge Scheduler's.
    let schedule = |text: &String| {
        matches!(Schedule::parse(text), Some(Schedule::Rate(_) | Schedule::Cron(_))) && text.len() <= 256
    };
    if input.schedule_expression.as_ref().is_some_and(|text| !schedule(text)) {
        return Err(fault::validation("Parameter ScheduleExpression is not valid."));
    }
    if let Some(pattern) = &input.event_pattern {
        Pattern::parse(pattern).map_err(|why| fault::bad_pattern(&why))?;
    }
    let states = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];
    if input.state.as_deref().is_some_and(|state| !states.contains(&state)) {
        return Err(fault::validation("Parameter State is not valid."));
    }
    if input.description.as_ref().is_some_and(|text| text.chars().count() > 512) {
        return Err(fault::validation("Description must have length less than or equal to 512."));
    }
    if let Some(role) = &input.role_arn {
        iam::authorize::pass_role_speaking("events", view, role, "events.amazonaws.com")?;
    }
    Ok(())
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let view = scope.view();
    let bus = bus(&view, input.event_bus_name.as_deref())?;
    check(&view, &input, &bus)?;
    let before = view.region.events.rule(&bus, &input.name).cloned();
    let full = view.region.events.buses.get(&bus).is_some_and(|bus| bus.rules.len() >= MAX_RULES);
    if before.is_none() && full {
        return Err(fault::limit());
    }
    let (targets, tags) = match before {
        // Tags are a new rule's only.
        Some(before) => (before.targets, before.tags),
        None => (std::collections::BTreeMap::new(), kept(&Tags::new(), input.tags)?),
    };
    let mut rule = Rule {
        name: input.name,
        description: input.description,
        pattern: input.event_pattern,
        schedule: input.schedule_expression,
        state: input.state.unwrap_or_else(|| "ENABLED".to_owned()),
        role_arn: input.role_arn,
        since: scope.now,
        next: None,
        targets,
        tags,
    };
    rule.next = reconcile::next(&rule, scope.now);
    let arn = rule_arn(&scope.region.name, scope.account, &bus, &rule.name);
    scope.region.events.buses.entry(bus).or_default().rules.insert(rule.name.clone(), rule);
    Ok(json!({"RuleArn": arn}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    name: String,
    event_bus_name: Option<String>,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let bus = bus(&scope.view(), input.event_bus_name.as_deref())?;
    let rule = scope.region.events.rule(&bus, &input.name);
    if rule.is_some_and(|rule| !rule.targets.is_empty()) {
        return Err(fault::validation("Rule can't be deleted since it has targets."));
    }
    // One that is not there is deleted already.
    let buses = &mut scope.region.events.buses;
    if let Some(found) = buses.get_mut(&bus) {
        found.rules.remove(&input.name);
        if bus == DEFAULT_BUS && *found == crate::services::events::model::Bus::default() {
            buses.remove(&bus);
        }
    }
    Ok(json!({}))
}

fn switch(scope: &mut Scope<'_>, input: One, state: &str) -> Result<Value, Fault> {
    let bus = bus(&scope.view(), input.event_bus_name.as_deref())?;
    let now = scope.now;
    let rule = scope.region.events.rule_mut(&bus, &input.name);
    let rule = rule.ok_or_else(|| fault::no_rule(&input.name, &bus))?;
    if rule.state != state {
        state.clone_into(&mut rule.state);
        rule.since = now;
        rule.next = reconcile::next(rule, now);
    }
    Ok(json!({}))
}

pub(crate) fn enable(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    switch(scope, input, "ENABLED")
}

pub(crate) fn disable(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    switch(scope, input, "DISABLED")
}

/// `Rule`
fn shape(view: &View<'_>, bus: &str, rule: &Rule) -> Value {
    let mut shape = json!({
        "Name": rule.name,
        "Arn": rule_arn(&view.region.name, view.account, bus, &rule.name),
        "State": rule.state,
        "EventBusName": bus,
    });
    for (member, value) in [
        ("Description", &rule.description),
        ("EventPattern", &rule.pattern),
        ("ScheduleExpression", &rule.schedule),
        ("RoleArn", &rule.role_arn),
    ] {
        if let Some(text) = value {
            shape[member] = text.as_str().into();
        }
    }
    shape
}

pub(crate) fn describe(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let bus = bus(view, input.event_bus_name.as_deref())?;
    let rule = view.region.events.rule(&bus, &input.name);
    let rule = rule.ok_or_else(|| fault::no_rule(&input.name, &bus))?;
    let mut answer = shape(view, &bus, rule);
    answer["CreatedBy"] = view.account.into();
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    name_prefix: Option<String>,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let bus = bus(view, input.event_bus_name.as_deref())?;
    let start = input.name_prefix.unwrap_or_default();
    let rules = view.region.events.buses.get(&bus).into_iter().flat_map(|bus| bus.rules.values());
    let rules: Vec<&Rule> = rules.filter(|rule| rule.name.starts_with(&start)).collect();
    paged("Rules", rules, |rule| rule.name.clone(), |rule| shape(view, &bus, rule), &input.paging)
}
