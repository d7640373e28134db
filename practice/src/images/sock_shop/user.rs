//! Customers: who they are, where they live, what they pay with. Kept in the database that `MONGO_HOST` names; passwords
//! only as digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::backend::health;
use super::net::{Net, Place, hex};
use super::{Request, Response};

/// Most customers of one database; newer ones are refused.
const MAX_CUSTOMERS: usize = 60;

/// The demo's customers: id, name, password, first and last name.
const DEMO: [(&str, &str, &str, &str, &str); 3] = [
    ("57a98d98e4b00679b4a830af", "Eve_Berger", "eve", "Eve", "Berger"),
    ("57a98d98e4b00679b4a830b2", "user", "password", "User", "Name"),
    ("57a98ddce4b00679b4a830d2", "user1", "password", "User1", "Name1"),
];

struct Base {
    at: Place,
    demo: bool,
}

pub(super) fn answer(host: &str, port: u16, request: &Request, net: &mut dyn Net) -> Response {
    let found = net.mongo(host, port);
    let (method, route) = request.route();
    if route == ["health"] {
        return health("user", &[("user-db", found.is_some())], net.now_ms());
    }
    let Some((at, demo)) = found else { return Response::error(500, "no reachable servers") };
    let base = Base { at, demo };
    match (method, route.as_slice()) {
        ("GET", ["login"]) => login(&base, request, net),
        ("POST", ["register"]) => register(&base, request, net),
        ("POST", [kind @ ("addresses" | "cards")]) => detail(&base, kind, request, net),
        ("GET", ["customers"]) => {
            let names: Vec<Value> = base.all(net).iter().map(shown).collect();
            Response::json(200, &json!({"_embedded": {"customer": names}}))
        }
        ("GET", ["customers", id]) => match base.by_id(net, id) {
            Some(customer) => Response::json(200, &shown(&customer)),
            None => Response::error(404, "not found"),
        },
        ("GET", ["customers", id, kind @ ("addresses" | "cards")]) => match base.by_id(net, id) {
            Some(customer) => {
                let one = customer.get(*kind).cloned().filter(|value| !value.is_null());
                let (name, list) = (if *kind == "cards" { "card" } else { "address" }, Vec::from_iter(one));
                Response::json(200, &json!({"_embedded": {name: list}}))
            }
            None => Response::error(404, "not found"),
        },
        _ => Response::not_found(),
    }
}

impl Base {
    fn stored(net: &dyn Net, at: Place, name: &str) -> Option<Value> {
        serde_json::from_str(&net.get(at, &format!("customer {name}"))?).ok()
    }

    fn by_name(&self, net: &dyn Net, name: &str) -> Option<Value> {
        Self::stored(net, self.at, name)
            .or_else(|| demo().into_iter().find(|customer| self.demo && customer["username"] == name))
    }

    fn all(&self, net: &dyn Net) -> Vec<Value> {
        let kept = net
            .list(self.at, "customer ")
            .into_iter()
            .filter_map(|(_, text)| serde_json::from_str(&text).ok());
        let mut all: Vec<Value> = kept.collect();
        if self.demo {
            let missing =
                demo().into_iter().filter(|one| all.iter().all(|kept| kept["username"] != one["username"]));
            all.extend(missing.collect::<Vec<_>>());
        }
        all
    }

    fn by_id(&self, net: &dyn Net, id: &str) -> Option<Value> {
        self.all(net).into_iter().find(|customer| customer["id"] == id)
    }

    fn keep(&self, net: &mut dyn Net, customer: &Value) {
        let key = format!("customer {}", customer["username"].as_str().unwrap_or_default());
        net.put(self.at, &key, Some(customer.to_string()));
    }
}

fn demo() -> Vec<Value> {
    let one = |(id, name, password, first, last): (&str, &str, &str, &str, &str)| {
        json!({"id": id, "username": name, "password": digest(id, password), "firstName": first, "lastName": last,
            "addresses": {"id": id, "number": "246", "street": "Whitelees Road", "city": "Glasgow", "postcode": "G67 3DL", "country": "United Kingdom"},
            "cards": {"id": id, "longNum": "5544154011345918", "expires": "08/29", "ccv": "958"}})
    };
    DEMO.into_iter().map(one).collect()
}

fn digest(id: &str, password: &str) -> String {
    let bytes = Sha256::new_with_prefix(id).chain_update(password).finalize();
    STANDARD.encode(bytes.get(..12).unwrap_or_default())
}

/// A customer without what is secret.
fn shown(customer: &Value) -> Value {
    let id = customer["id"].as_str().unwrap_or_default();
    let link = |kind: &str| json!({"href": format!("http://user/customers/{id}/{kind}")});
    json!({"id": id, "username": customer["username"], "firstName": customer["firstName"], "lastName": customer["lastName"],
        "_links": {"addresses": link("addresses"), "cards": link("cards")}})
}

/// Basic authentication.
fn login(base: &Base, request: &Request, net: &dyn Net) -> Response {
    let given = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let given =
        given.and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok()).unwrap_or_default();
    let (name, password) = given.split_once(':').unwrap_or_default();
    match base.by_name(net, name) {
        Some(customer)
            if customer["password"] == digest(customer["id"].as_str().unwrap_or_default(), password) =>
        {
            Response::json(200, &json!({"user": shown(&customer)}))
        }
        _ => Response::error(401, "Unauthorized"),
    }
}

fn register(base: &Base, request: &Request, net: &mut dyn Net) -> Response {
    let field = |name: &str| request.field(name).unwrap_or_default();
    let (name, password) = (field("username"), field("password"));
    if name.is_empty() || password.is_empty() || name.len() > 40 {
        return Response::error(500, "a user name of 1 to 40 characters and a password are needed");
    }
    if base.by_name(net, &name).is_some() {
        return Response::error(500, "E11000 duplicate key error: this user name is taken");
    }
    if net.list(base.at, "customer ").len() >= MAX_CUSTOMERS {
        return Response::error(500, "this demo keeps no more customers");
    }
    let id = format!("{}{}", hex(net, 16), hex(net, 8));
    let customer = json!({"id": id, "username": name, "password": digest(&id, &password),
        "firstName": short(&field("firstName")), "lastName": short(&field("lastName"))});
    base.keep(net, &customer);
    Response::json(200, &json!({"id": id}))
}

fn short(text: &str) -> &str {
    text.get(..text.floor_char_boundary(40)).unwrap_or_default()
}

/// The address or the card of a customer: one of each.
fn detail(base: &Base, kind: &str, request: &Request, net: &mut dyn Net) -> Response {
    let field = |name: &str| request.field(name).unwrap_or_default();
    let Some(mut customer) = base.by_id(net, &field("userID")) else {
        return Response::error(500, "Invalid Id Hex");
    };
    let id = hex(net, 16);
    let names: &[&str] = if kind == "cards" {
        &["longNum", "expires", "ccv"]
    } else {
        &["number", "street", "city", "postcode", "country"]
    };
    let mut value = json!({"id": id});
    for name in names {
        value[*name] = json!(short(&field(name)));
    }
    customer[kind] = value;
    base.keep(net, &customer);
    Response::json(200, &json!({"id": id}))
}
