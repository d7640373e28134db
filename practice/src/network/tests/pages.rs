use serde_json::json;

use super::*;
use crate::images::MAX_TEXT;

#[test]
fn hits_are_counted_in_redis() {
    let mut counter = json!({"name": "counter", "image": "errordeveloper/hit-counter", "memory": 300,
        "essential": true, "command": ["python", "app.py"]});
    counter["portMappings"] = json!([{"containerPort": 5000, "hostPort": 80}]);
    let plan = Plan { containers: json!([counter]), ..Plan::default() };
    let mut demo = Demo::new(&plan);
    let SiteAnswer::Page { status, .. } = demo.visit(80, "/") else { panic!("no page") };
    assert_eq!(status, 500, "nobody is called redis yet");
    let redis = json!({"family": "redis", "containerDefinitions":
        [{"name": "redis", "image": "redis:alpine", "memory": 300, "essential": true}]});
    demo.lab.call("ecs", "RegisterTaskDefinition", redis);
    demo.lab.call("ecs", "RunTask", json!({"cluster": "demo", "taskDefinition": "redis"}));
    demo.lab.advance(300);
    for (count, (_, host)) in demo.hosts().into_iter().enumerate() {
        let page = body(demo.visit_at(&host, 80, "/"));
        assert_eq!(page, format!("Hello World! I have been seen {} times.\n", count + 1));
    }
}

#[test]
fn a_server_is_not_there_before_it_has_slept() {
    let mut slow = shell("httpserver", "sh", "sleep 7200; while :; do echo hello | nc -l -p 80; done");
    slow["portMappings"] = json!([{"containerPort": 80, "hostPort": 80}]);
    let mut demo = Demo::new(&Plan { containers: json!([slow]), ..Plan::default() });
    assert!(refused(demo.visit(80, "/")).contains("does not listen on port 80"));
    let ready = crate::next_event(&demo.lab.world).unwrap();
    demo.lab.now = ready.plus_ms(-1_000);
    refused(demo.visit(80, "/"));
    demo.lab.now = ready;
    assert_eq!(demo.page(80, "/"), "hello\n");
    assert!(
        crate::next_event(&demo.lab.world).is_none_or(|next| next > ready),
        "that was an event, and is over"
    );
}

#[test]
fn a_tutorials_page_written_at_the_start_is_served() {
    let script = "/bin/sh -c \"echo '<html><h1>Amazon ECS Sample App</h1></html>' > /usr/local/apache2/htdocs/index.html && httpd-foreground\"";
    let web = json!([{"name": "web", "image": "public.ecr.aws/docker/library/httpd:latest", "memory": 300,
        "essential": true, "entryPoint": ["sh", "-c"], "command": [script],
        "portMappings": [{"containerPort": 80, "hostPort": 80}]}]);
    let mut demo = Demo::new(&Plan { containers: web, ..Plan::default() });
    assert!(demo.page(80, "/").contains("<h1>Amazon ECS Sample App</h1>"));
    let SiteAnswer::Page { status, .. } = demo.visit(80, "/missing") else { panic!("no page") };
    assert_eq!(status, 404);
}

#[test]
fn visits_leave_a_small_world() {
    let mut demo = Demo::new(&Plan::default());
    for _ in 0..50 {
        demo.page(80, "/");
    }
    let size = serde_json::to_string(&demo.lab.world).unwrap().len();
    assert!(size < 200_000, "{size} bytes");
}

#[test]
fn what_peers_say_is_cut_however_often_they_repeat_each_other() {
    let line = "a".repeat(500);
    let first = format!("A={line}; while :; do echo \"{}\" | nc -l -p 4540; done", "$A".repeat(30));
    let repeat = |of: &str, port: u16| {
        let (said, sized) = ("$M".repeat(100), "${#P}".repeat(20));
        format!("while :; do M=$(nc {of} 4540); P=\"{said}\"; echo \"{sized}$P\" | nc -l -p {port}; done")
    };
    let mut third = shell("third", "sh", &repeat("second", 80));
    third["portMappings"] = json!([{"containerPort": 80, "hostPort": 80}]);
    let mut containers = [shell("first", "sh", &first), shell("second", "sh", &repeat("first", 4540)), third];
    for container in &mut containers {
        container["memory"] = 100.into();
    }
    let mut demo = Demo::new(&Plan { containers: json!(containers), ..Plan::default() });
    for _ in 0..2 {
        let page = demo.page(80, "/");
        assert!(page.starts_with("16384"), "{}", &page[..40]);
        assert!(page.ends_with("aaaa"));
        assert_eq!(page.len(), MAX_TEXT);
    }
    let clusters = demo.lab.world.regions.values().flat_map(|region| region.ecs.clusters.values());
    let containers = clusters.flat_map(|c| c.tasks.values()).flat_map(|task| &task.containers);
    let remembered: Vec<usize> = containers.map(|c| c.memory.values().map(String::len).sum()).collect();
    assert_eq!(remembered.iter().max(), Some(&MAX_TEXT));
}
