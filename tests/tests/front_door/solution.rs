//! The labs' solutions, replayed from an empty world with real clients: every step fails before its part is done and
//! passes after it, whatever the names and the region are, and in whatever order the steps can be taken.

use server::catalog::lab::{After, Lab};
use server::catalog::load;
use server::catalog::values::{Account, Values};
use tests::endpoint::{Endpoint, repository};

const WEAVE: &str = "weave-by-hand";

/// What the commands of a step of the first lab use that another step made. Steps that are not here use nothing.
const NEEDS: [(&str, &[&str]); 9] = [
    ("subnet", &["vpc"]),
    ("gateway", &["vpc"]),
    ("security", &["vpc"]),
    ("launch-configuration", &["security", "role"]),
    ("group", &["cluster", "subnet", "gateway", "launch-configuration"]),
    ("service", &["group", "task-definition"]),
    ("browser", &["service"]),
    ("discovery", &["browser"]),
    ("clean-up", &["discovery"]),
];

/// The order in which steps are taken.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// As the lab tells them.
    Written,
    /// Of those that can be taken, always the one that the lab tells last.
    LastFirst,
}

impl Order {
    fn of(self, lab: &Lab) -> Vec<usize> {
        match self {
            Self::Written => (0..lab.steps.len()).collect(),
            Self::LastFirst => last_first(lab),
        }
    }
}

fn last_first(lab: &Lab) -> Vec<usize> {
    let needs = |id: &str| NEEDS.iter().find(|(step, _)| *step == id).map_or(&[][..], |(_, needs)| needs);
    let mut taken: Vec<usize> = Vec::new();
    while taken.len() < lab.steps.len() {
        let done = |id: &&str| taken.iter().any(|index| lab.steps[*index].id == **id);
        let next = (0..lab.steps.len())
            .rfind(|index| !taken.contains(index) && needs(&lab.steps[*index].id).iter().all(done));
        taken.push(next.expect("some step can always be taken"));
    }
    taken
}

fn lab(slug: &str) -> Lab {
    let mut catalog = load(&repository("labs"));
    assert!(catalog.faults.is_empty(), "{:?}", catalog.faults);
    catalog.labs.remove(slug).expect("the lab is there")
}

/// The lab's values in a region, the unique ones with a suffix if one is given.
fn values(lab: &Lab, region: &str, suffix: Option<&str>) -> Values {
    let account = Account { region: region.into(), suffix: suffix.map(Into::into), ..Account::default() };
    Values::of(&lab.card, &account).expect("the lab runs in this region")
}

/// What the script is told: the lab's values, as `LAB_<VALUE>`.
fn vars(lab: &Lab, values: &Values) -> Vec<(String, String)> {
    let own = |name: &str| lab.card.values.contains_key(name);
    values
        .iter()
        .filter(|(name, _)| own(name))
        .map(|(name, value)| (format!("LAB_{}", name.to_uppercase()), value.to_owned()))
        .collect()
}

async fn replay(slug: &str, region: &str, suffix: Option<&str>, order: Order) {
    let lab = lab(slug);
    let values = values(&lab, region, suffix);
    let vars = vars(&lab, &values);
    let endpoint = Endpoint::start().await.unwrap();
    let script = repository("labs").join(slug).join("solution.sh");
    for index in order.of(&lab) {
        let step = &lab.steps[index];
        let before = endpoint.look(&lab, &values, region, &[index]).await.unwrap();
        // What comes true with time may be true already; what is only asked after the rest is not asked before.
        if !step.by_itself && step.after == After::Anything {
            assert!(!before.reports[0].passed(), "step {} passes before its part is done", step.id);
        }
        endpoint.run(&script, &[&step.id], region, &vars).await.unwrap().ok().unwrap();
        let after = endpoint.look(&lab, &values, region, &[index]).await.unwrap();
        assert!(
            after.reports[0].passed(),
            "step {} after its part is done: {:#?}",
            step.id,
            after.reports[0]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_cli_does_the_whole_lab() {
    replay(WEAVE, "us-east-1", None, Order::Written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_other_names_in_another_region_and_another_order() {
    replay(WEAVE, "eu-central-1", Some("k7q2"), Order::LastFirst).await;
}

// The other labs' mistakes start from the same scripts, with the names as they are written, in us-east-1.

#[tokio::test(flavor = "multi_thread")]
async fn fargate_behind_a_load_balancer() {
    replay("fargate-behind-alb", "eu-central-1", Some("k7q2"), Order::Written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keep_it_running() {
    replay("keep-it-running", "eu-west-1", Some("b3x9"), Order::Written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn service_discovery_today() {
    replay("service-discovery-today", "us-west-2", Some("q8m1"), Order::Written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ecs_anywhere() {
    replay("ecs-anywhere", "eu-central-1", Some("t5n4"), Order::Written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sock_shop() {
    replay("sock-shop", "us-east-1", Some("w2h6"), Order::Written).await;
}

#[test]
fn the_orders_differ_where_they_can() {
    let lab = lab(WEAVE);
    let ids = |order: Order| {
        order.of(&lab).into_iter().map(|index| lab.steps[index].id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(Order::Written.of(&lab), (0..lab.steps.len()).collect::<Vec<_>>());
    let other = ids(Order::LastFirst);
    let place = |id: &str| other.iter().position(|step| step == id);
    assert!(place("role") < place("vpc") && place("task-definition") < place("vpc"), "{other:?}");
    assert!(
        place("security") < place("subnet") && place("launch-configuration") < place("cluster"),
        "{other:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_does_the_whole_lab() {
    let endpoint = Endpoint::start().await.unwrap();
    let script = repository("tests/python/weave_by_hand.py");
    let run = |vars: Vec<(String, String)>| {
        let (endpoint, script) = (&endpoint, script.to_str().unwrap());
        async move { endpoint.run("python3", &[script], "eu-west-1", &vars).await.unwrap().ok().unwrap() }
    };
    run(vec![("LAB_PREFIX".into(), "first".into())]).await;
    // Again in the same account, which the first run has left clean.
    run(vec![("LAB_PREFIX".into(), "second".into()), ("LAB_LAUNCH_TEMPLATE".into(), "1".into())]).await;
}

/// The commands of the steps' texts, run as a student would paste them.
async fn as_written(slug: &str) {
    let endpoint = Endpoint::start().await.unwrap();
    let script = repository("tests/python/steps_as_written.py");
    let folder = repository("labs").join(slug);
    let region = lab(slug).card.region;
    let args = [script.to_str().unwrap(), folder.to_str().unwrap()];
    endpoint.run("python3", &args, &region, &[]).await.unwrap().ok().unwrap();
}

macro_rules! as_written {
    ($($name:ident = $slug:literal;)*) => {
        mod as_written {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::as_written($slug).await;
                }
            )*
        }
    };
}

as_written! {
    weave_by_hand = "weave-by-hand";
    fargate_behind_alb = "fargate-behind-alb";
    keep_it_running = "keep-it-running";
    service_discovery_today = "service-discovery-today";
    ecs_anywhere = "ecs-anywhere";
}
