#!/usr/bin/env python3
"""What the shop's data lies in, with boto3: a DynamoDB table, an RDS database with its snapshots, and a classic load
balancer in front of instances.

Environment: see cloud.py. Exits with 0 when everything held; otherwise an assertion says what did not. Leaves nothing
behind.
"""

from cloud import advance, client, default_subnets, ec2, hosts, refused, security_group, until

dynamodb, rds, elb = client("dynamodb"), client("rds"), client("elb")


def table():
    dynamodb.create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "customerId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "customerId", "KeyType": "RANGE"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    until("the table is active", lambda: dynamodb.describe_table(TableName="orders")["Table"]["TableStatus"] == "ACTIVE")
    with refused("ResourceInUseException"):
        dynamodb.create_table(
            TableName="orders", AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        )
    key = {"id": {"S": "1"}, "customerId": {"S": "a"}}
    dynamodb.put_item(TableName="orders", Item={**key, "total": {"N": "12.5"}})
    assert dynamodb.get_item(TableName="orders", Key=key)["Item"]["total"] == {"N": "12.5"}
    assert dynamodb.scan(TableName="orders", Select="COUNT")["Count"] == 1
    found = dynamodb.query(
        TableName="orders", KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": {"S": "1"}}
    )
    assert found["Count"] == 1, found
    with refused("ValidationException"):
        dynamodb.put_item(TableName="orders", Item={"id": {"S": "2"}})
    dynamodb.delete_item(TableName="orders", Key=key)
    assert "Item" not in dynamodb.get_item(TableName="orders", Key=key)
    dynamodb.delete_table(TableName="orders")
    advance(60)
    with refused("ResourceNotFoundException"):
        dynamodb.describe_table(TableName="orders")


def database():
    subnets = default_subnets()
    group = security_group("shop-db", subnets[0]["VpcId"], 3306)
    rds.create_db_subnet_group(
        DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=[one["SubnetId"] for one in subnets[:2]]
    )
    rds.create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20, DBName="socksdb",
        MasterUsername="catalogue_user", MasterUserPassword="wool-and-cotton", DBSubnetGroupName="shop",
        VpcSecurityGroupIds=[group],
    )
    instance = lambda: rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]
    assert instance()["DBInstanceStatus"] == "creating"
    until("the database is available", lambda: instance()["DBInstanceStatus"] == "available")
    found = instance()
    assert found["Endpoint"]["Port"] == 3306 and found["Endpoint"]["Address"].startswith("shop."), found
    assert found["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == group, found
    assert "MasterUserPassword" not in found
    with refused("DBInstanceAlreadyExists"):
        rds.create_db_instance(
            DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20,
            MasterUsername="catalogue_user", MasterUserPassword="wool-and-cotton",
        )
    rds.delete_db_instance(DBInstanceIdentifier="shop", FinalDBSnapshotIdentifier="last")
    until("the database is gone", lambda: not rds.describe_db_instances()["DBInstances"])
    snapshots = rds.describe_db_snapshots()["DBSnapshots"]
    assert [one["DBSnapshotIdentifier"] for one in snapshots] == ["last"], snapshots
    rds.delete_db_snapshot(DBSnapshotIdentifier="last")
    rds.delete_db_subnet_group(DBSubnetGroupName="shop")
    ec2.delete_security_group(GroupId=group)
    with refused("DBInstanceNotFound"):
        instance()


def classic_balancer():
    subnets = default_subnets()
    group = security_group("shop-elb", subnets[0]["VpcId"], 80)
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 80}
    made = elb.create_load_balancer(
        LoadBalancerName="shop", Listeners=[listener], Subnets=[subnets[0]["SubnetId"]], SecurityGroups=[group]
    )
    assert made["DNSName"].startswith("shop-"), made
    elb.configure_health_check(
        LoadBalancerName="shop",
        HealthCheck={"Target": "TCP:80", "Interval": 10, "Timeout": 5, "UnhealthyThreshold": 2, "HealthyThreshold": 2},
    )
    machines = hosts(1, SubnetId=subnets[0]["SubnetId"], SecurityGroupIds=[group])
    elb.register_instances_with_load_balancer(
        LoadBalancerName="shop", Instances=[{"InstanceId": one} for one in machines]
    )
    advance(300)
    state = elb.describe_instance_health(LoadBalancerName="shop")["InstanceStates"][0]
    # Nothing listens there.
    assert (state["InstanceId"], state["State"]) == (machines[0], "OutOfService"), state
    shown = elb.describe_load_balancers(LoadBalancerNames=["shop"])["LoadBalancerDescriptions"][0]
    assert shown["ListenerDescriptions"][0]["Listener"]["InstancePort"] == 80, shown
    elb.delete_load_balancer(LoadBalancerName="shop")
    with refused("LoadBalancerNotFound"):
        elb.describe_load_balancers(LoadBalancerNames=["shop"])
    ec2.terminate_instances(InstanceIds=machines)
    advance(300)
    ec2.delete_security_group(GroupId=group)


table()
database()
classic_balancer()
