//! Random commands to what stands around ECS: Fargate services behind a load balancer, log groups, Cloud Map, alarms and
//! scaling, the network's holes, and visitors.

use practice::network::site::SiteRequest;
use practice::{Command, Time, World};
use serde_json::{Value, json};

use super::{ask, call, pick};

const CLUSTER: &str = "c0";
const ROLE: &str = "arn:aws:iam::123456789012:role/execution";
const TASK_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*","secretsmanager:*"],"Resource":"*"}]}"#;
/// Families of tasks with an interface of their own: image, and what else the container has.
const WEB: &str = "web";

/// The default security group and two of the default subnets.
fn network(world: &World, now: Time, detail: u8) -> (Value, Vec<Value>) {
    let groups = ask(world, "ec2", "DescribeSecurityGroups", json!({}), now);
    let subnets = ask(world, "ec2", "DescribeSubnets", json!({}), now);
    let subnets = [0, 1 + detail % 2].map(|at| pick(&subnets["subnetSet"], at)["subnetId"].clone());
    (pick(&groups["securityGroupInfo"], 0)["groupId"].clone(), subnets.to_vec())
}

fn target_group(world: &World, now: Time) -> Value {
    let found = ask(world, "elasticloadbalancing", "DescribeTargetGroups", json!({}), now);
    pick(&found["TargetGroups"], 0)["TargetGroupArn"].clone()
}

fn balancer(world: &World, now: Time) -> Value {
    pick(&ask(world, "elasticloadbalancing", "DescribeLoadBalancers", json!({}), now)["LoadBalancers"], 0)
}

fn registry(world: &World, now: Time) -> Value {
    pick(&ask(world, "servicediscovery", "ListServices", json!({}), now)["Services"], 0)
}

fn definition(detail: u8) -> Command {
    let mut container = json!({"name": "a", "image": "nginx", "portMappings": [{"containerPort": 80}]});
    match detail % 8 {
        0 => container["image"] = "no/such".into(),
        1 => {
            container["healthCheck"] =
                json!({"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]});
        }
        2 => container["healthCheck"] = json!({"command": ["CMD-SHELL", "exit 1"], "interval": 10}),
        3 => {
            container["logConfiguration"] = json!({"logDriver": "awslogs", "options": {
                "awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "s"}});
        }
        4 => {
            container["secrets"] =
                json!([{"name": "WORD", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/word"}]);
        }
        5 => container["command"] = json!(["sh", "-c", "sleep 70; exit 1"]),
        _ => {}
    }
    let input = json!({"family": WEB, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256",
        "memory": "512", "executionRoleArn": ROLE, "containerDefinitions": [container]});
    call("ecs", "RegisterTaskDefinition", input)
}

/// A service or a task on Fargate.
fn fargate(world: &World, detail: u8, now: Time, service: bool) -> Command {
    let (group, subnets) = network(world, now, detail);
    let public = if detail.is_multiple_of(5) { "DISABLED" } else { "ENABLED" };
    let network = json!({"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group], "assignPublicIp": public}});
    let mut input = json!({"cluster": CLUSTER, "taskDefinition": WEB, "launchType": "FARGATE", "networkConfiguration": network});
    if !service {
        input["count"] = (detail % 3).into();
        return call("ecs", "RunTask", input);
    }
    input["serviceName"] = format!("w{}", detail % 2).into();
    input["desiredCount"] = (detail % 4).into();
    if !detail.is_multiple_of(3) {
        input["loadBalancers"] =
            json!([{"targetGroupArn": target_group(world, now), "containerName": "a", "containerPort": 80}]);
        input["healthCheckGracePeriodSeconds"] = (detail % 2 * 60).into();
    }
    if detail % 4 > 1 {
        input["serviceRegistries"] = json!([{"registryArn": registry(world, now)["Arn"]}]);
    }
    match detail % 5 {
        1 => input["deploymentConfiguration"] = json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2}),
        2 => {
            input["deploymentConfiguration"] =
                json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
        }
        _ => {}
    }
    call("ecs", "CreateService", input)
}

/// What happens to those services later.
fn later(detail: u8) -> Command {
    let service = format!("w{}", detail % 2);
    let mut input = json!({"cluster": CLUSTER, "service": service});
    match detail % 4 {
        0 => input["desiredCount"] = (detail % 5).into(),
        1 => input["taskDefinition"] = WEB.into(),
        2 => input["forceNewDeployment"] = true.into(),
        _ => {
            input["force"] = true.into();
            return call("ecs", "DeleteService", input);
        }
    }
    call("ecs", "UpdateService", input)
}

fn balance(world: &World, detail: u8, now: Time) -> Command {
    const ELB: &str = "elasticloadbalancing";
    let group = target_group(world, now);
    match detail % 6 {
        0 => {
            let path = if detail.is_multiple_of(4) { "/" } else { "/nosuch" };
            call(ELB, "ModifyTargetGroup", json!({"TargetGroupArn": group, "HealthCheckPath": path}))
        }
        1 => {
            let targets = json!([{"Id": format!("172.31.0.{}", detail % 9 + 4)}]);
            call(ELB, "RegisterTargets", json!({"TargetGroupArn": group, "Targets": targets}))
        }
        2 => {
            let health = ask(world, ELB, "DescribeTargetHealth", json!({"TargetGroupArn": group}), now);
            let target = pick(&health["TargetHealthDescriptions"], detail)["Target"].clone();
            call(ELB, "DeregisterTargets", json!({"TargetGroupArn": group, "Targets": [target]}))
        }
        3 => {
            let lb = balancer(world, now)["LoadBalancerArn"].clone();
            let listener = pick(
                &ask(world, ELB, "DescribeListeners", json!({"LoadBalancerArn": lb}), now)["Listeners"],
                0,
            );
            call(ELB, "DeleteListener", json!({"ListenerArn": listener["ListenerArn"]}))
        }
        4 => listener(&balancer(world, now)["LoadBalancerArn"], &group),
        _ => call(
            ELB,
            "DeleteLoadBalancer",
            json!({"LoadBalancerArn": balancer(world, now)["LoadBalancerArn"]}),
        ),
    }
}

fn listener(balancer: &Value, group: &Value) -> Command {
    let actions = json!([{"Type": "forward", "TargetGroupArn": group}]);
    let input =
        json!({"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": "80", "DefaultActions": actions});
    call("elasticloadbalancing", "CreateListener", input)
}

/// Metrics, alarms and the scaling that follows them.
fn watch(detail: u8) -> Command {
    const TARGET: &str = "service/c0/w0";
    let scalable = json!({"ServiceNamespace": "ecs", "ResourceId": TARGET, "ScalableDimension": "ecs:service:DesiredCount"});
    let with = |more: Value| {
        let mut input = scalable.clone();
        for (key, value) in more.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        input
    };
    match detail % 6 {
        0 => call(
            "application-autoscaling",
            "RegisterScalableTarget",
            with(json!({"MinCapacity": 1, "MaxCapacity": 4})),
        ),
        1 => {
            let rule = json!({"TargetValue": 20.0, "ScaleOutCooldown": 60, "PredefinedMetricSpecification":
                {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}});
            let input = with(json!({"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": rule}));
            call("application-autoscaling", "PutScalingPolicy", input)
        }
        2 => {
            let data = json!([{"MetricName": "Depth", "Value": detail}]);
            call("monitoring", "PutMetricData", json!({"Namespace": "Q", "MetricData": data}))
        }
        3 => {
            let alarm = json!({"AlarmName": "deep", "Namespace": "Q", "MetricName": "Depth", "Statistic": "Average",
                "Period": 60, "EvaluationPeriods": 2, "Threshold": 100, "ComparisonOperator": "GreaterThanThreshold"});
            call("monitoring", "PutMetricAlarm", alarm)
        }
        4 => {
            let action = json!({"MinCapacity": detail % 3, "MaxCapacity": 5});
            let input = with(
                json!({"ScheduledActionName": "s", "Schedule": "rate(17 minutes)", "ScalableTargetAction": action}),
            );
            call("application-autoscaling", "PutScheduledAction", input)
        }
        _ => call("application-autoscaling", "DeregisterScalableTarget", scalable),
    }
}

/// Things that come and go under running tasks.
fn ground(world: &World, detail: u8, now: Time) -> Command {
    let (group, _) = network(world, now, detail);
    let rule = json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": "80", "ToPort": "80",
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]});
    match detail % 8 {
        0 => call("ec2", "AuthorizeSecurityGroupIngress", rule),
        1 => call("ec2", "RevokeSecurityGroupIngress", rule),
        2 => call("logs", "CreateLogGroup", json!({"logGroupName": "g"})),
        3 => call("logs", "DeleteLogGroup", json!({"logGroupName": "g"})),
        4 => call(
            "ssm",
            "PutParameter",
            json!({"Name": "word", "Type": "String", "Value": "x", "Overwrite": true}),
        ),
        5 => call("ssm", "DeleteParameter", json!({"Name": "word"})),
        6 => call("servicediscovery", "DeleteService", json!({"Id": registry(world, now)["Id"]})),
        _ => {
            let tasks = ask(world, "ecs", "ListTasks", json!({"cluster": CLUSTER}), now);
            let task = pick(&tasks["taskArns"], detail);
            call("ecs", "StopTask", json!({"cluster": CLUSTER, "task": task}))
        }
    }
}

fn visit(world: &World, detail: u8, now: Time) -> Command {
    let host = if detail.is_multiple_of(2) {
        balancer(world, now)["DNSName"].clone()
    } else {
        let found = ask(world, "ec2", "DescribeNetworkInterfaces", json!({}), now);
        pick(&found["networkInterfaceSet"], detail)["association"]["publicIp"].clone()
    };
    Command::Visit(SiteRequest {
        host: host.as_str().unwrap_or("nobody").to_owned(),
        port: 80,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        entropy: u64::from(detail),
        headers: Vec::new(),
        body: String::new(),
    })
}

/// A command of those kinds.
pub(crate) fn command(world: &World, kind: u8, detail: u8, now: Time) -> Command {
    match kind % 14 {
        0 | 1 => definition(detail),
        2..=4 => fargate(world, detail, now, true),
        5 => fargate(world, detail, now, false),
        6 | 7 => later(detail),
        8 | 9 => balance(world, detail, now),
        10 => watch(detail),
        11 | 12 => ground(world, detail, now),
        _ => visit(world, detail, now),
    }
}

/// What stands there before the random commands come: made on a world that has `c0`.
pub(crate) fn prologue(world: &World, now: Time) -> Vec<Command> {
    let (group, subnets) = network(world, now, 0);
    let vpc = pick(&ask(world, "ec2", "DescribeVpcs", json!({}), now)["vpcSet"], 0)["vpcId"].clone();
    vec![
        call("iam", "CreateRole", json!({"RoleName": "execution", "AssumeRolePolicyDocument": TASK_TRUST})),
        call(
            "iam",
            "PutRolePolicy",
            json!({"RoleName": "execution", "PolicyName": "p", "PolicyDocument": ALLOW}),
        ),
        call("logs", "CreateLogGroup", json!({"logGroupName": "g"})),
        call(
            "elasticloadbalancing",
            "CreateLoadBalancer",
            json!({"Name": "front", "Subnets": subnets, "SecurityGroups": [group]}),
        ),
        call(
            "elasticloadbalancing",
            "CreateTargetGroup",
            json!({"Name": "t", "Protocol": "HTTP", "Port": "80", "VpcId": vpc, "TargetType": "ip"}),
        ),
        call("servicediscovery", "CreatePrivateDnsNamespace", json!({"Name": "shop.local", "Vpc": vpc})),
        definition(6),
    ]
}

/// What needs the names of those.
pub(crate) fn epilogue(world: &World, now: Time) -> Vec<Command> {
    let namespace = pick(&ask(world, "servicediscovery", "ListNamespaces", json!({}), now)["Namespaces"], 0);
    let records = json!({"DnsRecords": [{"Type": "A", "TTL": 10}]});
    vec![
        listener(&balancer(world, now)["LoadBalancerArn"], &target_group(world, now)),
        call(
            "servicediscovery",
            "CreateService",
            json!({"Name": "web", "NamespaceId": namespace["Id"], "DnsConfig": records}),
        ),
    ]
}

/// Reads that between them show all of it.
pub(crate) fn reads(world: &World, now: Time) -> Vec<Command> {
    let group = target_group(world, now);
    let balancer = balancer(world, now)["LoadBalancerArn"].clone();
    let of = json!({"cluster": CLUSTER, "services": ["w0", "w1"]});
    let metric = json!({"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "StartTime": now.0 / 1000 - 3_600,
        "EndTime": now.0 / 1000, "Period": 60, "Statistics": ["Average"],
        "Dimensions": [{"Name": "ClusterName", "Value": CLUSTER}, {"Name": "ServiceName", "Value": "w0"}]});
    vec![
        call("ecs", "DescribeServices", of),
        call("ecs", "ListServiceDeployments", json!({"cluster": CLUSTER, "service": "w0"})),
        call("elasticloadbalancing", "DescribeTargetHealth", json!({"TargetGroupArn": group})),
        call("elasticloadbalancing", "DescribeListeners", json!({"LoadBalancerArn": balancer})),
        call("logs", "FilterLogEvents", json!({"logGroupName": "g"})),
        call("logs", "DescribeLogStreams", json!({"logGroupName": "g"})),
        call(
            "servicediscovery",
            "DiscoverInstances",
            json!({"NamespaceName": "shop.local", "ServiceName": "web"}),
        ),
        call("servicediscovery", "ListServices", json!({})),
        call("monitoring", "DescribeAlarms", json!({})),
        call("monitoring", "DescribeAlarmHistory", json!({})),
        call("monitoring", "ListMetrics", json!({})),
        call("monitoring", "GetMetricStatistics", metric),
        call("application-autoscaling", "DescribeScalingActivities", json!({"ServiceNamespace": "ecs"})),
        call("ec2", "DescribeNetworkInterfaces", json!({})),
    ]
}
