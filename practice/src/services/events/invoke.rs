//! Events meet rules, and rules their targets. A target that fails is counted, and nothing else: EventBridge's own
//! retries end the same way here, where nothing mends by itself. Metrics follow "Monitoring Amazon EventBridge".

use serde_json::{Map, Value, json};

use super::model::Rule;
use super::pattern::Pattern;
use super::transform;
use crate::core::arn::{Arn, arn};
use crate::core::fault::Fault;
use crate::operation::Run;
use crate::services::cloudwatch;
use crate::services::{iam, logs, registry};
use crate::world::{Caller, Principal, Scope};

/// How far an event is passed on from bus to bus.
const MAX_HOPS: u32 = 4;
const PRINCIPAL: &str = "events.amazonaws.com";

/// The ARN of a rule.
pub(super) fn rule_arn(region: &str, account: &str, bus: &str, rule: &str) -> String {
    let name = if bus == super::model::DEFAULT_BUS { rule.to_owned() } else { format!("{bus}/{rule}") };
    arn("events", region, account, &format!("rule/{name}"))
}

/// Gives an event to the rules of a bus that are about it.
pub(super) fn deliver(scope: &mut Scope<'_>, bus: &str, event: &Value) {
    pass_on(scope, bus, event, 0);
}

fn pass_on(scope: &mut Scope<'_>, bus: &str, event: &Value, hops: u32) {
    let Some(found) = scope.region.events.buses.get(bus) else { return };
    let about = |rule: &&Rule| {
        let pattern = rule.pattern.as_deref().filter(|_| rule.is_enabled());
        pattern.and_then(|text| Pattern::parse(text).ok()).is_some_and(|pattern| pattern.matches(event))
    };
    let rules: Vec<Rule> = found.rules.values().filter(about).cloned().collect();
    for rule in &rules {
        fire(scope, bus, rule, event, hops);
    }
}

/// Gives an event to the targets of a rule.
pub(super) fn trigger(scope: &mut Scope<'_>, bus: &str, rule: &Rule, event: &Value) {
    fire(scope, bus, rule, event, 0);
}

fn fire(scope: &mut Scope<'_>, bus: &str, rule: &Rule, event: &Value, hops: u32) {
    count(scope, &rule.name, "TriggeredRules");
    for target in rule.targets.values() {
        let done = invoke(scope, bus, rule, target, event, hops);
        count(scope, &rule.name, if done.is_ok() { "Invocations" } else { "FailedInvocations" });
    }
}

/// Adds one to a metric of a rule.
fn count(scope: &mut Scope<'_>, rule: &str, metric: &str) {
    let now = scope.now;
    cloudwatch::record(&mut scope.region.cloudwatch, "AWS/Events", metric, ("RuleName", rule), now);
}

fn invoke(
    scope: &mut Scope<'_>,
    bus: &str,
    rule: &Rule,
    target: &Value,
    event: &Value,
    hops: u32,
) -> Result<(), Fault> {
    let text = |name: &str| target.get(name).and_then(Value::as_str).unwrap_or_default();
    let whole = text("Arn");
    let Some(parsed) = Arn::parse(whole) else { return Err(Fault::new("ResourceNotFoundException", whole)) };
    match parsed.service {
        "ecs" => {
            let by = rule_arn(&scope.region.name, scope.account, bus, &rule.name);
            run_task(scope, &by, rule, target, event)
        }
        "logs" => {
            let group =
                whole.split(":log-group:").nth(1).unwrap_or_default().trim_end_matches(":*").to_owned();
            let (message, now) = (transform::input(target, event), scope.now);
            let stream = scope.region.ids.uuid();
            let model = &mut scope.region.logs;
            if logs::append(model, &group, &stream, std::iter::once((now, message)), now) {
                return Ok(());
            }
            Err(Fault::new("ResourceNotFoundException", "The specified log group does not exist."))
        }
        "events" => {
            let name = parsed.of_kind("event-bus").unwrap_or_default().to_owned();
            if hops >= MAX_HOPS || !scope.region.events.has_bus(&name) {
                return Err(super::fault::no_bus(&name));
            }
            pass_on(scope, &name, event, hops + 1);
            Ok(())
        }
        _ => Err(Fault::new("ResourceNotFoundException", whole)),
    }
}

/// Runs tasks as the role of the target.
fn run_task(
    scope: &mut Scope<'_>,
    by: &str,
    rule: &Rule,
    target: &Value,
    event: &Value,
) -> Result<(), Fault> {
    let given = target.get("RoleArn").or(target.get("EcsParameters").and_then(|ecs| ecs.get("RoleArn")));
    let role_arn = given.and_then(Value::as_str).unwrap_or_default();
    let view = scope.view();
    let denied = || Fault::new("AccessDeniedException", format!("{PRINCIPAL} cannot assume {role_arn}."));
    if !iam::service_may_assume(&view, role_arn, PRINCIPAL, by) {
        return Err(denied());
    }
    let found = view.iam.role_by_arn(role_arn).ok_or_else(denied)?;
    // The session is named after the rule's targets on AWS; only CloudTrail would show it.
    let session = "events-rule";
    let caller = Caller {
        arn: arn("sts", "", scope.account, &format!("assumed-role/{}/{session}", found.name)),
        user_id: format!("{}:{session}", found.id),
        principal: Principal::Role(found.name.clone()),
        session_key: None,
    };
    let input = call(rule, target, &transform::input(target, event));
    let mut acting = Scope {
        account: scope.account,
        settings: scope.settings,
        iam: &mut *scope.iam,
        cloudtrail: scope.cloudtrail,
        region: &mut *scope.region,
        now: scope.now,
        caller: &caller,
    };
    iam::authorize(&acting.view(), "ecs", "RunTask", &input)?;
    may_pass(&acting, input.get("taskDefinition").and_then(Value::as_str).unwrap_or_default())?;
    let Some(Run::Write(run)) = registry().operation("ecs", "RunTask").map(|operation| &operation.run) else {
        return Err(Fault::new("InternalFailure", "RunTask"));
    };
    let answer = run(&mut acting, input)?;
    let failures = answer.get("failures").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if failures { Err(Fault::new("RunTaskFailed", answer.to_string())) } else { Ok(()) }
}

/// Whoever runs tasks hands them their roles.
fn may_pass(scope: &Scope<'_>, definition: &str) -> Result<(), Fault> {
    let view = scope.view();
    let name = definition.rsplit('/').next().unwrap_or_default();
    let (family, revision) = name.rsplit_once(':').unwrap_or((name, ""));
    let Some(family) = view.region.ecs.families.get(family) else { return Ok(()) };
    let revision = match revision.parse() {
        Ok(number) => family.revisions.get(&number),
        Err(_) => family.latest(),
    };
    let roles = revision.into_iter().flat_map(|one| [&one.task_role_arn, &one.execution_role_arn]);
    for role in roles.flatten() {
        iam::pass_role(&view, role, "ecs-tasks.amazonaws.com")?;
    }
    Ok(())
}

/// The input of `RunTask` for a target.
fn call(rule: &Rule, target: &Value, input: &str) -> Value {
    let none = json!({});
    let ecs = target.get("EcsParameters").unwrap_or(&none);
    let mut call = Map::new();
    for (from, to) in [
        ("TaskDefinitionArn", "taskDefinition"),
        ("TaskCount", "count"),
        ("LaunchType", "launchType"),
        ("PlatformVersion", "platformVersion"),
        ("Group", "group"),
        ("CapacityProviderStrategy", "capacityProviderStrategy"),
        ("PlacementConstraints", "placementConstraints"),
        ("PlacementStrategy", "placementStrategy"),
        ("EnableECSManagedTags", "enableECSManagedTags"),
        ("EnableExecuteCommand", "enableExecuteCommand"),
        ("PropagateTags", "propagateTags"),
    ] {
        if let Some(value) = ecs.get(from).filter(|value| !value.is_null()) {
            call.insert(to.to_owned(), value.clone());
        }
    }
    if let Some(network) =
        ecs.get("NetworkConfiguration").and_then(|network| network.get("awsvpcConfiguration"))
    {
        let member = |name: &str| network.get(name).cloned().unwrap_or(Value::Null);
        let own = json!({"subnets": member("Subnets"), "securityGroups": member("SecurityGroups"),
            "assignPublicIp": member("AssignPublicIp")});
        call.insert("networkConfiguration".to_owned(), json!({"awsvpcConfiguration": own}));
    }
    if let Some(tags) = ecs.get("Tags").and_then(Value::as_array) {
        let tags: Vec<Value> =
            tags.iter().map(|tag| json!({"key": tag.get("Key"), "value": tag.get("Value")})).collect();
        call.insert("tags".to_owned(), json!(tags));
    }
    call.insert("cluster".to_owned(), target.get("Arn").cloned().unwrap_or_default());
    let by: String = format!("events-rule/{}", rule.name).chars().take(128).collect();
    call.insert("startedBy".to_owned(), by.into());
    let overrides = serde_json::from_str::<Value>(input).ok();
    let changes = |value: &Value| {
        ["containerOverrides", "taskRoleArn", "executionRoleArn", "cpu", "memory", "ephemeralStorage"]
            .iter()
            .any(|member| value.get(member).is_some())
    };
    if let Some(overrides) = overrides.filter(changes) {
        call.insert("overrides".to_owned(), overrides);
    }
    Value::Object(call)
}
