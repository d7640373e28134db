#!/usr/bin/env python3
"""Elastic Load Balancing and ACM with boto3: two Fargate tasks behind HTTPS, a redirect, unhealthy targets, and all of it gone.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

from cloud import (
    client,
    container,
    default_subnets,
    define_fargate,
    ec2,
    ecs,
    events,
    network,
    refused,
    security_group,
    service,
    until,
    visit,
)

PREFIX = "balanced"
acm, elb = client("acm"), client("elbv2")
SCRIPT = (
    "A=$(hostname -i); mkdir -p /www; echo \"hello from $A\" > /www/index.html; sleep 10; exec httpd -f -p 8080 -h /www"
)


def states(group):
    found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return sorted((one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")) for one in found)


def certificate():
    arn = acm.request_certificate(DomainName=f"{PREFIX}.practice.example", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
    return arn


def issued(arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"


def main():
    found = default_subnets()[:2]
    subnets, vpc = [subnet["SubnetId"] for subnet in found], found[0]["VpcId"]
    front = security_group(f"{PREFIX}-front", vpc, 80, 443)
    back = security_group(f"{PREFIX}-back", vpc, 8080, source=front)
    rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": front}]}
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
    web = container(
        "public.ecr.aws/docker/library/busybox:stable", "web", entryPoint=["sh", "-c"], command=[SCRIPT],
        portMappings=[{"containerPort": 8080}],
    )
    definition = define_fargate(family, web)
    ecs.create_service(
        cluster=cluster, serviceName="web", taskDefinition=family, desiredCount=2, launchType="FARGATE",
        networkConfiguration=network(subnets, [back]), healthCheckGracePeriodSeconds=60,
        loadBalancers=[{"targetGroupArn": group, "containerName": "web", "containerPort": 8080}],
    )
    until("both are healthy", lambda: states(group) == [("healthy", None)] * 2)
    until("the load balancer is active", lambda: visit(f"{host}:80")[0] == 200)
    seen = {visit(f"{host}:{port}")[2] for port in (80, 443) for _ in range(4)}
    assert len(seen) == 2 and all(page.startswith("hello from ") for page in seen), seen
    assert visit(f"{host}:443", "/missing")[0] == 404

    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elb.modify_listener(ListenerArn=plain["ListenerArn"], DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}])
    status, headers, _ = visit(f"{host}:80", "/a?b=c")
    location = headers.get("location")
    assert status == 301 and location == f"https://{host}:443/a?b=c", (status, location)

    ec2.revoke_security_group_ingress(GroupId=back, IpPermissions=[rule])
    until("targets time out", lambda: ("unhealthy", "Target.Timeout") in states(group))
    until("the service says so", lambda: any(
        "is unhealthy in (target-group" in message for message in events(cluster, "web")
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
    until("the service is gone", lambda: service(cluster, "web")["status"] == "INACTIVE")
    ecs.delete_cluster(cluster=cluster)


if __name__ == "__main__":
    main()
