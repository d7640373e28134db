//! Every cause around stacks, and what passes: each from the least that is there.

use super::fixture::known;
use super::stack_fixture::*;
use crate::catalog::check::Check;
use crate::check::facts::{Fact, Facts, Stack, Table, Task};
use crate::check::{CheckReport, Verdict, regrade};
use crate::cloud::Trouble;
use crate::inventory::Inventory;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn look(mut check: Value, facts: &Facts) -> CheckReport {
    check["id"] = json!("x");
    check["title"] = json!("x");
    let check: Check = serde_json::from_value(check).unwrap();
    regrade(&serde_json::to_string(facts).unwrap(), &check).unwrap()
}

fn judge(check: Value, facts: &Facts) -> Verdict {
    look(check, facts).verdict
}

fn complete() -> Value {
    json!({"kind": "stack", "stack": "shop", "status": ["CREATE_COMPLETE"], "waits": {"for": "it", "seconds": 60}})
}

fn catalogue() -> Value {
    json!({"kind": "site", "stack": "shop", "output": "Front", "path": "/catalogue", "matches": "price", "times": 2})
}

fn changed(mut facts: Facts, change: impl FnOnce(&mut Facts)) -> Facts {
    change(&mut facts);
    facts
}

fn without(facts: Facts, group: &str) -> Facts {
    changed(facts, |facts| {
        if let Some(Fact::Known(groups)) = &mut facts.security_groups {
            groups.iter_mut().filter(|one| one.group_id == group).for_each(|one| {
                one.ingress.retain(|rule| rule.from_port == Some(80));
            });
        }
    })
}

/// Cause, check, and what was seen.
#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(&'static str, Value, Facts)> {
    let service = "AWS::ECS::Service";
    let group = "AWS::AutoScaling::AutoScalingGroup";
    let table = || json!({"kind": "table_items", "table": "orders", "at_least": 1});
    let change_set = || json!({"kind": "change_set", "stack": "shop", "change_set": "leaner", "parameters": {"Scale": "4"}});
    let failed =
        || json!({"kind": "stack_event", "stack": "shop", "logical_id": "Queue", "status": "UPDATE_FAILED"});
    let drift = |status: &str| json!({"kind": "stack_drift", "stack": "shop", "status": status});
    let empty = || {
        changed(shop("UPDATE_COMPLETE"), |facts| {
            facts
                .tables
                .insert("orders".into(), Fact::Known(Some(Table { created_at: Some(NOW - 60), items: 0 })));
        })
    };
    let replaced = || {
        let mut facts = told(
            "UPDATE_COMPLETE",
            &[
                ("Orders", "AWS::DynamoDB::Table", "CREATE_COMPLETE", ""),
                (
                    "Orders",
                    "AWS::DynamoDB::Table",
                    "UPDATE_IN_PROGRESS",
                    "Requested update requires the creation of a new physical resource; hence creating one.",
                ),
                ("Orders", "AWS::DynamoDB::Table", "DELETE_COMPLETE", ""),
            ],
        );
        facts.tables.insert("orders".into(), Fact::Known(None));
        facts
    };
    let gone = || {
        let mut facts =
            told("ROLLBACK_COMPLETE", &[("Front", service, "CREATE_FAILED", "Service did not stabilize.")]);
        let mut resource = made(service, "Front", "arn:aws:ecs:us-east-1:1:service/c/front");
        resource.status = "DELETE_COMPLETE".into();
        facts.stack_resources.insert("shop".into(), Fact::Known(vec![resource]));
        facts.services.insert("c".into(), [("front".to_owned(), Fact::Known(None))].into());
        facts
    };
    let signals = |more: &[(&'static str, &'static str, &'static str, &'static str)]| {
        let mut events = vec![("shop", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", "User Initiated")];
        events.extend_from_slice(more);
        events.push((
            "Machines",
            group,
            "CREATE_FAILED",
            "Failed to receive 4 resource signal(s) within the specified duration",
        ));
        told("ROLLBACK_COMPLETE", &events)
    };
    let failure = [("Machines", group, "CREATE_IN_PROGRESS", "Received FAILURE signal with UniqueId i-1")];
    let taken = [
        ("Role", "AWS::IAM::Role", "CREATE_FAILED", "Resource creation cancelled"),
        ("Orders", "AWS::DynamoDB::Table", "CREATE_FAILED", "orders already exists in stack arn:other"),
    ];
    let none = [("Front", service, "CREATE_FAILED", "ECS Deployment Circuit Breaker was triggered.")];
    vec![
        (
            "capability-missing",
            complete(),
            refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"),
        ),
        (
            "parameter-refused",
            complete(),
            refused("ValidationError", "Parameters: [Password] must have values"),
        ),
        (
            "not-there-yet",
            complete(),
            refused("ValidationError", "Template format error: unsupported structure."),
        ),
        ("change-set-not-executed", complete(), shop("REVIEW_IN_PROGRESS")),
        (
            "change-set-not-executed",
            json!({"kind": "stack", "stack": "shop", "status": ["UPDATE_COMPLETE"], "parameters": {"Publish": "No"}}),
            set("AVAILABLE", "4"),
        ),
        (
            "change-set-not-executed",
            json!({"kind": "change_set", "stack": "shop", "change_set": "leaner", "state": ["executed"]}),
            set("AVAILABLE", "4"),
        ),
        ("parameter-fell-back", change_set(), set("AVAILABLE", "3")),
        ("not-as-asked", change_set(), set("AVAILABLE", "7")),
        (
            "not-as-asked",
            json!({"kind": "change_set", "stack": "shop", "change_set": "leaner", "changes": [{"action": "Remove", "logical_id": "Front"}]}),
            set("AVAILABLE", "4"),
        ),
        (
            "rolled-back-with-its-evidence",
            json!({"kind": "service_event", "cluster": "c", "service": "front", "matches": "x"}),
            gone(),
        ),
        ("log-group-missing", complete(), told("ROLLBACK_COMPLETE", &none)),
        (
            "stack-resource-failed",
            complete(),
            changed(told("ROLLBACK_COMPLETE", &none), |facts| facts.names.log_groups.clear()),
        ),
        ("signals-missing", complete(), signals(&[])),
        ("signal-of-failure", complete(), signals(&failure)),
        ("name-taken", complete(), told("CREATE_FAILED", &taken)),
        ("services-wait-for-machines", complete(), waiting_for_machines()),
        ("nothing-has-failed", failed(), shop("UPDATE_COMPLETE")),
        (
            "nothing-has-failed",
            json!({"kind": "stack", "stack": "shop", "status": ["CREATE_FAILED"]}),
            shop("CREATE_COMPLETE"),
        ),
        ("drift-not-detected", drift("DRIFTED"), shop("UPDATE_COMPLETE")),
        ("still-drifted", drift("IN_SYNC"), drifted()),
        (
            "not-as-asked",
            json!({"kind": "stack_drift", "stack": "shop", "status": "DRIFTED", "resources": {"Back": "MODIFIED"}}),
            drifted(),
        ),
        (
            "not-as-asked",
            json!({"kind": "stack", "stack": "shop", "termination_protection": true}),
            shop("UPDATE_COMPLETE"),
        ),
        ("nothing-was-ordered", table(), empty()),
        ("table-was-replaced", table(), replaced()),
        ("weave-ports-closed", catalogue(), without(on_machines(), "sg-m")),
        ("database-port-closed", catalogue(), without(on_machines(), "sg-d")),
        (
            "no-instance-in-service",
            catalogue(),
            changed(on_machines(), |facts| {
                let task = Task { started_at: Some(NOW - 900), ..Task::default() };
                facts.tasks.insert("c".into(), Fact::Known(vec![task]));
                facts.instance_health.insert("front".into(), Fact::Known(Vec::new()));
            }),
        ),
        (
            "security-group-closed",
            catalogue(),
            changed(on_machines(), |facts| {
                facts.security_groups = known(vec![self::group("sg-m", Vec::new())]);
            }),
        ),
        ("alias-newer-than-client", catalogue(), connected(400)),
        ("discovered-port-closed", catalogue(), connected(700)),
        (
            "left-over-resources",
            json!({"kind": "nothing_left", "gone": [{"what": "stack", "name": "shop"}]}),
            shop("CREATE_COMPLETE"),
        ),
    ]
}

/// The causes that are reached here.
pub(super) fn reached() -> BTreeSet<String> {
    cases().into_iter().map(|(cause, ..)| cause.to_owned()).collect()
}

#[test]
fn each_is_found() {
    for (cause, check, facts) in cases() {
        match judge(check.clone(), &facts) {
            Verdict::Failed(seen) => {
                assert_eq!(seen.id, cause, "{check}: {seen:#?}");
                assert!(!seen.evidence.is_empty(), "{seen:#?}");
                assert!(seen.next_action.ends_with('.'), "{cause}: {}", seen.next_action);
            }
            other => panic!("{cause} by {check}: {other:?}"),
        }
    }
}

#[test]
fn what_is_right_passes() {
    let event = ("Queue", "AWS::ECS::Service", "UPDATE_FAILED", "circuit breaker");
    let cases = [
        (complete(), shop("CREATE_COMPLETE")),
        (
            json!({"kind": "stack_event", "stack": "shop", "logical_id": "Queue", "status": "UPDATE_FAILED", "reason": "breaker"}),
            told("UPDATE_ROLLBACK_COMPLETE", &[event]),
        ),
        (
            json!({"kind": "stack_drift", "stack": "shop", "status": "DRIFTED", "resources": {"Front": "MODIFIED"}}),
            drifted(),
        ),
        (
            json!({"kind": "change_set", "stack": "shop", "change_set": "leaner", "parameters": {"Scale": "4"},
                "changes": [{"action": "Modify", "logical_id": "Front", "replacement": "True"}]}),
            set("AVAILABLE", "4"),
        ),
        (
            catalogue(),
            changed(on_machines(), |facts| {
                facts.visits = vec![page("/catalogue", 200, "price"), page("/catalogue", 200, "price")];
            }),
        ),
        (
            json!({"kind": "nothing_left", "gone": [{"what": "stack", "name": "shop"}]}),
            changed(shop(""), |facts| {
                facts.stacks.insert("shop".into(), Fact::Known(None));
            }),
        ),
    ];
    for (check, facts) in cases {
        assert_eq!(judge(check.clone(), &facts), Verdict::Passed, "{check}");
    }
}

#[test]
fn a_clean_up_ends_with_a_receipt() {
    let check = json!({"kind": "nothing_left", "gone": [{"what": "of_stack", "name": "shop"}, {"what": "of_stack", "name": "old"}]});
    let mut facts = shop("");
    let nothing = |had| Fact::Known(Inventory { had, ..Inventory::default() });
    facts.inventories.insert("shop".into(), nothing(62));
    facts.inventories.insert("old".into(), nothing(0));
    let report = look(check.clone(), &facts);
    assert_eq!(report.verdict, Verdict::Passed);
    let remark = report.remark.unwrap();
    assert!(remark.ends_with("Nothing is left of shop (62 resources)."), "{remark}");
    facts.inventories.insert("old".into(), Fact::Unknown(Trouble::Throttled("slow".into())));
    let report = look(check, &facts);
    assert!(matches!(report.verdict, Verdict::CannotTell { .. }) && report.remark.is_none(), "{report:?}");
}

#[test]
fn one_wrong_answer_of_several_is_not_right() {
    let facts = changed(on_machines(), |facts| {
        facts.visits = vec![page("/catalogue", 200, "price"), page("/catalogue", 500, "catalogue")];
    });
    assert_ne!(judge(catalogue(), &facts), Verdict::Passed);
}

#[test]
fn what_is_under_way_is_waited_for() {
    for (status, wanted) in [
        ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"),
        ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
    ] {
        let check = json!({"kind": "stack", "stack": "shop", "status": [wanted], "waits": {"for": "it", "seconds": 900}});
        let verdict = judge(check, &shop(status));
        assert!(matches!(verdict, Verdict::Converging { .. }), "{status} to {wanted}: {verdict:?}");
    }
    let check = json!({"kind": "stack", "stack": "shop", "status": ["CREATE_COMPLETE"], "waits": {"for": "it", "seconds": 900}});
    assert!(matches!(judge(check, &shop("ROLLBACK_IN_PROGRESS")), Verdict::Failed(_)));
}

#[test]
fn a_refusal_that_something_has_followed_is_forgotten() {
    let mut facts = refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]");
    let stack = Stack {
        name: "shop".into(),
        status: "CREATE_COMPLETE".into(),
        created_at: Some(NOW - 5),
        ..Stack::default()
    };
    facts.stacks.insert("shop".into(), Fact::Known(Some(stack)));
    let check = json!({"kind": "stack", "stack": "shop", "status": ["UPDATE_COMPLETE"]});
    match judge(check, &facts) {
        Verdict::Failed(cause) => assert_eq!(cause.id, "not-as-asked"),
        other => panic!("{other:?}"),
    }
}
