#!/usr/bin/env python3
"""Runs the commands of a lab's step texts exactly as a student reads them.

    steps_as_written.py [LAB_FOLDER]        default: labs/weave-by-hand

Every ```bash block of the introduction and the steps, values filled in, one bash per step, in an empty folder. Blocks marked
`bash alternative` and all other fences are for reading and are left out. A command that fails, or an error that the AWS CLI
prints, fails the run. At the end the account must be as it was before. Where the lab has a stack, it must stand already.

Environment: as for any AWS client, and
  DRYDOCK_ADVANCE_URL    a practice cloud with a manual clock: time is then pushed on while the commands run
  LAB_CURL_OPTIONS       what curl needs to reach the front ends; default: the endpoint as a proxy
  LAB_SUFFIX             appended to the names that may be unique
  LAB_STACK, LAB_<VALUE> the name of the lab's stack, and the values that are its outputs
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.S | re.M)
EVERY = 0.2  # seconds between two pushes of the clock
LIMIT = 300  # seconds for one step


def values_of(lab, folder):
    region = os.environ.get("AWS_DEFAULT_REGION", lab["region"])
    suffix = os.environ.get("LAB_SUFFIX")
    values = {}
    for name, spec in lab["values"].items():
        if "by_region" in spec:
            values[name] = spec["by_region"][region]
        elif suffix and spec.get("unique"):
            values[name] = f"{spec['default']}-{suffix}"
        else:
            values[name] = spec["default"]
    if "stack" in lab:
        for name in ["stack", *lab["stack"].get("outputs", {})]:
            values[name] = os.environ[f"LAB_{name.upper()}"]
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    proxy = f"--proxy {endpoint}" if endpoint else ""
    account = aws("sts", "get-caller-identity")["Account"]
    return values | {
        "region": region,
        "account_id": account,
        "endpoint_url": endpoint,
        "curl_options": os.environ.get("LAB_CURL_OPTIONS", proxy),
    }


def aws(*arguments):
    # The AWS CLI's first version has an endpoint of its own for RDS in us-east-1, whatever AWS_ENDPOINT_URL says.
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    at = ["--endpoint-url", endpoint] if endpoint else []
    answer = subprocess.run(
        ["aws", *arguments, *at, "--output", "json"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    return json.loads(answer or "null")


def blocks(text, values):
    """The bash blocks with their values. An unknown value is an error."""
    return "\n".join(
        fill(body, values)
        for info, body in FENCE.findall(text)
        if info.strip() == "bash"
    )


def push_time(stop):
    """Time goes on while a student types and waits."""
    url = os.environ.get("DRYDOCK_ADVANCE_URL")
    if not url:
        return
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while not stop.wait(EVERY):
        request = urllib.request.Request(
            url, data=b'{"seconds":5}', headers={"content-type": "application/json"}, method="POST"
        )
        opener.open(request, timeout=30).read()


LOOKS = {
    "clusters": "ecs list-clusters --query clusterArns",
    "capacity providers": "ecs describe-capacity-providers --query capacityProviders[?status=='ACTIVE'].name",
    "active revisions": "ecs list-task-definitions --query taskDefinitionArns",
    "VPCs": "ec2 describe-vpcs --filters Name=is-default,Values=false --query Vpcs[].VpcId",
    "security groups": "ec2 describe-security-groups --query SecurityGroups[?GroupName!='default'].GroupId",
    "gateways": "ec2 describe-internet-gateways --query InternetGateways[?!length(Attachments)].InternetGatewayId",
    "NAT gateways": "ec2 describe-nat-gateways --query NatGateways[?State!='deleted'].NatGatewayId",
    "addresses": "ec2 describe-addresses --query Addresses[].AllocationId",
    "instances": "ec2 describe-instances --query Reservations[].Instances[?State.Name!='terminated'].InstanceId[]",
    "keys": "ec2 describe-key-pairs --query KeyPairs[].KeyName",
    "templates": "ec2 describe-launch-templates --query LaunchTemplates[].LaunchTemplateName",
    "groups": "autoscaling describe-auto-scaling-groups --query AutoScalingGroups[].AutoScalingGroupName",
    "launch configurations": "autoscaling describe-launch-configurations --query LaunchConfigurations[].LaunchConfigurationName",
    "load balancers": "elbv2 describe-load-balancers --query LoadBalancers[].LoadBalancerName",
    "target groups": "elbv2 describe-target-groups --query TargetGroups[].TargetGroupName",
    "certificates": "acm list-certificates --query CertificateSummaryList[].DomainName",
    "file systems": "efs describe-file-systems --query FileSystems[].FileSystemId",
    "log groups": "logs describe-log-groups --query logGroups[].logGroupName",
    "namespaces": "servicediscovery list-namespaces --query Namespaces[].Name",
    "scalable targets": "application-autoscaling describe-scalable-targets --service-namespace ecs --query ScalableTargets[].ResourceId",
    "activations": "ssm describe-activations --query ActivationList[].ActivationId",
    "machines": "ssm describe-instance-information --query InstanceInformationList[].InstanceId",
    "stacks": "cloudformation list-stacks --query StackSummaries[?StackStatus!='DELETE_COMPLETE'].StackName",
    "tables": "dynamodb list-tables --query TableNames",
    "databases": "rds describe-db-instances --query DBInstances[].DBInstanceIdentifier",
    "secrets": "secretsmanager list-secrets --query SecretList[].Name",
    "classic load balancers": "elb describe-load-balancers --query LoadBalancerDescriptions[].LoadBalancerName",
    "roles": "iam list-roles --query Roles[?!starts_with(Path,'/aws-service-role/')].RoleName",
    "profiles": "iam list-instance-profiles --query InstanceProfiles[].InstanceProfileName",
}


def left():
    """What a clean-up should not leave, by looking rather than by asking for the lab's names."""
    return {what: aws(*look.split()) for what, look in LOOKS.items()}


def fill(text, values):
    """An unknown value is an error."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: values[found.group(1)], text)


def offer(folder, values, where):
    """The lab's files as they are offered: with the student's values."""
    for file in sorted((folder / "files").glob("*")):
        (where / file.name).write_text(fill(file.read_text(), values))


def main():
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "labs" / "weave-by-hand"
    lab = yaml.safe_load((folder / "lab.yaml").read_text())
    values = values_of(lab, folder)
    before = left()
    parts = [("introduction", lab["introduction"])] if "introduction" in lab else []
    parts += [(step["id"], step["file"]) for step in lab["steps"]]

    stop = threading.Event()
    pusher = threading.Thread(target=push_time, args=(stop,), daemon=True)
    pusher.start()
    failed = None
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as offered:
        offer(folder, values, Path(offered))
        values["files_url"] = Path(offered).as_uri()
        # Templates are offered as they are.
        values["templates_url"] = (folder / "templates").as_uri()
        for name, file in parts:
            script = blocks((folder / file).read_text(), values)
            print(f"== {name}", flush=True)
            ran = subprocess.run(
                ["bash", "-eu", "-c", script], cwd=work, capture_output=True, text=True, timeout=LIMIT, check=False
            )
            print(ran.stdout, end="", flush=True)
            print(ran.stderr, end="", file=sys.stderr, flush=True)
            if ran.returncode != 0 or "error occurred" in ran.stderr:
                failed = f"{name}: the commands failed"
                break
    stop.set()
    pusher.join()
    if failed:
        sys.exit(failed)
    after = left()
    if after != before:
        sys.exit(f"something is left: before {before}, after {after}")
    print("every command of the text works")


if __name__ == "__main__":
    main()
