#!/usr/bin/env python3
"""AWS Cloud Map with boto3: namespaces, services and instances, and those that an ECS service registers.

Environment: see cloud.py. Leaves nothing behind but an inactive cluster and task definitions.
"""

from cloud import (
    INSTANCE_POLICY,
    REGION,
    address,
    advance,
    client,
    container,
    default_subnets,
    define,
    ec2,
    ecs,
    hosts,
    network,
    profile,
    refused,
    security_group,
    service,
    sts,
    tasks,
    user_data,
)

found = client("servicediscovery")


def operation(answer):
    """The state and targets of an operation that was begun, once time has passed."""
    begun = found.get_operation(OperationId=answer["OperationId"])["Operation"]
    assert begun["Status"] in ("SUBMITTED", "PENDING", "SUCCESS"), begun
    advance(90)
    return found.get_operation(OperationId=answer["OperationId"])["Operation"]


def namespaces():
    account = sts.get_caller_identity()["Account"]
    vpc = default_subnets()[0]["VpcId"]
    done = operation(found.create_private_dns_namespace(Name="shop.local", Vpc=vpc, CreatorRequestId="one"))
    assert (done["Status"], done["Type"]) == ("SUCCESS", "CREATE_NAMESPACE"), done
    private = done["Targets"]["NAMESPACE"]
    seen = found.get_namespace(Id=private)["Namespace"]
    assert (seen["Name"], seen["Type"]) == ("shop.local", "DNS_PRIVATE"), seen
    assert seen["Arn"] == f"arn:aws:servicediscovery:{REGION}:{account}:namespace/{private}"
    assert seen["Properties"]["DnsProperties"]["HostedZoneId"], seen
    again = {"Name": "shop.local", "Vpc": vpc, "CreatorRequestId": "one"}
    with refused("DuplicateRequest"):
        found.create_private_dns_namespace(**again)
    with refused("NamespaceAlreadyExists", private):
        found.create_private_dns_namespace(Name="shop.local", Vpc=vpc)
    http = operation(found.create_http_namespace(Name="calls"))["Targets"]["NAMESPACE"]
    listed = found.list_namespaces(Filters=[{"Name": "TYPE", "Values": ["HTTP"], "Condition": "EQ"}])["Namespaces"]
    assert [one["Id"] for one in listed] == [http], listed
    with refused("NamespaceNotFound"):
        found.get_namespace(Id="ns-aaaaaaaaaaaaaaaa")
    with refused("InvalidInput"):
        found.create_service(Name="web", NamespaceId=http, DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 10}]})
    return private, http


def by_hand(namespace, http):
    records = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
    made = found.create_service(
        Name="db", NamespaceId=namespace, DnsConfig=records, HealthCheckCustomConfig={"FailureThreshold": 1}
    )["Service"]
    assert made["DnsConfig"]["RoutingPolicy"] == "MULTIVALUE", made
    with refused("ServiceAlreadyExists"):
        found.create_service(Name="db", NamespaceId=namespace, DnsConfig=records)
    with refused("InvalidInput"):
        found.register_instance(ServiceId=made["Id"], InstanceId="i", Attributes={"stage": "test"})
    done = operation(
        found.register_instance(
            ServiceId=made["Id"], InstanceId="one", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.5", "stage": "test"}
        )
    )
    assert (done["Status"], done["Targets"]) == ("SUCCESS", {"INSTANCE": "one", "SERVICE": made["Id"]}), done
    got = found.discover_instances(NamespaceName="shop.local", ServiceName="db")["Instances"]
    assert len(got) == 1 and got[0]["Attributes"]["AWS_INSTANCE_IPV4"] == "10.0.0.5", got
    assert got[0]["HealthStatus"] == "HEALTHY", got
    assert not found.discover_instances(
        NamespaceName="shop.local", ServiceName="db", QueryParameters={"stage": "live"}
    )["Instances"]
    found.update_instance_custom_health_status(ServiceId=made["Id"], InstanceId="one", Status="UNHEALTHY")
    advance(60)
    assert found.get_instances_health_status(ServiceId=made["Id"])["Status"] == {"one": "UNHEALTHY"}
    got = found.discover_instances(NamespaceName="shop.local", ServiceName="db", HealthStatus="HEALTHY")["Instances"]
    assert not got, got
    with refused("ResourceInUse"):
        found.delete_service(Id=made["Id"])
    with refused("ResourceInUse"):
        found.delete_namespace(Id=namespace)
    with refused("InstanceNotFound"):
        found.deregister_instance(ServiceId=made["Id"], InstanceId="two")
    operation(found.deregister_instance(ServiceId=made["Id"], InstanceId="one"))
    found.delete_service(Id=made["Id"])
    with refused("ServiceNotFound"):
        found.get_service(Id=made["Id"])
    plain = found.create_service(Name="plain", NamespaceId=http)["Service"]
    operation(found.register_instance(ServiceId=plain["Id"], InstanceId="a", Attributes={"url": "http://a"}))
    got = found.discover_instances(NamespaceName="calls", ServiceName="plain")["Instances"]
    assert got[0]["Attributes"] == {"url": "http://a"}, got
    operation(found.deregister_instance(ServiceId=plain["Id"], InstanceId="a"))
    found.delete_service(Id=plain["Id"])
    with refused("NamespaceNotFound"):
        found.discover_instances(NamespaceName="nosuch.local", ServiceName="db")
    with refused("ServiceNotFound"):
        found.discover_instances(NamespaceName="shop.local", ServiceName="nosuch")


def by_ecs(namespace):
    """Tasks with an interface of their own come and go in DNS with their service."""
    records = {"DnsRecords": [{"Type": "A", "TTL": 10}]}
    registry = found.create_service(
        Name="redis", NamespaceId=namespace, DnsConfig=records, HealthCheckCustomConfig={"FailureThreshold": 1}
    )["Service"]
    subnet = default_subnets()[0]
    group = security_group("discovery", subnet["VpcId"], 6379)
    ecs.create_cluster(clusterName="discovery")
    machines = hosts(
        2, IamInstanceProfile=profile("discovery", INSTANCE_POLICY), UserData=user_data("discovery"),
        InstanceType="t3.small", SubnetId=subnet["SubnetId"],
    )
    advance(240)
    image = container("redis", memory=64, portMappings=[{"containerPort": 6379}])
    redis = define("discovery", image, networkMode="awsvpc")
    bridged = define("discovery-bridge", image)
    arguments = {"cluster": "discovery", "desiredCount": 2, "serviceRegistries": [{"registryArn": registry["Arn"]}]}
    with refused("InvalidParameterException"):
        ecs.create_service(serviceName="bridged", taskDefinition=bridged, **arguments)
    where = network([subnet["SubnetId"]], [group], "DISABLED")
    ecs.create_service(serviceName="redis", taskDefinition=redis, networkConfiguration=where, **arguments)
    advance(120)
    assert service("discovery", "redis")["runningCount"] == 2
    running = tasks("discovery", ecs.list_tasks(cluster="discovery")["taskArns"])
    addresses = {address(task)[0] for task in running}
    got = found.discover_instances(NamespaceName="shop.local", ServiceName="redis")["Instances"]
    assert {one["Attributes"]["AWS_INSTANCE_IPV4"] for one in got} == addresses, got
    first = got[0]["Attributes"]
    assert first["ECS_CLUSTER_NAME"] == "discovery" and first["ECS_SERVICE_NAME"] == "redis", first
    assert first["ECS_TASK_DEFINITION_FAMILY"] == "discovery" and first["AVAILABILITY_ZONE"], first
    assert {one["InstanceId"] for one in got} == {task["taskArn"].rsplit("/", 1)[1] for task in running}
    ecs.stop_task(cluster="discovery", task=running[0]["taskArn"])
    advance(120)
    new = {address(task)[0] for task in tasks("discovery", ecs.list_tasks(cluster="discovery")["taskArns"])}
    got = found.discover_instances(NamespaceName="shop.local", ServiceName="redis")["Instances"]
    assert {one["Attributes"]["AWS_INSTANCE_IPV4"] for one in got} == new and len(new) == 2, got
    with refused("ResourceInUse"):
        found.delete_service(Id=registry["Id"])
    ecs.delete_service(cluster="discovery", service="redis", force=True)
    advance(120)
    assert not found.list_instances(ServiceId=registry["Id"])["Instances"]
    found.delete_service(Id=registry["Id"])
    ec2.terminate_instances(InstanceIds=machines)
    advance(120)
    ec2.delete_security_group(GroupId=group)
    ecs.delete_cluster(cluster="discovery")


def main():
    private, http = namespaces()
    by_hand(private, http)
    by_ecs(private)
    for one in (private, http):
        assert operation(found.delete_namespace(Id=one))["Status"] == "SUCCESS"
    assert not found.list_namespaces()["Namespaces"]
    print("discovery: all as expected")


if __name__ == "__main__":
    main()
