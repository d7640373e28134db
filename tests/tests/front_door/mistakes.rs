//! Every script in `mistakes/` fails, at the check and with the cause that it names.

use server::catalog::load;
use server::catalog::values::{Account, Values};
use server::check::Verdict;
use tests::endpoint::{Endpoint, repository};

const LAB: &str = "weave-by-hand";
const REGION: &str = "us-east-1";

/// One line of a script's head: `# cause: no-public-address`.
fn named<'a>(script: &'a str, what: &str) -> &'a str {
    let start = format!("# {what}: ");
    script
        .lines()
        .find_map(|line| line.strip_prefix(start.as_str()))
        .unwrap_or_else(|| panic!("no {what} is named"))
}

async fn made(mistake: &str) {
    let path = repository("labs").join(LAB).join("mistakes").join(mistake).with_extension("sh");
    let script = std::fs::read_to_string(&path).unwrap();
    let (step, check, cause) = (named(&script, "step"), named(&script, "check"), named(&script, "cause"));
    let lab = load(&repository("labs")).labs.remove(LAB).expect("the lab is there");
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
    ($($name:ident = $file:literal;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                made($file).await;
            }
        )*

        #[test]
        fn every_script_is_tested() {
            let folder = repository("labs").join(LAB).join("mistakes");
            let mut scripts: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
                .collect();
            scripts.sort();
            assert_eq!(scripts, [$($file),*]);
        }
    };
}

mistakes! {
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
