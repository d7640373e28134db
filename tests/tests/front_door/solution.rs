//! The labs' solutions, replayed from an empty world with real clients: every step fails before its part is done and
//! passes after it, whatever the names and the region are, and in whatever order the steps can be taken.

use server::catalog::lab::{After, Lab};
use tests::endpoint::{Endpoint, repository};
use tests::student::{Student, lab};

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

async fn replay(slug: &str, region: &str, suffix: Option<&str>, order: Order) {
    let student = Student::begins(slug, region, suffix).await.unwrap();
    for index in order.of(&student.lab) {
        take(&student, index).await;
    }
    student.ends().await.unwrap();
}

/// Takes one step.
async fn take(student: &Student, index: usize) {
    let step = &student.lab.steps[index];
    let before = student.look(&[index]).await.unwrap();
    // What comes true with time may be true already; what is only asked after the rest is not asked before.
    if !step.by_itself && step.after == After::Anything {
        assert!(!before.reports[0].passed(), "step {} passes before its part is done", step.id);
    }
    let script = repository("labs").join(&student.lab.card.slug).join("solution.sh");
    student.run(&script, &[&step.id]).await.unwrap().ok().unwrap();
    let after = student.look(&[index]).await.unwrap();
    assert!(after.reports[0].passed(), "step {} after its part is done: {:#?}", step.id, after.reports[0]);
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

/// The stack that may be asked for has made what the first step makes by hand.
#[tokio::test(flavor = "multi_thread")]
async fn ecs_anywhere_from_the_activation_on() {
    let mut student = Student::begins("ecs-anywhere", "eu-west-1", Some("m2v6")).await.unwrap();
    student.asks_for_stack().await.unwrap();
    let look = student.look(&[0]).await.unwrap();
    assert!(look.reports[0].passed(), "{:#?}", look.reports[0]);
    for index in 1..student.lab.steps.len() {
        take(&student, index).await;
    }
    student.ends().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sock_shop() {
    replay("sock-shop", "us-east-1", Some("w2h6"), Order::Written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sock_shop_on_fargate() {
    replay("sock-shop-on-fargate", "eu-west-1", Some("p9d3"), Order::Written).await;
}

#[test]
fn the_orders_differ_where_they_can() {
    let lab = lab(WEAVE).unwrap();
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
    let region = lab(slug).unwrap().card.region;
    let student = Student::begins(slug, &region, None).await.unwrap();
    let script = repository("tests/python/steps_as_written.py");
    let folder = repository("labs").join(slug);
    let args = [script.to_str().unwrap(), folder.to_str().unwrap()];
    student.run("python3", &args).await.unwrap().ok().unwrap();
    student.ends().await.unwrap();
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
    sock_shop = "sock-shop";
    sock_shop_on_fargate = "sock-shop-on-fargate";
}
