//! DynamoDB through the front door.

use serde_json::{Value, json};

use crate::testing::Lab;
use crate::testing::driver::Driver;

fn table() -> Value {
    json!({"TableName": "orders",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}})
}

fn key(id: &str, n: i64) -> Value {
    json!({"id": {"S": id}, "n": {"N": n.to_string()}})
}

fn lab() -> Lab {
    let mut lab = Lab::new();
    let made = lab.call("dynamodb", "CreateTable", table());
    assert_eq!(made["TableDescription"]["TableStatus"], "CREATING");
    assert_eq!(lab.refused("dynamodb", "Scan", json!({"TableName": "orders"})), "ResourceNotFoundException");
    lab.settle();
    for n in [10, 9, 100] {
        let mut item = key("a", n);
        item["colour"] = json!({"S": if n > 50 { "red" } else { "blue" }});
        lab.call("dynamodb", "PutItem", json!({"TableName": "orders", "Item": item}));
    }
    lab.call("dynamodb", "PutItem", json!({"TableName": "orders", "Item": key("b", 1)}));
    lab
}

#[test]
fn items_are_found_by_key_in_the_order_of_the_range_key_and_by_pages() {
    let mut lab = lab();
    let query = |condition: &str, more: Value| {
        let mut input = json!({"TableName": "orders", "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "10"}}});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let numbers = |answer: &Value| -> Vec<String> {
        answer["Items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["n"]["N"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = lab.call("dynamodb", "Query", query("id = :a", json!({})));
    assert_eq!(numbers(&all), ["9", "10", "100"], "numbers, not texts");
    let some =
        lab.call("dynamodb", "Query", query("id = :a AND n >= :n", json!({"ScanIndexForward": false})));
    assert_eq!(numbers(&some), ["100", "10"]);
    let first = lab.call("dynamodb", "Query", query("id = :a", json!({"Limit": 2})));
    let rest = lab.call(
        "dynamodb",
        "Query",
        query("id = :a", json!({"ExclusiveStartKey": first["LastEvaluatedKey"]})),
    );
    assert_eq!((numbers(&first).len(), numbers(&rest)), (2, vec!["100".to_owned()]));
    assert_eq!(lab.refused("dynamodb", "Query", query("n = :n", json!({}))), "ValidationException");
    let red = json!({"TableName": "orders", "FilterExpression": "#c = :r OR (attribute_not_exists(colour) AND NOT id = :a)",
        "ExpressionAttributeNames": {"#c": "colour"}, "ExpressionAttributeValues": {":r": {"S": "red"}, ":a": {"S": "a"}}});
    let red = lab.call("dynamodb", "Scan", red);
    assert_eq!((red["Count"].as_i64(), red["ScannedCount"].as_i64()), (Some(2), Some(4)));
}

#[test]
fn items_change_under_conditions() {
    let mut lab = lab();
    let again = json!({"TableName": "orders", "Item": key("a", 9), "ConditionExpression": "attribute_not_exists(id)"});
    assert_eq!(lab.refused("dynamodb", "PutItem", again), "ConditionalCheckFailedException");
    let update = |expression: &str| {
        json!({"TableName": "orders", "Key": key("a", 9), "UpdateExpression": expression,
        "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnValues": "ALL_NEW"})
    };
    lab.call("dynamodb", "UpdateItem", update("SET hits = if_not_exists(hits, :one)"));
    let new = lab.call("dynamodb", "UpdateItem", update("SET hits = hits + :one REMOVE colour"));
    assert_eq!(new["Attributes"]["hits"], json!({"N": "2"}));
    assert!(new["Attributes"].get("colour").is_none());
    for wrong in ["ADD hits :one", "SET id = :one", "SET hits[0] = :one", "hits = :one"] {
        assert_eq!(lab.refused("dynamodb", "UpdateItem", update(wrong)), "ValidationException", "{wrong}");
    }
    let gone = json!({"TableName": "orders", "Key": key("a", 9), "ReturnValues": "ALL_OLD"});
    assert_eq!(lab.call("dynamodb", "DeleteItem", gone.clone())["Attributes"]["hits"]["N"], "2");
    assert_eq!(lab.call("dynamodb", "GetItem", gone), json!({}));
    for (item, why) in [
        (json!({"id": {"S": "a"}}), "no range key"),
        (json!({"id": {"N": "1"}, "n": {"N": "1"}}), "a key of another type"),
        (json!({"id": {"S": "a"}, "n": {"N": "1"}, "x": {"Q": "1"}}), "no type"),
        (json!({"id": {"S": "a"}, "n": {"N": "1"}, "x": {"S": "x".repeat(20_000)}}), "too long"),
    ] {
        let put = json!({"TableName": "orders", "Item": item});
        assert_eq!(lab.refused("dynamodb", "PutItem", put), "ValidationException", "{why}");
    }
}

#[test]
fn tables_are_checked_and_go() {
    let mut lab = lab();
    assert_eq!(lab.refused("dynamodb", "CreateTable", table()), "ResourceInUseException");
    let mut wrong = table();
    wrong["GlobalSecondaryIndexes"] = json!([{}]);
    assert_eq!(lab.refused("dynamodb", "CreateTable", wrong), "ValidationException");
    assert_eq!(lab.call("dynamodb", "ListTables", json!({}))["TableNames"], json!(["orders"]));
    lab.call("dynamodb", "DeleteTable", json!({"TableName": "orders"}));
    lab.settle();
    assert_eq!(
        lab.refused("dynamodb", "DescribeTable", json!({"TableName": "orders"})),
        "ResourceNotFoundException"
    );
}

#[test]
fn the_resource_type_waits_for_the_table() {
    let mut driver = Driver::new();
    let made = driver.create("AWS::DynamoDB::Table", &table());
    assert_eq!(made.id, "orders");
    let seen = driver.lab.call("dynamodb", "DescribeTable", json!({"TableName": "orders"}));
    assert_eq!(seen["Table"]["TableStatus"], "ACTIVE");
    let tags =
        driver.lab.call("dynamodb", "ListTagsOfResource", json!({"ResourceArn": seen["Table"]["TableArn"]}));
    assert!(tags.to_string().contains("aws:cloudformation:stack-name"), "{tags}");
}
