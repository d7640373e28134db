use serde_json::{Value, json};

use super::{SERVICE, balancer, call, group, listener, network, targets, text};
use crate::network::site::{SiteAnswer, SiteRequest};
use crate::testing::Lab;
use crate::{Command, Outcome, apply, next_event};

/// Weave Scope answers on port 4040 of an instance with this image.
const WEAVE: &str = "ami-f560d8e3";

/// A load balancer that sends to Weave Scope on one instance, all of it up.
struct Site {
    lab: Lab,
    lb: Value,
    group: String,
    listener: String,
    /// Of the instance.
    sg: String,
    instance: String,
}

impl Site {
    fn new(port: u16) -> Self {
        let mut lab = Lab::new();
        let (_, subnets) = network(&mut lab);
        let sg = group(&mut lab, "host", port);
        let input = json!({"ImageId": WEAVE, "InstanceType": "t2.micro", "MinCount": "1", "MaxCount": "1",
            "SubnetId": subnets[0], "SecurityGroupId": [sg]});
        let instance = text(&lab.call("ec2", "RunInstances", input)["instancesSet"][0]["instanceId"]);
        lab.advance(600);
        let lb = balancer(&mut lab, "web");
        let more = json!({"TargetType": "instance", "Port": port.to_string()});
        let group = targets(&mut lab, "web", more);
        let listener = listener(&mut lab, &lb, &group);
        lab.advance(300);
        Self { lab, lb, group, listener, sg, instance }
    }

    fn register(&mut self) {
        let input = json!({"TargetGroupArn": self.group, "Targets": [{"Id": self.instance}]});
        call(&mut self.lab, "RegisterTargets", input);
    }

    /// State and reason.
    fn health(&mut self) -> (String, String) {
        let input = json!({"TargetGroupArn": self.group, "Targets": [{"Id": self.instance}]});
        let seen = call(&mut self.lab, "DescribeTargetHealth", input);
        let health = &seen["TargetHealthDescriptions"][0]["TargetHealth"];
        (text(&health["State"]), health["Reason"].as_str().unwrap_or_default().to_owned())
    }

    fn state(&mut self) -> String {
        self.health().0
    }

    fn rule(&mut self, operation: &str) {
        let input = json!({"GroupId": self.sg, "IpProtocol": "tcp", "FromPort": "4040", "ToPort": "4040",
            "CidrIp": "0.0.0.0/0"});
        self.lab.call("ec2", operation, input);
    }

    fn ask(&mut self, port: u16, path: &str, headers: &[(&str, &str)]) -> SiteAnswer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = SiteRequest {
            host: text(&self.lb["DNSName"]),
            port,
            method: "GET".to_owned(),
            path: path.to_owned(),
            entropy: 7,
            headers,
            body: String::new(),
        };
        match apply(&mut self.lab.world, &Command::Visit(request), self.lab.now) {
            Outcome::Visited(answer) => answer,
            other => panic!("a visit came to {other:?}"),
        }
    }

    /// Status and body of a page.
    fn page(&mut self, path: &str) -> (u16, String) {
        match self.ask(80, path, &[]) {
            SiteAnswer::Page { status, body, .. } => (status, String::from_utf8(body).unwrap()),
            other => panic!("no page: {other:?}"),
        }
    }

    fn act(&mut self, action: Value) {
        let input = json!({"ListenerArn": self.listener, "DefaultActions": [action]});
        call(&mut self.lab, "ModifyListener", input);
    }
}

#[test]
fn a_target_is_healthy_after_one_pass_and_nothing_is_due_then() {
    let mut site = Site::new(4040);
    assert_eq!(site.health(), ("unused".to_owned(), "Target.NotRegistered".to_owned()));
    site.register();
    assert_eq!(site.health(), ("initial".to_owned(), "Elb.RegistrationInProgress".to_owned()));
    site.lab.advance(5);
    assert_eq!(site.state(), "healthy");
    assert_eq!(next_event(&site.lab.world), None);
}

#[test]
fn a_closed_security_group_shows_after_two_intervals_and_heals_after_five() {
    let mut site = Site::new(4040);
    site.register();
    site.lab.advance(60);
    site.rule("RevokeSecurityGroupIngress");
    site.lab.advance(20);
    assert_eq!(site.state(), "healthy", "one check failed at most");
    site.lab.advance(60);
    assert_eq!(site.health(), ("unhealthy".to_owned(), "Target.Timeout".to_owned()));
    assert_eq!(next_event(&site.lab.world), None);
    let (status, body) = site.page("/");
    assert_eq!(status, 504, "fails open: the target is tried, and silent");
    assert!(body.contains("<h1>504 Gateway Time-out</h1>"), "{body}");
    site.rule("AuthorizeSecurityGroupIngress");
    site.lab.advance(100);
    assert_eq!(site.state(), "unhealthy");
    site.lab.advance(60);
    assert_eq!(site.state(), "healthy");
}

#[test]
fn a_blip_between_two_thresholds_changes_nothing() {
    let mut site = Site::new(4040);
    site.register();
    site.lab.advance(60);
    site.rule("RevokeSecurityGroupIngress");
    site.lab.advance(20);
    site.rule("AuthorizeSecurityGroupIngress");
    assert_eq!(next_event(&site.lab.world), None);
    site.lab.advance(600);
    assert_eq!(site.state(), "healthy");
}

#[test]
fn nobody_listens_and_wrong_codes() {
    let mut site = Site::new(81);
    site.register();
    site.lab.advance(90);
    assert_eq!(site.health(), ("unhealthy".to_owned(), "Target.FailedHealthChecks".to_owned()));
    assert_eq!(site.page("/").0, 502);
    let mut site = Site::new(4040);
    let codes = json!({"TargetGroupArn": site.group, "Matcher": {"HttpCode": "204"}});
    call(&mut site.lab, "ModifyTargetGroup", codes);
    site.register();
    site.lab.advance(90);
    assert_eq!(site.health().1, "Target.ResponseCodeMismatch");
}

#[test]
fn a_deregistered_target_drains() {
    let mut site = Site::new(4040);
    site.register();
    site.lab.advance(60);
    let input = json!({"TargetGroupArn": site.group, "Targets": [{"Id": site.instance}]});
    call(&mut site.lab, "DeregisterTargets", input);
    assert_eq!(site.health(), ("draining".to_owned(), "Target.DeregistrationInProgress".to_owned()));
    assert_eq!(site.page("/").0, 503);
    site.lab.advance(301);
    assert_eq!(site.health().1, "Target.NotRegistered");
}

#[test]
fn unused_targets() {
    let mut site = Site::new(4040);
    site.register();
    site.lab.advance(60);
    site.lab.call("ec2", "StopInstances", json!({"InstanceId": [site.instance]}));
    site.lab.advance(120);
    assert_eq!(site.health(), ("unused".to_owned(), "Target.InvalidState".to_owned()));
    let listener = json!({"ListenerArn": site.listener});
    site.lab.call("ec2", "StartInstances", json!({"InstanceId": [site.instance]}));
    site.lab.advance(120);
    call(&mut site.lab, "DeleteListener", listener);
    assert_eq!(site.health(), ("unused".to_owned(), "Target.NotInUse".to_owned()));
}

#[test]
fn requests_go_through_and_are_counted() {
    let mut site = Site::new(4040);
    assert_eq!(site.page("/").0, 503, "no targets");
    site.register();
    site.lab.advance(60);
    let (status, body) = site.page("/");
    assert_eq!(status, 200, "{body}");
    assert!(matches!(site.ask(81, "/", &[]), SiteAnswer::TimedOut(_)), "closed by the security group");
    let model = &site.lab.world.regions["us-east-1"].elbv2;
    let counted = |minutes: &super::super::model::Traffic| -> (u32, u32, u32) {
        let all = minutes.minutes.values();
        all.fold((0, 0, 0), |sum, m| (sum.0 + m.requests, sum.1 + m.target[0], sum.2 + m.balancer[3]))
    };
    assert_eq!(counted(&model.target_groups[&site.group].traffic), (1, 1, 0));
    let lb = &model.load_balancers[site.lb["LoadBalancerArn"].as_str().unwrap()];
    assert_eq!(counted(&lb.traffic), (1, 1, 1));
}

#[test]
fn redirects_fixed_responses_and_rules() {
    let mut site = Site::new(4040);
    site.act(json!({"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443",
        "StatusCode": "HTTP_301"}}));
    let SiteAnswer::Page { status, headers, .. } = site.ask(80, "/a/b?c=d", &[("host", "example.com")])
    else {
        panic!("no page");
    };
    assert_eq!(status, 301);
    assert!(
        headers.contains(&("location".to_owned(), "https://example.com:443/a/b?c=d".to_owned())),
        "{headers:?}"
    );
    assert!(headers.contains(&("server".to_owned(), "awselb/2.0".to_owned())));
    site.act(
        json!({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "no"}}),
    );
    assert_eq!(site.page("/"), (404, "no".to_owned()));
    let fixed = |text: &str| {
        json!([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200",
        "MessageBody": text}}])
    };
    for (priority, condition, answer) in [
        ("1", json!({"Field": "host-header", "Values": ["*.Example.com"]}), "host"),
        ("2", json!({"Field": "path-pattern", "Values": ["/api/*"]}), "path"),
        (
            "3",
            json!({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "?"}]}}),
            "query",
        ),
        (
            "4",
            json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Beta", "Values": ["y*"]}}),
            "header",
        ),
        ("5", json!({"Field": "source-ip", "SourceIpConfig": {"Values": ["203.0.113.0/24"]}}), "ip"),
    ] {
        let input = json!({"ListenerArn": site.listener, "Priority": priority, "Conditions": [condition],
            "Actions": fixed(answer)});
        call(&mut site.lab, "CreateRule", input);
    }
    let mut body = |path: &str, headers: &[(&str, &str)]| match site.ask(80, path, headers) {
        SiteAnswer::Page { body, .. } => String::from_utf8(body).unwrap(),
        other => panic!("no page: {other:?}"),
    };
    assert_eq!(body("/", &[("host", "api.example.com")]), "host");
    assert_eq!(body("/api/x", &[]), "path");
    assert_eq!(body("/API/x?v=1", &[]), "query", "paths are matched with regard to case");
    assert_eq!(body("/", &[("x-beta", "yes")]), "header");
    assert_eq!(body("/", &[]), "ip");
}

#[test]
fn a_client_can_stick_to_a_target() {
    let mut site = Site::new(4040);
    site.register();
    site.lab.advance(60);
    let input = json!({"TargetGroupArn": site.group,
        "Attributes": [{"Key": "stickiness.enabled", "Value": "true"}]});
    call(&mut site.lab, "ModifyTargetGroupAttributes", input);
    let SiteAnswer::Page { headers, .. } = site.ask(80, "/", &[]) else { panic!("no page") };
    assert!(headers.iter().any(|(name, value)| name == "set-cookie" && value.starts_with("AWSALB=")));
}

#[test]
fn https_needs_a_certificate_that_is_issued() {
    let mut site = Site::new(4040);
    let requested = site.lab.call("acm", "RequestCertificate", json!({"DomainName": "www.example.com"}));
    let arn = &requested["CertificateArn"];
    let input = json!({"LoadBalancerArn": site.lb["LoadBalancerArn"], "Protocol": "HTTPS", "Port": "443",
        "Certificates": [{"CertificateArn": arn}],
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": site.group}]});
    assert_eq!(site.lab.refused(SERVICE, "CreateListener", input.clone()), "UnsupportedCertificate");
    site.lab.advance(300);
    let made = call(&mut site.lab, "CreateListener", input);
    assert_eq!(made["Listeners"][0]["SslPolicy"], "ELBSecurityPolicy-2016-08");
    assert_eq!(
        site.lab.refused("acm", "DeleteCertificate", json!({"CertificateArn": arn})),
        "ResourceInUseException"
    );
}
