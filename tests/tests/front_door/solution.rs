//! The labs' solutions, replayed from an empty world with real clients: every step fails before its part is done and
//! passes after it, whatever the names and the region are.

use server::catalog::lab::{After, Lab};
use server::catalog::load;
use server::catalog::values::{Account, Values};
use tests::endpoint::{Endpoint, repository};

const LAB: &str = "weave-by-hand";

fn lab() -> Lab {
    let mut catalog = load(&repository("labs"));
    assert!(catalog.faults.is_empty(), "{:?}", catalog.faults);
    catalog.labs.remove(LAB).expect("the lab is there")
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

async fn replay(region: &str, suffix: Option<&str>) {
    let lab = lab();
    let values = values(&lab, region, suffix);
    let vars = vars(&lab, &values);
    let endpoint = Endpoint::start().await.unwrap();
    let script = repository("labs").join(LAB).join("solution.sh");
    for (index, step) in lab.steps.iter().enumerate() {
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
    replay("us-east-1", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_other_names_in_another_region() {
    replay("eu-central-1", Some("k7q2")).await;
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
