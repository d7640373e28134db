#!/usr/bin/env python3
"""Amazon EventBridge with boto3: a schedule runs a task as a role, what ECS tells and own events are logged by rules.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

import json
import time

from cloud import (
    REGION,
    allow,
    client,
    container,
    default_subnets,
    define_fargate,
    document,
    ecs,
    iam,
    refused,
    role,
    tasks,
    until,
)

PREFIX = "events"
cloudwatch, events, logs = (client(name) for name in ("cloudwatch", "events", "logs"))


def prepare(cluster, name, group):
    """A cluster, a role, a log group, and what a target needs to run a Fargate task that ends at once."""
    ecs.create_cluster(clusterName=cluster)
    made = role(name, "events.amazonaws.com")
    logs.create_log_group(logGroupName=group)
    job = container("public.ecr.aws/docker/library/busybox:stable", "job", command=["sh", "-c", "echo done"])
    network = {"Subnets": [default_subnets()[0]["SubnetId"]], "AssignPublicIp": "ENABLED"}
    parameters = {
        "TaskDefinitionArn": define_fargate(f"{PREFIX}-job", job),
        "TaskCount": 1,
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"awsvpcConfiguration": network},
    }
    return made, parameters


def permit(name, *actions):
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(allow(list(actions))))


def messages(group):
    return [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]


def stopped_tasks(cluster, rule):
    arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED", startedBy=f"events-rule/{rule}")["taskArns"]
    return tasks(cluster, arns) if arns else []


def failed(rule):
    now = time.time()
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Events", MetricName="FailedInvocations", Dimensions=[{"Name": "RuleName", "Value": rule}],
        StartTime=now - 7200, EndTime=now + 7200, Period=3600, Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def main():
    cluster, name, group = f"{PREFIX}-c", f"{PREFIX}-role", f"/aws/events/{PREFIX}"
    arn, parameters = prepare(cluster, name, group)
    cluster_arn = ecs.describe_clusters(clusters=[cluster])["clusters"][0]["clusterArn"]
    account = cluster_arn.split(":")[4]
    log_target = {"Id": "log", "Arn": f"arn:aws:logs:{REGION}:{account}:log-group:{group}"}
    tells, timer, own, bus = f"{PREFIX}-tells", f"{PREFIX}-timer", f"{PREFIX}-own", f"{PREFIX}-bus"

    with refused("ValidationException"):
        events.put_rule(Name=timer, ScheduleExpression="rate(1 minutes)")
    with refused("InvalidEventPatternException"):
        events.put_rule(Name=tells, EventPattern=json.dumps({"source": "aws.ecs"}))
    pattern = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {"clusterArn": [cluster_arn], "lastStatus": ["STOPPED"], "startedBy": [{"prefix": "events-rule/"}]},
    }
    events.put_rule(Name=tells, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=tells, Targets=[log_target])

    permit(name, "iam:PassRole")
    events.put_rule(Name=timer, ScheduleExpression="rate(5 minutes)")
    target = {"Id": "run", "Arn": cluster_arn, "RoleArn": arn, "EcsParameters": parameters}
    for wrong in (
        {**target, "RoleArn": arn + "-not"},
        {"Id": "f", "Arn": f"arn:aws:lambda:{REGION}:{account}:function:f"},
        {"Id": "run", "Arn": cluster_arn, "RoleArn": arn},
    ):
        with refused("ValidationException"):
            events.put_targets(Rule=timer, Targets=[wrong])
    assert events.put_targets(Rule=timer, Targets=[target])["FailedEntryCount"] == 0
    until("a run is refused, and counted", lambda: failed(timer) >= 1)
    permit(name, "iam:PassRole", "ecs:RunTask")
    task = until("a task has run", lambda: stopped_tasks(cluster, timer))[0]
    assert task["containers"][0]["exitCode"] == 0, task
    told = until("that is logged", lambda: messages(group))[0]
    assert told["detail"]["taskArn"] == task["taskArn"] and told["resources"] == [task["taskArn"]], told
    events.disable_rule(Name=timer)
    assert events.describe_rule(Name=timer)["State"] == "DISABLED"
    assert events.list_rule_names_by_target(TargetArn=cluster_arn)["RuleNames"] == [timer]

    events.create_event_bus(Name=bus)
    pattern = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}
    events.put_rule(Name=own, EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=own, EventBusName=bus, Targets=[{**log_target, "InputPath": "$.detail"}])
    entry = {"Source": "shop", "DetailType": "Order", "EventBusName": bus}
    sent = events.put_events(Entries=[{**entry, "Detail": json.dumps({"total": total})} for total in (5, 20)])
    assert sent["FailedEntryCount"] == 0 and all("EventId" in one for one in sent["Entries"]), sent
    until("the event is logged", lambda: {"total": 20} in messages(group))
    assert {"total": 5} not in messages(group)
    with refused("ValidationException"):
        events.delete_rule(Name=own, EventBusName=bus)

    for rule, target, where in ((tells, "log", "default"), (timer, "run", "default"), (own, "log", bus)):
        events.remove_targets(Rule=rule, EventBusName=where, Ids=[target])
        events.delete_rule(Name=rule, EventBusName=where)
    events.delete_event_bus(Name=bus)
    logs.delete_log_group(logGroupName=group)
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    iam.delete_role(RoleName=name)
    ecs.deregister_task_definition(taskDefinition=parameters["TaskDefinitionArn"])
    until("no task is left", lambda: not ecs.list_tasks(cluster=cluster)["taskArns"])
    ecs.delete_cluster(cluster=cluster)


if __name__ == "__main__":
    main()
