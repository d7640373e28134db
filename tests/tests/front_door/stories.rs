//! Stories that boto3 tells, each against a world of its own: what AWS answers, word for word where it is known.

use tests::endpoint::{Endpoint, repository};

async fn told(story: &str) {
    let endpoint = Endpoint::start().await.unwrap();
    let script = repository("tests/python").join(story).with_extension("py");
    endpoint.run("python3", &[script.to_str().unwrap()], "us-east-1", &[]).await.unwrap().ok().unwrap();
}

macro_rules! stories {
    ($($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                told(stringify!($name)).await;
            }
        )*

        #[test]
        fn every_story_is_told() {
            // Those with tests of their own, and what they share.
            let others = ["cloud", "steps_as_written", "weave_by_hand"];
            let mut scripts: Vec<String> = std::fs::read_dir(repository("tests/python"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
                .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
                .filter(|name| !others.contains(&name.as_str()))
                .collect();
            scripts.sort();
            assert_eq!(scripts, [$(stringify!($name)),*]);
        }
    };
}

stories! {
    anywhere
    capacity
    consequences
    deployments
    discovery
    events
    group_sizes
    load_balancers
    logs_and_secrets
    permissions
    reaching
    registry_and_files
    scaling
    services
    shop_data
    signatures
    stacks
    tasks
    templates
}
