#!/usr/bin/env python3
"""What changes the size of an Auto Scaling group, and what holds its instances: lifecycle hooks, scaling policies of all
kinds, scheduled actions.

Environment: see cloud.py.
"""

import datetime

from cloud import IMAGE, advance, client, default_subnets, ec2, refused, ssm

scaling, cloudwatch = client("autoscaling"), client("cloudwatch")
GROUP = "sizes"
OF = {"AutoScalingGroupName": GROUP}


def group():
    return scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]


def states():
    return sorted(one["LifecycleState"] for one in group()["Instances"])


def desired():
    return group()["DesiredCapacity"]


def cause():
    return scaling.describe_scaling_activities(**OF)["Activities"][0]["Cause"]


def now():
    """The endpoint's own clock, which differs from ours: from the moment of an alarm that is set by hand."""
    cloudwatch.put_metric_alarm(
        AlarmName="sizes-clock", Namespace="Clock", MetricName="None", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
    )
    cloudwatch.set_alarm_state(AlarmName="sizes-clock", StateValue="OK", StateReason="now")
    return cloudwatch.describe_alarms(AlarmNames=["sizes-clock"])["MetricAlarms"][0]["StateUpdatedTimestamp"]


def begin():
    image = ssm.get_parameter(Name=IMAGE)["Parameter"]["Value"]
    ec2.create_launch_template(LaunchTemplateName=GROUP, LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"})
    scaling.create_auto_scaling_group(
        **OF, MinSize=0, MaxSize=6, DesiredCapacity=0, LaunchTemplate={"LaunchTemplateName": GROUP, "Version": "$Latest"},
        VPCZoneIdentifier=",".join(one["SubnetId"] for one in default_subnets()[:2]), DefaultCooldown=60,
        LifecycleHookSpecificationList=[
            {"LifecycleHookName": "boot", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 300}
        ],
    )


def hooks():
    scaling.put_lifecycle_hook(
        **OF, LifecycleHookName="drain", LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=120,
        DefaultResult="CONTINUE",
    )
    listed = {one["LifecycleHookName"]: one for one in scaling.describe_lifecycle_hooks(**OF)["LifecycleHooks"]}
    assert (listed["boot"]["DefaultResult"], listed["boot"]["GlobalTimeout"]) == ("ABANDON", 30_000), listed
    assert len(scaling.describe_lifecycle_hook_types()["LifecycleHookTypes"]) == 2
    with refused("ValidationError", "Unable to publish test message to notification target"):
        scaling.put_lifecycle_hook(
            **OF, LifecycleHookName="told", LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
            RoleARN="arn:aws:iam::123456789012:role/none", NotificationTargetARN="arn:aws:sns:us-east-1:123456789012:none",
        )
    scaling.set_desired_capacity(**OF, DesiredCapacity=1)
    advance(60)
    assert states() == ["Pending:Wait"], states()
    instance = group()["Instances"][0]["InstanceId"]
    with refused("ValidationError", "No active Lifecycle Action found with instance ID i-0123"):
        scaling.complete_lifecycle_action(**OF, LifecycleHookName="boot", InstanceId="i-0123", LifecycleActionResult="CONTINUE")
    advance(200)
    scaling.record_lifecycle_action_heartbeat(**OF, LifecycleHookName="boot", InstanceId=instance)
    advance(200)
    assert states() == ["Pending:Wait"], states()
    scaling.complete_lifecycle_action(**OF, LifecycleHookName="boot", InstanceId=instance, LifecycleActionResult="CONTINUE")
    advance(10)
    assert states() == ["InService"], states()
    scaling.delete_lifecycle_hook(**OF, LifecycleHookName="boot")
    scaling.set_desired_capacity(**OF, DesiredCapacity=0)
    advance(60)
    assert states() == ["Terminating:Wait"], states()
    advance(240)
    assert states() == [], "the default is to continue"
    scaling.delete_lifecycle_hook(**OF, LifecycleHookName="drain")


def policies():
    scaling.set_desired_capacity(**OF, DesiredCapacity=1)
    advance(300)
    simple = scaling.put_scaling_policy(**OF, PolicyName="two", AdjustmentType="ExactCapacity", ScalingAdjustment=2)
    assert ":scalingPolicy:" in simple["PolicyARN"] and simple["Alarms"] == [], simple
    scaling.execute_policy(**OF, PolicyName="two", HonorCooldown=True)
    advance(45)
    assert desired() == 2 and "a user request executed policy two" in cause(), cause()
    with refused("ScalingActivityInProgress"):
        scaling.execute_policy(PolicyName=simple["PolicyARN"], HonorCooldown=True)
    steps = [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 20.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20.0, "ScalingAdjustment": 2},
    ]
    made = scaling.put_scaling_policy(
        **OF, PolicyName="steps", PolicyType="StepScaling", AdjustmentType="ChangeInCapacity", StepAdjustments=steps,
        EstimatedInstanceWarmup=60,
    )
    with refused("ValidationError"):
        scaling.put_scaling_policy(**OF, PolicyName="steps", PolicyType="StepScaling", AdjustmentType="ChangeInCapacity")
    cloudwatch.put_metric_alarm(
        AlarmName="sizes-deep", Namespace="Sizes", MetricName="Depth", Statistic="Average", Period=60, EvaluationPeriods=1,
        Threshold=50.0, ComparisonOperator="GreaterThanThreshold", AlarmActions=[made["PolicyARN"]],
    )
    depth(90.0, 90.0)
    assert desired() == 4 and "a monitor alarm sizes-deep in state ALARM triggered policy steps" in cause(), cause()
    listed = scaling.describe_policies(**OF, PolicyTypes=["StepScaling"])["ScalingPolicies"]
    assert [one["AlarmName"] for one in listed[0]["Alarms"]] == ["sizes-deep"], listed
    scaling.delete_policy(**OF, PolicyName="steps")
    assert cloudwatch.describe_alarms(AlarmNames=["sizes-deep"])["MetricAlarms"][0]["AlarmActions"] == []
    scaling.delete_policy(**OF, PolicyName="two")
    types = scaling.describe_adjustment_types()["AdjustmentTypes"]
    assert len(types) == 3, types


def depth(*values):
    for value in values:
        cloudwatch.put_metric_data(Namespace="Sizes", MetricData=[{"MetricName": "Depth", "Value": value}])
        advance(60)


def tracking():
    rule = {"TargetValue": 40.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}}
    made = scaling.put_scaling_policy(
        **OF, PolicyName="cpu", PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=rule
    )
    high, low = made["Alarms"]
    assert high["AlarmName"].startswith(f"TargetTracking-{GROUP}-AlarmHigh-"), made
    watched = cloudwatch.describe_alarms(AlarmNames=[high["AlarmName"]])["MetricAlarms"][0]
    assert watched["Dimensions"] == [{"Name": "AutoScalingGroupName", "Value": GROUP}], watched
    assert (watched["Threshold"], watched["EvaluationPeriods"]) == (40.0, 3), watched
    advance(2_400)
    assert desired() == 1 and low["AlarmName"] in cause(), (desired(), cause())
    shown = scaling.describe_policies(PolicyNames=["cpu"], **OF)["ScalingPolicies"][0]
    assert shown["TargetTrackingConfiguration"]["TargetValue"] == 40.0 and shown["Enabled"], shown
    scaling.delete_policy(**OF, PolicyName="cpu")
    assert not cloudwatch.describe_alarms(AlarmNamePrefix=f"TargetTracking-{GROUP}-")["MetricAlarms"]


def schedules():
    at = now() + datetime.timedelta(minutes=10)
    scaling.put_scheduled_update_group_action(
        **OF, ScheduledActionName="once", StartTime=at, MinSize=2, MaxSize=5, DesiredCapacity=3
    )
    with refused("AlreadyExists"):
        scaling.put_scheduled_update_group_action(**OF, ScheduledActionName="again", StartTime=at, MinSize=2)
    with refused("ValidationError", "Given start time is in the past"):
        scaling.put_scheduled_update_group_action(
            **OF, ScheduledActionName="late", StartTime=now() - datetime.timedelta(hours=1), MinSize=2
        )
    failed = scaling.batch_put_scheduled_update_group_action(
        **OF,
        ScheduledUpdateGroupActions=[
            {"ScheduledActionName": "daily", "Recurrence": "0 3 * * *", "DesiredCapacity": 2},
            {"ScheduledActionName": "never", "Recurrence": "0 25 * * *", "DesiredCapacity": 2},
        ],
    )["FailedScheduledUpdateGroupActions"]
    assert [(one["ScheduledActionName"], one["ErrorCode"]) for one in failed] == [("never", "ValidationError")], failed
    listed = scaling.describe_scheduled_actions(**OF)["ScheduledUpdateGroupActions"]
    assert {one["ScheduledActionName"] for one in listed} == {"once", "daily"}, listed
    scaling.delete_scheduled_action(**OF, ScheduledActionName="daily")
    advance(900)
    seen = group()
    assert (seen["MinSize"], seen["MaxSize"], seen["DesiredCapacity"]) == (2, 5, 3), seen
    assert "a scheduled action update of AutoScalingGroup constraints to min: 2, max: 5, desired: 3" in cause(), cause()
    assert not scaling.describe_scheduled_actions(**OF)["ScheduledUpdateGroupActions"]


def main():
    begin()
    hooks()
    policies()
    tracking()
    schedules()
    scaling.delete_auto_scaling_group(**OF, ForceDelete=True)
    print("group_sizes: all as expected")


if __name__ == "__main__":
    main()
