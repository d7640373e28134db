//! A student with a practice account, as the server and a terminal know it.

use practice::{Auth, HttpRequest, Time, World};
use server::clock::Clock;
use server::db::world;
use server::practice::store::{Database, Store as _, Stored};
use server::secret::Secret;
use sha2::{Digest as _, Sha256};

use crate::support::Platform;
use crate::support::browser::Browser;
use crate::{LAB, STEP_1};

/// A student's own account and key.
#[derive(Clone)]
pub(crate) struct Student {
    pub(crate) account: String,
    pub(crate) key_id: String,
    pub(crate) secret: Secret,
}

impl Student {
    /// Someone who begins the lab as a guest.
    pub(crate) async fn begins(server: &Platform) -> (Self, Browser) {
        let mut browser = server.browser();
        assert_eq!(browser.act("begin", &[("slug", LAB)]).await.ok().location(), STEP_1);
        let page = browser.get(STEP_1).await.ok();
        let at = page.body.find("AKIA").expect("a key on the step page");
        let key_id: String = page.body[at..].chars().take_while(char::is_ascii_alphanumeric).collect();
        let account = practice::account_of(&key_id).unwrap();
        let mut conn = server.state.db.read().await.unwrap();
        let found = world::keys(&mut conn, &server.state.sealer, &account).await.unwrap();
        let (_, secret) = found.into_iter().find(|(id, _)| *id == key_id).expect("the account's own key");
        (Self { account, key_id, secret }, browser)
    }

    /// Signs as a client does.
    pub(crate) fn signed(&self, service: &str, target: Option<&str>, body: &str) -> HttpRequest {
        let date = Time(Clock::system().now()).basic();
        let day = &date[..8];
        let mut headers = vec![("host", "practice"), ("x-amz-date", &date)];
        headers.extend(target.map(|target| ("x-amz-target", target)));
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines =
            headers.iter().fold(String::new(), |out, (name, value)| out + &format!("{name}:{value}\n"));
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body)));
        let scope = format!("{day}/us-east-1/{service}/aws4_request");
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let start = format!("AWS4{}", self.secret.expose()).into_bytes();
        let chain = [day, "us-east-1", service, "aws4_request"];
        let signature = hex(&mac(&chain.iter().fold(start, |key, part| mac(&key, part)), &to_sign));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key_id
        );
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.push(("authorization".to_owned(), authorization));
        HttpRequest {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers,
            body: body.into(),
        }
    }

    pub(crate) fn ecs(&self, operation: &str, input: &serde_json::Value) -> HttpRequest {
        let target = format!("AmazonEC2ContainerServiceV20141113.{operation}");
        self.signed("ecs", Some(&target), &input.to_string())
    }

    pub(crate) fn ec2(&self, form: &str) -> HttpRequest {
        self.signed("ec2", None, &format!("Action={form}&Version=2016-11-15"))
    }

    pub(crate) async fn asks(&self, server: &Platform, request: &HttpRequest) -> String {
        let answer = server.state.practice.api(&self.account, request, Auth::Verify).await.unwrap();
        let body = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, 200, "{body}");
        body
    }

    pub(crate) async fn creates(&self, server: &Platform, cluster: &str) {
        let request = self.ecs("CreateCluster", &serde_json::json!({"clusterName": cluster}));
        self.asks(server, &request).await;
    }

    /// The names of the clusters there are, in order.
    pub(crate) async fn clusters(&self, server: &Platform) -> Vec<String> {
        let seen = self.world(server, |world, _| {
            let clusters =
                world.regions.get("us-east-1").map(|region| serde_json::to_value(&region.ecs).unwrap());
            let mut names = Vec::new();
            collect_names(&clusters.unwrap_or_default(), &mut names);
            names
        });
        let mut names = seen.await;
        names.sort();
        names
    }

    pub(crate) async fn world<T>(&self, server: &Platform, see: impl FnOnce(&World, Time) -> T) -> T {
        server.state.practice.look(&self.account, see).await.unwrap()
    }

    /// All of the world, and its time.
    pub(crate) async fn bytes(&self, server: &Platform) -> (String, Time) {
        self.world(server, |world, now| (serde_json::to_string(world).unwrap(), now)).await
    }

    pub(crate) fn store(server: &Platform) -> Database {
        let state = &server.state;
        Database::new(state.db.clone(), state.sealer.clone(), state.clock.clone())
    }

    /// What is kept of the account; its journal has no gap.
    pub(crate) async fn kept(&self, server: &Platform) -> Stored {
        let stored = Self::store(server).load(&self.account).await.unwrap().unwrap();
        for (entry, expected) in stored.journal.iter().zip(stored.snapshot_seq + 1..) {
            assert_eq!(entry.seq, expected, "a gap in the journal");
        }
        stored
    }
}

/// The values of all `name` fields, however deep.
fn collect_names(value: &serde_json::Value, names: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_str() {
                    Some(name) if field == "name" => names.push(name.to_owned()),
                    _ => collect_names(value, names),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
}

/// HMAC-SHA-256 of RFC 2104, for keys of at most a block.
fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let padded =
        |with: u8| -> Vec<u8> { (0..64).map(|i| key.get(i).copied().unwrap_or_default() ^ with).collect() };
    let inner = Sha256::digest([padded(0x36), message.as_bytes().to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}
