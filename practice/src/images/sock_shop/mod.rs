//! Sock Shop, the microservices demo: its services and their databases, and the images around it. Each container does
//! its own part and asks the others over the simulated network, by the names and ports that upstream's services use
//! (<https://github.com/microservices-demo>); pages and texts are ours. Databases keep what they are told in their
//! containers' memory, which is lost with the container. Not here: the load of `load-test`, and queues that hold
//! anything: `queue-master` takes what `shipping` puts in at once.

mod backend;
mod carts;
mod front_end;
mod http;
mod log;
mod net;
mod orders;
mod program;
mod socks;
mod user;
mod zipkin;

pub(crate) use http::{Request, Response};
pub(crate) use log::line;
pub(crate) use net::{Net, Place};
pub(super) use program::{default_command, program};
pub(crate) use zipkin::Span;

/// What an image of the shop runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    FrontEnd,
    Catalogue,
    CatalogueDb,
    Carts,
    User,
    UserDb,
    Orders,
    OrdersAws,
    Payment,
    Shipping,
    QueueMaster,
    Mongo,
    /// With its management pages or without.
    RabbitMq {
        management: bool,
    },
    MySql,
    Zipkin,
    ZipkinDependencies,
    ZipkinMySql,
    LoadTest,
}

/// A service that answers HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Which one it is.
    pub role: Role,
    /// Host and port of the Zipkin it reports to.
    pub zipkin: Option<(String, u16)>,
}

/// What a service does, and what it was told about its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The shop's pages.
    FrontEnd {
        /// Whether its sessions are in redis, else in its own memory.
        redis: bool,
    },
    /// The socks, in a database.
    Catalogue(Login),
    /// What customers have chosen.
    Carts,
    /// Customers, their addresses and cards; host and port of the database.
    User((String, u16)),
    /// What was bought.
    Orders(OrderStore),
    /// Accepts cards for sums up to a limit, in cents.
    Payment(i64),
    /// Puts parcels into the queue.
    Shipping,
    /// Takes them out.
    QueueMaster,
    /// Traces of requests; its database, if it has one.
    Zipkin(Option<Login>),
    /// RabbitMQ's management page.
    RabbitPage,
}

/// Where orders are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderStore {
    /// In the MongoDB called `orders-db`.
    Mongo,
    /// In that table of DynamoDB.
    DynamoDb(String),
}

/// How a program signs in to MySQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    pub database: String,
}

/// A server that speaks something else than HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// MongoDB.
    Mongo {
        /// Whether it comes with the demo's customers.
        customers: bool,
    },
    /// RabbitMQ's AMQP port.
    RabbitMq,
    /// MySQL: whom it lets in, and to which database.
    MySql {
        /// User and password, besides root.
        users: Vec<(String, String)>,
        /// Its databases; the first is the shop's or Zipkin's.
        databases: Vec<String>,
        /// Whether the socks are in it.
        socks: bool,
    },
}

/// What a service answers.
pub(crate) fn answer(service: &Service, request: &Request, net: &mut dyn Net) -> Response {
    match &service.role {
        Role::FrontEnd { redis } => front_end::answer(*redis, request, net),
        Role::Catalogue(login) => backend::catalogue(login, request, net),
        Role::Carts => carts::answer(request, net),
        Role::User((host, port)) => user::answer(host, *port, request, net),
        Role::Orders(store) => orders::answer(store, request, net),
        Role::Payment(limit) => backend::payment(*limit, request),
        Role::Shipping => backend::shipping(request, net),
        Role::QueueMaster => backend::queue_master(request, net),
        Role::Zipkin(login) => zipkin::answer(login.as_ref(), request, net),
        Role::RabbitPage => backend::rabbit_page(request, net),
    }
}

/// The status of an answer that needs nobody else; None when it must be asked for.
pub(crate) fn plain_status(service: &Service, path: &str) -> Option<u16> {
    let path = path.split('?').next().unwrap_or_default();
    let front = matches!(service.role, Role::FrontEnd { .. });
    (front && matches!(path, "/" | "/index.html")).then_some(200)
}

/// The name a service reports its spans under.
pub(crate) fn name(role: &Role) -> &'static str {
    match role {
        Role::FrontEnd { .. } => "front-end",
        Role::Catalogue(_) => "catalogue",
        Role::Carts => "carts",
        Role::User(_) => "user",
        Role::Orders(_) => "orders",
        Role::Payment(_) => "payment",
        Role::Shipping => "shipping",
        Role::QueueMaster => "queue-master",
        Role::Zipkin(_) => "zipkin",
        Role::RabbitPage => "rabbitmq",
    }
}

/// Where a Zipkin keeps the spans it is sent: see [`zipkin::keep`].
pub(crate) fn report(login: Option<&Login>, spans: &[Span], net: &mut dyn Net) {
    zipkin::keep(login, spans, net);
}
