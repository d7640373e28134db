//! Carts: what a customer, or a visitor's session, has chosen. Kept in `carts-db`, one text a cart.

use serde_json::{Value, json};

use super::backend::health;
use super::net::{Net, Place};
use super::socks::{SOCKS, cents, in_cents};
use super::{Request, Response};

const DATABASE: &str = "carts-db";
/// Most pairs of one sock.
const MAX_QUANTITY: i64 = 999;

/// A sock, how many, and its price in cents.
type Item = (String, i64, i64);

pub(super) fn answer(request: &Request, net: &mut dyn Net) -> Response {
    let found = net.mongo(DATABASE, 27017);
    let (method, route) = request.route();
    if route == ["health"] {
        return health("carts", &[("carts-db", found.is_some())], net.now_ms());
    }
    let Some((at, _)) = found else {
        return Response::error(500, "Timed out after 30000 ms while waiting to connect to carts-db:27017.");
    };
    let ["carts", owner, rest @ ..] = route.as_slice() else { return Response::not_found() };
    let key = format!("cart {}", owner.get(..owner.floor_char_boundary(64)).unwrap_or_default());
    let mut items = read(net, at, &key);
    match (method, rest) {
        ("GET", []) => Response::json(200, &json!({"customerId": owner, "items": shown(&items)})),
        ("GET", ["items"]) => Response::json(200, &shown(&items)),
        ("GET", ["items", id]) => match items.iter().find(|item| item.0 == *id) {
            Some(item) => Response::json(200, &one(item)),
            None => Response::not_found(),
        },
        ("DELETE", []) => {
            net.put(at, &key, None);
            Response::json(202, &Value::Null)
        }
        ("GET", ["merge"]) => {
            let session = format!("cart {}", request.asked("sessionId").unwrap_or_default());
            for (id, count, price) in read(net, at, &session) {
                add(&mut items, &id, count, price);
            }
            net.put(at, &session, None);
            write(net, at, &key, &items);
            Response::json(202, &Value::Null)
        }
        ("POST", ["items"]) => change(request, net, at, &key, items, true),
        ("PATCH" | "PUT", ["items"]) => change(request, net, at, &key, items, false),
        ("DELETE", ["items", id]) => {
            items.retain(|item| item.0 != *id);
            write(net, at, &key, &items);
            Response::json(202, &Value::Null)
        }
        _ => Response::not_found(),
    }
}

/// Adds an item, or sets how many there are.
fn change(
    request: &Request,
    net: &mut dyn Net,
    at: Place,
    key: &str,
    mut items: Vec<Item>,
    more: bool,
) -> Response {
    let body = request.json();
    // Only what the catalogue has: a cart stays small.
    let Some(sock) = SOCKS.iter().find(|sock| body["itemId"] == sock.id) else {
        return Response::error(406, "itemId: no such item");
    };
    let count = body["quantity"].as_i64().unwrap_or(1).clamp(0, MAX_QUANTITY);
    let price = in_cents(&body["unitPrice"]);
    if !more {
        items.retain(|item| item.0 != sock.id);
    }
    if count > 0 {
        add(&mut items, sock.id, count, price);
    }
    write(net, at, key, &items);
    let status = if more { 201 } else { 202 };
    Response::json(status, &json!({"itemId": sock.id, "quantity": count, "unitPrice": cents(price)}))
}

fn add(items: &mut Vec<Item>, id: &str, count: i64, price: i64) {
    match items.iter_mut().find(|item| item.0 == id) {
        Some(item) => item.1 = (item.1 + count).min(MAX_QUANTITY),
        None => items.push((id.to_owned(), count, price)),
    }
}

fn read(net: &dyn Net, at: Place, key: &str) -> Vec<Item> {
    let text = net.get(at, key).unwrap_or_default();
    let items = text.split(' ').filter_map(|item| {
        let mut parts = item.split(':');
        Some((parts.next()?.to_owned(), parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    items.collect()
}

fn write(net: &mut dyn Net, at: Place, key: &str, items: &[Item]) {
    let texts: Vec<String> = items.iter().map(|(id, count, price)| format!("{id}:{count}:{price}")).collect();
    net.put(at, key, (!texts.is_empty()).then(|| texts.join(" ")));
}

fn one((id, count, price): &Item) -> Value {
    json!({"itemId": id, "quantity": count, "unitPrice": cents(*price)})
}

fn shown(items: &[Item]) -> Value {
    items.iter().map(one).collect()
}
