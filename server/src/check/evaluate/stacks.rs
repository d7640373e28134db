//! Stacks, their events, change sets and drift, and what a table keeps.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{ChangeSet, ChangeSetState, Stack, StackDrift, StackEvent, TableItems};
use crate::check::explain::{because, not_as_asked, not_there, stacks, wait_or};
use crate::check::facts::{self, Facts};
use crate::check::{Verdict, find};
use regex_lite::Regex;
use std::collections::BTreeMap;

/// The first parameter that is not as it should be: its key, what it is, what it should be.
fn differing<'a>(
    wanted: &'a BTreeMap<String, String>,
    is: &'a BTreeMap<String, String>,
) -> Option<(&'a str, &'a str, &'a str)> {
    wanted.iter().find_map(|(key, should)| {
        let is = is.get(key).map_or("not there", String::as_str);
        (is != should).then_some((key.as_str(), is, should.as_str()))
    })
}

/// Whether what is under way can come to what is asked for.
fn may_become(of: &Stack, stack: &facts::Stack) -> bool {
    let rolling_back = stack.status.contains("ROLLBACK");
    let comes_back = of.status.iter().any(|status| status.contains("ROLLBACK"));
    let done = of.status.iter().any(|status| !status.contains("ROLLBACK"));
    let deleting = stack.status.starts_with("DELETE");
    !deleting && if rolling_back { comes_back } else { done || comes_back }
}

impl<'a> Judge<'a> {
    /// The stack of that name, or why there is none.
    pub(super) fn the_stack(&self, name: &str) -> Result<&'a facts::Stack, Verdict> {
        let facts: &'a Facts = self.facts;
        if let Some(found) = one(&facts.stacks, name, "the stack")? {
            return Ok(found);
        }
        if let Some(cause) = stacks::refused(facts, name, None) {
            return Err(cause.failed());
        }
        let names = find::all(facts.stack_names.as_ref()).iter().map(String::as_str);
        Err(not_there("stack", name, &facts.region)
            .near("Similar names", find::similar(name, names))
            .next(
                "Launch it with the command of the step, and read the answer: a request that was refused names what it lacks, such as \
                 --capabilities or the value of a parameter.",
            )
            .failed())
    }

    pub(super) fn stack(&mut self, of: &Stack) -> Judged {
        let facts: &'a Facts = self.facts;
        let stack = self.the_stack(&of.stack)?;
        let is_listed = of.status.is_empty() || of.status.contains(&stack.status);
        let parameter = differing(&of.parameters, &stack.parameters);
        if !is_listed && stack.in_progress() && may_become(of, stack) {
            return Err(self.under_way(stack, "the stack to be complete"));
        }
        if is_listed && parameter.is_none() {
            return self.stack_has(of, stack);
        }
        if of.wants_failure() {
            let complete = matches!(stack.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
            if complete || (is_listed && parameter.is_some()) {
                return Err(stacks::nothing_has_failed(stack).failed());
            }
        } else if let Some(cause) = stacks::refused(facts, &stack.name, stack.since()) {
            return Err(cause.failed());
        }
        if stack.status == "REVIEW_IN_PROGRESS" {
            return Err(stacks::not_executed(stack, self.waiting_set(of, stack)).failed());
        }
        if !is_listed && (stack.status.contains("FAILED") || stack.status.contains("ROLLBACK")) {
            return Err(stacks::failure(facts, stack).failed());
        }
        if let Some(waiting) = self.waiting_set(of, stack) {
            return Err(stacks::not_executed(stack, Some(waiting)).failed());
        }
        let what = format!("The stack {}", stack.name);
        let (property, is, should) = match parameter {
            Some((key, is, should)) => (format!("Parameter {key}"), is, should.to_owned()),
            None => ("Status".to_owned(), stack.status.as_str(), of.status.join(" or ")),
        };
        Err(not_as_asked(&what, &property, is, should)
            .untouched(stack.updated_at.is_none() || !is_listed)
            .next("Do what the step asks for, and wait until the stack has come to its end.")
            .command(format!(
                "aws cloudformation describe-stacks --stack-name {} --query 'Stacks[0].[StackStatus,StackStatusReason,Parameters]'",
                stack.name
            ))
            .failed())
    }

    fn under_way(&self, stack: &facts::Stack, what: &str) -> Verdict {
        let elapsed = stack.since().map(|at| self.facts.age(at));
        wait_or(self.check.waits.as_ref(), what, elapsed, || {
            stacks::services_wait(self.facts, stack).unwrap_or_else(|| {
                let late = not_as_asked(
                    &format!("The stack {}", stack.name),
                    "Status",
                    &stack.status,
                    "come to its end",
                );
                let newest = stacks::last_operation(self.facts, stack)
                    .iter()
                    .find(|event| event.status.ends_with("_IN_PROGRESS") && event.reason.is_some());
                late.seen_if(
                    "Newest event",
                    newest.map(|of| format!("{}: {}", of.logical_id, of.reason.clone().unwrap_or_default())),
                )
                .next("Read the newest events: what is still in progress is what it waits for.")
                .command(format!("aws cloudformation describe-stack-events --stack-name {}", stack.name))
            })
        })
    }

    /// A change set that the lab knows, that waits, and that would bring what is asked for.
    fn waiting_set(&self, of: &Stack, stack: &facts::Stack) -> Option<(&'a str, &'a facts::ChangeSet)> {
        let facts: &'a Facts = self.facts;
        let sets = facts.change_sets.get(&stack.name)?;
        sets.iter().find_map(|(name, set)| {
            let set = find::known(Some(set))?.as_ref()?;
            let fits = differing(&of.parameters, &set.parameters).is_none();
            (set.execution == "AVAILABLE" && fits).then_some((name.as_str(), set))
        })
    }

    /// Resources, outputs and protection of a stack whose status and parameters are right.
    fn stack_has(&self, of: &Stack, stack: &facts::Stack) -> Judged {
        let what = format!("The stack {}", stack.name);
        if let Some(wanted) = of.resources {
            let all = seen(self.facts.stack_resources.get(&stack.name), "the stack's resources")?;
            let count = all.iter().filter(|of| of.status != "DELETE_COMPLETE").count();
            if u32::try_from(count).ok() != Some(wanted) {
                return Err(not_as_asked(&what, "Resources", count.to_string(), wanted.to_string())
                    .next("Compare the template and the parameters with those of the step.")
                    .command(format!("aws cloudformation list-stack-resources --stack-name {}", stack.name))
                    .failed());
            }
        }
        if let Some(missing) = of.outputs.iter().find(|key| !stack.outputs.contains_key(*key)) {
            let keys: Vec<&str> = stack.outputs.keys().map(String::as_str).collect();
            return Err(not_as_asked(&what, "Outputs", keys.join(", "), missing)
                .next("Add the output to the template, and update the stack.")
                .failed());
        }
        if let Some(wanted) = of.termination_protection.filter(|on| *on != stack.termination_protection) {
            let word = |on: bool| if on { "on" } else { "off" };
            let flag = if wanted { "enable" } else { "no-enable" };
            return Err(not_as_asked(
                &what,
                "Termination protection",
                word(stack.termination_protection),
                word(wanted),
            )
            .untouched(true)
            .next(format!("Switch it {}.", word(wanted)))
            .command(format!(
                "aws cloudformation update-termination-protection --stack-name {} --{flag}-termination-protection",
                stack.name
            ))
            .failed());
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn stack_event(&mut self, of: &StackEvent) -> Judged {
        let facts: &'a Facts = self.facts;
        let events = seen(facts.stack_events.get(&of.stack), "the stack's events")?;
        let reason = match of.reason.as_deref().map(Regex::new) {
            Some(Err(_)) => {
                return Err(Verdict::CannotTell { reason: "the check's expression is not one".to_owned() });
            }
            Some(Ok(regex)) => Some(regex),
            None => None,
        };
        let own = |event: &&facts::StackEvent| event.logical_id == of.logical_id;
        let matches = |event: &facts::StackEvent| {
            event.status == of.status
                && reason
                    .as_ref()
                    .is_none_or(|regex| event.reason.as_deref().is_some_and(|reason| regex.is_match(reason)))
        };
        if events.iter().filter(own).any(matches) {
            return Ok(Verdict::Passed);
        }
        let stack = self.the_stack(&of.stack)?;
        if stack.in_progress() {
            return Err(self.under_way(stack, "the stack to come to its end"));
        }
        let complete = matches!(stack.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
        if of.status.ends_with("_FAILED") && complete {
            return Err(stacks::nothing_has_failed(stack).failed());
        }
        if let Some(cause) = stacks::refused(facts, &stack.name, stack.since()) {
            return Err(cause.failed());
        }
        let mut cause = not_there(
            &format!("event {} of", of.status),
            &format!("{} in the stack {}", of.logical_id, of.stack),
            &facts.region,
        )
        .seen("Stack", &stack.status);
        for event in events.iter().filter(own).take(3) {
            let said = event.reason.clone().unwrap_or_default();
            cause =
                cause.near(format!("Event of {}", of.logical_id), Some(format!("{} {said}", event.status)));
        }
        Err(cause
            .next("Do what the step asks for, and read the stack's events.")
            .command(format!("aws cloudformation describe-stack-events --stack-name {}", of.stack))
            .failed())
    }

    pub(super) fn change_set(&mut self, of: &ChangeSet) -> Judged {
        let facts: &'a Facts = self.facts;
        let sets = facts.change_sets.get(&of.stack);
        let set = seen(sets.and_then(|sets| sets.get(&of.change_set)), "the change set")?;
        let Some(set) = set.as_ref() else {
            let stack = self.the_stack(&of.stack)?;
            if let Some(cause) = stacks::refused(facts, &stack.name, stack.since()) {
                return Err(cause.failed());
            }
            return Err(not_there("change set", &of.change_set, &facts.region)
                .seen(format!("Of the stack {}", stack.name), &stack.status)
                .next("Make the change set. When one of a stack is executed, all others are deleted.")
                .failed());
        };
        let what = format!("The change set {}", of.change_set);
        let state = match (set.status.as_str(), set.execution.as_str()) {
            (_, "EXECUTE_COMPLETE") => ChangeSetState::Executed,
            ("CREATE_COMPLETE", "AVAILABLE") => ChangeSetState::Available,
            ("FAILED", _) | (_, "EXECUTE_FAILED" | "OBSOLETE") => ChangeSetState::Failed,
            _ => {
                let elapsed = set.created_at.map(|at| facts.age(at));
                return Err(wait_or(self.check.waits.as_ref(), "the change set", elapsed, || {
                    not_as_asked(&what, "Status", &set.status, "worked out").next("Look at the change set.")
                }));
            }
        };
        if !of.accepts(state) {
            if state == ChangeSetState::Available {
                let stack = self.the_stack(&of.stack)?;
                return Err(stacks::not_executed(stack, Some((&of.change_set, set))).failed());
            }
            return Err(not_as_asked(
                &what,
                "Status",
                format!("{}, {}", set.status, set.execution),
                "as the step asks",
            )
            .seen_if("Reason", set.reason.clone())
            .next("Read the reason, delete the change set, and make it again.")
            .failed());
        }
        if let Some((key, is, should)) = differing(&of.parameters, &set.parameters) {
            let has = find::stack(facts, &of.stack).and_then(|stack| stack.parameters.get(key));
            let default = find::known(facts.stack_defaults.get(&of.stack)).and_then(|all| all.get(key));
            if has.map(String::as_str) == Some(should) && default.map(String::as_str) == Some(is) {
                return Err(stacks::fell_back(key, should, is, &of.stack).failed());
            }
            return Err(not_as_asked(&what, &format!("Parameter {key}"), is, should)
                .next("Delete the change set, and make it again with this value.")
                .failed());
        }
        for change in &of.changes {
            let found = set.changes.iter().find(|one| one.logical_id == change.logical_id);
            let fits = found.is_some_and(|one| {
                one.action == change.action
                    && change.replacement.as_ref().is_none_or(|wanted| *wanted == one.replacement)
            });
            if !fits {
                let words = |action: &str, replacement: &str| match replacement {
                    "" => action.to_owned(),
                    _ => format!("{action}, replacement {replacement}"),
                };
                let is =
                    found.map_or_else(|| "no change".to_owned(), |one| words(&one.action, &one.replacement));
                let should = words(&change.action, change.replacement.as_deref().unwrap_or_default());
                return Err(not_as_asked(&what, &format!("Change of {}", change.logical_id), is, should)
                    .next("Delete the change set, and make it again from the step's template and parameters.")
                    .failed());
            }
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn stack_drift(&mut self, of: &StackDrift) -> Judged {
        let facts: &'a Facts = self.facts;
        let stack = self.the_stack(&of.stack)?;
        let looked = stack
            .drift_checked_at
            .map_or_else(|| "never".to_owned(), |at| format!("{} s ago", facts.at.saturating_sub(at)));
        let drifts = seen(facts.stack_drifts.get(&of.stack), "what has drifted")?;
        if stack.drift == of.status {
            let differs = of.resources.iter().find(|(id, wanted)| {
                !drifts.iter().any(|one| one.logical_id == **id && one.status == **wanted)
            });
            let Some((id, wanted)) = differs else { return Ok(Verdict::Passed) };
            let is = drifts.iter().find(|one| one.logical_id == *id).map_or("IN_SYNC", |one| &one.status);
            return Err(not_as_asked(
                &format!("The stack {}", of.stack),
                &format!("Drift of {id}"),
                is,
                wanted,
            )
            .seen("Last detection", looked)
            .next("Make the change that the step asks for, then detect again.")
            .failed());
        }
        let command = format!("aws cloudformation detect-stack-drift --stack-name {}", of.stack);
        if of.status == "IN_SYNC" && stack.drift == "DRIFTED" {
            let mut cause = because(
                "still-drifted",
                "The last detection has found differences",
                "Resources of the stack are not as its template says. CloudFormation finds that out only when it is asked, so that a change made since \
                 then does not show.",
            );
            for drift in drifts.iter().take(3) {
                let told = drift.differences.first().map_or_else(
                    || drift.status.clone(),
                    |one| format!("{} is {}, should be {}", one.path, one.actual, one.expected),
                );
                cause = cause.seen(&drift.logical_id, told);
            }
            return Err(cause
                .seen("Last detection", looked)
                .next("Undo the change, then detect again.")
                .command(command)
                .failed());
        }
        Err(because(
            "drift-not-detected",
            "Nobody has asked CloudFormation to look",
            "CloudFormation compares a stack with what it made only when it is asked. Since the change, nobody has.",
        )
        .seen("Drift status", if stack.drift.is_empty() { "NOT_CHECKED" } else { &stack.drift })
        .seen("Last detection", looked)
        .untouched(stack.drift_checked_at.is_none())
        .next("Start a detection.")
        .command(command)
        .failed())
    }

    pub(super) fn table_items(&mut self, of: &TableItems) -> Judged {
        let table = one(&self.facts.tables, &of.table, "the table")?;
        if table.is_some_and(|table| table.items >= of.at_least) {
            return Ok(Verdict::Passed);
        }
        if let Some(cause) = stacks::table_replaced(self.facts, &of.table) {
            return Err(cause.failed());
        }
        let Some(table) = table else {
            return Err(not_there("table", &of.table, &self.facts.region)
                .next("Launch the stack that makes the table.")
                .failed());
        };
        Err(because(
            "nothing-was-ordered",
            "No order has come into the table",
            "An order is written by the orders service, for somebody who is logged in and has something in the cart.",
        )
        .seen(format!("Items in {}", of.table), format!("{}, wanted {}", table.items, of.at_least))
        .untouched(table.items == 0)
        .next("Log in, fill the cart, and order. The answer is 201 when it went well, and says what is missing when not.")
        .command(format!("aws dynamodb scan --table-name {} --select COUNT", of.table))
        .failed())
    }
}
