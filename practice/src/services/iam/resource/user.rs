//! `AWS::IAM::User`, `AccessKey`.

use serde_json::{Map, Value, json};

use super::USER;
use crate::core::fault::Fault;
use crate::form::{gone, only, picked, present};
use crate::resource::{Api, Asked, Resource};
use crate::services::iam::credentials;
use crate::world::View;

/// Its physical id is its name.
pub(super) struct User;

/// `User`'s properties that are taken.
const TAKEN: [&str; 6] = ["UserName", "Path", "PermissionsBoundary", "Policies", "ManagedPolicyArns", "Tags"];

impl Resource for User {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::User"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &TAKEN)?;
        USER.create(api, asked, picked(asked.properties, &["Path", "PermissionsBoundary"]))
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        only(asked, self.type_name(), &TAKEN)?;
        if asked.changed(before, "Path") {
            let path = asked.text("Path").unwrap_or("/");
            api.call("iam", "UpdateUser", json!({"UserName": id, "NewPath": path}))?;
        }
        USER.boundary(api, id, before, asked)?;
        USER.policies(api, id, before, asked.properties)?;
        USER.retag(api, id, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        USER.delete(api, id, properties)
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Arn", view.iam.user(id).map(|user| json!(user.arn)))])
    }

    fn takes_ms(&self) -> i64 {
        35_000
    }
}

/// Its physical id is the id of the key.
pub(super) struct AccessKey;

impl AccessKey {
    fn set(api: &mut Api<'_, '_>, id: &str, asked: &Asked<'_>) -> Result<(), Fault> {
        let status = asked.text("Status").unwrap_or("Active");
        let user = asked.property("UserName");
        let input = json!({"UserName": user, "AccessKeyId": id, "Status": status});
        api.call("iam", "UpdateAccessKey", input).map(|_| ())
    }
}

impl Resource for AccessKey {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::AccessKey"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let answer = api.call("iam", "CreateAccessKey", picked(asked.properties, &["UserName"]).into())?;
        let id = answer.pointer("/AccessKey/AccessKeyId").and_then(Value::as_str).unwrap_or_default();
        if asked.text("Status") == Some("Inactive") {
            Self::set(api, id, asked)?;
        }
        Ok(id.to_owned())
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if asked.changed(before, "Status") { Self::set(api, id, asked) } else { Ok(()) }
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let input = json!({"UserName": properties["UserName"], "AccessKeyId": id});
        gone(api.call("iam", "DeleteAccessKey", input))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("SecretAccessKey", Some(json!(credentials::secret_of(view.iam, id))))])
    }
}
