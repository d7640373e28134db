//! Orders: asks for customer, address, card and cart by the links it is given, has the sum paid and the parcel shipped,
//! and keeps the order in `orders-db`, or in DynamoDB.

use serde_json::{Value, json};

use super::backend::health;
use super::net::{Net, Place, hex};
use super::socks::{cents, in_cents};
use super::{OrderStore, Request, Response};
use crate::core::time::Time;

/// Added to every order, in cents.
const SHIPPING: i64 = 499;

enum Base {
    Mongo(Place),
    Table(String),
}

pub(super) fn answer(store: &OrderStore, request: &Request, net: &mut dyn Net) -> Response {
    let base = match store {
        OrderStore::Mongo => net.mongo("orders-db", 27017).map(|(at, _)| Base::Mongo(at)).ok_or_else(|| {
            "Timed out after 30000 ms while waiting to connect to orders-db:27017.".to_owned()
        }),
        OrderStore::DynamoDb(table) => Ok(Base::Table(table.clone())),
    };
    let (method, route) = request.route();
    match (method, route.as_slice(), base) {
        (_, ["health"], base) => {
            let good = base.and_then(|base| base.all(net)).is_ok();
            health("orders", &[("orders-db", good)], net.now_ms())
        }
        (_, _, Err(why)) => Response::error(500, &why),
        ("GET", ["orders"], Ok(base)) => listed(&base, net, |_| true),
        ("GET", ["orders", "search", "customerId"], Ok(base)) => {
            let customer = request.asked("custId").unwrap_or_default();
            listed(&base, net, |order| order["customerId"] == customer.as_str())
        }
        ("GET", ["orders", id], Ok(base)) => match base.all(net) {
            Err(why) => Response::error(500, &why),
            Ok(all) => match all.into_iter().find(|order| order["id"] == *id) {
                Some(order) => Response::json(200, &order),
                None => Response::error(404, "not found"),
            },
        },
        ("POST", ["orders"], Ok(base)) => match place(&base, request, net) {
            Ok(order) => Response::json(201, &order),
            Err(refusal) => refusal,
        },
        _ => Response::not_found(),
    }
}

impl Base {
    fn all(&self, net: &mut dyn Net) -> Result<Vec<Value>, String> {
        match self {
            Self::Table(table) => {
                let items = net.items(table)?.into_iter();
                Ok(items
                    .filter_map(|item| serde_json::from_str(item.get("order")?["S"].as_str()?).ok())
                    .collect())
            }
            Self::Mongo(at) => {
                let all = net.list(*at, "order ").into_iter();
                Ok(all.filter_map(|(_, text)| serde_json::from_str(&text).ok()).collect())
            }
        }
    }

    fn keep(&self, net: &mut dyn Net, order: &Value) -> Result<(), String> {
        match self {
            Self::Table(table) => {
                let text = |name: &str| json!({"S": order[name]});
                let item = [
                    ("id", text("id")),
                    ("customerId", text("customerId")),
                    ("date", text("date")),
                    ("total", json!({"N": order["total"].to_string()})),
                    ("order", json!({"S": order.to_string()})),
                ];
                net.put_item(table, item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }
            Self::Mongo(at) => {
                let key = format!("order {}", order["id"].as_str().unwrap_or_default());
                net.put(*at, &key, Some(order.to_string()));
                Ok(())
            }
        }
    }
}

fn listed(base: &Base, net: &mut dyn Net, fits: impl Fn(&Value) -> bool) -> Response {
    match base.all(net) {
        Ok(mut all) => {
            all.retain(fits);
            all.sort_by(|a, b| b["date"].as_str().cmp(&a["date"].as_str()));
            Response::json(200, &json!({"_embedded": {"customerOrders": all}}))
        }
        Err(why) => Response::error(500, &why),
    }
}

/// The host and path of a link: `http://user/customers/1`.
fn ask(net: &mut dyn Net, link: &Value) -> Result<Value, Response> {
    let link = link.as_str().unwrap_or_default();
    let rest = link.strip_prefix("http://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.split(':').next().unwrap_or_default();
    // Upstream follows any link; here only to the shop's own services.
    if !matches!(host, "user" | "carts") {
        return Err(Response::error(
            500,
            "Invalid order request. Order requires customer, address, card and items.",
        ));
    }
    call(net, host, Request::get(&format!("/{path}")))
}

fn call(net: &mut dyn Net, host: &str, request: Request) -> Result<Value, Response> {
    let fails =
        |why: &str| Response::error(500, &format!("Unable to create order due to {why} from {host}."));
    match net.fetch(host, request) {
        None => Err(fails("no answer")),
        Some(answer) => {
            let status = answer.status;
            answer.good().ok_or_else(|| fails(&format!("status {status}")))
        }
    }
}

fn place(base: &Base, request: &Request, net: &mut dyn Net) -> Result<Value, Response> {
    let wanted = request.json();
    let address = ask(net, &wanted["address"])?;
    let customer = ask(net, &wanted["customer"])?;
    let card = ask(net, &wanted["card"])?;
    let items = ask(net, &wanted["items"])?;
    let first = |value: &Value, name: &str| value["_embedded"][name][0].clone();
    let (address, card) = (first(&address, "address"), first(&card, "card"));
    if address.is_null() || card.is_null() {
        return Err(Response::error(
            406,
            "Invalid order request. Order requires customer, address, card and items.",
        ));
    }
    let each =
        |item: &Value| in_cents(&item["unitPrice"]).saturating_mul(item["quantity"].as_i64().unwrap_or(0));
    let sum: i64 = items.as_array().into_iter().flatten().map(each).sum();
    if sum == 0 {
        return Err(Response::error(406, "Invalid order request. The cart is empty."));
    }
    let total = sum + SHIPPING;
    let name = format!("{} {}", text(&customer, "firstName"), text(&customer, "lastName"));
    let pay = json!({"amount": cents(total), "customer": {"id": customer["id"]}});
    let log = |net: &mut dyn Net, text: String| net.say(super::log::java(Time(net.now_ms()), &text));
    log(net, format!("Sending payment request: PaymentRequest{{amount={}, customer={name}}}", cents(total)));
    let paid = call(net, "payment", Request::to("POST", "/paymentAuth", Some(&pay)))?;
    let (authorised, message) = (&paid["authorised"], text(&paid, "message"));
    log(
        net,
        format!("Received payment response: PaymentResponse{{authorised={authorised}, message={message}}}"),
    );
    if paid["authorised"] != true {
        return Err(Response::error(406, paid["message"].as_str().unwrap_or("Payment declined")));
    }
    let parcel = json!({"name": customer["id"]});
    let shipment = call(net, "shipping", Request::to("POST", "/shipping", Some(&parcel)))?;
    let number = text(&card, "longNum");
    let last_four: String = number.chars().skip(number.chars().count().saturating_sub(4)).collect();
    let id = format!("{}{}", hex(net, 16), hex(net, 8));
    let place =
        ["number", "street", "city", "postcode", "country"].map(|part| text(&address, part)).join(" ");
    let order = json!({"id": id, "customerId": customer["id"], "customer": name.trim(),
        "address": place.trim(),
        "card": last_four, "items": items, "shipment": shipment["id"], "date": Time(net.now_ms()).iso(), "total": cents(total)});
    base.keep(net, &order).map_err(|why| Response::error(500, &why))?;
    Ok(order)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
