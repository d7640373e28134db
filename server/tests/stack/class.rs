//! Students' stacks in a workshop: what they may cost, and what the host can do.

use server::clock::MINUTE;
use server::db::attempt;
use server::provision::run::drain;
use server::provision::stack::{self as wanting, Asked};
use server::provision::wake::Stops;
use server::serve;

use crate::support::Platform;
use crate::support::browser::Browser;
use crate::support::postgres::Postgres;
use crate::{Place, Stack, TEMPLATE, row, until};

/// A classic load balancer costs two and a half cents an hour.
const DEAR: &str = "Parameters:
  ClusterName: { Type: String }
Resources:
  Cluster: { Type: AWS::ECS::Cluster, Properties: { ClusterName: !Ref ClusterName } }
  Gateway: { Type: AWS::ElasticLoadBalancing::LoadBalancer, Properties: { Scheme: internal, AvailabilityZones: [us-east-1a], Listeners: [{ LoadBalancerPort: '80', InstancePort: '80', Protocol: HTTP }] } }
Outputs:
  ClusterArn: { Value: !GetAtt Cluster.Arn }
";

async fn host(server: &Platform) -> (Browser, String, String) {
    let mut host = server.browser();
    let link = serve::instructor_link(&server.state).await.unwrap().unwrap();
    let token = link.expose().rsplit('/').next().unwrap().to_owned();
    let fields = [("token", token.as_str()), ("name", "Grace"), ("password", "a long enough password")];
    host.act("accept-invite", &fields).await.ok();
    let made = host.act("create-workshop", &[("title", "Monday"), ("lab", "stacked")]).await.ok();
    let id = made.location().rsplit('/').next().unwrap().to_owned();
    let page = host.get(&format!("/teach/{id}")).await.ok().shows("No stack has been asked for yet");
    let code = page.body.split("/join?code=").nth(1).unwrap()[..6].to_owned();
    (host, id, code)
}

async fn joins(server: &Platform, code: &str, name: &str) -> Browser {
    let mut student = server.browser();
    student.act("join", &[("code", code), ("name", name)]).await.ok();
    student
}

/// The workshop's stacks, in the order they were asked for.
async fn stacks(server: &Platform, workshop: &str) -> Vec<Stack> {
    let mut conn = server.state.db.read().await.unwrap();
    server::db::stack::of_workshop(&mut conn, workshop).await.unwrap()
}

#[tokio::test]
async fn a_stack_above_the_limit_is_refused_with_a_way_out() {
    let place = Place::new(None, DEAR);
    let server = place.server().await;
    let (mut teacher, id, code) = host(&server).await;
    let limits = |student, class| [("id", id.clone()), ("student", student), ("class", class)];
    for (student, class) in [("a lot", "1"), ("1", "-1"), ("1", "1001")] {
        let fields = limits(student.to_owned(), class.to_owned());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        teacher.act("set-stack-limits", &fields).await.refused(422);
    }
    let set = [("id", id.as_str()), ("student", "0.02"), ("class", "0.06")];
    teacher.act("set-stack-limits", &set).await.ok();
    let mut ada = joins(&server, &code, "Ada").await;
    let page = ada.get("/labs/stacked").await.ok();
    page.shows("This stack would cost $0.025 an hour.")
        .shows("may cost $0.02. Your host can raise the limit");
    ada.act("request-stack", &[("slug", "stacked")])
        .await
        .refused(409)
        .shows("Your host can raise the limit");
    assert_eq!(stacks(&server, &id).await[0].hourly, 0, "what is not there costs nothing");

    let set = [("id", id.as_str()), ("student", "0.05"), ("class", "0.06")];
    teacher.act("set-stack-limits", &set).await.ok();
    teacher.get(&format!("/teach/{id}")).await.ok().shows("value=\"0.05\"").shows("value=\"0.06\"");
    ada.act("request-stack", &[("slug", "stacked")]).await.ok();
    joins(&server, &code, "Bob").await.get("/labs/stacked").await.ok().shows("is making stacked");
    let mut cy = joins(&server, &code, "Cy").await;
    cy.get("/labs/stacked").await.ok().shows("would come to $0.075. All of them may cost $0.06.");
    let all = stacks(&server, &id).await;
    assert_eq!(all.len(), 3);
    let ready = all.iter().find(|row| row.stage == "waiting").unwrap().id.clone();
    let (server, _) = until(&place, server, &ready, "ready", Stops::default()).await;
    assert_eq!(row(&server, &ready).await.hourly, 25_000_000, "what was found costs what was thought");
}

/// Two students ask in the same moment, each at a server of their own: there is room for one stack.
#[tokio::test(flavor = "multi_thread")]
async fn two_who_ask_together_do_not_pass_the_limit_together() {
    let place = Place::new(Some(Postgres::start()), DEAR);
    let server = place.server().await;
    let (mut teacher, id, code) = host(&server).await;
    let limits = |class| [("id", id.as_str()), ("student", "0.05"), ("class", class)];
    teacher.act("set-stack-limits", &limits("0.01")).await.ok();
    for name in ["Ada", "Bob"] {
        joins(&server, &code, name)
            .await
            .get("/labs/stacked")
            .await
            .ok()
            .shows("All of them may cost $0.01.");
    }
    teacher.act("set-stack-limits", &limits("0.03")).await.ok();
    let all = stacks(&server, &id).await;
    let lab = &server.state.catalog.labs["stacked"];
    let ask = async |of: &Stack| {
        let mut tx = server.state.db.begin().await.unwrap();
        let attempt = attempt::find(&mut tx, &of.attempt_id).await.unwrap().unwrap();
        let asked = wanting::request(&server.state, &mut tx, lab, &attempt).await.unwrap();
        // The other has begun by now.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        tx.commit().await.unwrap();
        asked
    };
    let (first, second) = tokio::join!(ask(&all[0]), ask(&all[1]));
    let refused = [first, second].iter().filter(|asked| matches!(asked, Asked::Refused(_))).count();
    assert_eq!(refused, 1);
    server.state.db.close().await;
}

#[tokio::test]
async fn the_host_sees_all_stacks_and_ends_them() {
    let place = Place::new(None, TEMPLATE);
    let server = place.server().await;
    let (mut teacher, id, code) = host(&server).await;
    let mut ada = joins(&server, &code, "Ada").await;
    joins(&server, &code, "Bob").await;
    let all = stacks(&server, &id).await;
    let page = format!("/teach/{id}");
    teacher.get(&page).await.ok().shows("Ada").shows("Being made");
    let event = teacher.first_event(&format!("/live/workshop/{id}")).await;
    assert_eq!(event["stacks"]["rows"].as_array().unwrap().len(), 2, "{event}");
    let (server, _) = until(&place, server, &all[0].id, "ready", Stops::default()).await;
    let (server, _) = until(&place, server, &all[1].id, "ready", Stops::default()).await;

    // One of them, by nobody else.
    let one = [("id", id.as_str()), ("attempt", all[0].attempt_id.as_str())];
    ada.act("remove-class-stack", &one).await.refused(403);
    let strange = [("id", id.as_str()), ("attempt", "nobody")];
    teacher.act("remove-class-stack", &strange).await.refused(404);
    teacher.act("retry-class-stack", &one).await.refused(409);
    teacher.act("remove-class-stack", &one).await.ok();
    let (server, _) = until(&place, server, &all[0].id, "deleted", Stops::default()).await;
    assert_eq!(row(&server, &all[1].id).await.stage, "ready");
    teacher.get(&page).await.ok().shows("Deleted").shows("nothing").shows("Ready");
    teacher.act("retry-class-stack", &one).await.ok();

    // All of them, with the workshop; and none is made any more.
    let sure = [("id", id.as_str()), ("sure", "true")];
    teacher.act("end-workshop", &[("id", id.as_str())]).await.refused(422);
    teacher.act("end-workshop", &sure).await.ok();
    let (server, _) = until(&place, server, &all[0].id, "deleted", Stops::default()).await;
    let (server, _) = until(&place, server, &all[1].id, "deleted", Stops::default()).await;
    ada.act("request-stack", &[("slug", "stacked")]).await.refused(409).shows("The workshop has ended");
    server.browser().act("join", &[("code", code.as_str()), ("name", "Late")]).await.refused(422);
    teacher.act("remove-class-stacks", &sure).await.refused(409);
    teacher.act("reopen-workshop", &[("id", id.as_str())]).await.ok();
    ada.act("request-stack", &[("slug", "stacked")]).await.ok();
}

#[tokio::test]
async fn students_are_warned_half_an_hour_before_the_end() {
    let place = Place::new(None, TEMPLATE);
    let server = place.server().await;
    let (mut browser, wanted) = crate::begins(&server).await;
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    let end = wanted.deadline.unwrap();
    assert_eq!(drain(&server.state, &Stops::default()).await.unwrap(), Some(end - 30 * MINUTE));
    browser.get("/labs/stacked").await.ok().hides("this stack is deleted, with all");
    let mut events = browser.listen("/live/stacked?step=1").await;
    assert_eq!(events.next().await["stack"]["stage"], "ready");
    place.clock.advance(end - 30 * MINUTE - place.clock.now());
    assert_eq!(drain(&server.state, &Stops::default()).await.unwrap(), Some(end));
    // The open page is told, without asking.
    assert_eq!(events.next().await["stack"]["minutes_left"], 30);
    browser.get("/labs/stacked").await.ok().shows("In 30 min this stack is deleted");
}
