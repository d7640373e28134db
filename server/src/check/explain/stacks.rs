//! A stack is not there, fails, or does not come to its end. Follows "Troubleshooting CloudFormation" and "Stack status
//! codes" (AWS CloudFormation).

use super::{Because, because, not_as_asked};
use crate::check::facts::{ChangeSet, Facts, Stack, StackEvent};
use crate::check::find;

/// A refused request about this stack that nothing has followed: a capability or a parameter.
pub(in crate::check) fn refused(facts: &Facts, name: &str, since: Option<i64>) -> Option<Because> {
    let refusal = find::all(facts.refusals.as_ref()).iter().find(|refusal| {
        refusal.stack.as_deref() == Some(name) && since.is_none_or(|since| refusal.at >= since)
    })?;
    let found = if refusal.code.starts_with("InsufficientCapabilities") {
        because(
            "capability-missing",
            "The request was refused: nobody said that the template may make IAM resources",
            "Whoever makes roles and policies can give away rights. CloudFormation therefore takes a template with IAM resources only from \
             somebody who acknowledges them in the request.",
        )
        .next("Send the request again with --capabilities CAPABILITY_IAM.")
    } else if refusal.code.starts_with("ValidationError") && refusal.message.contains("arameter") {
        because(
            "parameter-refused",
            "The request was refused for a parameter",
            "A parameter has no value and no default, or a value that the template does not allow. Nothing was begun.",
        )
        .next("Send the request again with a value that the message allows.")
    } else {
        return None;
    };
    let ago = facts.at.saturating_sub(refusal.at).max(0);
    Some(
        found
            .seen(format!("{}, {ago} s ago", refusal.operation), &refusal.code)
            .seen("Its message", &refusal.message),
    )
}

/// A change set waits to be executed.
pub(in crate::check) fn not_executed(stack: &Stack, set: Option<(&str, &ChangeSet)>) -> Because {
    let name = set.map_or("NAME", |(name, _)| name);
    because(
        "change-set-not-executed",
        "The change set has not been executed",
        "A change set only says what would be done. A new stack stays in review until then, and one that exists stays as it is.",
    )
    .seen(format!("Stack {}", stack.name), &stack.status)
    .seen_if(
        format!("Change set {name}"),
        set.map(|(_, set)| format!("{}, execution status {}", set.status, set.execution)),
    )
    .next("Execute it.")
    .command(match set {
        Some(_) => {
            format!(
                "aws cloudformation execute-change-set --stack-name {} --change-set-name {name}",
                stack.name
            )
        }
        None => format!("aws cloudformation list-change-sets --stack-name {}", stack.name),
    })
}

/// A parameter that was not named has taken its default.
pub(in crate::check) fn fell_back(key: &str, has: &str, default: &str, stack: &str) -> Because {
    because(
        "parameter-fell-back",
        format!("{key} has fallen back to its default"),
        "A request names every parameter that is not to take the template's default. This one was not named, and the change set would set it \
         back.",
    )
    .seen(format!("{key} of the stack {stack}"), has)
    .seen(format!("{key} in the change set"), default)
    .seen("The template's default", default)
    .next(format!("Make the change set again, with ParameterKey={key},UsePreviousValue=true among its parameters."))
}

/// What was to fail has succeeded.
pub(in crate::check) fn nothing_has_failed(stack: &Stack) -> Because {
    let parameters: Vec<String> =
        stack.parameters.iter().take(8).map(|(key, value)| format!("{key}={value}")).collect();
    because(
        "nothing-has-failed",
        "Nothing has failed",
        "The step is about a failure and what comes after it, and the stack is complete: what was to fail has not been tried, or has succeeded.",
    )
    .seen(format!("Stack {}", stack.name), &stack.status)
    .seen("Parameters", parameters.join(", "))
    .untouched(true)
    .next("Do what the step asks for, with the values of the step.")
}

/// The events of what was last done to a stack, newest first.
pub(in crate::check) fn last_operation<'a>(facts: &'a Facts, stack: &Stack) -> &'a [StackEvent] {
    let events = find::all(facts.stack_events.get(&stack.name));
    let begins = events.iter().position(|event| {
        event.kind == "AWS::CloudFormation::Stack"
            && event.logical_id == stack.name
            && matches!(event.status.as_str(), "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS")
    });
    begins.and_then(|at| events.get(..=at)).unwrap_or(events)
}

/// The first thing that failed in it, and how many others were cancelled for that.
pub(in crate::check) fn first_failure<'a>(
    facts: &'a Facts,
    stack: &Stack,
) -> Option<(&'a StackEvent, usize)> {
    let failed: Vec<&StackEvent> =
        last_operation(facts, stack).iter().filter(|event| event.status.ends_with("_FAILED")).collect();
    let cancelled =
        |event: &&&StackEvent| event.reason.as_deref().is_some_and(|why| why.ends_with("cancelled"));
    let others = failed.iter().filter(cancelled).count();
    let first = failed.iter().rev().find(|event| !cancelled(event)).or(failed.last())?;
    Some((first, others))
}

/// Why the last thing that was done to a stack has failed.
pub(in crate::check) fn failure(facts: &Facts, stack: &Stack) -> Because {
    let Some((event, cancelled)) = first_failure(facts, stack) else {
        return not_as_asked(&format!("The stack {}", stack.name), "Status", &stack.status, "complete")
            .seen_if("Reason", stack.reason.clone())
            .next("Read the stack's events, the oldest failure first.")
            .command(format!("aws cloudformation describe-stack-events --stack-name {}", stack.name));
    };
    let why = event.reason.as_deref().unwrap_or_default();
    let found = no_log_group(facts, event)
        .or_else(|| signalled(facts, stack, event))
        .or_else(|| why.contains("already exists").then(|| name_taken(event)))
        .unwrap_or_else(|| {
            because(
                "stack-resource-failed",
                format!("{} could not be made", event.logical_id),
                "CloudFormation makes a stack as a whole or not at all. One resource failed; what was under way was cancelled for it, and what was \
                 made is taken back.",
            )
            .next(again("Mend what the reason names", stack))
        });
    found
        .seen(format!("{} ({})", event.logical_id, event.kind), format!("{}: {why}", event.status))
        .seen(format!("Stack {}", stack.name), &stack.status)
        .seen_if("Cancelled for it", (cancelled > 0).then(|| format!("{cancelled} others")))
}

/// What to do about a stack after what failed in it has been mended: one that never was complete has to go first.
fn again(mend: &str, stack: &Stack) -> String {
    if stack.status.starts_with("UPDATE") {
        format!("{mend}, and update the stack again.")
    } else {
        format!("{mend}, delete the stack, and launch it again.")
    }
}

/// Containers log to a group that is not there.
fn no_log_group(facts: &Facts, event: &StackEvent) -> Option<Because> {
    if event.kind != "AWS::ECS::Service" {
        return None;
    }
    let groups = find::known(facts.log_groups.as_ref())?;
    let is_there = |name: &&String| groups.iter().any(|group| group.log_group_name == **name);
    let missing = facts.names.log_groups.iter().find(|name| !is_there(name))?;
    let similar = find::similar(missing, groups.iter().map(|of| of.log_group_name.as_str()));
    Some(
        because(
            "log-group-missing",
            "The log group does not exist",
            "A container that logs to CloudWatch Logs starts only once its log stream has been made. The log group that the template names is not \
             there, and nobody makes it.",
        )
        .seen("Looked for", missing)
        .seen_if("Similar log groups", similar)
        .next("Create the log group, delete the stack, and launch it again.")
        .command(format!("aws logs create-log-group --log-group-name {missing}")),
    )
}

/// A resource that waits for signals got too few, or one of failure.
fn signalled(facts: &Facts, stack: &Stack, event: &StackEvent) -> Option<Because> {
    let why = event.reason.as_deref().unwrap_or_default();
    let told = last_operation(facts, stack).iter().filter(|one| one.logical_id == event.logical_id);
    let signals: Vec<&str> = told
        .filter_map(|one| one.reason.as_deref())
        .filter(|why| why.starts_with("Received ") && why.contains(" signal with UniqueId "))
        .collect();
    if let Some(failure) = signals.iter().find(|signal| signal.contains("FAILURE")) {
        let instance = failure.rsplit(' ').next().unwrap_or_default();
        let log = find::known(facts.console.get(instance)).map(|log| last_lines(log));
        return Some(
            because(
                "signal-of-failure",
                "A machine says that its set-up failed",
                "The template lets the stack wait for the machines' own word (CreationPolicy). One of them has sent the exit code of a command that \
                 failed.",
            )
            .seen("Signal", *failure)
            .seen_if(format!("System log of {instance}"), log)
            .next(again("Mend the command of the user data that failed (the line before cfn-signal)", stack)),
        );
    }
    if !(why.contains("resource signal") || why.contains("failed to stabilize: signal")) {
        return None;
    }
    Some(
        because(
            "signals-missing",
            "The stack has waited for signals that did not come",
            "The template lets the stack wait for the machines' own word (CreationPolicy). A signal is sent by the line with cfn-signal in the user \
             data, if the boot comes to that line, and if the machine has a way out to CloudFormation.",
        )
        .seen("Signals that came", signals.len().to_string())
        .next(again("Find out which of them is missing, and mend it", stack)),
    )
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(4).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}

fn name_taken(event: &StackEvent) -> Because {
    because(
        "name-taken",
        "Something of that name exists already",
        "The template gives the resource a fixed name, and names are unique in an account and region. Another stack, or somebody by hand, has it.",
    )
    .seen_if("Name", Some(event.physical_id.clone()).filter(|id| !id.is_empty()))
    .next("Give it a name of the stack's own, or delete what has it.")
}

/// It is under way for too long: services wait for machines that do not join.
pub(in crate::check) fn services_wait(facts: &Facts, stack: &Stack) -> Option<Because> {
    let resources = find::all(facts.stack_resources.get(&stack.name));
    let waiting: Vec<&str> = resources
        .iter()
        .filter(|of| of.kind == "AWS::ECS::Service" && of.status == "CREATE_IN_PROGRESS")
        .map(|of| of.logical_id.as_str())
        .collect();
    let cluster = resources.iter().find(|of| of.kind == "AWS::ECS::Cluster")?;
    let joined = find::known(facts.container_instances.get(&cluster.physical_id))?;
    let group = resources.iter().find(|of| of.kind == "AWS::AutoScaling::AutoScalingGroup")?;
    if waiting.is_empty() || !joined.is_empty() || group.status != "CREATE_COMPLETE" {
        return None;
    }
    Some(
        because(
            "services-wait-for-machines",
            "The services wait for machines that do not join",
            "The stack is complete only when its services are steady, and they have no machine to run on. The group counts as complete as soon as it \
             exists: nothing made the stack wait for the machines' own word.",
        )
        .seen("Services that wait", waiting.join(", "))
        .seen(format!("Container instances in {}", cluster.physical_id), "0")
        .seen(format!("Auto Scaling group {}", group.logical_id), &group.status)
        .next("Find out why the machines do not join the cluster: read the system log of one of them.")
        .command(format!(
            "aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {} --query 'AutoScalingGroups[0].Instances'",
            group.physical_id
        )),
    )
}

/// The service that is looked for went with its stack.
pub(in crate::check) fn rolled_back(facts: &Facts, cluster: &str, service: &str) -> Option<Because> {
    let own = format!("/{cluster}/{service}");
    facts.names.stacks.iter().find_map(|name| {
        let stack = find::stack(facts, name).filter(|stack| stack.status.starts_with("ROLLBACK_"))?;
        let resources = find::all(facts.stack_resources.get(name));
        let gone =
            resources.iter().find(|of| of.kind == "AWS::ECS::Service" && of.physical_id.ends_with(&own));
        let events = find::all(facts.stack_events.get(name));
        let was = || {
            events.iter().any(|of| of.kind == "AWS::ECS::Service" && of.physical_id.ends_with(&own))
                || events.iter().any(|of| of.kind == "AWS::ECS::Cluster" && of.physical_id == cluster)
        };
        if gone.is_none() && !was() {
            return None;
        }
        let cause = because(
            "rolled-back-with-its-evidence",
            "The stack was rolled back, and its services went with it",
            "A stack that fails while it is created is rolled back: everything it made is deleted, with all that could tell why.",
        )
        .seen(format!("Stack {name}"), &stack.status);
        let cause = match first_failure(facts, stack) {
            Some((event, _)) => cause.seen(
                format!("First failure: {}", event.logical_id),
                event.reason.clone().unwrap_or_default(),
            ),
            None => cause,
        };
        Some(
            cause
                .next("Delete it, and launch it again with --on-failure DO_NOTHING.")
                .command(format!("aws cloudformation delete-stack --stack-name {name}")),
        )
    })
}

/// The orders' table is another one than it was.
pub(in crate::check) fn table_replaced(facts: &Facts, table: &str) -> Option<Because> {
    const REPLACES: &str = "Requested update requires the creation of a new physical resource";
    facts.names.stacks.iter().find_map(|name| {
        let events = find::all(facts.stack_events.get(name));
        let had = events.iter().find(|of| of.kind == "AWS::DynamoDB::Table" && of.physical_id == table)?;
        let replaced = events.iter().find(|of| {
            of.logical_id == had.logical_id
                && of.reason.as_deref().is_some_and(|why| why.starts_with(REPLACES))
        })?;
        let newest = events
            .iter()
            .find(|of| of.logical_id == had.logical_id && of.status.starts_with("CREATE_COMPLETE"))
            .or_else(|| events.iter().find(|of| of.logical_id == had.logical_id && of.status == "UPDATE_COMPLETE"));
        let created = find::known(facts.tables.get(table)).and_then(Option::as_ref).and_then(|of| of.created_at);
        Some(
            because(
                "table-was-replaced",
                "The table was replaced, and what was in it is gone",
                "An update changed a property that a table keeps for life, so that CloudFormation made a new table and deleted the old one, with the \
                 orders in it.",
            )
            .seen(format!("Event of {}", replaced.logical_id), replaced.reason.clone().unwrap_or_default())
            .seen_if("The table now", newest.map(|of| of.physical_id.clone()))
            .seen_if("Created", created.map(|at| format!("{} s ago", facts.at.saturating_sub(at))))
            .next("The orders are lost: order again, and read Replacement before you execute a change set."),
        )
    })
}
