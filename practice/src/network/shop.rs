//! Sock Shop on the simulated network: a request goes from container to container as each asks the next by name, and
//! leaves behind what databases remember of it, and its spans in Zipkin. All of one visit happens at one moment; the
//! microseconds in traces are made up from the visit's own randomness.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::endpoint::{Endpoint, connect};
use super::site::{Left, SiteAnswer, SiteRequest, Trace};
use super::{egress, inside};
use crate::core::id::mix;
use crate::images::Serves;
use crate::images::sock_shop::{
    self, Login, Net, Place, Request, Response, Role, Service, Span, Store, plain_status,
};
use crate::services::ecs::model::RunningContainer;
use crate::services::iam::policy::role_allows;
use crate::services::{dynamodb, ecs, rds};
use crate::world::View;

/// Most requests among services that one visit may cause, and how far they may go on.
const MAX_CALLS: u32 = 96;
const MAX_HOPS: usize = 6;
/// Bytes that a process remembers.
const MAX_MEMORY: usize = 32 * 1024;
/// Hexadecimal digits of the moment in front of what is remembered.
const STAMP: usize = 12;

/// A process that was asked.
struct Opened<'w> {
    at: RunningContainer<'w>,
    /// All it remembers, once something has changed.
    changed: Option<BTreeMap<String, String>>,
}

/// One visit.
struct Shop<'v, 'w> {
    view: &'v View<'w>,
    entropy: u64,
    calls: u32,
    /// Who is answering, the innermost last, and the spans these are in.
    stack: Vec<(RunningContainer<'w>, Option<(String, String)>)>,
    opened: Vec<Opened<'w>>,
    /// Who reports to which Zipkin.
    spans: Vec<(RunningContainer<'w>, (String, u16), Span)>,
    /// What goes into which table.
    items: Vec<(String, Map<String, Value>)>,
    /// Lines of whom, in their order.
    lines: Vec<(RunningContainer<'w>, String)>,
    clock_us: i64,
}

/// A service answers a visitor.
pub(super) fn visit<'w>(
    view: &View<'w>,
    at: &RunningContainer<'w>,
    service: &Service,
    request: &SiteRequest,
) -> (SiteAnswer, Option<Trace>) {
    let mut shop = Shop::new(view, request.entropy);
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let asked = Request {
        method: request.method.clone(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: request.headers.clone(),
        body: request.body.clone(),
    };
    let Response { status, headers, body } = shop.answered(at, service, &asked);
    shop.report();
    let body = if request.method == "HEAD" { Vec::new() } else { body.into_bytes() };
    (SiteAnswer::Page { status, headers, body }, shop.left())
}

/// The status of its answer to `GET path`, which leaves nothing behind.
pub(super) fn status<'w>(view: &View<'w>, at: &RunningContainer<'w>, service: &Service, path: &str) -> u16 {
    plain_status(service, path)
        .unwrap_or_else(|| Shop::new(view, 1).answered(at, service, &Request::get(path)).status)
}

impl<'v, 'w> Shop<'v, 'w> {
    fn new(view: &'v View<'w>, entropy: u64) -> Self {
        let (stack, opened, spans) = (Vec::new(), Vec::new(), Vec::new());
        let (items, lines) = (Vec::new(), Vec::new());
        Self { view, entropy, calls: 0, stack, opened, spans, items, lines, clock_us: 0 }
    }

    /// What a service answers. The request is in a span, if the service reports any.
    fn answered(&mut self, at: &RunningContainer<'w>, service: &Service, request: &Request) -> Response {
        let around = self.stack.last().and_then(|(_, span)| span.clone());
        let own = service.zipkin.is_some().then(|| {
            let trace =
                around.as_ref().map_or_else(|| format!("{:016x}", self.random()), |(trace, _)| trace.clone());
            (trace, format!("{:016x}", self.random()))
        });
        self.clock_us += 200 + i64::try_from(self.random() % 400).unwrap_or(0);
        let began = self.clock_us;
        self.stack.push((*at, own.clone().or_else(|| around.clone())));
        let answer = sock_shop::answer(service, request, self);
        self.stack.pop();
        self.clock_us += 400 + i64::try_from(self.random() % 2_600).unwrap_or(0);
        let took_us = self.clock_us - began;
        if let Some(line) = sock_shop::line(&service.role, request, &answer, self.view.now, took_us) {
            self.lines.push((*at, line));
        }
        if let (Some((trace, id)), Some(zipkin)) = (own, service.zipkin.clone()) {
            let first = request.path.split('/').find(|part| !part.is_empty()).unwrap_or_default();
            let span = Span {
                trace,
                id,
                parent: around.map(|(_, id)| id),
                service: sock_shop::name(&service.role).to_owned(),
                name: format!("{} /{first}", request.method.to_ascii_lowercase()),
                start_us: self.view.now.0 * 1_000 + began,
                lasts_us: self.clock_us - began,
            };
            self.spans.push((*at, zipkin, span));
        }
        answer
    }

    /// Sends the spans of the visit to those that collect them. Each service sends its own, if it gets there.
    fn report(&mut self) {
        let mut collectors: Vec<(RunningContainer<'w>, Option<Login>, Vec<Span>)> = Vec::new();
        let mut known: BTreeMap<(String, String), Option<usize>> = BTreeMap::new();
        for (from, (host, port), span) in std::mem::take(&mut self.spans) {
            let key = (from.task.id.clone(), from.container.name.clone());
            let found = known.get(&key).copied().unwrap_or_else(|| {
                let mut there = inside::reach(self.view, &from, &host, port, self.entropy).into_iter();
                let zipkin = there.find_map(|(at, listener)| match listener.serves {
                    Serves::Shop(service) => match service.role {
                        Role::Zipkin(login) => Some((at, login)),
                        _ => None,
                    },
                    _ => None,
                });
                let (at, login) = zipkin?;
                let same = collectors.iter().position(|(one, ..)| is_same(one, &at));
                Some(same.unwrap_or_else(|| {
                    collectors.push((at, login, Vec::new()));
                    collectors.len() - 1
                }))
            });
            known.insert(key, found);
            if let Some((_, _, spans)) = found.and_then(|at| collectors.get_mut(at)) {
                spans.push(span);
            }
        }
        for (at, login, spans) in collectors {
            self.stack.push((at, None));
            sock_shop::report(login.as_ref(), &spans, self);
            self.stack.pop();
        }
    }

    /// What the visit leaves behind.
    fn left(self) -> Option<Trace> {
        let memories = self.opened.into_iter().filter_map(|one| Some((one.at, one.changed?)));
        let left: Vec<Left> = memories.map(|(at, memory)| Left::memory(&at, memory)).collect();
        let lines = self.lines.into_iter().filter_map(|(at, line)| {
            let (group, stream) = ecs::log_stream(self.view, at.task, at.definition)?;
            Some((group, stream, line))
        });
        let lines: Vec<_> = lines.collect();
        let something = !left.is_empty() || !self.items.is_empty() || !lines.is_empty();
        something.then_some(Trace { left, items: self.items, lines })
    }

    fn place(&mut self, at: &RunningContainer<'w>) -> Place {
        let known = self.opened.iter().position(|one| is_same(&one.at, at));
        Place(known.unwrap_or_else(|| {
            self.opened.push(Opened { at: *at, changed: None });
            self.opened.len() - 1
        }))
    }

    /// What answers the innermost service on a port of a name first.
    fn first(&mut self, host: &str, port: u16) -> Option<(RunningContainer<'w>, Serves)> {
        let from = self.stack.last().map(|(at, _)| *at)?;
        self.clock_us += 150 + i64::try_from(self.random() % 500).unwrap_or(0);
        let entropy = self.random();
        let (at, listener) = inside::reach(self.view, &from, host, port, entropy).into_iter().next()?;
        Some((at, listener.serves))
    }

    /// A database of Amazon RDS, over the VPC: whether the socks are in it. None when that host is none.
    fn database(&self, login: &Login) -> Option<Result<(Option<Place>, bool), String>> {
        let database = rds::at(self.view, &login.host)?;
        let (from, _) = self.stack.last()?;
        let interface = database.interface.as_ref().and_then(|id| self.view.region.ec2.interfaces.get(id));
        let there = interface.and_then(|one| Endpoint::of_interface(&self.view.region.ec2, one));
        let open = Endpoint::of_task(self.view, from.task).zip(there).is_some_and(|(here, there)| {
            login.port == database.port && connect(self.view, &here, &there, "tcp", database.port).is_ok()
        });
        if !open {
            return Some(Err(format!("dial tcp {}:{}: i/o timeout", login.host, login.port)));
        }
        let admitted = database.admits(&login.user, &login.password, &login.database);
        Some(admitted.map(|()| (None, database.socks)))
    }

    /// Whether the innermost service gets to DynamoDB and may do that there, as its task's role or its host's; the
    /// SDK's words if not.
    fn may(&self, action: &str, table: &str) -> Result<(), String> {
        let (from, _) = self.stack.last().ok_or("nobody asks")?;
        let here = Endpoint::of_task(self.view, from.task).ok_or("no network")?;
        egress::to_service(self.view, &here, "dynamodb")
            .map_err(|_| "Unable to execute HTTP request: connect timed out".to_owned())?;
        let own = from.task.overrides.task_role_arn.as_deref().or(from.revision.task_role_arn.as_deref());
        let role = match own {
            Some(arn) => Some(arn.rsplit('/').next().unwrap_or(arn)),
            None => from
                .ec2_instance()
                .and_then(|id| self.view.region.ec2.instance(id)?.profile_arn.as_deref())
                .and_then(|profile| Some(self.view.iam.profile_role(profile)?.name.as_str())),
        };
        let role = role.ok_or("Unable to load AWS credentials from any provider in the chain")?;
        let resource = self.view.arn("dynamodb", &format!("table/{table}"));
        if role_allows(self.view.iam, role, action, &resource) {
            return Ok(());
        }
        Err(format!(
            "User: {role} is not authorized to perform: {action} on resource: {resource} (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: AccessDeniedException)"
        ))
    }

    fn memory(&self, at: Place) -> Option<&BTreeMap<String, String>> {
        let one = self.opened.get(at.0)?;
        Some(one.changed.as_ref().unwrap_or(&one.at.container.memory))
    }
}

fn is_same(a: &RunningContainer<'_>, b: &RunningContainer<'_>) -> bool {
    a.task.id == b.task.id && a.container.name == b.container.name
}

/// What was kept, without its moment.
fn kept(text: &str) -> String {
    text.get(STAMP..).unwrap_or_default().to_owned()
}

impl Net for Shop<'_, '_> {
    fn now_ms(&self) -> i64 {
        self.view.now.0
    }

    fn random(&mut self) -> u64 {
        self.entropy = mix(self.entropy);
        self.entropy
    }

    fn say(&mut self, line: String) {
        if let Some((at, _)) = self.stack.last() {
            self.lines.push((*at, line));
        }
    }

    fn fetch(&mut self, host: &str, request: Request) -> Option<Response> {
        self.calls += 1;
        if self.calls > MAX_CALLS || self.stack.len() >= MAX_HOPS {
            return None;
        }
        match self.first(host, 80)? {
            (at, Serves::Shop(service)) => Some(self.answered(&at, &service, &request)),
            // Another web server has none of the shop's paths.
            (_, Serves::Files { .. } | Serves::HitCounter { .. }) => Some(Response::not_found()),
            _ => None,
        }
    }

    fn own(&mut self) -> Place {
        let own = self.stack.last().map(|(at, _)| *at);
        own.map_or(Place(usize::MAX), |at| self.place(&at))
    }

    fn redis(&mut self, host: &str) -> Option<Place> {
        match self.first(host, 6379)? {
            (at, Serves::Redis) => Some(self.place(&at)),
            _ => None,
        }
    }

    fn mongo(&mut self, host: &str, port: u16) -> Option<(Place, bool)> {
        match self.first(host, port)? {
            (at, Serves::Store(Store::Mongo { customers })) => Some((self.place(&at), customers)),
            _ => None,
        }
    }

    fn rabbit(&mut self, host: &str) -> Option<Place> {
        match self.first(host, 5672)? {
            (at, Serves::Store(Store::RabbitMq)) => Some(self.place(&at)),
            _ => None,
        }
    }

    fn mysql(&mut self, login: &Login) -> Result<(Option<Place>, bool), String> {
        if let Some(found) = self.database(login) {
            return found;
        }
        let Login { host, port, user, password, database } = login;
        let Some((at, Serves::Store(Store::MySql { users, databases, socks }))) = self.first(host, *port)
        else {
            return Err(format!("dial tcp {host}:{port}: nothing answers there"));
        };
        if !users.iter().any(|(name, known)| name == user && known == password) {
            return Err(format!("Error 1045: Access denied for user '{user}' (using password: YES)"));
        }
        if !databases.contains(database) {
            return Err(format!("Error 1049: Unknown database '{database}'"));
        }
        Ok((Some(self.place(&at)), socks))
    }

    fn get(&self, at: Place, key: &str) -> Option<String> {
        self.memory(at)?.get(key).map(|text| kept(text))
    }

    fn list(&self, at: Place, prefix: &str) -> Vec<(String, String)> {
        let Some(memory) = self.memory(at) else { return Vec::new() };
        let from = memory
            .range(prefix.to_owned()..)
            .map_while(|(key, text)| Some((key.strip_prefix(prefix)?, text)));
        from.map(|(key, text)| (key.to_owned(), kept(text))).collect()
    }

    fn put(&mut self, at: Place, key: &str, value: Option<String>) {
        let stamp = format!("{:0STAMP$x}", self.view.now.0.max(0));
        let Some(one) = self.opened.get_mut(at.0) else { return };
        let memory = one.changed.get_or_insert_with(|| one.at.container.memory.clone());
        let before = memory.remove(key);
        let Some(text) = value else { return };
        let kind = key.split(' ').next().unwrap_or_default();
        let size =
            |memory: &BTreeMap<String, String>| memory.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>();
        while size(memory) + key.len() + STAMP + text.len() > MAX_MEMORY {
            let same = memory.iter().filter(|(other, _)| other.split(' ').next() == Some(kind));
            let Some(oldest) =
                same.min_by_key(|(other, text)| (text.get(..STAMP), *other)).map(|(k, _)| k.clone())
            else {
                memory.extend(before.map(|text| (key.to_owned(), text)));
                return;
            };
            memory.remove(&oldest);
        }
        memory.insert(key.to_owned(), stamp + &text);
    }

    fn put_item(&mut self, table: &str, item: Map<String, Value>) -> Result<(), String> {
        self.may("dynamodb:PutItem", table)?;
        dynamodb::all(self.view, table).map_err(|fault| fault.message)?;
        self.items.push((table.to_owned(), item));
        Ok(())
    }

    fn items(&mut self, table: &str) -> Result<Vec<Map<String, Value>>, String> {
        self.may("dynamodb:Scan", table)?;
        let table = dynamodb::all(self.view, table).map_err(|fault| fault.message)?;
        Ok(table.items.values().cloned().collect())
    }
}
