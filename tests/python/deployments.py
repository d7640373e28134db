#!/usr/bin/env python3
"""Deployments of ECS services with boto3, as a student meets them: rolling, a bad image with and without the circuit
breaker, DAEMON, blue/green with a pause.

Environment: as for any AWS client, and
  DRYDOCK_ADVANCE_URL    of a practice cloud with a manual clock; default: the endpoint with /_drydock/advance
"""

import json
import os
import urllib.request

import boto3

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ADVANCE = os.environ.get("DRYDOCK_ADVANCE_URL", f"{ENDPOINT}/_drydock/advance")
CLUSTER = "deployments"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"

ecs, ec2, iam, ssm = (boto3.client(name) for name in ("ecs", "ec2", "iam", "ssm"))


def advance(seconds):
    body = json.dumps({"seconds": seconds}).encode()
    urllib.request.urlopen(urllib.request.Request(ADVANCE, body, {"content-type": "application/json"})).read()


def instances(count):
    iam.create_role(RoleName="deployments", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="deployments", PolicyArn=MANAGED)
    iam.create_instance_profile(InstanceProfileName="deployments")
    iam.add_role_to_instance_profile(InstanceProfileName="deployments", RoleName="deployments")
    image = ssm.get_parameter(Name="/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id")
    ec2.run_instances(
        ImageId=image["Parameter"]["Value"],
        InstanceType="t3.micro",
        MinCount=count,
        MaxCount=count,
        IamInstanceProfile={"Name": "deployments"},
        UserData=f"#!/bin/bash\necho ECS_CLUSTER={CLUSTER} >> /etc/ecs/ecs.config\n",
    )
    advance(180)
    joined = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["registeredContainerInstancesCount"]
    assert joined == count, joined


def family(image):
    container = {"name": "main", "image": image, "memory": 64}
    answer = ecs.register_task_definition(family="app", containerDefinitions=[container])
    return answer["taskDefinition"]["taskDefinitionArn"]


def look(name):
    return ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]


def events(name):
    return [event["message"] for event in look(name)["events"]]


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
    service = look("web")
    assert [one["status"] for one in service["deployments"]] == ["PRIMARY"], service["deployments"]
    assert service["taskDefinition"] == second
    assert events("web")[0] == "(service web) has reached a steady state."
    assert latest("web")["status"] == "SUCCESSFUL"
    return second


def broken(good):
    bad = family("nosuch/image")
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=bad)
    advance(1_200)
    service = look("web")
    primary = service["deployments"][0]
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
    service = look("agent")
    assert (service["desiredCount"], service["runningCount"]) == (2, 2), service
    hosts = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=hosts[:1], status="DRAINING")
    advance(120)
    assert look("agent")["runningCount"] == 1
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=hosts[:1], status="ACTIVE")
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
    assert all(service["status"] == "INACTIVE" for service in found)
    print("deployments: all as expected")


if __name__ == "__main__":
    main()
