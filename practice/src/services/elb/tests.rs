//! Classic load balancers through the front door.

use serde_json::{Value, json};

use crate::network::site::{SiteAnswer, SiteRequest};
use crate::resource::Resource as _;
use crate::testing::Lab;
use crate::testing::driver::Driver;
use crate::{Command, HttpRequest, Outcome, apply, next_event};

/// Weave Scope answers on port 4040 of an instance with this image.
const WEAVE: &str = "ami-f560d8e3";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

struct Site {
    lab: Lab,
    dns: String,
    group: String,
    instances: Vec<String>,
}

impl Site {
    /// A load balancer in the default VPC in front of Weave Scope on two instances.
    fn new() -> Self {
        let mut lab = Lab::new();
        let groups = lab.call("ec2", "DescribeSecurityGroups", json!({}));
        let group = text(&groups["securityGroupInfo"][0]["groupId"]);
        let run = json!({"ImageId": WEAVE, "InstanceType": "t2.micro", "MinCount": "2", "MaxCount": "2"});
        let run = lab.call("ec2", "RunInstances", run);
        let instances: Vec<String> =
            run["instancesSet"].as_array().unwrap().iter().map(|i| text(&i["instanceId"])).collect();
        lab.advance(300);
        let mut zones: Vec<&Value> = run["instancesSet"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| &i["placement"]["availabilityZone"])
            .collect();
        zones.dedup();
        let input = json!({"LoadBalancerName": "scope", "AvailabilityZones": zones, "SecurityGroups": [group],
            "Listeners": [{"Protocol": "http", "LoadBalancerPort": "80", "InstancePort": "4040"}]});
        let dns = text(&lab.call("elb", "CreateLoadBalancer", input)["DNSName"]);
        let mut site = Self { lab, dns, group, instances };
        site.open(80);
        site
    }

    fn open(&mut self, port: u16) {
        let input = json!({"GroupId": self.group, "IpProtocol": "tcp", "FromPort": port.to_string(),
            "ToPort": port.to_string(), "CidrIp": "0.0.0.0/0"});
        self.lab.call("ec2", "AuthorizeSecurityGroupIngress", input);
    }

    fn register(&mut self) {
        let ids: Vec<Value> = self.instances.iter().map(|id| json!({"InstanceId": id})).collect();
        let input = json!({"LoadBalancerName": "scope", "Instances": ids});
        self.lab.call("elb", "RegisterInstancesWithLoadBalancer", input);
    }

    fn states(&mut self) -> Vec<String> {
        let states = self.lab.call("elb", "DescribeInstanceHealth", json!({"LoadBalancerName": "scope"}));
        states["InstanceStates"].as_array().unwrap().iter().map(|state| text(&state["State"])).collect()
    }

    fn visit(&mut self, cookie: &str) -> (u16, Vec<(String, String)>) {
        let request = SiteRequest {
            host: self.dns.clone(),
            port: 80,
            method: "GET".to_owned(),
            path: "/".to_owned(),
            entropy: 7,
            headers: vec![("cookie".to_owned(), cookie.to_owned())],
            body: String::new(),
        };
        match apply(&mut self.lab.world, &Command::Visit(request), self.lab.now) {
            Outcome::Visited(SiteAnswer::Page { status, headers, .. }) => (status, headers),
            other => panic!("no page: {other:?}"),
        }
    }
}

#[test]
fn instances_come_into_service_and_answer_and_nothing_is_due_then() {
    let mut site = Site::new();
    assert_eq!(site.visit("").0, 503, "nobody is behind it");
    site.register();
    assert_eq!(site.states(), ["OutOfService"; 2]);
    site.lab.settle();
    assert_eq!(site.states(), ["InService"; 2]);
    assert_eq!(site.visit("").0, 200);
    assert_eq!(next_event(&site.lab.world), None);
    let check = json!({"LoadBalancerName": "scope", "HealthCheck":
        {"Target": "HTTP:9999/", "Interval": "10", "Timeout": "5", "UnhealthyThreshold": "2", "HealthyThreshold": "3"}});
    site.lab.call("elb", "ConfigureHealthCheck", check);
    site.lab.advance(5);
    assert_eq!(site.states(), ["InService"; 2], "two checks must fail first");
    site.lab.settle();
    assert_eq!(site.states(), ["OutOfService"; 2]);
    assert_eq!(site.visit("").0, 503);
    let id = site.instances[0].clone();
    site.lab.call("ec2", "TerminateInstances", json!({"InstanceId": [id]}));
    site.lab.settle();
    assert_eq!(site.states().len(), 1, "a terminated instance is let go");
}

#[test]
fn a_closed_group_keeps_the_health_checks_out() {
    let mut site = Site::new();
    let vpc = site.lab.call("ec2", "DescribeVpcs", json!({}))["vpcSet"][0]["vpcId"].clone();
    let other = json!({"GroupName": "front", "GroupDescription": "x", "VpcId": vpc});
    let other = text(&site.lab.call("ec2", "CreateSecurityGroup", other)["groupId"]);
    let input = json!({"LoadBalancerName": "scope", "SecurityGroups": [other]});
    site.lab.call("elb", "ApplySecurityGroupsToLoadBalancer", input);
    site.register();
    site.lab.settle();
    assert_eq!(site.states(), ["OutOfService"; 2]);
    site.open(4040);
    site.lab.settle();
    assert_eq!(site.states(), ["InService"; 2]);
}

#[test]
fn clients_stick_to_an_instance_by_the_load_balancers_cookie() {
    let mut site = Site::new();
    site.register();
    site.lab.settle();
    let policy = json!({"LoadBalancerName": "scope", "PolicyName": "sticky", "CookieExpirationPeriod": "60"});
    site.lab.call("elb", "CreateLBCookieStickinessPolicy", policy);
    let set = |policies: Value| json!({"LoadBalancerName": "scope", "LoadBalancerPort": "80", "PolicyNames": policies});
    let code = site.lab.refused("elb", "SetLoadBalancerPoliciesOfListener", set(json!(["other"])));
    assert_eq!(code, "PolicyNotFound");
    site.lab.call("elb", "SetLoadBalancerPoliciesOfListener", set(json!(["sticky"])));
    let cookie = |headers: Vec<(String, String)>| {
        headers.into_iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value)
    };
    let first = cookie(site.visit("").1).unwrap();
    let second = cookie(site.visit("").1).unwrap();
    assert_ne!(first, second, "one after the other");
    let kept = first.split(';').next().unwrap().to_owned();
    assert_eq!(cookie(site.visit(&kept).1), None, "it stays where it was");
    let app = json!({"LoadBalancerName": "scope", "PolicyName": "app", "CookieName": "md.sid"});
    site.lab.call("elb", "CreateAppCookieStickinessPolicy", app);
    site.lab.call("elb", "SetLoadBalancerPoliciesOfListener", set(json!(["app"])));
    assert_eq!(cookie(site.visit("").1), None, "the application set no cookie");
    assert_eq!(
        site.lab.refused(
            "elb",
            "DeleteLoadBalancerPolicy",
            json!({"LoadBalancerName": "scope", "PolicyName": "app"})
        ),
        "InvalidConfigurationRequest"
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let mut site = Site::new();
    for (operation, input, code) in [
        ("DescribeLoadBalancers", json!({"LoadBalancerNames": ["x"]}), "LoadBalancerNotFound"),
        (
            "RegisterInstancesWithLoadBalancer",
            json!({"LoadBalancerName": "scope", "Instances": [{"InstanceId": "i-1"}]}),
            "InvalidInstance",
        ),
        (
            "EnableAvailabilityZonesForLoadBalancer",
            json!({"LoadBalancerName": "scope", "AvailabilityZones": ["us-east-1b"]}),
            "InvalidConfigurationRequest",
        ),
        (
            "ConfigureHealthCheck",
            json!({"LoadBalancerName": "scope", "HealthCheck": {"Target": "HTTP:80", "Interval": "10",
            "Timeout": "5", "UnhealthyThreshold": "2", "HealthyThreshold": "2"}}),
            "ValidationError",
        ),
        (
            "CreateLoadBalancerListeners",
            json!({"LoadBalancerName": "scope", "Listeners":
            [{"Protocol": "TCP", "LoadBalancerPort": "80", "InstancePort": "80"}]}),
            "DuplicateListener",
        ),
        ("CreateLoadBalancer", json!({"LoadBalancerName": "-", "Listeners": []}), "ValidationError"),
    ] {
        assert_eq!(site.lab.refused("elb", operation, input), code, "{operation}");
    }
}

#[test]
fn the_version_tells_the_two_services_apart() {
    let asked = |version: &str| {
        let body = format!("Action=DescribeLoadBalancers&Version={version}").into_bytes();
        let credential =
            "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/elasticloadbalancing/aws4_request, x";
        let headers = vec![("authorization".to_owned(), credential.to_owned())];
        let request = HttpRequest {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers,
            body,
            ..HttpRequest::default()
        };
        crate::wire::request::asked(&request).unwrap().service
    };
    assert_eq!((asked("2012-06-01").as_str(), asked("2015-12-01").as_str()), ("elb", "elasticloadbalancing"));
}

#[test]
fn the_resource_type_sets_everything() {
    let mut driver = Driver::new();
    let subnets = driver.lab.call("ec2", "DescribeSubnets", json!({}));
    let ids = [&subnets["subnetSet"][0]["subnetId"], &subnets["subnetSet"][1]["subnetId"]];
    let mut wanted = json!({"Subnets": ids, "CrossZone": true,
        "AppCookieStickinessPolicy": [{"CookieName": "md.sid", "PolicyName": "sticky"}],
        "HealthCheck": {"Target": "HTTP:9411/", "HealthyThreshold": "2", "UnhealthyThreshold": "10", "Interval": "30", "Timeout": "5"},
        "Listeners": [{"LoadBalancerPort": "80", "InstancePort": "80", "Protocol": "HTTP", "PolicyNames": ["sticky"]}]});
    let mut made = driver.create("AWS::ElasticLoadBalancing::LoadBalancer", &wanted);
    let shown = driver.lab.call("elb", "DescribeLoadBalancers", json!({"LoadBalancerNames": [made.id]}));
    let shown = &shown["LoadBalancerDescriptions"][0];
    assert_eq!(shown["ListenerDescriptions"][0]["PolicyNames"], json!(["sticky"]));
    assert_eq!(shown["HealthCheck"]["Target"], "HTTP:9411/");
    let view_name = driver.lab.world.look("us-east-1", driver.lab.now, &driver.lab.caller.clone(), |view| {
        super::resource::LoadBalancer.attributes(view, &made.id, &wanted)["DNSName"].clone()
    });
    assert_eq!(view_name, shown["DNSName"]);
    wanted["Listeners"] = json!([{"LoadBalancerPort": "8080", "InstancePort": "80", "Protocol": "HTTP"}]);
    driver.try_update(&mut made, &wanted).unwrap();
    let shown = driver.lab.call("elb", "DescribeLoadBalancers", json!({}));
    let listeners = shown["LoadBalancerDescriptions"][0]["ListenerDescriptions"].as_array().unwrap().clone();
    assert_eq!(listeners.len(), 1);
    assert_eq!(listeners[0]["Listener"]["LoadBalancerPort"], 8080);
}
