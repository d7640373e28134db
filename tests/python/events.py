#!/usr/bin/env python3
"""Amazon EventBridge with boto3: a schedule runs a task as a role, what ECS tells and own events are logged by rules.

Environment:
  AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   as for any AWS client
  AWS_DEFAULT_REGION     default us-east-1
  LAB_PREFIX             the names' beginning, default events
  DRYDOCK_ADVANCE_URL    POST {"seconds":5} here instead of sleeping (a practice cloud with a manual clock)
  DRYDOCK_POLL           seconds between two looks, default 2
  DRYDOCK_TRIES          looks before giving up, default 150

Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing behind.
"""

import json
import os
import time
import urllib.request
from contextlib import contextmanager

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
PREFIX = os.environ.get("LAB_PREFIX", "events")
CONFIG = Config(region_name=REGION, retries={"max_attempts": 2}, proxies={})


@contextmanager
def refused(code):
    try:
        yield
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"{found} instead of {code}: {error}"
    else:
        raise AssertionError(f"not refused with {code}")


def pause():
    url = os.environ.get("DRYDOCK_ADVANCE_URL")
    if not url:
        return time.sleep(float(os.environ.get("DRYDOCK_POLL", "2")))
    request = urllib.request.Request(
        url, data=b'{"seconds":5}', headers={"content-type": "application/json"}, method="POST"
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).read()


def until(what, holds):
    for _ in range(int(os.environ.get("DRYDOCK_TRIES", "150"))):
        found = holds()
        if found:
            return found
        pause()
    raise AssertionError(f"never: {what}")


def trust(*services):
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ec2, ecs, events, iam, logs, cloudwatch = (
    boto3.client(name, config=CONFIG) for name in ("ec2", "ecs", "events", "iam", "logs", "cloudwatch")
)


def prepare(cluster, role, group):
    """A cluster, a role, a log group, and what a target needs to run a Fargate task that ends at once."""
    ecs.create_cluster(clusterName=cluster)
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("events.amazonaws.com"))["Role"]
    logs.create_log_group(logGroupName=group)
    container = {"name": "job", "image": "public.ecr.aws/docker/library/busybox:stable", "command": ["sh", "-c", "echo done"]}
    definition = ecs.register_task_definition(
        family=f"{PREFIX}-job", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    network = {"Subnets": [subnets[0]["SubnetId"]], "AssignPublicIp": "ENABLED"}
    parameters = {
        "TaskDefinitionArn": definition,
        "TaskCount": 1,
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"awsvpcConfiguration": network},
    }
    return made["Arn"], parameters


def allow(role, *actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document)


def messages(group):
    return [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]


def stopped_tasks(cluster, rule):
    arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED", startedBy=f"events-rule/{rule}")["taskArns"]
    return ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []


def failed(rule):
    now = time.time()
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Events", MetricName="FailedInvocations", Dimensions=[{"Name": "RuleName", "Value": rule}],
        StartTime=now - 7200, EndTime=now + 7200, Period=3600, Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def main():
    cluster, role, group = f"{PREFIX}-c", f"{PREFIX}-role", f"/aws/events/{PREFIX}"
    arn, parameters = prepare(cluster, role, group)
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

    allow(role, "iam:PassRole")
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
    allow(role, "iam:PassRole", "ecs:RunTask")
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
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    iam.delete_role(RoleName=role)
    ecs.deregister_task_definition(taskDefinition=parameters["TaskDefinitionArn"])
    until("no task is left", lambda: not ecs.list_tasks(cluster=cluster)["taskArns"])
    ecs.delete_cluster(cluster=cluster)


if __name__ == "__main__":
    main()
