//! The front end: the shop's pages, made of what the other services answer. Upstream's pages ask for these with
//! JavaScript, at the paths that are JSON here too; these pages are whole, and their forms are posted.

mod account;
mod pages;
mod session;

use serde_json::{Value, json};

use super::http::encoded;
use super::net::Net;
use super::socks::in_cents;
use super::{Request, Response};
use pages::Page;
use session::Session;

pub(super) fn answer(redis: bool, request: &Request, net: &mut dyn Net) -> Response {
    let (method, route) = request.route();
    // What the services answer, passed on as it is.
    if let ("GET", ["catalogue" | "tags", ..]) = (method, route.as_slice()) {
        let mut to = Request::get(&request.path);
        to.query.clone_from(&request.query);
        return net.fetch("catalogue", to).unwrap_or_else(|| Response::error(500, &unanswered("catalogue")));
    }
    let mut shop = Shop { session: Session::of(redis, request, net), request, net };
    let answer = match (method, route.as_slice()) {
        ("GET", [] | ["index.html"]) => shop.home(),
        ("GET", ["category.html" | "category"]) => shop.category(),
        ("GET", ["detail.html"]) => shop.detail(),
        ("GET", ["basket.html"]) => shop.basket(200, &[]),
        ("GET", ["cart"]) => shop.cart_json(),
        ("POST", ["cart"]) => shop.add(),
        ("POST", ["cart", "update"]) => shop.set(None),
        ("POST", ["cart", "remove"]) => shop.set(Some(0)),
        ("DELETE", ["cart"]) => shop.empty(),
        ("DELETE", ["cart", id]) => shop.take_out(id),
        ("GET", ["login.html"]) => account::sign_in_page(&mut shop, 200, &[]),
        ("GET" | "POST", ["login"]) => account::login(&mut shop),
        ("GET" | "POST", ["logout"]) => account::logout(&mut shop),
        ("GET", ["register.html"]) => account::register_page(&mut shop, 200, &[]),
        ("POST", ["register"]) => account::register(&mut shop),
        ("GET", ["customer-orders.html"]) => account::orders_page(&mut shop, 200, &[]),
        ("GET", ["customer-order.html"]) => account::order_page(&mut shop),
        ("GET", ["orders"]) => account::orders_json(&mut shop),
        ("POST", ["orders"]) => account::order(&mut shop),
        _ => {
            let page = Page::new("Not found").says("There is no such page.");
            shop.page(404, page)
        }
    };
    shop.session.sent_with(answer)
}

/// A request and all that answering it needs.
struct Shop<'a> {
    session: Session,
    request: &'a Request,
    net: &'a mut dyn Net,
}

/// What a page says of a service that does not answer.
fn unanswered(service: &str) -> String {
    format!("http://{service} does not answer.")
}

impl Shop<'_> {
    /// What another service answers; the reason as the page says it when that is nothing good.
    fn ask(&mut self, service: &str, request: Request) -> Result<Value, (u16, String)> {
        let Some(answer) = self.net.fetch(service, request) else { return Err((500, unanswered(service))) };
        let (status, said) = (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap_or_default());
        answer.good().ok_or_else(|| {
            let why = said["error"].as_str().unwrap_or_default();
            (status, format!("http://{service} answers {status}: {why}"))
        })
    }

    fn page(&mut self, status: u16, mut page: Page) -> Response {
        let count =
            self.items().ok().map(|items| items.iter().filter_map(|item| item["quantity"].as_i64()).sum());
        if self.session.lost {
            page = page.says("Your session cannot be kept: session-db does not answer on port 6379.");
        }
        Response::html(status, page.html(self.session.name.as_deref(), count))
    }

    /// All socks, or those with a tag.
    fn socks(&mut self, tag: &str) -> Result<Vec<Value>, (u16, String)> {
        let path = if tag.is_empty() {
            "/catalogue".to_owned()
        } else {
            format!("/catalogue?tags={}", encoded(tag))
        };
        let found = self.ask("catalogue", Request::get(&path))?;
        Ok(found.as_array().cloned().unwrap_or_default())
    }

    fn home(&mut self) -> Response {
        let page = Page::new("Sock Shop");
        let page = match self.socks("") {
            Ok(socks) => page.adds(&pages::welcome()).adds(&pages::shelf(socks.get(..3).unwrap_or(&socks))),
            Err((_, why)) => {
                page.adds(&pages::welcome()).says(&format!("The catalogue cannot be shown. {why}"))
            }
        };
        self.page(200, page)
    }

    fn category(&mut self) -> Response {
        let tag = self.request.asked("tags").unwrap_or_default();
        let page = Page::new("All socks");
        match self.socks(&tag) {
            Ok(socks) => {
                let tags = self.ask("catalogue", Request::get("/tags")).unwrap_or_default();
                let page = page.adds(&pages::tags(&tags["tags"], &tag)).adds(&pages::shelf(&socks));
                self.page(200, page)
            }
            Err((_, why)) => {
                let page = page.says(&format!("The catalogue cannot be shown. {why}"));
                self.page(500, page)
            }
        }
    }

    fn sock(&mut self, id: &str) -> Result<Value, (u16, String)> {
        self.ask("catalogue", Request::get(&format!("/catalogue/{}", encoded(id))))
    }

    fn detail(&mut self) -> Response {
        let id = self.request.asked("id").unwrap_or_default();
        match self.sock(&id) {
            Ok(sock) => {
                let page = Page::new(sock["name"].as_str().unwrap_or_default()).adds(&pages::sock(&sock));
                self.page(200, page)
            }
            Err((404, _)) => {
                self.page(404, Page::new("No such sock").says("The catalogue does not know it."))
            }
            Err((_, why)) => {
                let page = Page::new("Sock").says(&format!("The sock cannot be shown. {why}"));
                self.page(500, page)
            }
        }
    }

    /// The items of the visitor's cart.
    fn items(&mut self) -> Result<Vec<Value>, (u16, String)> {
        let path = format!("/carts/{}/items", encoded(self.session.owner()));
        let items = self.ask("carts", Request::get(&path))?;
        Ok(items.as_array().cloned().unwrap_or_default())
    }

    fn basket(&mut self, status: u16, notes: &[String]) -> Response {
        let mut page = Page::new("Your cart");
        for note in notes {
            page = page.says(note);
        }
        match self.items() {
            Ok(items) => {
                let names: Vec<(Value, Option<Value>)> = items
                    .into_iter()
                    .map(|item| {
                        let sock = self.sock(item["itemId"].as_str().unwrap_or_default()).ok();
                        (item, sock)
                    })
                    .collect();
                let details = self.session.customer.clone().map(|customer| account::details(self, &customer));
                let page = page.adds(&pages::cart(&names, details.as_ref()));
                self.page(status, page)
            }
            Err((_, why)) => {
                let page = page.says(&format!("The cart cannot be shown. {why}"));
                self.page(500, page)
            }
        }
    }

    fn cart_json(&mut self) -> Response {
        match self.items() {
            Ok(items) => Response::json(200, &json!(items)),
            Err((_, why)) => Response::error(500, &why),
        }
    }

    /// After a change: the cart's page, or what a program expects.
    fn done(&mut self, status: u16, result: Result<Value, (u16, String)>) -> Response {
        match result {
            Ok(_) if self.request.is_form() => Response::see("/basket.html"),
            Ok(_) => Response::json(status, &Value::Null),
            Err((_, why)) if self.request.is_form() => {
                self.basket(500, &[format!("The cart was not changed. {why}")])
            }
            Err((_, why)) => Response::error(500, &why),
        }
    }

    fn add(&mut self) -> Response {
        let id = self.request.field("id").unwrap_or_default();
        let result = self.sock(&id).and_then(|sock| {
            let item = json!({"itemId": id, "unitPrice": sock["price"], "quantity": 1});
            let path = format!("/carts/{}/items", encoded(self.session.owner()));
            self.ask("carts", Request::to("POST", &path, Some(&item)))
        });
        self.done(201, result)
    }

    fn set(&mut self, fixed: Option<i64>) -> Response {
        let id = self.request.field("id").unwrap_or_default();
        let asked = self.request.field("quantity").and_then(|text| text.parse::<i64>().ok());
        let count = fixed.or(asked).unwrap_or(1).clamp(0, 999);
        let result = self.sock(&id).and_then(|sock| {
            let item = json!({"itemId": id, "unitPrice": sock["price"], "quantity": count});
            let path = format!("/carts/{}/items", encoded(self.session.owner()));
            self.ask("carts", Request::to("PATCH", &path, Some(&item)))
        });
        self.done(202, result)
    }

    fn empty(&mut self) -> Response {
        let path = format!("/carts/{}", encoded(self.session.owner()));
        let result = self.ask("carts", Request::to("DELETE", &path, None));
        self.done(202, result)
    }

    fn take_out(&mut self, id: &str) -> Response {
        let path = format!("/carts/{}/items/{}", encoded(self.session.owner()), encoded(id));
        let result = self.ask("carts", Request::to("DELETE", &path, None));
        self.done(202, result)
    }
}

/// The sum of items in cents.
fn sum(items: &[&Value]) -> i64 {
    items
        .iter()
        .map(|item| in_cents(&item["unitPrice"]).saturating_mul(item["quantity"].as_i64().unwrap_or(0)))
        .sum()
}
