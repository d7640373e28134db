//! What the images of the shop start: on which ports, after how long, with how much memory. The figures are of the
//! order of the real programs': those in Java take 200 MiB and half a minute, so a hard limit below that ends them.

use std::collections::BTreeMap;

use super::super::Serves;
use super::{Kind, Login, OrderStore, Role, Service, Store};

/// Memory and start of a program in Java, in Go, and of the rest.
const JAVA: (i64, i64) = (200, 25_000);
const GO: (i64, i64) = (8, 1_000);
const NODE: (i64, i64) = (64, 3_000);
const MONGO: (i64, i64) = (64, 4_000);
const MYSQL: (i64, i64) = (160, 12_000);
const RABBIT: (i64, i64) = (64, 6_000);
/// Above that `payment` declines, in cents.
const DECLINE_OVER: i64 = 10_500;
/// What the images are configured with.
const CATALOGUE_USER: (&str, &str) = ("catalogue_user", "default_password");

/// A program of the shop.
pub(in crate::images) struct Running {
    /// Ports, and what answers there.
    pub(in crate::images) listeners: Vec<(u16, Serves)>,
    /// Milliseconds until it listens, or ends.
    pub(in crate::images) after_ms: i64,
    /// Memory it needs.
    pub(in crate::images) least_mib: i64,
    /// Its first lines.
    pub(in crate::images) banner: &'static [&'static str],
    /// Its exit code, if it ends.
    pub(in crate::images) exit: Option<i32>,
}

impl Running {
    fn server((least_mib, after_ms): (i64, i64), listeners: Vec<(u16, Serves)>) -> Self {
        Self { listeners, after_ms, least_mib, banner: &[], exit: None }
    }

    fn ends(after_ms: i64, exit: i32, banner: &'static [&'static str]) -> Self {
        Self { listeners: Vec::new(), after_ms, least_mib: 0, banner, exit: Some(exit) }
    }

    fn says(mut self, banner: &'static [&'static str]) -> Self {
        self.banner = banner;
        self
    }
}

/// What the images run by themselves.
pub(in crate::images) fn default_command(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::FrontEnd => &["npm", "start"],
        Kind::Catalogue | Kind::Payment => &["/app", "-port=80"],
        Kind::User => &["/user", "-port=80"],
        Kind::Carts | Kind::Orders | Kind::OrdersAws | Kind::Shipping | Kind::QueueMaster => {
            &["/usr/local/bin/java.sh", "-jar", "./app.jar", "--port=80"]
        }
        Kind::Mongo | Kind::UserDb => &["mongod"],
        Kind::RabbitMq { .. } => &["rabbitmq-server"],
        Kind::MySql | Kind::CatalogueDb | Kind::ZipkinMySql => &["mysqld"],
        Kind::Zipkin => &["start-zipkin"],
        Kind::ZipkinDependencies => &["start-zipkin-dependencies"],
        Kind::LoadTest => &["/usr/local/bin/runLocust.sh"],
    }
}

/// The program of that name in an image; None when the image has none.
pub(in crate::images) fn program(
    kind: Kind,
    name: &str,
    arguments: &[&str],
    environment: &BTreeMap<String, String>,
) -> Option<Running> {
    let own = default_command(kind).first()?.rsplit('/').next()?;
    let alias = match kind {
        Kind::FrontEnd => name == "node",
        Kind::Carts | Kind::Orders | Kind::OrdersAws | Kind::Shipping | Kind::QueueMaster | Kind::Zipkin => {
            name == "java"
        }
        Kind::ZipkinDependencies => name == "crond",
        _ => false,
    };
    if name != own && !alias {
        return None;
    }
    let variable = |name: &str| environment.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let port = |default: u16| flag(arguments, "port").and_then(|port| port.parse().ok()).unwrap_or(default);
    let zipkin = || variable("ZIPKIN").and_then(authority);
    let go = |role: Role| Running::server(GO, vec![(port(80), service(role, zipkin()))]);
    let java = |role: Role| {
        let off = variable("JAVA_OPTS").is_some_and(|options| options.contains("zipkin.enabled=false"));
        let to = zipkin().or_else(|| (!off).then(|| ("zipkin".to_owned(), 9411)));
        Running::server(JAVA, vec![(port(80), service(role, to))]).says(&[
            "INFO [main] o.s.b.c.e.t.TomcatEmbeddedServletContainer : Tomcat started on port(s): 80 (http)",
        ])
    };
    Some(match kind {
        Kind::FrontEnd => {
            let redis = variable("SESSION_REDIS").is_some();
            let port = variable("PORT").and_then(|port| port.parse().ok()).unwrap_or(8079);
            Running::server(NODE, vec![(port, service(Role::FrontEnd { redis }, None))]).says(if redis {
                &["Using the redis based session manager"]
            } else {
                &["Using local session manager"]
            })
        }
        Kind::Catalogue => go(Role::Catalogue(source(flag(arguments, "DSN"))?)),
        Kind::User => {
            let host =
                variable("MONGO_HOST").or_else(|| flag(arguments, "mongo-host")).unwrap_or("user-db:27017");
            go(Role::User(host_and_port(host, 27017)))
        }
        Kind::Payment => {
            let over = flag(arguments, "decline").and_then(|sum| sum.parse::<i64>().ok());
            go(Role::Payment(over.map_or(DECLINE_OVER, |sum| sum.saturating_mul(100))))
        }
        Kind::Carts => java(Role::Carts),
        Kind::Orders => java(Role::Orders(OrderStore::Mongo)),
        Kind::OrdersAws => {
            let table = variable("AWS_DYNAMODB_TABLE").unwrap_or("orders").to_owned();
            java(Role::Orders(OrderStore::DynamoDb(table)))
        }
        Kind::Shipping => java(Role::Shipping),
        Kind::QueueMaster => java(Role::QueueMaster),
        Kind::Mongo | Kind::UserDb => {
            let store = Store::Mongo { customers: kind == Kind::UserDb };
            Running::server(MONGO, vec![(port(27017), Serves::Store(store))])
                .says(&["I NETWORK [initandlisten] waiting for connections on port 27017"])
        }
        Kind::RabbitMq { management } => {
            let mut listeners = vec![(5672, Serves::Store(Store::RabbitMq))];
            if management {
                listeners.push((15672, service(Role::RabbitPage, None)));
            }
            Running::server(RABBIT, listeners).says(&["completed with 0 plugins.", "Server startup complete"])
        }
        Kind::MySql | Kind::CatalogueDb | Kind::ZipkinMySql => return Some(mysql(kind, &variable)),
        Kind::Zipkin => zipkin_server(&variable),
        Kind::ZipkinDependencies if name == "crond" => {
            Running { least_mib: 8, ..Running::server(GO, Vec::new()) }
        }
        Kind::ZipkinDependencies => {
            Running { least_mib: JAVA.0, ..Running::ends(8_000, 0, &["INFO ZipkinDependenciesJob: Done"]) }
        }
        Kind::LoadTest => load_test(arguments),
    })
}

fn service(role: Role, zipkin: Option<(String, u16)>) -> Serves {
    Serves::Shop(Box::new(Service { role, zipkin }))
}

/// `-port=80`, `--port 80`
fn flag<'a>(arguments: &[&'a str], name: &str) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(at, argument)| {
        let rest =
            argument.trim_start_matches('-').strip_prefix(name).filter(|_| argument.starts_with('-'))?;
        if rest.is_empty() { arguments.get(at + 1).copied() } else { rest.strip_prefix('=') }
    })
}

/// `http://zipkin:9411/api/v1/spans`
fn authority(url: &str) -> Option<(String, u16)> {
    let rest = url.strip_prefix("http://")?;
    Some(host_and_port(rest.split('/').next()?, 80)).filter(|(host, _)| !host.is_empty())
}

fn host_and_port(text: &str, port: u16) -> (String, u16) {
    let (host, given) = text.split_once(':').unwrap_or((text, ""));
    (host.to_owned(), given.parse().unwrap_or(port))
}

/// `user:password@tcp(host:3306)/socksdb`; the catalogue's own when there is none. One that cannot be read names no
/// host.
fn source(text: Option<&str>) -> Option<Login> {
    let text = text.unwrap_or("catalogue_user:default_password@tcp(catalogue-db:3306)/socksdb");
    let (who, rest) = text.rsplit_once("@tcp(").unwrap_or(("", ""));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (place, database) = rest.split_once(")/").unwrap_or(("", ""));
    let (host, port) = host_and_port(place, 3306);
    let database = database.split('?').next()?.to_owned();
    Some(Login { host, port, user: user.to_owned(), password: password.to_owned(), database })
}

/// Official MySQL images do not begin without knowing what becomes of root's password; Zipkin's needs nothing.
fn mysql<'a>(kind: Kind, variable: &dyn Fn(&str) -> Option<&'a str>) -> Running {
    let knows = ["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"]
        .iter()
        .any(|name| variable(name).is_some());
    if kind != Kind::ZipkinMySql && !knows {
        return Running::ends(
            1_000,
            1,
            &[
                "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
                "    You need to specify one of the following as an environment variable:",
                "    - MYSQL_ROOT_PASSWORD",
                "    - MYSQL_ALLOW_EMPTY_PASSWORD",
                "    - MYSQL_RANDOM_ROOT_PASSWORD",
            ],
        );
    }
    let own = |name: &str| variable(name).map(str::to_owned);
    let (user, password, database) = match kind {
        Kind::CatalogueDb => (Some(CATALOGUE_USER.0), Some(CATALOGUE_USER.1), Some("socksdb")),
        Kind::ZipkinMySql => (Some("zipkin"), Some("zipkin"), Some("zipkin")),
        _ => (None, None, None),
    };
    let text = |own: Option<String>, image: Option<&str>| own.or_else(|| image.map(str::to_owned));
    let root =
        own("MYSQL_ROOT_PASSWORD").or_else(|| own("MYSQL_ALLOW_EMPTY_PASSWORD").map(|_| String::new()));
    let named = text(own("MYSQL_USER"), user).zip(text(own("MYSQL_PASSWORD"), password));
    let users = root.map(|password| ("root".to_owned(), password)).into_iter().chain(named).collect();
    let mut databases: Vec<String> = text(own("MYSQL_DATABASE"), database).into_iter().collect();
    if kind == Kind::CatalogueDb && !databases.iter().any(|name| name == "socksdb") {
        databases.push("socksdb".to_owned());
    }
    let store = Store::MySql { users, databases, socks: kind == Kind::CatalogueDb };
    Running::server(MYSQL, vec![(3306, Serves::Store(store))]).says(&[
        "mysqld: ready for connections. Version: '5.7'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306",
    ])
}

fn zipkin_server<'a>(variable: &dyn Fn(&str) -> Option<&'a str>) -> Running {
    let text = |name: &str, default: &str| variable(name).unwrap_or(default).to_owned();
    let login = (variable("STORAGE_TYPE") == Some("mysql")).then(|| Login {
        host: text("MYSQL_HOST", "localhost"),
        port: variable("MYSQL_TCP_PORT").and_then(|port| port.parse().ok()).unwrap_or(3306),
        user: text("MYSQL_USER", "zipkin"),
        password: text("MYSQL_PASS", "zipkin"),
        database: text("MYSQL_DB", "zipkin"),
    });
    Running::server(JAVA, vec![(9411, service(Role::Zipkin(login), None))])
        .says(&["INFO [main] z.s.ZipkinServer : Started ZipkinServer"])
}

/// `-h HOST [-d SECONDS] [-c CLIENTS] [-r REQUESTS]`: waits, asks ten times a second with each client, and is done.
fn load_test(arguments: &[&str]) -> Running {
    let number = |name: &str, default: i64| {
        flag(arguments, name).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    if flag(arguments, "h").is_none() {
        return Running::ends(500, 1, &["Usage: runLocust.sh -h host [-d delay] [-c clients] [-r requests]"]);
    }
    let requests = number("r", 10).clamp(0, 1_000_000);
    let seconds = number("d", 1).clamp(0, 86_400);
    let after = seconds * 1_000 + requests * 100 / number("c", 2).clamp(1, 10_000);
    Running::ends(after, 0, &["Will run load test with the clients and requests it was told.", "done"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_is_told_its_database_in_one_word_or_two() {
        let dsn = "catalogue_user:p:w@tcp(db.x.us-east-1.rds.amazonaws.com:3307)/socksdb?parseTime=true";
        let glued = format!("-DSN={dsn}");
        for arguments in [vec!["-port=80", &glued], vec!["-port=80", "--DSN", dsn]] {
            let running = program(Kind::Catalogue, "app", &arguments, &BTreeMap::new()).unwrap();
            let Serves::Shop(service) = &running.listeners[0].1 else { panic!("no service") };
            let Role::Catalogue(login) = &service.role else { panic!("another") };
            assert_eq!((login.host.as_str(), login.port), ("db.x.us-east-1.rds.amazonaws.com", 3307));
            assert_eq!((login.user.as_str(), login.password.as_str()), ("catalogue_user", "p:w"));
            assert_eq!(login.database, "socksdb");
        }
        assert!(program(Kind::Catalogue, "catalog", &[], &BTreeMap::new()).is_none());
    }

    #[test]
    fn load_ends_after_its_requests() {
        let running = program(
            Kind::LoadTest,
            "runLocust.sh",
            &["-h", "shop", "-d", "60", "-c", "2", "-r", "50"],
            &BTreeMap::new(),
        );
        let running = running.unwrap();
        assert_eq!((running.exit, running.after_ms), (Some(0), 62_500));
    }
}
