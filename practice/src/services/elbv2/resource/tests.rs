use serde_json::{Value, json};

use crate::resource::Actual;
use crate::testing::driver::{Driver, Made};

struct Net {
    vpc: Made,
    subnets: Vec<String>,
    group: Made,
}

fn network(driver: &mut Driver) -> Net {
    let vpc = driver.create("AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16"}));
    let gateway = driver.create("AWS::EC2::InternetGateway", &json!({}));
    let joined = json!({"VpcId": vpc.id, "InternetGatewayId": gateway.id});
    driver.create("AWS::EC2::VPCGatewayAttachment", &joined);
    let subnet = |(at, zone): (usize, &str)| {
        let block = format!("10.0.{at}.0/24");
        json!({"VpcId": vpc.id, "CidrBlock": block, "AvailabilityZone": zone})
    };
    let subnets = ["us-east-1a", "us-east-1b", "us-east-1c"].into_iter().enumerate().map(subnet);
    let subnets: Vec<Value> = subnets.collect();
    let subnets = subnets.iter().map(|subnet| driver.create("AWS::EC2::Subnet", subnet).id).collect();
    let group = json!({"GroupDescription": "alb", "VpcId": vpc.id});
    let group = driver.create("AWS::EC2::SecurityGroup", &group);
    Net { vpc, subnets, group }
}

#[test]
fn a_load_balancer_with_all_around_it() {
    let mut driver = Driver::new();
    let net = network(&mut driver);
    let began = driver.lab.now;
    let mut properties = json!({
        "Subnets": net.subnets[..2], "SecurityGroups": [net.group.id],
        "LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "30"}]
    });
    let mut lb = driver.create("AWS::ElasticLoadBalancingV2::LoadBalancer", &properties);
    assert!(driver.lab.now.since(began) > 60_000, "it is provisioned first");
    let name = driver.attribute(&lb, "LoadBalancerName");
    assert!(name.as_str().unwrap().len() <= 32, "{name}");
    assert!(driver.attribute(&lb, "DNSName").as_str().unwrap().ends_with(".us-east-1.elb.amazonaws.com"));
    let full = driver.attribute(&lb, "LoadBalancerFullName");
    assert!(full.as_str().unwrap().starts_with("app/demo-"), "{full}");

    let group = json!({"Port": 80, "Protocol": "HTTP", "VpcId": net.vpc.id, "TargetType": "ip",
        "HealthCheckPath": "/health", "Matcher": {"HttpCode": "200-299"},
        "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": 5}]});
    let mut group = driver.create("AWS::ElasticLoadBalancingV2::TargetGroup", &group);
    let forward = json!([{"Type": "forward", "TargetGroupArn": group.id}]);
    let wanted =
        json!({"LoadBalancerArn": lb.id, "Port": "80", "Protocol": "HTTP", "DefaultActions": forward});
    let mut listener = driver.create("AWS::ElasticLoadBalancingV2::Listener", &wanted);
    assert_eq!(driver.attribute(&group, "LoadBalancerArns"), json!([lb.id]));
    let taken = driver.try_create("AWS::ElasticLoadBalancingV2::Listener", &wanted).unwrap_err();
    assert_eq!(taken.code, "DuplicateListener");
    let Actual::Is(is) = driver.actual(&listener) else { panic!("not there") };
    assert_eq!((&is["Port"], &is["DefaultActions"]), (&json!(80), &forward));
    let rule = |priority: i64, path: &str| {
        json!({"ListenerArn": listener.id, "Priority": priority, "Actions": forward,
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}]})
    };
    let mut api = driver.create("AWS::ElasticLoadBalancingV2::ListenerRule", &rule(5, "/api/*"));
    driver.update(&mut api, &rule(7, "/v2/*"));
    let Actual::Is(is) = driver.actual(&api) else { panic!("not there") };
    assert_eq!((&is["Priority"], &is["Actions"]), (&json!(7), &forward));

    let busy = driver.try_delete(&group).unwrap_err();
    assert_eq!(busy.code, "ResourceInUse");
    let gone = json!({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": 410}});
    let mut changed = wanted.clone();
    changed["DefaultActions"] = json!([gone]);
    driver.update(&mut listener, &changed);
    properties["Subnets"] = json!(net.subnets);
    properties["LoadBalancerAttributes"] = json!([]);
    driver.update(&mut lb, &properties);
    let Actual::Is(is) = driver.actual(&lb) else { panic!("not there") };
    assert_eq!(is["Subnets"].as_array().unwrap().len(), 3);
    let shown = driver.lab.call(
        "elasticloadbalancing",
        "DescribeLoadBalancerAttributes",
        json!({"LoadBalancerArn": lb.id}),
    );
    let timeout = json!({"Key": "idle_timeout.timeout_seconds", "Value": "60"});
    assert!(shown["Attributes"].as_array().unwrap().contains(&timeout), "back to what is usual");
    let slower = json!({"Port": 80, "Protocol": "HTTP", "VpcId": net.vpc.id, "TargetType": "ip",
        "HealthCheckIntervalSeconds": 60, "Targets": [{"Id": "10.0.0.9", "Port": 80}]});
    driver.update(&mut group, &slower);
    let Actual::Is(is) = driver.actual(&group) else { panic!("not there") };
    assert_eq!(is["HealthCheckIntervalSeconds"], 60);
    assert_eq!(driver.look(|view| view.region.elbv2.target_groups[&group.id].targets.len()), 1);
    for made in [api, listener, group, lb, net.group] {
        driver.delete(&made);
    }
}

#[test]
fn a_fixed_name_is_there_once() {
    let mut driver = Driver::new();
    let net = network(&mut driver);
    let group = json!({"Name": "Scope-Target-Group", "Port": 4040, "Protocol": "HTTP", "VpcId": net.vpc.id});
    driver.create("AWS::ElasticLoadBalancingV2::TargetGroup", &group);
    let again = driver.try_create("AWS::ElasticLoadBalancingV2::TargetGroup", &group).unwrap_err();
    let told = "A target group with the same name 'Scope-Target-Group' exists, but with different settings";
    assert_eq!(again.message, told);
    let lb = json!({"Name": "web", "Subnets": net.subnets});
    driver.create("AWS::ElasticLoadBalancingV2::LoadBalancer", &lb);
    let again = driver.try_create("AWS::ElasticLoadBalancingV2::LoadBalancer", &lb).unwrap_err();
    assert_eq!(again.code, "DuplicateLoadBalancerName");
}

#[test]
fn a_bad_attribute_leaves_nothing_and_permission_is_needed() {
    let mut driver = Driver::new();
    let net = network(&mut driver);
    let group = json!({"Port": 80, "Protocol": "HTTP", "VpcId": net.vpc.id,
        "TargetGroupAttributes": [{"Key": "no.such", "Value": "1"}]});
    assert!(driver.try_create("AWS::ElasticLoadBalancingV2::TargetGroup", &group).is_err());
    assert!(driver.look(|view| view.region.elbv2.target_groups.is_empty()), "left behind");
    driver.be_user(
        "student2",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    );
    let group = json!({"Port": 80, "Protocol": "HTTP", "VpcId": net.vpc.id});
    let denied = driver.try_create("AWS::ElasticLoadBalancingV2::TargetGroup", &group).unwrap_err();
    assert!(denied.message.contains("elasticloadbalancing:CreateTargetGroup"), "{denied}");
}
