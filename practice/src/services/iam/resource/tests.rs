use serde_json::{Value, json};

use crate::resource::Actual;
use crate::testing::driver::Driver;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const EXECUTION: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

fn trust(service: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    ]})
}

fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

#[test]
fn roles_with_their_policies_and_profiles() {
    let mut driver = Driver::new();
    let first = json!({
        "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"), "ManagedPolicyArns": [READ_ONLY],
        "Policies": [{"PolicyName": "a", "PolicyDocument": allow("ecs:*")}], "Tags": [{"Key": "k", "Value": "v"}]
    });
    let mut role = driver.create("AWS::IAM::Role", &first);
    assert_eq!(role.id, "demo-Thing1-000000000001");
    let arn = driver.attribute(&role, "Arn");
    assert_eq!(arn, "arn:aws:iam::123456789012:role/demo-Thing1-000000000001");
    let Actual::Is(is) = driver.actual(&role) else { panic!("not there") };
    for (name, value) in first.as_object().unwrap() {
        assert_eq!(is[name], *value, "{name}");
    }
    let second = json!({
        "AssumeRolePolicyDocument": trust("ecs-tasks.amazonaws.com"), "ManagedPolicyArns": [EXECUTION],
        "Policies": [{"PolicyName": "b", "PolicyDocument": allow("logs:*")}], "Description": "d",
        "MaxSessionDuration": 7200
    });
    driver.update(&mut role, &second);
    let Actual::Is(is) = driver.actual(&role) else { panic!("not there") };
    for (name, value) in second.as_object().unwrap() {
        assert_eq!(is[name], *value, "{name}");
    }
    assert!(is.get("Tags").is_none(), "{is}");

    let profile = driver.create("AWS::IAM::InstanceProfile", &json!({"Roles": [role.id]}));
    assert!(driver.attribute(&profile, "Arn").as_str().unwrap().contains(":instance-profile/demo-"));
    assert_eq!(driver.try_delete(&role).unwrap_err().code, "DeleteConflict");
    driver.delete(&profile);
    driver.delete(&role);
    assert_eq!(driver.actual(&role), Actual::Gone);
}

#[test]
fn what_cannot_be_made_whole_is_taken_back() {
    let mut driver = Driver::new();
    let properties = json!({
        "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"), "RoleName": "fixed",
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicyAtAll"]
    });
    assert_eq!(driver.try_create("AWS::IAM::Role", &properties).unwrap_err().code, "NoSuchEntity");
    assert!(driver.look(|view| view.iam.role("fixed").is_none()));
    let mut twice = properties.clone();
    twice["ManagedPolicyArns"] = json!([]);
    driver.create("AWS::IAM::Role", &twice);
    let again = driver.try_create("AWS::IAM::Role", &twice).unwrap_err();
    assert_eq!(again.message, "Role with name fixed already exists.");
    assert!(driver.look(|view| view.iam.role("fixed").is_some()), "the one before stays");
}

#[test]
fn policies_of_their_own() {
    let mut driver = Driver::new();
    let role = |driver: &mut Driver, name: &str| {
        let properties = json!({"AssumeRolePolicyDocument": trust("ec2.amazonaws.com"), "RoleName": name});
        driver.create("AWS::IAM::Role", &properties)
    };
    let (one, two) = (role(&mut driver, "one"), role(&mut driver, "two"));
    let of = |driver: &Driver, name: &str| driver.look(|view| view.iam.role(name).unwrap().policies.clone());
    let policy = |name: &str, roles: Value| json!({"PolicyName": name, "PolicyDocument": allow("ecs:*"), "Roles": roles});
    let mut inline = driver.create("AWS::IAM::Policy", &policy("p", json!(["one"])));
    driver.update(&mut inline, &policy("p", json!(["two"])));
    assert!(of(&driver, "one").inline.is_empty() && of(&driver, "two").inline.contains_key("p"));
    driver.update(&mut inline, &policy("q", json!(["two"])));
    assert_eq!(of(&driver, "two").inline.keys().collect::<Vec<_>>(), ["q"]);
    driver.delete(&inline);
    assert!(of(&driver, "two").inline.is_empty());

    let managed = |action: &str, roles: Value| json!({"PolicyDocument": allow(action), "Roles": roles});
    let mut made = driver.create("AWS::IAM::ManagedPolicy", &managed("ecs:*", json!(["one"])));
    assert_eq!(driver.reference(&made), of(&driver, "one").attached[0]);
    for round in 0..6 {
        let action = format!("ecs:Describe{round}*");
        driver.update(&mut made, &managed(&action, json!(["one", "two"])));
    }
    assert_eq!(driver.attribute(&made, "DefaultVersionId"), "v7");
    assert_eq!(driver.attribute(&made, "AttachmentCount"), 2);
    driver.delete(&made);
    let alone = json!({"PolicyName": "r", "RoleName": "one", "PolicyDocument": allow("ecs:*")});
    let alone = driver.create("AWS::IAM::RolePolicy", &alone);
    assert_eq!(driver.reference(&alone), "r|one");
    for made in [alone, one, two] {
        driver.delete(&made);
    }
}

#[test]
fn users_and_their_keys() {
    let mut driver = Driver::new();
    let policies = json!([{"PolicyName": "p", "PolicyDocument": allow("ecs:*")}]);
    let mut user = driver.create("AWS::IAM::User", &json!({"UserName": "ci", "Policies": policies}));
    driver.update(&mut user, &json!({"UserName": "ci", "Path": "/robots/", "Policies": policies}));
    assert_eq!(driver.attribute(&user, "Arn"), "arn:aws:iam::123456789012:user/robots/ci");
    let mut key = driver.create("AWS::IAM::AccessKey", &json!({"UserName": "ci"}));
    assert!(key.id.starts_with("AKIA"));
    assert_eq!(driver.attribute(&key, "SecretAccessKey").as_str().unwrap().len(), 40);
    driver.update(&mut key, &json!({"UserName": "ci", "Status": "Inactive"}));
    assert!(driver.look(|view| !view.iam.access_keys[&key.id].active));
    driver.delete(&key);
    driver.delete(&user);
    let grouped = driver.try_create("AWS::IAM::User", &json!({"Groups": ["g"]})).unwrap_err();
    assert_eq!(grouped.message, "The property Groups of AWS::IAM::User is not part of this practice cloud.");
    let linked = json!({"AWSServiceName": "spot.amazonaws.com"});
    let linked = driver.create("AWS::IAM::ServiceLinkedRole", &linked);
    assert_eq!(driver.attribute(&linked, "RoleName"), "AWSServiceRoleForEC2Spot");
    driver.delete(&linked);
}

#[test]
fn without_permission_nothing_is_made() {
    let mut driver = Driver::new();
    driver.be_user("student2", &allow("iam:CreateRole").to_string());
    let properties = json!({
        "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"), "RoleName": "fixed", "ManagedPolicyArns": [READ_ONLY]
    });
    let denied = driver.try_create("AWS::IAM::Role", &properties).unwrap_err();
    assert_eq!(denied.code, "AccessDenied");
    assert!(denied.message.contains("iam:AttachRolePolicy"), "{denied}");
}
