//! A world that hostile input is sent to.

use practice::network::site::SiteRequest;
use practice::wire::cbor;
use practice::wire::request::HttpRequest;
use practice::world::Caller;
use practice::{Auth, Command, Outcome, Time, World, answer, apply, catch_up_wholly};
use serde_json::Value;

pub(crate) const NOW: Time = Time(1_795_252_353_000);
pub(crate) const ROLE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
pub(crate) const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/r";
/// Longest world that a handful of requests may leave, in bytes.
pub(crate) const MOST_BYTES: usize = 2_000_000;

pub(crate) struct Lab {
    pub(crate) world: World,
    pub(crate) now: Time,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self { world: World::new("123456789012", 3), now: NOW }
    }

    /// The answer, or the fault's code. A refusal leaves no trace but in the event history.
    pub(crate) fn call(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, String> {
        self.now = self.now.plus_ms(100);
        catch_up_wholly(&mut self.world, self.now);
        let before = self.world.clone();
        let command = Command::Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: "us-east-1".to_owned(),
            caller: Caller::root("123456789012"),
            input,
        };
        match apply(&mut self.world, &command, self.now) {
            Outcome::Called(Ok(answer)) => Ok(answer),
            Outcome::Called(Err(fault)) => {
                assert!(
                    same(&self.world, before),
                    "{service} {operation} refused ({fault}) and left a trace"
                );
                assert!(fault.status < 500 && !fault.code.is_empty(), "{service} {operation}: {fault}");
                Err(fault.code)
            }
            other => panic!("{operation}: {other:?}"),
        }
    }

    pub(crate) fn must(&mut self, service: &str, operation: &str, input: Value) -> Value {
        let shown: String = input.to_string().chars().take(400).collect();
        self.call(service, operation, input).unwrap_or_else(|code| panic!("{operation}: {code} for {shown}"))
    }

    pub(crate) fn visit(&mut self, host: &str, path: &str) {
        let request = SiteRequest {
            host: host.to_owned(),
            port: 80,
            method: "GET".to_owned(),
            path: path.to_owned(),
            entropy: 5,
            headers: Vec::new(),
            body: String::new(),
        };
        apply(&mut self.world, &Command::Visit(request), self.now);
    }

    /// An hour passes; the world is storable, small, and read back the same.
    pub(crate) fn end(mut self) {
        catch_up_wholly(&mut self.world, self.now.plus_ms(3_600_000));
        let stored = serde_json::to_string(&self.world).expect("a world can be stored");
        assert!(stored.len() < MOST_BYTES, "{} bytes", stored.len());
        assert_eq!(serde_json::from_str::<World>(&stored).expect("and read"), self.world);
    }
}

pub(crate) fn scoped(service: &str, method: &str, path: &str, query: &str, body: Vec<u8>) -> HttpRequest {
    let scope = format!("AKIDEXAMPLE/20261121/us-east-1/{service}/aws4_request");
    let signed =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}", "0".repeat(64));
    HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: vec![("authorization".to_owned(), signed)],
        body,
    }
}

/// Whether two worlds are the same but for what was refused in them.
pub(crate) fn same(world: &World, mut before: World) -> bool {
    before.cloudtrail = world.cloudtrail.clone();
    *world == before
}

/// Sends a request to a fresh world: its status and body. A refusal leaves no trace but in the event history.
pub(crate) fn send(request: &HttpRequest) -> (u16, Vec<u8>) {
    let mut world = World::new("123456789012", 3);
    let before = world.clone();
    let answer = answer(&mut world, request, Auth::Any, NOW, NOW, "id");
    assert!((200..500).contains(&answer.status), "{}", answer.status);
    assert!((200..300).contains(&answer.status) || same(&world, before), "a refusal left a trace");
    (answer.status, answer.body)
}

pub(crate) fn send_cbor(operation: &str, body: Vec<u8>) {
    let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
    let (status, body) = send(&scoped("monitoring", "POST", &path, "", body));
    let tree = cbor::decode(&body).expect("an answer in CBOR");
    assert!(status == 200 || tree["__type"].is_string() && tree["message"].is_string(), "{tree}");
}
