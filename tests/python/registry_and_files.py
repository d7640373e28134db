#!/usr/bin/env python3
"""Amazon ECR and Amazon EFS with boto3: an image is copied without Docker, a file system gets a mount target.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

import base64
import hashlib
import json

from cloud import REGION, client, default_subnets, ec2, refused, until

PREFIX = "around"
ecr, efs = client("ecr"), client("efs")


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
    subnet = default_subnets()[0]
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
