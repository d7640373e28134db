//! Secrets through the front door.

use serde_json::{Value, json};

use super::{Reference, value};
use crate::testing::Lab;

const S: &str = "secretsmanager";

fn with_secret() -> (Lab, String) {
    let mut lab = Lab::new();
    let made = lab.call(
        S,
        "CreateSecret",
        json!({"Name": "prod/db", "SecretString": r#"{"user":"ana","port":3306}"#}),
    );
    let arn = made["ARN"].as_str().unwrap().to_owned();
    (lab, arn)
}

fn read(lab: &mut Lab, more: Value) -> Value {
    let mut input = json!({"SecretId": "prod/db"});
    let Value::Object(more) = more else { panic!("an object") };
    input.as_object_mut().unwrap().extend(more);
    lab.call(S, "GetSecretValue", input)
}

#[test]
fn a_secret_is_found_by_name_and_arn_and_never_shown() {
    let (mut lab, arn) = with_secret();
    let (start, suffix) = arn.rsplit_once('-').unwrap();
    assert_eq!((start, suffix.len()), ("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db", 6));
    for id in ["prod/db", &arn, start] {
        assert_eq!(lab.call(S, "GetSecretValue", json!({"SecretId": id}))["Name"], "prod/db", "{id}");
    }
    assert_eq!(lab.refused(S, "GetSecretValue", json!({"SecretId": "prod"})), "ResourceNotFoundException");
    assert!(!format!("{:?}", lab.world).contains("3306"));
    let model = &lab.world.regions["us-east-1"].secretsmanager;
    assert_eq!(value(model, &arn, None, None, None).unwrap(), r#"{"user":"ana","port":3306}"#);
    assert_eq!(value(model, &arn, Some("port"), None, None).unwrap(), "3306");
    assert!(
        value(model, &arn, Some("none"), None, None).unwrap_err().contains("did not contain json key none")
    );
    assert!(value(model, "x", None, None, None).unwrap_err().starts_with("ResourceNotFoundException: "));
}

#[test]
fn the_parts_of_a_value_from() {
    let id = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf";
    let whole = format!("{id}:password:AWSPREVIOUS:v1");
    let parsed = Reference::parse(&whole).unwrap();
    assert_eq!(
        (parsed.id, parsed.json_key, parsed.stage, parsed.version),
        (id, Some("password"), Some("AWSPREVIOUS"), Some("v1"))
    );
    let staged = format!("{id}::AWSPREVIOUS:");
    let parsed = Reference::parse(&staged).unwrap();
    assert_eq!(
        (parsed.id, parsed.json_key, parsed.stage, parsed.version),
        (id, None, Some("AWSPREVIOUS"), None)
    );
    assert_eq!(Reference::parse(id).unwrap().id, id);
    assert_eq!(Reference::parse("arn:aws:ssm:us-east-1:123456789012:parameter/a"), None);
}

#[test]
fn versions_move_through_the_stages() {
    let (mut lab, _) = with_secret();
    let first = read(&mut lab, json!({}))["VersionId"].clone();
    let second = lab.call(S, "PutSecretValue", json!({"SecretId": "prod/db", "SecretString": "two"}));
    assert_eq!(second["VersionStages"], json!(["AWSCURRENT"]));
    assert_eq!(read(&mut lab, json!({}))["SecretString"], "two");
    assert_eq!(read(&mut lab, json!({"VersionStage": "AWSPREVIOUS"}))["VersionId"], first);
    let back = json!({"SecretId": "prod/db", "VersionStage": "AWSCURRENT", "MoveToVersionId": first});
    assert_eq!(lab.refused(S, "UpdateSecretVersionStage", back.clone()), "InvalidParameterException");
    let mut back = back;
    back["RemoveFromVersionId"] = second["VersionId"].clone();
    lab.call(S, "UpdateSecretVersionStage", back);
    assert_eq!(read(&mut lab, json!({}))["VersionId"], first);
    assert_eq!(read(&mut lab, json!({"VersionStage": "AWSPREVIOUS"}))["SecretString"], "two");
    let listed = lab.call(S, "ListSecretVersionIds", json!({"SecretId": "prod/db"}));
    assert_eq!(listed["Versions"].as_array().unwrap().len(), 2);
    // The same token with the same value is the same version; with another it is refused.
    let token = "0123456789012345678901234567890123";
    let put = |text: &str| json!({"SecretId": "prod/db", "SecretString": text, "ClientRequestToken": token});
    assert_eq!(lab.call(S, "PutSecretValue", put("x")), lab.call(S, "PutSecretValue", put("x")));
    assert_eq!(lab.refused(S, "PutSecretValue", put("y")), "ResourceExistsException");
}

#[test]
fn a_deleted_secret_can_be_restored_until_its_window_ends() {
    let (mut lab, arn) = with_secret();
    let one = json!({"SecretId": "prod/db"});
    assert_eq!(
        lab.refused(S, "DeleteSecret", json!({"SecretId": "prod/db", "RecoveryWindowInDays": 6})),
        "InvalidParameterException"
    );
    lab.call(S, "DeleteSecret", json!({"SecretId": "prod/db", "RecoveryWindowInDays": 7}));
    assert_eq!(lab.refused(S, "GetSecretValue", one.clone()), "InvalidRequestException");
    assert_eq!(lab.refused(S, "CreateSecret", json!({"Name": "prod/db"})), "InvalidRequestException");
    assert!(
        value(&lab.world.regions["us-east-1"].secretsmanager, &arn, None, None, None)
            .unwrap_err()
            .contains("marked for deletion")
    );
    assert_eq!(lab.call(S, "ListSecrets", json!({}))["SecretList"], json!([]));
    lab.call(S, "RestoreSecret", one.clone());
    lab.call(S, "GetSecretValue", one.clone());
    lab.call(S, "DeleteSecret", json!({"SecretId": "prod/db", "RecoveryWindowInDays": 7}));
    lab.advance(7 * 86_400 + 1);
    assert_eq!(lab.refused(S, "DescribeSecret", one.clone()), "ResourceNotFoundException");
    assert_eq!(crate::next_event(&lab.world), None);
    lab.call(S, "CreateSecret", json!({"Name": "prod/db"}));
    assert_eq!(lab.refused(S, "GetSecretValue", one), "ResourceNotFoundException");
    lab.call(S, "DeleteSecret", json!({"SecretId": "prod/db", "ForceDeleteWithoutRecovery": true}));
    lab.call(S, "CreateSecret", json!({"Name": "prod/db"}));
}

#[test]
fn listing_filters_and_passwords_keep_to_their_rules() {
    let (mut lab, _) = with_secret();
    lab.call(
        S,
        "CreateSecret",
        json!({"Name": "test/db", "SecretString": "x", "Tags": [{"Key": "env", "Value": "test"}]}),
    );
    let names = |answer: Value| -> Vec<String> {
        answer["SecretList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    let by = |key: &str, value: &str| json!({"Filters": [{"Key": key, "Values": [value]}]});
    assert_eq!(names(lab.call(S, "ListSecrets", by("tag-key", "env"))), ["test/db"]);
    assert_eq!(names(lab.call(S, "ListSecrets", by("name", "!test"))), ["prod/db"]);
    assert_eq!(names(lab.call(S, "ListSecrets", json!({"SortBy": "name"}))), ["prod/db", "test/db"]);
    assert_eq!(lab.refused(S, "ListSecrets", by("colour", "x")), "ValidationException");
    let wanted = json!({"PasswordLength": 12, "ExcludePunctuation": true, "ExcludeCharacters": "0O"});
    let password = lab.call(S, "GetRandomPassword", wanted)["RandomPassword"].as_str().unwrap().to_owned();
    assert_eq!(password.len(), 12);
    assert!(password.chars().all(|c| c.is_ascii_alphanumeric() && !"0O".contains(c)), "{password}");
    assert!(password.chars().any(|c| c.is_ascii_digit()) && password.chars().any(|c| c.is_ascii_uppercase()));
    assert_eq!(lab.refused(S, "RotateSecret", json!({"SecretId": "prod/db"})), "InvalidRequestException");
    let many = lab.call(S, "BatchGetSecretValue", json!({"SecretIdList": ["prod/db", "none"]}));
    assert_eq!(many["Errors"][0]["ErrorCode"], "ResourceNotFoundException");
}
