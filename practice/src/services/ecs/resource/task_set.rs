//! `AWS::ECS::TaskSet` and `AWS::ECS::PrimaryTaskSet`, for services whose deployments ECS does not run. Their ids are
//! the parts of their primary identifiers, with bars between them.

use serde_json::{Map, Value, json};

use super::convert::to_api;
use super::{retag, tags};
use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::form::{attributes, not_found, with};
use crate::resource::{Api, Asked, Resource, Settled, look};
use crate::world::View;

pub(super) struct TaskSet;

/// Cluster, service and task set of an id.
fn parts(id: &str) -> (&str, &str, &str) {
    let (cluster, rest) = id.split_once('|').unwrap_or((id, ""));
    let (service, set) = rest.split_once('|').unwrap_or((rest, ""));
    (cluster, service, set)
}

/// The task set as the API tells it; none when it is gone.
fn shown(view: &View<'_>, id: &str) -> Option<Value> {
    let (cluster, service, set) = parts(id);
    let input = json!({"cluster": cluster, "service": service, "taskSets": [set], "include": ["TAGS"]});
    let answer = look(view, "ecs", "DescribeTaskSets", input).ok()?;
    answer["taskSets"].get(0).cloned()
}

/// Tags as they are kept, from those the API tells.
fn tags_in(told: &Value) -> Tags {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    told.as_array().into_iter().flatten().map(|tag| (text(&tag["key"]), text(&tag["value"]))).collect()
}

impl Resource for TaskSet {
    fn type_name(&self) -> &'static str {
        "AWS::ECS::TaskSet"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let input = with(to_api(asked.properties), "tags", tags(asked));
        let answer = api.call("ecs", "CreateTaskSet", input)?;
        let set = answer["taskSet"]["id"].as_str().unwrap_or_default();
        let part = |name: &str| asked.text(name).unwrap_or_default();
        Ok(format!("{}|{}|{set}", part("Cluster"), part("Service")))
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        match shown(view, id) {
            Some(set) if set["stabilityStatus"] == "STEADY_STATE" => Settled::Yes,
            Some(_) => Settled::NotYet,
            None => Settled::Failed(format!("The task set {id} was deleted.")),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if asked.changed(before, "Scale") {
            let (cluster, service, set) = parts(id);
            let scale = match asked.property("Scale") {
                Value::Null => json!({"value": 100.0, "unit": "PERCENT"}),
                scale => to_api(scale),
            };
            let input = json!({"cluster": cluster, "service": service, "taskSet": set, "scale": scale});
            api.call("ecs", "UpdateTaskSet", input)?;
        }
        let set = shown(&api.view(), id).ok_or_else(|| not_found(self.type_name(), id))?;
        let arn = set["taskSetArn"].as_str().unwrap_or_default();
        retag(api, arn, &tags_in(&set["tags"]), before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let (cluster, service, set) = parts(id);
        if shown(&api.view(), id).is_none_or(|set| set["status"] == "DRAINING") {
            return Ok(());
        }
        let input = json!({"cluster": cluster, "service": service, "taskSet": set, "force": true});
        api.call("ecs", "DeleteTaskSet", input).map(|_| ())
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        if shown(view, id).is_some() { Settled::NotYet } else { Settled::Yes }
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", parts(id).2.into())])
    }

    fn takes_ms(&self) -> i64 {
        5_000
    }
}

pub(super) struct PrimaryTaskSet;

impl PrimaryTaskSet {
    fn set(api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let part = |name: &str| asked.text(name).unwrap_or_default();
        let (cluster, service) = (part("Cluster"), part("Service"));
        let input = json!({"cluster": cluster, "service": service, "primaryTaskSet": part("TaskSetId")});
        api.call("ecs", "UpdateServicePrimaryTaskSet", input)?;
        Ok(format!("{cluster}|{service}"))
    }
}

impl Resource for PrimaryTaskSet {
    fn type_name(&self) -> &'static str {
        "AWS::ECS::PrimaryTaskSet"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        Self::set(api, asked)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        _id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Self::set(api, asked).map(|_| ())
    }

    /// A service is never without a primary task set once it has one: nothing to remove.
    fn delete(&self, _api: &mut Api<'_, '_>, _id: &str, _properties: &Value) -> Result<(), Fault> {
        Ok(())
    }
}
