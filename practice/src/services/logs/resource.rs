//! The resource types of CloudWatch Logs: log groups, streams and metric filters.

use serde_json::{Map, Value, json};

use super::names;
use crate::core::fault::Fault;
use crate::form::{
    TagChanges, already_exists, attributes, camel, not_found, pick, refuse, refuse_change, tag_map,
    unless_gone, with,
};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&LogGroup, &LogStream, &MetricFilter];

const NOT_FOUND: &str = "ResourceNotFoundException";

struct LogGroup;

/// What `PutDataProtectionPolicy` and its like would set.
const BEYOND: [&str; 4] = [
    "BearerTokenAuthenticationEnabled",
    "DataProtectionPolicy",
    "FieldIndexPolicies",
    "ResourcePolicyDocument",
];

fn retain(api: &mut Api<'_, '_>, group: &str, days: &Value) -> Result<(), Fault> {
    let group = json!({"logGroupName": group});
    if days.is_null() {
        api.call("logs", "DeleteRetentionPolicy", group)?;
    } else {
        api.call("logs", "PutRetentionPolicy", with(group, "retentionInDays", days.clone()))?;
    }
    Ok(())
}

impl Resource for LogGroup {
    fn type_name(&self) -> &'static str {
        "AWS::Logs::LogGroup"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        refuse(self.type_name(), asked.properties, &BEYOND)?;
        let name = asked.name("LogGroupName", 512);
        let input = pick(
            asked.properties,
            &[
                ("KmsKeyId", "kmsKeyId"),
                ("LogGroupClass", "logGroupClass"),
                ("DeletionProtectionEnabled", "deletionProtectionEnabled"),
            ],
        );
        let input = with(with(input, "logGroupName", name.clone()), "tags", tag_map(&asked.tags()));
        api.call("logs", "CreateLogGroup", input)?;
        let days = asked.property("RetentionInDays");
        if !days.is_null()
            && let Err(fault) = retain(api, &name, days)
        {
            let _left = api.call("logs", "DeleteLogGroup", json!({"logGroupName": name}));
            return Err(fault);
        }
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        refuse(self.type_name(), asked.properties, &BEYOND)?;
        refuse_change(self.type_name(), before, asked, &["KmsKeyId", "LogGroupClass"])?;
        if asked.changed(before, "RetentionInDays") {
            retain(api, id, asked.property("RetentionInDays"))?;
        }
        if asked.changed(before, "DeletionProtectionEnabled") {
            let on = asked.property("DeletionProtectionEnabled").as_bool().unwrap_or(false);
            let input = json!({"logGroupIdentifier": id, "deletionProtectionEnabled": on});
            api.call("logs", "PutLogGroupDeletionProtection", input)?;
        }
        let view = api.view();
        let has = view.region.logs.groups.get(id).map(|group| group.tags.clone());
        let (arn, has) = (names::group_arn(&view, id), has.ok_or_else(|| not_found(self.type_name(), id))?);
        TagChanges::new(&has, before, asked, "Tags").apply(
            api,
            "logs",
            ("TagResource", |set| json!({"resourceArn": arn, "tags": tag_map(set)})),
            ("UntagResource", |keys| json!({"resourceArn": arn, "tagKeys": keys})),
        )
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        unless_gone(api.call("logs", "DeleteLogGroup", json!({"logGroupName": id})), NOT_FOUND)
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Arn", format!("{}:*", names::group_arn(view, id)).into())])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(group) = view.region.logs.groups.get(id) else { return Actual::Gone };
        let mut shown = json!({
            "LogGroupName": id,
            "LogGroupClass": group.class.as_deref().unwrap_or("STANDARD"),
            "DeletionProtectionEnabled": group.protected,
            "Tags": crate::form::shown_tags(&group.tags),
        });
        if let Some(days) = group.retention_days {
            shown["RetentionInDays"] = days.into();
        }
        if let Some(key) = &group.kms_key {
            shown["KmsKeyId"] = key.as_str().into();
        }
        Actual::Is(shown)
    }

    fn takes_ms(&self) -> i64 {
        6_000
    }
}

/// Its id is the stream's name alone, as `Ref` is; the group is in the properties.
struct LogStream;

fn group(properties: &Value) -> &str {
    properties["LogGroupName"].as_str().unwrap_or_default()
}

impl Resource for LogStream {
    fn type_name(&self) -> &'static str {
        "AWS::Logs::LogStream"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("LogStreamName", 512);
        let input = json!({"logGroupName": group(asked.properties), "logStreamName": name});
        api.call("logs", "CreateLogStream", input)?;
        Ok(name)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let input = json!({"logGroupName": group(properties), "logStreamName": id});
        unless_gone(api.call("logs", "DeleteLogStream", input), NOT_FOUND)
    }
}

/// Its id is the filter's name alone, as `Ref` is; the group is in the properties.
struct MetricFilter;

impl MetricFilter {
    fn put(api: &mut Api<'_, '_>, name: &str, properties: &Value) -> Result<(), Fault> {
        let transformations = properties["MetricTransformations"].as_array().into_iter().flatten();
        let transformations: Vec<Value> = transformations.map(transformation).collect();
        let input = json!({
            "logGroupName": group(properties),
            "filterName": name,
            "filterPattern": properties["FilterPattern"],
            "metricTransformations": transformations,
        });
        api.call("logs", "PutMetricFilter", input).map(|_| ())
    }
}

/// A transformation of the API: its dimensions are a map.
fn transformation(given: &Value) -> Value {
    let member = |(name, value): (&String, &Value)| {
        let value = match value.as_array().filter(|_| name == "Dimensions") {
            Some(all) => Value::Object(
                all.iter()
                    .filter_map(|one| Some((one["Key"].as_str()?.to_owned(), one["Value"].clone())))
                    .collect(),
            ),
            None => value.clone(),
        };
        (camel(name), value)
    };
    Value::Object(given.as_object().into_iter().flatten().map(member).collect())
}

/// What `PutMetricFilter` does not take here.
const UNFILTERED: [&str; 3] =
    ["ApplyOnTransformedLogs", "EmitSystemFieldDimensions", "FieldSelectionCriteria"];

impl Resource for MetricFilter {
    fn type_name(&self) -> &'static str {
        "AWS::Logs::MetricFilter"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        refuse(self.type_name(), asked.properties, &UNFILTERED)?;
        let name = asked.name("FilterName", 512);
        let view = api.view();
        let filters = view.region.logs.groups.get(group(asked.properties)).map(|group| &group.filters);
        if filters.is_some_and(|filters| filters.contains_key(&name)) {
            return Err(already_exists(self.type_name(), &name));
        }
        Self::put(api, &name, asked.properties)?;
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        refuse(self.type_name(), asked.properties, &UNFILTERED)?;
        Self::put(api, id, asked.properties)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let input = json!({"logGroupName": group(properties), "filterName": id});
        unless_gone(api.call("logs", "DeleteMetricFilter", input), NOT_FOUND)
    }
}
