#!/usr/bin/env python3
"""CloudWatch's metrics and alarms, over the protocol of current SDKs and those of older ones, and Application Auto Scaling
of ECS services: by target tracking, by steps, by the clock.

Environment: see cloud.py.
"""

import datetime
import json
import urllib.request
import xml.etree.ElementTree as ET

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from cloud import (
    ENDPOINT,
    INSTANCE_POLICY,
    REGION,
    advance,
    client,
    container,
    define,
    ecs,
    events,
    hosts,
    profile,
    refused,
    service,
    sts,
    user_data,
)

cloudwatch, scaling = client("cloudwatch"), client("application-autoscaling")
CLUSTER = "scaling"
WEB = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount", "ResourceId": f"service/{CLUSTER}/web"}
QUERY_NAMESPACE = "{http://monitoring.amazonaws.com/doc/2010-08-01/}"


def now():
    """The endpoint's own clock, which differs from ours: from the moment of an alarm that is set by hand."""
    cloudwatch.set_alarm_state(AlarmName="clock", StateValue="OK", StateReason="now")
    return cloudwatch.describe_alarms(AlarmNames=["clock"])["MetricAlarms"][0]["StateUpdatedTimestamp"]


def clock():
    cloudwatch.put_metric_alarm(
        AlarmName="clock", Namespace="Clock", MetricName="None", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
    )


def by_post(body, headers):
    """A signed POST to CloudWatch: status and text."""
    request = AWSRequest("POST", ENDPOINT + "/", data=body, headers=headers)
    SigV4Auth(boto3.Session().get_credentials(), "monitoring", REGION).add_auth(request)
    sent = urllib.request.Request(ENDPOINT + "/", body.encode(), dict(request.headers))
    try:
        answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read().decode()


def by_query(action, **parameters):
    form = {"Action": action, "Version": "2010-08-01", **parameters}
    status, text = by_post(urllib.parse.urlencode(form), {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    return status, ET.fromstring(text)


def by_json(action, **body):
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"GraniteServiceVersion20100801.{action}"}
    status, text = by_post(json.dumps(body), headers)
    return status, json.loads(text) if text else {}


def metrics():
    clock()
    begin = now()
    for at in range(10):
        cloudwatch.put_metric_data(
            Namespace="Shop",
            MetricData=[
                {"MetricName": "Orders", "Value": at, "Unit": "Count", "Dimensions": [{"Name": "Store", "Value": "one"}]},
                {"MetricName": "Wait", "Values": [1.0, 5.0], "Counts": [3.0, 1.0], "Unit": "Seconds"},
            ],
        )
        advance(60)
    end = now()
    listed = cloudwatch.list_metrics(Namespace="Shop")["Metrics"]
    assert {one["MetricName"] for one in listed} == {"Orders", "Wait"}, listed
    assert not cloudwatch.list_metrics(Namespace="Shop", Dimensions=[{"Name": "Store", "Value": "two"}])["Metrics"]
    seen = cloudwatch.get_metric_statistics(
        Namespace="Shop", MetricName="Orders", Dimensions=[{"Name": "Store", "Value": "one"}], StartTime=begin,
        EndTime=end + datetime.timedelta(minutes=1), Period=3600, Statistics=["Sum", "Average", "Maximum", "SampleCount"],
    )
    points = seen["Datapoints"]
    assert sum(one["Sum"] for one in points) == 45 and sum(one["SampleCount"] for one in points) == 10, points
    assert max(one["Maximum"] for one in points) == 9 and points[0]["Unit"] == "Count", points
    asked = [
        {"Id": "orders", "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": [{"Name": "Store", "Value": "one"}]}, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "twice", "Expression": "orders * 2", "Label": "doubled"},
        {"Id": "wait", "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "Wait"}, "Period": 60, "Stat": "Maximum"}},
    ]
    span = {"StartTime": begin - datetime.timedelta(minutes=1), "EndTime": end + datetime.timedelta(minutes=1)}
    data = cloudwatch.get_metric_data(MetricDataQueries=asked, ScanBy="TimestampAscending", **span)
    twice, wait = data["MetricDataResults"]
    assert (twice["Id"], twice["Label"], twice["StatusCode"]) == ("twice", "doubled", "Complete"), twice
    assert twice["Values"] == [2.0 * at for at in range(10)], twice["Values"]
    assert wait["Values"] == [5.0] * 10, wait["Values"]
    assert isinstance(twice["Timestamps"][0], datetime.datetime)
    with refused("InvalidParameterCombination"):
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "A", "Value": 1.0, "Values": [1.0]}])
    with refused("InvalidParameterValue"):
        cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[{"MetricName": "A", "Value": 1.0}])
    with refused("InvalidParameterValue"):
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "A", "Value": float("nan")}])
    with refused("ValidationError"):
        cloudwatch.get_metric_data(MetricDataQueries=[{"Id": "x", "Expression": "nosuch * 2"}], **span)
    with refused("ResourceNotFound"):
        cloudwatch.set_alarm_state(AlarmName="nosuch", StateValue="OK", StateReason="x")


def older_protocols():
    """The same metrics with the query protocol of older SDKs, and with JSON."""
    form = {"Namespace": "Old", "MetricData.member.1.MetricName": "Depth", "MetricData.member.1.Value": "3.5"}
    status, answer = by_query("PutMetricData", **form)
    assert status == 200 and answer.tag == f"{QUERY_NAMESPACE}PutMetricDataResponse", ET.tostring(answer)
    status, answer = by_query("ListMetrics", Namespace="Old")
    assert [one.text for one in answer.iter(f"{QUERY_NAMESPACE}MetricName")] == ["Depth"], ET.tostring(answer)
    status, answer = by_query("DescribeAlarms", **{"AlarmNames.member.1": "clock"})
    assert status == 200 and [one.text for one in answer.iter(f"{QUERY_NAMESPACE}AlarmName")] == ["clock"]
    status, answer = by_query("SetAlarmState", AlarmName="nosuch", StateValue="OK", StateReason="x")
    assert status == 404 and answer.find(f".//{QUERY_NAMESPACE}Code").text == "ResourceNotFound", ET.tostring(answer)
    status, answer = by_query("Nonsense")
    assert status == 400 and answer.find(f".//{QUERY_NAMESPACE}Code").text == "InvalidAction", ET.tostring(answer)
    status, answer = by_json("ListMetrics", Namespace="Old")
    assert status == 200 and answer["Metrics"][0]["MetricName"] == "Depth", answer
    status, answer = by_json("SetAlarmState", AlarmName="nosuch", StateValue="OK", StateReason="x")
    assert status in (400, 404) and answer["__type"].endswith("ResourceNotFound"), answer


def alarms():
    account = sts.get_caller_identity()["Account"]
    rule = {
        "Namespace": "Queue", "MetricName": "Depth", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2, "Threshold": 50.0, "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch.put_metric_alarm(AlarmName="deep", **rule)

    def state():
        return cloudwatch.describe_alarms(AlarmNames=["deep"])["MetricAlarms"][0]

    one = state()
    assert (one["StateValue"], one["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation"), one
    assert one["AlarmArn"] == f"arn:aws:cloudwatch:{REGION}:{account}:alarm:deep" and one["ActionsEnabled"]
    depth([10.0] * 4)
    assert state()["StateValue"] == "OK", state()
    depth([80.0] * 2)
    advance(60)
    one = state()
    assert one["StateValue"] == "ALARM", one
    assert one["StateReason"].startswith("Threshold Crossed: 2 out of the last 3 datapoints ["), one["StateReason"]
    assert "were greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition)." in one["StateReason"]
    advance(900)
    assert state()["StateValue"] == "INSUFFICIENT_DATA", state()
    moves = cloudwatch.describe_alarm_history(AlarmName="deep", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert [one["HistorySummary"] for one in moves] == [
        "Alarm updated from ALARM to INSUFFICIENT_DATA",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ], moves
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("deep") OR ALARM("clock")')
    with refused("ValidationError"):
        cloudwatch.put_composite_alarm(AlarmName="bad", AlarmRule="ALARM(")
    cloudwatch.set_alarm_state(AlarmName="deep", StateValue="ALARM", StateReason="by hand")
    composite = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert composite["StateValue"] == "ALARM", composite
    with refused("ValidationError", "Cannot delete deep as there are composite alarm(s) depending on it."):
        cloudwatch.delete_alarms(AlarmNames=["deep"])
    with refused("ValidationError"):
        cloudwatch.put_composite_alarm(AlarmName="deep", AlarmRule='NOT ALARM("deep")')
    cloudwatch.delete_alarms(AlarmNames=["any"])
    cloudwatch.delete_alarms(AlarmNames=["deep"])
    with refused("ValidationError", "Period must be 10, 20, 30 or a multiple of 60"):
        cloudwatch.put_metric_alarm(AlarmName="deep", **{**rule, "Period": 7})
    with refused("ValidationError"):
        cloudwatch.put_metric_alarm(AlarmName="deep", **{**rule, "DatapointsToAlarm": 4})


def depth(values):
    for value in values:
        cloudwatch.put_metric_data(Namespace="Queue", MetricData=[{"MetricName": "Depth", "Value": value}])
        advance(60)


def shop():
    ecs.create_cluster(clusterName=CLUSTER)
    hosts(4, IamInstanceProfile=profile(CLUSTER, INSTANCE_POLICY), UserData=user_data(CLUSTER), InstanceType="t3.small")
    advance(240)
    idle = define("scaling", container("nginx", memory=64, cpu=256))
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition=idle, desiredCount=2)
    advance(120)


def desired():
    return service(CLUSTER, "web")["desiredCount"]


def targets_and_refusals():
    with refused("ValidationException", "ECS service doesn't exist: service/scaling/nosuch"):
        scaling.register_scalable_target(**{**WEB, "ResourceId": "service/scaling/nosuch"}, MinCapacity=1, MaxCapacity=2)
    with refused("ValidationException"):
        scaling.register_scalable_target(**WEB, MinCapacity=5, MaxCapacity=2)
    with refused("ObjectNotFoundException", "No scalable target registered for service namespace: ecs, resource ID: service/scaling/web, scalable dimension: ecs:service:DesiredCount"):
        scaling.put_scaling_policy(
            **WEB, PolicyName="cpu", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 50.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}},
        )
    arn = scaling.register_scalable_target(**WEB, MinCapacity=3, MaxCapacity=8)["ScalableTargetARN"]
    advance(5)
    assert desired() == 3, "it goes within its bounds at once"
    seen = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[WEB["ResourceId"]])["ScalableTargets"][0]
    assert (seen["MinCapacity"], seen["MaxCapacity"], seen["ScalableTargetARN"]) == (3, 8, arn), seen
    assert seen["RoleARN"].endswith("AWSServiceRoleForApplicationAutoScaling_ECSService"), seen
    first = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"][0]
    assert (first["StatusCode"], first["Cause"]) == ("Successful", "minimum capacity was set to 3"), first


def tracking():
    rule = {
        "TargetValue": 50.0, "ScaleOutCooldown": 60, "ScaleInCooldown": 60,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }
    made = scaling.put_scaling_policy(
        **WEB, PolicyName="cpu", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=rule
    )
    high, low = sorted(made["Alarms"], key=lambda one: one["AlarmName"])
    found = {one["AlarmName"]: one for one in cloudwatch.describe_alarms(AlarmNames=[high["AlarmName"], low["AlarmName"]])["MetricAlarms"]}
    up, down = found[high["AlarmName"]], found[low["AlarmName"]]
    assert high["AlarmName"].startswith("TargetTracking-service/scaling/web-AlarmHigh-"), high
    assert (up["Threshold"], up["EvaluationPeriods"], up["Period"], up["ComparisonOperator"]) == (50.0, 3, 60, "GreaterThanThreshold"), up
    assert (down["Threshold"], down["EvaluationPeriods"], down["ComparisonOperator"]) == (45.0, 15, "LessThanThreshold"), down
    assert up["AlarmActions"] == [made["PolicyARN"]], up
    busy = define("scaling", container("busybox", memory=64, cpu=256, entryPoint=["sh", "-c"], command=["while true; do :; done"]))
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=busy)
    advance(900)
    assert desired() == 8, "no more than the maximum"
    wanted = "Successfully set desired count to 8. Change successfully fulfilled by ecs."
    last = scaling.describe_scaling_activities(**{key: WEB[key] for key in ("ServiceNamespace", "ResourceId")})["ScalingActivities"][0]
    assert last["StatusMessage"] == wanted, last
    assert last["Cause"] == f"monitor alarm {high['AlarmName']} in state ALARM triggered policy cpu", last
    assert any(one.startswith(f"Message: {wanted} Cause: monitor alarm") for one in events(CLUSTER, "web")), events(CLUSTER, "web")
    advance(300)
    used = cloudwatch.get_metric_statistics(
        Namespace="AWS/ECS", MetricName="CPUUtilization", StartTime=now() - datetime.timedelta(minutes=5), EndTime=now(),
        Period=60, Statistics=["Average"],
        Dimensions=[{"Name": "ClusterName", "Value": CLUSTER}, {"Name": "ServiceName", "Value": "web"}],
    )["Datapoints"]
    assert used and all(one["Average"] > 99.0 for one in used), ("of what is reserved", used)
    idle = define("scaling", container("nginx", memory=64, cpu=256))
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=idle)
    advance(3_600)
    assert desired() == 3, "and no less than the minimum"
    scaling.delete_scaling_policy(**WEB, PolicyName="cpu")
    assert not cloudwatch.describe_alarms(AlarmNamePrefix="TargetTracking-")["MetricAlarms"]


def steps_and_schedules():
    steps = [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 20.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20.0, "ScalingAdjustment": 3},
    ]
    rule = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps, "Cooldown": 300}
    with refused("ValidationException"):
        gap = [{**steps[0], "MetricIntervalUpperBound": 10.0}, steps[1]]
        scaling.put_scaling_policy(**WEB, PolicyName="steps", PolicyType="StepScaling", StepScalingPolicyConfiguration={**rule, "StepAdjustments": gap})
    arn = scaling.put_scaling_policy(**WEB, PolicyName="steps", PolicyType="StepScaling", StepScalingPolicyConfiguration=rule)["PolicyARN"]
    cloudwatch.put_metric_alarm(
        AlarmName="deep", Namespace="Queue", MetricName="Depth", Statistic="Average", Period=60, EvaluationPeriods=1,
        Threshold=50.0, ComparisonOperator="GreaterThanThreshold", AlarmActions=[arn],
    )
    depth([60.0] * 3)
    assert desired() == 4, "the first step, once: then it rests"
    depth([90.0] * 5)
    assert desired() == 7, "the second step"
    listed = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
    assert [one["AlarmName"] for one in listed["Alarms"]] == ["deep"], listed
    cloudwatch.delete_alarms(AlarmNames=["deep"])
    with refused("ValidationException"):
        scaling.put_scheduled_action(**WEB, ScheduledActionName="x", Schedule="cron(99 99 * * ? *)", ScalableTargetAction={"MinCapacity": 1})
    at = (now() + datetime.timedelta(minutes=10)).astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    scaling.put_scheduled_action(
        **WEB, ScheduledActionName="night", Schedule=f"at({at})", ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 2}
    )
    advance(900)
    assert desired() == 2
    last = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"][0]
    assert last["Cause"] == "maximum capacity was set to 2", last
    scaling.deregister_scalable_target(**WEB)
    with refused("ObjectNotFoundException"):
        scaling.deregister_scalable_target(**WEB)


def main():
    metrics()
    older_protocols()
    alarms()
    shop()
    targets_and_refusals()
    tracking()
    steps_and_schedules()
    ecs.delete_service(cluster=CLUSTER, service="web", force=True)
    print("scaling: all as expected")


if __name__ == "__main__":
    main()
