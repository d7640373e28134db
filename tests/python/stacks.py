#!/usr/bin/env python3
"""AWS CloudFormation with boto3 and the AWS CLI: templates validated, a stack made, changed by a change set, rolled back,
drifted and deleted, and `aws cloudformation deploy` from nothing to an endpoint.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

import os
import subprocess
import tempfile
import threading

from cloud import ENDPOINT, advance, client, ecs, refused

cloudformation = client("cloudformation")

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Description: A cluster and what runs in it
Parameters:
  Memory: { Type: Number, Default: 128, MinValue: 4, Description: MiB of a task }
  Secret: { Type: String, NoEcho: true, Default: hushhush }
  Insights: { Type: String, Default: disabled, AllowedValues: [enabled, disabled] }
Conditions:
  Watched: !Equals [!Ref Insights, enabled]
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
    Properties:
      ClusterName: !Sub "${AWS::StackName}-cluster"
      ClusterSettings:
        - { Name: containerInsights, Value: !If [Watched, enabled, disabled] }
  Definition:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Join ["-", [!Ref AWS::StackName, web]]
      ContainerDefinitions:
        - Name: web
          Image: nginx
          Memory: !Ref Memory
          Environment: [{ Name: SECRET, Value: !Ref Secret }]
Outputs:
  Cluster:
    Value: !GetAtt Cluster.Arn
    Export: { Name: !Sub "${AWS::StackName}-cluster" }
"""


def stack(name):
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def settled(name):
    """Lets time pass until nothing is under way with a stack; its status."""
    for _ in range(120):
        status = stack(name)["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            return status
        advance(5)
    raise AssertionError(f"{name} is still {status}")


def events(name):
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]]


def parameters(**values):
    return [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in values.items()]


def validated():
    found = cloudformation.validate_template(TemplateBody=TEMPLATE)
    assert found["Description"] == "A cluster and what runs in it"
    assert {one["ParameterKey"] for one in found["Parameters"]} == {"Memory", "Secret", "Insights"}
    summary = cloudformation.get_template_summary(TemplateBody=TEMPLATE)
    assert set(summary["ResourceTypes"]) == {"AWS::ECS::Cluster", "AWS::ECS::TaskDefinition"}
    with refused("ValidationError", "Template format error: Unresolved resource dependencies [Nothing]"):
        cloudformation.validate_template(TemplateBody=TEMPLATE.replace("!Ref Memory", "!Ref Nothing"))
    with refused("ValidationError", "Parameter 'Insights' must be one of AllowedValues"):
        cloudformation.create_stack(StackName="s", TemplateBody=TEMPLATE, Parameters=parameters(Insights="maybe"))
    with refused("ValidationError", "Parameters: [Other] do not exist in the template"):
        cloudformation.create_stack(StackName="s", TemplateBody=TEMPLATE, Parameters=parameters(Other="x"))
    role = """{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}}}"""
    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"):
        cloudformation.create_stack(StackName="s", TemplateBody=role)


def made():
    made = cloudformation.create_stack(
        StackName="story", TemplateBody=TEMPLATE, Parameters=parameters(Memory=64),
        Tags=[{"Key": "course", "Value": "ecs"}], ClientRequestToken="first",
    )
    assert made["StackId"].startswith("arn:aws:cloudformation:")
    with refused("AlreadyExistsException", "Stack [story] already exists"):
        cloudformation.create_stack(StackName="story", TemplateBody=TEMPLATE)
    assert settled("story") == "CREATE_COMPLETE"
    found = stack("story")
    assert {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]} == {
        "Memory": "64", "Secret": "****", "Insights": "disabled",
    }
    assert found["Outputs"][0]["OutputValue"].endswith(":cluster/story-cluster")
    assert found["Tags"] == [{"Key": "course", "Value": "ecs"}]
    story = events("story")
    assert [story[-1]["ResourceStatus"], story[-1]["ResourceStatusReason"]] == ["CREATE_IN_PROGRESS", "User Initiated"]
    assert len({event["EventId"] for event in story}) == len(story)
    assert story[0]["ResourceStatus"] == "CREATE_COMPLETE" and story[0]["ClientRequestToken"] == "first"
    shown = [event.get("ResourceProperties", "") for event in story]
    assert any("****" in text for text in shown) and not any("hushhush" in text for text in shown)
    listed = cloudformation.list_stack_resources(StackName="story")["StackResourceSummaries"]
    assert {one["LogicalResourceId"] for one in listed} == {"Cluster", "Definition"}
    body = cloudformation.get_template(StackName="story")["TemplateBody"]
    assert body == TEMPLATE, body
    with refused("InvalidParameterException", "reserved for AWS"):
        arn = ecs.describe_clusters(clusters=["story-cluster"])["clusters"][0]["clusterArn"]
        ecs.untag_resource(resourceArn=arn, tagKeys=["aws:cloudformation:stack-name"])


def changed():
    with refused("ValidationError", "No updates are to be performed."):
        cloudformation.update_stack(
            StackName="story", UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": "Memory", "UsePreviousValue": True}],
        )
    cloudformation.create_change_set(
        StackName="story", ChangeSetName="bigger", UsePreviousTemplate=True,
        Parameters=parameters(Memory=256, Insights="enabled"),
    )
    assert cloudformation.describe_change_set(StackName="story", ChangeSetName="bigger")["Status"] == "CREATE_IN_PROGRESS"
    advance(10)
    found = cloudformation.describe_change_set(StackName="story", ChangeSetName="bigger")
    changes = {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in found["Changes"]}
    assert changes["Cluster"]["Replacement"] == "False" and changes["Definition"]["Replacement"] == "True"
    cause = changes["Definition"]["Details"][0]
    assert (cause["ChangeSource"], cause["CausingEntity"]) == ("ParameterReference", "Memory"), cause
    cloudformation.execute_change_set(StackName="story", ChangeSetName="bigger")
    assert settled("story") == "UPDATE_COMPLETE"
    # A failure: less memory than Docker takes.
    cloudformation.update_stack(
        StackName="story", TemplateBody=TEMPLATE.replace("MinValue: 4", "MinValue: 1"), Parameters=parameters(Memory=2),
    )
    assert settled("story") == "UPDATE_ROLLBACK_COMPLETE"
    failed = {
        event["LogicalResourceId"]: event["ResourceStatusReason"]
        for event in events("story") if event["ResourceStatus"] == "UPDATE_FAILED"
    }
    assert "HandlerErrorCode: InvalidRequest" in failed["Definition"], failed
    assert failed["Cluster"] == "Resource update cancelled", failed
    ecs.update_cluster_settings(cluster="story-cluster", settings=[{"name": "containerInsights", "value": "disabled"}])
    detection = cloudformation.detect_stack_drift(StackName="story")["StackDriftDetectionId"]
    advance(30)
    status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    assert (status["DetectionStatus"], status["StackDriftStatus"]) == ("DETECTION_COMPLETE", "DRIFTED"), status
    drifts = cloudformation.describe_stack_resource_drifts(
        StackName="story", StackResourceDriftStatusFilters=["MODIFIED"]
    )["StackResourceDrifts"]
    assert [one["LogicalResourceId"] for one in drifts] == ["Cluster"], drifts


def deleted():
    cloudformation.update_termination_protection(StackName="story", EnableTerminationProtection=True)
    with refused("ValidationError", "cannot be deleted while TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName="story")
    cloudformation.update_termination_protection(StackName="story", EnableTerminationProtection=False)
    arn = stack("story")["StackId"]
    cloudformation.delete_stack(StackName="story")
    assert settled(arn) == "DELETE_COMPLETE"
    with refused("ValidationError", "Stack with id story does not exist"):
        cloudformation.describe_stacks(StackName="story")
    assert ecs.list_clusters()["clusterArns"] == []


def deployed():
    """The CLI waits by its own clock; meanwhile the world's goes on."""
    over = threading.Event()

    def pass_time():
        while not over.wait(0.5):
            advance(10)

    clock = threading.Thread(target=pass_time)
    clock.start()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(TEMPLATE)
        file.flush()
        command = ["aws", "--endpoint-url", ENDPOINT, "cloudformation", "deploy", "--stack-name", "deployed"]
        command += ["--template-file", file.name, "--parameter-overrides", "Memory=64"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "AWS_PAGER": ""})
    over.set()
    clock.join()
    assert done.returncode == 0, done
    assert "Successfully created/updated stack - deployed" in done.stdout, done
    assert stack("deployed")["StackStatus"] == "CREATE_COMPLETE"
    arn = stack("deployed")["StackId"]
    cloudformation.delete_stack(StackName="deployed")
    assert settled(arn) == "DELETE_COMPLETE"


validated()
made()
changed()
deleted()
deployed()
