//! Ticks come without anyone asking, soon, and to the right pages.

use std::time::Duration;

use server::db::attempt;
use server::live;
use tokio::time::timeout;

use crate::student::Student;
use crate::support::Platform;
use crate::support::browser::Events;
use crate::support::postgres::Postgres;
use crate::{CLUSTER, LIVE_1, Place, STEP_1};

/// How soon a tick must follow.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn ticks_come_by_themselves_on_sqlite() {
    watch(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_come_by_themselves_on_postgres() {
    watch(&Place::postgres()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_looks_there_are_no_ticks() {
    let server = Platform::start(None).await;
    let (student, mut browser) = Student::begins(&server).await;
    student.creates(&server, CLUSTER).await;
    let mut page = browser.listen(LIVE_1).await;
    assert_eq!(page.next().await["checks"][0]["verdict"], "not_yet_looked");
    assert!(
        timeout(Duration::from_millis(500), page.next()).await.is_err(),
        "a page looks at nothing itself"
    );
    browser.get(STEP_1).await.ok().shows(&student.key_id);
}

/// The promise, from the answered request to the message that ticks. One step could be unlucky on a busy
/// machine; the median of several is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_follows_within_a_second() {
    let place = Place::sqlite();
    let (server, requests) = Platform::open(place.data.path(), None, place.clock.clone()).await;
    let looks = tokio::spawn(live::run(server.state.clone(), requests));
    let (student, mut browser) = Student::begins(&server).await;
    let id = |answer: &str, tag: &str| {
        let start = answer.split(&format!("<{tag}>")).nth(1).expect("the tag is in the answer");
        start.split('<').next().unwrap().to_owned()
    };
    let ec2 = async |form: String| student.asks(&server, &student.ec2(&form)).await;
    let tag =
        |id: &str, name: &str| format!("CreateTags&ResourceId.1={id}&Tag.1.Key=Name&Tag.1.Value={name}");
    let block = "CidrBlock=172.31.0.0%2F28";
    let mut vpc = String::new();
    let mut took = Vec::new();
    for step in 1..=5_usize {
        let mut page = browser.listen(&format!("/live/weave-by-hand?step={step}")).await;
        // The look that a page asks for when it opens is over.
        until(&mut page, |seen| seen["checks"][0]["verdict"].is_object()).await;
        match step {
            1 => student.creates(&server, CLUSTER).await,
            2 => {
                vpc = id(&ec2(format!("CreateVpc&{block}")).await, "vpcId");
                ec2(tag(&vpc, "weave-ecs-demo-vpc")).await;
                ec2(format!("ModifyVpcAttribute&VpcId={vpc}&EnableDnsHostnames.Value=true")).await;
            }
            3 => {
                let subnet = id(&ec2(format!("CreateSubnet&VpcId={vpc}&{block}")).await, "subnetId");
                ec2(tag(&subnet, "weave-ecs-demo-subnet")).await;
            }
            4 => {
                let gateway = id(&ec2("CreateInternetGateway".to_owned()).await, "internetGatewayId");
                ec2(tag(&gateway, "weave-ecs-demo")).await;
                ec2(format!("AttachInternetGateway&InternetGatewayId={gateway}&VpcId={vpc}")).await;
                let find = format!("DescribeRouteTables&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
                let table = id(&ec2(find).await, "routeTableId");
                ec2(format!(
                    "CreateRoute&RouteTableId={table}&DestinationCidrBlock=0.0.0.0%2F0&GatewayId={gateway}"
                ))
                .await;
            }
            _ => {
                let new =
                    format!("CreateSecurityGroup&GroupName=weave-ecs-demo&GroupDescription=d&VpcId={vpc}");
                let group = id(&ec2(new).await, "groupId");
                ec2("CreateKeyPair&KeyName=weave-ecs-demo-key".to_owned()).await;
                for port in [22, 80, 4040] {
                    let world = "IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0".to_owned();
                    ec2(ingress(&group, "tcp", port, &world)).await;
                }
                for (protocol, port) in [("tcp", 6783), ("udp", 6783), ("udp", 6784), ("tcp", 4040)] {
                    let own = format!("IpPermissions.1.Groups.1.GroupId={group}");
                    ec2(ingress(&group, protocol, port, &own)).await;
                }
            }
        }
        let answered = std::time::Instant::now();
        until(&mut page, |seen| seen["steps"][step - 1]["state"] == "passed").await;
        took.push(answered.elapsed());
    }
    looks.abort();
    took.sort();
    println!("from the answer to the tick, five steps: {took:?}");
    assert!(took[2] < Duration::from_secs(1), "a tick takes longer than a second: {took:?}");
}

fn ingress(group: &str, protocol: &str, port: u16, from: &str) -> String {
    format!(
        "AuthorizeSecurityGroupIngress&GroupId={group}&IpPermissions.1.IpProtocol={protocol}\
         &IpPermissions.1.FromPort={port}&IpPermissions.1.ToPort={port}&{from}"
    )
}

async fn watch(place: &Place) {
    let url = place.postgres.as_ref().map(Postgres::url);
    let (server, requests) = Platform::open(place.data.path(), url.as_deref(), place.clock.clone()).await;
    let looks = tokio::spawn(live::run(server.state.clone(), requests));
    a_tick_without_a_page(&server).await;
    a_tick_on_an_open_page(&server).await;
    looks.abort();
    server.state.db.close().await;
}

async fn a_tick_without_a_page(server: &Platform) {
    let (student, mut browser) = Student::begins(server).await;
    let mut conn = server.state.db.read().await.unwrap();
    let attempt = attempt::of_world(&mut conn, &student.account).await.unwrap().unwrap();
    drop(conn);
    let mut changes = server.state.hub.watch_attempt(&attempt.id);
    student.creates(server, CLUSTER).await;
    timeout(SOON, changes.changed()).await.expect("nobody told the attempt's pages").unwrap();
    // The first message is what is known already: that this page came changes nothing in it.
    let seen = timeout(SOON, browser.first_event(LIVE_1)).await.unwrap();
    assert_eq!(seen["checks"][0]["verdict"], "passed", "{seen}");
    assert_eq!(
        (&seen["steps"][0]["state"], &seen["steps"][1]["state"]),
        (&"passed".into(), &"current".into())
    );
    others_see_nothing(server, &student).await;
}

async fn others_see_nothing(server: &Platform, student: &Student) {
    let mut other = server.browser();
    other.get(LIVE_1).await.refused(401).hides(&student.account);
    other.act("start-as-guest", &[]).await.ok();
    let refused = other.get(LIVE_1).await;
    assert!([404, 409].contains(&refused.status.as_u16()), "{}", refused.body);
    refused.hides("checks").hides(&student.account);
}

async fn a_tick_on_an_open_page(server: &Platform) {
    let (student, mut browser) = Student::begins(server).await;
    let (_, mut stranger) = Student::begins(server).await;
    let (mut page, mut other) = (browser.listen(LIVE_1).await, stranger.listen(LIVE_1).await);
    for open in [&mut page, &mut other] {
        until(open, |seen| seen["checks"][0]["verdict"]["not_begun"].is_object()).await;
    }
    student.creates(server, "not-what-was-asked-for").await;
    student.creates(server, CLUSTER).await;
    until(&mut page, |seen| seen["checks"][0]["verdict"] == "passed").await;
    // Their own account may have something to say meanwhile, but not that.
    while let Ok(theirs) = timeout(Duration::from_millis(500), other.next()).await {
        let verdict = &theirs["checks"][0]["verdict"];
        assert!(verdict["not_begun"].is_object(), "someone else's page was told: {theirs}");
    }
}

/// Reads on until a message is as expected.
pub(crate) async fn until(page: &mut Events, expected: impl Fn(&serde_json::Value) -> bool) {
    let mut last = serde_json::Value::Null;
    let reading = async {
        while !expected(&last) {
            last = page.next().await;
        }
    };
    let read = timeout(SOON, reading).await;
    assert!(read.is_ok(), "too late; last seen: {last}");
}
