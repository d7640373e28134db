//! Every cause of labs/CAUSES.md is reached from the lab done right with one thing broken; the lab done right passes.

mod fixture;
mod hostile;
mod rare;
mod stack_fixture;
mod stacks;

use super::facts::{Event, Fact, Facts, Now, Service, Task};
use super::{Page, Verdict, regrade};
use crate::cloud::Trouble;
use fixture::{
    CLUSTER, FAMILY, IMAGE, LAUNCH, NOW, PROFILE, ROLE, SERVICE, TASK_DEFINITION, checks, done, known, visit,
};
use std::collections::BTreeSet;

fn judge(facts: &Facts, id: &str) -> Verdict {
    let check = checks().iter().find(|c| c.id == id).unwrap();
    // Through JSON, as kept evidence is judged.
    regrade(&serde_json::to_string(facts).unwrap(), check).unwrap().verdict
}

fn get<T>(fact: &mut Fact<T>) -> &mut T {
    match fact {
        Fact::Known(value) => value,
        Fact::Unknown(trouble) => panic!("{trouble}"),
    }
}

fn service(facts: &mut Facts) -> &mut Service {
    get(facts.services.get_mut(CLUSTER).unwrap().get_mut(SERVICE).unwrap()).as_mut().unwrap()
}

fn tasks(facts: &mut Facts) -> &mut Vec<Task> {
    get(facts.tasks.get_mut(CLUSTER).unwrap())
}

/// Nobody has joined, so nothing runs either.
fn unjoined(facts: &mut Facts) {
    get(facts.container_instances.get_mut(CLUSTER).unwrap()).clear();
    tasks(facts).clear();
    service(facts).running = 0;
    facts.visits.clear();
}

fn say(facts: &mut Facts, what: &str) {
    let message = format!("(service {SERVICE}) was unable to place a task because {what}");
    service(facts).events.insert(0, Event { at: Some(NOW - 10), message });
}

fn silent(facts: &mut Facts, page: &Page) {
    facts.visits = ["i-1", "i-2", "i-3"].map(|id| visit(id, page.clone())).into();
}

type Break = fn(&mut Facts);

/// Cause, check, and the one thing that is broken.
#[expect(clippy::too_many_lines, reason = "a table")]
fn table() -> Vec<(&'static str, &'static str, Break)> {
    vec![
        ("not-there-yet", "cluster-active", |f| {
            get(f.clusters.get_mut(CLUSTER).unwrap()).as_mut().unwrap().status = "INACTIVE".into();
        }),
        ("not-there-yet", "vpc-with-dns", |f| {
            f.vpcs = known(Vec::new());
            f.subnets = known(Vec::new());
        }),
        ("not-as-asked", "vpc-with-dns", |f| get(f.vpc_dns.get_mut("vpc-1").unwrap()).hostnames = false),
        ("not-there-yet", "subnet-in-vpc", |f| {
            f.subnets = known(Vec::new());
            f.groups = known(Vec::new());
        }),
        ("not-as-asked", "subnet-in-vpc", |f| get(f.subnets.as_mut().unwrap())[0].vpc_id = "vpc-0".into()),
        ("not-as-asked", "gateway-attached", |f| {
            get(f.internet_gateways.as_mut().unwrap())[0].attached_to.clear();
        }),
        ("not-there-yet", "gateway-attached", |f| f.internet_gateways = known(Vec::new())),
        ("no-route-to-internet", "route-to-internet", |f| {
            get(f.route_tables.as_mut().unwrap())[0].routes.clear();
        }),
        ("not-as-asked", "ports-open", |f| {
            get(f.security_groups.as_mut().unwrap())[0].ingress.remove(5);
        }),
        ("not-there-yet", "ports-open", |f| f.security_groups = known(Vec::new())),
        ("not-there-yet", "key-exists", |f| f.key_pairs = known(Vec::new())),
        ("not-as-asked", "role-ready", |f| {
            get(f.instance_profiles.get_mut(PROFILE).unwrap()).as_mut().unwrap().clear();
        }),
        ("not-as-asked", "role-ready", |f| {
            get(f.roles.get_mut(ROLE).unwrap()).as_mut().unwrap().policies.clear();
        }),
        ("not-there-yet", "role-ready", |f| *get(f.roles.get_mut(ROLE).unwrap()) = None),
        ("ami-without-agent", "machine-described", plain_image),
        ("not-as-asked", "machine-described", plain_ecs_image),
        ("agent-joins-default-cluster", "machine-described", |f| launch(f).user_data.clear()),
        ("no-instance-profile", "machine-described", |f| launch(f).instance_profile = None),
        ("not-as-asked", "machine-described", |f| launch(f).public_address = Some(false)),
        ("not-as-asked", "machine-described", |f| launch(f).security_groups.clear()),
        ("not-there-yet", "group-of-three", |f| f.groups = known(Vec::new())),
        ("not-as-asked", "group-of-three", |f| get(f.groups.as_mut().unwrap())[0].desired = 0),
        ("not-there-yet", "instances-joined", unjoined),
        ("ami-without-agent", "instances-joined", |f| {
            unjoined(f);
            plain_image(f);
        }),
        ("no-instance-profile", "instances-joined", |f| {
            unjoined(f);
            for i in get(f.instances.as_mut().unwrap()).iter_mut() {
                i.instance_profile_arn = None;
            }
        }),
        ("role-cannot-register", "instances-joined", |f| {
            unjoined(f);
            get(f.instance_profiles.get_mut(PROFILE).unwrap()).as_mut().unwrap().clear();
        }),
        ("role-cannot-register", "instances-joined", |f| {
            unjoined(f);
            let role = get(f.roles.get_mut(ROLE).unwrap()).as_mut().unwrap();
            role.trust = role.trust.replace("ec2.amazonaws.com", "ecs-tasks.amazonaws.com");
        }),
        ("role-cannot-register", "instances-joined", |f| {
            unjoined(f);
            let role = get(f.roles.get_mut(ROLE).unwrap()).as_mut().unwrap();
            let policy = &mut role.policies[0].document;
            *policy = policy.replace("ecs:RegisterContainerInstance", "ecs:ListClusters");
        }),
        ("no-public-address", "instances-joined", |f| {
            unjoined(f);
            for i in get(f.instances.as_mut().unwrap()).iter_mut() {
                i.public_ip = None;
            }
        }),
        ("no-route-to-internet", "instances-joined", |f| {
            unjoined(f);
            get(f.internet_gateways.as_mut().unwrap())[0].attached_to.clear();
            get(f.route_tables.as_mut().unwrap())[0].routes.clear();
        }),
        ("agent-joins-default-cluster", "instances-joined", |f| {
            unjoined(f);
            launch(f).user_data = "#!/bin/bash\necho hello\n".into();
        }),
        ("not-as-asked", "instances-joined", |f| {
            unjoined(f);
            get(f.groups.as_mut().unwrap())[0].desired = 1;
        }),
        ("not-there-yet", "containers-described", |f| {
            *get(f.task_definitions.get_mut(FAMILY).unwrap()) = None;
        }),
        ("not-as-asked", "containers-described", |f| {
            get(f.task_definitions.get_mut(FAMILY).unwrap()).as_mut().unwrap().containers[1].ports[0].host =
                8080;
        }),
        ("not-there-yet", "service-steady", |f| service(f).status = "DRAINING".into()),
        ("not-as-asked", "service-steady", |f| service(f).desired = 1),
        ("no-container-instances", "service-steady", |f| {
            unjoined(f);
            f.instances = known(Vec::new());
            get(f.groups.as_mut().unwrap())[0].desired = 0;
        }),
        ("not-enough-memory", "service-steady", |f| heavy(f, 3000, 10)),
        ("not-enough-cpu", "service-steady", |f| heavy(f, 300, 2000)),
        ("host-port-in-use", "service-steady", |f| {
            service(f).desired = 4;
            say(
                f,
                "no container instance met all of its requirements. The closest matching (container-instance x) is already using a port required by your task.",
            );
        }),
        ("tasks-stop", "service-steady", |f| {
            service(f).running = 2;
            let task = &mut tasks(f)[0];
            task.last_status = "STOPPED".into();
            task.desired_status = "STOPPED".into();
            task.stop_code = Some("TaskFailedToStart".into());
            task.stopped_reason = Some("CannotStartContainerError: no one knows why".into());
            task.stopped_at = Some(NOW - 5);
        }),
        ("image-not-found", "service-steady", |f| {
            service(f).running = 2;
            let task = &mut tasks(f)[0];
            task.last_status = "STOPPED".into();
            task.desired_status = "STOPPED".into();
            task.stop_code = Some("TaskFailedToStart".into());
            task.stopped_reason = Some("CannotPullContainerError: not found".into());
            task.stopped_at = Some(NOW - 5);
        }),
        ("not-there-yet", "task-replaced", |f| {
            tasks(f).pop();
        }),
        ("security-group-closed", "page-answers", |f| {
            silent(f, &Page::TimedOut);
            get(f.security_groups.as_mut().unwrap())[0].ingress.remove(1);
        }),
        ("no-public-address", "page-answers", |f| {
            f.visits.clear();
            for i in get(f.instances.as_mut().unwrap()).iter_mut() {
                i.public_ip = None;
            }
        }),
        ("no-route-to-internet", "page-answers", |f| {
            silent(f, &Page::TimedOut);
            get(f.route_tables.as_mut().unwrap())[0].routes.clear();
        }),
        ("port-not-mapped", "page-answers", |f| {
            silent(f, &Page::Refused);
            for container in tasks(f).iter_mut().flat_map(|t| &mut t.containers) {
                for p in &mut container.host_ports {
                    *p = 8080;
                }
            }
        }),
        ("container-name-does-not-resolve", "page-answers", |f| {
            silent(f, &Page::Answered { status: 200, body: "<h2></h2>".into(), location: None });
            let of = get(f.task_definitions.get_mut(TASK_DEFINITION).unwrap()).as_mut().unwrap();
            of.containers[1].environment.insert("DATA_PRODUCER_NAME".into(), "dataproducers".into());
        }),
        ("container-name-does-not-resolve", "page-answers", |f| {
            silent(f, &Page::TimedOut);
            plain_ecs_image(f);
        }),
        ("not-as-asked", "page-answers", |f| {
            silent(f, &Page::Answered { status: 200, body: "nothing".into(), location: None });
        }),
        ("not-there-yet", "page-answers", |f| {
            silent(f, &Page::TimedOut);
            tasks(f).clear();
            service(f).desired = 0;
        }),
        ("not-as-asked", "several-answer", |f| {
            f.visits.pop();
        }),
        ("left-over-resources", "nothing-left", |_| {}),
    ]
}

fn launch(facts: &mut Facts) -> &mut crate::cloud::ec2::Launch {
    &mut get(facts.launches.get_mut(LAUNCH).unwrap()).as_mut().unwrap().launch
}

fn plain_image(facts: &mut Facts) {
    get(facts.images.get_mut(IMAGE).unwrap()).as_mut().unwrap().name =
        "al2023-ami-2023.9.20261020.0-kernel-6.1-x86_64".into();
}

fn plain_ecs_image(facts: &mut Facts) {
    get(facts.images.get_mut(IMAGE).unwrap()).as_mut().unwrap().name =
        "al2023-ami-ecs-hvm-2023.0.20261030-kernel-6.1-x86_64".into();
}

fn heavy(facts: &mut Facts, memory: i64, cpu: i64) {
    let of = get(facts.task_definitions.get_mut(TASK_DEFINITION).unwrap()).as_mut().unwrap();
    for container in &mut of.containers {
        container.memory = Some(memory);
        container.cpu = cpu;
    }
    tasks(facts).clear();
    service(facts).running = 0;
    say(facts, "no container instance met all of its requirements.");
}

/// The causes that the labs' mistakes name: each of these scripts is run by the front-door tests.
fn mistaken() -> BTreeSet<String> {
    let labs = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../labs"));
    let folders = std::fs::read_dir(labs).unwrap().map(|lab| lab.unwrap().path().join("mistakes"));
    let scripts = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let cause =
        |script: String| script.lines().find_map(|line| line.strip_prefix("# cause: ").map(str::to_owned));
    scripts.filter_map(|script| cause(std::fs::read_to_string(script.unwrap().path()).unwrap())).collect()
}

#[test]
fn each_cause_is_found_where_it_is() {
    let mut found = BTreeSet::new();
    for (cause, check, break_it) in table() {
        let mut facts = done();
        break_it(&mut facts);
        match judge(&facts, check) {
            Verdict::Failed(seen) => {
                assert_eq!(seen.id, cause, "{check}: {seen:#?}");
                assert!(!seen.evidence.is_empty() && !seen.next_action.is_empty(), "{check}: {seen:#?}");
                assert!(seen.next_action.ends_with('.'), "{check}: {}", seen.next_action);
                found.insert(seen.id);
            }
            other => panic!("{check} for {cause}: {other:?}"),
        }
    }
    found.extend(rare::reached());
    found.extend(stacks::reached());
    found.extend(mistaken());
    let listed: BTreeSet<String> = include_str!("../../../labs/CAUSES.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned))
        .collect();
    assert_eq!(found, listed, "labs/CAUSES.md and what can be found differ");
}

#[test]
fn the_lab_done_right_passes() {
    let facts = done();
    for check in checks().iter().filter(|c| c.id != "nothing-left") {
        assert_eq!(judge(&facts, &check.id), Verdict::Passed, "{}", check.id);
    }
}

#[test]
fn an_account_cleaned_up_has_nothing_left() {
    let mut facts = done();
    facts.groups = known(Vec::new());
    *get(facts.clusters.get_mut(CLUSTER).unwrap()) = None;
    *get(facts.task_definitions.get_mut(FAMILY).unwrap()) = None;
    *get(facts.launches.get_mut(LAUNCH).unwrap()) = None;
    *get(facts.instance_profiles.get_mut(PROFILE).unwrap()) = None;
    *get(facts.roles.get_mut(ROLE).unwrap()) = None;
    service(&mut facts).status = "INACTIVE".into();
    facts.vpcs = known(Vec::new());
    facts.subnets = known(Vec::new());
    facts.internet_gateways = known(Vec::new());
    facts.security_groups = known(Vec::new());
    facts.key_pairs = known(Vec::new());
    for i in get(facts.instances.as_mut().unwrap()).iter_mut() {
        i.state = "shutting-down".into();
    }
    assert!(matches!(judge(&facts, "nothing-left"), Verdict::Converging { .. }));
    facts.instances = known(Vec::new());
    assert_eq!(judge(&facts, "nothing-left"), Verdict::Passed);
}

#[test]
fn what_is_young_and_right_converges() {
    let mut facts = done();
    unjoined(&mut facts);
    for instance in get(facts.instances.as_mut().unwrap()) {
        instance.launch_time = Some(NOW - 30);
        instance.state = "pending".into();
        instance.public_ip = None;
    }
    let Verdict::Converging { elapsed_seconds, usual_seconds, waiting_for } =
        judge(&facts, "instances-joined")
    else {
        panic!("{:?}", judge(&facts, "instances-joined"))
    };
    assert_eq!((elapsed_seconds, usual_seconds), (30, 120));
    assert!(waiting_for.contains("agents"), "{waiting_for}");
    assert!(matches!(judge(&facts, "service-steady"), Verdict::Converging { .. }));

    let mut facts = done();
    service(&mut facts).running = 1;
    service(&mut facts).pending = 2;
    for t in tasks(&mut facts).iter_mut().skip(1).take(2) {
        t.last_status = "PENDING".into();
    }
    assert!(matches!(judge(&facts, "service-steady"), Verdict::Converging { .. }));

    let mut facts = done();
    silent(&mut facts, &Page::TimedOut);
    for t in tasks(&mut facts).iter_mut() {
        t.started_at = Some(NOW - 5);
    }
    assert!(matches!(judge(&facts, "page-answers"), Verdict::Converging { .. }));
}

#[test]
fn what_cannot_be_seen_is_never_a_failure() {
    let trouble = Trouble::Throttled("RequestLimitExceeded".into());
    for check in checks() {
        let mut facts = Facts { names: done().names, ..Facts::default() };
        assert!(
            matches!(judge(&facts, &check.id), Verdict::CannotTell { .. }),
            "{}: nothing asked",
            check.id
        );
        facts.vpcs = Some(Fact::Unknown(trouble.clone()));
        facts.clusters.insert(CLUSTER.into(), Fact::Unknown(trouble.clone()));
        facts.instances = Some(Fact::Unknown(trouble.clone()));
        assert!(matches!(judge(&facts, &check.id), Verdict::CannotTell { .. }), "{}: throttled", check.id);
    }
    let mut facts = done();
    let role = get(facts.roles.get_mut(ROLE).unwrap()).as_mut().unwrap();
    role.policies.clear();
    role.unread.push(("AmazonEC2ContainerServiceforEC2Role".into(), Trouble::Denied("AccessDenied".into())));
    assert!(matches!(judge(&facts, "role-ready"), Verdict::CannotTell { .. }));
}

#[test]
fn a_look_asks_for_what_it_needs_and_no_more() {
    let checks = checks();
    let facts = done();
    for check in checks {
        for need in super::needs::to_judge(&check.kind, &facts) {
            assert!(need.is_met(&facts), "{}: {need:?}", check.id);
        }
    }
    let cluster = checks.iter().find(|c| c.id == "cluster-active").unwrap();
    assert_eq!(super::needs::to_judge(&cluster.kind, &facts).len(), 1);
    let joined = checks.iter().find(|c| c.id == "instances-joined").unwrap();
    let explain = super::needs::to_explain(&joined.kind, &facts, 120);
    assert!(!explain.iter().any(|n| matches!(n, super::needs::Need::Console(_))), "{explain:?}");
}

/// The real SDK clients against a practice world.
#[tokio::test]
async fn an_empty_account_has_nothing_and_every_question_is_answered() {
    use crate::config::{PracticeArgs, PracticeAuth, PracticeClock};
    use crate::practice::probe::PracticeProbe;
    use crate::practice::standalone::{self, ACCOUNT};
    let args = PracticeArgs {
        listen: ([127, 0, 0, 1], 0).into(),
        clock: PracticeClock::Manual,
        speed: 1,
        auth: PracticeAuth::Verify,
    };
    let standalone = standalone::build(&args).await.unwrap();
    let cloud = crate::cloud::Cloud::new(&crate::practice::access(&standalone.host, ACCOUNT, "us-east-1"));
    let probe = PracticeProbe::new(standalone.host.clone(), ACCOUNT);
    let (lab, values) = fixture::lab();
    let all: Vec<usize> = (0..lab.steps.len()).collect();
    let look = super::look(&cloud, &probe, &lab, &values, &all, Now { seconds: NOW, speed: 1 }).await;
    for report in look.reports.iter().flat_map(|r| &r.checks) {
        match (&report.verdict, report.id.as_str()) {
            (Verdict::Passed, "nothing-left") => {}
            (Verdict::Failed(cause), _) if cause.id == "not-there-yet" => {}
            (other, id) => panic!("{id}: {other:#?}"),
        }
    }
    let kept = serde_json::to_string(&look.facts).unwrap();
    let again: Facts = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, look.facts);

    cloud.ecs.create_cluster().cluster_name(CLUSTER).send().await.unwrap();
    let look = super::look(&cloud, &probe, &lab, &values, &[0], Now { seconds: NOW, speed: 1 }).await;
    assert!(look.reports[0].passed(), "{:#?}", look.reports);
    assert!(look.facts.vpcs.is_none(), "only the cluster was to be asked for");
}
