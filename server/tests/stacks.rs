//! A stack for each student: made once, whenever the server is stopped; shown, explained, deleted with a receipt.

#![recursion_limit = "512"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, that is how it fails"
)]
#![expect(dead_code, reason = "each test binary uses its part of the support")]

#[path = "stack/class.rs"]
mod class;
#[path = "stack/receipts.rs"]
mod receipts;
mod support;

use std::path::Path;

use server::clock::Clock;
use server::db::stack::{self, Stack};
use server::provision::receipt::Receipt;
use server::provision::run::drain;
use server::provision::stack::{self as wanting, Asked};
use server::provision::wake::{Stopped, Stops};
use support::Platform;
use support::browser::Browser;
use support::postgres::Postgres;

const LAB: &str = "slug: stacked
title: A lab with a stack
summary: In {{cluster_arn}}.
minutes: 3
audience: All.
goals: [Learn]
region: us-east-1
introduction: intro.md
values:
  cluster: { about: Cluster, default: demo }
stack:
  template: templates/stack.yaml
  parameters: { ClusterName: \"{{cluster}}\" }
  outputs: { cluster_arn: ClusterArn }
  when: start
  lives_minutes: 10080
steps:
  - id: one
    title: One
    minutes: 3
    file: steps/one.md
    needs: stack
    checks: [{ id: a, title: A, kind: ecs_cluster, cluster: \"{{cluster}}\" }]
    hints: [One, two, three]
sources:
  - { title: T, where: W, used_for: U }
";

const TEMPLATE: &str = "Parameters:
  ClusterName: { Type: String }
Resources:
  Cluster: { Type: AWS::ECS::Cluster, Properties: { ClusterName: !Ref ClusterName } }
  Task:
    Type: AWS::ECS::TaskDefinition
    DependsOn: Cluster
    Properties:
      Family: !Ref AWS::StackName
      ContainerDefinitions: [{ Name: web, Image: nginx, Memory: 128 }]
Outputs:
  ClusterArn: { Value: !GetAtt Cluster.Arn }
";

/// Refused only when it is made: there is no such capacity provider.
const FAILING: &str = "Parameters:
  ClusterName: { Type: String }
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
    Properties: { ClusterName: !Ref ClusterName, CapacityProviders: [nobody-has-this] }
Outputs:
  ClusterArn: { Value: !GetAtt Cluster.Arn }
";

/// What outlives a server.
struct Place {
    data: tempfile::TempDir,
    labs: tempfile::TempDir,
    postgres: Option<Postgres>,
    clock: Clock,
}

impl Place {
    fn new(postgres: Option<Postgres>, template: &str) -> Self {
        let labs = tempfile::tempdir().unwrap();
        write(labs.path(), "lab.yaml", LAB);
        write(labs.path(), "intro.md", "The cluster is {{cluster_arn}} of {{stack}}.\n");
        write(labs.path(), "steps/one.md", "# Goal\n\nOne.\n\n# Why\n\nSo.\n");
        write(labs.path(), "templates/stack.yaml", template);
        let clock = Clock::manual(1_750_000_000_000);
        Self { data: tempfile::tempdir().unwrap(), labs, postgres, clock }
    }

    async fn server(&self) -> Platform {
        let url = self.postgres.as_ref().map(Postgres::url);
        Platform::open_with(self.labs.path(), self.data.path(), url.as_deref(), self.clock.clone()).await.0
    }

    /// Another server, after the one that was there has died.
    async fn restarted(&self, server: Platform) -> Platform {
        server.state.db.close().await;
        drop(server);
        self.server().await
    }
}

fn write(labs: &Path, path: &str, text: &str) {
    let path = labs.join("stacked").join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A student who begins the lab, and the row of the stack that is wanted with it.
async fn begins(server: &Platform) -> (Browser, Stack) {
    let mut browser = server.browser();
    browser.act("begin", &[("slug", "stacked")]).await.ok();
    let page = browser.get("/labs/stacked/steps/1").await.ok();
    let at = page.body.find("AKIA").expect("a key on the step page");
    let key: String = page.body[at..].chars().take_while(char::is_ascii_alphanumeric).collect();
    let account = practice::account_of(&key).unwrap();
    let mut conn = server.state.db.read().await.unwrap();
    let row = stack::of_account(&mut conn, &account).await.unwrap().expect("a stack is wanted");
    (browser, row)
}

async fn row(server: &Platform, id: &str) -> Stack {
    stack::find(&mut server.state.db.read().await.unwrap(), id).await.unwrap().expect("the row")
}

/// The account's stacks, deleted ones too: id and status.
async fn stacks(server: &Platform, of: &Stack) -> Vec<(String, String)> {
    let see = |world: &practice::World, _| {
        let region = world.regions.get("us-east-1");
        let all = region.into_iter().flat_map(|region| region.cloudformation.stacks.values());
        all.map(|stack| (stack.id.clone(), stack.status.as_str().to_owned())).collect()
    };
    server.state.practice.look(&of.account_id, see).await.unwrap()
}

/// Runs the jobs until the stack is at `stage`. A server that is stopped on the way is followed by another. Answers
/// that, and whether one was.
async fn until(
    place: &Place,
    mut server: Platform,
    id: &str,
    stage: &str,
    mut stops: Stops,
) -> (Platform, bool) {
    let mut stopped = false;
    for _ in 0..200 {
        match drain(&server.state, &stops).await {
            Err(error) if error.is::<Stopped>() => {
                server = place.restarted(server).await;
                (stopped, stops) = (true, Stops::default());
            }
            Err(error) => panic!("{error:#}"),
            Ok(due) => {
                if row(&server, id).await.stage == stage {
                    return (server, stopped);
                }
                let ahead = due.expect("a job that goes on") - place.clock.now();
                place.clock.advance(ahead.max(1));
            }
        }
    }
    panic!("never {stage}: {:?}", row(&server, id).await);
}

/// Stopped after every write and every call on the way to a complete stack: one stack, and its outputs.
async fn made_once(place: Place) {
    let mut server = place.server().await;
    for stop in 0.. {
        let (mut browser, wanted) = begins(&server).await;
        let stopped;
        (server, stopped) = until(&place, server, &wanted.id, "ready", Stops::after(stop)).await;
        let made = row(&server, &wanted.id).await;
        let seen = stacks(&server, &made).await;
        let expected = [(made.stack_id.clone().unwrap(), "CREATE_COMPLETE".to_owned())];
        assert_eq!(seen, expected, "stopped after {stop}");
        assert!(made.outputs.contains(":cluster/demo"), "{}", made.outputs);
        assert!(made.resources.contains("AWS::ECS::TaskDefinition"), "{}", made.resources);
        if stop == 0 {
            let mut again = server.browser();
            again.cookie = browser.cookie.take();
            again.get("/labs/stacked").await.ok().shows(":cluster/demo of stacked.");
        }
        if !stopped {
            assert!(stop > 8, "there were only {stop} points to stop at");
            return;
        }
    }
}

/// The same on the way to a deletion: nothing is left, and a receipt says so.
async fn deleted_wholly(place: Place) {
    let mut server = place.server().await;
    for stop in 0.. {
        let (_, wanted) = begins(&server).await;
        (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
        let mut tx = server.state.db.begin().await.unwrap();
        let made = row_in(&mut tx, &wanted.id).await;
        assert!(wanting::remove(&mut tx, made, place.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
        let stopped;
        (server, stopped) = until(&place, server, &wanted.id, "deleted", Stops::after(stop)).await;
        let gone = row(&server, &wanted.id).await;
        let expected = [(gone.stack_id.clone().unwrap(), "DELETE_COMPLETE".to_owned())];
        assert_eq!(stacks(&server, &gone).await, expected, "stopped after {stop}");
        let receipt: Receipt = serde_json::from_str(gone.receipt.as_deref().unwrap()).unwrap();
        assert_eq!((receipt.had, receipt.left), (2, vec![]));
        if !stopped {
            assert!(stop > 6, "there were only {stop} points to stop at");
            return;
        }
    }
}

async fn row_in(tx: &mut server::db::Tx, id: &str) -> Stack {
    stack::find(tx, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn one_stack_whenever_the_server_stops_sqlite() {
    made_once(Place::new(None, TEMPLATE)).await;
}

#[tokio::test]
async fn one_stack_whenever_the_server_stops_postgres() {
    made_once(Place::new(Some(Postgres::start()), TEMPLATE)).await;
}

#[tokio::test]
async fn no_stack_is_left_whenever_the_server_stops_sqlite() {
    deleted_wholly(Place::new(None, TEMPLATE)).await;
}

#[tokio::test]
async fn no_stack_is_left_whenever_the_server_stops_postgres() {
    deleted_wholly(Place::new(Some(Postgres::start()), TEMPLATE)).await;
}

#[tokio::test]
async fn a_stack_goes_when_its_time_is_over() {
    let place = Place::new(None, TEMPLATE);
    let server = place.server().await;
    let (_, wanted) = begins(&server).await;
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    // Nothing but its end is due, and the warning before.
    let due = drain(&server.state, &Stops::default()).await.unwrap();
    assert!(due.is_some_and(|due| wanted.deadline.is_some_and(|end| due > end - 31 * 60_000)), "{due:?}");
    let (server, _) = until(&place, server, &wanted.id, "deleted", Stops::default()).await;
    assert!(place.clock.now() >= wanted.deadline.unwrap());
    assert_eq!(drain(&server.state, &Stops::default()).await.unwrap(), None, "there is no more to do");
}

#[tokio::test]
async fn a_failure_is_explained_and_tried_again_on_request() {
    let place = Place::new(None, FAILING);
    let server = place.server().await;
    let (_, wanted) = begins(&server).await;
    let (server, _) = until(&place, server, &wanted.id, "failed", Stops::default()).await;
    let failed = row(&server, &wanted.id).await;
    let reason = failed.reason.clone().unwrap();
    assert!(reason.starts_with("Cluster (AWS::ECS::Cluster): "), "{reason}");
    assert!(failed.events.contains("ROLLBACK_COMPLETE"), "{}", failed.events);

    // The lab is repaired, and the student tries again.
    write(place.labs.path(), "templates/stack.yaml", TEMPLATE);
    let server = place.restarted(server).await;
    let mut tx = server.state.db.begin().await.unwrap();
    let attempt = server::db::attempt::find(&mut tx, &wanted.attempt_id).await.unwrap().unwrap();
    let lab = &server.state.catalog.labs["stacked"];
    let state = &server.state;
    assert_eq!(wanting::request(state, &mut tx, lab, &attempt).await.unwrap(), Asked::Yes);
    assert_eq!(wanting::request(state, &mut tx, lab, &attempt).await.unwrap(), Asked::Nothing, "once");
    tx.commit().await.unwrap();
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    let statuses: Vec<String> =
        stacks(&server, &failed).await.into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses.iter().filter(|status| *status == "CREATE_COMPLETE").count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| *status == "DELETE_COMPLETE").count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn starting_over_begins_with_a_stack_of_its_own() {
    let place = Place::new(None, TEMPLATE);
    let server = place.server().await;
    let (mut browser, wanted) = begins(&server).await;
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    browser.act("start-over", &[("slug", "stacked"), ("sure", "true")]).await.ok();
    let mut conn = server.state.db.read().await.unwrap();
    let fresh = stack::of_attempt(&mut conn, &wanted.attempt_id).await.unwrap().unwrap();
    drop(conn);
    assert!(fresh.id != wanted.id && fresh.stack_id.is_none());
    let (server, _) = until(&place, server, &fresh.id, "ready", Stops::default()).await;
    assert_eq!(stacks(&server, &fresh).await.len(), 1);
}

#[tokio::test]
async fn the_panel_asks_for_the_stack_and_for_its_end() {
    let place = Place::new(None, TEMPLATE);
    let server = place.server().await;
    let (mut browser, wanted) = begins(&server).await;
    browser.get("/labs/stacked").await.ok().shows("is making stacked").shows("Stop and delete it");
    browser.act("request-stack", &[("slug", "stacked")]).await.refused(409);
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    let page = browser.get("/labs/stacked").await.ok();
    page.shows("stacked is complete")
        .shows(":cluster/demo")
        .shows("CREATE_COMPLETE")
        .shows("Delete the stack");
    browser.act("remove-stack", &[("slug", "stacked")]).await.ok();
    browser.get("/labs/stacked").await.ok().shows("is deleting stacked").hides("Delete the stack");
    let (server, _) = until(&place, server, &wanted.id, "deleted", Stops::default()).await;
    let page = browser.get("/labs/stacked").await.ok();
    page.shows("of its 2 resources, nothing is left").shows("Make it again");
    browser.act("remove-stack", &[("slug", "stacked")]).await.refused(409);
    browser.act("request-stack", &[("slug", "stacked")]).await.ok();
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    // Nobody else sees it or asks for anything.
    let mut stranger = server.browser();
    stranger
        .get("/labs/stacked")
        .await
        .ok()
        .shows("Not there yet")
        .hides("Delete the stack")
        .hides(":cluster/demo");
    stranger.act("remove-stack", &[("slug", "stacked")]).await.refused(401);
}

#[tokio::test]
async fn templates_are_read_as_they_are_by_anyone() {
    let place = Place::new(None, TEMPLATE);
    let shown =
        "Resources: { A: { Type: AWS::SNS::Topic, Properties: { X: '{{resolve:ssm:/x}} {{cluster}}' } } }\n";
    write(place.labs.path(), "templates/other.yaml", shown);
    write(place.labs.path(), "intro.md", "See [it](templates/other.yaml).\n");
    let server = place.server().await;
    let mut anyone = server.browser();
    let read = anyone.get("/labs/stacked/templates/other.yaml").await.ok();
    assert_eq!(read.body, shown);
    assert!(read.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    anyone.get("/labs/stacked/templates/none.yaml").await.refused(404);
    anyone.get("/labs/stacked/templates/..%2Flab.yaml").await.refused(404);
    let link = "http://drydock.test/labs/stacked/templates/other.yaml";
    anyone.get("/labs/stacked").await.ok().shows(link);
}
