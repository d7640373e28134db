//! Stacks and what is made by them, as facts: what tests about stacks begin with.

use super::fixture::known;
use crate::catalog::check::Scheme;
use crate::check::facts::{
    Change, ChangeSet, ClassicBalancer, Cluster, ContainerInstance, Database, Deployment, Difference, Drift,
    Fact, Facts, InstanceHealth, Refusal, Service, Stack, StackEvent, StackResource, Task, TaskDefinition,
};
use crate::check::facts::{Connect, ContainerDefinition, Offered, ServiceLoadBalancer, Visit};
use crate::check::{Page, Target};
use crate::cloud::ec2::{Image, Instance, IpPermission, SecurityGroup};

/// When they are looked at, seconds.
pub(super) const NOW: i64 = 1_800_000_000;
/// The front end's.
pub(super) const HOST: &str = "front-1.us-east-1.elb.amazonaws.com";

pub(super) fn pairs(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The stack `shop`, in this state since a quarter of an hour, and nothing else.
pub(super) fn shop(status: &str) -> Facts {
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

pub(super) fn the_stack(facts: &mut Facts) -> &mut Stack {
    match facts.stacks.get_mut("shop") {
        Some(Fact::Known(Some(stack))) => stack,
        other => panic!("{other:?}"),
    }
}

/// What its events say, oldest first.
pub(super) fn told(status: &str, events: &[(&str, &str, &str, &str)]) -> Facts {
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

pub(super) fn refused(code: &str, message: &str) -> Facts {
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

pub(super) fn set(execution: &str, scale: &str) -> Facts {
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

pub(super) fn made(kind: &str, logical: &str, physical: &str) -> StackResource {
    StackResource {
        logical_id: logical.into(),
        physical_id: physical.into(),
        kind: kind.into(),
        status: "CREATE_COMPLETE".into(),
    }
}

pub(super) fn rule(protocol: &str, from: i32, to: i32, source: &str) -> IpPermission {
    let (groups, cidrs) = if source.starts_with("sg-") {
        (vec![source.to_owned()], Vec::new())
    } else {
        (Vec::new(), vec![source.to_owned()])
    };
    IpPermission { ip_protocol: protocol.into(), from_port: Some(from), to_port: Some(to), cidrs, groups }
}

pub(super) fn group(id: &str, ingress: Vec<IpPermission>) -> SecurityGroup {
    SecurityGroup {
        group_id: id.into(),
        group_name: format!("{id}-name"),
        ingress,
        ..SecurityGroup::default()
    }
}

/// A shop on two machines with Weave Net and a database, behind a classic load balancer, all in order; its page answers
/// 500.
pub(super) fn on_machines() -> Facts {
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

pub(super) fn page(path: &str, status: u16, body: &str) -> Visit {
    let (host, scheme, path) = (HOST.to_owned(), Scheme::Http, path.to_owned());
    Visit {
        instance_id: String::new(),
        target: Target { host, address: None, scheme, port: 80, path },
        page: Page::Answered { status, body: body.to_owned(), location: None },
    }
}

/// The same on Fargate, with Service Connect: the catalogue's service is this old.
pub(super) fn connected(age: i64) -> Facts {
    let mut facts = shop("CREATE_COMPLETE");
    facts.stack_resources.insert(
        "shop".into(),
        Fact::Known(vec![
            made("AWS::ECS::Service", "Front", "arn:aws:ecs:us-east-1:1:service/c/front-end"),
            made("AWS::ECS::Service", "Catalogue", "arn:aws:ecs:us-east-1:1:service/c/catalogue"),
        ]),
    );
    facts.load_balancers = known(vec![crate::check::facts::LoadBalancer {
        arn: "arn:lb".into(),
        dns_name: HOST.into(),
        state: "active".into(),
        ..crate::check::facts::LoadBalancer::default()
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

pub(super) fn drifted() -> Facts {
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

pub(super) fn waiting_for_machines() -> Facts {
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
