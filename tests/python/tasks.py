#!/usr/bin/env python3
"""Tasks on EC2 and Fargate with boto3: their sizes, interfaces and addresses, the order of their containers, restarts, the
time they are given to stop, spot capacity, and what RunTask refuses.

Environment: see cloud.py.
"""

import datetime

from cloud import (
    INSTANCE_POLICY,
    REGION,
    address,
    advance,
    container,
    default_subnets,
    define,
    define_fargate,
    ec2,
    ecs,
    hosts,
    network,
    profile,
    refused,
    security_group,
    sts,
    tasks,
    user_data,
)

SHELL = {"entryPoint": ["sh", "-c"]}


class Here:
    cluster = "tasks"

    def __init__(self):
        self.subnet = default_subnets()[0]
        self.group = security_group("tasks", self.subnet["VpcId"], 80)
        ecs.create_cluster(clusterName=self.cluster)

    def order(self, definition, public="ENABLED", **more):
        where = network([self.subnet["SubnetId"]], [self.group], public)
        if "capacityProviderStrategy" not in more:
            more.setdefault("launchType", "FARGATE")
        return {"cluster": self.cluster, "taskDefinition": definition, "networkConfiguration": where, **more}

    def run(self, definition, seconds=90, **more):
        answer = ecs.run_task(**self.order(definition, **more))
        assert not answer["failures"], answer["failures"]
        advance(seconds)
        return self.look(answer["tasks"][0])

    def look(self, task):
        return tasks(self.cluster, [task["taskArn"]])[0]


def sizes():
    web = container("nginx")
    for cpu, memory in (("256", "512"), ("512", "4096"), ("1024", "2048"), ("4096", "30720"), ("16384", "122880")):
        define_fargate("sizes", web, cpu=cpu, memory=memory)
    for cpu, memory in ((".25 vCPU", "0.5 GB"), ("1 vCPU", "3GB"), ("2vcpu", "4 gb")):
        arn = define_fargate("sizes", web, cpu=cpu, memory=memory)
        seen = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        assert seen["cpu"].isdigit() and seen["memory"].isdigit(), (seen["cpu"], seen["memory"])
    wrong = "No Fargate configuration exists for given values"
    for cpu, memory in (("256", "4096"), ("512", "512"), ("1024", "1024"), ("4096", "4096"), ("16384", "40000"), ("300", "512")):
        with refused("ClientException", wrong):
            define_fargate("sizes", web, cpu=cpu, memory=memory)
    for cpu in ("many", "-1", "99999999999999999999"):
        with refused("ClientException", "Invalid 'cpu' setting for task."):
            define_fargate("sizes", web, cpu=cpu)
    with refused("ClientException", "Invalid 'memory' setting for task."):
        define_fargate("sizes", web, memory="lots")
    with refused("ClientException", "Fargate requires that 'cpu' be defined at the task level."):
        define("sizes", web, requiresCompatibilities=["FARGATE"], networkMode="awsvpc", memory="512")
    with refused("ClientException", "Fargate only supports network mode ‘awsvpc’."):
        define("sizes", web, requiresCompatibilities=["FARGATE"], networkMode="bridge", cpu="256", memory="512")
    with refused("ClientException", "Invalid setting for container 'main'. At least one of 'memory' or 'memoryReservation' must be specified."):
        define("sizes", web)
    with refused("ClientException", "When networkMode=awsvpc, the host ports and container ports in port mappings must match."):
        define_fargate("sizes", container("nginx", portMappings=[{"containerPort": 80, "hostPort": 8080}]))
    with refused("ClientException", "The 'memory' setting for container is greater than for the task."):
        define_fargate("sizes", container("nginx", memory=1024))


def on_fargate(here):
    account = sts.get_caller_identity()["Account"]
    web = define_fargate("tasks", container("nginx", portMappings=[{"containerPort": 80}]))
    answer = ecs.run_task(**here.order(web, count=2, startedBy="me", group="mine", tags=[{"key": "a", "value": "b"}]))
    first = answer["tasks"][0]
    assert len(answer["tasks"]) == 2 and (first["lastStatus"], first["desiredStatus"]) == ("PROVISIONING", "RUNNING")
    assert first["taskArn"].startswith(f"arn:aws:ecs:{REGION}:{account}:task/tasks/") and len(first["taskArn"].rsplit("/", 1)[1]) == 32
    assert (first["launchType"], first["startedBy"], first["group"]) == ("FARGATE", "me", "mine"), first
    assert (first["cpu"], first["memory"], first["platformVersion"]) == ("256", "512", "1.4.0"), first
    seen = [first["lastStatus"]]
    while seen[-1] != "RUNNING":
        advance(1)
        status = here.look(first)["lastStatus"]
        seen += [status] if status != seen[-1] else []
        assert len(seen) < 10
    assert seen == ["PROVISIONING", "PENDING", "RUNNING"], seen
    one = here.look(first)
    assert one["attachments"][0]["status"] == "ATTACHED" and one["connectivity"] == "CONNECTED", one
    assert one["createdAt"] < one["pullStartedAt"] < one["pullStoppedAt"] < one["startedAt"]
    private, public = address(one)
    assert public and private == one["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    listed = ecs.list_tasks(cluster="tasks", startedBy="me")["taskArns"]
    assert sorted(listed) == sorted(task["taskArn"] for task in answer["tasks"])
    assert not ecs.list_tasks(cluster="tasks", family="nosuch")["taskArns"]
    assert tasks("tasks", [one["taskArn"]])[0].get("tags") == [], "tags are shown when asked for"
    shown = ecs.describe_tasks(cluster="tasks", tasks=[one["taskArn"]], include=["TAGS"])["tasks"][0]
    assert shown["tags"] == [{"key": "a", "value": "b"}], shown
    missing = f"arn:aws:ecs:{REGION}:{account}:task/tasks/{'0' * 32}"
    assert ecs.describe_tasks(cluster="tasks", tasks=[missing])["failures"] == [{"arn": missing, "reason": "MISSING"}]
    private = here.run(web, public="DISABLED", seconds=10)
    assert address(private)[1] is None
    interface = {one["name"]: one["value"] for one in private["attachments"][0]["details"]}["networkInterfaceId"]
    with refused("InvalidParameterValue"):
        ec2.delete_network_interface(NetworkInterfaceId=interface)
    ecs.stop_task(cluster="tasks", task=private["taskArn"], reason="seen it")
    advance(60)
    with refused("InvalidNetworkInterfaceID.NotFound"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
    for task in answer["tasks"]:
        ecs.stop_task(cluster="tasks", task=task["taskArn"])


def refusals(here):
    web = define_fargate("tasks", container("nginx"))
    with refused("InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is specified."):
        ecs.run_task(cluster="tasks", taskDefinition=web, launchType="FARGATE")
    with refused("InvalidParameterException", "subnet-0123456789abcdef0"):
        ecs.run_task(
            cluster="tasks", taskDefinition=web, launchType="FARGATE",
            networkConfiguration=network(["subnet-0123456789abcdef0"], [here.group]),
        )
    with refused("InvalidParameterException", "Task count must be between 1 and 10."):
        ecs.run_task(**here.order(web, count=11))
    with refused("ClusterNotFoundException", "Cluster not found."):
        ecs.run_task(**{**here.order(web), "cluster": "nosuch"})
    with refused("ClientException", "TaskDefinition not found."):
        ecs.run_task(**here.order("nosuch"))
    with refused("InvalidParameterException", "Override for container named other is not a container in the TaskDefinition."):
        ecs.run_task(**here.order(web, overrides={"containerOverrides": [{"name": "other", "command": ["x"]}]}))
    bridge = define("tasks-bridge", container("nginx", memory=64))
    with refused("InvalidParameterException", "Task definition does not support launch_type FARGATE."):
        ecs.run_task(**here.order(bridge))
    with refused("InvalidParameterException", "Network Configuration is not valid for the given networkMode of this task definition."):
        ecs.run_task(**here.order(bridge, launchType="EC2"))
    with refused("InvalidParameterException"):
        ecs.run_task(**here.order(web, launchType="FARGATE", capacityProviderStrategy=[{"capacityProvider": "FARGATE"}]))
    with refused("InvalidParameterException", "The referenced task was not found."):
        ecs.stop_task(cluster="tasks", task="0" * 32)
    ecs.deregister_task_definition(taskDefinition=web)
    with refused("ClientException", "TaskDefinition is inactive"):
        ecs.run_task(**here.order(web))


def order_of_containers(here):
    check = {"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "interval": 10}
    story = define_fargate(
        "order",
        container("busybox", "migrate", essential=False, command=["sleep 20"], **SHELL),
        container("nginx", "web", dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}], healthCheck=check),
        container("busybox", "after", essential=False, command=["sleep 9999"], dependsOn=[{"containerName": "web", "condition": "HEALTHY"}], **SHELL),
    )
    task = here.run(story, seconds=35)
    states = {one["name"]: one["lastStatus"] for one in task["containers"]}
    assert states == {"migrate": "RUNNING", "web": "PENDING", "after": "PENDING"}, states
    assert task["lastStatus"] == "PENDING", task["lastStatus"]
    advance(60)
    task = here.look(task)
    states = {one["name"]: (one["lastStatus"], one.get("exitCode")) for one in task["containers"]}
    assert states == {"migrate": ("STOPPED", 0), "web": ("RUNNING", None), "after": ("RUNNING", None)}, states
    assert task["healthStatus"] == "HEALTHY"
    never = define_fargate(
        "order",
        container("busybox", "migrate", essential=False, command=["exit 4"], **SHELL),
        container("nginx", "web", dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}]),
    )
    task = here.run(never)
    assert task["stopCode"] == "TaskFailedToStart", task
    why = [one.get("reason", "") for one in task["containers"] if one["name"] == "web"][0]
    assert "failed to resolve container ordering dependency [migrate] for target [web] as dependency did not exit successfully" in why, why
    with refused("ClientException", "Containers depend on each other in a circle."):
        define_fargate(
            "order",
            container("nginx", "a", dependsOn=[{"containerName": "b", "condition": "START"}]),
            container("nginx", "b", dependsOn=[{"containerName": "a", "condition": "START"}]),
        )
    with refused("ClientException"):
        define_fargate("order", container("nginx", "a", dependsOn=[{"containerName": "b", "condition": "START"}]))
    with refused("ClientException"):
        define_fargate("order", container("nginx", "a"), container("nginx", "b", dependsOn=[{"containerName": "a", "condition": "HEALTHY"}]))


def restarts(here):
    policy = {"enabled": True, "restartAttemptPeriod": 60, "ignoredExitCodes": [0]}
    loop = define_fargate("again", container("busybox", command=["sleep 90; exit 2"], restartPolicy=policy, **SHELL))
    task = here.run(loop, seconds=300)
    assert task["lastStatus"] == "RUNNING", "it ran long enough each time, and is started again"
    assert task["containers"][0]["lastStatus"] == "RUNNING"
    soon = define_fargate("again", container("busybox", command=["sleep 30; exit 2"], restartPolicy=policy, **SHELL))
    task = here.run(soon, seconds=120)
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 2), task
    done = define_fargate("again", container("busybox", command=["sleep 90; exit 0"], restartPolicy=policy, **SHELL))
    task = here.run(done, seconds=300)
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 0), task
    with refused("ClientException"):
        define_fargate("again", container("nginx", restartPolicy={**policy, "restartAttemptPeriod": 10}))


def stopping(here):
    """A server heeds SIGTERM; a shell that sleeps is killed when its time is over."""
    polite, stubborn = container("nginx"), container("busybox", command=["sleep 9999"], stopTimeout=100, **SHELL)
    for image, code, least, most in ((polite, 0, 0, 5), (stubborn, 137, 100, 110)):
        task = here.run(define_fargate("stop", image))
        ecs.stop_task(cluster="tasks", task=task["taskArn"], reason="lunch")
        asked = here.look(task)
        assert (asked["desiredStatus"], asked["stopCode"], asked["stoppedReason"]) == ("STOPPED", "UserInitiated", "lunch")
        advance(180)
        end = here.look(task)
        assert (end["lastStatus"], end["containers"][0]["exitCode"]) == ("STOPPED", code), end
        took = (end["executionStoppedAt"] - end["stoppingAt"]) / datetime.timedelta(seconds=1)
        assert least <= took <= most, (took, image)
    with refused("ClientException"):
        define_fargate("stop", container("nginx", stopTimeout=121))
    advance(3_600)
    found = ecs.describe_tasks(cluster="tasks", tasks=[task["taskArn"]])
    assert found["failures"][0]["reason"] == "MISSING", "a stopped task is shown for an hour"


def spot(here):
    web = define_fargate("spot", container("nginx"))
    strategy = [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 3}]
    with refused("InvalidParameterException"):
        ecs.run_task(**here.order(web, capacityProviderStrategy=strategy))
    ecs.put_cluster_capacity_providers(
        cluster="tasks", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=strategy
    )
    answer = ecs.run_task(**here.order(web, count=9, capacityProviderStrategy=strategy))
    names = [one["capacityProviderName"] for one in answer["tasks"]]
    assert (names.count("FARGATE"), names.count("FARGATE_SPOT")) == (3, 6), names
    assert all("launchType" not in one or one["launchType"] == "FARGATE" for one in answer["tasks"])
    advance(90)
    for task in answer["tasks"]:
        ecs.stop_task(cluster="tasks", task=task["taskArn"])
    advance(90)
    ecs.put_cluster_capacity_providers(cluster="tasks", capacityProviders=[], defaultCapacityProviderStrategy=[])


def on_machines(here):
    machine = profile("tasks", INSTANCE_POLICY)
    hosts(2, IamInstanceProfile=machine, UserData=user_data("tasks"), InstanceType="t3.small", SubnetId=here.subnet["SubnetId"])
    advance(240)
    many = define("tasks-ec2", container("nginx", memory=128, cpu=128, portMappings=[{"containerPort": 80}]))
    answer = ecs.run_task(cluster="tasks", taskDefinition=many, count=4)
    advance(60)
    running = tasks("tasks", [one["taskArn"] for one in answer["tasks"]])
    assert {one["lastStatus"] for one in running} == {"RUNNING"}
    assert {one["launchType"] for one in running} == {"EC2"}
    ports = [one["containers"][0]["networkBindings"][0] for one in running]
    assert all(one["hostPort"] >= 32768 and one["containerPort"] == 80 for one in ports), ports
    by_host = [ecs.describe_container_instances(cluster="tasks", containerInstances=[one["containerInstanceArn"]])["containerInstances"][0] for one in running]
    assert len({one["ec2InstanceId"] for one in by_host}) == 2, "spread"
    left = {one["name"]: one.get("integerValue") for one in by_host[0]["remainingResources"]}
    had = {one["name"]: one.get("integerValue") for one in by_host[0]["registeredResources"]}
    assert (had["CPU"] - left["CPU"], had["MEMORY"] - left["MEMORY"]) == (256, 256), (had, left)
    own = define("tasks-own", container("nginx", memory=128), networkMode="awsvpc")
    with refused("InvalidParameterException", "Assign public IP is not supported for this launch type"):
        ecs.run_task(**here.order(own, launchType="EC2"))
    answer = ecs.run_task(**here.order(own, launchType="EC2", public="DISABLED", count=6))
    assert (len(answer["tasks"]), {one["reason"] for one in answer["failures"]}) == (4, {"RESOURCE:ENI"}), answer
    advance(60)
    assert address(here.look(answer["tasks"][0]))[1] is None, "no public address on a container instance"
    chosen = by_host[0]["containerInstanceArn"]
    started = ecs.start_task(cluster="tasks", taskDefinition=many, containerInstances=[chosen])["tasks"][0]
    assert started["containerInstanceArn"] == chosen
    ec2.terminate_instances(InstanceIds=[by_host[0]["ec2InstanceId"]])
    advance(120)
    lost = here.look(started)
    assert (lost["lastStatus"], lost["stopCode"]) == ("STOPPED", "TerminationNotice"), lost
    assert lost["stoppedReason"] == f"Host EC2 (instance {by_host[0]['ec2InstanceId']}) terminated.", lost


def main():
    sizes()
    here = Here()
    on_fargate(here)
    refusals(here)
    order_of_containers(here)
    restarts(here)
    stopping(here)
    spot(here)
    on_machines(here)
    print("tasks: all as expected")


if __name__ == "__main__":
    main()
