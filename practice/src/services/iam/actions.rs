//! The actions that a call needs. Nearly always it is the operation under its service's prefix; here is what differs.
//! Follows the Service Authorization Reference.

use serde_json::Value;

/// Actions, all of which must be allowed; none for operations that need no permission.
pub(super) fn of(service: &str, operation: &str, input: &Value) -> Vec<String> {
    if service == "s3" {
        return s3(operation);
    }
    let also = match (service, operation) {
        // "No permissions are required to perform this operation" (STS API Reference). `AssumeRole` decides by the
        // role's trust policy as well, and does so itself.
        ("sts", "GetCallerIdentity" | "GetSessionToken" | "AssumeRole") => return Vec::new(),
        ("secretsmanager", "CreateSecret") if has(input, "Tags") => Some("secretsmanager:TagResource"),
        ("logs", "CreateLogGroup") if has(input, "tags") => Some("logs:TagResource"),
        ("elasticloadbalancing" | "elb", "CreateLoadBalancer" | "CreateTargetGroup")
            if has(input, "Tags") =>
        {
            Some("elasticloadbalancing:AddTags")
        }
        _ => None,
    };
    let own = format!("{}:{operation}", prefix(service));
    std::iter::once(own).chain(also.map(str::to_owned)).collect()
}

/// "Actions, resources, and condition keys for Amazon S3": by what they do to a bucket or an object.
fn s3(operation: &str) -> Vec<String> {
    let names: &[&str] = match operation {
        // Its source is asked for by the operation itself.
        "CopyObject" => &["s3:PutObject"],
        "DeleteBucketTagging" => &["s3:PutBucketTagging"],
        "DeleteObjects" => &["s3:DeleteObject"],
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => &["s3:ListBucket"],
        "HeadObject" => &["s3:GetObject"],
        "ListBuckets" => &["s3:ListAllMyBuckets"],
        other => return vec![format!("s3:{other}")],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The IAM prefix of a service's signing name.
pub(super) fn prefix(service: &str) -> &str {
    match service {
        "monitoring" => "cloudwatch",
        "elb" => "elasticloadbalancing",
        other => other,
    }
}

fn has(input: &Value, member: &str) -> bool {
    match input.get(member) {
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(members)) => !members.is_empty(),
        _ => false,
    }
}
