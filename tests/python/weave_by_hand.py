#!/usr/bin/env python3
"""The lab weave-by-hand from beginning to end with boto3: the same resources, another client.

Where labs/weave-by-hand/solution.sh shows that the AWS CLI's way works, this asserts what boto3 *reads back* after each step:
shapes, types, counts, waiters, paginators and the error codes of what must be refused on the way.

Environment:
  AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   as for any AWS client
  AWS_DEFAULT_REGION     default us-east-1
  LAB_PREFIX             the names' beginning, default weave-ecs
  LAB_INSTANCES          how many machines and tasks, default 3
  LAB_LAUNCH_TEMPLATE    1: from a launch template instead of a launch configuration
  LAB_PROXY              what reaches the front ends; default: the endpoint; empty: straight
  DRYDOCK_ADVANCE_URL    POST {"seconds":5} here instead of sleeping (a practice cloud with a manual clock)
  DRYDOCK_POLL           seconds between two looks, default 2
  DRYDOCK_TRIES          looks before giving up, default 150

Exits with 0 when everything held; otherwise an assertion says what did not.
"""

import base64
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

FILES = Path(__file__).resolve().parents[2] / "labs" / "weave-by-hand" / "files"
REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
PREFIX = os.environ.get("LAB_PREFIX", "weave-ecs")
COUNT = int(os.environ.get("LAB_INSTANCES", "3"))
CIDR = "172.31.0.0/28"
CLUSTER, GROUP, FAMILY, SERVICE = (f"{PREFIX}-demo-{part}" for part in ("cluster", "group", "task", "service"))
ROLE, POLICY, PROFILE, LAUNCH = (f"{PREFIX}-{part}" for part in ("role", "policy", "instance-profile", "launch"))
SECURITY_GROUP, KEY = f"{PREFIX}-demo", f"{PREFIX}-demo-key"
USE_TEMPLATE = os.environ.get("LAB_LAUNCH_TEMPLATE") == "1"
WEAVE_IMAGES = {
    "us-east-1": "ami-f560d8e3",
    "us-east-2": "ami-13e2c676",
    "us-west-1": "ami-95cc97f5",
    "us-west-2": "ami-4fe87c2f",
    "eu-west-1": "ami-13c8f475",
    "eu-west-2": "ami-8a6276ee",
    "eu-central-1": "ami-216dbc4e",
    "ap-northeast-1": "ami-b2efb5d5",
    "ap-southeast-1": "ami-e152ee82",
    "ap-southeast-2": "ami-ac1b14cf",
    "ca-central-1": "ami-8104b9e5",
}

CONFIG = Config(region_name=REGION, retries={"max_attempts": 2}, proxies={})
ec2, ecs, iam, autoscaling, sts = (
    boto3.client(name, config=CONFIG) for name in ("ec2", "ecs", "iam", "autoscaling", "sts")
)


def equal(seen, expected, what):
    """What was read back is what was asked for."""
    assert seen == expected, f"{what}: expected {expected!r}, saw {seen!r}"


def refused(codes, call, **arguments):
    """The call fails with one of these error codes."""
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code in codes, f"{call.__name__}: expected {codes}, saw {code}: {error}"
        assert error.response["Error"]["Message"], f"{call.__name__}: an error without a message"
        return
    raise AssertionError(f"{call.__name__} should have been refused with {codes}")


def tick():
    """One look's worth of time."""
    url = os.environ.get("DRYDOCK_ADVANCE_URL")
    if not url:
        time.sleep(float(os.environ.get("DRYDOCK_POLL", "2")))
        return
    request = urllib.request.Request(
        url, data=b'{"seconds":5}', headers={"content-type": "application/json"}, method="POST"
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request, timeout=60).read()


def wait_for(what, look, expected):
    """Looks until the answer is as expected."""
    seen = None
    for _ in range(int(os.environ.get("DRYDOCK_TRIES", "150"))):
        seen = look()
        if seen == expected:
            return
        tick()
    raise AssertionError(f"gave up waiting for {what}: expected {expected!r}, saw {seen!r}")


def tag(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def make_cluster():
    cluster = ecs.create_cluster(clusterName=CLUSTER)["cluster"]
    equal(cluster["status"], "ACTIVE", "the cluster's status")
    assert cluster["clusterArn"].endswith(f":cluster/{CLUSTER}"), cluster["clusterArn"]
    equal(cluster["registeredContainerInstancesCount"], 0, "container instances of a new cluster")
    again = ecs.create_cluster(clusterName=CLUSTER)["cluster"]
    equal(again["clusterArn"], cluster["clusterArn"], "the cluster made twice")
    listed = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    assert cluster["clusterArn"] in listed, listed
    missing = ecs.describe_clusters(clusters=["no-such-cluster"])
    equal([f["reason"] for f in missing["failures"]], ["MISSING"], "a cluster that is not there")


def make_network():
    refused({"InvalidVpc.Range"}, ec2.create_vpc, CidrBlock="10.0.0.0/8")
    vpc = ec2.create_vpc(CidrBlock=CIDR, TagSpecifications=tag("vpc", f"{PREFIX}-demo-vpc"))["Vpc"]
    vpc_id = vpc["VpcId"]
    equal(vpc["CidrBlock"], CIDR, "the VPC's block")
    equal(vpc["IsDefault"], False, "whether it is the default VPC")
    ec2.get_waiter("vpc_available").wait(VpcIds=[vpc_id], WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    before = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    equal(before, False, "DNS host names of a new VPC")
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    after = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    equal(after, True, "DNS host names afterwards")

    refused({"InvalidSubnet.Range"}, ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.9.0.0/28")
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=CIDR)["Subnet"]
    ec2.create_tags(Resources=[subnet["SubnetId"]], Tags=[{"Key": "Name", "Value": f"{PREFIX}-demo-subnet"}])
    refused({"InvalidSubnet.Conflict"}, ec2.create_subnet, VpcId=vpc_id, CidrBlock=CIDR)
    found = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": [f"{PREFIX}-demo-subnet"]}])["Subnets"]
    equal([s["SubnetId"] for s in found], [subnet["SubnetId"]], "the subnet found by its tag")
    equal(found[0]["AvailableIpAddressCount"], 11, "free addresses")

    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.create_tags(Resources=[gateway_id], Tags=[{"Key": "Name", "Value": f"{PREFIX}-demo"}])
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    refused({"Resource.AlreadyAssociated"}, ec2.attach_internet_gateway, InternetGatewayId=gateway_id, VpcId=vpc_id)
    tables = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]
    equal(len(tables), 1, "main route tables")
    table_id = tables[0]["RouteTableId"]
    made = ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)
    equal(made["Return"], True, "create_route's answer")
    routes = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]
    equal(
        {(r["DestinationCidrBlock"], r["GatewayId"], r["State"]) for r in routes},
        {(CIDR, "local", "active"), ("0.0.0.0/0", gateway_id, "active")},
        "the routes",
    )
    return vpc_id, subnet["SubnetId"], gateway_id


def make_security(vpc_id):
    group_id = ec2.create_security_group(GroupName=SECURITY_GROUP, Description="Weave ECS Demo", VpcId=vpc_id)["GroupId"]
    refused(
        {"InvalidGroup.Duplicate"},
        ec2.create_security_group,
        GroupName=SECURITY_GROUP,
        Description="again",
        VpcId=vpc_id,
    )

    def rule(protocol, port, **source):
        return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **source}

    world = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    members = {"UserIdGroupPairs": [{"GroupId": group_id}]}
    rules = [rule("tcp", port, **world) for port in (22, 80, 4040)]
    rules += [rule(p, port, **members) for p, port in (("tcp", 6783), ("udp", 6783), ("udp", 6784), ("tcp", 4040))]
    answer = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=rules)
    equal(answer["Return"], True, "authorize's answer")
    equal(len(answer["SecurityGroupRules"]), 7, "rules made")
    refused(
        {"InvalidPermission.Duplicate"},
        ec2.authorize_security_group_ingress,
        GroupId=group_id,
        IpPermissions=[rule("tcp", 80, **world)],
    )
    group = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    ports = sorted((p["IpProtocol"], p["FromPort"]) for p in group["IpPermissions"])
    equal(ports, [("tcp", 22), ("tcp", 80), ("tcp", 4040), ("tcp", 6783), ("udp", 6783), ("udp", 6784)], "open ports")
    equal([p["IpProtocol"] for p in group["IpPermissionsEgress"]], ["-1"], "what may go out of a new group")

    key = ec2.create_key_pair(KeyName=KEY)
    assert "PRIVATE KEY" in key["KeyMaterial"], "the private key"
    refused({"InvalidKeyPair.Duplicate"}, ec2.create_key_pair, KeyName=KEY)
    return group_id


def make_role():
    trust = json.loads((FILES / "weave-ecs-role.json").read_text())
    policy = json.loads((FILES / "weave-ecs-policy.json").read_text())
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    equal(role["AssumeRolePolicyDocument"], trust, "the trust policy as it comes back")
    refused({"EntityAlreadyExists"}, iam.create_role, RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    refused(
        {"MalformedPolicyDocument"}, iam.put_role_policy, RoleName=ROLE, PolicyName=POLICY, PolicyDocument='{"Version"'
    )
    iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(policy))
    back = iam.get_role_policy(RoleName=ROLE, PolicyName=POLICY)
    equal(back["PolicyDocument"], policy, "the policy as it comes back")
    equal(iam.list_role_policies(RoleName=ROLE)["PolicyNames"], [POLICY], "the role's inline policies")
    iam.create_instance_profile(InstanceProfileName=PROFILE)
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE)
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=PROFILE)
    profile = iam.get_instance_profile(InstanceProfileName=PROFILE)["InstanceProfile"]
    equal([r["RoleName"] for r in profile["Roles"]], [ROLE], "roles in the profile")
    refused({"DeleteConflict"}, iam.delete_role, RoleName=ROLE)


def describe_machine(group_id):
    """Returns what a group needs to launch from it."""
    user_data = (FILES / "user-data.sh").read_text().replace("{{cluster}}", CLUSTER)
    image = os.environ.get("LAB_AMI", WEAVE_IMAGES[REGION])
    if USE_TEMPLATE:
        template = ec2.create_launch_template(
            LaunchTemplateName=LAUNCH,
            LaunchTemplateData={
                "ImageId": image,
                "InstanceType": "t2.micro",
                "KeyName": KEY,
                "IamInstanceProfile": {"Name": PROFILE},
                "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [group_id]}],
                "UserData": base64.b64encode(user_data.encode()).decode(),
            },
        )["LaunchTemplate"]
        equal(template["LatestVersionNumber"], 1, "the template's version")
        return {"LaunchTemplate": {"LaunchTemplateName": LAUNCH, "Version": "$Latest"}}
    arguments = {
        "LaunchConfigurationName": LAUNCH,
        "ImageId": image,
        "InstanceType": "t2.micro",
        "KeyName": KEY,
        "SecurityGroups": [group_id],
        "UserData": user_data,
        "IamInstanceProfile": PROFILE,
        "AssociatePublicIpAddress": True,
        "InstanceMonitoring": {"Enabled": False},
    }
    for attempt in range(10):
        try:
            autoscaling.create_launch_configuration(**arguments)
            break
        except ClientError as error:  # A new profile takes some seconds to be known.
            if "rofile" not in str(error) or attempt == 9:
                raise
            tick()
    refused({"AlreadyExists"}, autoscaling.create_launch_configuration, **arguments)
    back = autoscaling.describe_launch_configurations(LaunchConfigurationNames=[LAUNCH])["LaunchConfigurations"][0]
    equal(base64.b64decode(back["UserData"]).decode(), user_data, "the user data as it comes back")
    equal(back["InstanceMonitoring"]["Enabled"], False, "detailed monitoring")
    equal(back["AssociatePublicIpAddress"], True, "the public address")
    return {"LaunchConfigurationName": LAUNCH}


def registered():
    return ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["registeredContainerInstancesCount"]


def group_instances():
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": "tag:aws:autoscaling:groupName", "Values": [GROUP]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]},
        ]
    )
    return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]


def make_group(launch, subnet_id):
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=COUNT,
        MaxSize=COUNT,
        DesiredCapacity=COUNT,
        VPCZoneIdentifier=subnet_id,
        **launch,
    )
    equal(registered(), 0, "instances that joined before any time passed")
    wait_for("the instances to join", registered, COUNT)
    group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
    equal({i["LifecycleState"] for i in group["Instances"]}, {"InService"}, "lifecycle states")
    activities = autoscaling.describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
    equal({a["StatusCode"] for a in activities}, {"Successful"}, "the launches")
    machines = group_instances()
    equal(len(machines), COUNT, "machines of the group")
    equal({m["State"]["Name"] for m in machines}, {"running"}, "their states")
    for machine in machines:
        assert machine["PublicDnsName"].startswith("ec2-"), machine["PublicDnsName"]
        assert machine["PrivateIpAddress"].startswith("172.31.0."), machine["PrivateIpAddress"]
        equal(machine["SubnetId"], subnet_id, "the machine's subnet")
    arns = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    members = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)["containerInstances"]
    equal({m["ec2InstanceId"] for m in members}, {m["InstanceId"] for m in machines}, "who joined")
    for member in members:
        equal((member["status"], member["agentConnected"]), ("ACTIVE", True), "a container instance")
        has = {r["name"]: r for r in member["registeredResources"]}
        equal(has["CPU"]["integerValue"], 1024, "CPU units of a t2.micro")
        assert 600 <= has["MEMORY"]["integerValue"] < 1024, has["MEMORY"]
        assert "22" in has["PORTS"]["stringSetValue"], has["PORTS"]


def make_task_definition():
    containers = json.loads((FILES / "weave-ecs-demo-containers.json").read_text())
    made = ecs.register_task_definition(family=FAMILY, containerDefinitions=containers)["taskDefinition"]
    equal((made["family"], made["status"]), (FAMILY, "ACTIVE"), "the task definition")
    back = ecs.describe_task_definition(taskDefinition=FAMILY)["taskDefinition"]
    equal(back["revision"], made["revision"], "the newest revision")
    by_name = {c["name"]: c for c in back["containerDefinitions"]}
    equal(set(by_name), {"dataproducer", "httpserver"}, "containers")
    server = by_name["httpserver"]
    equal(server["portMappings"], [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}], "the mapped port")
    equal(server["environment"], [{"name": "DATA_PRODUCER_NAME", "value": "dataproducer"}], "the environment")
    equal((server["cpu"], server["memory"], server["essential"]), (10, 300, True), "the server's size")
    refused({"ClientException"}, ecs.describe_task_definition, taskDefinition=f"{FAMILY}:99")


def service():
    return ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]


def counts():
    now = service()
    return now["status"], len(now["deployments"]), now["desiredCount"], now["runningCount"]


def service_tasks():
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
    return ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []


def make_service():
    refused(
        {"ClusterNotFoundException"},
        ecs.create_service,
        cluster="no-such-cluster",
        serviceName=SERVICE,
        taskDefinition=FAMILY,
        desiredCount=1,
    )
    made = ecs.create_service(cluster=CLUSTER, serviceName=SERVICE, taskDefinition=FAMILY, desiredCount=COUNT)["service"]
    equal((made["status"], made["desiredCount"], made["runningCount"]), ("ACTIVE", COUNT, 0), "a new service")
    equal(made["deploymentConfiguration"]["maximumPercent"], 200, "maximumPercent by default")
    equal(made["deploymentConfiguration"]["minimumHealthyPercent"], 100, "minimumHealthyPercent by default")
    wait_for("the service to be steady", counts, ("ACTIVE", 1, COUNT, COUNT))
    ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=[SERVICE])
    tasks = service_tasks()
    equal({t["lastStatus"] for t in tasks}, {"RUNNING"}, "states of the tasks")
    equal(len({t["containerInstanceArn"] for t in tasks}), COUNT, "container instances with a task")
    wait_for(
        "the event of a steady state",
        lambda: any("has reached a steady state." in e["message"] for e in service()["events"]),
        True,
    )
    assert any(f"has started {COUNT} tasks" in e["message"] for e in service()["events"]), service()["events"]


def one_too_many():
    """Host port 80 exists once on every machine."""
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=COUNT + 1)
    wait_for(
        "the event of a task that cannot be placed",
        lambda: any("was unable to place a task because" in e["message"] for e in service()["events"]),
        True,
    )
    equal(service()["runningCount"], COUNT, "running tasks")
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=COUNT)
    answer = ecs.run_task(cluster=CLUSTER, taskDefinition=FAMILY, count=1)
    equal(answer["tasks"], [], "tasks run by hand on full machines")
    reasons = {f["reason"] for f in answer["failures"]}
    assert reasons and reasons <= {"RESOURCE:PORTS", "RESOURCE:MEMORY"}, reasons
    wait_for("the service to be steady again", counts, ("ACTIVE", 1, COUNT, COUNT))


def page(host):
    proxy = os.environ.get("LAB_PROXY", os.environ.get("AWS_ENDPOINT_URL", ""))
    handler = urllib.request.ProxyHandler({"http": proxy} if proxy else {})
    try:
        answer = urllib.request.build_opener(handler).open(f"http://{host}/", timeout=10)
        return answer.status, answer.read().decode()
    except (urllib.error.URLError, OSError):
        return None, ""


def chosen(host):
    found = re.search(r"Hi, this is the data producer in (\d+\.\d+\.\d+\.\d+)", page(host)[1])
    return found.group(1) if found else None


def see_the_page():
    hosts = [m["PublicDnsName"] for m in group_instances()]
    wait_for("every front end to answer", lambda: all(chosen(host) for host in hosts), True)
    status, body = page(hosts[0])
    equal(status, 200, "the page's status")
    assert "Weaveworks Amazon ECS Sample App" in body, body
    seen = {chosen(host) for host in hosts for _ in range(8)}
    assert len(seen) >= min(2, COUNT), f"{8 * len(hosts)} looks named only {seen}"
    assert all(address.split(".")[0] == "10" and 32 <= int(address.split(".")[1]) < 48 for address in seen), seen
    return seen


def replace_a_task(before):
    victim = service_tasks()[0]
    ecs.stop_task(cluster=CLUSTER, task=victim["taskArn"], reason="to see it replaced")

    def stopped():
        return ecs.describe_tasks(cluster=CLUSTER, tasks=[victim["taskArn"]])["tasks"][0]

    wait_for("the task to stop", lambda: stopped()["lastStatus"], "STOPPED")
    equal(stopped()["stopCode"], "UserInitiated", "why it stopped")
    assert "to see it replaced" in stopped()["stoppedReason"], stopped()["stoppedReason"]
    wait_for("its replacement", counts, ("ACTIVE", 1, COUNT, COUNT))
    now = {t["taskArn"] for t in service_tasks()}
    assert victim["taskArn"] not in now and len(now) == COUNT, now
    assert see_the_page(), before


def clean_up(vpc_id, subnet_id, gateway_id, group_id):
    refused({"ClusterContainsServicesException", "ClusterContainsContainerInstancesException"}, ecs.delete_cluster, cluster=CLUSTER)
    refused({"InvalidParameterException"}, ecs.delete_service, cluster=CLUSTER, service=SERVICE)
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=0)
    ecs.delete_service(cluster=CLUSTER, service=SERVICE)
    wait_for("the service to drain", lambda: service()["status"], "INACTIVE")
    for arn in ecs.list_task_definitions(familyPrefix=FAMILY)["taskDefinitionArns"]:
        ecs.deregister_task_definition(taskDefinition=arn)
    equal(ecs.list_task_definitions(familyPrefix=FAMILY)["taskDefinitionArns"], [], "active revisions")
    refused({"ClusterContainsContainerInstancesException"}, ecs.delete_cluster, cluster=CLUSTER)
    refused({"DependencyViolation"}, ec2.delete_subnet, SubnetId=subnet_id)
    refused({"DependencyViolation"}, ec2.delete_security_group, GroupId=group_id)
    refused({"DependencyViolation"}, ec2.detach_internet_gateway, InternetGatewayId=gateway_id, VpcId=vpc_id)
    refused({"DependencyViolation"}, ec2.delete_vpc, VpcId=vpc_id)

    refused({"ResourceInUse"}, autoscaling.delete_auto_scaling_group, AutoScalingGroupName=GROUP)
    if not USE_TEMPLATE:
        refused({"ResourceInUse"}, autoscaling.delete_launch_configuration, LaunchConfigurationName=LAUNCH)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=GROUP, ForceDelete=True)
    wait_for("the instances to terminate", lambda: len(group_instances()), 0)
    wait_for(
        "the group to go",
        lambda: autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"],
        [],
    )
    if USE_TEMPLATE:
        ec2.delete_launch_template(LaunchTemplateName=LAUNCH)
    else:
        autoscaling.delete_launch_configuration(LaunchConfigurationName=LAUNCH)

    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE)
    iam.delete_instance_profile(InstanceProfileName=PROFILE)
    iam.delete_role_policy(RoleName=ROLE, PolicyName=POLICY)
    iam.delete_role(RoleName=ROLE)
    refused({"NoSuchEntity", "NoSuchEntityException"}, iam.get_role, RoleName=ROLE)

    ec2.delete_key_pair(KeyName=KEY)
    ec2.delete_security_group(GroupId=group_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)
    refused({"InvalidVpcID.NotFound"}, ec2.describe_vpcs, VpcIds=[vpc_id])
    wait_for("the container instances to leave", registered, 0)
    equal(ecs.delete_cluster(cluster=CLUSTER)["cluster"]["status"], "INACTIVE", "the deleted cluster")


def main():
    identity = sts.get_caller_identity()
    assert re.fullmatch(r"\d{12}", identity["Account"]), identity
    make_cluster()
    vpc_id, subnet_id, gateway_id = make_network()
    group_id = make_security(vpc_id)
    make_role()
    launch = describe_machine(group_id)
    make_group(launch, subnet_id)
    make_task_definition()
    make_service()
    one_too_many()
    replace_a_task(see_the_page())
    clean_up(vpc_id, subnet_id, gateway_id, group_id)
    print("everything held")


if __name__ == "__main__":
    sys.exit(main())
