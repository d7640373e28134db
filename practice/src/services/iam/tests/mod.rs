//! IAM through the front door.

mod decisions;

use serde_json::{Value, json};

use super::credentials::account_of;
use crate::core::time::Time;
use crate::testing::Lab;
use crate::world::{Caller, Principal};
use crate::{Command, Outcome, apply};

const EC2_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ECS_ROLE: &str = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";

fn allow(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
        .to_string()
}

fn role(lab: &mut Lab, name: &str) -> Value {
    lab.call("iam", "CreateRole", json!({"RoleName": name, "AssumeRolePolicyDocument": EC2_TRUST}))
}

fn message(lab: &mut Lab, operation: &str, input: Value) -> String {
    lab.try_call("iam", operation, input).unwrap_err().message
}

#[test]
fn a_role_lives_and_goes() {
    let mut lab = Lab::new();
    let made = role(&mut lab, "weave-ecs-role");
    assert_eq!(made["Role"]["Arn"], "arn:aws:iam::123456789012:role/weave-ecs-role");
    assert_eq!(made["Role"]["RoleId"].as_str().unwrap().len(), 21);
    assert!(made["Role"]["AssumeRolePolicyDocument"].as_str().unwrap().starts_with("%7B%22Version%22%3A%22"));
    let name = json!({"RoleName": "weave-ecs-role"});
    assert_eq!(
        lab.refused(
            "iam",
            "CreateRole",
            json!({"RoleName": "Weave-ECS-role", "AssumeRolePolicyDocument": EC2_TRUST})
        ),
        "EntityAlreadyExists"
    );
    let policy = json!({"RoleName": "weave-ecs-role", "PolicyName": "p", "PolicyDocument": allow("ecs:*")});
    lab.call("iam", "PutRolePolicy", policy);
    let got = lab.call("iam", "GetRolePolicy", json!({"RoleName": "weave-ecs-role", "PolicyName": "p"}));
    assert!(got["PolicyDocument"].as_str().unwrap().contains("%22ecs%3A%2A%22"));
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "weave-ecs-role", "PolicyArn": ECS_ROLE}));
    lab.call("iam", "CreateInstanceProfile", json!({"InstanceProfileName": "profile"}));
    let both = json!({"InstanceProfileName": "profile", "RoleName": "weave-ecs-role"});
    lab.call("iam", "AddRoleToInstanceProfile", both.clone());
    let profile = lab.call("iam", "GetInstanceProfile", json!({"InstanceProfileName": "profile"}));
    assert_eq!(profile["InstanceProfile"]["Roles"][0]["RoleName"], "weave-ecs-role");
    assert_eq!(lab.refused("iam", "AddRoleToInstanceProfile", both.clone()), "LimitExceeded");
    assert_eq!(
        message(&mut lab, "DeleteRole", name.clone()),
        "Cannot delete entity, must detach all policies first."
    );
    lab.call("iam", "DetachRolePolicy", json!({"RoleName": "weave-ecs-role", "PolicyArn": ECS_ROLE}));
    assert_eq!(
        message(&mut lab, "DeleteRole", name.clone()),
        "Cannot delete entity, must delete policies first."
    );
    lab.call("iam", "DeleteRolePolicy", json!({"RoleName": "weave-ecs-role", "PolicyName": "p"}));
    assert_eq!(lab.refused("iam", "DeleteRole", name.clone()), "DeleteConflict");
    assert_eq!(
        lab.refused("iam", "DeleteInstanceProfile", json!({"InstanceProfileName": "profile"})),
        "DeleteConflict"
    );
    lab.call("iam", "RemoveRoleFromInstanceProfile", both);
    lab.call("iam", "DeleteRole", name.clone());
    lab.call("iam", "DeleteInstanceProfile", json!({"InstanceProfileName": "profile"}));
    let fault = lab.try_call("iam", "GetRole", name).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.status), ("NoSuchEntity", 404));
    assert_eq!(fault.message, "The role with name weave-ecs-role cannot be found.");
}

#[test]
fn names_paths_and_documents_are_validated() {
    let mut lab = Lab::new();
    let with = |name: &str, trust: &str| json!({"RoleName": name, "AssumeRolePolicyDocument": trust});
    assert_eq!(lab.refused("iam", "CreateRole", with("a b", EC2_TRUST)), "ValidationError");
    assert_eq!(lab.refused("iam", "CreateRole", with(&"x".repeat(65), EC2_TRUST)), "ValidationError");
    assert_eq!(lab.refused("iam", "CreateRole", with("", EC2_TRUST)), "ValidationError");
    assert_eq!(lab.refused("iam", "CreateRole", json!({"RoleName": "x"})), "ValidationError");
    let path = json!({"RoleName": "x", "Path": "nope", "AssumeRolePolicyDocument": EC2_TRUST});
    assert_eq!(lab.refused("iam", "CreateRole", path), "ValidationError");
    for (trust, says) in [
        ("{", "This policy contains invalid Json"),
        (
            &EC2_TRUST.replace("ec2.amazonaws.com", "ec2.amazon.com"),
            "Invalid principal in policy: \"SERVICE\":\"ec2.amazon.com\"",
        ),
        (
            &EC2_TRUST.replace("sts:AssumeRole", "ec2:RunInstances"),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (&allow("sts:AssumeRole"), "Has prohibited field Resource"),
        (
            &EC2_TRUST.replace(
                r#""Service":"ec2.amazonaws.com""#,
                r#""AWS":"arn:aws:iam::123456789012:role/nobody""#,
            ),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/nobody\"",
        ),
    ] {
        let fault = lab.try_call("iam", "CreateRole", with("x", trust)).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.message.as_str()), ("MalformedPolicyDocument", says));
    }
    role(&mut lab, "x");
    let put = |document: &str| json!({"RoleName": "x", "PolicyName": "p", "PolicyDocument": document});
    for (document, says) in [
        ("not json", "Syntax errors in policy."),
        (r#"{"Statement":[]}"#, "Syntax errors in policy."),
        (r#"{"Version":"2012-10-18","Statement":[]}"#, "Syntax errors in policy."),
        (EC2_TRUST, "Policy document should not specify a principal."),
        (r#"{"Statement":{"Effect":"Allow","Action":"ecs:*"}}"#, "Policy statement must contain resources."),
        (r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "Policy statement must contain actions."),
        (
            &allow("RegisterContainerInstance"),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"ecs:*","Resource":"cluster/x"}}"#,
            "Resource cluster/x must be in ARN format or \"*\".",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"ecs:*","Resource":"*","Condition":{"StringEqual":{"a":"b"}}}}"#,
            "Invalid Condition type : StringEqual.",
        ),
    ] {
        let fault = lab.try_call("iam", "PutRolePolicy", put(document)).unwrap_err();
        assert_eq!(
            (fault.code.as_str(), fault.message.as_str()),
            ("MalformedPolicyDocument", says),
            "{document}"
        );
    }
    let long = allow(&format!("ecs:{}", "x".repeat(10_300)));
    assert_eq!(lab.refused("iam", "PutRolePolicy", put(&long)), "LimitExceeded");
    let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
    assert_eq!(lab.refused("iam", "PutRolePolicy", put(&deep)), "MalformedPolicyDocument");
}

#[test]
fn lists_are_paged_and_filtered_by_path() {
    let mut lab = Lab::new();
    for name in ["a", "b", "c"] {
        lab.call(
            "iam",
            "CreateUser",
            json!({"UserName": name, "Path": if name == "c" { "/team/" } else { "/" }}),
        );
    }
    let first = lab.call("iam", "ListUsers", json!({"MaxItems": "2"}));
    assert_eq!((first["Users"].as_array().unwrap().len(), &first["IsTruncated"]), (2, &json!(true)));
    let rest = lab.call("iam", "ListUsers", json!({"Marker": first["Marker"]}));
    assert_eq!((&rest["Users"][0]["UserName"], &rest["IsTruncated"]), (&json!("c"), &json!(false)));
    let team = lab.call("iam", "ListUsers", json!({"PathPrefix": "/team/"}));
    assert_eq!(team["Users"][0]["Arn"], "arn:aws:iam::123456789012:user/team/c");
    assert_eq!(lab.refused("iam", "ListUsers", json!({"MaxItems": "0"})), "ValidationError");
    assert_eq!(lab.refused("iam", "ListUsers", json!({"Marker": "?"})), "ValidationError");
}

#[test]
fn managed_policies_of_ones_own_and_of_aws() {
    let mut lab = Lab::new();
    role(&mut lab, "r");
    let made =
        lab.call("iam", "CreatePolicy", json!({"PolicyName": "mine", "PolicyDocument": allow("ecs:List*")}));
    let arn = made["Policy"]["Arn"].clone();
    assert_eq!(arn, "arn:aws:iam::123456789012:policy/mine");
    assert_eq!(
        lab.refused("iam", "CreatePolicy", json!({"PolicyName": "mine", "PolicyDocument": allow("x:*")})),
        "EntityAlreadyExists"
    );
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": arn}));
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": ECS_ROLE}));
    let attached = lab.call("iam", "ListAttachedRolePolicies", json!({"RoleName": "r"}));
    assert_eq!(attached["AttachedPolicies"][1]["PolicyName"], "AmazonEC2ContainerServiceforEC2Role");
    assert_eq!(lab.refused("iam", "DeletePolicy", json!({"PolicyArn": arn})), "DeleteConflict");
    let version = json!({"PolicyArn": arn, "PolicyDocument": allow("ecs:*"), "SetAsDefault": "true"});
    assert_eq!(lab.call("iam", "CreatePolicyVersion", version)["PolicyVersion"]["VersionId"], "v2");
    assert!(super::policy::role_allows(&lab.world.iam, "r", "ecs:CreateCluster", "*"));
    assert_eq!(
        lab.refused("iam", "DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v2"})),
        "DeleteConflict"
    );
    lab.call("iam", "DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v1"}));
    lab.call("iam", "DetachRolePolicy", json!({"RoleName": "r", "PolicyArn": arn}));
    assert_eq!(
        lab.refused("iam", "DetachRolePolicy", json!({"RoleName": "r", "PolicyArn": arn})),
        "NoSuchEntity"
    );
    lab.call("iam", "DeletePolicy", json!({"PolicyArn": arn}));
    assert_eq!(
        lab.refused("iam", "AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": arn})),
        "NoSuchEntity"
    );
    assert_eq!(
        lab.refused("iam", "AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": "AmazonECS_FullAccess"})),
        "InvalidInput"
    );
    let aws = lab.call("iam", "GetPolicy", json!({"PolicyArn": ECS_ROLE}));
    assert_eq!(aws["Policy"]["AttachmentCount"], 1);
    let id = aws["Policy"]["DefaultVersionId"].clone();
    let version = lab.call("iam", "GetPolicyVersion", json!({"PolicyArn": ECS_ROLE, "VersionId": id}));
    assert!(
        version["PolicyVersion"]["Document"].as_str().unwrap().contains("ecs%3ARegisterContainerInstance")
    );
    assert_eq!(lab.refused("iam", "DeletePolicy", json!({"PolicyArn": ECS_ROLE})), "AccessDenied");
    let local = lab.call("iam", "ListPolicies", json!({"Scope": "Local"}));
    assert_eq!(local["Policies"], json!([]));
    let who = lab.call("iam", "ListEntitiesForPolicy", json!({"PolicyArn": ECS_ROLE}));
    assert_eq!(who["PolicyRoles"][0]["RoleName"], "r");
}

#[test]
fn what_a_role_may_do() {
    let mut lab = Lab::new();
    role(&mut lab, "r");
    let allows = |lab: &Lab, action: &str| super::policy::role_allows(&lab.world.iam, "r", action, "*");
    assert!(!allows(&lab, "ecs:RegisterContainerInstance"));
    lab.call("iam", "AttachRolePolicy", json!({"RoleName": "r", "PolicyArn": ECS_ROLE}));
    assert!(allows(&lab, "ecs:RegisterContainerInstance") && allows(&lab, "ecs:SubmitTaskStateChange"));
    assert!(
        !allows(&lab, "ecs:RunTask") && !super::policy::role_allows(&lab.world.iam, "q", "ecs:Poll", "*")
    );
    let deny = allow("ecs:Register*").replace("Allow", "Deny");
    lab.call("iam", "PutRolePolicy", json!({"RoleName": "r", "PolicyName": "d", "PolicyDocument": deny}));
    assert!(!allows(&lab, "ecs:RegisterContainerInstance"), "an explicit deny wins");
    assert!(super::policy::service_may_assume(&lab.world.iam, "r", "ec2.amazonaws.com"));
    assert!(!super::policy::service_may_assume(&lab.world.iam, "r", "ecs-tasks.amazonaws.com"));
    let simulated = lab.call(
        "iam",
        "SimulatePrincipalPolicy",
        json!({"PolicySourceArn": "arn:aws:iam::123456789012:role/r", "ActionNames": ["ecs:Poll", "ecs:RunTask", "ecs:RegisterContainerInstance"]}),
    );
    let decisions: Vec<&Value> = simulated["EvaluationResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| &result["EvalDecision"])
        .collect();
    assert_eq!(decisions, ["allowed", "implicitDeny", "explicitDeny"]);
}

#[test]
fn users_keys_and_tags() {
    let mut lab = Lab::new();
    lab.call("iam", "CreateUser", json!({"UserName": "ann", "Tags": [{"Key": "team", "Value": "x"}]}));
    let key = lab.call("iam", "CreateAccessKey", json!({"UserName": "ann"}));
    let id = key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned();
    assert_eq!(account_of(&id).as_deref(), Some("123456789012"));
    assert_eq!(key["AccessKey"]["SecretAccessKey"].as_str().unwrap().len(), 40);
    lab.call("iam", "CreateAccessKey", json!({"UserName": "ann"}));
    assert_eq!(lab.refused("iam", "CreateAccessKey", json!({"UserName": "ann"})), "LimitExceeded");
    assert_eq!(lab.refused("iam", "DeleteUser", json!({"UserName": "ann"})), "DeleteConflict");
    lab.call("iam", "UpdateAccessKey", json!({"UserName": "ann", "AccessKeyId": id, "Status": "Inactive"}));
    let keys = lab.call("iam", "ListAccessKeys", json!({"UserName": "ann"}));
    assert!(keys["AccessKeyMetadata"].as_array().unwrap().iter().any(|key| key["Status"] == "Inactive"));
    assert!(!keys.to_string().contains("SecretAccessKey\":\""), "secrets are shown once");
    for key in keys["AccessKeyMetadata"].as_array().unwrap() {
        lab.call("iam", "DeleteAccessKey", json!({"UserName": "ann", "AccessKeyId": key["AccessKeyId"]}));
    }
    assert_eq!(
        lab.refused("iam", "DeleteAccessKey", json!({"UserName": "ann", "AccessKeyId": id})),
        "NoSuchEntity"
    );
    lab.call("iam", "TagUser", json!({"UserName": "ann", "Tags": [{"Key": "cost", "Value": ""}]}));
    lab.call("iam", "UntagUser", json!({"UserName": "ann", "TagKeys": ["team"]}));
    assert_eq!(
        lab.call("iam", "ListUserTags", json!({"UserName": "ann"}))["Tags"],
        json!([{"Key": "cost", "Value": ""}])
    );
    let reserved = json!({"UserName": "ann", "Tags": [{"Key": "aws:x", "Value": ""}]});
    assert_eq!(lab.refused("iam", "TagUser", reserved), "InvalidInput");
    lab.call("iam", "UpdateUser", json!({"UserName": "ann", "NewUserName": "bea"}));
    lab.call("iam", "DeleteUser", json!({"UserName": "bea"}));
    assert_eq!(lab.refused("iam", "GetUser", json!({"UserName": "ann"})), "NoSuchEntity");
}

#[test]
fn service_linked_roles() {
    let mut lab = Lab::new();
    let ecs = json!({"AWSServiceName": "ecs.amazonaws.com"});
    let made = lab.call("iam", "CreateServiceLinkedRole", ecs.clone());
    assert_eq!(
        made["Role"]["Arn"],
        "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    );
    assert_eq!(lab.refused("iam", "CreateServiceLinkedRole", ecs), "InvalidInput");
    let name = json!({"RoleName": "AWSServiceRoleForECS"});
    assert_eq!(lab.refused("iam", "DeleteRole", name.clone()), "UnmodifiableEntity");
    lab.call("iam", "DeleteServiceLinkedRole", name);
    assert!(lab.world.iam.roles.is_empty());
}

#[test]
fn the_student_has_keys_that_are_new_each_time_and_never_shown_by_debug() {
    let mut lab = Lab::new();
    let issue = |lab: &mut Lab, at: i64| match apply(&mut lab.world, &Command::CreateStudent, Time(at)) {
        Outcome::Student(key) => key,
        other => panic!("{other:?}"),
    };
    let (first, second, third) = (issue(&mut lab, 1), issue(&mut lab, 2), issue(&mut lab, 3));
    assert_eq!((first.id.len(), first.secret.len()), (20, 40));
    assert_eq!(account_of(&first.id).as_deref(), Some("123456789012"));
    let ids: Vec<&String> = lab.world.iam.access_keys.keys().collect();
    assert!(!ids.contains(&&first.id) && ids.contains(&&second.id) && ids.contains(&&third.id));
    assert_ne!(second.secret, third.secret);
    for shown in
        [format!("{:?}", lab.world), format!("{third:?}"), format!("{:?}", Outcome::Student(third.clone()))]
    {
        assert!(!shown.contains(&third.secret));
    }
    assert!(!serde_json::to_string(&lab.world).unwrap().contains(&third.secret), "secrets are not stored");
}

#[test]
fn key_ids_of_others_have_no_account() {
    for id in [
        "",
        "AKIA",
        "AKIAIOSFODNN7EXAMPL!",
        "XXXX7777777777777777",
        "AKIA\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
    ] {
        assert_eq!(account_of(id), None, "{id}");
    }
}

#[test]
fn a_call_is_authorized_by_the_callers_policies() {
    let mut lab = Lab::new();
    lab.call("iam", "CreateUser", json!({"UserName": "ann"}));
    let document = json!({"Statement": [
        {"Effect": "Allow", "Action": ["ecs:*", "ec2:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "ecs:DeleteCluster", "Resource": "arn:aws:ecs:*:*:cluster/prod*"},
        {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition":
            {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}},
        {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*", "Condition":
            {"StringNotEquals": {"ec2:InstanceType": "t2.micro"}}}
    ]});
    lab.call(
        "iam",
        "PutUserPolicy",
        json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": document.to_string()}),
    );
    let ann = Caller {
        arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
        user_id: "AIDA".to_owned(),
        principal: Principal::User("ann".to_owned()),
        session_key: None,
    };
    let may = |service: &str, operation: &str, input: Value| {
        lab.world.look("us-east-1", lab.now, &ann, |view| super::authorize(view, service, operation, &input))
    };
    assert_eq!(may("ecs", "CreateCluster", json!({"clusterName": "x"})), Ok(()));
    assert_eq!(may("ecs", "DeleteCluster", json!({"cluster": "test"})), Ok(()));
    assert_eq!(may("sts", "GetCallerIdentity", json!({})), Ok(()));
    assert_eq!(may("iam", "GetUser", json!({})), Ok(()));
    assert_eq!(may("ec2", "RunInstances", json!({"InstanceType": "t2.micro"})), Ok(()));
    let denied = may("ecs", "DeleteCluster", json!({"cluster": "prod-1"})).unwrap_err();
    assert_eq!(denied.code, "AccessDeniedException");
    assert_eq!(
        denied.message,
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: ecs:DeleteCluster on resource: \
         arn:aws:ecs:us-east-1:123456789012:cluster/prod-1 with an explicit deny in an identity-based policy"
    );
    let denied = may("iam", "GetUser", json!({"UserName": "bea"})).unwrap_err();
    assert_eq!((denied.code.as_str(), denied.status), ("AccessDenied", 403));
    let denied = may("ec2", "RunInstances", json!({"InstanceType": "m5.large"})).unwrap_err();
    assert_eq!((denied.code.as_str(), denied.status), ("UnauthorizedOperation", 403));
    let pass = |service: &str| {
        let role = "arn:aws:iam::123456789012:role/r";
        lab.world.look("us-east-1", lab.now, &ann, |view| super::pass_role(view, role, service))
    };
    assert_eq!(pass("ec2.amazonaws.com"), Ok(()));
    let denied = pass("ecs-tasks.amazonaws.com").unwrap_err();
    assert!(denied.message.contains("iam:PassRole on resource: arn:aws:iam::123456789012:role/r because no identity-based policy allows the iam:PassRole action"));
}

#[test]
fn iam_knows_the_resources_of_every_operation_of_every_service() {
    let by_code = ["ec2", "iam", "sts"];
    let unknown: Vec<String> = crate::services::registry()
        .services()
        .filter(|service| !by_code.contains(&service.name))
        .flat_map(|service| service.operations.iter().map(move |operation| (service.name, operation.name)))
        .filter(|(service, operation)| !super::about_table::knows(service, operation))
        .map(|(service, operation)| format!("{service}:{operation}"))
        .collect();
    assert_eq!(unknown, Vec::<String>::new(), "not in iam/resources.txt");
}
