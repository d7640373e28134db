#!/usr/bin/env python3
"""Services on Fargate with boto3: secrets and logs of their tasks, Service Connect between them, protected tasks, ECS Exec.

Environment: see cloud.py.
"""

import boto3

from cloud import (
    EXECUTION_POLICY,
    advance,
    allow,
    client,
    container,
    default_subnets,
    define_fargate,
    document,
    ecs,
    events,
    iam,
    network,
    refused,
    role,
    security_group,
    service,
    ssm,
    tasks,
    visit,
    address,
)

logs, cloud_map = client("logs"), client("servicediscovery")
CLUSTER = "services"
FRONT = (
    "sleep 5; while true; do MESSAGE=$(nc -w 3 dataproducer 4540); PAGE=\"<h2>$MESSAGE</h2>\"; "
    "printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n%s' "
    '"${#PAGE}" "$PAGE" | nc -l -p 80; done'
)
PRODUCER = "while true; do echo hello | nc -l -p 4540; done"


class Here:
    def __init__(self):
        subnet = default_subnets()[0]
        self.network = network([subnet["SubnetId"]], [security_group("services", subnet["VpcId"], 80, 4540)])
        ecs.create_cluster(clusterName=CLUSTER)
        self.execution = role("services-execution", "ecs-tasks.amazonaws.com", EXECUTION_POLICY)

    def create(self, name, definition, count=1, **more):
        ecs.create_service(
            cluster=CLUSTER, serviceName=name, taskDefinition=definition, desiredCount=count, launchType="FARGATE",
            networkConfiguration=self.network, **more,
        )

    def running(self, name):
        return ecs.list_tasks(cluster=CLUSTER, serviceName=name)["taskArns"]


def stopped_reasons(name):
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName=name, desiredStatus="STOPPED")["taskArns"]
    return " ".join(task["stoppedReason"] for task in tasks(CLUSTER, arns)) if arns else ""


def secrets_and_logs(here):
    iam.put_role_policy(
        RoleName="services-execution", PolicyName="secrets", PolicyDocument=document(allow("ssm:GetParameters"))
    )
    options = {"awslogs-group": "/services", "awslogs-region": boto3.Session().region_name or "us-east-1",
               "awslogs-stream-prefix": "web"}
    web = container(
        "nginx", secrets=[{"name": "KEY", "valueFrom": "/services/key"}],
        logConfiguration={"logDriver": "awslogs", "options": options},
    )
    with refused("ClientException", "you must also specify a value for 'executionRoleArn'"):
        define_fargate("secret", container("nginx", secrets=web["secrets"]))
    here.create("secret", define_fargate("secret", web, executionRoleArn=here.execution))
    advance(90)
    assert "invalid parameters: /services/key" in stopped_reasons("secret"), stopped_reasons("secret")
    ssm.put_parameter(Name="/services/key", Value="k", Type="SecureString")
    advance(120)
    assert "The specified log group does not exist." in stopped_reasons("secret"), stopped_reasons("secret")
    logs.create_log_group(logGroupName="/services")
    advance(300)
    assert service(CLUSTER, "secret")["deployments"][0]["rolloutState"] == "COMPLETED", events(CLUSTER, "secret")
    streams = logs.describe_log_streams(logGroupName="/services")["logStreams"]
    assert any(one["logStreamName"].startswith("web/main/") for one in streams), streams


def connected(here):
    operation = cloud_map.create_http_namespace(Name="services.shop")["OperationId"]
    advance(60)
    assert cloud_map.get_operation(OperationId=operation)["Operation"]["Status"] == "SUCCESS"
    shell = {"entryPoint": ["sh", "-c"]}
    port = {"name": "data", "containerPort": 4540}
    producer = define_fargate("producer", container("busybox", command=[PRODUCER], portMappings=[port], **shell))
    front = define_fargate("front", container("busybox", command=[FRONT], portMappings=[{"containerPort": 80}], **shell))
    offered = {"portName": "data", "clientAliases": [{"port": 4540, "dnsName": "dataproducer"}]}
    with refused("NamespaceNotFoundException"):
        here.create("x", producer, serviceConnectConfiguration={"enabled": True, "namespace": "nowhere"})
    own = {"enabled": True, "namespace": "services.shop"}
    here.create("producer", producer, serviceConnectConfiguration={**own, "services": [offered]})
    advance(120)
    resources = service(CLUSTER, "producer")["deployments"][0]["serviceConnectResources"]
    assert resources[0]["discoveryName"] == "data", resources
    here.create("front", front, serviceConnectConfiguration=own)
    advance(120)

    def page():
        _, public = address(tasks(CLUSTER, here.running("front"))[0])
        visit(public)
        return visit(public)[2]

    assert page() == "<h2>hello</h2>", page()
    ecs.update_service(
        cluster=CLUSTER, service="front", serviceConnectConfiguration={"enabled": False}, forceNewDeployment=True
    )
    advance(300)
    assert page() == "<h2></h2>", page()
    assert len(cloud_map.list_services()["Services"]) == 1
    ecs.delete_service(cluster=CLUSTER, service="producer", force=True)
    advance(180)
    assert cloud_map.list_services()["Services"] == []


def guarded(here):
    app = role("services-app", "ecs-tasks.amazonaws.com")
    here.create("guarded", define_fargate("guarded", container("nginx"), taskRoleArn=app), enableExecuteCommand=True)
    advance(120)
    task = here.running("guarded")[0]
    answer = ecs.update_task_protection(cluster=CLUSTER, tasks=[task], protectionEnabled=True, expiresInMinutes=30)
    assert answer["protectedTasks"][0]["protectionEnabled"] and not answer["failures"], answer
    ecs.update_service(cluster=CLUSTER, service="guarded", desiredCount=0)
    advance(300)
    assert here.running("guarded") == [task]
    assert "tasks under protection" in events(CLUSTER, "guarded")[0]
    ask = {"cluster": CLUSTER, "task": task, "command": "/bin/sh", "interactive": True}
    with refused("TargetNotConnectedException"):
        ecs.execute_command(**ask)
    iam.put_role_policy(RoleName="services-app", PolicyName="exec", PolicyDocument=document(allow("ssmmessages:*")))
    assert ecs.execute_command(**ask)["session"]["streamUrl"].startswith("wss://ssmmessages.")
    ecs.update_task_protection(cluster=CLUSTER, tasks=[task], protectionEnabled=False)
    advance(120)
    assert here.running("guarded") == []


if __name__ == "__main__":
    here = Here()
    for part in (secrets_and_logs, connected, guarded):
        part(here)
        print(part.__name__, "held")
