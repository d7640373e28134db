#!/usr/bin/env python3
"""CloudWatch Logs, Secrets Manager and Systems Manager with boto3: what is written is read back, page by page.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

import json
import time

from cloud import client, iam, refused, role, ssm

PREFIX = "around"
logs, secrets = client("logs"), client("secretsmanager")


def try_logs():
    group, streams = f"/{PREFIX}/web", ["ecs/web/1", "ecs/web/2"]
    logs.create_log_group(logGroupName=group, tags={"lab": PREFIX})
    with refused("ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName=group)
    now = int(time.time() * 1000)
    for number, stream in enumerate(streams):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": now - 5000 + 10 * at + number, "message": f"GET /{at} {200 + at}"} for at in range(20)]
        answer = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        assert "rejectedLogEventsInfo" not in answer, answer
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, PaginationConfig={"PageSize": 7})
    seen = [event for page in pages for event in page["events"]]
    assert len(seen) == 40 and len({event["eventId"] for event in seen}) == 40
    assert [e["timestamp"] for e in seen] == sorted(e["timestamp"] for e in seen)
    found = logs.filter_log_events(logGroupName=group, filterPattern='"GET /7"')["events"]
    assert len(found) == 2 and {e["logStreamName"] for e in found} == set(streams), found
    arguments = {"logGroupName": group, "logStreamName": streams[0], "startFromHead": True, "limit": 8}
    page, texts = logs.get_log_events(**arguments), []
    while True:
        texts += [event["message"] for event in page["events"]]
        token = page["nextForwardToken"]
        page = logs.get_log_events(**arguments, nextToken=token)
        if page["nextForwardToken"] == token:
            break
    assert texts == [f"GET /{at} {200 + at}" for at in range(20)], texts
    newest = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"]
    assert [stream["logStreamName"] for stream in newest] == streams[::-1]
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName=group, retentionInDays=2)
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    assert found["retentionInDays"] == 7 and found["storedBytes"] > 0, found
    assert logs.list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"] == {"lab": PREFIX}
    query = logs.start_query(
        logGroupName=group,
        startTime=now // 1000 - 60,
        endTime=now // 1000 + 60,
        queryString="fields @message | filter @message like 'GET /1' | sort @timestamp asc | limit 3",
    )
    result = logs.get_query_results(queryId=query["queryId"])
    assert result["status"] == "Complete" and len(result["results"]) == 3, result
    logs.delete_log_group(logGroupName=group)


def try_secrets():
    name = f"{PREFIX}/db"
    made = secrets.create_secret(Name=name, SecretString=json.dumps({"password": "one"}))
    assert len(made["ARN"].rsplit("-", 1)[1]) == 6, made
    secrets.put_secret_value(SecretId=made["ARN"], SecretString=json.dumps({"password": "two"}))
    assert "two" in secrets.get_secret_value(SecretId=name)["SecretString"]
    assert "one" in secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"]
    assert len(secrets.get_random_password(PasswordLength=20)["RandomPassword"]) == 20
    secrets.create_secret(Name=f"{name}/blob", SecretBinary=b"\x00\xff")
    assert secrets.get_secret_value(SecretId=f"{name}/blob")["SecretBinary"] == b"\x00\xff"
    pages = secrets.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [name]}])
    assert {one["Name"] for page in pages for one in page["SecretList"]} == {name, f"{name}/blob"}
    secrets.delete_secret(SecretId=name)
    with refused("InvalidRequestException"):
        secrets.get_secret_value(SecretId=name)
    secrets.restore_secret(SecretId=name)
    for one in (name, f"{name}/blob"):
        secrets.delete_secret(SecretId=one, ForceDeleteWithoutRecovery=True)
    with refused("ResourceNotFoundException"):
        secrets.describe_secret(SecretId=name)


def try_parameters():
    path = f"/{PREFIX}"
    for name, kind, value in (("url", "String", "http://a"), ("list", "StringList", "a,b"), ("key", "SecureString", "k")):
        assert ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type=kind)["Version"] == 1
    with refused("ParameterAlreadyExists"):
        ssm.put_parameter(Name=f"{path}/url", Value="x", Type="String")
    assert ssm.put_parameter(Name=f"{path}/url", Value="http://b", Type="String", Overwrite=True)["Version"] == 2
    assert ssm.get_parameter(Name=f"{path}/url:1")["Parameter"]["Value"] == "http://a"
    assert ssm.get_parameter(Name=f"{path}/key")["Parameter"]["Value"] != "k"
    found = ssm.get_parameters_by_path(Path=path, WithDecryption=True)["Parameters"]
    assert {one["Name"].rsplit("/", 1)[1]: one["Value"] for one in found} == {"url": "http://b", "list": "a,b", "key": "k"}
    filters = [{"Key": "Path", "Values": [path]}, {"Key": "Type", "Values": ["StringList"]}]
    assert [one["Name"] for one in ssm.describe_parameters(ParameterFilters=filters)["Parameters"]] == [f"{path}/list"]
    gone = ssm.delete_parameters(Names=[f"{path}/{name}" for name in ("url", "list", "key", "none")])
    assert len(gone["DeletedParameters"]) == 3 and gone["InvalidParameters"] == [f"{path}/none"], gone


def try_activations():
    name = f"{PREFIX}-anywhere"
    role(name, "ssm.amazonaws.com")
    made = ssm.create_activation(IamRole=name, RegistrationLimit=2, DefaultInstanceName=PREFIX)
    filters = [{"FilterKey": "ActivationIds", "FilterValues": [made["ActivationId"]]}]
    listed = ssm.describe_activations(Filters=filters)["ActivationList"]
    assert len(listed) == 1 and not listed[0]["Expired"] and listed[0]["RegistrationLimit"] == 2, listed
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    ssm.delete_activation(ActivationId=made["ActivationId"])
    iam.delete_role(RoleName=name)


if __name__ == "__main__":
    for part in (try_logs, try_secrets, try_parameters, try_activations):
        part()
        print(part.__name__, "held")
