use serde_json::json;

use super::*;

fn wrong(change: impl FnOnce(&mut Plan)) -> Demo {
    let mut plan = Plan::default();
    change(&mut plan);
    Demo::new(&plan)
}

#[test]
fn the_demo_answers_on_every_host() {
    let mut demo = wrong(|_| {});
    let hosts = demo.hosts();
    assert_eq!(hosts.len(), 3);
    for (_, name) in hosts {
        let page = body(demo.visit_at(&name, 80, "/"));
        assert!(page.contains("<title>Weaveworks Amazon ECS Sample App</title>"), "{page}");
        assert!(page.contains("Chosen data producer message:"), "{page}");
        assert!(page.contains("Hi, this is the data producer in 10."), "{page}");
    }
}

#[test]
fn names_and_addresses() {
    let mut demo = wrong(|_| {});
    assert_eq!(demo.visit_at("ec2-1-2-3-4.compute-1.amazonaws.com", 80, "/"), SiteAnswer::NoSuchHost);
    let (id, name) = demo.hosts().swap_remove(0);
    let address = name.trim_start_matches("ec2-").split('.').next().unwrap().replace('-', ".");
    assert!(body(demo.visit_at(&address, 80, "/")).contains("data producer"));
    let suspend = json!({"AutoScalingGroupName": "demo", "ScalingProcesses": ["HealthCheck"]});
    demo.lab.call("autoscaling", "SuspendProcesses", suspend);
    demo.lab.call("ec2", "StopInstances", json!({"InstanceId": [id]}));
    demo.lab.advance(60);
    assert_eq!(demo.visit_at(&address, 80, "/"), SiteAnswer::NoSuchHost, "its address went with it");
    assert_eq!(timed_out(demo.visit_at(&id, 80, "/")), format!("Instance {id} is stopped, not running."));
}

#[test]
fn without_a_public_address_nobody_comes_in() {
    let mut demo = wrong(|plan| plan.public_address = false);
    assert!(timed_out(demo.visit(80, "/")).contains("has no public IPv4 address"));
}

#[test]
fn without_a_gateway_or_a_route_nobody_comes_in() {
    let mut demo = wrong(|plan| plan.route = false);
    let why = timed_out(demo.visit(80, "/"));
    assert!(why.starts_with(&format!("Route table {}, which subnet-", demo.table)), "{why}");
    demo.route();
    demo.lab.advance(1200);
    assert!(demo.page(80, "/").contains("data producer in"), "agents join once there is a way");
    let mut demo = wrong(|plan| plan.gateway = false);
    assert!(timed_out(demo.visit(80, "/")).starts_with("No internet gateway is attached to vpc-"));
}

#[test]
fn closed_ports_time_out_and_empty_ones_refuse() {
    let mut demo = wrong(|plan| plan.public_ports = vec![4040, 81]);
    let why = timed_out(demo.visit(80, "/"));
    assert_eq!(why, format!("No inbound rule of {} allows tcp port 80.", demo.group));
    assert!(refused(demo.visit(81, "/")).starts_with("Nothing listens on port 81 of i-"));
    demo.open("tcp", 80, &json!({"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}));
    timed_out(demo.visit(80, "/"));
    demo.open("tcp", 80, &json!({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}));
    assert!(demo.page(80, "/").contains("data producer in"));
}

#[test]
fn another_host_port_leaves_80_empty() {
    let mut demo = wrong(|plan| {
        plan.containers = containers(8080, "dataproducer");
        plan.public_ports = vec![80, 8080];
    });
    assert!(refused(demo.visit(80, "/")).starts_with("Nothing listens on port 80"));
    assert!(demo.page(8080, "/").contains("data producer in"));
}

#[test]
fn a_program_that_does_not_listen_refuses() {
    let mut demo = wrong(|plan| {
        let mut idle = shell("httpserver", "sh", "sleep infinity");
        idle["portMappings"] = json!([{"containerPort": 80, "hostPort": 80}]);
        plan.containers = json!([idle]);
    });
    let why = refused(demo.visit(80, "/"));
    assert!(
        why.starts_with("Container httpserver of arn:aws:ecs:us-east-1:123456789012:task/demo/"),
        "{why}"
    );
    assert!(why.ends_with("its program does not listen on port 80."), "{why}");
}

#[test]
fn host_mode_needs_no_binding() {
    let mut lab_plan = Plan::default();
    let mut server = json!({"name": "web", "image": "nginx", "memory": 300, "essential": true});
    server["portMappings"] = json!([{"containerPort": 80, "hostPort": 80}]);
    lab_plan.containers = json!([server]);
    let mut demo = Demo::new(&lab_plan);
    assert!(demo.page(80, "/").contains("Welcome to nginx!"));
    let definition = json!({"family": "host", "networkMode": "host",
        "containerDefinitions": [{"name": "web", "image": "httpd", "memory": 300, "essential": true}]});
    demo.lab.call("ecs", "RegisterTaskDefinition", definition);
    let zero = json!({"cluster": "demo", "service": "demo", "desiredCount": 0});
    demo.lab.call("ecs", "UpdateService", zero);
    demo.lab.advance(300);
    refused(demo.visit(80, "/"));
    for _ in 0..3 {
        demo.lab.call("ecs", "RunTask", json!({"cluster": "demo", "taskDefinition": "host"}));
        demo.lab.advance(120);
    }
    let hosts = demo.hosts();
    let answering = hosts.iter().filter(|(_, name)| {
        matches!(demo.visit_at(name, 80, "/"), SiteAnswer::Page { body, .. } if String::from_utf8_lossy(&body).contains("It works!"))
    });
    assert!(answering.count() >= 1);
}
