//! The whole lab, done right, as facts: what tests begin with and break one thing of.

use crate::catalog::check::{Check, Scheme};
use crate::catalog::lab::Lab;
use crate::catalog::values::{Account, Values};
use crate::check::facts::{
    Cluster, ContainerDefinition, ContainerInstance, Deployment, Event, Fact, Facts, Group, GroupInstance,
    LaunchFrom, Names, Policy, PortMapping, Resources, Role, RunningContainer, Service, Task, TaskDefinition,
    Visit, VpcDns,
};
use crate::check::{Page, Target};
use crate::cloud::ec2::{
    Image, Instance, InternetGateway, IpPermission, KeyPair, Launch, Route, RouteTable, SecurityGroup,
    Subnet, Tags, Vpc,
};

use std::sync::LazyLock;

pub(super) const NOW: i64 = 1_800_000_000;
pub(super) const CLUSTER: &str = "weave-ecs-demo-cluster";
pub(super) const GROUP: &str = "weave-ecs-demo-group";
pub(super) const SERVICE: &str = "weave-ecs-demo-service";
pub(super) const FAMILY: &str = "weave-ecs-demo-task";
pub(super) const LAUNCH: &str = "weave-ecs-launch-configuration";
pub(super) const PROFILE: &str = "weave-ecs-instance-profile";
pub(super) const ROLE: &str = "weave-ecs-role";
pub(super) const IMAGE: &str = "ami-f560d8e3";
pub(super) const TASK_DEFINITION: &str = "arn:aws:ecs:us-east-1:1:task-definition/weave-ecs-demo-task:1";

pub(super) fn lab() -> (Lab, Values) {
    let dir = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../labs/weave-by-hand"));
    let mut catalog = crate::catalog::load(dir);
    let lab = catalog.labs.remove("weave-by-hand").unwrap();
    let account = Account { region: "us-east-1".to_owned(), ..Account::default() };
    let values = Values::of(&lab.card, &account).unwrap();
    (lab, values)
}

pub(super) fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| {
        let (lab, values) = lab();
        lab.steps.iter().flat_map(|s| &s.checks).map(|c| values.fill_check(c).unwrap()).collect()
    });
    &CHECKS
}

#[expect(clippy::unnecessary_wraps, reason = "facts are options, and this fills one in")]
pub(super) fn known<T>(value: T) -> Option<Fact<T>> {
    Some(Fact::Known(value))
}

fn tag(name: &str) -> Tags {
    [("Name".to_owned(), name.to_owned())].into()
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// Everything before the clean-up.
pub(super) fn done() -> Facts {
    let mut facts = Facts {
        at: NOW,
        region: text("us-east-1"),
        names: Names {
            cluster: Some(text(CLUSTER)),
            vpc: Some(text("weave-ecs-demo-vpc")),
            subnet: Some(text("weave-ecs-demo-subnet")),
            group: Some(text(GROUP)),
            service: Some(text(SERVICE)),
            ..Names::default()
        },
        ..Facts::default()
    };
    network(&mut facts);
    machines(&mut facts);
    tasks(&mut facts);
    facts
}

fn network(facts: &mut Facts) {
    facts.vpcs = known(vec![
        Vpc { vpc_id: text("vpc-0"), is_default: true, ..Vpc::default() },
        Vpc {
            vpc_id: text("vpc-1"),
            cidr_block: text("172.31.0.0/28"),
            tags: tag("weave-ecs-demo-vpc"),
            ..Vpc::default()
        },
    ]);
    facts.vpc_dns.insert(text("vpc-1"), Fact::Known(VpcDns { support: true, hostnames: true }));
    facts.subnets = known(vec![Subnet {
        subnet_id: text("subnet-1"),
        vpc_id: text("vpc-1"),
        tags: tag("weave-ecs-demo-subnet"),
        ..Subnet::default()
    }]);
    facts.internet_gateways = known(vec![InternetGateway {
        internet_gateway_id: text("igw-1"),
        attached_to: vec![text("vpc-1")],
        tags: tag("weave-ecs-demo"),
    }]);
    facts.route_tables = known(vec![RouteTable {
        route_table_id: text("rtb-1"),
        vpc_id: text("vpc-1"),
        main: true,
        routes: vec![Route { destination: text("0.0.0.0/0"), target: text("igw-1"), state: text("active") }],
        ..RouteTable::default()
    }]);
    let rule = |protocol: &str, port: i32, world: bool| IpPermission {
        ip_protocol: text(protocol),
        from_port: Some(port),
        to_port: Some(port),
        cidrs: if world { vec![text("0.0.0.0/0")] } else { Vec::new() },
        groups: if world { Vec::new() } else { vec![text("sg-1")] },
    };
    facts.security_groups = known(vec![SecurityGroup {
        group_id: text("sg-1"),
        group_name: text("weave-ecs-demo"),
        vpc_id: text("vpc-1"),
        ingress: vec![
            rule("tcp", 22, true),
            rule("tcp", 80, true),
            rule("tcp", 4040, true),
            rule("tcp", 6783, false),
            rule("udp", 6783, false),
            rule("udp", 6784, false),
            rule("tcp", 4040, false),
        ],
        ..SecurityGroup::default()
    }]);
    facts.key_pairs =
        known(vec![KeyPair { key_name: text("weave-ecs-demo-key"), key_pair_id: text("key-1") }]);
}

fn machines(facts: &mut Facts) {
    let policy = include_str!("../../../../labs/weave-by-hand/files/weave-ecs-policy.json");
    let trust = include_str!("../../../../labs/weave-by-hand/files/weave-ecs-role.json");
    let role = Role {
        name: text(ROLE),
        trust: text(trust),
        policies: vec![Policy { name: text("weave-ecs-policy"), document: text(policy) }],
        unread: Vec::new(),
    };
    facts.roles.insert(text(ROLE), Fact::Known(Some(role)));
    facts.instance_profiles.insert(text(PROFILE), Fact::Known(Some(vec![text(ROLE)])));
    let image =
        Image { image_id: text(IMAGE), name: text("Weaveworks ECS Image (2017-04-03)"), ..Image::default() };
    facts.images.insert(text(IMAGE), Fact::Known(Some(image)));
    let launch = Launch {
        image_id: text(IMAGE),
        instance_type: text("t2.micro"),
        instance_profile: Some(text(PROFILE)),
        security_groups: vec![text("sg-1")],
        public_address: Some(true),
        user_data: format!("#!/bin/bash\necho ECS_CLUSTER={CLUSTER} >> /etc/ecs/ecs.config\n"),
        ..Launch::default()
    };
    let from = LaunchFrom { template: false, name: text(LAUNCH), launch };
    facts.launches.insert(text(LAUNCH), Fact::Known(Some(from)));
    let ids = ["i-1", "i-2", "i-3"];
    facts.groups = known(vec![Group {
        name: text(GROUP),
        desired: 3,
        min: 3,
        max: 3,
        subnets: vec![text("subnet-1")],
        launch: Some(text(LAUNCH)),
        created_at: Some(NOW - 600),
        instances: ids
            .iter()
            .map(|id| GroupInstance {
                instance_id: text(id),
                lifecycle: text("InService"),
                launch: Some(text(LAUNCH)),
            })
            .collect(),
        ..Group::default()
    }]);
    facts.activities.insert(text(GROUP), Fact::Known(Vec::new()));
    let instance = |id: &&str| Instance {
        instance_id: text(id),
        image_id: text(IMAGE),
        state: text("running"),
        launch_time: Some(NOW - 600),
        subnet_id: text("subnet-1"),
        vpc_id: text("vpc-1"),
        public_ip: Some(text("54.1.2.3")),
        public_dns_name: Some(format!("ec2-{id}.compute-1.amazonaws.com")),
        instance_profile_arn: Some(format!("arn:aws:iam::1:instance-profile/{PROFILE}")),
        security_groups: vec![text("sg-1")],
        tags: [(text("aws:autoscaling:groupName"), text(GROUP))].into(),
        ..Instance::default()
    };
    facts.instances = known(ids.iter().map(instance).collect());
    let cluster = Cluster {
        name: text(CLUSTER),
        arn: format!("arn:aws:ecs:us-east-1:1:cluster/{CLUSTER}"),
        status: text("ACTIVE"),
        capacity_providers: Vec::new(),
    };
    facts.clusters.insert(text(CLUSTER), Fact::Known(Some(cluster)));
    let resources = |memory, ports: &[&str]| Resources {
        cpu: 1004,
        memory,
        ports: ports.iter().map(|p| text(p)).collect(),
        ports_udp: Vec::new(),
    };
    let joined = |id: &&str| ContainerInstance {
        arn: format!("ci-{id}"),
        instance_id: text(id),
        status: text("ACTIVE"),
        agent_connected: true,
        registered: Resources { cpu: 1024, ..resources(993, &["22", "2375"]) },
        remaining: resources(393, &["22", "2375", "80"]),
    };
    facts.container_instances.insert(text(CLUSTER), Fact::Known(ids.iter().map(joined).collect()));
}

fn tasks(facts: &mut Facts) {
    let container = |name: &str, host: Option<i32>| ContainerDefinition {
        name: text(name),
        image: text("2opremio/weaveecsdemo"),
        cpu: 10,
        memory: Some(300),
        essential: true,
        ports: host
            .map(|host| PortMapping { container: 80, host, protocol: text("tcp"), name: None })
            .into_iter()
            .collect(),
        environment: if host.is_some() {
            [(text("DATA_PRODUCER_NAME"), text("dataproducer"))].into()
        } else {
            [].into()
        },
        ..ContainerDefinition::default()
    };
    let definition = TaskDefinition {
        arn: text(TASK_DEFINITION),
        family: text(FAMILY),
        revision: 1,
        status: text("ACTIVE"),
        containers: vec![container("dataproducer", None), container("httpserver", Some(80))],
        ..TaskDefinition::default()
    };
    for name in [FAMILY, TASK_DEFINITION] {
        facts.task_definitions.insert(text(name), Fact::Known(Some(definition.clone())));
    }
    let deployment = Deployment {
        status: text("PRIMARY"),
        task_definition: text(TASK_DEFINITION),
        created_at: Some(NOW - 300),
        ..Deployment::default()
    };
    let service = Service {
        name: text(SERVICE),
        status: text("ACTIVE"),
        desired: 3,
        running: 3,
        task_definition: text(TASK_DEFINITION),
        created_at: Some(NOW - 300),
        deployments: vec![deployment],
        events: vec![Event {
            at: Some(NOW - 200),
            message: format!("(service {SERVICE}) has reached a steady state."),
        }],
        ..Service::default()
    };
    let services = [(text(SERVICE), Fact::Known(Some(service)))].into();
    facts.services.insert(text(CLUSTER), services);
    let task = |id: &str, on: &str, status: &str| Task {
        arn: format!("arn:aws:ecs:us-east-1:1:task/{CLUSTER}/{id}"),
        group: format!("service:{SERVICE}"),
        task_definition: text(TASK_DEFINITION),
        last_status: text(status),
        desired_status: text(status),
        container_instance: Some(format!("ci-{on}")),
        created_at: Some(NOW - 290),
        started_at: Some(NOW - 250),
        containers: ["dataproducer", "httpserver"]
            .iter()
            .map(|name| RunningContainer {
                name: text(name),
                last_status: text(status),
                host_ports: if *name == "httpserver" { vec![80] } else { Vec::new() },
                ..RunningContainer::default()
            })
            .collect(),
        ..Task::default()
    };
    let mut stopped = task("dead0000", "i-1", "STOPPED");
    stopped.stop_code = Some(text("UserInitiated"));
    stopped.stopped_at = Some(NOW - 255);
    let tasks = vec![
        task("aaaa0000", "i-1", "RUNNING"),
        task("bbbb0000", "i-2", "RUNNING"),
        task("cccc0000", "i-3", "RUNNING"),
        stopped,
    ];
    facts.tasks.insert(text(CLUSTER), Fact::Known(tasks));
    for (id, address) in [("i-1", "10.32.0.2"), ("i-2", "10.36.0.2")] {
        let body = format!("<h2>Hi, this is the data producer in {address}</h2>");
        facts.visits.push(visit(id, Page::Answered { status: 200, body, location: None }));
    }
}

pub(super) fn visit(id: &str, page: Page) -> Visit {
    let host = format!("ec2-{id}.compute-1.amazonaws.com");
    let target = Target { host, address: None, scheme: Scheme::Http, port: 80, path: text("/") };
    Visit { instance_id: text(id), target, page }
}
