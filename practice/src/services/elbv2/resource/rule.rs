//! `AWS::ElasticLoadBalancingV2::ListenerRule`. Its physical id is its ARN.

use serde_json::{Map, Value, json};

use super::listener::plain;
use super::{call, make, remove, shown};
use crate::core::fault::Fault;
use crate::form::{only, picked, present};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

pub(super) struct ListenerRule;

const TAKEN: [&str; 5] = ["ListenerArn", "Priority", "Conditions", "Actions", "Transforms"];

impl Resource for ListenerRule {
    fn type_name(&self) -> &'static str {
        "AWS::ElasticLoadBalancingV2::ListenerRule"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &TAKEN)?;
        make(api, "CreateRule", picked(asked.properties, &TAKEN).into(), "/Rules/0/RuleArn")
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &TAKEN)?;
        if asked.changed(before, "Priority") {
            let priorities = json!([{"RuleArn": id, "Priority": asked.property("Priority")}]);
            call(api, "SetRulePriorities", json!({"RulePriorities": priorities}))?;
        }
        let mut input = picked(asked.properties, &["Conditions", "Actions", "Transforms"]);
        input.insert("RuleArn".to_owned(), json!(id));
        call(api, "ModifyRule", input.into()).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteRule", json!({"RuleArn": id}))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("RuleArn", Some(json!(id))), ("IsDefault", Some(json!(false)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(mut shown) = shown(view, "DescribeRules", "RuleArns", "Rules", id) else {
            return Actual::Gone;
        };
        plain(&mut shown["Actions"]);
        let mut properties = picked(&shown, &["Conditions", "Actions"]);
        let priority = shown["Priority"].as_str().and_then(|text| text.parse::<i64>().ok());
        properties.extend(present([("Priority", priority.map(|number| json!(number)))]));
        Actual::Is(properties.into())
    }
}
