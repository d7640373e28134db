//! Parameters of one's own, and machines outside of AWS, through the front door.

use serde_json::{Value, json};

use super::parameter_value;
use crate::testing::Lab;
use crate::world::Caller;

const S: &str = "ssm";

fn put(lab: &mut Lab, name: &str, value: &str, more: Value) -> Value {
    let mut input = json!({"Name": name, "Value": value, "Type": "String"});
    let Value::Object(more) = more else { panic!("an object") };
    input.as_object_mut().unwrap().extend(more);
    lab.call(S, "PutParameter", input)
}

#[test]
fn versions_labels_and_selectors() {
    let mut lab = Lab::new();
    assert_eq!(put(&mut lab, "/app/url", "one", json!({})), json!({"Version": 1, "Tier": "Standard"}));
    let again = json!({"Name": "/app/url", "Value": "two", "Type": "String"});
    assert_eq!(lab.refused(S, "PutParameter", again), "ParameterAlreadyExists");
    assert_eq!(put(&mut lab, "/app/url", "two", json!({"Overwrite": true}))["Version"], 2);
    let label = json!({"Name": "/app/url", "ParameterVersion": 1, "Labels": ["prod", "9bad"]});
    assert_eq!(
        lab.call(S, "LabelParameterVersion", label),
        json!({"InvalidLabels": ["9bad"], "ParameterVersion": 1})
    );
    for (name, value) in [
        ("/app/url", "two"),
        ("/app/url:1", "one"),
        ("/app/url:prod", "one"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/app/url", "two"),
    ] {
        assert_eq!(lab.call(S, "GetParameter", json!({"Name": name}))["Parameter"]["Value"], value, "{name}");
    }
    assert_eq!(lab.refused(S, "GetParameter", json!({"Name": "/app/url:test"})), "ParameterVersionNotFound");
    let history = lab.call(S, "GetParameterHistory", json!({"Name": "/app/url"}));
    assert_eq!(
        (&history["Parameters"][0]["Labels"], &history["Parameters"][1]["Value"]),
        (&json!(["prod"]), &json!("two"))
    );
    assert_eq!(lab.call(S, "GetParametersByPath", json!({"Path": "/app"}))["Parameters"][0]["Version"], 2);
    lab.call(S, "DeleteParameter", json!({"Name": "/app/url"}));
    assert_eq!(lab.refused(S, "DeleteParameter", json!({"Name": "/app/url"})), "ParameterNotFound");
}

#[test]
fn a_secure_string_is_sealed_until_asked_for() {
    let mut lab = Lab::new();
    put(&mut lab, "/db/password", "hunter22", json!({"Type": "SecureString"}));
    let sealed = lab.call(S, "GetParameter", json!({"Name": "/db/password"}));
    assert_ne!(sealed["Parameter"]["Value"], "hunter22");
    let open = lab.call(S, "GetParameter", json!({"Name": "/db/password", "WithDecryption": true}));
    assert_eq!(open["Parameter"]["Value"], "hunter22");
    assert!(!format!("{:?}", lab.world).contains("hunter22"));
    let described = lab.call(
        S,
        "DescribeParameters",
        json!({"ParameterFilters": [{"Key": "Type", "Values": ["SecureString"]}]}),
    );
    assert_eq!(described["Parameters"][0]["KeyId"], "alias/aws/ssm");
    assert!(described["Parameters"][0].get("Value").is_none());
    let caller = Caller::root("123456789012");
    lab.world.look("us-east-1", lab.now, &caller, |view| {
        assert_eq!(parameter_value(view, "/db/password").unwrap(), "hunter22");
        let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/db/password";
        assert_eq!(parameter_value(view, arn).unwrap(), "hunter22");
        assert_eq!(parameter_value(view, "/none").unwrap_err(), "invalid parameters: /none");
    });
}

#[test]
fn names_values_and_patterns_are_checked() {
    let mut lab = Lab::new();
    let put = |name: &str, value: &str, more: Value| {
        let mut input = json!({"Name": name, "Value": value, "Type": "String"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for (input, code) in [
        (put("aws-x", "1", json!({})), "ValidationException"),
        (put("a/b", "1", json!({})), "ValidationException"),
        (put("/a b", "1", json!({})), "ValidationException"),
        (put(&"/a".repeat(16), "1", json!({})), "HierarchyLevelLimitExceededException"),
        (put("/a", "", json!({})), "ValidationException"),
        (put("/a", &"x".repeat(4_097), json!({})), "ValidationException"),
        (put("/a", "{{x}}", json!({})), "ValidationException"),
        (put("/a", "abc", json!({"AllowedPattern": "^\\d+$"})), "ParameterPatternMismatchException"),
        (put("/a", "abc", json!({"AllowedPattern": "("})), "InvalidAllowedPatternException"),
        (put("/a", "ami-0", json!({"DataType": "aws:ec2:image"})), "ValidationException"),
        (put("/a", "1", json!({"KeyId": "alias/x"})), "ValidationException"),
        (put("/a", "1", json!({"Type": "Number"})), "ValidationException"),
    ] {
        assert_eq!(lab.refused(S, "PutParameter", input.clone()), code, "{input}");
    }
    lab.call(S, "PutParameter", put("/a", "123", json!({"AllowedPattern": "^\\d+$"})));
    lab.call(S, "PutParameter", put("/b", &"x".repeat(5_000), json!({"Tier": "Intelligent-Tiering"})));
}

#[test]
fn machines_outside_register_while_their_activation_lasts() {
    let mut lab = Lab::new();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ssm.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    lab.call("iam", "CreateRole", json!({"RoleName": "ecsAnywhereRole", "AssumeRolePolicyDocument": trust}));
    assert_eq!(lab.refused(S, "CreateActivation", json!({"IamRole": "none"})), "ValidationException");
    let made = lab.call(S, "CreateActivation", json!({"IamRole": "ecsAnywhereRole", "RegistrationLimit": 2}));
    let register = |machine: &str| {
        json!({"ActivationId": made["ActivationId"], "ActivationCode": made["ActivationCode"],
            "Fingerprint": machine, "PublicKey": "x"})
    };
    let first = lab.call(S, "RegisterManagedInstance", register("a"))["InstanceId"].clone();
    assert!(first.as_str().unwrap().starts_with("mi-0") && first.as_str().unwrap().len() == 20);
    assert_eq!(lab.call(S, "RegisterManagedInstance", register("a"))["InstanceId"], first);
    lab.call(S, "RegisterManagedInstance", register("b"));
    assert_eq!(lab.refused(S, "RegisterManagedInstance", register("c")), "InvalidActivation");
    let filter = json!({"Filters": [{"Key": "ActivationIds", "Values": [made["ActivationId"]]}]});
    let nodes = lab.call(S, "DescribeInstanceInformation", filter);
    assert_eq!(nodes["InstanceInformationList"].as_array().unwrap().len(), 2);
    let old = json!({"InstanceInformationFilterList": [{"key": "InstanceIds", "valueSet": [first]}]});
    let nodes = lab.call(S, "DescribeInstanceInformation", old);
    assert_eq!(nodes["InstanceInformationList"][0]["IamRole"], "ecsAnywhereRole");
    let activations = lab.call(S, "DescribeActivations", json!({}));
    assert_eq!(activations["ActivationList"][0]["RegistrationsCount"], 2);
    lab.call(S, "DeregisterManagedInstance", json!({"InstanceId": first}));
    assert_eq!(
        lab.refused(S, "DeregisterManagedInstance", json!({"InstanceId": first})),
        "InvalidInstanceId"
    );
    let late = lab.call(S, "CreateActivation", json!({"IamRole": "ecsAnywhereRole"}));
    lab.advance(86_401);
    let expired = json!({"ActivationId": late["ActivationId"], "ActivationCode": late["ActivationCode"], "Fingerprint": "z"});
    assert_eq!(lab.refused(S, "RegisterManagedInstance", expired), "InvalidActivation");
    assert_eq!(
        lab.call(S, "DescribeActivations", json!({}))["ActivationList"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|a| a["Expired"] == true)
            .count(),
        2
    );
}
