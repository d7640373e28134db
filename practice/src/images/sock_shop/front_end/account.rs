//! Signing in and out, registering, ordering, and the orders.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::http::encoded;
use super::super::{Request, Response};
use super::Shop;
use super::pages::{self, Page};

fn noted(title: &str, notes: &[String]) -> Page {
    notes.iter().fold(Page::new(title), |page, note| page.says(note))
}

pub(super) fn sign_in_page(shop: &mut Shop<'_>, status: u16, notes: &[String]) -> Response {
    let page = noted("Log in", notes).adds(pages::SIGN_IN);
    shop.page(status, page)
}

pub(super) fn register_page(shop: &mut Shop<'_>, status: u16, notes: &[String]) -> Response {
    let page = noted("Register", notes).adds(pages::REGISTER);
    shop.page(status, page)
}

/// By a form, or as upstream does it by basic authentication.
pub(super) fn login(shop: &mut Shop<'_>) -> Response {
    let given = shop.request.header("authorization").map(str::to_owned);
    if given.is_none() && shop.request.method == "GET" {
        return Response::see("/login.html");
    }
    let field = |name: &str| shop.request.field(name).unwrap_or_default();
    let basic =
        || format!("Basic {}", STANDARD.encode(format!("{}:{}", field("username"), field("password"))));
    let mut request = Request::get("/login");
    request.headers.push(("authorization".to_owned(), given.clone().unwrap_or_else(basic)));
    match shop.ask("user", request) {
        Ok(found) => {
            let of = |name: &str| found["user"][name].as_str().unwrap_or_default().to_owned();
            signed_in(shop, of("id"), of("username"));
            if given.is_some() { Response::json(200, &json!("Cookie is set")) } else { Response::see("/") }
        }
        Err((401, _)) if given.is_some() => Response::error(401, "Unauthorized"),
        Err((401, _)) => sign_in_page(shop, 401, &["User name and password do not fit.".to_owned()]),
        Err((_, why)) => sign_in_page(shop, 500, &[format!("Nobody can log in now. {why}")]),
    }
}

/// The session is a customer's from now on, and what was in its cart too.
fn signed_in(shop: &mut Shop<'_>, id: String, name: String) {
    let path = format!("/carts/{}/merge?sessionId={}", encoded(&id), shop.session.id());
    // Whoever has no cart can still log in.
    let _ = shop.ask("carts", Request::get(&path));
    shop.session.set(Some((id, name)), shop.net);
}

pub(super) fn logout(shop: &mut Shop<'_>) -> Response {
    shop.session.set(None, shop.net);
    Response::see("/")
}

pub(super) fn register(shop: &mut Shop<'_>) -> Response {
    let field = |name: &str| shop.request.field(name).unwrap_or_default();
    let name = field("username");
    let body = json!({"username": name, "password": field("password"), "email": field("email"),
        "firstName": field("firstName"), "lastName": field("lastName")});
    match shop.ask("user", Request::to("POST", "/register", Some(&body))) {
        Ok(made) => {
            signed_in(shop, made["id"].as_str().unwrap_or_default().to_owned(), name);
            if shop.request.is_form() { Response::see("/") } else { Response::json(200, &made) }
        }
        Err((status, why)) if shop.request.is_form() => {
            register_page(shop, status, &[format!("You were not registered. {why}")])
        }
        Err((status, why)) => Response::error(status, &why),
    }
}

/// The address and the card of a customer, if they are known.
pub(super) fn details(shop: &mut Shop<'_>, customer: &str) -> Result<(Option<Value>, Option<Value>), String> {
    let mut of = |kind: &str, name: &str| {
        let path = format!("/customers/{}/{kind}", encoded(customer));
        let found = shop.ask("user", Request::get(&path)).map_err(|(_, why)| why)?;
        Ok::<_, String>(Some(found["_embedded"][name][0].clone()).filter(|one| !one.is_null()))
    };
    Ok((of("addresses", "address")?, of("cards", "card")?))
}

/// Orders what is in the cart. An address and a card that came with the form are kept first.
pub(super) fn order(shop: &mut Shop<'_>) -> Response {
    let Some(customer) = shop.session.customer.clone() else {
        let why = "Log in to order: only customers can.".to_owned();
        return if shop.request.is_form() {
            sign_in_page(shop, 401, &[why])
        } else {
            Response::error(401, "User not logged in.")
        };
    };
    let result = save_details(shop, &customer).and_then(|()| {
        let base = format!("http://user/customers/{customer}");
        let body = json!({"customer": base, "address": format!("{base}/addresses"), "card": format!("{base}/cards"),
            "items": format!("http://carts/carts/{customer}/items")});
        shop.ask("orders", Request::to("POST", "/orders", Some(&body)))
    });
    match result {
        Ok(order) => {
            let _ = shop.ask("carts", Request::to("DELETE", &format!("/carts/{}", encoded(&customer)), None));
            if !shop.request.is_form() {
                return Response::json(201, &order);
            }
            Response::see(&format!("/customer-order.html?order={}", order["id"].as_str().unwrap_or_default()))
        }
        Err((status, why)) if shop.request.is_form() => {
            shop.basket(status, &[format!("Nothing was ordered. {why}")])
        }
        Err((status, why)) => Response::error(status, &why),
    }
}

fn save_details(shop: &mut Shop<'_>, customer: &str) -> Result<(), (u16, String)> {
    let field = |shop: &Shop<'_>, name: &str| shop.request.field(name).unwrap_or_default();
    for (kind, needs, names) in [
        ("addresses", "street", &["number", "street", "city", "postcode", "country"][..]),
        ("cards", "longNum", &["longNum", "expires", "ccv"][..]),
    ] {
        if field(shop, needs).is_empty() {
            continue;
        }
        let mut body = json!({"userID": customer});
        for name in names {
            body[*name] = json!(field(shop, name));
        }
        shop.ask("user", Request::to("POST", &format!("/{kind}"), Some(&body)))?;
    }
    Ok(())
}

fn orders(shop: &mut Shop<'_>) -> Result<Vec<Value>, (u16, String)> {
    let customer = shop.session.customer.clone().unwrap_or_default();
    let path = format!("/orders/search/customerId?sort=date&custId={}", encoded(&customer));
    let found = shop.ask("orders", Request::get(&path))?;
    Ok(found["_embedded"]["customerOrders"].as_array().cloned().unwrap_or_default())
}

pub(super) fn orders_json(shop: &mut Shop<'_>) -> Response {
    if shop.session.customer.is_none() {
        return Response::error(401, "User not logged in.");
    }
    match orders(shop) {
        Ok(all) => Response::json(201, &json!(all)),
        Err((status, why)) => Response::error(status, &why),
    }
}

pub(super) fn orders_page(shop: &mut Shop<'_>, status: u16, notes: &[String]) -> Response {
    if shop.session.customer.is_none() {
        return sign_in_page(shop, 401, &["Log in to see your orders.".to_owned()]);
    }
    let page = noted("Your orders", notes);
    match orders(shop) {
        Ok(all) => {
            let page = page.adds(&pages::orders(&all));
            shop.page(status, page)
        }
        Err((_, why)) => {
            let page = page.says(&format!("Your orders cannot be shown. {why}"));
            shop.page(500, page)
        }
    }
}

pub(super) fn order_page(shop: &mut Shop<'_>) -> Response {
    let asked = shop.request.asked("order").unwrap_or_default();
    let id = asked.trim_start_matches("/orders/").to_owned();
    if shop.session.customer.is_none() {
        return sign_in_page(shop, 401, &["Log in to see your orders.".to_owned()]);
    }
    match orders(shop) {
        Ok(all) => match all.iter().find(|order| order["id"] == id.as_str()) {
            Some(order) => {
                let page = Page::new("Your order").adds(&pages::order(order));
                shop.page(200, page)
            }
            None => orders_page(shop, 404, &["You have no such order.".to_owned()]),
        },
        Err((_, why)) => {
            let page = Page::new("Your order").says(&format!("It cannot be shown. {why}"));
            shop.page(500, page)
        }
    }
}
