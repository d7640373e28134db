#!/usr/bin/env python3
"""Where tasks go: placement strategies and constraints, the query language, daemons, draining, and capacity providers of
Auto Scaling groups.

Environment: see cloud.py.
"""

import base64
from collections import Counter

from cloud import (
    IMAGE,
    INSTANCE_POLICY,
    advance,
    client,
    container,
    default_subnets,
    define,
    ec2,
    ecs,
    events,
    hosts,
    profile,
    refused,
    service,
    ssm,
    tasks,
    user_data,
)

scaling = client("autoscaling")
CLUSTER = "capacity"


def machines(**more):
    listed = ecs.list_container_instances(cluster=CLUSTER, **more)["containerInstanceArns"]
    if not listed:
        return []
    return ecs.describe_container_instances(cluster=CLUSTER, containerInstances=listed)["containerInstances"]


def attribute(machine, name):
    return next((one.get("value") for one in machine["attributes"] if one["name"] == name), None)


def place(definition, count, **more):
    """Runs tasks; how many are on which container instance, and the failures' reasons."""
    answer = ecs.run_task(cluster=CLUSTER, taskDefinition=definition, count=count, **more)
    return Counter(one["containerInstanceArn"] for one in answer["tasks"]), [one["reason"] for one in answer["failures"]]


def stop_everything():
    for arn in ecs.list_tasks(cluster=CLUSTER)["taskArns"]:
        ecs.stop_task(cluster=CLUSTER, task=arn)
    advance(60)


def six_machines():
    """Two zones, two types: one small and two larger ones in each."""
    ecs.create_cluster(clusterName=CLUSTER)
    machine = profile(CLUSTER, INSTANCE_POLICY)
    for subnet in default_subnets()[:2]:
        for kind, count in (("t3.micro", 1), ("t3.small", 2)):
            hosts(count, IamInstanceProfile=machine, UserData=user_data(CLUSTER), InstanceType=kind, SubnetId=subnet["SubnetId"])
    advance(240)
    assert len(machines()) == 6


def strategies():
    worker = define("capacity-worker", container("redis", memory=128, cpu=128))
    zones = {one["containerInstanceArn"]: attribute(one, "ecs.availability-zone") for one in machines()}
    kinds = {one["containerInstanceArn"]: attribute(one, "ecs.instance-type") for one in machines()}
    got, _ = place(worker, 6)
    by_zone = Counter()
    for arn, count in got.items():
        by_zone[zones[arn]] += count
    assert sorted(by_zone.values()) == [3, 3], ("zones are spread over by default", by_zone)
    stop_everything()
    got, _ = place(worker, 6, placementStrategy=[{"type": "spread", "field": "instanceId"}])
    assert sorted(got.values()) == [1] * 6, got
    stop_everything()
    got, _ = place(worker, 6, placementStrategy=[{"type": "binpack", "field": "memory"}])
    assert len(got) == 1 and kinds[next(iter(got))] == "t3.micro", "the fullest that still fits"
    more, _ = place(worker, 3, placementStrategy=[{"type": "binpack", "field": "memory"}])
    assert sum(more.values()) == 3
    stop_everything()
    both = [{"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "binpack", "field": "cpu"}]
    got, _ = place(worker, 6, placementStrategy=both)
    assert sorted(Counter({zones[arn]: count for arn, count in got.items()}.values())) and len(got) == 2, got
    stop_everything()
    got, _ = place(worker, 6, placementStrategy=[{"type": "random"}])
    assert sum(got.values()) == 6
    stop_everything()
    with refused("InvalidParameterException"):
        place(worker, 1, placementStrategy=[{"type": "binpack", "field": "disk"}])
    with refused("InvalidParameterException"):
        place(worker, 1, placementStrategy=[{"type": "spread", "field": "instanceId"}] * 6)


def constraints():
    worker = define("capacity-worker", container("redis", memory=128, cpu=128))
    got, failures = place(worker, 8, placementConstraints=[{"type": "distinctInstance"}])
    assert sorted(got.values()) == [1] * 6, got
    assert failures and set(failures) == {"DistinctInstance placement constraint unsatisfied."}, failures
    stop_everything()
    small = {"type": "memberOf", "expression": "attribute:ecs.instance-type == t3.micro"}
    got, _ = place(worker, 4, placementConstraints=[small])
    assert len(got) == 2, got
    stop_everything()
    _, failures = place(worker, 1, placementConstraints=[{**small, "expression": "attribute:ecs.instance-type =~ m5.*"}])
    assert set(failures) == {"MemberOf placement constraint unsatisfied."}, failures
    with refused("InvalidParameterException"):
        place(worker, 1, placementConstraints=[{**small, "expression": "attribute:ecs.instance-type === ("}])
    with refused("InvalidParameterException"):
        place(worker, 1, placementConstraints=[{"type": "memberOf"}])
    one = machines()[0]["containerInstanceArn"]
    ecs.put_attributes(cluster=CLUSTER, attributes=[{"name": "stack", "value": "live", "targetId": one, "targetType": "container-instance"}])
    live = {"type": "memberOf", "expression": "attribute:stack == live"}
    assert [each["containerInstanceArn"] for each in machines(filter=live["expression"])] == [one]
    got, _ = place(worker, 2, placementConstraints=[live])
    assert set(got) == {one}, got
    # A service that keeps its distance from the group of another.
    affine = define("capacity-near", container("redis", memory=128), placementConstraints=[{"type": "memberOf", "expression": "task:group == family:capacity-worker"}])
    got, _ = place(affine, 1)
    assert set(got) == {one}, got
    stop_everything()
    seen = ecs.list_attributes(cluster=CLUSTER, targetType="container-instance", attributeName="stack")["attributes"]
    assert [(each["name"], each["value"], each["targetId"]) for each in seen] == [("stack", "live", one)], seen
    ecs.delete_attributes(cluster=CLUSTER, attributes=[{"name": "stack", "targetId": one, "targetType": "container-instance"}])


def daemons_and_draining():
    agent = define("capacity-agent", container("busybox", memory=32, command=["sleep", "99999"]))
    with refused("InvalidParameterException"):
        ecs.create_service(cluster=CLUSTER, serviceName="agent", taskDefinition=agent, schedulingStrategy="DAEMON", desiredCount=2)
    ecs.create_service(cluster=CLUSTER, serviceName="agent", taskDefinition=agent, schedulingStrategy="DAEMON")
    advance(60)
    assert service(CLUSTER, "agent")["runningCount"] == 6
    worker = define("capacity-worker", container("redis", memory=128, cpu=128))
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition=worker, desiredCount=6, placementStrategy=[{"type": "spread", "field": "instanceId"}])
    advance(90)
    assert service(CLUSTER, "web")["runningCount"] == 6
    one = machines()[0]["containerInstanceArn"]
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=[one], status="DRAINING")
    lowest = 6
    for _ in range(40):
        advance(5)
        lowest = min(lowest, service(CLUSTER, "web")["runningCount"])
    assert lowest >= 5, lowest
    assert (service(CLUSTER, "web")["runningCount"], service(CLUSTER, "agent")["runningCount"]) == (6, 5)
    drained = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=[one])["containerInstances"][0]
    assert (drained["status"], drained["runningTasksCount"]) == ("DRAINING", 0), drained
    assert [each["containerInstanceArn"] for each in machines(status="DRAINING")] == [one]
    with refused("InvalidParameterException"):
        ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=[one], status="STOPPED")
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=[one], status="ACTIVE")
    advance(60)
    assert service(CLUSTER, "agent")["runningCount"] == 6, "it comes back to where it may"
    busy = next(each for each in machines() if each["runningTasksCount"] > 1)["containerInstanceArn"]
    with refused("InvalidParameterException", "Found running tasks on the instance."):
        ecs.deregister_container_instance(cluster=CLUSTER, containerInstance=busy)
    ecs.deregister_container_instance(cluster=CLUSTER, containerInstance=busy, force=True)
    advance(120)
    assert len(machines()) == 5 and service(CLUSTER, "web")["runningCount"] == 6
    for name in ("agent", "web"):
        ecs.delete_service(cluster=CLUSTER, service=name, force=True)
    advance(120)
    ids = [r["Instances"][0]["InstanceId"] for r in ec2.describe_instances()["Reservations"]]
    ec2.terminate_instances(InstanceIds=ids + [one["InstanceId"] for r in ec2.describe_instances()["Reservations"] for one in r["Instances"][1:]])
    advance(120)
    assert not machines()


def provider_of_a_group():
    """Managed scaling: machines follow tasks, from none and back to none."""
    data = {
        "ImageId": ssm.get_parameter(Name=IMAGE)["Parameter"]["Value"],
        "InstanceType": "t3.small",
        "IamInstanceProfile": {"Name": CLUSTER},
        "UserData": base64.b64encode(user_data(CLUSTER).encode()).decode(),
    }
    ec2.create_launch_template(LaunchTemplateName=CLUSTER, LaunchTemplateData=data)
    subnets = ",".join(one["SubnetId"] for one in default_subnets()[:2])
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=CLUSTER, MinSize=0, MaxSize=4, DesiredCapacity=0, VPCZoneIdentifier=subnets,
        LaunchTemplate={"LaunchTemplateName": CLUSTER}, NewInstancesProtectedFromScaleIn=True,
    )
    group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[CLUSTER])["AutoScalingGroups"][0]
    managed = {"status": "ENABLED", "targetCapacity": 100, "instanceWarmupPeriod": 60}
    made = ecs.create_capacity_provider(
        name="group",
        autoScalingGroupProvider={
            "autoScalingGroupArn": group["AutoScalingGroupARN"], "managedScaling": managed,
            "managedTerminationProtection": "ENABLED",
        },
    )["capacityProvider"]
    assert made["status"] == "ACTIVE" and made["autoScalingGroupProvider"]["managedScaling"]["targetCapacity"] == 100, made
    with refused("ClientException"):
        ecs.create_capacity_provider(name="fargate-own", autoScalingGroupProvider={"autoScalingGroupArn": group["AutoScalingGroupARN"]})
    strategy = [{"capacityProvider": "group", "weight": 1}]
    worker = define("capacity-heavy", container("redis", memory=900))
    with refused("InvalidParameterException", "not associated with the cluster"):
        ecs.create_service(cluster=CLUSTER, serviceName="grow", taskDefinition=worker, desiredCount=4, capacityProviderStrategy=strategy)
    ecs.put_cluster_capacity_providers(cluster=CLUSTER, capacityProviders=["group"], defaultCapacityProviderStrategy=strategy)
    ecs.create_service(cluster=CLUSTER, serviceName="grow", taskDefinition=worker, desiredCount=4, capacityProviderStrategy=strategy)
    advance(30)
    waiting = ecs.list_tasks(cluster=CLUSTER)["taskArns"]
    states = [one["lastStatus"] for one in tasks(CLUSTER, waiting)] if waiting else []
    assert states == ["PROVISIONING"] * 4, (states, events(CLUSTER, "grow"))
    advance(900)
    assert service(CLUSTER, "grow")["runningCount"] == 4, events(CLUSTER, "grow")
    ready = len(machines())
    assert 2 <= ready <= 4, ready
    assert all(one["capacityProviderName"] == "group" for one in machines())
    with refused("ClientException", "The specified capacity provider is in use and cannot be deleted."):
        ecs.delete_capacity_provider(capacityProvider="group")
    ecs.update_service(cluster=CLUSTER, service="grow", desiredCount=0)
    advance(3_600)
    assert len(machines()) == 0, "none are needed"
    ecs.delete_service(cluster=CLUSTER, service="grow", force=True)


def main():
    six_machines()
    strategies()
    constraints()
    daemons_and_draining()
    provider_of_a_group()
    print("capacity: all as expected")


if __name__ == "__main__":
    main()
