#!/usr/bin/env python3
"""Templates in Amazon S3 with boto3 and the AWS CLI: objects put, listed, copied and removed; a template by its URL; `aws
cloudformation package` and `deploy` with a stack inside of a stack; a wait condition told by HTTP; a cluster's default
namespace.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

import json
import os
import subprocess
import tempfile
import threading
import urllib.request

from cloud import ENDPOINT, REGION, advance, client, document, allow, ecs, iam, refused, until

import boto3

cloudformation, s3, discovery = client("cloudformation"), client("s3"), client("servicediscovery")
BUCKET = "templates-of-the-story"
INNER = """
Parameters: { Name: { Type: String } }
Resources:
  Cluster: { Type: AWS::ECS::Cluster, Properties: { ClusterName: !Ref Name } }
Outputs:
  Arn: { Value: !GetAtt Cluster.Arn }
"""
OUTER = """
Resources:
  Inner: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: inner.yaml, Parameters: { Name: inside } } }
Outputs:
  Arn: { Value: !GetAtt Inner.Outputs.Arn }
"""


def settled(name):
    """The status of a stack, once nothing is under way."""

    def status():
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        return None if found.endswith("_IN_PROGRESS") else found

    return until(f"{name} settles", status)


def objects():
    s3.create_bucket(Bucket=BUCKET)
    key = "a b/ü+c.yaml"
    etag = s3.put_object(Bucket=BUCKET, Key=key, Body=INNER.encode(), ContentType="text/yaml")["ETag"]
    got = s3.get_object(Bucket=BUCKET, Key=key)
    assert (got["Body"].read().decode(), got["ETag"], got["ContentType"]) == (INNER, etag, "text/yaml")
    s3.put_object(Bucket=BUCKET, Key="bytes", Body=bytes(range(256)))
    assert s3.get_object(Bucket=BUCKET, Key="bytes")["Body"].read() == bytes(range(256))
    assert s3.head_object(Bucket=BUCKET, Key="bytes")["ContentLength"] == 256
    found = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert [one["Key"] for one in found["Contents"]] == ["bytes"]
    assert [one["Prefix"] for one in found["CommonPrefixes"]] == ["a b/"]
    assert [one.key for one in boto3.resource("s3").Bucket(BUCKET).objects.all()] == [key, "bytes"]
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
    assert s3.get_object(Bucket=BUCKET, Key="copy")["ETag"] == etag
    with refused("NoSuchKey", "The specified key does not exist."):
        s3.get_object(Bucket=BUCKET, Key="none")
    with refused("NoSuchBucket"):
        s3.put_object(Bucket="none-of-that-name", Key="x", Body=b"")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket=BUCKET)
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] in (None, REGION)
    validated = cloudformation.validate_template(TemplateURL=f"https://{BUCKET}.s3.amazonaws.com/copy")
    assert validated["Parameters"][0]["ParameterKey"] == "Name"
    with refused("ValidationError", "S3 error: The specified key does not exist."):
        cloudformation.create_stack(StackName="x", TemplateURL=f"https://{BUCKET}.s3.amazonaws.com/none")


def permitted():
    """What lies in a bucket is read with the permissions of who asks."""
    iam.create_user(UserName="templates")
    iam.put_user_policy(UserName="templates", PolicyName="p", PolicyDocument=document(allow("cloudformation:*")))
    key = iam.create_access_key(UserName="templates")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    url = f"https://{BUCKET}.s3.amazonaws.com/copy"
    with refused("ValidationError", "S3 error: Access Denied"):
        client("cloudformation", session).validate_template(TemplateURL=url)
    with refused("AccessDenied", f"s3:GetObject on resource: arn:aws:s3:::{BUCKET}/copy"):
        client("s3", session).get_object(Bucket=BUCKET, Key="copy")
    reads = document(allow("cloudformation:*"), allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*"))
    iam.put_user_policy(UserName="templates", PolicyName="p", PolicyDocument=reads)
    client("cloudformation", session).validate_template(TemplateURL=url)
    iam.delete_user_policy(UserName="templates", PolicyName="p")
    iam.delete_access_key(UserName="templates", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="templates")


def packaged():
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("inner.yaml", INNER), ("outer.yaml", OUTER)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        aws = ["aws", "--endpoint-url", ENDPOINT, "--region", REGION, "cloudformation"]
        package = ["package", "--template-file", "outer.yaml", "--s3-bucket", BUCKET, "--output-template-file", "out.yaml"]
        subprocess.run(aws + package, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        over = threading.Event()

        def clock():
            while not over.wait(0.5):
                advance(5)

        mover = threading.Thread(target=clock)
        mover.start()
        try:
            deploy = ["deploy", "--template-file", "out.yaml", "--stack-name", "outer", "--s3-bucket", BUCKET]
            subprocess.run(aws + deploy, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        finally:
            over.set()
            mover.join()
    outer = cloudformation.describe_stacks(StackName="outer")["Stacks"][0]
    assert outer["Outputs"][0]["OutputValue"].endswith(":cluster/inside")
    resources = cloudformation.describe_stack_resources(StackName="outer")["StackResources"]
    inner = cloudformation.describe_stacks(StackName=resources[0]["PhysicalResourceId"])["Stacks"][0]
    assert (inner["ParentId"], inner["RootId"]) == (outer["StackId"], outer["StackId"])
    cloudformation.delete_stack(StackName="outer")
    assert settled(outer["StackId"]) == "DELETE_COMPLETE"
    assert cloudformation.describe_stacks(StackName=inner["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


def waited():
    template = """
Resources:
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
  Condition: { Type: AWS::CloudFormation::WaitCondition, Properties: { Handle: !Ref Handle, Timeout: "600" } }
Outputs:
  Data: { Value: !GetAtt Condition.Data }
"""
    cloudformation.create_stack(StackName="waits", TemplateBody=template)
    advance(30)
    found = cloudformation.describe_stack_resource(StackName="waits", LogicalResourceId="Handle")
    url = found["StackResourceDetail"]["PhysicalResourceId"].replace("https://", "http://")
    body = json.dumps({"Status": "SUCCESS", "UniqueId": "one", "Reason": "told", "Data": "here"}).encode()
    request = urllib.request.Request(url, body, {"content-type": ""}, method="PUT")
    proxy = urllib.request.ProxyHandler({"http": os.environ.get("LAB_PROXY", ENDPOINT)})
    assert urllib.request.build_opener(proxy).open(request, timeout=30).status == 200
    assert settled("waits") == "CREATE_COMPLETE"
    outputs = cloudformation.describe_stacks(StackName="waits")["Stacks"][0]["Outputs"]
    assert json.loads(outputs[0]["OutputValue"]) == {"one": "here"}
    cloudformation.delete_stack(StackName="waits")
    advance(60)


def defaulted():
    made = ecs.create_cluster(clusterName="defaulted", serviceConnectDefaults={"namespace": "of-the-story"})["cluster"]
    arn = made["serviceConnectDefaults"]["namespace"]
    assert made["status"] == "PROVISIONING" and ":namespace/ns-" in arn
    advance(10)
    assert ecs.describe_clusters(clusters=["defaulted"])["clusters"][0]["status"] == "ACTIVE"
    changed = ecs.update_cluster(cluster="defaulted", serviceConnectDefaults={"namespace": ""})["cluster"]
    assert "serviceConnectDefaults" not in changed
    ecs.delete_cluster(cluster="defaulted")
    discovery.delete_namespace(Id=arn.rsplit("/", 1)[-1])


def cleared():
    keys = [{"Key": one["Key"]} for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert len(s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})["Deleted"]) == len(keys)
    s3.delete_bucket(Bucket=BUCKET)
    assert s3.list_buckets()["Buckets"] == []


if __name__ == "__main__":
    objects()
    permitted()
    packaged()
    waited()
    defaulted()
    cleared()
