//! The services behind the front end that are small: catalogue, payment, shipping and its queue.

use serde_json::{Value, json};

use super::http::escaped;
use super::net::{Net, hex};
use super::socks::{SOCKS, in_cents, money, picture, tags};
use super::{Login, Request, Response};

/// Where parcels wait.
const RABBIT: &str = "rabbitmq";
const SENT: &str = "queue sent";

pub(super) fn health(name: &str, others: &[(&str, bool)], now_ms: i64) -> Response {
    let of = |(name, good): &(&str, bool)| json!({"service": name, "status": if *good { "OK" } else { "err" }, "time": crate::core::time::Time(now_ms).iso()});
    let all: Vec<Value> = [(name, true)].iter().chain(others).map(of).collect();
    let status = if others.iter().all(|(_, good)| *good) { 200 } else { 500 };
    Response::json(status, &json!({"health": all}))
}

pub(super) fn catalogue(login: &Login, request: &Request, net: &mut dyn Net) -> Response {
    let (method, route) = request.route();
    let found = net.mysql(login);
    if route == ["health"] {
        return health("catalogue", &[("catalogue-db", found.is_ok())], net.now_ms());
    }
    if let ("GET", ["catalogue", "images", file]) = (method, route.as_slice()) {
        let mut answer = Response::html(200, picture(file.trim_end_matches(".svg")));
        answer.headers = vec![("content-type".to_owned(), "image/svg+xml".to_owned())];
        return answer;
    }
    let socks = match found {
        Ok((_, true)) => SOCKS.iter(),
        Ok((_, false)) => {
            return Response::error(
                500,
                &format!("Error 1146: Table '{}.sock' doesn't exist", login.database),
            );
        }
        Err(why) => return Response::error(500, &why),
    };
    match (method, route.as_slice()) {
        ("GET", ["catalogue"]) => {
            let wanted = request.asked("tags").unwrap_or_default();
            let fits = |tags: &[&str]| wanted.is_empty() || wanted.split(',').any(|tag| tags.contains(&tag));
            let number = |name: &str| request.asked(name).and_then(|text| text.parse::<usize>().ok());
            let size = number("size").unwrap_or(SOCKS.len()).clamp(1, SOCKS.len());
            let skipped = number("page").unwrap_or(1).clamp(1, 100) - 1;
            let page = socks.filter(|sock| fits(sock.tags)).skip(skipped * size).take(size);
            Response::json(200, &page.map(super::socks::Sock::json).collect())
        }
        ("GET", ["catalogue", "size"]) => Response::json(200, &json!({"size": SOCKS.len(), "err": null})),
        ("GET", ["tags"]) => Response::json(200, &json!({"tags": tags(), "err": null})),
        ("GET", ["catalogue", id]) => match socks.into_iter().find(|sock| sock.id == *id) {
            Some(sock) => Response::json(200, &sock.json()),
            None => Response::error(404, "not found"),
        },
        _ => Response::not_found(),
    }
}

/// Accepts sums up to a limit, in cents.
pub(super) fn payment(limit: i64, request: &Request) -> Response {
    match request.route() {
        (_, route) if route == ["health"] => {
            Response::json(200, &json!({"health": [{"service": "payment", "status": "OK"}]}))
        }
        ("POST", route) if route == ["paymentAuth"] => {
            let sum = in_cents(&request.json()["amount"]);
            let (authorised, message) = match sum {
                0 => return Response::error(500, "Invalid payment amount"),
                sum if sum > limit => (false, format!("Payment declined: amount exceeds {}", money(limit))),
                _ => (true, "Payment authorised".to_owned()),
            };
            Response::json(200, &json!({"authorised": authorised, "message": message}))
        }
        _ => Response::not_found(),
    }
}

/// Puts a parcel into the queue.
pub(super) fn shipping(request: &Request, net: &mut dyn Net) -> Response {
    let queue = net.rabbit(RABBIT);
    match request.route() {
        (_, route) if route == ["health"] => {
            health("shipping", &[("shipping-rabbitmq", queue.is_some())], net.now_ms())
        }
        ("GET", route) if route == ["shipping"] => Response::json(200, &json!("GET ALL Shipping Resource.")),
        ("POST", route) if route == ["shipping"] => {
            let Some(queue) = queue else {
                return Response::error(
                    500,
                    &format!("Unable to queue message to queue. RabbitMQ ({RABBIT}:5672) does not answer."),
                );
            };
            let sent = net.get(queue, SENT).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) + 1;
            net.put(queue, SENT, Some(sent.to_string()));
            let id = format!("{}-{}", hex(net, 8), hex(net, 4));
            Response::json(201, &json!({"id": id, "name": request.json()["name"]}))
        }
        _ => Response::not_found(),
    }
}

/// It only takes parcels out.
pub(super) fn queue_master(request: &Request, net: &mut dyn Net) -> Response {
    let queue = net.rabbit(RABBIT);
    match request.route() {
        (_, route) if route == ["health"] => {
            health("queue-master", &[("queue-master-rabbitmq", queue.is_some())], net.now_ms())
        }
        _ => Response::not_found(),
    }
}

/// RabbitMQ's overview.
pub(super) fn rabbit_page(request: &Request, net: &mut dyn Net) -> Response {
    let own = net.own();
    let sent = net.get(own, SENT).unwrap_or_else(|| "0".to_owned());
    match request.route() {
        ("GET", route) if route.is_empty() => Response::html(
            200,
            format!(
                "<!doctype html><html lang=en><meta charset=utf-8><title>RabbitMQ Management</title><h1>RabbitMQ</h1><p>Queue <code>shipping-task</code>: {} messages published, 0 ready.</p></html>",
                escaped(&sent)
            ),
        ),
        ("GET", route) if route == ["api", "queues"] => {
            let sent = sent.parse::<u64>().unwrap_or(0);
            Response::json(
                200,
                &json!([{"name": "shipping-task", "vhost": "/", "messages": 0, "message_stats": {"publish": sent}}]),
            )
        }
        _ => Response::not_found(),
    }
}
