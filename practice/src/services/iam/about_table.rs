//! Reads `resources.txt`: from an operation and its input to the ARNs that it is about.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::policy::pattern;
use super::{actions, tags};
use crate::core::arn::arn;
use crate::world::View;

/// Most resources that one template makes.
const MAX: usize = 1000;

/// Operation pattern and templates.
type Line = (&'static str, Vec<&'static str>);

static TABLE: LazyLock<BTreeMap<&'static str, Vec<Line>>> = LazyLock::new(|| {
    let mut table: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
    let mut section = "";
    for line in include_str!("resources.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            continue;
        }
        let mut words = line.split_whitespace();
        if let Some(operation) = words.next() {
            table.entry(section).or_default().push((operation, words.collect()));
        }
    }
    table
});

/// The templates of an operation; None when the table does not know it.
fn templates(service: &str, operation: &str) -> Option<&'static [&'static str]> {
    let lines = TABLE.get(service)?;
    let fits = |line: &&Line| pattern::fits(line.0, operation);
    lines.iter().find(fits).map(|(_, templates)| templates.as_slice())
}

/// Whether the table has an operation.
#[cfg(test)]
pub(super) fn knows(service: &str, operation: &str) -> bool {
    templates(service, operation).is_some()
}

/// The resources of a call. An operation that is not in the table is on none, as AWS's lists are.
pub(super) fn of(view: &View<'_>, service: &str, operation: &str, input: &Value) -> Vec<String> {
    let templates = templates(service, operation).unwrap_or_default();
    let wanted = templates.iter().filter(|template| **template != "*");
    wanted.flat_map(|template| filled(view, service, template, input)).collect()
}

/// A template with its members filled in.
fn filled(view: &View<'_>, service: &str, template: &str, input: &Value) -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((place, after)) = after.split_once('}') else { break };
        let values = values(view, place, input);
        if let Some(whole) = whole(view, service, &values) {
            // An ARN stands for the whole, but for what is inside of it, such as a log stream of a log group.
            let inside = after.starts_with(":log-stream:");
            if !inside {
                return whole;
            }
            texts = whole.iter().map(|arn| arn.trim_end_matches(":*").to_owned()).collect();
        } else {
            let extended = |text: &String| {
                let start = format!("{text}{before}");
                values.iter().map(move |value| format!("{start}{value}")).collect::<Vec<_>>()
            };
            texts = texts.iter().flat_map(extended).take(MAX).collect();
        }
        rest = after;
    }
    texts.into_iter().map(|text| named(view, service, &format!("{text}{rest}"))).collect()
}

/// The values as they are, when they are ARNs; secrets by their names too, whose ARNs end in what no name tells.
fn whole(view: &View<'_>, service: &str, values: &[String]) -> Option<Vec<String>> {
    if values.iter().any(|value| value.starts_with("arn:")) {
        return Some(values.to_vec());
    }
    if service != "secretsmanager" {
        return None;
    }
    let input = serde_json::json!({"SecretId": values.first()?});
    let secret = tags::ask(view, service, "DescribeSecret", input)?;
    Some(vec![secret.get("ARN")?.as_str()?.to_owned()])
}

/// The ARN of a resource of that service in this region.
fn named(view: &View<'_>, service: &str, resource: &str) -> String {
    if resource.starts_with("arn:") {
        return resource.to_owned();
    }
    let (mut resource, mut account) = (resource.to_owned(), view.account);
    if service == "ssm" && resource.starts_with("parameter/") {
        resource = resource.replace("//", "/");
        if resource.starts_with("parameter/aws/service/") {
            account = "";
        }
    }
    arn(actions::prefix(service), &view.region.name, account, &resource)
}

/// The values of a place of a template, at least one.
fn values(view: &View<'_>, place: &str, input: &Value) -> Vec<String> {
    let (members, default) = place.split_once('=').unwrap_or((place, "*"));
    let (members, how) = members.split_once(':').unwrap_or((members, ""));
    let given = members.split('|').map(|member| texts(input, member)).find(|texts| !texts.is_empty());
    match given {
        Some(values) => values.into_iter().map(|value| shaped(view, value, how)).collect(),
        None if how == "bus" => vec![String::new()],
        None => vec![default.to_owned()],
    }
}

/// A value as a template wants it.
fn shaped(view: &View<'_>, value: &str, how: &str) -> String {
    let last = value.rsplit('/').next().unwrap_or(value);
    match how {
        "last" => last.to_owned(),
        // Without a revision it is the latest one.
        "revision" if !value.contains(':') => format!("{value}:*"),
        "bus" if last == "default" => String::new(),
        "bus" => format!("{last}/"),
        "efs" if value.starts_with("fsap-") => {
            view.arn("elasticfilesystem", &format!("access-point/{value}"))
        }
        // What a session is with: an instance, or a container as `ecs:cluster_task_runtime`.
        "target" => match value.strip_prefix("ecs:").map(|rest| rest.replacen('_', "/", 1)) {
            Some(task) => {
                let task = task.split('_').next().unwrap_or_default();
                view.arn("ecs", &format!("task/{task}"))
            }
            None => view.arn("ec2", &format!("instance/{value}")),
        },
        _ => value.to_owned(),
    }
}

/// One text, or the texts of a list.
fn texts<'i>(input: &'i Value, key: &str) -> Vec<&'i str> {
    match input.get(key) {
        Some(Value::String(one)) if !one.is_empty() => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).take(MAX).collect(),
        _ => Vec::new(),
    }
}
