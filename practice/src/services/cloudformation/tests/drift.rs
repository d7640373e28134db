//! Changes behind a stack's back.

use serde_json::{Value, json};

use super::Formation;

fn drifted(lab: &mut Formation) -> Vec<(String, String)> {
    lab.call("DetectStackDrift", json!({"StackName": "data"}));
    lab.0.advance(15);
    let answer = lab.call(
        "DescribeStackResourceDrifts",
        json!({"StackName": "data", "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}),
    );
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let drifts = answer["StackResourceDrifts"].as_array().unwrap().iter();
    drifts
        .map(|one| {
            let path = &one["PropertyDifferences"][0]["PropertyPath"];
            (
                text(&one["LogicalResourceId"]),
                text(if path.is_null() { &one["StackResourceDriftStatus"] } else { path }),
            )
        })
        .collect()
}

#[test]
fn databases_tables_and_classic_load_balancers_drift() {
    let mut lab = Formation::new();
    let subnets = lab.0.call("ec2", "DescribeSubnets", json!({}))["subnetSet"].as_array().unwrap().clone();
    let subnets: Vec<&Value> = subnets.iter().take(2).map(|subnet| &subnet["subnetId"]).collect();
    let listener = json!({"LoadBalancerPort": "80", "InstancePort": "80", "Protocol": "HTTP"});
    let check = json!({"Target": "HTTP:80/", "Interval": "10", "Timeout": "5", "HealthyThreshold": "2", "UnhealthyThreshold": "3"});
    let template = json!({"Resources": {
        "Group": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"DBSubnetGroupDescription": "d", "SubnetIds": subnets}},
        "Database": {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Delete", "Properties": {
            "DBInstanceClass": "db.t3.micro", "Engine": "mysql", "EngineVersion": "8.4", "MasterUsername": "shop",
            "MasterUserPassword": "12345678", "DBName": "socks", "AllocatedStorage": "20", "DBSubnetGroupName": {"Ref": "Group"},
            "BackupRetentionPeriod": 0, "Port": "3306", "Tags": [{"Key": "a", "Value": "b"}]}},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}},
        "Balancer": {"Type": "AWS::ElasticLoadBalancing::LoadBalancer", "Properties": {
            "Subnets": subnets, "Listeners": [listener], "HealthCheck": check, "CrossZone": true}}
    }});
    lab.create("data", &template);
    assert_eq!(lab.settle("data"), "CREATE_COMPLETE", "{:#?}", lab.events("data"));
    assert_eq!(drifted(&mut lab), []);

    let table = lab.physical_id("data", "Table");
    let paid = json!({"TableName": table, "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}});
    lab.0.call("dynamodb", "UpdateTable", paid);
    let balancer = lab.physical_id("data", "Balancer");
    let other = json!({"Target": "HTTP:81/", "Interval": "10", "Timeout": "5", "HealthyThreshold": "2", "UnhealthyThreshold": "3"});
    lab.0.call("elb", "ConfigureHealthCheck", json!({"LoadBalancerName": balancer, "HealthCheck": other}));
    let database = lab.physical_id("data", "Database");
    let larger = json!({"DBInstanceIdentifier": database, "DBInstanceClass": "db.t3.small", "ApplyImmediately": "true"});
    lab.0.call("rds", "ModifyDBInstance", larger);
    lab.0.settle();
    let found = drifted(&mut lab);
    let wanted =
        [("Balancer", "/HealthCheck/Target"), ("Database", "/DBInstanceClass"), ("Table", "/BillingMode")];
    assert_eq!(found, wanted.map(|(id, path)| (id.to_owned(), path.to_owned())));
}
