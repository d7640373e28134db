#!/usr/bin/env python3
"""Elastic Load Balancing and ACM with boto3: two Fargate tasks behind HTTPS, a redirect, unhealthy targets, and all of it gone.

Environment:
  AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   as for any AWS client
  AWS_DEFAULT_REGION     default us-east-1
  LAB_PREFIX             the names' beginning, default balanced
  DRYDOCK_ADVANCE_URL    POST {"seconds":5} here instead of sleeping (a practice cloud with a manual clock)
  DRYDOCK_POLL           seconds between two looks, default 2
  DRYDOCK_TRIES          looks before giving up, default 150

Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing behind.
"""

import os
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
PREFIX = os.environ.get("LAB_PREFIX", "balanced")
CONFIG = Config(region_name=REGION, retries={"max_attempts": 2}, proxies={})


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
        found = holds()
        if found:
            return found
        pause()
    raise AssertionError(f"never: {what}")


acm, ec2, ecs, elb = (boto3.client(name, config=CONFIG) for name in ("acm", "ec2", "ecs", "elbv2"))
SCRIPT = (
    "A=$(hostname -i); mkdir -p /www; echo \"hello from $A\" > /www/index.html; sleep 10; exec httpd -f -p 8080 -h /www"
)


class Straight(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def visit(host, port, path="/"):
    """Through the endpoint as an HTTP proxy: status, Location, body. TLS ends at the door."""
    proxy = urllib.request.ProxyHandler({"http": ecs.meta.endpoint_url})
    opener = urllib.request.build_opener(proxy, Straight())
    try:
        answer = opener.open(f"http://{host}:{port}{path}", timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers.get("location"), answer.read().decode()


def states(group):
    found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return sorted((one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")) for one in found)


def firewall(vpc):
    front = ec2.create_security_group(GroupName=f"{PREFIX}-front", Description="front", VpcId=vpc)["GroupId"]
    back = ec2.create_security_group(GroupName=f"{PREFIX}-back", Description="back", VpcId=vpc)["GroupId"]
    for port in (80, 443):
        ec2.authorize_security_group_ingress(GroupId=front, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0")
    pair = {"GroupId": front}
    rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [pair]}
    ec2.authorize_security_group_ingress(GroupId=back, IpPermissions=[rule])
    return front, back, rule


def certificate():
    arn = acm.request_certificate(DomainName=f"{PREFIX}.practice.example", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
    return arn


def issued(arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"


def status_of(cluster, service):
    return ecs.describe_services(cluster=cluster, services=[service])["services"][0]["status"]


def main():
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    subnets = [subnet["SubnetId"] for subnet in subnets[:2]]
    front, back, rule = firewall(vpc)
    lb = elb.create_load_balancer(Name=f"{PREFIX}-alb", Subnets=subnets, SecurityGroups=[front])["LoadBalancers"][0]
    arn, host = lb["LoadBalancerArn"], lb["DNSName"]
    group = elb.create_target_group(
        Name=f"{PREFIX}-targets", TargetType="ip", Protocol="HTTP", Port=8080, VpcId=vpc,
        HealthCheckIntervalSeconds=10, HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "15"}]
    )
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    plain = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)["Listeners"][0]
    tls = certificate()
    secure = {"LoadBalancerArn": arn, "Protocol": "HTTPS", "Port": 443, "DefaultActions": forward,
              "Certificates": [{"CertificateArn": tls}]}
    with refused("UnsupportedCertificate"):
        elb.create_listener(**secure)
    until("the certificate is issued", lambda: issued(tls))
    elb.create_listener(**secure)
    with refused("ResourceInUseException"):
        acm.delete_certificate(CertificateArn=tls)

    cluster, family = f"{PREFIX}-c", f"{PREFIX}-web"
    ecs.create_cluster(clusterName=cluster)
    container = {"name": "web", "image": "public.ecr.aws/docker/library/busybox:stable", "entryPoint": ["sh", "-c"],
                 "command": [SCRIPT], "portMappings": [{"containerPort": 8080}]}
    definition = ecs.register_task_definition(
        family=family, requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [back], "assignPublicIp": "ENABLED"}}
    ecs.create_service(
        cluster=cluster, serviceName="web", taskDefinition=family, desiredCount=2, launchType="FARGATE",
        networkConfiguration=network, healthCheckGracePeriodSeconds=60,
        loadBalancers=[{"targetGroupArn": group, "containerName": "web", "containerPort": 8080}],
    )
    until("both are healthy", lambda: states(group) == [("healthy", None)] * 2)
    until("the load balancer is active", lambda: visit(host, 80)[0] == 200)
    seen = {visit(host, port)[2] for port in (80, 443) for _ in range(4)}
    assert len(seen) == 2 and all(page.startswith("hello from ") for page in seen), seen
    assert visit(host, 443, "/missing")[0] == 404

    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elb.modify_listener(ListenerArn=plain["ListenerArn"], DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}])
    status, location, _ = visit(host, 80, "/a?b=c")
    assert status == 301 and location == f"https://{host}:443/a?b=c", (status, location)

    ec2.revoke_security_group_ingress(GroupId=back, IpPermissions=[rule])
    until("targets time out", lambda: ("unhealthy", "Target.Timeout") in states(group))
    until("the service says so", lambda: any(
        "is unhealthy in (target-group" in event["message"]
        for event in ecs.describe_services(cluster=cluster, services=["web"])["services"][0]["events"]
    ))
    ec2.authorize_security_group_ingress(GroupId=back, IpPermissions=[rule])
    elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/healthz")
    until("codes do not match", lambda: ("unhealthy", "Target.ResponseCodeMismatch") in states(group))

    ecs.delete_service(cluster=cluster, service="web", force=True)
    elb.delete_load_balancer(LoadBalancerArn=arn)
    owned = [{"Name": "group-id", "Values": [front, back]}]
    until("no interface is left", lambda: not ec2.describe_network_interfaces(Filters=owned)["NetworkInterfaces"])
    elb.delete_target_group(TargetGroupArn=group)
    acm.delete_certificate(CertificateArn=tls)
    ec2.delete_security_group(GroupId=back)
    ec2.delete_security_group(GroupId=front)
    ecs.deregister_task_definition(taskDefinition=definition)
    until("the service is gone", lambda: status_of(cluster, "web") == "INACTIVE")
    ecs.delete_cluster(cluster=cluster)


if __name__ == "__main__":
    main()
