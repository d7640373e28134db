#!/usr/bin/env python3
"""What follows from what a student does, row by row of the design's table: hosts that do not join, tasks that do not fit,
do not start, end and are replaced, deployments at every moment, and what IAM says. What reaches what is in reaching.py.

Environment: see cloud.py. Signatures need not be verified, but may.
"""

from cloud import (
    EXECUTION_POLICY,
    INSTANCE_POLICY,
    REGION,
    advance,
    allow,
    boto3,
    client,
    container,
    default_subnets,
    define,
    define_fargate,
    document,
    ec2,
    ecs,
    events,
    hosts,
    iam,
    network,
    profile,
    refused,
    role,
    security_group,
    service,
    sts,
    tasks,
    user_data,
)

logs, secrets = client("logs"), client("secretsmanager")
SEE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
TROUBLE = "was unable to place a task because no container instance met all of its requirements."


def joined(cluster):
    return ecs.describe_clusters(clusters=[cluster])["clusters"][0]["registeredContainerInstancesCount"]


def console(instance):
    return ec2.get_console_output(InstanceId=instance)["Output"]


def hosts_that_do_not_join():
    ecs.create_cluster(clusterName="joining")
    may, may_not = profile("joining", INSTANCE_POLICY), profile("joining-nothing")
    iam.put_role_policy(
        RoleName="joining-nothing", PolicyName="little", PolicyDocument=document(allow("ecs:DiscoverPollEndpoint"))
    )
    right = user_data("joining")
    with refused("InvalidAMIID.NotFound", "The image id '[ami-0123456789abcdef0]' does not exist"):
        hosts(1, ImageId="ami-0123456789abcdef0")
    without_name = hosts(1, IamInstanceProfile=may)[0]
    other_name = hosts(1, IamInstanceProfile=may, UserData=user_data("joinning"))[0]
    no_role = hosts(1, UserData=right)[0]
    weak_role = hosts(1, IamInstanceProfile=may_not, UserData=right)[0]
    subnet = default_subnets()[0]["SubnetId"]
    no_address = [{"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": False}]
    no_route = hosts(1, IamInstanceProfile=may, UserData=right, NetworkInterfaces=no_address)[0]
    advance(300)
    assert joined("joining") == 0
    states = ec2.describe_instances(InstanceIds=[without_name, other_name, no_role, weak_role, no_route])
    assert {one["State"]["Name"] for r in states["Reservations"] for one in r["Instances"]} == {"running"}
    # The agent without a name made the cluster "default", as it may, and joined that.
    assert joined("default") == 1
    assert "ClientException: Cluster not found." in console(other_name), console(other_name)
    assert "no EC2 instance role found" in console(no_role)
    account = sts.get_caller_identity()["Account"]
    assert (
        f"User: arn:aws:sts::{account}:assumed-role/joining-nothing/{weak_role} is not authorized to perform: "
        f"ecs:RegisterContainerInstance on resource: arn:aws:ecs:{REGION}:{account}:cluster/joining because no "
        "identity-based policy allows the ecs:RegisterContainerInstance action"
    ) in console(weak_role), console(weak_role)
    assert f"https://ecs.{REGION}.amazonaws.com/" in console(no_route) and "i/o timeout" in console(no_route)
    # Each joins soon after its obstacle is gone.
    iam.attach_role_policy(RoleName="joining-nothing", PolicyArn=INSTANCE_POLICY)
    ecs.create_cluster(clusterName="joinning")
    advance(60)
    assert joined("joining") == 1 and joined("joinning") == 1
    ec2.terminate_instances(InstanceIds=[without_name, other_name, no_role, weak_role, no_route])
    advance(120)
    assert joined("joining") == joined("joinning") == joined("default") == 0


def tasks_that_do_not_fit():
    ecs.create_cluster(clusterName="placing")
    web = define("placing-web", container("nginx", memory=64, portMappings=[{"containerPort": 80, "hostPort": 80}]))
    huge = define("placing-huge", container("nginx", memory=61_440))
    busy = define("placing-busy", container("nginx", memory=64, cpu=8_192))
    with refused("InvalidParameterException", "No Container Instances were found in your cluster."):
        ecs.run_task(cluster="placing", taskDefinition=web)
    ecs.create_service(cluster="placing", serviceName="web", taskDefinition=web, desiredCount=3)
    advance(60)
    said = events("placing", "web")
    assert said[0] == f"(service web) {TROUBLE} Reason: No Container Instances were found in your cluster. {SEE}", said
    ids = hosts(2, IamInstanceProfile=profile("placing", INSTANCE_POLICY), UserData=user_data("placing"))
    advance(300)
    assert (service("placing", "web")["runningCount"], service("placing", "web")["pendingCount"]) == (2, 0)
    machines = {arn.rsplit("/", 1)[1] for arn in ecs.list_container_instances(cluster="placing")["containerInstanceArns"]}
    said = events("placing", "web")
    wanted = {
        f"(service web) {TROUBLE} The closest matching (container-instance {one}) is already using a port required by "
        f"your task. {SEE}"
        for one in machines
    }
    assert wanted & set(said), said
    assert len([one for one in said if "is already using a port" in one]) <= 2, "once per start"
    for definition, reason in ((web, "RESOURCE:PORTS"), (huge, "RESOURCE:MEMORY"), (busy, "RESOURCE:CPU")):
        answer = ecs.run_task(cluster="placing", taskDefinition=definition)
        assert not answer["tasks"] and {one["reason"] for one in answer["failures"]} == {reason}, answer
        assert {one["arn"].rsplit("/", 1)[1] for one in answer["failures"]} == machines
    for definition, words in ((huge, "has insufficient memory available."), (busy, "has insufficient CPU units available.")):
        name = definition.rsplit("-", 1)[1].split(":")[0]
        ecs.create_service(cluster="placing", serviceName=name, taskDefinition=definition, desiredCount=1)
        advance(30)
        assert words in events("placing", name)[0], events("placing", name)
        ecs.delete_service(cluster="placing", service=name, force=True)
    ecs.delete_service(cluster="placing", service="web", force=True)
    ec2.terminate_instances(InstanceIds=ids)
    advance(120)


class Fargate:
    """A cluster, and subnets and groups in the default VPC."""

    def __init__(self, name, *ports):
        subnets = default_subnets()
        self.cluster, self.vpc = name, subnets[0]["VpcId"]
        self.subnets = [subnet["SubnetId"] for subnet in subnets[:2]]
        self.group = security_group(name, self.vpc, *ports)
        ecs.create_cluster(clusterName=name)

    def run(self, definition, public="ENABLED", seconds=300, **more):
        """Runs one task, lets time pass, and looks at it."""
        where = network(self.subnets[:1], [self.group], public)
        answer = ecs.run_task(
            cluster=self.cluster, taskDefinition=definition, launchType="FARGATE", networkConfiguration=where, **more
        )
        assert not answer["failures"], answer
        advance(seconds)
        return tasks(self.cluster, [answer["tasks"][0]["taskArn"]])[0]

    def fails(self, definition, *reasons, code="TaskFailedToStart", **more):
        task = self.run(definition, **more)
        assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", code), task
        for reason in reasons:
            assert reason in task["stoppedReason"], task["stoppedReason"]
        return task


def tasks_that_do_not_start():
    here = Fargate("starting")
    account = sts.get_caller_identity()["Account"]
    execution = role("starting-execution", "ecs-tasks.amazonaws.com", EXECUTION_POLICY)
    missing = define_fargate("starting", container("nosuch/image"))
    here.fails(missing, "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/nosuch/image:latest", "pull access denied")
    tag = define_fargate("starting", container("nginx:latset"))
    here.fails(tag, "docker.io/library/nginx:latset: not found")
    good = define_fargate("starting", container("nginx"))
    here.fails(good, "CannotPullContainerError", "registry-1.docker.io", "i/o timeout", public="DISABLED")
    ecr = f"{account}.dkr.ecr.{REGION}.amazonaws.com/shop/web:1"
    private = define_fargate("starting", container(ecr), executionRoleArn=execution)
    here.fails(private, "ResourceInitializationError: unable to pull secrets or registry auth:", "connection issue between the task and Amazon ECR", public="DISABLED")
    here.fails(private, f"{ecr}: not found")
    with refused("ClientException", "Fargate requires task definition to have execution role ARN to support ECR images."):
        define_fargate("starting", container(ecr))

    options = {"awslogs-group": "/starting", "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}
    driver = {"logDriver": "awslogs", "options": options}
    with refused("ClientException", "Fargate requires task definition to have execution role ARN to support log driver awslogs."):
        define_fargate("starting", container("nginx", logConfiguration=driver))
    logging = define_fargate("starting", container("nginx", logConfiguration=driver), executionRoleArn=execution)
    here.fails(
        logging,
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to "
        "create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
    )
    logs.create_log_group(logGroupName="/starting")
    task = here.run(logging)
    assert task["lastStatus"] == "RUNNING", task
    stream = f"ecs/main/{task['taskArn'].rsplit('/', 1)[1]}"
    said = logs.get_log_events(logGroupName="/starting", logStreamName=stream)["events"]
    assert any("start worker processes" in one["message"] for one in said), said
    ecs.stop_task(cluster="starting", task=task["taskArn"])

    secret = secrets.create_secret(Name="starting", SecretString="swordfish")["ARN"]
    asks = define_fargate(
        "starting", container("nginx", secrets=[{"name": "WORD", "valueFrom": secret}]), executionRoleArn=execution
    )
    here.fails(
        asks,
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable "
        "to retrieve secret from asm: service call has been retried 1 time(s):",
        "AccessDeniedException",
        f"is not authorized to perform: secretsmanager:GetSecretValue on resource: {secret} because no identity-based "
        "policy allows the secretsmanager:GetSecretValue action",
    )
    iam.put_role_policy(
        RoleName="starting-execution",
        PolicyName="word",
        PolicyDocument=document(allow("secretsmanager:GetSecretValue", secret)),
    )
    task = here.run(asks)
    assert task["lastStatus"] == "RUNNING", task
    secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    here.fails(asks, "ResourceNotFoundException: Secrets Manager can't find the specified secret.")
    wrong = role("starting-wrong", "ec2.amazonaws.com", EXECUTION_POLICY)
    distrusted = define_fargate("starting", container("nginx", logConfiguration=driver), executionRoleArn=wrong)
    with refused("ClientException", f"ECS was unable to assume the role '{wrong}' that was provided for this task."):
        here.run(distrusted)

    # A service goes on trying, ever more slowly, and says so.
    ecs.create_service(
        cluster="starting", serviceName="web", taskDefinition=missing, desiredCount=1, launchType="FARGATE",
        networkConfiguration=network(here.subnets, [here.group]),
    )
    advance(3_600)
    said = events("starting", "web")
    assert f"(service web) is unable to consistently start tasks successfully. {SEE}" in said, said
    first = service("starting", "web")["deployments"][0]["failedTasks"]
    advance(3_600)
    second = service("starting", "web")["deployments"][0]["failedTasks"]
    assert 0 < second - first <= 6, (first, second)
    ecs.delete_service(cluster="starting", service="web", force=True)


def tasks_that_end():
    here = Fargate("ending")
    shell = {"entryPoint": ["sh", "-c"]}
    ends = define_fargate("ending", container("busybox", command=["sleep 5; exit 3"], **shell))
    task = here.fails(ends, "Essential container in task exited", code="EssentialContainerExited")
    assert task["containers"][0]["exitCode"] == 3, task
    hungry = container("polinux/stress", command=["stress", "--vm", "1", "--vm-bytes", "256M"], memory=128)
    task = here.fails(define_fargate("ending", hungry), "Essential container in task exited", code="EssentialContainerExited")
    killed = task["containers"][0]
    assert killed["exitCode"] == 137, killed
    assert killed["reason"] == "OutOfMemoryError: Container killed due to memory usage", killed
    nothing = here.fails(define_fargate("ending", container("nginx", command=["nosuch"])), code="TaskFailedToStart")
    assert "CannotStartContainerError" in nothing["containers"][0]["reason"], nothing
    assert 'exec: "nosuch": executable file not found in $PATH' in nothing["containers"][0]["reason"], nothing
    helper = container("busybox", "helper", essential=False, command=["exit 0"], **shell)
    task = here.run(define_fargate("ending", container("nginx"), helper))
    states = {one["name"]: (one["lastStatus"], one.get("exitCode")) for one in task["containers"]}
    assert states == {"main": ("RUNNING", None), "helper": ("STOPPED", 0)}, states
    ecs.stop_task(cluster="ending", task=task["taskArn"], reason="enough of it")
    advance(120)
    task = tasks("ending", [task["taskArn"]])[0]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough of it"), task

    # A service replaces what ends and what is not healthy.
    check = {"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "interval": 10, "retries": 2}
    well = define_fargate("ending", container("nginx", healthCheck=check))
    sick = define_fargate("ending", container("nginx", healthCheck={**check, "command": ["CMD-SHELL", "exit 1"]}))
    task = here.run(sick, seconds=90)
    assert task["lastStatus"] == "RUNNING" and task["healthStatus"] == "UNHEALTHY", "nobody replaces a single task"
    where = {"launchType": "FARGATE", "networkConfiguration": network(here.subnets, [here.group])}
    ecs.create_service(cluster="ending", serviceName="web", taskDefinition=well, desiredCount=1, **where)
    advance(180)
    arn = ecs.list_tasks(cluster="ending", serviceName="web")["taskArns"][0]
    assert tasks("ending", [arn])[0]["healthStatus"] == "HEALTHY"
    ecs.stop_task(cluster="ending", task=arn)
    advance(120)
    new = ecs.list_tasks(cluster="ending", serviceName="web")["taskArns"]
    assert len(new) == 1 and arn not in new, new
    ecs.update_service(cluster="ending", service="web", taskDefinition=sick)
    advance(300)
    said = events("ending", "web")
    assert any("failed container health checks." in one for one in said), said
    stopped = ecs.list_tasks(cluster="ending", serviceName="web", desiredStatus="STOPPED")["taskArns"]
    found = [one for one in tasks("ending", stopped) if one["stoppedReason"] == "Task failed container health checks"]
    assert found and found[0]["stopCode"] == "ServiceSchedulerInitiated", found
    ecs.delete_service(cluster="ending", service="web", force=True)


def deployments_at_every_moment():
    here = Fargate("rolling")
    old, new = define_fargate("rolling", container("nginx")), define_fargate("rolling", container("httpd"))
    bad = define_fargate("rolling", container("nosuch/image"))
    where = {"launchType": "FARGATE", "networkConfiguration": network(here.subnets, [here.group])}
    for low, high, wanted in ((50, 100, 4), (100, 150, 4), (100, 200, 3), (0, 100, 2)):
        name = f"web-{low}-{high}"
        bounds = {"minimumHealthyPercent": low, "maximumPercent": high}
        ecs.create_service(
            cluster="rolling", serviceName=name, taskDefinition=old, desiredCount=wanted,
            deploymentConfiguration=bounds, **where,
        )
        first = service("rolling", name)["deployments"][0]
        assert (first["status"], first["rolloutState"]) == ("PRIMARY", "IN_PROGRESS"), first
        assert first["rolloutStateReason"] == f"ECS deployment {first['id']} in progress.", first
        advance(180)
        first = service("rolling", name)["deployments"][0]
        assert (first["runningCount"], first["rolloutState"]) == (wanted, "COMPLETED"), first
        assert first["rolloutStateReason"] == f"ECS deployment {first['id']} completed.", first
        ecs.update_service(cluster="rolling", service=name, taskDefinition=new)
        for _ in range(120):
            now = service("rolling", name)
            both = now["deployments"]
            running, pending = (sum(one[what] for one in both) for what in ("runningCount", "pendingCount"))
            assert (running, pending) == (now["runningCount"], now["pendingCount"]), now
            assert running >= -(-wanted * low // 100), (name, both)
            assert running + pending <= wanted * high // 100, (name, both)
            assert [one["status"] for one in both] in (["PRIMARY", "ACTIVE"], ["PRIMARY"]), both
            assert (both[0]["rolloutState"] == "COMPLETED") == (len(both) == 1), both
            advance(3)
        assert service("rolling", name)["deployments"][0]["taskDefinition"] == new
        assert events("rolling", name)[0] == f"(service {name}) has reached a steady state."
        ecs.delete_service(cluster="rolling", service=name, force=True)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    ecs.create_service(
        cluster="rolling", serviceName="web", taskDefinition=bad, desiredCount=2, deploymentConfiguration=breaker, **where
    )
    advance(1_800)
    only = service("rolling", "web")["deployments"][0]
    assert only["rolloutState"] == "FAILED" and only["failedTasks"] in (3, 4), only
    assert only["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start.", only
    failed = f"(service web) (deployment {only['id']}) deployment failed: tasks failed to start."
    assert failed in events("rolling", "web"), events("rolling", "web")
    advance(3_600)
    again = service("rolling", "web")["deployments"][0]
    assert again["failedTasks"] == only["failedTasks"], "it has given up"
    ecs.delete_service(cluster="rolling", service="web", force=True)


def what_iam_says():
    account = sts.get_caller_identity()["Account"]
    task_role = role("saying-task", "ecs-tasks.amazonaws.com")
    iam.create_user(UserName="saying")
    key = iam.create_access_key(UserName="saying")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    user = f"User: arn:aws:iam::{account}:user/saying is not authorized to perform:"
    arn = f"arn:aws:ecs:{REGION}:{account}"

    def no(service, code, action, on, call, **arguments):
        with refused(code, f"{user} {action} on resource: {on} because no identity-based policy allows the {action} action"):
            getattr(client(service, session), call)(**arguments)

    json_code, query_code = "AccessDeniedException", "AccessDenied"
    no("ecs", json_code, "ecs:CreateCluster", f"{arn}:cluster/new", "create_cluster", clusterName="new")
    no("ecs", json_code, "ecs:ListClusters", "*", "list_clusters")
    no("ecs", json_code, "ecs:RunTask", f"{arn}:task-definition/a:1", "run_task", cluster="c", taskDefinition="a:1")
    no("iam", query_code, "iam:CreateRole", f"arn:aws:iam::{account}:role/r", "create_role", RoleName="r", AssumeRolePolicyDocument="{}")
    no("logs", json_code, "logs:CreateLogGroup", f"arn:aws:logs:{REGION}:{account}:log-group:/x:log-stream:", "create_log_group", logGroupName="/x")
    no("elbv2", query_code, "elasticloadbalancing:DescribeLoadBalancers", "*", "describe_load_balancers")
    no("autoscaling", query_code, "autoscaling:DescribeAutoScalingGroups", "*", "describe_auto_scaling_groups")
    secret = secrets.create_secret(Name="saying", SecretString="x")["ARN"]
    no("secretsmanager", json_code, "secretsmanager:GetSecretValue", secret, "get_secret_value", SecretId="saying")
    no("cloudwatch", query_code, "cloudwatch:ListMetrics", "*", "list_metrics")
    no("efs", json_code, "elasticfilesystem:DescribeFileSystems", f"arn:aws:elasticfilesystem:{REGION}:{account}:file-system/*", "describe_file_systems")
    no("ssm", json_code, "ssm:GetParameter", f"arn:aws:ssm:{REGION}:{account}:parameter/x", "get_parameter", Name="x")
    with refused("UnauthorizedOperation", f"You are not authorized to perform this operation. {user} ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action"):
        client("ec2", session).describe_vpcs()
    iam.put_user_policy(UserName="saying", PolicyName="ecs", PolicyDocument=document(allow("ecs:*")))
    with refused(json_code, f"{user} iam:PassRole on resource: {task_role} because no identity-based policy allows the iam:PassRole action"):
        client("ecs", session).register_task_definition(
            family="saying", taskRoleArn=task_role, containerDefinitions=[container("nginx", memory=64)]
        )
    iam.put_user_policy(
        UserName="saying",
        PolicyName="no",
        PolicyDocument=document({"Effect": "Deny", "Action": "ecs:CreateCluster", "Resource": "*"}),
    )
    with refused(json_code, f"{user} ecs:CreateCluster on resource: {arn}:cluster/new with an explicit deny in an identity-based policy"):
        client("ecs", session).create_cluster(clusterName="new")
    for policy in ("ecs", "no"):
        iam.delete_user_policy(UserName="saying", PolicyName=policy)
    iam.delete_access_key(UserName="saying", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="saying")


def main():
    hosts_that_do_not_join()
    tasks_that_do_not_fit()
    tasks_that_do_not_start()
    tasks_that_end()
    deployments_at_every_moment()
    what_iam_says()
    print("consequences: all as expected")


if __name__ == "__main__":
    main()
