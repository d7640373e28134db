//! Practice accounts as the platform keeps them: over restarts, crashes and several servers, in both databases; and
//! the ticks that follow from what a student does, without anyone asking.

#![recursion_limit = "512"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, that is how it fails"
)]

#[path = "account/between.rs"]
mod between;
#[path = "account/student.rs"]
mod student;
mod support;
#[path = "account/ticks.rs"]
mod ticks;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use practice::{Auth, HttpRequest};
use server::clock::Clock;
use server::db::engine::Value;
use server::practice::address::DOMAIN;
use server::practice::door::{self, Accounts, Door};
use server::practice::store::{Entry, Store as _};
use server::secret::Secret;
use student::Student;
use support::Platform;
use support::postgres::Postgres;

const LAB: &str = "weave-by-hand";
const STEP_1: &str = "/labs/weave-by-hand/steps/1";
const LIVE_1: &str = "/live/weave-by-hand?step=1";
const CLUSTER: &str = "weave-ecs-demo-cluster";

/// Where servers keep what outlives them.
struct Place {
    data: tempfile::TempDir,
    postgres: Option<Postgres>,
    clock: Clock,
}

impl Place {
    fn sqlite() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self { data, postgres: None, clock: Clock::manual(1_750_000_000_000) }
    }

    fn postgres() -> Self {
        Self { postgres: Some(Postgres::start()), ..Self::sqlite() }
    }

    async fn server(&self) -> Platform {
        let url = self.postgres.as_ref().map(Postgres::url);
        Platform::open(self.data.path(), url.as_deref(), self.clock.clone()).await.0
    }

    /// The same after the server was stopped and started again.
    async fn restarted(&self, server: Platform) -> Platform {
        server.state.db.close().await;
        drop(server);
        self.server().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_outlive_servers_on_sqlite() {
    tell(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_outlive_servers_on_postgres() {
    tell(&Place::postgres()).await;
}

async fn tell(place: &Place) {
    let server = place.server().await;
    let server = an_account_survives_a_restart(place, server).await;
    let server = what_was_journaled_survives_a_crash(place, server).await;
    snapshots_are_sealed(&server).await;
    between::two_servers_share_an_account(place, &server).await;
    server.state.db.close().await;
}

async fn an_account_survives_a_restart(place: &Place, server: Platform) -> Platform {
    let (student, _) = Student::begins(&server).await;
    student.asks(&server, &student.ec2("CreateVpc&CidrBlock=10.1.0.0%2F16")).await;
    let run = "RunInstances&ImageId=ami-f560d8e3&InstanceType=t2.micro&MinCount=1&MaxCount=1";
    student.asks(&server, &student.ec2(run)).await;
    for number in 0..210 {
        student.creates(&server, &format!("cluster-{number}")).await;
        if number % 50 == 0 {
            // Looking catches up, and is not journaled: the fold must not notice.
            place.clock.advance(700);
            student.bytes(&server).await;
        }
    }
    student.asks(&server, &student.ec2(run)).await;
    assert!(server.state.practice.skip_ahead(&student.account).await.unwrap(), "an instance is on its way");
    student.creates(&server, "after-skipping").await;
    server.state.practice.settle(&student.account, 3_600_000).await.unwrap();

    let kept = student.kept(&server).await;
    assert!(kept.snapshot_seq >= 200, "a snapshot was taken: {}", kept.snapshot_seq);
    assert!(!kept.journal.is_empty() && kept.skew_ms > 0);
    let (before, then) = student.bytes(&server).await;
    assert!(before.contains("cluster-209") && before.contains("10.1.0.0/16"));

    let server = place.restarted(server).await;
    let (after, now) = student.bytes(&server).await;
    assert_eq!(first_difference(&before, &after), None);
    assert!(now >= then, "{now:?} is before {then:?}");
    the_key_still_works(&server, &student).await;
    student.creates(&server, "after-restart").await;
    assert_eq!(student.kept(&server).await.last_seq(), kept.last_seq() + 2);
    server
}

/// Where two texts part, and how they go on.
fn first_difference(a: &str, b: &str) -> Option<(String, String)> {
    let at = a
        .bytes()
        .zip(b.bytes())
        .position(|(a, b)| a != b)
        .or((a.len() != b.len()).then(|| a.len().min(b.len())))?;
    let part = |text: &str| text.chars().skip(at.saturating_sub(60)).take(160).collect();
    Some((part(a), part(b)))
}

/// Through the practice port, as from a terminal.
async fn the_key_still_works(server: &Platform, student: &Student) {
    let accounts = Accounts::Many(server.state.practice_at.tags.clone());
    let host = server.state.practice.clone();
    let router =
        door::router(Door { host, accounts, auth: Auth::Verify, domain: DOMAIN.to_owned(), reset: None });
    let send = async |request: HttpRequest| {
        let mut post = Request::post("/");
        for (name, value) in request.headers {
            post = post.header(name, value);
        }
        let sent = tower::ServiceExt::oneshot(router.clone(), post.body(Body::from(request.body)).unwrap());
        let answer = sent.await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let through_the_door = serde_json::json!({"clusterName": "through-the-door"});
    let (status, body) = send(student.ecs("CreateCluster", &through_the_door)).await;
    assert!(status == 200 && body.contains(&student.account), "{status} {body}");
    let thief = Student { secret: Secret::new("A".repeat(40)), ..student.clone() };
    let (status, body) = send(thief.ecs("ListClusters", &serde_json::json!({}))).await;
    assert!((400..=403).contains(&status) && body.contains("signature"), "{status} {body}");
}

/// A process wrote the journal and died before it did anything else.
async fn what_was_journaled_survives_a_crash(place: &Place, server: Platform) -> Platform {
    let (student, _) = Student::begins(&server).await;
    student.creates(&server, "before").await;
    let request = student.ecs("CreateCluster", &serde_json::json!({"clusterName": "journaled"}));
    let understood = student
        .world(&server, |world, now| practice::understand(world, &request, Auth::Any, now, now).unwrap())
        .await;
    assert!(understood.writes);
    let seq = student.kept(&server).await.last_seq() + 1;
    let entry =
        Entry { seq, at_ms: server.clock.now(), command: serde_json::to_vec(&understood.command).unwrap() };
    Student::store(&server).append(&student.account, &entry).await.unwrap();
    let again = Student::store(&server).append(&student.account, &entry).await;
    assert!(again.is_err(), "a number is given once");

    let server = place.restarted(server).await;
    assert_eq!(student.clusters(&server).await, ["before", "journaled"]);
    student.creates(&server, "then").await;
    assert_eq!(student.kept(&server).await.last_seq(), seq + 1);
    assert_eq!(student.clusters(&server).await, ["before", "journaled", "then"]);
    server
}

async fn snapshots_are_sealed(server: &Platform) {
    let (student, _) = Student::begins(server).await;
    let open = String::from_utf8(student.kept(server).await.snapshot).unwrap();
    let read: serde_json::Value = serde_json::from_str(&open).unwrap();
    // Keys are not stored, but what they follow from is.
    let (seed, of_keys) = (read["seed"].as_u64().unwrap(), read["iam"]["secret"].as_u64().unwrap());
    let (seed, of_keys) = (seed.to_string(), of_keys.to_string());
    student.creates(server, "journaled").await;

    let mut conn = server.state.db.read().await.unwrap();
    let of = |sql| (sql, vec![Value::from(student.account.as_str())]);
    let (sql, args) = of("select snapshot as bytes from world where id = $1");
    let mut rows: Vec<Vec<u8>> = conn.all(sql, args, |row| row.get("bytes")).await.unwrap();
    let (sql, args) = of("select request as bytes from world_journal where world_id = $1");
    rows.extend(conn.all(sql, args, |row| row.get("bytes")).await.unwrap());
    let (sql, args) = of("select sealed_secret as bytes from world_key where world_id = $1");
    rows.extend(conn.all(sql, args, |row| row.get("bytes")).await.unwrap());
    assert!(rows.len() >= 3 && rows.iter().all(|row| !row.is_empty()));
    for row in rows {
        for secret in [student.secret.expose(), &seed, &of_keys, "\"iam\""] {
            assert!(
                !row.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{secret} is not sealed"
            );
        }
    }
}
