#!/usr/bin/env python3
"""Amazon ECR and Amazon EFS with boto3: an image is copied without Docker, a file system gets a mount target.

Environment:
  AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   as for any AWS client
  AWS_DEFAULT_REGION     default us-east-1
  LAB_PREFIX             the names' beginning, default around
  DRYDOCK_ADVANCE_URL    POST {"seconds":5} here instead of sleeping (a practice cloud with a manual clock)
  DRYDOCK_POLL           seconds between two looks, default 2
  DRYDOCK_TRIES          looks before giving up, default 150

Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing behind.
"""

import base64
import hashlib
import json
import os
import time
import urllib.request
from contextlib import contextmanager

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
PREFIX = os.environ.get("LAB_PREFIX", "around")
CONFIG = Config(region_name=REGION, retries={"max_attempts": 2}, proxies={})
ecr, efs, ec2 = (boto3.client(name, config=CONFIG) for name in ("ecr", "efs", "ec2"))


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
        if holds():
            return
        pause()
    raise AssertionError(f"never: {what}")


def try_registry():
    cache, name = f"{PREFIX}-public", f"{PREFIX}/web"
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=cache, upstreamRegistryUrl="public.ecr.aws")
    made = ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")["repository"]
    assert made["repositoryUri"].endswith(f".dkr.ecr.{REGION}.amazonaws.com/{name}"), made
    with refused("RepositoryAlreadyExistsException"):
        ecr.create_repository(repositoryName=name)
    source = f"{cache}/nginx/nginx"
    got = ecr.batch_get_image(repositoryName=source, imageIds=[{"imageTag": "latest"}, {"imageTag": "latset"}])
    assert [one["failureCode"] for one in got["failures"]] == ["ImageNotFound"], got["failures"]
    manifest = got["images"][0]["imageManifest"]
    put = ecr.put_image(repositoryName=name, imageManifest=manifest, imageTag="v1")["image"]
    assert put["imageId"]["imageDigest"] == "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
    with refused("ImageAlreadyExistsException"):
        ecr.put_image(repositoryName=name, imageManifest=manifest, imageTag="v1")
    ecr.put_image(repositoryName=name, imageManifest=manifest, imageTag="v2")
    details = ecr.describe_images(repositoryName=name)["imageDetails"]
    assert len(details) == 1 and details[0]["imageTags"] == ["v1", "v2"], details
    layers = [layer["digest"] for layer in json.loads(manifest)["layers"]]
    checked = ecr.batch_check_layer_availability(repositoryName=name, layerDigests=layers)["layers"]
    assert {one["layerAvailability"] for one in checked} == {"AVAILABLE"}, checked
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert base64.b64decode(token).startswith(b"AWS:")
    with refused("RepositoryNotEmptyException"):
        ecr.delete_repository(repositoryName=name)
    gone = ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "v1"}])
    assert gone["imageIds"][0]["imageTag"] == "v1", gone
    for repository in (name, source):
        ecr.delete_repository(repositoryName=repository, force=True)
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=cache)


def try_files():
    made = efs.create_file_system(CreationToken=PREFIX, Encrypted=True, Tags=[{"Key": "Name", "Value": PREFIX}])
    system = made["FileSystemId"]
    assert made["LifeCycleState"] == "creating" and made["Encrypted"], made
    with refused("FileSystemAlreadyExists"):
        efs.create_file_system(CreationToken=PREFIX)

    def state():
        return efs.describe_file_systems(FileSystemId=system)["FileSystems"][0]["LifeCycleState"]

    until("available", lambda: state() == "available")
    subnet = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]
    target = efs.create_mount_target(FileSystemId=system, SubnetId=subnet["SubnetId"])
    with refused("MountTargetConflict"):
        efs.create_mount_target(FileSystemId=system, SubnetId=subnet["SubnetId"])

    def targets():
        return efs.describe_mount_targets(FileSystemId=system)["MountTargets"]

    until("a mount target", lambda: targets()[0]["LifeCycleState"] == "available")
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=[target["NetworkInterfaceId"]])["NetworkInterfaces"][0]
    assert found["PrivateIpAddress"] == target["IpAddress"] and target["MountTargetId"] in found["Description"], found
    groups = efs.describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])["SecurityGroups"]
    efs.modify_mount_target_security_groups(MountTargetId=target["MountTargetId"], SecurityGroups=groups)
    point = efs.create_access_point(
        FileSystemId=system, ClientToken=PREFIX, PosixUser={"Uid": 1000, "Gid": 1000}, RootDirectory={"Path": "/app"}
    )
    assert point["RootDirectory"]["Path"] == "/app", point
    efs.tag_resource(ResourceId=system, Tags=[{"Key": "lab", "Value": PREFIX}])
    efs.untag_resource(ResourceId=system, TagKeys=["Name"])
    assert efs.list_tags_for_resource(ResourceId=system)["Tags"] == [{"Key": "lab", "Value": PREFIX}]
    with refused("PolicyNotFound"):
        efs.describe_file_system_policy(FileSystemId=system)
    with refused("FileSystemInUse"):
        efs.delete_file_system(FileSystemId=system)
    efs.delete_access_point(AccessPointId=point["AccessPointId"])
    efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    until("no mount target", lambda: not targets())
    efs.delete_file_system(FileSystemId=system)
    until("no file system", lambda: system not in [one["FileSystemId"] for one in efs.describe_file_systems()["FileSystems"]])
    with refused("FileSystemNotFound"):
        efs.describe_file_systems(FileSystemId=system)


if __name__ == "__main__":
    for part in (try_registry, try_files):
        part()
        print(part.__name__, "held")
