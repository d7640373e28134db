//! Services on Fargate, behind a load balancer and without, and what keeps them from being steady.

use super::*;

/// A cluster `c`, a load balancer with a target group, a family `f`.
struct Site {
    lab: Lab,
    subnet: String,
    /// Lets HTTP in.
    group: String,
    targets: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn page() -> Value {
    json!({"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}]})
}

impl Site {
    fn new(container: &Value) -> Self {
        let mut lab = Lab::new();
        let elb =
            |lab: &mut Lab, operation: &str, input: Value| lab.call("elasticloadbalancing", operation, input);
        let all = lab.call("ec2", "DescribeSubnets", json!({}))["subnetSet"].as_array().unwrap().clone();
        let subnet = text(&all[0]["subnetId"]);
        let subnets: Vec<String> = all.iter().map(|subnet| text(&subnet["subnetId"])).collect();
        let made =
            lab.call("ec2", "CreateSecurityGroup", json!({"GroupName": "web", "GroupDescription": "web"}));
        let group = text(&made["groupId"]);
        let open = json!({"GroupId": group, "IpProtocol": "tcp", "FromPort": "80", "ToPort": "80", "CidrIp": "0.0.0.0/0"});
        lab.call("ec2", "AuthorizeSecurityGroupIngress", open);
        let input = json!({"Name": "web", "Subnets": subnets, "SecurityGroups": [group]});
        let lb = elb(&mut lab, "CreateLoadBalancer", input)["LoadBalancers"][0]["LoadBalancerArn"].clone();
        let input = json!({"Name": "web", "Protocol": "HTTP", "Port": "80", "VpcId": all[0]["vpcId"], "TargetType": "ip",
            "HealthCheckIntervalSeconds": "10"});
        let targets = text(&elb(&mut lab, "CreateTargetGroup", input)["TargetGroups"][0]["TargetGroupArn"]);
        let actions = json!([{"Type": "forward", "TargetGroupArn": targets}]);
        let input =
            json!({"LoadBalancerArn": lb, "Protocol": "HTTP", "Port": "80", "DefaultActions": actions});
        elb(&mut lab, "CreateListener", input);
        lab.advance(300);
        lab.ecs("CreateCluster", json!({"clusterName": "c"}));
        let mut site = Self { lab, subnet, group, targets };
        site.define(container);
        site
    }

    fn define(&mut self, container: &Value) {
        let input = json!({"family": "f", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
            "cpu": "256", "memory": "512", "containerDefinitions": [container]});
        self.lab.ecs("RegisterTaskDefinition", input);
    }

    fn network(&self, public: &str) -> Value {
        json!({"awsvpcConfiguration": {"subnets": [self.subnet], "securityGroups": [self.group], "assignPublicIp": public}})
    }

    fn order(&self, count: u32, more: &Value) -> Value {
        let mut input = json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "desiredCount": count,
            "launchType": "FARGATE", "networkConfiguration": self.network("ENABLED"), "loadBalancers":
                [{"targetGroupArn": self.targets, "containerName": "web", "containerPort": 80}]});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        input
    }

    fn health(&mut self) -> Vec<(String, String)> {
        let input = json!({"TargetGroupArn": self.targets});
        let seen = self.lab.call("elasticloadbalancing", "DescribeTargetHealth", input);
        let all = seen["TargetHealthDescriptions"].as_array().unwrap();
        all.iter().map(|one| (text(&one["Target"]["Id"]), text(&one["TargetHealth"]["State"]))).collect()
    }

    /// A subnet that leads nowhere.
    fn private(&mut self) {
        let vpc = self.lab.call("ec2", "DescribeVpcs", json!({}))["vpcSet"][0]["vpcId"].clone();
        let input = json!({"VpcId": vpc, "CidrBlock": "172.31.128.0/24", "AvailabilityZone": "us-east-1a"});
        let made = self.lab.call("ec2", "CreateSubnet", input);
        self.subnet = text(&made["subnet"]["subnetId"]);
        let table = self.lab.call("ec2", "CreateRouteTable", json!({"VpcId": vpc}));
        let input = json!({"RouteTableId": table["routeTable"]["routeTableId"], "SubnetId": self.subnet});
        self.lab.call("ec2", "AssociateRouteTable", input);
    }
}

#[test]
fn a_service_behind_a_load_balancer_becomes_steady() {
    let mut site = Site::new(&page());
    let order = site.order(2, &json!({}));
    site.lab.ecs("CreateService", order);
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..40 {
        site.lab.advance(1);
        let status = site.lab.tasks("RUNNING").first().map(|task| text(&task["lastStatus"]));
        seen.extend(status.filter(|status| seen.last() != Some(status)));
    }
    assert_eq!(seen, ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]);
    site.lab.settle();
    assert!(site.lab.events()[0].ends_with("has reached a steady state."), "{:?}", site.lab.events());
    assert_eq!(crate::next_event(&site.lab.world), None, "a steady service costs nothing");
    let service = site.lab.look();
    assert_eq!((&service["launchType"], &service["platformVersion"]), (&json!("FARGATE"), &json!("LATEST")));
    let deployment = &service["deployments"][0];
    assert_eq!(
        (&deployment["platformVersion"], &deployment["rolloutState"]),
        (&json!("1.4.0"), &json!("COMPLETED"))
    );
    assert_eq!(deployment["networkConfiguration"], site.network("ENABLED"));
    let health = site.health();
    for task in site.lab.tasks("RUNNING") {
        assert_eq!((&task["launchType"], &task["platformVersion"]), (&json!("FARGATE"), &json!("1.4.0")));
        let own = text(&task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]);
        assert!(health.contains(&(own, "healthy".to_owned())), "{health:?}");
    }

    let gone = site.lab.tasks("RUNNING")[0].clone();
    site.lab.ecs("StopTask", json!({"cluster": "c", "task": gone["taskArn"]}));
    site.lab.advance(30);
    let look = |lab: &mut Lab| {
        lab.ecs("DescribeTasks", json!({"cluster": "c", "tasks": [gone["taskArn"]]}))["tasks"][0].clone()
    };
    assert_eq!(look(&mut site.lab)["lastStatus"], "DEACTIVATING", "its connections are drained first");
    let own = text(&gone["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]);
    assert!(site.health().contains(&(own, "draining".to_owned())));
    site.lab.settle();
    assert_eq!(look(&mut site.lab)["lastStatus"], "STOPPED");
    assert_eq!(site.health().len(), 2);
    site.lab.ecs("DeleteService", json!({"cluster": "c", "service": "s", "force": true}));
    site.lab.settle();
    assert_eq!(site.lab.look()["status"], "INACTIVE");
    assert_eq!(site.health(), []);
    let interfaces = site.lab.call("ec2", "DescribeNetworkInterfaces", json!({}));
    let text = interfaces.to_string();
    assert!(!text.contains(":attachment/"), "the interfaces of tasks go with them: {text}");
}

#[test]
fn without_a_way_out_the_service_holds_back_and_says_so() {
    let mut site = Site::new(&page());
    site.private();
    let order = site.order(1, &json!({"networkConfiguration": site.network("DISABLED")}));
    site.lab.ecs("CreateService", order);
    site.lab.advance(900);
    let stopped = site.lab.tasks("STOPPED");
    assert!(stopped.len() >= 3, "{stopped:?}");
    for task in &stopped {
        assert_eq!(task["stopCode"], "TaskFailedToStart");
        assert!(text(&task["stoppedReason"]).starts_with("CannotPullContainerError: "), "{task}");
    }
    let told = site.lab.events();
    assert!(
        told.iter().any(|event| event.contains("is unable to consistently start tasks successfully")),
        "{told:?}"
    );
    assert_eq!(site.lab.look()["deployments"][0]["failedTasks"], stopped.len());
    assert_eq!(site.health(), [], "no task got as far as its target group");
    site.lab.advance(3_000);
    let all = site.lab.tasks("STOPPED").len();
    assert!(all < 12, "pauses grow: {all} tasks in an hour");
}

#[test]
fn a_grace_period_that_is_too_short_ends_in_replacement() {
    let slow = json!({"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}],
        "entryPoint": ["sh", "-c"], "command": ["sleep 60; nginx -g 'daemon off;'"]});
    for (grace, stops) in [(0, true), (120, false)] {
        let mut site = Site::new(&slow);
        let order = site.order(1, &json!({"healthCheckGracePeriodSeconds": grace}));
        site.lab.ecs("CreateService", order);
        site.lab.advance(400);
        let stopped = site.lab.tasks("STOPPED");
        assert_eq!(!stopped.is_empty(), stops, "{:?}", site.lab.events());
        let state = if stops { "IN_PROGRESS" } else { "COMPLETED" };
        assert_eq!(site.lab.look()["deployments"][0]["rolloutState"], state);
        for task in stopped {
            let reason = format!("Task failed ELB health checks in (target-group {})", site.targets);
            assert_eq!(task["stoppedReason"], reason);
            assert_eq!(task["stopCode"], "ServiceSchedulerInitiated");
            let event = format!(
                "(task {}) (port 80) is unhealthy in (target-group {})",
                last(&task["taskArn"]),
                site.targets
            );
            assert!(site.lab.events().iter().any(|told| told.contains(&event)), "{:?}", site.lab.events());
        }
    }
}

#[test]
fn a_task_that_falls_ill_within_its_grace_period_is_replaced_when_that_is_over() {
    let mut site = Site::new(&page());
    let input = site.order(1, &json!({"healthCheckGracePeriodSeconds": 600}));
    site.lab.ecs("CreateService", input);
    site.lab.advance(200);
    let open = json!({"GroupId": site.group, "IpProtocol": "tcp", "FromPort": "80", "ToPort": "80", "CidrIp": "0.0.0.0/0"});
    site.lab.call("ec2", "RevokeSecurityGroupIngress", open);
    site.lab.advance(200);
    assert_eq!(site.health()[0].1, "unhealthy");
    let started = |site: &mut Site| {
        site.lab.events().iter().filter(|told| told.contains("has started 1 tasks")).count()
    };
    assert_eq!(started(&mut site), 1, "excused until then");
    site.lab.advance(400);
    assert_eq!(started(&mut site), 2, "{:?}", site.lab.events());
}

#[test]
fn a_failing_container_health_check_replaces_the_task() {
    let mut container = page();
    container["healthCheck"] = json!({"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2});
    let mut site = Site::new(&container);
    let order = site.order(1, &json!({"loadBalancers": null}));
    site.lab.ecs("CreateService", order);
    site.lab.advance(120);
    let stopped = site.lab.tasks("STOPPED");
    assert_eq!(stopped[0]["stoppedReason"], "Task failed container health checks", "{:?}", site.lab.events());
    let event =
        format!("(service s) (task {}) failed container health checks.", last(&stopped[0]["taskArn"]));
    assert!(site.lab.events().contains(&event), "{:?}", site.lab.events());
    container["healthCheck"] =
        json!({"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "interval": 5});
    site.define(&container);
    site.lab.ecs("UpdateService", json!({"cluster": "c", "service": "s", "taskDefinition": "f"}));
    site.lab.advance(60);
    assert!(site.lab.events()[0].ends_with("has reached a steady state."), "{:?}", site.lab.events());
    assert_eq!(site.lab.tasks("RUNNING")[0]["healthStatus"], "HEALTHY");
}

#[test]
fn a_strategy_decides_between_fargate_and_spot() {
    let mut site = Site::new(&page());
    let strategy = json!([{"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3}]);
    let own = json!({"loadBalancers": null, "launchType": null});
    let mut asked = own.clone();
    asked["capacityProviderStrategy"] = strategy.clone();
    let order = site.order(5, &asked);
    assert!(site.lab.no("CreateService", order).1.contains("is not associated with the cluster"));
    let put = json!({"cluster": "c", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": strategy});
    site.lab.ecs("PutClusterCapacityProviders", put);
    let order = site.order(5, &own);
    site.lab.ecs("CreateService", order);
    site.lab.settle();
    let tasks = site.lab.tasks("RUNNING");
    let spot = tasks.iter().filter(|task| task["capacityProviderName"] == "FARGATE_SPOT").count();
    assert_eq!((tasks.len(), spot), (5, 3));
    assert!(tasks.iter().all(|task| task["launchType"] == "FARGATE"));
    let service = site.lab.look();
    assert!(service.get("launchType").is_none());
    assert_eq!(service["capacityProviderStrategy"][1]["capacityProvider"], "FARGATE_SPOT");
    let input =
        json!({"cluster": "c", "taskDefinition": "f", "networkConfiguration": site.network("ENABLED")});
    let ran = site.lab.ecs("RunTask", input)["tasks"][0].clone();
    assert_eq!(
        ran["capacityProviderName"], "FARGATE",
        "the cluster's strategy is for tasks of their own, too"
    );
}

#[test]
fn what_does_not_fit_fargate_or_external_is_refused_in_awss_words() {
    let mut site = Site::new(&page());
    let no = |site: &mut Site, more: Value| {
        let order = site.order(1, &more);
        site.lab.no("CreateService", order).1
    };
    assert_eq!(
        no(&mut site, json!({"networkConfiguration": null})),
        "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    );
    assert_eq!(
        no(&mut site, json!({"launchType": null})),
        "Task definition does not support launch_type EC2."
    );
    assert_eq!(no(&mut site, json!({"platformVersion": "9.9.9"})), "The specified platform does not exist.");
    assert_eq!(
        no(&mut site, json!({"placementStrategy": [{"type": "random"}]})),
        "Placement strategies are not supported with FARGATE launch type."
    );
    assert!(
        no(&mut site, json!({"schedulingStrategy": "DAEMON", "desiredCount": null}))
            .starts_with("The daemon scheduling strategy is not supported")
    );
    let vpc = site.lab.call("ec2", "DescribeVpcs", json!({}))["vpcSet"][0]["vpcId"].clone();
    let input =
        json!({"Name": "hosts", "Protocol": "HTTP", "Port": "80", "VpcId": vpc, "TargetType": "instance"});
    let made = site.lab.call("elasticloadbalancing", "CreateTargetGroup", input);
    let arn = text(&made["TargetGroups"][0]["TargetGroupArn"]);
    let lbs = site.lab.call("elasticloadbalancing", "DescribeLoadBalancers", json!({}));
    let lb = lbs["LoadBalancers"][0]["LoadBalancerArn"].clone();
    let actions = json!([{"Type": "forward", "TargetGroupArn": arn}]);
    let input = json!({"LoadBalancerArn": lb, "Protocol": "HTTP", "Port": "81", "DefaultActions": actions});
    site.lab.call("elasticloadbalancing", "CreateListener", input);
    let wrong = no(
        &mut site,
        json!({"loadBalancers": [{"targetGroupArn": arn, "containerName": "web", "containerPort": 80}]}),
    );
    assert_eq!(
        wrong,
        format!(
            "The provided target group {arn} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition."
        )
    );
    let bridge = json!({"family": "g", "requiresCompatibilities": ["EXTERNAL"], "memory": "128", "cpu": "128", "containerDefinitions": [page()]});
    site.lab.ecs("RegisterTaskDefinition", bridge);
    let external = json!({"taskDefinition": "g", "launchType": "EXTERNAL", "networkConfiguration": null, "loadBalancers": [
        {"targetGroupArn": arn, "containerName": "web", "containerPort": 80}]});
    assert_eq!(no(&mut site, external), "Load balancers are not supported with EXTERNAL launch type.");
}

const EXECUTION: &str = "arn:aws:iam::123456789012:role/execution";

impl Site {
    /// The execution role, which that service may assume.
    fn role(&mut self, service: &str) {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
        let input = json!({"RoleName": "execution", "AssumeRolePolicyDocument": trust.to_string()});
        self.lab.call("iam", "CreateRole", input);
    }

    fn permit(&mut self) {
        let arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
        self.lab.call("iam", "AttachRolePolicy", json!({"RoleName": "execution", "PolicyArn": arn}));
    }

    /// Containers of a family with an execution role.
    fn define_with_role(&mut self, container: &Value) {
        let input = json!({"family": "f", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
            "cpu": "256", "memory": "512", "executionRoleArn": EXECUTION, "containerDefinitions": [container]});
        self.lab.ecs("RegisterTaskDefinition", input);
    }

    /// The stopped reason of the task that was started last, after a while.
    fn fails(&mut self) -> String {
        let order = self.order(1, &json!({}));
        self.lab.ecs("CreateService", order);
        self.lab.advance(60);
        let stopped = self.lab.tasks("STOPPED");
        assert_eq!(stopped[0]["stopCode"], "TaskFailedToStart");
        text(&stopped[0]["stoppedReason"])
    }
}

fn logged() -> Value {
    let mut container = page();
    container["logConfiguration"] = json!({"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web",
        "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}});
    container
}

#[test]
fn a_log_group_has_to_be_there_and_the_execution_role_has_to_write_to_it() {
    let mut site = Site::new(&page());
    site.role("ecs-tasks.amazonaws.com");
    site.define_with_role(&logged());
    let why = site.fails();
    assert!(
        why.starts_with("ResourceInitializationError: failed to validate logger args: create stream"),
        "{why}"
    );
    assert!(
        why.contains("AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/execution/"),
        "{why}"
    );
    assert!(why.contains("logs:CreateLogStream"), "{why}");
    site.permit();
    site.lab.advance(120);
    let why = site.lab.tasks("STOPPED").iter().map(|task| text(&task["stoppedReason"])).collect::<String>();
    assert!(why.contains("ResourceNotFoundException: The specified log group does not exist."), "{why}");
    site.lab.call("logs", "CreateLogGroup", json!({"logGroupName": "/ecs/web"}));
    site.lab.settle();
    assert!(site.lab.events()[0].ends_with("has reached a steady state."), "{:?}", site.lab.events());
    let streams = site.lab.call("logs", "DescribeLogStreams", json!({"logGroupName": "/ecs/web"}));
    let task = last(&site.lab.tasks("RUNNING")[0]["taskArn"]);
    assert_eq!(streams["logStreams"][0]["logStreamName"], format!("web/web/{task}"));
}

#[test]
fn a_role_that_tasks_may_not_assume_is_told_by_task_and_service() {
    let mut site = Site::new(&page());
    site.role("ec2.amazonaws.com");
    site.define_with_role(&page());
    let why = site.fails();
    assert!(why.starts_with(&format!(
        "ECS was unable to assume the role '{EXECUTION}' that was provided for this task."
    )));
    let event = format!("(service s) failed to launch a task with (error {why}).");
    assert!(site.lab.events().contains(&event), "{:?}", site.lab.events());
}

#[test]
fn secrets_become_variables_or_keep_the_task_from_starting() {
    let mut site = Site::new(&page());
    site.role("ecs-tasks.amazonaws.com");
    site.permit();
    let mut container = page();
    container["secrets"] = json!([{"name": "PASSWORD", "valueFrom": "/shop/password"}]);
    site.define_with_role(&container);
    let why = site.fails();
    assert!(
        why.contains("unable to retrieve secrets from ssm") && why.contains("AccessDeniedException"),
        "{why}"
    );
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameters",
        "Resource": "arn:aws:ssm:us-east-1:123456789012:parameter/shop/*"}]});
    let put = json!({"RoleName": "execution", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    site.lab.call("iam", "PutRolePolicy", put);
    site.lab.advance(120);
    let why = site.lab.tasks("STOPPED").iter().map(|task| text(&task["stoppedReason"])).collect::<String>();
    assert!(why.contains("invalid parameters: /shop/password"), "{why}");
    let input = json!({"Name": "/shop/password", "Value": "hunter2", "Type": "SecureString"});
    site.lab.call("ssm", "PutParameter", input);
    site.lab.settle();
    assert_eq!(site.lab.look()["runningCount"], 1, "{:?}", site.lab.events());
    let world = &site.lab.world.regions["us-east-1"].ecs.clusters["c"];
    let task = world.tasks.values().find(|task| task.started_at.is_some()).unwrap();
    assert_eq!(task.containers[0].secrets["PASSWORD"].0, "hunter2");
}

#[test]
fn what_a_container_says_is_in_its_log_stream() {
    let mut site = Site::new(&page());
    site.role("ecs-tasks.amazonaws.com");
    site.permit();
    site.lab.call("logs", "CreateLogGroup", json!({"logGroupName": "/ecs/web"}));
    let mut container = logged();
    container["image"] = "busybox".into();
    container["entryPoint"] = json!(["sh", "-c"]);
    container["command"] = json!(["echo hello; echo here is $(hostname -i); sleep 9999"]);
    site.define_with_role(&container);
    let order = site.order(1, &json!({}));
    site.lab.ecs("CreateService", order);
    site.lab.advance(60);
    let said = site.lab.call("logs", "FilterLogEvents", json!({"logGroupName": "/ecs/web"}));
    let said: Vec<String> = said["events"].as_array().unwrap().iter().map(|e| text(&e["message"])).collect();
    assert_eq!(said[0], "hello", "{said:?}");
    assert!(said[1].starts_with("here is 172.31."), "{said:?}");
}
