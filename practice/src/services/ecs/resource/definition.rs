//! `AWS::ECS::TaskDefinition`. A revision never changes: every change but that of its tags is a new one.

use serde_json::{Map, Value, json};

use super::convert::to_api;
use super::{retag, tags};
use crate::core::fault::Fault;
use crate::form::{attributes, not_found, shown_tags, with};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::services::ecs::arns;
use crate::services::ecs::model::{Revision, RevisionId, RevisionStatus};
use crate::world::View;

pub(super) struct TaskDefinition;

/// The revision of an ARN, unless it was deregistered.
fn revision<'v>(view: &View<'v>, arn: &str) -> Option<&'v Revision> {
    let (family, revision) = arns::definition(view, arn)?;
    let id = RevisionId { family: family.to_owned(), revision: revision? };
    view.region.ecs.revision(&id).filter(|revision| revision.status == RevisionStatus::Active)
}

impl Resource for TaskDefinition {
    fn type_name(&self) -> &'static str {
        "AWS::ECS::TaskDefinition"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let mut input = to_api(asked.properties);
        input["family"] = asked.name("Family", 255).into();
        // A template may leave them out; the API says what it thinks of that.
        if input.get("containerDefinitions").is_none() {
            input["containerDefinitions"] = json!([]);
        }
        let answer = api.call("ecs", "RegisterTaskDefinition", with(input, "tags", tags(asked)))?;
        Ok(answer["taskDefinition"]["taskDefinitionArn"].as_str().unwrap_or_default().to_owned())
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let has = revision(&api.view(), id).map(|revision| revision.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        retag(api, id, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        if revision(&api.view(), id).is_some() {
            api.call("ecs", "DeregisterTaskDefinition", json!({"taskDefinition": id}))?;
        }
        Ok(())
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("TaskDefinitionArn", id.into())])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        revision(view, id).map_or(Actual::Gone, |revision| {
            Actual::Is(json!({"Family": revision.id.family, "Tags": shown_tags(&revision.tags)}))
        })
    }

    fn takes_ms(&self) -> i64 {
        1_500
    }
}
