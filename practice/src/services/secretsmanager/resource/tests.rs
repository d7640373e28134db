//! Secrets, driven by hand.

use serde_json::{Value, json};

use crate::resource::Actual;
use crate::testing::driver::{Driver, Made};

fn value(driver: &mut Driver, made: &Made) -> String {
    let told = driver.lab.call("secretsmanager", "GetSecretValue", json!({"SecretId": made.id}));
    told["SecretString"].as_str().unwrap().to_owned()
}

#[test]
fn a_secret_that_is_made_up() {
    let mut driver = Driver::new();
    let generate = |length: u32| {
        json!({"GenerateSecretString": {
            "SecretStringTemplate": r#"{"username":"shop"}"#, "GenerateStringKey": "password",
            "PasswordLength": length, "ExcludePunctuation": true,
        }, "Tags": [{"Key": "t", "Value": length.to_string()}]})
    };
    let mut made = driver.create("AWS::SecretsManager::Secret", &generate(20));
    assert!(made.id.contains(":secret:Thing1-000000000001-"), "{}", made.id);
    assert_eq!(driver.attribute(&made, "Id"), made.id);
    let first: Value = serde_json::from_str(&value(&mut driver, &made)).unwrap();
    assert_eq!((&first["username"], first["password"].as_str().unwrap().len()), (&json!("shop"), 20));
    let mut tagged = generate(20);
    tagged["Description"] = "d".into();
    driver.update(&mut made, &tagged);
    let same: Value = serde_json::from_str(&value(&mut driver, &made)).unwrap();
    assert_eq!(same, first, "the value is made up once");
    driver.update(&mut made, &generate(30));
    let other: Value = serde_json::from_str(&value(&mut driver, &made)).unwrap();
    assert_eq!(other["password"].as_str().unwrap().len(), 30);
    let Actual::Is(actual) = driver.actual(&made) else { panic!("it is there") };
    assert_eq!(actual, json!({"Name": "Thing1-000000000001", "Tags": [{"Key": "t", "Value": "30"}]}));
    assert!(!actual.to_string().contains("password"));

    let statement =
        json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]});
    let policy = json!({"SecretId": made.id, "ResourcePolicy": statement});
    let policy = driver.create("AWS::SecretsManager::ResourcePolicy", &policy);
    assert_eq!(policy.id, made.id);
    let told = driver.lab.call("secretsmanager", "GetResourcePolicy", json!({"SecretId": made.id}));
    assert_eq!(serde_json::from_str::<Value>(told["ResourcePolicy"].as_str().unwrap()).unwrap(), statement);
    driver.delete(&policy);
    driver.delete(&made);
    driver.delete(&policy);
    driver.create("AWS::SecretsManager::Secret", &json!({"Name": "Thing1-000000000001"}));
}

#[test]
fn a_secret_that_is_given() {
    let mut driver = Driver::new();
    let mut made = driver.create("AWS::SecretsManager::Secret", &json!({"Name": "n", "SecretString": "s"}));
    assert_eq!(value(&mut driver, &made), "s");
    driver.update(&mut made, &json!({"Name": "n", "SecretString": "t"}));
    assert_eq!(value(&mut driver, &made), "t");
    let both = json!({"SecretString": "s", "GenerateSecretString": {"PasswordLength": 8}});
    assert_eq!(driver.try_create("AWS::SecretsManager::Secret", &both).unwrap_err().code, "InvalidRequest");
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:CreateSecret","Resource":"*"}}"#;
    driver.be_user("maker", policy);
    let generated = json!({"GenerateSecretString": {"PasswordLength": 8}});
    let fault = driver.try_create("AWS::SecretsManager::Secret", &generated).unwrap_err();
    assert!(fault.message.contains("secretsmanager:GetRandomPassword"), "{fault}");
}

#[test]
fn a_secret_learns_where_its_database_is() {
    let mut driver = Driver::new();
    let secret = json!({"Name": "n", "SecretString": r#"{"username":"shop","password":"12345678"}"#});
    let secret = driver.create("AWS::SecretsManager::Secret", &secret);
    let database = json!({"DBInstanceIdentifier": "Shop", "DBInstanceClass": "db.t3.micro", "Engine": "mysql", "MasterUsername": "shop",
        "MasterUserPassword": "12345678", "DBName": "socksdb", "AllocatedStorage": "20"});
    driver.lab.call("rds", "CreateDBInstance", database);
    driver.lab.settle();
    let wanted = json!({"SecretId": secret.id, "TargetType": "AWS::RDS::DBInstance", "TargetId": "Shop"});
    let attached = driver.create("AWS::SecretsManager::SecretTargetAttachment", &wanted);
    assert_eq!(attached.id, secret.id);
    let told: Value = serde_json::from_str(&value(&mut driver, &secret)).unwrap();
    assert_eq!(
        (&told["engine"], &told["port"], &told["dbname"]),
        (&json!("mysql"), &json!(3306), &json!("socksdb"))
    );
    assert!(told["host"].as_str().unwrap().starts_with("shop."), "{told}");
    driver.delete(&attached);
    let told: Value = serde_json::from_str(&value(&mut driver, &secret)).unwrap();
    assert_eq!(told, json!({"username": "shop", "password": "12345678"}));
    let other = json!({"SecretId": secret.id, "TargetType": "AWS::RDS::DBInstance", "TargetId": "none"});
    assert!(driver.try_create("AWS::SecretsManager::SecretTargetAttachment", &other).is_err());
}
