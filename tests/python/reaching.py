#!/usr/bin/env python3
"""What reaches what: closed security groups, missing routes, private subnets; target groups of the wrong type, with the
wrong health path, or closed to their load balancer; and what the load balancer answers then.

Environment: see cloud.py.
"""

from cloud import (
    INSTANCE_POLICY,
    address,
    advance,
    client,
    container,
    default_subnets,
    define,
    define_fargate,
    ec2,
    ecs,
    events,
    hosts,
    network,
    profile,
    refused,
    security_group,
    service,
    tasks,
    user_data,
    visit,
)

elb = client("elbv2")
PAGE = "Welcome to nginx!"


def run(cluster, definition, subnet, group, public="ENABLED", seconds=90):
    where = network([subnet], [group], public)
    made = ecs.run_task(
        cluster=cluster, taskDefinition=definition, launchType="FARGATE", networkConfiguration=where
    )
    advance(seconds)
    return tasks(cluster, [made["tasks"][0]["taskArn"]])[0]


def answered(host, path="/", **more):
    status, _, body = visit(host, path, **more)
    return status, body


def a_task_in_a_network_of_its_own():
    """Gateway, route, group: each missing hop shuts the visitor out, each repair lets him in."""
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    group = security_group("hops", vpc)
    ecs.create_cluster(clusterName="hops")
    web = define_fargate("hops", container("nginx", portMappings=[{"containerPort": 80}]))
    task = run("hops", web, subnet, group)
    private, public = address(task)
    assert private.startswith("10.7.1.") and public
    rule = {"GroupId": group, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}
    status, why = answered(public)
    assert status == 599 and why == "timed-out", why
    ec2.authorize_security_group_ingress(**rule)
    assert PAGE in answered(public)[1]
    assert answered(f"{public}:81")[0] == 599
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    status, why = answered(public)
    assert status == 599 and why == "timed-out", why
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    assert PAGE in answered(public)[1]
    task = ecs.stop_task(cluster="hops", task=task["taskArn"])
    advance(60)
    assert answered(public)[0] == 599
    # A private subnet: no image comes, until there is a NAT gateway; and nobody gets in from outside.
    inner = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.2.0/24")["Subnet"]["SubnetId"]
    own = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=own, SubnetId=inner)
    task = run("hops", web, inner, group, "DISABLED", 300)
    assert task["stopCode"] == "TaskFailedToStart" and "i/o timeout" in task["stoppedReason"], task
    task = run("hops", web, inner, group, "ENABLED", 300)
    assert task["stopCode"] == "TaskFailedToStart", "a public address without a route to a gateway is of no use"
    eip = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=eip)["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=own, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    advance(180)
    task = run("hops", web, inner, group, "DISABLED")
    assert task["lastStatus"] == "RUNNING", task
    assert address(task)[1] is None


def nobody_listens():
    subnet = default_subnets()[0]
    group = security_group("ports", subnet["VpcId"], 80, 8080)
    ecs.create_cluster(clusterName="ports")
    web = define_fargate("ports", container("nginx", portMappings=[{"containerPort": 8080}]))
    public = address(run("ports", web, subnet["SubnetId"], group))[1]
    status, why = answered(f"{public}:8080")
    assert status == 599 and why == "refused", why
    assert PAGE in answered(public)[1], "a port mapping is no firewall for a task with its own interface"


class Site:
    """An application load balancer in the default VPC, one target group, and a Fargate task behind it."""

    def __init__(self, name, ports=(80,), **group):
        subnets = default_subnets()
        self.name, self.vpc, self.subnets = name, subnets[0]["VpcId"], [one["SubnetId"] for one in subnets[:2]]
        self.front = security_group(f"{name}-front", self.vpc, 80)
        self.back = security_group(f"{name}-back", self.vpc, *ports, source=self.front)
        made = elb.create_load_balancer(Name=name, Subnets=self.subnets, SecurityGroups=[self.front])
        balancer = made["LoadBalancers"][0]
        assert balancer["State"]["Code"] == "provisioning", balancer
        self.arn, self.host = balancer["LoadBalancerArn"], balancer["DNSName"]
        arguments = {"Name": name, "Protocol": "HTTP", "Port": 80, "VpcId": self.vpc, "TargetType": "ip", **group}
        self.group = elb.create_target_group(**arguments)["TargetGroups"][0]["TargetGroupArn"]
        action = {"Type": "forward", "TargetGroupArn": self.group}
        made = elb.create_listener(LoadBalancerArn=self.arn, Protocol="HTTP", Port=80, DefaultActions=[action])
        self.listener = made["Listeners"][0]["ListenerArn"]
        advance(300)
        assert elb.describe_load_balancers(Names=[name])["LoadBalancers"][0]["State"]["Code"] == "active"
        ecs.create_cluster(clusterName=name)

    def task(self, image="nginx", port=80):
        """A Fargate task registered by hand; its address."""
        web = define_fargate(self.name, container(image, portMappings=[{"containerPort": port}]))
        self.ip = address(run(self.name, web, self.subnets[0], self.back))[0]
        elb.register_targets(TargetGroupArn=self.group, Targets=[{"Id": self.ip, "Port": port}])
        return self.ip

    def health(self, which=0):
        """State, reason and description of a target."""
        found = elb.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        health = found[which]["TargetHealth"]
        return health["State"], health.get("Reason"), health.get("Description")


def healthy_and_then_closed():
    site = Site("closing")
    assert answered(site.host)[0] == 503, "no targets"
    ip = site.task()
    assert site.health()[:2] == ("initial", "Elb.RegistrationInProgress"), site.health()
    advance(60)
    assert site.health() == ("healthy", None, None), site.health()
    assert PAGE in answered(site.host)[1]
    closed = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": site.front}]}
    ec2.revoke_security_group_ingress(GroupId=site.back, IpPermissions=[closed])
    assert answered(site.host)[0] == 504, "the target does not answer"
    advance(90)
    assert site.health() == ("unhealthy", "Target.Timeout", "Request timed out"), site.health()
    status, headers, body = visit(site.host)
    assert status == 504 and headers["server"] == "awselb/2.0" and "<h1>504 Gateway Time-out</h1>" in body, body
    ec2.authorize_security_group_ingress(GroupId=site.back, IpPermissions=[closed])
    advance(200)
    assert site.health()[0] == "healthy"
    elb.deregister_targets(TargetGroupArn=site.group, Targets=[{"Id": ip, "Port": 80}])
    assert site.health() == (
        "draining",
        "Target.DeregistrationInProgress",
        "Target deregistration is in progress",
    ), site.health()
    assert answered(site.host)[0] == 503
    advance(310)
    assert not elb.describe_target_health(TargetGroupArn=site.group)["TargetHealthDescriptions"]
    ec2.revoke_security_group_ingress(
        GroupId=site.front, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    status, why = answered(site.host)
    assert status == 599 and why == "timed-out", why


def wrong_path_port_and_code():
    site = Site("checking", HealthCheckPath="/nosuch.html")
    site.task()
    advance(120)
    assert site.health() == ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]")
    assert PAGE in answered(site.host)[1], "when all are unhealthy the load balancer fails open"
    elb.modify_target_group(TargetGroupArn=site.group, HealthCheckPath="/")
    advance(200)
    assert site.health()[0] == "healthy", site.health()
    elb.modify_target_group(TargetGroupArn=site.group, Matcher={"HttpCode": "201-204"})
    advance(120)
    assert site.health()[2] == "Health checks failed with these codes: [200]", site.health()
    other = Site("refusing", ports=(81,))
    other.task(port=81)
    advance(120)
    assert other.health()[:2] == ("unhealthy", "Target.FailedHealthChecks"), other.health()
    assert answered(other.host)[0] == 502, "the target refuses"


def of_the_wrong_type():
    site = Site("typed", TargetType="instance")
    with refused("ValidationError", "Instance ID '10.0.0.9' is not valid"):
        elb.register_targets(TargetGroupArn=site.group, Targets=[{"Id": "10.0.0.9"}])
    web = define_fargate("typed", container("nginx", portMappings=[{"containerPort": 80}]))
    with refused(
        "InvalidParameterException",
        f"The provided target group {site.group} has target type instance, which is incompatible with the awsvpc "
        "network mode specified in the task definition.",
    ):
        ecs.create_service(
            cluster="typed", serviceName="web", taskDefinition=web, desiredCount=1, launchType="FARGATE",
            networkConfiguration=network(site.subnets, [site.back]),
            loadBalancers=[{"targetGroupArn": site.group, "containerName": "main", "containerPort": 80}],
        )
    loose = elb.create_target_group(Name="loose", Protocol="HTTP", Port=80, VpcId=site.vpc, TargetType="ip")
    with refused(
        "InvalidParameterException",
        f"The target group with targetGroupArn {loose['TargetGroups'][0]['TargetGroupArn']} does not have an associated "
        "load balancer.",
    ):
        ecs.create_service(
            cluster="typed", serviceName="web", taskDefinition=web, desiredCount=1, launchType="FARGATE",
            networkConfiguration=network(site.subnets, [site.back]),
            loadBalancers=[
                {"targetGroupArn": loose["TargetGroups"][0]["TargetGroupArn"], "containerName": "main", "containerPort": 80}
            ],
        )


def services_behind_it():
    """Tasks on container instances with dynamic ports; ECS replaces those that the load balancer finds unhealthy."""
    site = Site("behind", TargetType="instance")
    machines = security_group("behind-hosts", site.vpc)
    everything = {"IpProtocol": "tcp", "FromPort": 32768, "ToPort": 65535, "UserIdGroupPairs": [{"GroupId": site.front}]}
    ec2.authorize_security_group_ingress(GroupId=machines, IpPermissions=[everything])
    hosts(
        2, IamInstanceProfile=profile("behind", INSTANCE_POLICY), UserData=user_data("behind"),
        SecurityGroupIds=[machines], SubnetId=site.subnets[0],
    )
    advance(240)
    web = define("behind", container("nginx", memory=64, portMappings=[{"containerPort": 80}]))
    balanced = [{"targetGroupArn": site.group, "containerName": "main", "containerPort": 80}]
    ecs.create_service(
        cluster="behind", serviceName="web", taskDefinition=web, desiredCount=4, loadBalancers=balanced
    )
    advance(240)
    found = elb.describe_target_health(TargetGroupArn=site.group)["TargetHealthDescriptions"]
    assert [one["TargetHealth"]["State"] for one in found] == ["healthy"] * 4, found
    assert all(one["Target"]["Port"] >= 32768 for one in found)
    said = events("behind", "web")
    assert said[0] == "(service web) has reached a steady state."
    assert f"(service web) registered 4 targets in (target-group {site.group})" in said or any("registered" in one for one in said)
    assert PAGE in answered(site.host)[1]
    elb.modify_target_group(TargetGroupArn=site.group, HealthCheckPath="/nosuch.html")
    advance(240)
    said = events("behind", "web")
    wanted = f"is unhealthy in (target-group {site.group}) due to (reason Health checks failed with these codes: [404])."
    assert any(wanted in one for one in said), said
    stopped = tasks("behind", ecs.list_tasks(cluster="behind", desiredStatus="STOPPED")["taskArns"])
    assert {one["stoppedReason"] for one in stopped} == {f"Task failed ELB health checks in (target-group {site.group})"}
    assert {one["stopCode"] for one in stopped} == {"ServiceSchedulerInitiated"}
    elb.modify_target_group(TargetGroupArn=site.group, HealthCheckPath="/")
    advance(900)
    assert service("behind", "web")["runningCount"] == 4
    assert events("behind", "web")[0] == "(service web) has reached a steady state."
    ecs.delete_service(cluster="behind", service="web", force=True)
    advance(30)
    assert answered(site.host)[0] == 503, "all are draining"


def redirects_rules_and_weights():
    site = Site("ruling")
    site.task()
    advance(60)
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    made = elb.create_rule(
        ListenerArn=site.listener, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/secure/*"]}],
        Actions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )["Rules"][0]
    status, headers, body = visit(site.host, "/secure/a?b=c")
    assert status == 301 and headers["location"] == f"https://{site.host}:443/secure/a?b=c", headers
    assert PAGE in answered(site.host)[1]
    with refused("PriorityInUse", "Priority '10' is currently in use"):
        elb.create_rule(
            ListenerArn=site.listener, Priority=10, Conditions=made["Conditions"][:1] and [{"Field": "host-header", "Values": ["a.b"]}],
            Actions=[{"Type": "redirect", "RedirectConfig": redirect}],
        )
    fixed = {"StatusCode": "418", "MessageBody": "short and stout", "ContentType": "text/plain"}
    elb.modify_rule(RuleArn=made["RuleArn"], Actions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}])
    assert answered(site.host, "/secure/") == (418, "short and stout")
    empty = elb.create_target_group(Name="ruling-empty", Protocol="HTTP", Port=80, VpcId=site.vpc, TargetType="ip")
    both = [
        {"TargetGroupArn": site.group, "Weight": 3},
        {"TargetGroupArn": empty["TargetGroups"][0]["TargetGroupArn"], "Weight": 1},
    ]
    elb.modify_listener(
        ListenerArn=site.listener, DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": both}}]
    )
    got = [answered(site.host)[0] for _ in range(200)]
    assert set(got) == {200, 503} and 110 <= got.count(200) <= 185, got.count(200)
    with refused("ResourceInUse", f"Target group '{site.group}' is currently in use by a listener or a rule"):
        elb.delete_target_group(TargetGroupArn=site.group)


def main():
    a_task_in_a_network_of_its_own()
    nobody_listens()
    healthy_and_then_closed()
    wrong_path_port_and_code()
    of_the_wrong_type()
    services_behind_it()
    redirects_rules_and_weights()
    print("reaching: all as expected")


if __name__ == "__main__":
    main()
