//! `AWS::IAM::Role`, `ServiceLinkedRole`.

use serde_json::{Map, Value, json};

use super::{ROLE, tree};
use crate::core::fault::Fault;
use crate::form::{as_text, gone, picked, present, shown_tags};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

/// Its physical id is its name.
pub(super) struct Role;

impl Resource for Role {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::Role"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let names = ["Description", "MaxSessionDuration", "Path", "PermissionsBoundary"];
        let mut input = picked(asked.properties, &names);
        let trust = as_text(asked.property("AssumeRolePolicyDocument"));
        input.insert("AssumeRolePolicyDocument".to_owned(), trust);
        ROLE.create(api, asked, input)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if asked.changed(before, "AssumeRolePolicyDocument") {
            let trust = as_text(asked.property("AssumeRolePolicyDocument"));
            let input = json!({"RoleName": id, "PolicyDocument": trust});
            api.call("iam", "UpdateAssumeRolePolicy", input)?;
        }
        if asked.changed(before, "Description") || asked.changed(before, "MaxSessionDuration") {
            let seconds = asked.property("MaxSessionDuration").as_i64().unwrap_or(3600);
            let text = asked.text("Description").unwrap_or_default();
            let input = json!({"RoleName": id, "Description": text, "MaxSessionDuration": seconds});
            api.call("iam", "UpdateRole", input)?;
        }
        ROLE.boundary(api, id, before, asked)?;
        ROLE.policies(api, id, before, asked.properties)?;
        ROLE.retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        ROLE.delete(api, id, properties)
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let role = view.iam.role(id);
        present([("Arn", role.map(|role| json!(role.arn))), ("RoleId", role.map(|role| json!(role.id)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(role) = view.iam.role(id) else { return Actual::Gone };
        let policies = role.policies.inline.iter();
        let policies: Vec<Value> =
            policies.map(|(name, text)| json!({"PolicyName": name, "PolicyDocument": tree(text)})).collect();
        let properties = present([
            ("RoleName", Some(json!(role.name))),
            ("Path", Some(json!(role.path))),
            ("AssumeRolePolicyDocument", Some(tree(&role.trust))),
            ("Description", role.description.as_ref().map(|text| json!(text))),
            ("MaxSessionDuration", Some(json!(role.max_session))),
            ("PermissionsBoundary", role.boundary.as_ref().map(|arn| json!(arn))),
            ("ManagedPolicyArns", Some(json!(role.policies.attached))),
            ("Policies", (!policies.is_empty()).then(|| json!(policies))),
            ("Tags", (!role.tags.is_empty()).then(|| shown_tags(&role.tags))),
        ]);
        Actual::Is(properties.into())
    }

    fn takes_ms(&self) -> i64 {
        17_000
    }
}

/// Its physical id is its name.
pub(super) struct ServiceLinkedRole;

impl Resource for ServiceLinkedRole {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::ServiceLinkedRole"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let input = picked(asked.properties, &["AWSServiceName", "CustomSuffix", "Description"]);
        let answer = api.call("iam", "CreateServiceLinkedRole", input.into())?;
        let name = answer.pointer("/Role/RoleName").and_then(Value::as_str);
        Ok(name.unwrap_or_default().to_owned())
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if !asked.changed(before, "Description") {
            return Ok(());
        }
        let input = json!({"RoleName": id, "Description": asked.text("Description").unwrap_or_default()});
        api.call("iam", "UpdateRole", input).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        gone(api.call("iam", "DeleteServiceLinkedRole", json!({"RoleName": id})))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("RoleName", Some(json!(id)))])
    }

    fn takes_ms(&self) -> i64 {
        5_000
    }
}
