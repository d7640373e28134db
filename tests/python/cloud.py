"""What the stories in this folder share: time that moves when told, refusals, networks, roles and machines.

Environment: as for any AWS client, and
  DRYDOCK_ADVANCE_URL    POST {"seconds":N} here to let time pass; default: the endpoint with /_drydock/advance
  LAB_PROXY              HTTP proxy through which sites of the practice cloud are visited; default: the endpoint
"""

import json
import os
import urllib.error
import urllib.request
from contextlib import contextmanager

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
ADVANCE = os.environ.get("DRYDOCK_ADVANCE_URL", f"{ENDPOINT}/_drydock/advance")
CONFIG = Config(region_name=REGION, retries={"max_attempts": 1}, proxies={}, inject_host_prefix=False)
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
INSTANCE_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


def client(name, session=boto3):
    return session.client(name, config=CONFIG)


ec2, ecs, iam, ssm, sts = (client(name) for name in ("ec2", "ecs", "iam", "ssm", "sts"))


def advance(seconds):
    body = json.dumps({"seconds": seconds}).encode()
    request = urllib.request.Request(ADVANCE, body, {"content-type": "application/json"})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).read()


@contextmanager
def refused(code, *texts):
    """What is done inside must be refused with this error code, and a message that has all the texts."""
    try:
        yield
    except ClientError as error:
        found, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        assert found == code, f"{found} instead of {code}: {message}"
        for text in texts:
            assert text in message, f"{text!r} is not in {message!r}"
    else:
        raise AssertionError(f"not refused with {code}")


def until(what, holds, seconds=1800):
    """What `holds` answers, as soon as that is true. Time passes meanwhile."""
    for _ in range(seconds // 5):
        found = holds()
        if found:
            return found
        advance(5)
    raise AssertionError(f"never: {what}")


class Kept(urllib.request.HTTPRedirectHandler):
    """Redirects are looked at, not followed."""

    def redirect_request(self, *_):
        return None


def visit(host, path="/", headers=None):
    """Status, headers and body that a visitor gets from a site of the practice cloud; status 599 and `timed-out`,
    `refused` or `no-such-host` when no answer comes."""
    proxy = urllib.request.ProxyHandler({"http": os.environ.get("LAB_PROXY", ENDPOINT)})
    request = urllib.request.Request(f"http://{host}{path}", headers=headers or {})
    try:
        answer = urllib.request.build_opener(proxy, Kept()).open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    silence = answer.headers.get("x-drydock-network")
    return 599 if silence else answer.status, dict(answer.headers), silence or answer.read().decode()


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def trust(service):
    """A trust policy for an AWS service."""
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def role(name, service, *policies):
    """A role for an AWS service, with managed policies; its ARN."""
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return made


def profile(name, *policies):
    """An instance profile with a role of the same name."""
    role(name, "ec2.amazonaws.com", *policies)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return {"Name": name}


def user_data(cluster):
    return f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n"


def hosts(count, **arguments):
    """EC2 instances with the ECS-optimized image; their ids."""
    image = ssm.get_parameter(Name=IMAGE)["Parameter"]["Value"]
    arguments = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": count, "MaxCount": count, **arguments}
    return [one["InstanceId"] for one in ec2.run_instances(**arguments)["Instances"]]


def default_subnets():
    found = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    return sorted(found, key=lambda subnet: subnet["AvailabilityZone"])


def security_group(name, vpc, *ports, source=None):
    """A security group that lets these TCP ports in, from anywhere or from another group; its id."""
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    who = {"UserIdGroupPairs": [{"GroupId": source}]} if source else {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **who} for port in ports]
    if rules:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
    return group


def network(subnets, groups, public="ENABLED"):
    own = {"subnets": subnets, "securityGroups": groups, "assignPublicIp": public}
    return {"awsvpcConfiguration": own}


def define(family, *containers, **more):
    """Registers a task definition; its ARN."""
    answer = ecs.register_task_definition(family=family, containerDefinitions=list(containers), **more)
    return answer["taskDefinition"]["taskDefinitionArn"]


def define_fargate(family, *containers, cpu="256", memory="512", **more):
    more = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": cpu, "memory": memory, **more}
    return define(family, *containers, **more)


def container(image, name="main", **more):
    return {"name": name, "image": image, **more}


def tasks(cluster, arns):
    return ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]


def service(cluster, name):
    return ecs.describe_services(cluster=cluster, services=[name])["services"][0]


def events(cluster, name):
    """What a service said, the newest first."""
    return [event["message"] for event in service(cluster, name)["events"]]


def address(task):
    """The private and the public address of a task's own interface."""
    details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
    interface = details["networkInterfaceId"]
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    return details["privateIPv4Address"], found.get("Association", {}).get("PublicIp")
