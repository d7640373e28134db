//! `AWS::IAM::InstanceProfile`. Its physical id is its name.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{beyond, gone, picked, present, texts};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::services::iam::model::find;
use crate::world::View;

pub(super) struct InstanceProfile;

impl InstanceProfile {
    fn roles(api: &mut Api<'_, '_>, id: &str, before: &Value, after: &Value) -> Result<(), Fault> {
        let roles = |properties: &Value| texts(properties.get("Roles").unwrap_or(&Value::Null));
        let (was, is) = (roles(before), roles(after));
        // A profile has room for one role only: the old one goes first.
        for role in beyond(&was, &is) {
            let input = json!({"InstanceProfileName": id, "RoleName": role});
            gone(api.call("iam", "RemoveRoleFromInstanceProfile", input))?;
        }
        for role in beyond(&is, &was) {
            let input = json!({"InstanceProfileName": id, "RoleName": role});
            api.call("iam", "AddRoleToInstanceProfile", input)?;
        }
        Ok(())
    }
}

impl Resource for InstanceProfile {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::InstanceProfile"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("InstanceProfileName", 128);
        let mut input = picked(asked.properties, &["Path"]);
        input.insert("InstanceProfileName".to_owned(), json!(name));
        api.call("iam", "CreateInstanceProfile", input.into())?;
        match Self::roles(api, &name, &Value::Null, asked.properties) {
            Ok(()) => Ok(name),
            Err(fault) => {
                let _ = self.delete(api, &name, asked.properties);
                Err(fault)
            }
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Self::roles(api, id, before, asked.properties)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        Self::roles(api, id, properties, &Value::Null)?;
        gone(api.call("iam", "DeleteInstanceProfile", json!({"InstanceProfileName": id})))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let profile = find(&view.iam.instance_profiles, id);
        present([("Arn", profile.map(|profile| json!(profile.arn)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(profile) = find(&view.iam.instance_profiles, id) else { return Actual::Gone };
        Actual::Is(json!({"InstanceProfileName": profile.name, "Path": profile.path, "Roles": profile.roles}))
    }

    /// AWS waits until every region knows it.
    fn takes_ms(&self) -> i64 {
        125_000
    }
}
