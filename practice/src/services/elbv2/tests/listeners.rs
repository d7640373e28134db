use serde_json::{Value, json};

use super::{SERVICE, balancer, call, listener, targets, text};
use crate::testing::Lab;

fn rule(lab: &mut Lab, listener: &str, priority: i32, path: &str, action: Value) -> String {
    let input = json!({"ListenerArn": listener, "Priority": priority.to_string(),
        "Conditions": [{"Field": "path-pattern", "Values": [path]}], "Actions": [action]});
    text(&call(lab, "CreateRule", input)["Rules"][0]["RuleArn"])
}

#[test]
fn listeners_show_the_whole_action() {
    let mut lab = Lab::new();
    let lb = balancer(&mut lab, "web");
    let group = targets(&mut lab, "web", json!({}));
    let arn = listener(&mut lab, &lb, &group);
    let seen = call(&mut lab, "DescribeListeners", json!({"LoadBalancerArn": lb["LoadBalancerArn"]}));
    let action = &seen["Listeners"][0]["DefaultActions"][0];
    assert_eq!(action["TargetGroupArn"], group);
    assert_eq!(action["ForwardConfig"]["TargetGroups"], json!([{"TargetGroupArn": group, "Weight": 1}]));
    let other = json!({"LoadBalancerArn": lb["LoadBalancerArn"], "Protocol": "HTTP", "Port": "80",
        "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]});
    assert_eq!(lab.refused(SERVICE, "CreateListener", other), "DuplicateListener");
    let redirect = json!({"ListenerArn": arn, "DefaultActions": [{"Type": "redirect", "RedirectConfig":
        {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]});
    let seen = call(&mut lab, "ModifyListener", redirect);
    let config = &seen["Listeners"][0]["DefaultActions"][0]["RedirectConfig"];
    assert_eq!((&config["Host"], &config["Path"]), (&json!("#{host}"), &json!("/#{path}")));
    let used = call(&mut lab, "DescribeTargetGroups", json!({"TargetGroupArns": [group]}));
    assert_eq!(used["TargetGroups"][0]["LoadBalancerArns"], json!([]));
}

#[test]
fn listeners_that_cannot_work_are_refused() {
    let mut lab = Lab::new();
    let (one, two) = (balancer(&mut lab, "one"), balancer(&mut lab, "two"));
    let group = targets(&mut lab, "web", json!({}));
    let tcp = targets(&mut lab, "tcp", json!({"Protocol": "TCP"}));
    listener(&mut lab, &one, &group);
    let mut refused = |lb: &Value, protocol: &str, action: Value| {
        let input = json!({"LoadBalancerArn": lb["LoadBalancerArn"], "Protocol": protocol, "Port": "81",
            "DefaultActions": [action]});
        lab.refused(SERVICE, "CreateListener", input)
    };
    let forward = |arn: &str| json!({"Type": "forward", "TargetGroupArn": arn});
    assert_eq!(refused(&two, "HTTP", forward(&group)), "TargetGroupAssociationLimit");
    assert_eq!(refused(&one, "HTTP", forward(&tcp)), "IncompatibleProtocols");
    assert_eq!(refused(&one, "TCP", forward(&tcp)), "UnsupportedProtocol");
    assert_eq!(refused(&one, "HTTPS", forward(&group)), "ValidationError");
    let gone = group.replace("web", "gone");
    assert_eq!(refused(&one, "HTTP", forward(&gone)), "TargetGroupNotFound");
    let around = json!({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}});
    assert_eq!(refused(&one, "HTTP", around), "InvalidLoadBalancerAction");
    let fixed = json!({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "302"}});
    assert_eq!(refused(&one, "HTTP", fixed), "ValidationError");
}

#[test]
fn rules_are_tried_by_priority() {
    let mut lab = Lab::new();
    let lb = balancer(&mut lab, "web");
    let (blue, green) = (targets(&mut lab, "blue", json!({})), targets(&mut lab, "green", json!({})));
    let arn = listener(&mut lab, &lb, &blue);
    let forward = json!({"Type": "forward", "TargetGroupArn": green});
    let later = rule(&mut lab, &arn, 20, "/b*", forward.clone());
    let first = rule(&mut lab, &arn, 10, "/a*", forward);
    let order = |lab: &mut Lab| -> Vec<String> {
        let seen = call(lab, "DescribeRules", json!({"ListenerArn": arn}));
        seen["Rules"].as_array().unwrap().iter().map(|rule| text(&rule["Priority"])).collect()
    };
    assert_eq!(order(&mut lab), ["10", "20", "default"]);
    let again = json!({"ListenerArn": arn, "Priority": "10", "Conditions":
        [{"Field": "path-pattern", "Values": ["/"]}], "Actions": [{"Type": "forward", "TargetGroupArn": green}]});
    assert_eq!(lab.refused(SERVICE, "CreateRule", again), "PriorityInUse");
    let swap = json!({"RulePriorities": [{"RuleArn": first, "Priority": "20"}, {"RuleArn": later, "Priority": "10"}]});
    call(&mut lab, "SetRulePriorities", swap);
    let seen = call(&mut lab, "DescribeRules", json!({"RuleArns": [later]}));
    assert_eq!(seen["Rules"][0]["Priority"], "10");
    let clash = json!({"RulePriorities": [{"RuleArn": first, "Priority": "10"}]});
    assert_eq!(lab.refused(SERVICE, "SetRulePriorities", clash), "PriorityInUse");
    let weighted = json!({"RuleArn": first, "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups":
        [{"TargetGroupArn": blue, "Weight": "9"}, {"TargetGroupArn": green, "Weight": "1"}]}}]});
    let seen = call(&mut lab, "ModifyRule", weighted);
    assert_eq!(seen["Rules"][0]["Actions"][0]["ForwardConfig"]["TargetGroups"][0]["Weight"], 9);
    let default = json!({"RuleArn": first.rsplit_once('/').unwrap().0});
    assert_eq!(lab.refused(SERVICE, "DeleteRule", default), "RuleNotFound");
    call(&mut lab, "DeleteRule", json!({"RuleArn": later}));
    assert_eq!(order(&mut lab), ["20", "default"]);
}

#[test]
fn weights_move_traffic_between_target_groups() {
    let mut lab = Lab::new();
    let lb = balancer(&mut lab, "web");
    let (blue, green) = (targets(&mut lab, "blue", json!({})), targets(&mut lab, "green", json!({})));
    let arn = listener(&mut lab, &lb, &blue);
    let caller = lab.caller.clone();
    let weights = vec![(blue.clone(), 0), (green.clone(), 100)];
    lab.world.work("us-east-1", lab.now, &caller, |scope| {
        super::super::rules::set_weights(scope, &arn, &weights).unwrap();
        assert_eq!(super::super::rules::weights(&scope.region.elbv2, &arn), weights);
        assert!(super::super::rules::set_weights(scope, "x", &weights).is_err());
    });
    let seen = call(&mut lab, "DescribeTargetGroups", json!({"LoadBalancerArn": lb["LoadBalancerArn"]}));
    assert_eq!(seen["TargetGroups"].as_array().unwrap().len(), 2);
}

#[test]
fn conditions_are_checked() {
    let mut lab = Lab::new();
    let lb = balancer(&mut lab, "web");
    let group = targets(&mut lab, "web", json!({}));
    let arn = listener(&mut lab, &lb, &group);
    for wrong in [
        json!({"Field": "path-pattern", "Values": ["/*1*2*3*4*5*6*7"]}),
        json!({"Field": "path-pattern", "Values": []}),
        json!({"Field": "path", "Values": ["/"]}),
        json!({"Field": "host-header", "Values": ["local host"]}),
        json!({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0"]}}),
        json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["get"]}}),
        json!({"Field": "path-pattern", "Values": ["/1", "/2", "/3", "/4", "/5", "/6"]}),
    ] {
        let input = json!({"ListenerArn": arn, "Priority": "1", "Conditions": [wrong],
            "Actions": [{"Type": "forward", "TargetGroupArn": group}]});
        assert_eq!(lab.refused(SERVICE, "CreateRule", input), "ValidationError", "{wrong}");
    }
}
