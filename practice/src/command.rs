//! The way in: an HTTP request is understood (who asks for what), then looked up or applied. What changes a world
//! is a [`Command`]; a journal of commands with their times rebuilds the world.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::fault::Fault;
use crate::core::tag;
use crate::core::time::Time;
use crate::engine;
use crate::network::site::{self, SiteAnswer, SiteRequest};
use crate::operation::{Operation, Run};
use crate::services::cloudtrail::model as cloudtrail;
use crate::services::iam::credentials::{AccessKey, CredentialError};
use crate::services::{iam, registry};
use crate::wire::answer::{HttpAnswer, encode};
use crate::wire::refusal::Refusal;
use crate::wire::request::{Asked, Credential, HttpRequest, asked, signing_name};
use crate::wire::sigv4::Signed;
use crate::wire::{Protocol, cbor};
use crate::world::{Caller, World};

/// Whether signatures and permissions are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// As AWS does.
    Verify,
    /// Any credentials are the account's root.
    Any,
}

/// Something that may change a world, as it is journaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// An API operation.
    Call {
        /// Signing name.
        service: String,
        /// Operation name.
        operation: String,
        /// Region.
        region: String,
        /// Who.
        caller: Caller,
        /// The input tree.
        input: Value,
    },
    /// A visit to a site of the simulated world: containers may remember it.
    Visit(SiteRequest),
    /// Durations are divided by this from now on.
    SetSpeed(u32),
    /// The IAM user `student` with `AdministratorAccess`, if need be, and a new access key for it.
    CreateStudent,
}

/// What came of a command.
#[derive(Clone, PartialEq)]
pub enum Outcome {
    /// Of [`Command::Call`].
    Called(Result<Value, Fault>),
    /// Of [`Command::Visit`].
    Visited(SiteAnswer),
    /// Of [`Command::CreateStudent`]. The secret is not shown again.
    Student(AccessKey),
    /// Of a setting.
    Done,
}

/// Results are left out: `CreateAccessKey`'s holds a secret.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Called(result) => f.debug_tuple("Called").field(&result.as_ref().map(|_| ..)).finish(),
            Self::Visited(answer) => f.debug_tuple("Visited").field(answer).finish(),
            Self::Student(key) => f.debug_tuple("Student").field(key).finish(),
            Self::Done => f.write_str("Done"),
        }
    }
}

/// A request that made sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// What to do.
    pub command: Command,
    /// Whether it can change the world, and so must be journaled before it is answered.
    pub writes: bool,
    protocol: Protocol,
    operation: String,
}

/// Understands an API request against the world as it is (which must be caught up to `now`): decodes it, finds the
/// operation, verifies signature and permission. `wall` is the real time, which signatures are made by: a world
/// whose student skipped ahead has a later `now`.
pub fn understand(
    world: &World,
    request: &HttpRequest,
    auth: Auth,
    now: Time,
    wall: Time,
) -> Result<Understood, Refused> {
    let of_s3 = |credential: Credential| credential.service == crate::wire::rest_xml::SERVICE;
    let spoken = if Credential::of(request).is_some_and(of_s3) {
        Protocol::RestXml
    } else if cbor::target(&request.path).is_some() {
        Protocol::Cbor { namespace: "" }
    } else if request.header("x-amz-target").is_some() {
        Protocol::Json11
    } else if crate::wire::rest::is_rest(&request.path) {
        Protocol::RestJson
    } else {
        Protocol::Query { namespace: "http://webservices.amazon.com/AWSFault/2005-15-09" }
    };
    let asked = asked(request).map_err(|fault| Refused(spoken, fault))?;
    let service = registry().service(&asked.service).ok_or_else(|| {
        let shown: String = asked.service.chars().take(64).collect();
        let message = format!("The service {shown} is not part of this practice cloud.");
        Refused(spoken, Fault::new("UnknownOperationException", message).with_status(404))
    })?;
    let protocol = cbor::answered_in(service.protocol, spoken);
    let operation = registry()
        .operation(&asked.service, &asked.operation)
        .ok_or_else(|| Refused(protocol, unknown_operation(protocol, &asked.operation)))?;
    if !crate::core::region::is_known(&asked.region) {
        let refusal = Refusal::Scope("Credential should be scoped to a valid region. ".to_owned());
        return Err(Refused(protocol, refusal.fault(protocol)));
    }
    let caller = caller(world, request, auth, &asked, protocol, now, wall)
        .map_err(|fault| Refused(protocol, fault))?;
    let writes = matches!(operation.run, Run::Write(_));
    if writes && asked.service != "cloudformation" && names_reserved_tag(&asked.input) {
        let message = "Tag keys that begin with 'aws:' are reserved for AWS: they cannot be set or removed.";
        return Err(Refused(protocol, Fault::new(reserved_code(protocol), message)));
    }
    let Asked { service, operation, region, input } = asked;
    let command = Command::Call { service, operation: operation.clone(), region, caller, input };
    Ok(Understood { command, writes, protocol, operation })
}

/// Whether an input names a tag that only CloudFormation sets. It sets them through the services' own operations, which
/// therefore let them pass, so that they have to be refused here.
fn names_reserved_tag(input: &Value) -> bool {
    let reserved = |text: &str| text.to_ascii_lowercase().starts_with(tag::CLOUDFORMATION);
    match input {
        Value::String(text) => reserved(text),
        Value::Array(items) => items.iter().any(names_reserved_tag),
        Value::Object(members) => {
            members.iter().any(|(name, member)| reserved(name) || names_reserved_tag(member))
        }
        _ => false,
    }
}

fn reserved_code(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json11 | Protocol::Json10 | Protocol::RestJson | Protocol::Cbor { .. } => {
            "InvalidParameterException"
        }
        Protocol::Query { .. } => "ValidationError",
        Protocol::RestXml => "InvalidTag",
        Protocol::Ec2 { .. } => "InvalidParameterValue",
    }
}

fn unknown_operation(protocol: Protocol, operation: &str) -> Fault {
    match protocol {
        Protocol::Json11 | Protocol::Json10 | Protocol::RestJson | Protocol::Cbor { .. } => {
            Fault::new("UnknownOperationException", "")
        }
        Protocol::Query { .. } | Protocol::Ec2 { .. } | Protocol::RestXml => {
            let shown: String = operation.chars().take(128).collect();
            let message = format!("The action {shown} is not valid for this web service.");
            Fault::new("InvalidAction", message)
        }
    }
}

fn caller(
    world: &World,
    request: &HttpRequest,
    auth: Auth,
    asked: &Asked,
    protocol: Protocol,
    now: Time,
    wall: Time,
) -> Result<Caller, Fault> {
    if auth == Auth::Any {
        return Ok(Caller::root(&world.account));
    }
    let caller = signer(world, request, signing_name(&asked.service), now, wall)
        .map_err(|refusal| refusal.fault(protocol))?;
    let allowed = world.look(&asked.region, now, &caller, |view| {
        iam::authorize(view, &asked.service, &asked.operation, &asked.input)
    });
    allowed.map(|()| caller)
}

/// Who signed the request.
fn signer(
    world: &World,
    request: &HttpRequest,
    service: &str,
    now: Time,
    wall: Time,
) -> Result<Caller, Refusal> {
    let signed = Signed::of(request)?;
    let token = request.header("x-amz-security-token");
    let found = iam::credentials::find(&world.iam, &signed.credential.access_key_id, token, now);
    let (secret, caller) = found.map_err(|error| match error {
        CredentialError::Unknown => Refusal::UnknownKey,
        CredentialError::Expired => Refusal::ExpiredToken,
    })?;
    signed.verify(request, &secret, service, wall)?;
    Ok(caller)
}

/// Applies a command at `now`: catches up, acts, and lets the services respond. Deterministic; a call that fails
/// changes nothing beyond the catching up.
pub fn apply(world: &mut World, command: &Command, now: Time) -> Outcome {
    engine::catch_up_wholly(world, now);
    match command {
        Command::Call { service, operation, region, caller, input } => {
            let Some(Operation { run, .. }) = registry().operation(service, operation) else {
                return Outcome::Called(Err(Fault::new("UnknownOperationException", "")));
            };
            Outcome::Called(match run {
                Run::Read(read) => world.look(region, now, caller, |view| read(view, input.clone())),
                Run::Write(write) => {
                    let untouched = !world.regions.contains_key(region);
                    let result = world.work(region, now, caller, |scope| write(scope, input.clone()));
                    if result.is_ok() {
                        respond(world, service, region, now);
                    } else if untouched {
                        // A region begins with the first thing in it, not with the first mistake.
                        world.regions.remove(region);
                    }
                    if let Err(fault) = &result {
                        let asked = (service.as_str(), operation.as_str(), region.as_str());
                        let refused = cloudtrail::Refused::new(asked, caller, input, fault, now);
                        world.cloudtrail.note(refused);
                    }
                    result
                }
            })
        }
        Command::Visit(request) => Outcome::Visited(visit(world, request, now)),
        Command::SetSpeed(speed) => {
            world.settings.speed = (*speed).max(1);
            Outcome::Done
        }
        Command::CreateStudent => Outcome::Student(world.create_student(now)),
    }
}

/// Lets the services respond to a change. What IAM allows matters in every region.
fn respond(world: &mut World, service: &str, region: &str, now: Time) {
    if service != "iam" {
        return engine::react(world, region, now);
    }
    let regions: Vec<String> = world.regions.keys().cloned().collect();
    for region in &regions {
        engine::react(world, region, now);
    }
}

/// Opens a page in whichever region has the host.
fn visit(world: &mut World, request: &SiteRequest, now: Time) -> SiteAnswer {
    let regions: Vec<String> = world.regions.keys().cloned().collect();
    for region in &regions {
        let answer = world.work(region, now, &Caller::service(), |scope| site::visit(scope, request));
        if answer != SiteAnswer::NoSuchHost {
            engine::react(world, region, now);
            return answer;
        }
    }
    SiteAnswer::NoSuchHost
}

/// The HTTP answer to an API request at world time `now` and wall-clock time `wall`. `request_id` is the request's
/// own randomness.
pub fn answer(
    world: &mut World,
    request: &HttpRequest,
    auth: Auth,
    now: Time,
    wall: Time,
    request_id: &str,
) -> HttpAnswer {
    engine::catch_up_wholly(world, now);
    match understand(world, request, auth, now, wall) {
        Err(refused) => refused.encode(request_id),
        Ok(understood) => {
            let outcome = apply(world, &understood.command, now);
            understood.encode(&outcome, request_id)
        }
    }
}

/// A request that was refused before it reached an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(Protocol, Fault);

impl Refused {
    /// The HTTP answer, in the form of the protocol that was spoken.
    pub fn encode(self, request_id: &str) -> HttpAnswer {
        encode(self.0, "", request_id, &Err(self.1))
    }
}

impl Understood {
    /// The HTTP answer for what came of the command.
    pub fn encode(&self, outcome: &Outcome, request_id: &str) -> HttpAnswer {
        match outcome {
            Outcome::Called(result) => encode(self.protocol, &self.operation, request_id, result),
            Outcome::Visited(_) | Outcome::Student(_) | Outcome::Done => {
                encode(self.protocol, &self.operation, request_id, &Ok(Value::Null))
            }
        }
    }
}
