//! Parameters, driven by hand.

use serde_json::json;

use crate::resource::Actual;
use crate::testing::driver::Driver;

#[test]
fn a_parameter() {
    let mut driver = Driver::new();
    let properties = json!({"Type": "String", "Value": "1", "Description": "d", "Tags": {"a": "1"}});
    let mut made = driver.create("AWS::SSM::Parameter", &properties);
    assert_eq!(driver.reference(&made), "CFN-Thing1-000000000001");
    assert_eq!(
        (driver.attribute(&made, "Value"), driver.attribute(&made, "Type")),
        (json!("1"), json!("String"))
    );
    driver.update(&mut made, &json!({"Type": "String", "Value": 2, "Tags": {"b": "2"}}));
    assert_eq!(driver.attribute(&made, "Value"), "2");
    let Actual::Is(actual) = driver.actual(&made) else { panic!("it is there") };
    assert_eq!((&actual["Value"], &actual["Tags"]), (&json!("2"), &json!({"b": "2"})));
    assert_eq!(actual.get("Description"), None);
    let told = driver.lab.call(
        "ssm",
        "ListTagsForResource",
        json!({"ResourceType": "Parameter", "ResourceId": made.id}),
    );
    assert!(
        told["TagList"].as_array().unwrap().iter().any(|tag| tag["Key"] == "aws:cloudformation:logical-id")
    );
    driver.lab.call("ssm", "PutParameter", json!({"Name": made.id, "Value": "3", "Overwrite": true}));
    let Actual::Is(actual) = driver.actual(&made) else { panic!("it is there") };
    assert_eq!(actual["Value"], "3", "drift shows");
    let named = json!({"Name": made.id, "Type": "String", "Value": "1"});
    assert_eq!(driver.try_create("AWS::SSM::Parameter", &named).unwrap_err().code, "ParameterAlreadyExists");
    driver.delete(&made);
    assert_eq!(driver.actual(&made), Actual::Gone);
    driver.be_user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}"#);
    let fault = driver.try_create("AWS::SSM::Parameter", &named).unwrap_err();
    assert!(fault.message.contains("ssm:PutParameter"), "{fault}");
}
