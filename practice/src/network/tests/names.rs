use std::collections::BTreeSet;

use serde_json::json;

use super::*;

/// The addresses that `count` reloads name.
fn chosen(demo: &mut Demo, count: usize) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for _ in 0..count {
        let page = demo.page(80, "/");
        let after = page.split("data producer in ").nth(1).unwrap_or_default();
        seen.insert(after.split('<').next().unwrap_or_default().to_owned());
    }
    seen
}

#[test]
fn reloading_changes_the_producer() {
    let mut demo = Demo::new(&Plan::default());
    let seen = chosen(&mut demo, 20);
    assert_eq!(seen.len(), 3, "{seen:?}");
    let before = demo.lab.world.clone();
    let dns = demo.page(4040, "/dns?name=dataproducer");
    for address in &seen {
        assert!(dns.contains(&format!("dataproducer.weave.local.\t1\tIN\tA\t{address}\n")), "{dns}");
    }
    assert_eq!(demo.lab.world, before, "asking leaves no trace");
    let orders: BTreeSet<String> =
        (0..20).map(|_| demo.page(4040, "/dns?name=dataproducer.weave.local")).collect();
    assert!(orders.len() > 2, "shuffled with every query");
    assert!(demo.page(4040, "/dns?name=nobody").contains("NXDOMAIN"));
}

#[test]
fn a_page_is_composed_before_it_is_asked_for() {
    let mut demo = Demo::new(&Plan::default());
    let open = |demo: &mut Demo, entropy: u64| {
        demo.entropy = entropy;
        demo.page(80, "/")
    };
    // Each visit's own randomness decides about the next page, not about its own.
    for entropy in 100..130 {
        let mut other = Demo {
            lab: Lab {
                world: demo.lab.world.clone(),
                now: demo.lab.now,
                region: demo.lab.region.clone(),
                caller: demo.lab.caller.clone(),
            },
            gateway: String::new(),
            table: String::new(),
            group: String::new(),
            entropy: 0,
        };
        assert_eq!(open(&mut demo, entropy), open(&mut other, entropy + 1_000_000));
    }
}

#[test]
fn the_old_choice_is_shown_once_after_its_container_is_gone() {
    let mut demo = Demo::new(&Plan::default());
    demo.page(80, "/");
    let hosts = demo.hosts();
    let waiting = |demo: &Demo| {
        let region = demo.lab.world.regions.get("us-east-1").unwrap();
        let on = region.ecs.containers_on(&hosts[0].0).find(|at| at.container.name == "httpserver").unwrap();
        on.container.memory.get("nc 1").cloned().unwrap()
    };
    let chosen = waiting(&demo);
    let page = demo.page(80, "/");
    assert!(page.contains(&chosen), "what was composed is what is shown");
}

#[test]
fn a_name_nobody_has_gives_a_page_without_a_message() {
    let mut plan = Plan { containers: containers(80, "dataproducers"), ..Plan::default() };
    assert!(Demo::new(&plan).page(80, "/").contains("<h2></h2>"));
    plan.containers = containers(80, "dataproducer");
    let mut demo = Demo::new(&Plan { image: ecs_optimized(), ..plan });
    assert!(demo.page(80, "/").contains("<h2></h2>"), "without Weave nobody answers for names");
    assert!(refused(demo.visit(4040, "/")).starts_with("Nothing listens on port 4040"));
}

fn ecs_optimized() -> &'static str {
    let image = crate::services::ec2::images::ecs_optimized("us-east-1", "x86_64").unwrap();
    Box::leak(image.id.into_boxed_str())
}

#[test]
fn hosts_that_do_not_find_each_other_know_their_own_containers_only() {
    for plan in
        [Plan { among_hosts: false, ..Plan::default() }, Plan { peers_allowed: false, ..Plan::default() }]
    {
        let mut demo = Demo::new(&plan);
        assert_eq!(chosen(&mut demo, 10).len(), 1);
        let hosts = demo.hosts();
        let lab = &demo.lab;
        let (a, b) = (hosts[0].0.clone(), hosts[1].0.clone());
        lab.world.look("us-east-1", lab.now, &lab.caller, |view| {
            let broken = crate::network::weave::reaches(view, &a, &b).unwrap_err().to_string();
            let reason = if plan.among_hosts {
                "does not allow autoscaling:DescribeAutoScalingInstances"
            } else {
                "tcp port 6783"
            };
            assert!(broken.contains(reason), "{broken}");
        });
    }
}

#[test]
fn scope_shows_hosts_and_containers() {
    let mut demo = Demo::new(&Plan::default());
    let page = demo.page(4040, "/");
    assert!(
        page.contains("Weave Scope (practice)") && page.contains("Hosts in its Weave network: 3"),
        "{page}"
    );
    assert_eq!(page.matches("<td>dataproducer</td>").count(), 3);
    let nasty = demo.page(4040, "/dns?name=<script>");
    assert!(!nasty.contains('<') || !nasty.contains("<script>"), "{nasty}");
}

#[test]
fn peers_by_tag_need_no_group() {
    let mut demo = Demo::new(&Plan::default());
    let ids: Vec<String> = demo.hosts().into_iter().map(|(id, _)| id).collect();
    let tag = json!({"ResourceId": ids[..2], "Tag": [{"Key": "weave:peerGroupName", "Value": "two"}]});
    demo.lab.call("ec2", "CreateTags", tag);
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["ecs:*", "ec2:Describe*"], "Resource": "*"}]});
    let input = json!({"RoleName": "demo", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    demo.lab.call("iam", "PutRolePolicy", input);
    let lab = &demo.lab;
    lab.world.look("us-east-1", lab.now, &lab.caller, |view| {
        assert_eq!(crate::network::weave::peers(view, &ids[0]).len(), 2);
        assert_eq!(crate::network::weave::peers(view, &ids[2]).len(), 1);
    });
}
