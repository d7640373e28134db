//! Metric filters: kept, checked and shown. They make no metrics here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad_token, constraint, invalid, limit as over_limit, no_group};
use super::super::model::MetricFilter;
use super::super::names::{self, check_group, check_stream};
use super::super::pattern::Pattern;
use super::limit;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::world::{Scope, View};

/// Of a log group, as in AWS.
const MAX_FILTERS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Put {
    #[serde(default)]
    log_group_name: String,
    #[serde(default)]
    filter_name: String,
    filter_pattern: String,
    metric_transformations: Vec<Value>,
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<(), Fault> {
    check_group(&input.log_group_name)?;
    check_stream(&input.filter_name, "filterName")?;
    Pattern::parse(&input.filter_pattern)?;
    if input.metric_transformations.len() != 1 {
        return Err(constraint("[...]", "metricTransformations", "Member must have length equal to 1"));
    }
    for transformation in &input.metric_transformations {
        check(transformation)?;
    }
    let now = scope.now;
    let group = scope.region.logs.groups.get_mut(&input.log_group_name).ok_or_else(no_group)?;
    if group.filters.len() >= MAX_FILTERS && !group.filters.contains_key(&input.filter_name) {
        return Err(over_limit());
    }
    let filter = MetricFilter {
        pattern: input.filter_pattern,
        transformations: Value::Array(input.metric_transformations),
        created_at: now,
    };
    group.filters.insert(input.filter_name, filter);
    Ok(())
}

fn check(transformation: &Value) -> Result<(), Fault> {
    const LENGTHS: [(&str, usize); 3] = [("metricName", 255), ("metricNamespace", 255), ("metricValue", 100)];
    for (member, most) in LENGTHS {
        let value = transformation.get(member).and_then(Value::as_str).unwrap_or_default();
        let path = format!("metricTransformations.1.member.{member}");
        if value.is_empty() || value.chars().count() > most {
            let wanted = format!("Member must have length between 1 and {most}");
            return Err(constraint(value, &path, &wanted));
        }
        if member == "metricValue" {
            if !value.starts_with('$') && value.parse::<f64>().is_err() {
                return Err(invalid(format!(
                    "Invalid metric transformation: metricValue '{value}' is neither a number nor a field."
                )));
            }
        } else if value.contains([':', '*', '$']) {
            return Err(constraint(value, &path, "Member must satisfy regular expression pattern: [^:*$]*"));
        }
    }
    let dimensions = transformation.get("dimensions").and_then(Value::as_object);
    if dimensions.is_some_and(|dimensions| dimensions.len() > 3) {
        return Err(invalid("A metric filter can have at most 3 dimensions."));
    }
    if dimensions.is_some_and(|all| !all.is_empty())
        && transformation.get("defaultValue").is_some_and(|v| !v.is_null())
    {
        return Err(invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
        ));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delete {
    #[serde(default)]
    log_group_name: String,
    #[serde(default)]
    filter_name: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<(), Fault> {
    check_group(&input.log_group_name)?;
    let group = scope.region.logs.groups.get_mut(&input.log_group_name).ok_or_else(no_group)?;
    let message = "The specified metric filter does not exist.";
    let missing = || Fault::new("ResourceNotFoundException", message);
    group.filters.remove(&input.filter_name).map(drop).ok_or_else(missing)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    log_group_name: Option<String>,
    filter_name_prefix: Option<String>,
    metric_name: Option<String>,
    metric_namespace: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let limit = limit(input.limit, 50)?;
    if input.metric_name.is_some() != input.metric_namespace.is_some() {
        return Err(invalid("metricName and metricNamespace must be given together."));
    }
    if let Some(name) = &input.log_group_name {
        check_group(name)?;
        names::find(view, name)?;
    }
    let metric = |filter: &MetricFilter, member: &str, wanted: &Option<String>| {
        let value = filter.transformations.get(0).and_then(|first| first.get(member)).and_then(Value::as_str);
        wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
    };
    let groups = view.region.logs.groups.iter();
    let all =
        groups.flat_map(|(group, kept)| kept.filters.iter().map(move |(name, filter)| (group, name, filter)));
    let fitting = all.filter(|(group, name, filter)| {
        input.log_group_name.as_ref().is_none_or(|wanted| wanted == *group)
            && input.filter_name_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix.as_str()))
            && metric(filter, "metricName", &input.metric_name)
            && metric(filter, "metricNamespace", &input.metric_namespace)
    });
    let page =
        page(fitting, |(group, name, _)| format!("{group}\u{0}{name}"), limit, input.next_token.as_deref())
            .map_err(|_| bad_token())?;
    let shape = |(group, name, filter): (&String, &String, &MetricFilter)| {
        json!({
            "filterName": name,
            "filterPattern": filter.pattern,
            "metricTransformations": filter.transformations,
            "creationTime": filter.created_at,
            "logGroupName": group,
            "applyOnTransformedLogs": false,
        })
    };
    let mut answer = json!({"metricFilters": page.items.into_iter().map(shape).collect::<Vec<_>>()});
    if let Some(next) = page.next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Test {
    filter_pattern: String,
    log_event_messages: Vec<String>,
}

pub(crate) fn test(_: &View<'_>, input: Test) -> Result<Value, Fault> {
    let pattern = Pattern::parse(&input.filter_pattern)?;
    let numbered = (1..).zip(&input.log_event_messages);
    let matches: Vec<Value> = numbered
        .filter(|(_, message)| pattern.matches(message))
        .map(|(number, message)| json!({"eventNumber": number, "eventMessage": message, "extractedValues": {}}))
        .collect();
    Ok(json!({"matches": matches}))
}
