#!/usr/bin/env python3
"""ECS Anywhere with boto3: a machine outside AWS is activated, joins, runs a task, is drained and leaves.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

import json
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from cloud import INSTANCE_POLICY, REGION, ecs, iam, refused, role, service, ssm, until

PREFIX = "anywhere"
POLICIES = ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", INSTANCE_POLICY]


def register_managed_instance(activation, code):
    """The SSM agent's own call: it is in no public model."""
    body = {"ActivationId": activation, "ActivationCode": code, "Fingerprint": PREFIX, "PublicKey": "k", "PublicKeyType": "Rsa"}
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.RegisterManagedInstance"}
    url = ssm.meta.endpoint_url + "/"
    request = AWSRequest("POST", url, data=json.dumps(body).encode(), headers=headers)
    SigV4Auth(boto3.Session().get_credentials(), "ssm", REGION).add_auth(request)
    sent = urllib.request.Request(url, data=request.data, headers=dict(request.headers), method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return json.load(opener.open(sent, timeout=30))["InstanceId"]
    except urllib.error.HTTPError as error:
        return json.load(error)["__type"].split("#")[-1]


def join(cluster, machine):
    return ecs.register_container_instance(
        cluster=cluster,
        instanceIdentityDocument=json.dumps({"instanceId": machine, "region": REGION}),
        totalResources=[
            {"name": "CPU", "type": "INTEGER", "integerValue": 4096},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 7900},
        ],
        attributes=[{"name": "ecs.capability.external"}],
        versionInfo={"agentVersion": "1.108.0", "dockerVersion": "25.0.0"},
    )["containerInstance"]


def main():
    name, cluster = f"{PREFIX}-machine", f"{PREFIX}-cellar"
    ecs.create_cluster(clusterName=cluster)
    role(name, "ssm.amazonaws.com", POLICIES[0])
    made = ssm.create_activation(IamRole=name, RegistrationLimit=1)
    assert register_managed_instance(made["ActivationId"], "x" * 20) == "InvalidActivation"
    machine = register_managed_instance(made["ActivationId"], made["ActivationCode"])
    assert machine.startswith("mi-"), machine
    with refused("AccessDeniedException"):
        join(cluster, machine)
    iam.attach_role_policy(RoleName=name, PolicyArn=POLICIES[1])
    with refused("ClientException"):
        join(cluster, "mi-00000000000000000")
    host = join(cluster, machine)
    assert (host["status"], host["agentConnected"], host["ec2InstanceId"]) == ("ACTIVE", True, machine), host

    container = {
        "name": "gauge",
        "image": "public.ecr.aws/docker/library/busybox:stable",
        "cpu": 128,
        "memory": 128,
        "command": ["sh", "-c", "while true; do echo warm; sleep 60; done"],
    }
    family = f"{PREFIX}-gauge"
    define = {"family": family, "requiresCompatibilities": ["EXTERNAL"], "containerDefinitions": [container]}
    with refused("ClientException"):
        ecs.register_task_definition(networkMode="awsvpc", **define)
    definition = ecs.register_task_definition(networkMode="bridge", **define)["taskDefinition"]["taskDefinitionArn"]
    with refused("InvalidParameterException"):
        ecs.run_task(cluster=cluster, taskDefinition=family, launchType="FARGATE")
    ecs.create_service(
        cluster=cluster, serviceName="gauge", taskDefinition=family, desiredCount=1, launchType="EXTERNAL",
        deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100},
    )
    until("the task runs outside", lambda: service(cluster, "gauge")["runningCount"] == 1)
    one = {"cluster": cluster, "containerInstances": [host["containerInstanceArn"]]}
    ecs.update_container_instances_state(status="DRAINING", **one)
    until("the machine is empty", lambda: service(cluster, "gauge")["runningCount"] == 0)
    ecs.update_container_instances_state(status="ACTIVE", **one)
    until("the task is back", lambda: service(cluster, "gauge")["runningCount"] == 1)

    ecs.delete_service(cluster=cluster, service="gauge", force=True)
    ecs.deregister_container_instance(cluster=cluster, containerInstance=host["containerInstanceArn"], force=True)
    ssm.deregister_managed_instance(InstanceId=machine)
    ssm.delete_activation(ActivationId=made["ActivationId"])
    ecs.deregister_task_definition(taskDefinition=definition)
    for policy in POLICIES:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    iam.delete_role(RoleName=name)
    until("the service is gone", lambda: service(cluster, "gauge")["status"] == "INACTIVE")
    ecs.delete_cluster(cluster=cluster)


if __name__ == "__main__":
    main()
