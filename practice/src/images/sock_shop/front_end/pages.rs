//! How the shop looks.

use serde_json::Value;

use super::super::http::{encoded, escaped};
use super::super::socks::{in_cents, money, picture};
use super::sum;

const STYLE: &str = ":root{--ink:#22302b;--soft:#5d6d66;--paper:#fbfaf7;--card:#fff;--line:#e3e0d8;--leaf:#1f6f54}@media(prefers-color-scheme:dark){:root{--ink:#e6ebe8;--soft:#a2afa9;--paper:#161a18;--card:#1e2422;--line:#323a37;--leaf:#7cc8a8}}*{box-sizing:border-box}body{margin:0;font:17px/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper)}header,main{max-width:64rem;margin:0 auto;padding:1rem 1.25rem}header{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;align-items:baseline;border-bottom:1px solid var(--line)}header b{font-size:1.2rem;margin-right:auto}a{color:var(--leaf)}header a{text-decoration:none}h1{font-size:1.7rem;line-height:1.25}.shelf{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1.25rem;padding:0;list-style:none}.shelf li,.box{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem}.shelf svg{width:100%;max-height:9rem}.shelf h2{font-size:1.05rem;margin:.3rem 0}.price{color:var(--soft)}.note{border-left:4px solid #c9652c;background:var(--card);padding:.7rem 1rem;margin:1rem 0}.one{display:grid;grid-template-columns:minmax(9rem,16rem) 1fr;gap:2rem}button{font:inherit;color:#fff;background:#1f6f54;border:0;border-radius:.4rem;padding:.45rem 1rem;cursor:pointer}button.plain{background:none;color:var(--leaf);padding:.2rem .4rem}label{display:block;margin:.6rem 0}input{font:inherit;width:100%;max-width:22rem;padding:.4rem .6rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:inherit;display:block}input[type=number]{width:5rem;display:inline}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.5rem;border-bottom:1px solid var(--line)}form.row{display:inline-flex;gap:.4rem;align-items:center}.tags a{margin-right:.8rem}@media(max-width:36rem){.one{grid-template-columns:1fr}}";

pub(super) const SIGN_IN: &str = "<form method=post action=\"/login\" class=box><label>User name<input name=username required autocomplete=username></label><label>Password<input name=password type=password required autocomplete=current-password></label><button>Log in</button></form><p>New here? <a href=\"/register.html\">Register</a>. The demo has the customers <code>user</code> and <code>user1</code>, both with the password <code>password</code>.</p>";

pub(super) const REGISTER: &str = "<form method=post action=\"/register\" class=box><label>User name<input name=username required maxlength=40></label><label>First name<input name=firstName></label><label>Last name<input name=lastName></label><label>Password<input name=password type=password required></label><button>Register</button></form>";

/// A page in the making.
pub(super) struct Page {
    title: String,
    notes: String,
    main: String,
}

impl Page {
    pub(super) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), notes: String::new(), main: String::new() }
    }

    /// Something that is not as it should be.
    pub(super) fn says(mut self, note: &str) -> Self {
        self.notes.push_str(&format!("<p class=note role=alert>{}</p>", escaped(note)));
        self
    }

    /// Finished HTML.
    pub(super) fn adds(mut self, html: &str) -> Self {
        self.main.push_str(html);
        self
    }

    /// The whole document: who is signed in, and how many socks are in the cart, if that is known.
    pub(super) fn html(&self, name: Option<&str>, count: Option<i64>) -> String {
        let who = match name {
            Some(name) => format!(
                "<a href=\"/customer-orders.html\">Orders</a><form method=post action=\"/logout\" class=row>{}<button class=plain>Log out</button></form>",
                escaped(name)
            ),
            None => "<a href=\"/login.html\">Log in</a><a href=\"/register.html\">Register</a>".to_owned(),
        };
        let cart = count.map_or_else(|| "Cart".to_owned(), |count| format!("Cart ({count})"));
        let title = escaped(&self.title);
        let heading = if self.title == "Sock Shop" { String::new() } else { format!("<h1>{title}</h1>") };
        format!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><header><b><a href=\"/\">Sock Shop</a></b><a href=\"/category.html\">Socks</a><a href=\"/basket.html\">{cart}</a>{who}</header><main>{heading}{}{}</main></html>",
            self.notes, self.main
        )
    }
}

pub(super) fn welcome() -> String {
    "<h1>Socks for people who look down</h1><p>Nine pairs, one shop, a dozen services behind it. <a href=\"/category.html\">See all socks</a>.</p>".to_owned()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn price(value: &Value) -> String {
    format!("${}", money(in_cents(value)))
}

fn add_form(id: &str) -> String {
    format!(
        "<form method=post action=\"/cart\"><input type=hidden name=id value=\"{}\"><button>Add to cart</button></form>",
        escaped(id)
    )
}

pub(super) fn shelf(socks: &[Value]) -> String {
    let one = |sock: &Value| {
        let id = text(sock, "id");
        format!(
            "<li><a href=\"/detail.html?id={}\">{}<h2>{}</h2></a><p class=price>{}</p>{}",
            encoded(id),
            picture(id),
            escaped(text(sock, "name")),
            price(&sock["price"]),
            add_form(id)
        )
    };
    let all: String = socks.iter().map(one).collect();
    format!("<ul class=shelf>{all}</ul>")
}

pub(super) fn tags(tags: &Value, chosen: &str) -> String {
    let link = |tag: &str| {
        let (href, name) =
            if tag.is_empty() { (String::new(), "all") } else { (format!("?tags={}", encoded(tag)), tag) };
        let here = if tag == chosen { " aria-current=page" } else { "" };
        format!("<a href=\"/category.html{href}\"{here}>{}</a>", escaped(name))
    };
    let names = tags.as_array().into_iter().flatten().filter_map(Value::as_str);
    let all: String = std::iter::once("").chain(names).map(link).collect();
    format!("<p class=tags>{all}</p>")
}

pub(super) fn sock(sock: &Value) -> String {
    let id = text(sock, "id");
    format!(
        "<div class=one><div>{}</div><div><p>{}</p><p class=price>{}, {} in stock</p>{}</div></div>",
        picture(id),
        escaped(text(sock, "description")),
        price(&sock["price"]),
        sock["count"],
        add_form(id)
    )
}

/// The address and the card of a customer, or why they are not known.
pub(super) type Details = Result<(Option<Value>, Option<Value>), String>;

/// The cart, with the names of its socks where the catalogue knows them, and the way to an order.
pub(super) fn cart(items: &[(Value, Option<Value>)], details: Option<&Details>) -> String {
    if items.is_empty() {
        return "<p>Your cart is empty. <a href=\"/category.html\">See all socks</a>.</p>".to_owned();
    }
    let row = |(item, sock): &(Value, Option<Value>)| {
        let id = text(item, "itemId");
        let name = sock.as_ref().map_or(id, |sock| text(sock, "name"));
        let id = escaped(id);
        let count = item["quantity"].as_i64().unwrap_or(0);
        format!(
            "<tr><td>{}<td><form method=post action=\"/cart/update\" class=row><input type=hidden name=id value=\"{id}\"><input type=number name=quantity min=0 max=999 value={count} aria-label=\"How many\"><button class=plain>Update</button></form><td>{}<td><form method=post action=\"/cart/remove\"><input type=hidden name=id value=\"{id}\"><button class=plain>Remove</button></form>",
            escaped(name),
            price(&item["unitPrice"])
        )
    };
    let rows: String = items.iter().map(row).collect();
    let plain: Vec<&Value> = items.iter().map(|(item, _)| item).collect();
    let total = money(sum(&plain));
    let order = match details {
        None => "<p><a href=\"/login.html\">Log in</a> to order.</p>".to_owned(),
        Some(Err(why)) => format!(
            "<p class=note role=alert>Address and card are not known. {}</p>{}",
            escaped(why),
            order_form(None, None)
        ),
        Some(Ok((address, card))) => order_form(address.as_ref(), card.as_ref()),
    };
    format!(
        "<table><tr><th>Sock<th>Pairs<th>Each<th>{rows}</table><p>Socks: ${total}. Shipping: $4.99.</p>{order}"
    )
}

fn order_form(address: Option<&Value>, card: Option<&Value>) -> String {
    let field = |name: &str, label: &str| format!("<label>{label}<input name={name} required></label>");
    let address = address.map_or_else(
        || {
            [
                ("number", "House number"),
                ("street", "Street"),
                ("city", "City"),
                ("postcode", "Postcode"),
                ("country", "Country"),
            ]
            .map(|(name, label)| field(name, label))
            .concat()
        },
        |one| {
            format!(
                "<p>To: {}</p>",
                escaped(
                    &["number", "street", "city", "postcode", "country"]
                        .map(|part| text(one, part))
                        .join(" ")
                )
            )
        },
    );
    let card = card.map_or_else(
        || {
            [("longNum", "Card number (any: it is a demo)"), ("expires", "Expires"), ("ccv", "CCV")]
                .map(|(name, label)| field(name, label))
                .concat()
        },
        |one| {
            let number = text(one, "longNum");
            let shown: String = number.chars().skip(number.chars().count().saturating_sub(4)).collect();
            format!("<p>Card ending in {}</p>", escaped(&shown))
        },
    );
    format!(
        "<form method=post action=\"/orders\" class=box>{address}{card}<button>Place the order</button></form>"
    )
}

pub(super) fn orders(all: &[Value]) -> String {
    if all.is_empty() {
        return "<p>You have not ordered anything yet.</p>".to_owned();
    }
    let row = |order: &Value| {
        let id = text(order, "id");
        format!(
            "<tr><td><a href=\"/customer-order.html?order={}\">{}</a><td>{}<td>{}<td>Shipped",
            encoded(id),
            escaped(id),
            escaped(text(order, "date")),
            price(&order["total"])
        )
    };
    let rows: String = all.iter().map(row).collect();
    format!("<table><tr><th>Order<th>Date<th>Total<th>Status{rows}</table>")
}

pub(super) fn order(order: &Value) -> String {
    let name = |id: &str| {
        super::super::socks::SOCKS
            .iter()
            .find(|sock| sock.id == id)
            .map_or_else(|| id.to_owned(), |sock| sock.name.to_owned())
    };
    let row = |item: &Value| {
        format!(
            "<tr><td>{}<td>{}<td>{}",
            escaped(&name(text(item, "itemId"))),
            item["quantity"],
            price(&item["unitPrice"])
        )
    };
    let rows: String = order["items"].as_array().into_iter().flatten().map(row).collect();
    format!(
        "<p>Thank you. Order <code>{}</code> of {} is shipped as parcel <code>{}</code>.</p><table><tr><th>Sock<th>Pairs<th>Each{rows}</table><p>Total with shipping: {}. To: {}. Card ending in {}.</p><p><a href=\"/customer-orders.html\">All orders</a></p>",
        escaped(text(order, "id")),
        escaped(text(order, "date")),
        escaped(text(order, "shipment")),
        price(&order["total"]),
        escaped(text(order, "address")),
        escaped(text(order, "card"))
    )
}
