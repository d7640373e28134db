//! Every script in `mistakes/` fails, at the check and with the cause that it names.

use std::path::PathBuf;

use server::check::Verdict;
use tests::endpoint::repository;
use tests::student::Student;

const REGION: &str = "us-east-1";

/// A script of `mistakes/`.
struct Mistake {
    path: PathBuf,
    text: String,
}

impl Mistake {
    fn of(slug: &str, name: &str) -> Self {
        let path = repository("labs").join(slug).join("mistakes").join(name).with_extension("sh");
        let text = std::fs::read_to_string(&path).unwrap();
        Self { path, text }
    }

    /// One line of its head: `# cause: no-public-address`.
    fn head(&self, what: &str) -> Option<&str> {
        let start = format!("# {what}: ");
        self.text.lines().find_map(|line| line.strip_prefix(start.as_str()))
    }

    fn named(&self, what: &str) -> &str {
        self.head(what).unwrap_or_else(|| panic!("{} names no {what}", self.path.display()))
    }

    /// Whether the student, who has made it, is told so: if not, what was found instead.
    async fn is_told(&self, student: &Student) -> Result<(), String> {
        let (step, check, cause) = (self.named("step"), self.named("check"), self.named("cause"));
        let index = student.lab.steps.iter().position(|s| s.id == step).expect("the step is there");
        let look = student.look(&[index]).await.map_err(|error| error.to_string())?;
        let reports = &look.reports[0].checks;
        let report = reports.iter().find(|report| report.id == check).expect("the check is there");
        match &report.verdict {
            Verdict::Failed(found) if found.id != cause => Err(format!("not {cause}, but {found:#?}")),
            Verdict::Failed(found) if found.evidence.is_empty() => {
                Err("it is claimed without evidence".into())
            }
            Verdict::Failed(found) if found.next_action.is_empty() => Err("no way out is given".into()),
            Verdict::Failed(_) => Ok(()),
            other => Err(format!("{check} should fail with {cause}, but {other:#?}")),
        }
    }
}

async fn made(slug: &str, name: &str) {
    let mistake = Mistake::of(slug, name);
    let student = Student::begins(slug, REGION, None).await.unwrap();
    student.run(&mistake.path, &[]).await.unwrap().ok().unwrap();
    if let Err(found) = mistake.is_told(&student).await {
        panic!("{name}: {found}");
    }
}

/// The mistakes that say from which step on they differ from the solution: what comes before is done once, by the
/// solution, and each of them is made in a copy of the world.
async fn made_from(slug: &str, names: &[&str]) {
    let student = Student::begins(slug, REGION, None).await.unwrap();
    let solution = repository("labs").join(slug).join("solution.sh");
    let mut open: Vec<(&str, Mistake)> = names
        .iter()
        .map(|name| (*name, Mistake::of(slug, name)))
        .filter(|(_, mistake)| mistake.head("from").is_some())
        .collect();
    let mut wrong = Vec::new();
    for step in student.lab.steps.iter().map(|step| step.id.as_str()) {
        let (here, later): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, mistake)| mistake.head("from") == Some(step));
        for (name, mistake) in here {
            let copy = student.copy().await.unwrap();
            let ran =
                copy.run_from(step, &mistake.path).await.unwrap().ok().map_err(|error| error.to_string());
            let told = match ran {
                Ok(_) => mistake.is_told(&copy).await,
                Err(failed) => Err(failed),
            };
            wrong.extend(told.err().map(|found| format!("{name}: {found}")));
        }
        open = later;
        if open.is_empty() {
            break;
        }
        student.run(&solution, &[step]).await.unwrap().ok().unwrap();
    }
    assert!(
        open.is_empty(),
        "from no step of the lab: {:?}",
        open.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

macro_rules! mistakes {
    ($($lab:ident = $slug:literal $(from [$($shared:literal)*])? { $($name:ident = $file:literal;)* })*) => {
        $(
            mod $lab {
                $(
                    #[tokio::test(flavor = "multi_thread")]
                    async fn those_that_begin_alike() {
                        super::made_from($slug, &[$($shared),*]).await;
                    }
                )?

                $(
                    #[tokio::test(flavor = "multi_thread")]
                    async fn $name() {
                        super::made($slug, $file).await;
                    }
                )*

                #[test]
                fn every_script_is_tested() {
                    let mut tested = vec![$($file,)* $($($shared,)*)?];
                    tested.sort_unstable();
                    assert_eq!(super::scripts($slug), tested);
                }
            }
        )*
    };
}

fn scripts(slug: &str) -> Vec<String> {
    let folder = repository("labs").join(slug).join("mistakes");
    let mut scripts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    scripts.sort();
    scripts
}

mistakes! {
    weave_by_hand = "weave-by-hand" {
        forgotten_gateway = "forgotten-gateway";
        forgotten_group = "forgotten-group";
        four_tasks_on_three_hosts = "four-tasks-on-three-hosts";
        gateway_not_attached = "gateway-not-attached";
        group_of_none = "group-of-none";
        image_without_agent = "image-without-agent";
        image_without_weave = "image-without-weave";
        no_default_route = "no-default-route";
        no_instance_profile = "no-instance-profile";
        no_public_address = "no-public-address";
        port_80_closed = "port-80-closed";
        profile_without_role = "profile-without-role";
        role_trusts_tasks = "role-trusts-tasks";
        role_without_register = "role-without-register";
        too_much_cpu = "too-much-cpu";
        too_much_memory = "too-much-memory";
        user_data_without_cluster = "user-data-without-cluster";
        wrong_host_port = "wrong-host-port";
        wrong_producer_name = "wrong-producer-name";
    }
    fargate_behind_alb = "fargate-behind-alb" {
        certificate_not_issued = "certificate-not-issued";
        forgotten_nat_gateway = "forgotten-nat-gateway";
        grace_period_too_short = "grace-period-too-short";
        nfs_closed = "nfs-closed";
        no_log_group = "no-log-group";
        no_way_out = "no-way-out";
        redirect_missing = "redirect-missing";
        role_trusts_instances = "role-trusts-instances";
        role_without_policy = "role-without-policy";
        target_type_instance = "target-type-instance";
        task_port_closed = "task-port-closed";
        volume_without_efs = "volume-without-efs";
        wrong_health_path = "wrong-health-path";
    }
    keep_it_running = "keep-it-running" {
        breaker_off = "breaker-off";
        breaker_without_rollback = "breaker-without-rollback";
        forgotten_provider = "forgotten-provider";
        group_at_its_maximum = "group-at-its-maximum";
        provider_not_in_cluster = "provider-not-in-cluster";
        replica_instead_of_daemon = "replica-instead-of-daemon";
        scaling_at_maximum = "scaling-at-maximum";
        spread_instead_of_packed = "spread-instead-of-packed";
        too_much_memory = "too-much-memory";
        worker_that_ends = "worker-that-ends";
    }
    service_discovery_today = "service-discovery-today" {
        client_not_connected = "client-not-connected";
        data_port_closed = "data-port-closed";
        forgotten_namespace = "forgotten-namespace";
        name_without_namespace = "name-without-namespace";
        no_alias = "no-alias";
        no_registry = "no-registry";
        stranger_stays = "stranger-stays";
    }
    ecs_anywhere = "ecs-anywhere" {
        forgotten_machine = "forgotten-machine";
        launch_type_ec2 = "launch-type-ec2";
        never_joined = "never-joined";
        other_cluster = "other-cluster";
        own_interface = "own-interface";
        role_trusts_tasks = "role-trusts-tasks";
        still_draining = "still-draining";
    }
    sock_shop = "sock-shop" from [
        "database-closed"
        "deleted-while-protected"
        "forgotten-log-group"
        "forgotten-parameter"
        "forgotten-password"
        "import-failed"
        "missing-capability"
        "never-executed"
        "no-signal"
        "not-detected"
        "not-logged-in"
        "old-rolled-back"
        "old-with-room"
        "scale-below-three"
        "shop-port-closed"
        "stabilise-race"
        "still-drifted"
        "tag-that-exists"
        "weave-ports-closed"
        "wrong-change-set"
    ] {
        no_log_group = "no-log-group";
    }
    sock_shop_on_fargate = "sock-shop-on-fargate" from [
        "imported-from-outside"
        "missing-capability"
        "never-executed"
        "never-imported"
        "no-way-out"
        "not-logged-in"
        "secret-not-allowed"
        "services-closed"
        "something-in-the-way"
        "tag-that-exists"
    ] {
        clients_before_servers = "clients-before-servers";
    }
}
