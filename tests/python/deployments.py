#!/usr/bin/env python3
"""Deployments of ECS services with boto3, as a student meets them: rolling, a bad image with and without the circuit
breaker, DAEMON, blue/green with a pause.

Environment: see cloud.py.
"""

from cloud import INSTANCE_POLICY, advance, container, define, ecs, hosts, profile, service, user_data
from cloud import events as said

CLUSTER = "deployments"


def instances(count):
    hosts(count, IamInstanceProfile=profile("deployments", INSTANCE_POLICY), UserData=user_data(CLUSTER))
    advance(180)
    joined = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["registeredContainerInstancesCount"]
    assert joined == count, joined


def family(image):
    return define("app", container(image, memory=64))


def look(name):
    return service(CLUSTER, name)


def events(name):
    return said(CLUSTER, name)


def latest(name):
    brief = ecs.list_service_deployments(cluster=CLUSTER, service=name)["serviceDeployments"][0]
    arn = brief["serviceDeploymentArn"]
    return ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]


def rolling():
    first, second = family("nginx"), family("nginx")
    bounds = {"minimumHealthyPercent": 50, "maximumPercent": 150}
    ecs.create_service(
        cluster=CLUSTER, serviceName="web", taskDefinition=first, desiredCount=4, deploymentConfiguration=bounds
    )
    advance(120)
    assert look("web")["deployments"][0]["rolloutState"] == "COMPLETED", look("web")["deployments"]
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=second)
    for _ in range(60):
        advance(5)
        deployments = look("web")["deployments"]
        running = sum(one["runningCount"] for one in deployments)
        assert running >= 2, deployments
        assert sum(one["desiredCount"] for one in deployments) <= 8, deployments
    web = look("web")
    assert [one["status"] for one in web["deployments"]] == ["PRIMARY"], web["deployments"]
    assert web["taskDefinition"] == second
    assert events("web")[0] == "(service web) has reached a steady state."
    assert latest("web")["status"] == "SUCCESSFUL"
    return second


def broken(good):
    bad = family("nosuch/image")
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=bad)
    advance(1_200)
    primary = look("web")["deployments"][0]
    assert primary["rolloutState"] == "IN_PROGRESS" and primary["failedTasks"] >= 5, primary
    assert any("is unable to consistently start tasks successfully." in event for event in events("web"))
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=good, deploymentConfiguration=breaker)
    advance(300)
    assert look("web")["deployments"][0]["rolloutState"] == "COMPLETED"
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=bad)
    advance(600)
    assert look("web")["taskDefinition"] == good
    one = latest("web")
    assert one["status"] == "ROLLBACK_SUCCESSFUL", one
    assert one["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert one["deploymentCircuitBreaker"]["threshold"] == 3
    assert one["rollback"]["reason"] == "ECS deployment circuit breaker: tasks failed to start."


def daemon():
    ecs.create_service(
        cluster=CLUSTER, serviceName="agent", taskDefinition=family("redis"), schedulingStrategy="DAEMON"
    )
    advance(120)
    agent = look("agent")
    assert (agent["desiredCount"], agent["runningCount"]) == (2, 2), agent
    machines = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=machines[:1], status="DRAINING")
    advance(120)
    assert look("agent")["runningCount"] == 1
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=machines[:1], status="ACTIVE")
    advance(120)
    assert look("agent")["runningCount"] == 2


def blue_green():
    blue, green = family("nginx"), family("nginx")
    configuration = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 5,
        "lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}],
    }
    ecs.create_service(
        cluster=CLUSTER, serviceName="shop", taskDefinition=blue, desiredCount=2, deploymentConfiguration=configuration
    )
    advance(120)
    ecs.update_service(cluster=CLUSTER, service="shop", taskDefinition=green)
    advance(120)
    one = latest("shop")
    assert one["lifecycleStage"] == "POST_SCALE_UP", one
    assert look("shop")["runningCount"] == 4
    hook = one["lifecycleHookDetails"][0]["hookId"]
    ecs.continue_service_deployment(serviceDeploymentArn=one["serviceDeploymentArn"], hookId=hook)
    advance(60)
    assert latest("shop")["lifecycleStage"] == "BAKE_TIME"
    advance(600)
    assert look("shop")["runningCount"] == 2
    assert latest("shop")["status"] == "SUCCESSFUL"


def task_sets():
    definition = family("nginx")
    ecs.create_service(
        cluster=CLUSTER, serviceName="outside", desiredCount=2, deploymentController={"type": "EXTERNAL"}
    )
    made = ecs.create_task_set(
        cluster=CLUSTER, service="outside", taskDefinition=definition, scale={"value": 50, "unit": "PERCENT"}
    )["taskSet"]
    advance(120)
    seen = ecs.describe_task_sets(cluster=CLUSTER, service="outside", taskSets=[made["id"]])["taskSets"][0]
    assert (seen["computedDesiredCount"], seen["runningCount"]) == (1, 1), seen
    assert seen["stabilityStatus"] == "STEADY_STATE"


def main():
    ecs.create_cluster(clusterName=CLUSTER)
    instances(2)
    broken(rolling())
    daemon()
    blue_green()
    task_sets()
    for name in ("web", "agent", "shop", "outside"):
        ecs.delete_service(cluster=CLUSTER, service=name, force=True)
    advance(300)
    found = ecs.describe_services(cluster=CLUSTER, services=["web", "agent", "shop", "outside"])["services"]
    assert all(one["status"] == "INACTIVE" for one in found)
    print("deployments: all as expected")


if __name__ == "__main__":
    main()
