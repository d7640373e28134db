use serde_json::json;

use crate::testing::Lab;

#[test]
fn what_was_refused_is_remembered_newest_first() {
    let mut lab = Lab::new();
    let template =
        r#"{"Resources":{"R":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{}}}}}"#;
    let input = json!({"StackName": "shop", "TemplateBody": template});
    lab.refused("cloudformation", "CreateStack", input);
    lab.refused("ecs", "CreateService", json!({"cluster": "none", "serviceName": "s"}));
    let events = lab.call("cloudtrail", "LookupEvents", json!({}))["Events"].clone();
    assert_eq!(events[0]["EventName"], "CreateService");
    assert_eq!(events[1]["EventName"], "CreateStack");
    let by = json!({"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": "shop"}]});
    let events = lab.call("cloudtrail", "LookupEvents", by)["Events"].clone();
    assert_eq!(events.as_array().unwrap().len(), 1);
    let record: serde_json::Value =
        serde_json::from_str(events[0]["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert!(record["errorCode"].as_str().unwrap().starts_with("InsufficientCapabilities"), "{record}");
    assert_eq!(record["requestParameters"]["stackName"], "shop");
}

#[test]
fn nothing_of_what_succeeds_or_only_looks_is_kept_and_little_of_the_rest() {
    let mut lab = Lab::new();
    lab.call("ecs", "CreateCluster", json!({"clusterName": "c"}));
    lab.refused("ecs", "DescribeTasks", json!({"cluster": "none", "tasks": ["x"]}));
    assert_eq!(lab.call("cloudtrail", "LookupEvents", json!({}))["Events"], json!([]));
    for _ in 0..40 {
        lab.refused("ecs", "CreateService", json!({"cluster": "none", "serviceName": "s"}));
    }
    let mut seen = 0;
    let mut token = None;
    loop {
        let mut input = json!({"MaxResults": 5});
        if let Some(token) = token {
            input["NextToken"] = token;
        }
        let page = lab.call("cloudtrail", "LookupEvents", input);
        seen += page["Events"].as_array().unwrap().len();
        match page.get("NextToken") {
            Some(next) => token = Some(next.clone()),
            None => break,
        }
    }
    assert_eq!(seen, super::model::MOST);
}
