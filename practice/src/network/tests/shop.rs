//! Sock Shop on three hosts with Weave: what each missing part breaks, and only that.

use super::*;

const SOCK: &str = "510a0d7e-8e83-4193-b483-e27e09ddc34d";

/// A service by the name of its container: image, memory, and what else is set.
fn part(name: &str, image: &str, memory: i64, more: &Value) -> Value {
    let mut container = json!({"name": name, "image": image, "memory": memory, "essential": true});
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    container
}

fn parts() -> Vec<Value> {
    let zipkin = json!({"environment": [{"name": "ZIPKIN", "value": "http://zipkin:9411/api/v1/spans"}]});
    let mysql = json!({"environment": [{"name": "STORAGE_TYPE", "value": "mysql"}, {"name": "MYSQL_HOST", "value": "zipkin-mysql"}],
        "portMappings": [{"containerPort": 9411, "hostPort": 9411}]});
    let root = json!({"environment": [{"name": "MYSQL_ROOT_PASSWORD", "value": "fake"}]});
    vec![
        part("session-db", "redis:alpine", 256, &json!({})),
        part("catalogue", "weaveworksdemos/catalogue", 32, &zipkin),
        part("catalogue-db", "weaveworksdemos/catalogue-db", 512, &root),
        part("carts", "weaveworksdemos/carts", 1024, &json!({})),
        part("carts-db", "mongo", 128, &json!({})),
        part("user", "weaveworksdemos/user", 32, &zipkin),
        part("user-db", "weaveworksdemos/user-db", 128, &json!({})),
        part("orders", "weaveworksdemos/orders", 1024, &json!({})),
        part("orders-db", "mongo", 128, &json!({})),
        part("payment", "weaveworksdemos/payment", 32, &zipkin),
        part("shipping", "weaveworksdemos/shipping", 1024, &json!({})),
        part("queue-master", "weaveworksdemos/queue-master", 768, &json!({})),
        part("rabbitmq", "rabbitmq:3.6.8", 128, &json!({})),
        part("zipkin", "openzipkin/zipkin", 1024, &mysql),
        part("zipkin-mysql", "openzipkin/zipkin-mysql", 1024, &json!({})),
    ]
}

struct Shop {
    demo: Demo,
    cookie: String,
}

impl Shop {
    fn open() -> Self {
        let front = part(
            "front-end",
            "weaveworksdemos/front-end",
            256,
            &json!({
            "portMappings": [{"containerPort": 8079, "hostPort": 80}],
            "environment": [{"name": "SESSION_REDIS", "value": "true"}]}),
        );
        let plan = Plan {
            instance_type: "t2.xlarge",
            public_ports: vec![80, 9411],
            containers: json!([front]),
            ..Plan::default()
        };
        let mut shop = Self { demo: Demo::new(&plan), cookie: String::new() };
        for container in parts() {
            let family = text(&container["name"]);
            let input = json!({"family": family, "containerDefinitions": [container]});
            shop.demo.lab.call("ecs", "RegisterTaskDefinition", input);
            shop.start(&family);
        }
        shop.demo.lab.advance(300);
        shop
    }

    fn start(&mut self, family: &str) {
        let run = json!({"cluster": "demo", "taskDefinition": family});
        let answer = self.demo.lab.call("ecs", "RunTask", run);
        assert_eq!(answer["failures"], json!([]));
    }

    /// Stops the tasks of a family and waits until they are gone.
    fn stop(&mut self, family: &str) {
        let list = self.demo.lab.call("ecs", "ListTasks", json!({"cluster": "demo", "family": family}));
        for task in list["taskArns"].as_array().unwrap() {
            self.demo.lab.call("ecs", "StopTask", json!({"cluster": "demo", "task": task}));
        }
        self.demo.lab.advance(120);
    }

    /// Status and body; the cookie is kept as a browser does.
    fn ask(&mut self, host: usize, port: u16, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let (_, name) = self.demo.hosts().swap_remove(host);
        self.demo.entropy += 1;
        let request = SiteRequest {
            host: name,
            port,
            method: method.to_owned(),
            path: path.to_owned(),
            entropy: self.demo.entropy,
            headers: vec![("cookie".to_owned(), self.cookie.clone())],
            body: body.to_owned(),
        };
        let lab = &mut self.demo.lab;
        let Outcome::Visited(answer) = apply(&mut lab.world, &Command::Visit(request), lab.now) else {
            panic!()
        };
        let SiteAnswer::Page { status, headers, body } = answer else { panic!("no page: {answer:?}") };
        let mut location = String::new();
        for (name, value) in headers {
            match name.as_str() {
                "set-cookie" => value.split(';').next().unwrap().clone_into(&mut self.cookie),
                "location" => location = value,
                _ => {}
            }
        }
        (status, String::from_utf8(body).unwrap(), location)
    }

    /// One front end after the other.
    fn any(&self) -> usize {
        usize::try_from(self.demo.entropy % 3).unwrap()
    }

    /// The page after a form, or the one of a path, on any of the front ends.
    fn page(&mut self, path: &str) -> (u16, String) {
        let (status, body, _) = self.ask(self.any(), 80, "GET", path, "");
        (status, body)
    }

    fn post(&mut self, path: &str, body: &str) -> (u16, String) {
        let (status, body, location) = self.ask(self.any(), 80, "POST", path, body);
        if status == 303 { self.page(&location) } else { (status, body) }
    }

    /// The host that Zipkin is on.
    fn zipkin(&mut self) -> usize {
        let hosts = self.demo.hosts();
        let mut on = |(_, name): &(String, String)| {
            !matches!(self.demo.visit_at(name, 9411, "/health"), SiteAnswer::Refused(_))
        };
        hosts.iter().position(&mut on).unwrap()
    }

    fn api(&mut self, path: &str) -> Value {
        let zipkin = self.zipkin();
        let (status, body, _) = self.ask(zipkin, 9411, "GET", path, "");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }
}

#[test]
fn a_customer_logs_in_orders_and_finds_the_order_and_its_trace() {
    let mut shop = Shop::open();
    let (status, page) = shop.page("/category.html");
    assert!(status == 200 && page.contains("SuperSport XL") && page.contains("$17.32"), "{page}");
    assert!(shop.page(&format!("/detail.html?id={SOCK}")).1.contains("820 in stock"));
    assert!(shop.page("/category.html?tags=geek").1.matches("<li>").count() == 1);
    let (_, cart) = shop.post("/cart", &format!("id={SOCK}"));
    assert!(cart.contains("Cart (1)") && cart.contains("$15.00") && cart.contains("to order"), "{cart}");
    assert_eq!(shop.post("/login", "username=user&password=wrong").0, 401);
    let (status, home) = shop.post("/login", "username=user&password=password");
    assert!(
        status == 200 && home.contains("Log out") && home.contains("Cart (1)"),
        "the cart came along: {home}"
    );
    let (_, cart) = shop.post("/cart/update", &format!("id={SOCK}&quantity=3"));
    assert!(cart.contains("Socks: $45.00") && cart.contains("Card ending in 5918"), "{cart}");
    let (status, order) = shop.post("/orders", "");
    assert!(status == 200 && order.contains("$49.99") && order.contains("SuperSport XL"), "{status} {order}");
    assert!(order.contains(">Cart (0)<"), "an order empties the cart");
    assert!(shop.page("/customer-orders.html").1.contains("$49.99"));
    let traces = shop.api("/api/v2/traces?serviceName=orders&limit=50");
    let of = |span: &Value| text(&span["localEndpoint"]["serviceName"]);
    let placed = traces.as_array().unwrap().iter().find(|trace| trace[0]["name"] == "post /orders");
    let spans = placed.unwrap_or_else(|| panic!("{traces}")).as_array().unwrap();
    let mut services: Vec<String> = spans.iter().map(of).collect();
    services.sort();
    services.dedup();
    assert_eq!(services, ["carts", "orders", "payment", "shipping", "user"]);
    let root = &spans[0];
    assert!(root.get("parentId").is_none() && spans[1..].iter().all(|span| span["parentId"] == root["id"]));
    let links = shop.api("/api/v2/dependencies");
    assert!(
        links.as_array().unwrap().iter().any(|link| link["parent"] == "orders" && link["child"] == "payment")
    );
    let v1 = shop.api("/api/v1/traces");
    assert_eq!(v1[0][0]["annotations"][0]["value"], "sr");
    let id = text(&root["traceId"]);
    let zipkin = shop.zipkin();
    let (_, list, _) = shop.ask(zipkin, 9411, "GET", "/zipkin/", "");
    assert!(list.contains(&id));
    assert!(shop.ask(zipkin, 9411, "GET", &format!("/zipkin/traces/{id}"), "").1.contains(">payment<td>"));
    for _ in 0..30 {
        shop.page("/category.html");
    }
    assert_eq!(shop.api("/api/v2/traces?limit=1000").as_array().unwrap().len(), 50);
    let size = serde_json::to_string(&shop.demo.lab.world).unwrap().len();
    assert!(size < 400_000, "{size} bytes");
}

#[test]
fn whoever_is_missing_breaks_just_that() {
    let mut shop = Shop::open();
    shop.post("/login", "username=user1&password=password");
    shop.post("/cart", &format!("id={SOCK}"));
    let full = |shop: &mut Shop| {
        let (status, page) = shop.post("/orders", "");
        assert!(!page.contains("Thank you"), "{page}");
        (status, page)
    };
    for (gone, says) in [
        ("payment", "due to no answer from payment"),
        ("shipping", "due to no answer from shipping"),
        ("rabbitmq", "due to status 500 from shipping"),
        ("user", "due to no answer from user"),
        ("user-db", "due to status 500 from user"),
        ("orders-db", "waiting to connect to orders-db:27017"),
        ("orders", "http://orders does not answer"),
    ] {
        shop.stop(gone);
        let (status, page) = full(&mut shop);
        assert!(status == 500 && page.contains(says), "{gone}: {status} {page}");
        assert!(page.contains("SuperSport XL"), "{gone}: the cart is there");
        if gone == "user-db" {
            assert!(
                shop.post("/login", "username=user&password=password").1.contains("http://user answers 500")
            );
        }
        shop.start(gone);
        shop.demo.lab.advance(300);
    }
    shop.stop("catalogue-db");
    let (status, page) = shop.page("/category.html");
    assert!(
        status == 500 && page.contains("http://catalogue answers 500: dial tcp catalogue-db:3306"),
        "{page}"
    );
    assert_eq!(shop.page("/").0, 200, "the load balancer still likes it");
    assert_eq!(shop.page("/catalogue").0, 500);
    shop.start("catalogue-db");
    shop.demo.lab.advance(300);
    assert_eq!(shop.page("/catalogue").0, 200);
    shop.stop("carts-db");
    let (status, page) = shop.page("/basket.html");
    assert!(status == 500 && page.contains("http://carts answers 500"), "{page}");
    assert!(shop.page("/category.html").1.contains("Log out"), "the session is elsewhere");
    shop.start("carts-db");
    shop.demo.lab.advance(300);
    assert!(
        shop.page("/basket.html").1.contains("Your cart is empty"),
        "a cart is lost with its database's task"
    );
    shop.stop("session-db");
    let (status, page) = shop.page("/category.html");
    assert!(
        status == 200 && page.contains("session-db does not answer") && page.contains("Log in"),
        "{page}"
    );
    shop.post("/login", "username=user1&password=password");
    assert!(!shop.page("/").1.contains("Log out"), "nobody stays logged in");
}

#[test]
fn people_register_with_their_own_address() {
    let mut shop = Shop::open();
    let (status, home) = shop.post("/register", "username=%3Cada%3E&password=x&firstName=Ada&lastName=L");
    assert!(status == 200 && home.contains("&lt;ada&gt;"), "{home}");
    assert_eq!(shop.post("/register", "username=%3Cada%3E&password=y").0, 500, "taken");
    shop.post("/cart", "id=03fef6ac-1896-4ce8-bd69-b798f85c6e0b");
    let (status, page) = shop.post("/orders", "");
    assert!(status == 406 && page.contains("requires customer, address, card"), "{page}");
    let details = "number=1&street=Main+Street&city=Oslo&postcode=1&country=Norway&longNum=4111111111111111&expires=1&ccv=1";
    let (status, page) = shop.post("/orders", details);
    assert!(status == 200 && page.contains("1 Main Street Oslo") && page.contains("1111"), "{page}");
    shop.post("/cart", "id=03fef6ac-1896-4ce8-bd69-b798f85c6e0b");
    let (_, cart) = shop.post("/cart", &format!("id={SOCK}"));
    assert!(cart.contains("Main Street"));
    let (status, page) = shop.post("/orders", "");
    assert!(status == 406 && page.contains("Payment declined: amount exceeds 105.00"), "{page}");
}

#[test]
fn java_needs_its_memory() {
    let mut demo = Demo::new(&Plan { instance_type: "t2.xlarge", ..Plan::default() });
    for (memory, code) in [(128, Some(137)), (512, None)] {
        let input = json!({"family": "carts", "containerDefinitions": [part("carts", "weaveworksdemos/carts", memory, &json!({}))]});
        demo.lab.call("ecs", "RegisterTaskDefinition", input);
        let task = demo.lab.call("ecs", "RunTask", json!({"cluster": "demo", "taskDefinition": "carts"}));
        assert_eq!(task["failures"], json!([]));
        demo.lab.advance(120);
        let wanted = json!({"cluster": "demo", "tasks": [task["tasks"][0]["taskArn"]]});
        let seen = demo.lab.call("ecs", "DescribeTasks", wanted)["tasks"][0].clone();
        assert_eq!(seen["containers"][0]["exitCode"].as_i64(), code, "{seen}");
    }
}
