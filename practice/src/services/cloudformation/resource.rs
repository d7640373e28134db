//! CloudFormation's own resource types: wait conditions, and a stack inside of a stack. That one is made, changed and deleted by the stack it is in, with
//! what that one has acknowledged, and goes back with it. Follows "Embed stacks within other stacks using nested stacks".

use serde_json::{Map, Value, json};

use super::model::{Nested, Stack as Model, StackStatus};
use super::ops::stacks;
use crate::core::fault::Fault;
use crate::form::with;
use crate::resource::{Api, Asked, Resource, Settled};
use crate::world::View;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Stack, &wait::WaitCondition, &wait::WaitConditionHandle];
/// The type of a stack inside of a stack.
pub(super) const STACK: &str = "AWS::CloudFormation::Stack";

/// How deep stacks may be in each other, so that a template which names itself comes to an end.
const MAX_DEPTH: usize = 10;

pub(super) mod wait;

struct Stack;

impl Stack {
    fn find<'w>(view: &View<'w>, id: &str) -> Option<&'w Model> {
        view.region.cloudformation.stacks.get(id)
    }

    /// What both requests have in common.
    fn input(asked: &Asked<'_>) -> Value {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let words =
                    items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                words.collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        let parameters = asked.property("Parameters").as_object().into_iter().flatten();
        let parameters: Vec<Value> = parameters
            .map(|(key, value)| json!({"ParameterKey": key, "ParameterValue": text(value)}))
            .collect();
        let tags = asked.tags().into_iter().filter(|(key, _)| !key.starts_with("aws:"));
        let tags: Vec<Value> = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let arns = asked.property("NotificationARNs").as_array().cloned().unwrap_or_default();
        json!({
            "TemplateURL": asked.property("TemplateURL"), "Parameters": parameters, "Tags": tags,
            "NotificationARNs": arns, "Capabilities": asked.within.capabilities,
            "DisableRollback": asked.within.keeps,
        })
    }
}

/// How deep a stack is inside of others.
fn depth(view: &View<'_>, parent: &str) -> usize {
    let mut at = Some(parent.to_owned());
    for depth in 0..=MAX_DEPTH {
        let Some(id) = at else { return depth };
        at = Stack::find(view, &id).and_then(|stack| Some(stack.nested.as_ref()?.parent.clone()));
    }
    MAX_DEPTH + 1
}

/// Why a stack is as it is, as its parent says it.
fn why(stack: &Model) -> String {
    let failed = |event: &&super::model::Event| event.logical_id == stack.name && event.reason.is_some();
    let told = stack.reason.clone().or_else(|| {
        let last = stack.events.iter().rev().find(failed)?;
        last.reason.clone()
    });
    told.unwrap_or_default().replace("Rollback requested by user.", "").trim().to_owned()
}

impl Resource for Stack {
    fn type_name(&self) -> &'static str {
        STACK
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        if depth(&api.view(), asked.stack_id) > MAX_DEPTH {
            let message = format!("Stacks can be at most {MAX_DEPTH} levels deep in this practice cloud.");
            return Err(Fault::new("ValidationError", message));
        }
        let mut input = with(Self::input(asked), "StackName", asked.generated(128));
        if let Some(minutes) = asked.property("TimeoutInMinutes").as_i64() {
            input["TimeoutInMinutes"] = minutes.into();
        }
        let answer = api.call("cloudformation", "CreateStack", input)?;
        let id = answer["StackId"].as_str().unwrap_or_default().to_owned();
        if let Some(made) = api.scope().region.cloudformation.stacks.get_mut(&id) {
            let (parent, root) = (asked.stack_id.to_owned(), asked.within.root_id.to_owned());
            made.nested = Some(Box::new(Nested { parent, root, before: None, restored: false }));
        }
        Ok(id)
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        let Some(stack) = Self::find(view, id) else {
            return Settled::Failed(format!("Embedded stack {id} is not there any more."));
        };
        let restored = stack.nested.as_ref().is_some_and(|nested| nested.restored);
        match stack.status {
            StackStatus::CreateComplete | StackStatus::UpdateComplete => Settled::Yes,
            StackStatus::UpdateRollbackComplete if restored => Settled::Yes,
            StackStatus::CreateFailed | StackStatus::RollbackComplete | StackStatus::RollbackFailed => {
                Settled::Failed(format!("Embedded stack {id} was not successfully created: {}", why(stack)))
            }
            StackStatus::UpdateFailed
            | StackStatus::UpdateRollbackComplete
            | StackStatus::UpdateRollbackFailed => Settled::Failed(format!(
                "Embedded stack {id} was not successfully updated. Currently in {} with reason: {}",
                stack.status,
                why(stack)
            )),
            StackStatus::DeleteInProgress | StackStatus::DeleteFailed | StackStatus::DeleteComplete => {
                Settled::Failed(format!("Embedded stack {id} was deleted."))
            }
            _ => Settled::NotYet,
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if asked.within.restores {
            return stacks::restore(api.scope(), id);
        }
        let was = Self::find(&api.view(), id).map(|stack| stack.declared.clone());
        stacks::remember(api.scope(), id, None);
        let input = with(Self::input(asked), "StackName", id);
        match api.call("cloudformation", "UpdateStack", input) {
            Ok(_) => stacks::remember(api.scope(), id, was),
            Err(fault) if fault.message == stacks::NO_UPDATES => {}
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    fn looks_inside(&self) -> bool {
        true
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        match api.call("cloudformation", "DeleteStack", json!({"StackName": id})) {
            // It has something of its own to end first.
            Err(fault) if fault.message.contains("cannot be deleted while in status") => {
                Err(Fault::new("ResourceInUse", fault.message))
            }
            other => other.map(|_| ()),
        }
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        match Self::find(view, id) {
            None => Settled::Yes,
            Some(stack) => match stack.status {
                StackStatus::DeleteComplete => Settled::Yes,
                StackStatus::DeleteInProgress => Settled::NotYet,
                _ => Settled::Failed(format!(
                    "Embedded stack {id} was not successfully deleted: {}",
                    why(stack)
                )),
            },
        }
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        let outputs = Self::find(view, id).into_iter().flat_map(|stack| &stack.outputs);
        outputs.map(|output| (format!("Outputs.{}", output.key), output.value.as_str().into())).collect()
    }

    fn takes_ms(&self) -> i64 {
        1_000
    }
}
