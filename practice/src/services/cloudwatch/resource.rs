//! CloudWatch's resource types of CloudFormation: alarms of a metric or of an expression, alarms of other alarms, and
//! dashboards. Follows "CloudWatch resource type reference".

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{TagChanges, already_exists, attributes, not_found, tag_list, unless_gone, with};
use crate::resource::{Api, Asked, Resource};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Alarm::OF_METRIC, &Alarm::COMPOSITE, &Dashboard];

const SERVICE: &str = "monitoring";

/// Both kinds of alarm share their names, and differ in the operation that puts them.
struct Alarm {
    type_name: &'static str,
    put: &'static str,
}

impl Alarm {
    const OF_METRIC: Self = Self { type_name: "AWS::CloudWatch::Alarm", put: "PutMetricAlarm" };
    const COMPOSITE: Self = Self { type_name: "AWS::CloudWatch::CompositeAlarm", put: "PutCompositeAlarm" };
}

/// The operation's input: its members have the template's names.
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
        self.type_name
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("AlarmName", 255);
        // To put it would change one that is there.
        if api.view().region.cloudwatch.alarms.contains_key(&name) {
            return Err(already_exists(self.type_name(), &name));
        }
        let tags = tag_list(&asked.tags(), ("Key", "Value"));
        api.call(SERVICE, self.put, with(input(&name, asked.properties), "Tags", tags))?;
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
            api.call(SERVICE, self.put, input(id, asked.properties))?;
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

struct Dashboard;

impl Dashboard {
    fn put(api: &mut Api<'_, '_>, name: &str, properties: &Value) -> Result<(), Fault> {
        let input = json!({"DashboardName": name, "DashboardBody": properties["DashboardBody"]});
        api.call(SERVICE, "PutDashboard", input).map(|_| ())
    }
}

impl Resource for Dashboard {
    fn type_name(&self) -> &'static str {
        "AWS::CloudWatch::Dashboard"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("DashboardName", 255);
        if api.view().region.cloudwatch.dashboards.contains_key(&name) {
            return Err(already_exists(self.type_name(), &name));
        }
        Self::put(api, &name, asked.properties)?;
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if !api.view().region.cloudwatch.dashboards.contains_key(id) {
            return Err(not_found(self.type_name(), id));
        }
        if asked.changed(before, "DashboardBody") { Self::put(api, id, asked.properties) } else { Ok(()) }
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        unless_gone(
            api.call(SERVICE, "DeleteDashboards", json!({"DashboardNames": [id]})),
            "DashboardNotFoundError",
        )
    }

    fn attributes(&self, _view: &View<'_>, _id: &str, _properties: &Value) -> Map<String, Value> {
        Map::new()
    }
}
