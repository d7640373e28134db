//! `AWS::CloudWatch::Alarm`, of one metric or of an expression.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{TagChanges, already_exists, attributes, not_found, tag_list, with};
use crate::resource::{Api, Asked, Resource};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Alarm];

const SERVICE: &str = "monitoring";

struct Alarm;

/// The input of `PutMetricAlarm`: its members have the template's names.
fn input(name: &str, properties: &Value) -> Value {
    let mut input = properties.clone();
    if let Some(members) = input.as_object_mut() {
        members.remove("Tags");
    }
    with(input, "AlarmName", name)
}

fn arn_of(view: &View<'_>, name: &str) -> String {
    view.arn("cloudwatch", &format!("alarm:{name}"))
}

impl Resource for Alarm {
    fn type_name(&self) -> &'static str {
        "AWS::CloudWatch::Alarm"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("AlarmName", 255);
        // `PutMetricAlarm` would change one that is there.
        if api.view().region.cloudwatch.alarms.contains_key(&name) {
            return Err(already_exists(self.type_name(), &name));
        }
        let tags = tag_list(&asked.tags(), ("Key", "Value"));
        api.call(SERVICE, "PutMetricAlarm", with(input(&name, asked.properties), "Tags", tags))?;
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let view = api.view();
        let has = view.region.cloudwatch.alarms.get(id).map(|alarm| alarm.tags.clone());
        let (arn, has) = (arn_of(&view, id), has.ok_or_else(|| not_found(self.type_name(), id))?);
        if input(id, before) != input(id, asked.properties) {
            api.call(SERVICE, "PutMetricAlarm", input(id, asked.properties))?;
        }
        TagChanges::new(&has, before, asked, "Tags").apply(
            api,
            SERVICE,
            ("TagResource", |set| json!({"ResourceARN": arn, "Tags": tag_list(set, ("Key", "Value"))})),
            ("UntagResource", |keys| json!({"ResourceARN": arn, "TagKeys": keys})),
        )
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        if api.view().region.cloudwatch.alarms.contains_key(id) {
            api.call(SERVICE, "DeleteAlarms", json!({"AlarmNames": [id]}))?;
        }
        Ok(())
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Arn", arn_of(view, id).into())])
    }
}
