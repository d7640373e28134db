//! How long an hour takes in a world with 100 services and 1,000 tasks: run by hand, in release, with
//! `cargo test --release -p practice --test hour -- --ignored --nocapture`. Prints a line per world.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a measurement, run by hand")]

use std::time::Instant;

use practice::world::Caller;
use practice::{Command, Outcome, Time, World, apply, catch_up_wholly, next_event};
use serde_json::{Value, json};

const START: Time = Time(1_795_252_353_000);
const SERVICES: usize = 100;
const TASKS: usize = 10;

struct Lab {
    world: World,
    now: Time,
}

impl Lab {
    fn call(&mut self, service: &str, operation: &str, input: Value) -> Value {
        self.now = self.now.plus_ms(100);
        let command = Command::Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: "us-east-1".to_owned(),
            caller: Caller::root("123456789012"),
            input,
        };
        match apply(&mut self.world, &command, self.now) {
            Outcome::Called(Ok(answer)) => answer,
            other => panic!("{operation}: {other:?}"),
        }
    }

    /// Lets time pass: milliseconds of ours, and how many moments something was due at.
    fn pass(&mut self, seconds: i64) -> (u128, usize) {
        let (begin, end, mut moments) = (Instant::now(), self.now.plus_ms(seconds * 1000), 0);
        while let Some(due) = next_event(&self.world).filter(|due| *due <= end) {
            catch_up_wholly(&mut self.world, due.max(self.now));
            self.now = due.max(self.now);
            moments += 1;
        }
        catch_up_wholly(&mut self.world, end);
        self.now = end;
        (begin.elapsed().as_millis(), moments)
    }

    fn running(&mut self) -> u64 {
        let answer = self.call("ecs", "DescribeClusters", json!({"clusters": ["c"]}));
        answer["clusters"][0]["runningTasksCount"].as_u64().expect("a count")
    }
}

/// Which things a world has beside its services.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own")]
#[derive(Clone, Copy, Debug)]
struct With {
    hosts: bool,
    balancer: bool,
    names: bool,
    scaling: bool,
}

fn build(with: With) -> Lab {
    let mut lab = Lab { world: World::new("123456789012", 3), now: START };
    lab.call("ecs", "CreateCluster", json!({"clusterName": "c"}));
    let subnets = lab.call("ec2", "DescribeSubnets", json!({}))["subnetSet"].clone();
    let groups = lab.call("ec2", "DescribeSecurityGroups", json!({}))["securityGroupInfo"].clone();
    let (vpc, group) = (subnets[0]["vpcId"].clone(), groups[0]["groupId"].clone());
    let subnets = json!([subnets[0]["subnetId"], subnets[1]["subnetId"]]);
    let container =
        json!([{"name": "a", "image": "nginx", "memory": 128, "portMappings": [{"containerPort": 80}]}]);
    let mut definition = json!({"family": "web", "containerDefinitions": container});
    let network = json!({"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group], "assignPublicIp": "ENABLED"}});
    if with.hosts {
        machines(&mut lab, &subnets[0]);
    } else {
        definition["networkMode"] = "awsvpc".into();
        definition["requiresCompatibilities"] = json!(["FARGATE"]);
        (definition["cpu"], definition["memory"]) = ("256".into(), "512".into());
    }
    lab.call("ecs", "RegisterTaskDefinition", definition);
    let listener = with.balancer.then(|| {
        let input = json!({"Name": "front", "Subnets": subnets, "SecurityGroups": [group]});
        let made = lab.call("elasticloadbalancing", "CreateLoadBalancer", input);
        let fixed = json!([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]);
        let input = json!({"LoadBalancerArn": made["LoadBalancers"][0]["LoadBalancerArn"], "Protocol": "HTTP", "Port": "80",
            "DefaultActions": fixed});
        lab.call("elasticloadbalancing", "CreateListener", input)["Listeners"][0]["ListenerArn"].clone()
    });
    let namespace = with.names.then(|| {
        lab.call("servicediscovery", "CreatePrivateDnsNamespace", json!({"Name": "shop.local", "Vpc": vpc}));
        lab.pass(120);
        lab.call("servicediscovery", "ListNamespaces", json!({}))["Namespaces"][0]["Id"].clone()
    });
    for at in 0..SERVICES {
        let name = format!("s{at}");
        let mut input =
            json!({"cluster": "c", "serviceName": name, "taskDefinition": "web", "desiredCount": TASKS});
        if !with.hosts {
            input["launchType"] = "FARGATE".into();
            input["networkConfiguration"] = network.clone();
        }
        if let Some(listener) = &listener {
            let kind = if with.hosts { "instance" } else { "ip" };
            let input_of =
                json!({"Name": name, "Protocol": "HTTP", "Port": "80", "VpcId": vpc, "TargetType": kind});
            let made = lab.call("elasticloadbalancing", "CreateTargetGroup", input_of);
            let target = made["TargetGroups"][0]["TargetGroupArn"].clone();
            let rule = json!({"ListenerArn": listener, "Priority": (at + 1).to_string(),
                "Conditions": [{"Field": "path-pattern", "Values": [format!("/{name}/*")]}],
                "Actions": [{"Type": "forward", "TargetGroupArn": target}]});
            lab.call("elasticloadbalancing", "CreateRule", rule);
            input["loadBalancers"] =
                json!([{"targetGroupArn": target, "containerName": "a", "containerPort": 80}]);
        }
        if let Some(namespace) = namespace.as_ref().filter(|_| !with.hosts) {
            let records = json!({"DnsRecords": [{"Type": "A", "TTL": 10}]});
            let of = json!({"Name": name, "NamespaceId": namespace, "DnsConfig": records});
            let made = lab.call("servicediscovery", "CreateService", of);
            input["serviceRegistries"] = json!([{"registryArn": made["Service"]["Arn"]}]);
        }
        lab.call("ecs", "CreateService", input);
        if with.scaling {
            scaling(&mut lab, &name);
        }
    }
    lab
}

fn machines(lab: &mut Lab, subnet: &Value) {
    use base64::Engine as _;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    lab.call("iam", "CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": trust}));
    let policy = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": policy}));
    lab.call("iam", "CreateInstanceProfile", json!({"InstanceProfileName": "r"}));
    lab.call("iam", "AddRoleToInstanceProfile", json!({"InstanceProfileName": "r", "RoleName": "r"}));
    let data = base64::engine::general_purpose::STANDARD
        .encode("#!/bin/bash\necho ECS_CLUSTER=c >> /etc/ecs/ecs.config\n");
    let input = json!({"ImageId": "ami-f560d8e3", "InstanceType": "t3.large", "MinCount": "24", "MaxCount": "24",
        "UserData": data, "IamInstanceProfile": {"Name": "r"}, "SubnetId": subnet});
    lab.call("ec2", "RunInstances", input);
    lab.pass(300);
}

fn scaling(lab: &mut Lab, name: &str) {
    const AAS: &str = "application-autoscaling";
    let mut input = json!({"ServiceNamespace": "ecs", "ResourceId": format!("service/c/{name}"),
        "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": TASKS, "MaxCapacity": 2 * TASKS});
    lab.call(AAS, "RegisterScalableTarget", input.clone());
    let rule = json!({"TargetValue": 50.0, "PredefinedMetricSpecification":
        {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}});
    let members = input.as_object_mut().expect("an object");
    members.remove("MinCapacity");
    members.remove("MaxCapacity");
    input["PolicyName"] = "cpu".into();
    input["PolicyType"] = "TargetTrackingScaling".into();
    input["TargetTrackingScalingPolicyConfiguration"] = rule;
    lab.call(AAS, "PutScalingPolicy", input);
}

fn measure(what: &str, with: With) {
    let begin = Instant::now();
    let mut lab = build(with);
    let built = begin.elapsed().as_millis();
    let (settles, settling) = lab.pass(1_200);
    let running = lab.running();
    let (hour, moments) = lab.pass(3_600);
    let stored = serde_json::to_string(&lab.world).expect("storable").len();
    let begin = Instant::now();
    for at in 0..SERVICES {
        lab.call("ecs", "DescribeServices", json!({"cluster": "c", "services": [format!("s{at}")]}));
    }
    let describe = begin.elapsed().as_micros() / 100;
    let begin = Instant::now();
    lab.call("ecs", "UpdateService", json!({"cluster": "c", "service": "s1", "forceNewDeployment": true}));
    let (deployed, deploying) = lab.pass(900);
    let update = begin.elapsed().as_millis();
    println!(
        "{what}: built in {built} ms; {running} tasks run after {settles} ms ({settling} moments); a steady hour {hour} ms \
         ({moments} moments); DescribeServices {describe} us; one deployment {update} ms ({deploying} moments, {deployed} ms); \
         {stored} bytes"
    );
}

#[test]
#[ignore = "a measurement"]
fn an_hour() {
    let plain = With { hosts: false, balancer: false, names: false, scaling: false };
    measure("on machines", With { hosts: true, ..plain });
    measure("on Fargate", plain);
    measure("on Fargate, in Cloud Map", With { names: true, ..plain });
    measure("on Fargate, behind a load balancer", With { balancer: true, ..plain });
    measure("on machines, behind a load balancer", With { hosts: true, balancer: true, ..plain });
    measure("on Fargate, with scaling policies", With { scaling: true, ..plain });
}
