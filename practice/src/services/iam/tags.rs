//! The tags of a resource, for `aws:ResourceTag` and the services' own names of it. They are looked up as a client
//! would: by each service's own operation, so that no service's model is known here.

use serde_json::{Value, json};

use super::actions;
use super::policy::Context;
use crate::core::arn::Arn;
use crate::operation::Run;
use crate::services::registry;
use crate::world::View;

/// `context` with the tags of a resource; None when the resource is not one, is not there, or has no tags.
pub(super) fn with_resource(
    view: &View<'_>,
    context: &Context,
    service: &str,
    resource: &str,
) -> Option<Context> {
    let tags = of(view, service, resource);
    if tags.is_empty() {
        return None;
    }
    let mut context = context.clone();
    let prefix = actions::prefix(service);
    for (key, value) in tags {
        let key = key.to_lowercase();
        context.insert(format!("{prefix}:resourcetag/{key}"), vec![value.clone()]);
        context.insert(format!("aws:resourcetag/{key}"), vec![value]);
    }
    Some(context)
}

fn of(view: &View<'_>, service: &str, arn: &str) -> Vec<(String, String)> {
    let Some(parsed) = Arn::parse(arn).filter(|_| !arn.contains('*')) else { return Vec::new() };
    let last = parsed.resource.rsplit('/').next().unwrap_or_default();
    let answer = match service {
        "ec2" => {
            let tags = view.region.ec2.tags_of(last);
            return tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        }
        "iam" | "sts" => {
            let tags = view
                .iam
                .role_by_arn(arn)
                .map(|role| &role.tags)
                .or_else(|| view.iam.user(last).filter(|user| user.arn == arn).map(|user| &user.tags));
            let tags = tags.into_iter().flatten();
            return tags.map(|(key, value)| (key.clone(), value.clone())).collect();
        }
        "acm" => ask(view, service, "ListTagsForCertificate", json!({"CertificateArn": arn})),
        "autoscaling" => {
            let filter = json!([{"Name": "auto-scaling-group", "Values": [last]}]);
            ask(view, service, "DescribeTags", json!({"Filters": filter}))
        }
        "cloudformation" => ask(view, service, "DescribeStacks", json!({"StackName": arn}))
            .and_then(|answer| answer.pointer("/Stacks/0").cloned()),
        "elasticfilesystem" => ask(view, service, "ListTagsForResource", json!({"ResourceId": last})),
        "elasticloadbalancing" => ask(view, service, "DescribeTags", json!({"ResourceArns": [arn]}))
            .and_then(|answer| answer.pointer("/TagDescriptions/0").cloned()),
        "ecr" | "ecs" | "logs" => ask(view, service, "ListTagsForResource", json!({"resourceArn": arn})),
        "secretsmanager" => ask(view, service, "DescribeSecret", json!({"SecretId": arn})),
        "ssm" => {
            let name = parsed.of_kind("parameter").unwrap_or_default();
            let tags = |id: &str| json!({"ResourceType": "Parameter", "ResourceId": id});
            ask(view, service, "ListTagsForResource", tags(name))
                .or_else(|| ask(view, service, "ListTagsForResource", tags(&format!("/{name}"))))
        }
        _ => ask(view, service, "ListTagsForResource", json!({"ResourceARN": arn})),
    };
    answer.map(|answer| read(&answer)).unwrap_or_default()
}

/// What an operation that looks answers; None when it refuses or is not there.
pub(super) fn ask(view: &View<'_>, service: &str, operation: &str, input: Value) -> Option<Value> {
    match &registry().operation(service, operation)?.run {
        Run::Read(read) => read(view, input).ok(),
        Run::Write(_) => None,
    }
}

/// Tags in any of the services' forms: a list of keys and values, or an object.
fn read(answer: &Value) -> Vec<(String, String)> {
    let found = ["tags", "Tags", "TagList"].iter().find_map(|member| answer.get(member));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    match found {
        Some(Value::Object(tags)) => tags.iter().map(|(key, v)| (key.clone(), text(Some(v)))).collect(),
        Some(Value::Array(tags)) => tags
            .iter()
            .map(|tag| {
                let member = |upper: &str, lower: &str| text(tag.get(upper).or_else(|| tag.get(lower)));
                (member("Key", "key"), member("Value", "value"))
            })
            .collect(),
        _ => Vec::new(),
    }
}
