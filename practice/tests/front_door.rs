//! Signed requests from the first byte to the answer: who is let in, who may do what, and in whose words they are
//! refused.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use hmac::{Hmac, KeyInit as _, Mac as _};
use practice::wire::request::HttpRequest;
use practice::{AccessKey, Auth, Command, HttpAnswer, Outcome, Time, World, answer, apply};
use sha2::{Digest as _, Sha256};

const WALL: Time = Time(1_795_252_353_000);

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(message).finalize().into_bytes().to_vec()
}

/// Signs as a client does, written apart from the verifier.
fn signed(
    key: &AccessKey,
    token: Option<&str>,
    service: &str,
    body: &str,
    target: Option<&str>,
) -> HttpRequest {
    let date = WALL.basic();
    let day = &date[..8];
    let mut headers = vec![("host", "practice"), ("x-amz-date", &date)];
    headers.extend(token.map(|token| ("x-amz-security-token", token)));
    headers.extend(target.map(|target| ("x-amz-target", target)));
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines = headers.iter().fold(String::new(), |out, (name, value)| out + &format!("{name}:{value}\n"));
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(Sha256::digest(body)));
    let scope = format!("{day}/us-east-1/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(Sha256::digest(canonical)));
    let chain = [day, "us-east-1", service, "aws4_request"];
    let signing = chain.iter().fold(format!("AWS4{}", key.secret).into_bytes(), |key, part| mac(&key, part));
    let signature = hex(mac(&signing, &to_sign));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        key.id
    );
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.push(("authorization".to_owned(), authorization));
    HttpRequest { method: "POST".into(), path: "/".into(), query: String::new(), headers, body: body.into() }
}

fn version(service: &str) -> &'static str {
    match service {
        "ec2" => "2016-11-15",
        "iam" => "2010-05-08",
        "autoscaling" => "2011-01-01",
        _ => "2011-06-15",
    }
}

struct Account {
    world: World,
    now: Time,
    key: AccessKey,
    token: Option<String>,
}

impl Account {
    fn new() -> Self {
        let mut world = World::new("123456789012", 7);
        let Outcome::Student(key) = apply(&mut world, &Command::CreateStudent, WALL) else {
            panic!("a student")
        };
        Self { world, now: WALL, key, token: None }
    }

    fn send(&mut self, request: &HttpRequest) -> (u16, String) {
        let HttpAnswer { status, body, .. } =
            answer(&mut self.world, request, Auth::Verify, self.now, WALL, "request-id");
        (status, String::from_utf8(body).unwrap())
    }

    fn query(&mut self, service: &str, form: &str) -> (u16, String) {
        let form = format!("Action={form}&Version={}", version(service));
        let request = signed(&self.key, self.token.as_deref(), service, &form, None);
        self.send(&request)
    }

    fn json(&mut self, service: &str, target: &str, body: &str) -> (u16, String) {
        let request = signed(&self.key, self.token.as_deref(), service, body, Some(target));
        self.send(&request)
    }
}

const LIST_CLUSTERS: &str = "AmazonEC2ContainerServiceV20141113.ListClusters";
const GET_PARAMETER: &str = "AmazonSSM.GetParameter";

fn element(xml: &str, name: &str) -> String {
    let (_, after) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {xml}"));
    after.split_once('<').unwrap().0.to_owned()
}

#[test]
fn the_student_is_let_in_even_when_the_world_is_ahead_of_the_wall_clock() {
    let mut account = Account::new();
    for ahead in [0, 86_400_000, 400 * 86_400_000] {
        account.now = WALL.plus_ms(ahead);
        let (status, body) = account.query("sts", "GetCallerIdentity");
        assert_eq!((status, element(&body, "Arn").as_str()), (200, "arn:aws:iam::123456789012:user/student"));
    }
    assert_eq!(account.query("ec2", "DescribeVpcs").0, 200);
    let path = r#"{"Path": "/aws/service/ami-amazon-linux-latest"}"#;
    assert_eq!(account.json("ssm", "AmazonSSM.GetParametersByPath", path).0, 200);
}

#[test]
fn a_wrong_secret_is_refused_in_each_services_words() {
    let mut account = Account::new();
    account.key.secret = "wrong".to_owned();
    for (service, status, code) in [
        ("sts", 403, "SignatureDoesNotMatch"),
        ("iam", 403, "SignatureDoesNotMatch"),
        ("autoscaling", 403, "SignatureDoesNotMatch"),
        ("ec2", 401, "AuthFailure"),
    ] {
        let operation = match service {
            "ec2" => "DescribeVpcs",
            "iam" => "ListUsers",
            "sts" => "GetCallerIdentity",
            _ => "DescribeAutoScalingGroups",
        };
        let (got, body) = account.query(service, operation);
        assert_eq!((got, element(&body, "Code").as_str()), (status, code), "{service}");
    }
    let (status, body) = account.json("ssm", GET_PARAMETER, r#"{"Name": "/x"}"#);
    assert_eq!(status, 400);
    assert!(body.contains(r#""__type":"InvalidSignatureException""#), "{body}");
}

#[test]
fn unknown_keys_inactive_keys_and_no_keys() {
    let mut account = Account::new();
    let (_, body) = account.query("iam", "CreateUser&UserName=ann");
    assert_eq!(element(&body, "UserName"), "ann");
    let (_, body) = account.query("iam", "CreateAccessKey&UserName=ann");
    let student = account.key.clone();
    let ann = AccessKey { id: element(&body, "AccessKeyId"), secret: element(&body, "SecretAccessKey") };
    account.key = ann.clone();
    assert_eq!(account.query("sts", "GetCallerIdentity").0, 200);
    account.key = student;
    let update = format!("UpdateAccessKey&UserName=ann&Status=Inactive&AccessKeyId={}", ann.id);
    assert_eq!(account.query("iam", &update).0, 200);
    account.key = ann;
    let (status, body) = account.query("sts", "GetCallerIdentity");
    assert_eq!((status, element(&body, "Code").as_str()), (403, "InvalidClientTokenId"));
    account.key.id = "AKIAIOSFODNN7EXAMPLE".to_owned();
    let (status, body) = account.json("ssm", GET_PARAMETER, r#"{"Name": "/x"}"#);
    assert!(status == 400 && body.contains("UnrecognizedClientException"), "{body}");
    let mut request = signed(&account.key, None, "sts", "Action=GetCallerIdentity&Version=2011-06-15", None);
    request.headers.retain(|(name, _)| name != "authorization");
    let (status, body) = account.send(&request);
    assert_eq!((status, element(&body, "Code").as_str()), (403, "MissingAuthenticationToken"));
}

#[test]
fn a_user_without_permission_is_told_so_in_each_services_words() {
    let mut account = Account::new();
    account.query("iam", "CreateUser&UserName=ann");
    let (_, body) = account.query("iam", "CreateAccessKey&UserName=ann");
    account.key = AccessKey { id: element(&body, "AccessKeyId"), secret: element(&body, "SecretAccessKey") };
    let (status, body) = account.query("iam", "CreateRole&RoleName=x&AssumeRolePolicyDocument=%7B%7D");
    assert_eq!((status, element(&body, "Code").as_str()), (403, "AccessDenied"));
    assert_eq!(
        element(&body, "Message"),
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: iam:CreateRole on resource: \
         arn:aws:iam::123456789012:role/x because no identity-based policy allows the iam:CreateRole action"
    );
    let (status, body) = account.query("ec2", "DescribeVpcs");
    assert_eq!((status, element(&body, "Code").as_str()), (403, "UnauthorizedOperation"));
    assert!(body.contains("You are not authorized to perform this operation. User: "));
    let (status, body) = account.json("ssm", GET_PARAMETER, r#"{"Name": "/x"}"#);
    assert!(status == 400 && body.contains(r#""__type":"AccessDeniedException""#), "{body}");
    assert_eq!(account.query("sts", "GetCallerIdentity").0, 200, "this one needs no permission");
}

#[test]
fn an_assumed_role_acts_with_its_own_permissions_until_it_expires() {
    let mut account = Account::new();
    let trust = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22123456789012\
                 %22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let create = format!("CreateRole&RoleName=reader&AssumeRolePolicyDocument={}", trust.replace(' ', ""));
    assert_eq!(account.query("iam", &create).0, 200);
    let arn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";
    assert_eq!(account.query("iam", &format!("AttachRolePolicy&RoleName=reader&PolicyArn={arn}")).0, 200);
    let assume =
        "AssumeRole&RoleArn=arn:aws:iam::123456789012:role/reader&RoleSessionName=lab&DurationSeconds=900";
    let (status, body) = account.query("sts", assume);
    assert_eq!(status, 200, "{body}");
    account.key = AccessKey { id: element(&body, "AccessKeyId"), secret: element(&body, "SecretAccessKey") };
    account.token = Some(element(&body, "SessionToken"));
    let (_, body) = account.query("sts", "GetCallerIdentity");
    assert_eq!(element(&body, "Arn"), "arn:aws:sts::123456789012:assumed-role/reader/lab");
    assert_eq!(account.query("ec2", "DescribeVpcs").0, 200);
    let (_, body) = account.query("ec2", "CreateVpc&CidrBlock=10.0.0.0/16");
    assert_eq!(element(&body, "Code"), "UnauthorizedOperation");
    let token = account.token.replace("not the token".to_owned());
    let (_, body) = account.query("sts", "GetCallerIdentity");
    assert_eq!(element(&body, "Code"), "InvalidClientTokenId");
    account.token = token;
    account.now = WALL.plus_ms(901_000);
    let (status, body) = account.query("sts", "GetCallerIdentity");
    assert_eq!((status, element(&body, "Code").as_str()), (403, "ExpiredToken"));
}

#[test]
fn a_request_signed_for_another_service_or_region_is_refused() {
    let mut account = Account::new();
    let request = signed(&account.key, None, "ssm", "{}", Some(LIST_CLUSTERS));
    let (status, body) = account.send(&request);
    assert!(status >= 400 && !body.contains("clusterArns"), "{body}");
    let mut request = signed(&account.key, None, "sts", "Action=GetCallerIdentity&Version=2011-06-15", None);
    for (_, value) in &mut request.headers {
        *value = value.replace("us-east-1", "mars-north-1");
    }
    let (status, body) = account.send(&request);
    assert_eq!((status, element(&body, "Code").as_str()), (403, "SignatureDoesNotMatch"));
    assert!(element(&body, "Message").contains("valid region"));
}

#[test]
fn only_cloudformation_sets_its_own_tags() {
    let mut cloud = Account::new();
    let body = r#"{"clusterName":"c","tags":[{"key":"aws:cloudformation:stack-name","value":"x"}]}"#;
    let (status, answer) = cloud.json("ecs", "AmazonEC2ContainerServiceV20141113.CreateCluster", body);
    assert_eq!(status, 400, "{answer}");
    assert!(answer.contains("reserved for AWS"), "{answer}");
}
