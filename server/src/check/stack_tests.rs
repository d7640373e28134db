//! Every cause around stacks, and what passes: each from the least that is there.

use super::facts::{
    Change, ChangeSet, ClassicBalancer, Cluster, ContainerInstance, Database, Deployment, Difference, Drift,
    Fact, Facts, InstanceHealth, Refusal, Service, Stack, StackEvent, StackResource, Table, Task,
    TaskDefinition,
};
use super::facts::{Connect, ContainerDefinition, Offered, ServiceLoadBalancer, Visit};
use super::fixture::known;
use super::{Page, Target, Verdict, regrade};
use crate::catalog::check::{Check, Scheme};
use crate::cloud::ec2::{Image, Instance, IpPermission, SecurityGroup};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOW: i64 = 1_800_000_000;
const HOST: &str = "front-1.us-east-1.elb.amazonaws.com";

fn judge(mut check: Value, facts: &Facts) -> Verdict {
    check["id"] = json!("x");
    check["title"] = json!("x");
    let check: Check = serde_json::from_value(check).unwrap();
    regrade(&serde_json::to_string(facts).unwrap(), &check).unwrap().verdict
}

fn pairs(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The stack `shop`, in this state since a quarter of an hour, and nothing else.
fn shop(status: &str) -> Facts {
    let mut facts = Facts { at: NOW, region: "us-east-1".into(), ..Facts::default() };
    facts.names.stacks.push("shop".into());
    facts.names.log_groups.push("shop".into());
    let stack = Stack {
        id: "arn:shop".into(),
        name: "shop".into(),
        status: status.into(),
        parameters: pairs(&[("Scale", "4"), ("Publish", "Yes")]),
        outputs: pairs(&[("Front", &format!("http://{HOST}:80"))]),
        drift: "NOT_CHECKED".into(),
        created_at: Some(NOW - 900),
        ..Stack::default()
    };
    facts.stacks.insert("shop".into(), Fact::Known(Some(stack)));
    facts.stack_events.insert("shop".into(), Fact::Known(Vec::new()));
    facts.stack_drifts.insert("shop".into(), Fact::Known(Vec::new()));
    facts
}

fn the_stack(facts: &mut Facts) -> &mut Stack {
    match facts.stacks.get_mut("shop") {
        Some(Fact::Known(Some(stack))) => stack,
        other => panic!("{other:?}"),
    }
}

/// What its events say, oldest first.
fn told(status: &str, events: &[(&str, &str, &str, &str)]) -> Facts {
    let mut facts = shop(status);
    let all = events.iter().rev().map(|(id, kind, status, reason)| StackEvent {
        at: Some(NOW - 800),
        logical_id: (*id).into(),
        physical_id: (*id).to_lowercase(),
        kind: (*kind).into(),
        status: (*status).into(),
        reason: Some((*reason).into()).filter(|reason: &String| !reason.is_empty()),
    });
    facts.stack_events.insert("shop".into(), Fact::Known(all.collect()));
    facts.log_groups = known(Vec::new());
    facts
}

fn refused(code: &str, message: &str) -> Facts {
    let mut facts = shop("CREATE_COMPLETE");
    facts.stacks.insert("shop".into(), Fact::Known(None));
    facts.refusals = known(vec![Refusal {
        at: NOW - 20,
        operation: "CreateStack".into(),
        stack: Some("shop".into()),
        code: code.into(),
        message: message.into(),
    }]);
    facts
}

fn set(execution: &str, scale: &str) -> Facts {
    let mut facts = shop("UPDATE_COMPLETE");
    let set = ChangeSet {
        status: "CREATE_COMPLETE".into(),
        execution: execution.into(),
        parameters: pairs(&[("Scale", scale), ("Publish", "No")]),
        changes: vec![Change {
            action: "Modify".into(),
            logical_id: "Front".into(),
            replacement: "True".into(),
        }],
        ..ChangeSet::default()
    };
    facts.change_sets.insert("shop".into(), [("leaner".to_owned(), Fact::Known(Some(set)))].into());
    facts.stack_defaults.insert("shop".into(), Fact::Known(pairs(&[("Scale", "3")])));
    facts
}

fn made(kind: &str, logical: &str, physical: &str) -> StackResource {
    StackResource {
        logical_id: logical.into(),
        physical_id: physical.into(),
        kind: kind.into(),
        status: "CREATE_COMPLETE".into(),
    }
}

fn rule(protocol: &str, from: i32, to: i32, source: &str) -> IpPermission {
    let (groups, cidrs) = if source.starts_with("sg-") {
        (vec![source.to_owned()], Vec::new())
    } else {
        (Vec::new(), vec![source.to_owned()])
    };
    IpPermission { ip_protocol: protocol.into(), from_port: Some(from), to_port: Some(to), cidrs, groups }
}

fn group(id: &str, ingress: Vec<IpPermission>) -> SecurityGroup {
    SecurityGroup {
        group_id: id.into(),
        group_name: format!("{id}-name"),
        ingress,
        ..SecurityGroup::default()
    }
}

/// A shop on two machines with Weave Net and a database, behind a classic load balancer, all in order; its page answers
/// 500.
fn on_machines() -> Facts {
    let mut facts = shop("CREATE_COMPLETE");
    facts.stack_resources.insert(
        "shop".into(),
        Fact::Known(vec![
            made("AWS::ECS::Cluster", "Cluster", "c"),
            made("AWS::ECS::Service", "Catalogue", "arn:aws:ecs:us-east-1:1:service/c/catalogue"),
            made("AWS::RDS::DBInstance", "Data", "data"),
        ]),
    );
    facts.clusters.insert("c".into(), Fact::Known(Some(Cluster { name: "c".into(), ..Cluster::default() })));
    let joined = |n: u8| ContainerInstance {
        arn: format!("arn:{n}"),
        instance_id: format!("i-{n}"),
        status: "ACTIVE".into(),
        agent_connected: true,
        ..ContainerInstance::default()
    };
    facts.container_instances.insert("c".into(), Fact::Known(vec![joined(1), joined(2)]));
    let machine = |n: u8| Instance {
        instance_id: format!("i-{n}"),
        image_id: "ami-1".into(),
        security_groups: vec!["sg-m".into()],
        state: "running".into(),
        ..Instance::default()
    };
    facts.instances = known(vec![machine(1), machine(2)]);
    let image = Image { name: "Weaveworks ECS Image".into(), ..Image::default() };
    facts.images.insert("ami-1".into(), Fact::Known(Some(image)));
    facts.security_groups = known(vec![
        group(
            "sg-m",
            vec![
                rule("tcp", 80, 80, "0.0.0.0/0"),
                rule("tcp", 6783, 6783, "sg-m"),
                rule("udp", 6783, 6784, "sg-m"),
            ],
        ),
        group("sg-d", vec![rule("tcp", 3306, 3306, "sg-m")]),
    ]);
    let service = Service {
        name: "catalogue".into(),
        status: "ACTIVE".into(),
        task_definition: "arn:td".into(),
        ..Service::default()
    };
    facts.services.insert("c".into(), [("catalogue".to_owned(), Fact::Known(Some(service)))].into());
    let container = ContainerDefinition {
        name: "catalogue".into(),
        arguments: vec!["-DSN=catalogue_user:secret@tcp(data.rds.amazonaws.com:3306)/socksdb".into()],
        ..ContainerDefinition::default()
    };
    let definition = TaskDefinition { containers: vec![container], ..TaskDefinition::default() };
    facts.task_definitions.insert("arn:td".into(), Fact::Known(Some(definition)));
    facts.databases = known(vec![Database {
        id: "data".into(),
        status: "available".into(),
        address: "data.rds.amazonaws.com".into(),
        port: 3306,
        security_groups: vec!["sg-d".into()],
    }]);
    facts.classic_balancers = known(vec![ClassicBalancer {
        name: "front".into(),
        dns_name: HOST.into(),
        security_groups: vec!["sg-m".into()],
        listeners: vec![(80, 80)],
        health_target: "HTTP:80/".into(),
    }]);
    let health =
        |state: &str| InstanceHealth { id: "i-1".into(), state: state.into(), ..InstanceHealth::default() };
    facts.instance_health.insert("front".into(), Fact::Known(vec![health("InService")]));
    facts.visits = vec![page("/catalogue", 500, "catalogue did not answer")];
    facts
}

fn page(path: &str, status: u16, body: &str) -> Visit {
    let (host, scheme, path) = (HOST.to_owned(), Scheme::Http, path.to_owned());
    Visit {
        instance_id: String::new(),
        target: Target { host, address: None, scheme, port: 80, path },
        page: Page::Answered { status, body: body.to_owned(), location: None },
    }
}

/// The same on Fargate, with Service Connect: the catalogue's service is this old.
fn connected(age: i64) -> Facts {
    let mut facts = shop("CREATE_COMPLETE");
    facts.stack_resources.insert(
        "shop".into(),
        Fact::Known(vec![
            made("AWS::ECS::Service", "Front", "arn:aws:ecs:us-east-1:1:service/c/front-end"),
            made("AWS::ECS::Service", "Catalogue", "arn:aws:ecs:us-east-1:1:service/c/catalogue"),
        ]),
    );
    facts.load_balancers = known(vec![super::facts::LoadBalancer {
        arn: "arn:lb".into(),
        dns_name: HOST.into(),
        state: "active".into(),
        ..super::facts::LoadBalancer::default()
    }]);
    let service = |name: &str, age: i64, services: Vec<Offered>| Service {
        name: name.into(),
        status: "ACTIVE".into(),
        created_at: Some(NOW - age),
        security_groups: vec![format!("sg-{name}")],
        deployments: vec![Deployment {
            status: "PRIMARY".into(),
            connect: Some(Connect { enabled: true, namespace: "shop".into(), services }),
            ..Deployment::default()
        }],
        ..Service::default()
    };
    let mut front = service("front-end", 600, Vec::new());
    front.load_balancers = vec![ServiceLoadBalancer::default()];
    let offered = Offered {
        port_name: "catalogue".into(),
        discovery_name: None,
        aliases: vec![(Some("catalogue".into()), 80)],
    };
    let catalogue = service("catalogue", age, vec![offered]);
    let known_service = |service: Service| (service.name.clone(), Fact::Known(Some(service)));
    facts.services.insert("c".into(), [known_service(front), known_service(catalogue)].into());
    let task = Task {
        group: "service:front-end".into(),
        last_status: "RUNNING".into(),
        created_at: Some(NOW - 500),
        ..Task::default()
    };
    facts.tasks.insert("c".into(), Fact::Known(vec![task]));
    facts.security_groups = known(vec![group("sg-front-end", Vec::new()), group("sg-catalogue", Vec::new())]);
    facts.visits = vec![page("/catalogue", 500, "no answer")];
    facts
}

fn drifted() -> Facts {
    let mut facts = shop("UPDATE_COMPLETE");
    let stack = the_stack(&mut facts);
    stack.drift = "DRIFTED".into();
    stack.drift_checked_at = Some(NOW - 30);
    let difference = Difference { path: "/DesiredCount".into(), expected: "3".into(), actual: "4".into() };
    let drift =
        Drift { logical_id: "Front".into(), status: "MODIFIED".into(), differences: vec![difference] };
    facts.stack_drifts.insert("shop".into(), Fact::Known(vec![drift]));
    facts
}

fn waiting_for_machines() -> Facts {
    let mut facts = shop("CREATE_IN_PROGRESS");
    let service =
        StackResource { status: "CREATE_IN_PROGRESS".into(), ..made("AWS::ECS::Service", "Front", "") };
    facts.stack_resources.insert(
        "shop".into(),
        Fact::Known(vec![
            made("AWS::ECS::Cluster", "Cluster", "c"),
            made("AWS::AutoScaling::AutoScalingGroup", "Machines", "g"),
            service,
        ]),
    );
    facts.container_instances.insert("c".into(), Fact::Known(Vec::new()));
    facts
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
