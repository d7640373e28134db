//! Causes that no lab's `mistakes/` makes: each from the least that is wrong.

use super::fixture::known;
use crate::catalog::check::{Check, CircuitBreaker};
use crate::check::facts::{
    Activation, Alarm, Deployment, Fact, Facts, FileSystem, LoadBalancer, RunningContainer, ScalableTarget,
    Service, ServiceLoadBalancer, TargetGroup, TargetHealth, Task,
};
use crate::check::{Verdict, regrade};
use crate::cloud::ec2::{NatGateway, Route, RouteTable, SecurityGroup, Subnet, Vpc};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOW: i64 = 1_800_000_000;
const REVISION: &str = "arn:aws:ecs:us-east-1:1:task-definition/web:1";
const TARGETS: &str = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/targets/1";
const BALANCER: &str = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/lb/1";

/// Facts of a service, changed.
fn of_service(change: impl FnOnce(&mut Service)) -> Facts {
    let mut service = Service {
        name: "web".into(),
        status: "ACTIVE".into(),
        desired: 1,
        running: 1,
        task_definition: REVISION.into(),
        created_at: Some(NOW - 9_000),
        deployments: vec![Deployment {
            status: "PRIMARY".into(),
            task_definition: REVISION.into(),
            rollout_state: Some("COMPLETED".into()),
            created_at: Some(NOW - 9_000),
            ..Deployment::default()
        }],
        launch_type: Some("FARGATE".into()),
        ..Service::default()
    };
    change(&mut service);
    let mut facts = Facts { at: NOW, region: "us-east-1".into(), ..Facts::default() };
    facts.services.insert("c".into(), [("web".to_owned(), Fact::Known(Some(service)))].into());
    facts.tasks.insert("c".into(), Fact::Known(Vec::new()));
    facts
}

/// A service whose tasks have stopped in this way, twice.
fn stopped(code: &str, reason: &str, of_container: Option<&str>) -> Facts {
    let mut facts = of_service(|service| service.running = 0);
    let task = |n: i64| Task {
        arn: format!("arn:aws:ecs:us-east-1:1:task/c/{n}"),
        group: "service:web".into(),
        task_definition: REVISION.into(),
        last_status: "STOPPED".into(),
        desired_status: "STOPPED".into(),
        created_at: Some(NOW - 100 * n),
        stopped_at: Some(NOW - 90 * n),
        stop_code: Some(code.into()),
        stopped_reason: Some(reason.into()),
        containers: vec![RunningContainer {
            name: "web".into(),
            last_status: "STOPPED".into(),
            exit_code: of_container.map(|_| 137),
            reason: of_container.map(str::to_owned),
            ..RunningContainer::default()
        }],
        ..Task::default()
    };
    facts.tasks.insert("c".into(), Fact::Known(vec![task(1), task(2)]));
    facts
}

fn table(subnet: &str, target: Option<&str>) -> RouteTable {
    let route = |target: &str| Route {
        destination: "0.0.0.0/0".into(),
        target: target.into(),
        state: "active".into(),
    };
    RouteTable {
        route_table_id: format!("rtb-{subnet}"),
        vpc_id: "vpc-1".into(),
        subnet_ids: vec![subnet.into()],
        routes: target.map(route).into_iter().collect(),
        ..RouteTable::default()
    }
}

fn balancer() -> LoadBalancer {
    LoadBalancer {
        arn: BALANCER.into(),
        name: "lb".into(),
        dns_name: "lb-1.us-east-1.elb.amazonaws.com".into(),
        scheme: "internet-facing".into(),
        state: "active".into(),
        vpc_id: "vpc-1".into(),
        subnets: vec!["subnet-1".into()],
        ..LoadBalancer::default()
    }
}

/// A service behind a target group, and how its target is.
fn behind(balancers: &[&str], health: Option<TargetHealth>) -> Facts {
    let mut facts = of_service(|service| {
        let container = "web".to_owned();
        service.load_balancers =
            vec![ServiceLoadBalancer { target_group: TARGETS.into(), container, port: 80 }];
    });
    facts.target_groups = known(vec![TargetGroup {
        arn: TARGETS.into(),
        name: "targets".into(),
        target_type: "ip".into(),
        load_balancers: balancers.iter().map(|arn| (*arn).to_owned()).collect(),
        ..TargetGroup::default()
    }]);
    facts.target_health.insert(TARGETS.into(), Fact::Known(health.into_iter().collect()));
    facts
}

fn private_nat() -> Facts {
    let subnet = |id: &str, name: &str| Subnet {
        subnet_id: id.into(),
        vpc_id: "vpc-1".into(),
        tags: [("Name".to_owned(), name.to_owned())].into(),
        ..Subnet::default()
    };
    let mut facts = Facts { at: NOW, ..Facts::default() };
    facts.names.vpc = Some("v".into());
    facts.vpcs = known(vec![Vpc {
        vpc_id: "vpc-1".into(),
        tags: [("Name".to_owned(), "v".to_owned())].into(),
        ..Vpc::default()
    }]);
    facts.subnets = known(vec![subnet("subnet-1", "inner"), subnet("subnet-2", "also-inner")]);
    facts.internet_gateways = known(Vec::new());
    facts.route_tables = known(vec![table("subnet-1", Some("nat-1")), table("subnet-2", None)]);
    let (id, state) = ("nat-1".to_owned(), "available".to_owned());
    facts.nat_gateways =
        known(vec![NatGateway { id, subnet_id: "subnet-2".into(), state, ..NatGateway::default() }]);
    facts
}

fn no_load() -> Facts {
    let mut facts = of_service(|service| service.desired = 4);
    let resource_id = "service/c/web".to_owned();
    facts.scalable_targets =
        known(vec![ScalableTarget { resource_id: resource_id.clone(), min_capacity: 4, max_capacity: 8 }]);
    facts.scaling_activities.insert(resource_id, Fact::Known(Vec::new()));
    let alarm = Alarm {
        name: "TargetTracking-service/c/web-AlarmHigh-1".into(),
        state: "OK".into(),
        since: Some(NOW - 5_000),
        ..Alarm::default()
    };
    facts.alarms.insert("TargetTracking-service/c/web-".into(), Fact::Known(vec![alarm]));
    facts
}

fn used_up() -> Facts {
    let activation = Activation {
        activation_id: "a".into(),
        iam_role: "r".into(),
        registration_limit: 1,
        expired: true,
        ..Activation::default()
    };
    Facts { at: NOW, activations: known(vec![activation]), ..Facts::default() }
}

fn never_deployed() -> Facts {
    let mut facts = of_service(|service| service.breaker = CircuitBreaker { enable: true, rollback: true });
    facts.service_deployments.insert("c".into(), [("web".to_owned(), Fact::Known(Vec::new()))].into());
    facts
}

/// Cause, check, and what was seen.
fn cases() -> Vec<(&'static str, Value, Facts)> {
    let service = || json!({"kind": "ecs_service", "cluster": "c", "service": "web", "running": 1});
    let healthy = || json!({"kind": "targets_healthy", "target_group": "targets", "healthy": 1, "cluster": "c", "service": "web"});
    let refused = TargetHealth {
        id: "10.0.0.1".into(),
        state: "unhealthy".into(),
        reason: "Target.FailedHealthChecks".into(),
        ..TargetHealth::default()
    };
    let in_private = Facts {
        load_balancers: known(vec![balancer()]),
        route_tables: known(vec![table("subnet-1", None)]),
        ..Facts::default()
    };
    let mut silent = Facts { load_balancers: known(vec![balancer()]), ..Facts::default() };
    silent.listeners.insert(BALANCER.into(), Fact::Known(Vec::new()));
    let nfs = Facts {
        file_systems: known(vec![FileSystem {
            id: "fs-1".into(),
            name: "data".into(),
            state: "available".into(),
            ..FileSystem::default()
        }]),
        security_groups: known(vec![SecurityGroup {
            group_id: "sg-1".into(),
            group_name: "nfs".into(),
            ..SecurityGroup::default()
        }]),
        ..Facts::default()
    };
    let no_secret = "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: \
                     ResourceNotFoundException: Secrets Manager can't find the specified secret.";
    vec![
        ("activation-used-up", json!({"kind": "activation", "role": "r"}), used_up()),
        (
            "container-out-of-memory",
            service(),
            stopped(
                "EssentialContainerExited",
                "Essential container in task exited",
                Some("OutOfMemoryError: Container killed due to memory usage"),
            ),
        ),
        ("secret-missing", service(), stopped("TaskFailedToStart", no_secret, None)),
        (
            "file-system-port-closed",
            json!({"kind": "file_system", "file_system": "data", "security_group": "nfs"}),
            nfs,
        ),
        (
            "load-balancer-in-private-subnets",
            json!({"kind": "load_balancer", "load_balancer": "lb"}),
            in_private,
        ),
        (
            "nat-gateway-in-private-subnet",
            json!({"kind": "default_route", "subnet": "inner", "vpc": "v", "via": "nat_gateway"}),
            private_nat(),
        ),
        ("no-listener", json!({"kind": "site", "load_balancer": "lb", "scheme": "https"}), silent),
        ("no-load", json!({"kind": "scaled_out", "cluster": "c", "service": "web", "to": 5}), no_load()),
        (
            "nothing-was-deployed",
            json!({"kind": "service_deployment", "cluster": "c", "service": "web", "state": "rolled_back"}),
            never_deployed(),
        ),
        ("target-group-not-in-use", healthy(), behind(&[], None)),
        ("target-not-listening", healthy(), behind(&[BALANCER], Some(refused))),
    ]
}

/// The causes that are reached here.
pub(super) fn reached() -> BTreeSet<String> {
    cases().into_iter().map(|(cause, ..)| cause.to_owned()).collect()
}

#[test]
fn each_is_found() {
    for (cause, mut check, facts) in cases() {
        check["id"] = json!("x");
        check["title"] = json!("x");
        let check: Check = serde_json::from_value(check).unwrap();
        match regrade(&serde_json::to_string(&facts).unwrap(), &check).unwrap().verdict {
            Verdict::Failed(seen) => {
                assert_eq!(seen.id, cause, "{seen:#?}");
                assert!(!seen.evidence.is_empty(), "{seen:#?}");
                assert!(seen.next_action.ends_with('.'), "{cause}: {}", seen.next_action);
            }
            other => panic!("{cause}: {other:?}"),
        }
    }
}
