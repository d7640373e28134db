//! Every script in `mistakes/` fails, at the check and with the cause that it names.

use server::catalog::load;
use server::catalog::values::{Account, Values};
use server::check::Verdict;
use tests::endpoint::{Endpoint, repository};

const REGION: &str = "us-east-1";

/// One line of a script's head: `# cause: no-public-address`.
fn named<'a>(script: &'a str, what: &str) -> &'a str {
    let start = format!("# {what}: ");
    script
        .lines()
        .find_map(|line| line.strip_prefix(start.as_str()))
        .unwrap_or_else(|| panic!("no {what} is named"))
}

async fn made(slug: &str, mistake: &str) {
    let path = repository("labs").join(slug).join("mistakes").join(mistake).with_extension("sh");
    let script = std::fs::read_to_string(&path).unwrap();
    let (step, check, cause) = (named(&script, "step"), named(&script, "check"), named(&script, "cause"));
    let lab = load(&repository("labs")).labs.remove(slug).expect("the lab is there");
    let account = Account { region: REGION.into(), ..Account::default() };
    let values = Values::of(&lab.card, &account).unwrap();
    let index = lab.steps.iter().position(|s| s.id == step).expect("the step is there");

    let endpoint = Endpoint::start().await.unwrap();
    endpoint.run(&path, &[], REGION, &[]).await.unwrap().ok().unwrap();
    let look = endpoint.look(&lab, &values, REGION, &[index]).await.unwrap();
    let report = look.reports[0].checks.iter().find(|report| report.id == check).expect("the check is there");
    match &report.verdict {
        Verdict::Failed(found) => {
            assert_eq!(found.id, cause, "{found:#?}");
            assert!(!found.evidence.is_empty(), "a cause is claimed without evidence");
            assert!(!found.next_action.is_empty(), "no way out is given");
        }
        other => panic!("{check} should fail with {cause}, but {other:#?}"),
    }
}

macro_rules! mistakes {
    ($($lab:ident = $slug:literal { $($name:ident = $file:literal;)* })*) => {
        $(
            mod $lab {
                $(
                    #[tokio::test(flavor = "multi_thread")]
                    async fn $name() {
                        super::made($slug, $file).await;
                    }
                )*

                #[test]
                fn every_script_is_tested() {
                    assert_eq!(super::scripts($slug), [$($file),*]);
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
    sock_shop = "sock-shop" {
        database_closed = "database-closed";
        deleted_while_protected = "deleted-while-protected";
        forgotten_log_group = "forgotten-log-group";
        forgotten_parameter = "forgotten-parameter";
        forgotten_password = "forgotten-password";
        import_failed = "import-failed";
        missing_capability = "missing-capability";
        never_executed = "never-executed";
        no_log_group = "no-log-group";
        no_signal = "no-signal";
        not_detected = "not-detected";
        not_logged_in = "not-logged-in";
        old_rolled_back = "old-rolled-back";
        old_with_room = "old-with-room";
        scale_below_three = "scale-below-three";
        shop_port_closed = "shop-port-closed";
        stabilise_race = "stabilise-race";
        still_drifted = "still-drifted";
        tag_that_exists = "tag-that-exists";
        weave_ports_closed = "weave-ports-closed";
        wrong_change_set = "wrong-change-set";
    }
}
