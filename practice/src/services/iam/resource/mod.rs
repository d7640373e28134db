//! IAM's resource types of CloudFormation. Follows "IAM resource type reference". Groups are not in the practice cloud,
//! nor are the types that are about them.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{as_text, beyond, dropped_tags, gone, key_values, texts, unreserved_tags};
use crate::resource::{Api, Asked, Resource};

mod policy;
mod profile;
mod role;
#[cfg(test)]
mod tests;
mod user;

/// All of them.
pub(super) static ALL: [&dyn Resource; 9] = [
    &policy::InlinePolicy::OF_ROLE,
    &policy::InlinePolicy::OF_USER,
    &policy::ManagedPolicy,
    &policy::Policy,
    &profile::InstanceProfile,
    &role::Role,
    &role::ServiceLinkedRole,
    &user::AccessKey,
    &user::User,
];

/// Who has policies: a role or a user. The operations on both differ in the word only.
#[derive(Debug, Clone, Copy)]
struct Principal {
    word: &'static str,
}

const ROLE: Principal = Principal { word: "Role" };
const USER: Principal = Principal { word: "User" };

impl Principal {
    fn member(self) -> String {
        format!("{}Name", self.word)
    }

    fn call(self, api: &mut Api<'_, '_>, operation: &str, name: &str, more: Value) -> Result<Value, Fault> {
        let Value::Object(mut input) = more else { return Ok(Value::Null) };
        input.insert(self.member(), json!(name));
        let operation = operation.replace("{}", self.word);
        api.call("iam", &operation, input.into())
    }

    /// Makes it of `input`, with its tags and policies; its physical id is its name.
    fn create(
        self,
        api: &mut Api<'_, '_>,
        asked: &Asked<'_>,
        mut input: Map<String, Value>,
    ) -> Result<String, Fault> {
        let name = asked.name(&self.member(), 64);
        input.insert("Tags".to_owned(), key_values(&unreserved_tags(asked)));
        self.call(api, "Create{}", &name, input.into())?;
        if let Err(fault) = self.policies(api, &name, &Value::Null, asked.properties) {
            // The fault to tell is the first one.
            let _ = self.delete(api, &name, asked.properties);
            return Err(fault);
        }
        Ok(name)
    }

    fn delete(self, api: &mut Api<'_, '_>, name: &str, properties: &Value) -> Result<(), Fault> {
        self.policies(api, name, properties, &Value::Null)?;
        gone(self.call(api, "Delete{}", name, json!({})))
    }

    fn put(self, api: &mut Api<'_, '_>, name: &str, policy: &str, text: &Value) -> Result<(), Fault> {
        let input = json!({"PolicyName": policy, "PolicyDocument": as_text(text)});
        self.call(api, "Put{}Policy", name, input).map(|_| ())
    }

    fn take(self, api: &mut Api<'_, '_>, name: &str, policy: &str) -> Result<(), Fault> {
        gone(self.call(api, "Delete{}Policy", name, json!({"PolicyName": policy})))
    }

    fn attach(self, api: &mut Api<'_, '_>, name: &str, policy: &str) -> Result<(), Fault> {
        self.call(api, "Attach{}Policy", name, json!({"PolicyArn": policy})).map(|_| ())
    }

    fn detach(self, api: &mut Api<'_, '_>, name: &str, policy: &str) -> Result<(), Fault> {
        gone(self.call(api, "Detach{}Policy", name, json!({"PolicyArn": policy})))
    }

    /// From the policies of the properties before to those after: `Policies` and `ManagedPolicyArns`.
    fn policies(self, api: &mut Api<'_, '_>, name: &str, before: &Value, after: &Value) -> Result<(), Fault> {
        let (was, is) = (inline(before), inline(after));
        for (policy, text) in &is {
            if !was.contains(&(policy.clone(), text.clone())) {
                self.put(api, name, policy, text)?;
            }
        }
        for (policy, _) in was.iter().filter(|(policy, _)| !is.iter().any(|(other, _)| other == policy)) {
            self.take(api, name, policy)?;
        }
        let managed = |properties: &Value| texts(properties.get("ManagedPolicyArns").unwrap_or(&Value::Null));
        let (was, is) = (managed(before), managed(after));
        for policy in beyond(&is, &was) {
            self.attach(api, name, &policy)?;
        }
        for policy in beyond(&was, &is) {
            self.detach(api, name, &policy)?;
        }
        Ok(())
    }

    fn boundary(
        self,
        api: &mut Api<'_, '_>,
        name: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if !asked.changed(before, "PermissionsBoundary") {
            return Ok(());
        }
        match asked.text("PermissionsBoundary") {
            Some(arn) => {
                let input = json!({"PermissionsBoundary": arn});
                self.call(api, "Put{}PermissionsBoundary", name, input).map(|_| ())
            }
            None => gone(self.call(api, "Delete{}PermissionsBoundary", name, json!({}))),
        }
    }

    fn retag(
        self,
        api: &mut Api<'_, '_>,
        name: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if !asked.retags(before) {
            return Ok(());
        }
        let dropped = dropped_tags(before, asked);
        if !dropped.is_empty() {
            self.call(api, "Untag{}", name, json!({"TagKeys": dropped}))?;
        }
        let tags = unreserved_tags(asked);
        if !tags.is_empty() {
            self.call(api, "Tag{}", name, json!({"Tags": key_values(&tags)}))?;
        }
        Ok(())
    }
}

/// Name and document of each of the `Policies`.
fn inline(properties: &Value) -> Vec<(String, Value)> {
    let policies = properties.get("Policies").and_then(Value::as_array).into_iter().flatten();
    let pair = |policy: &Value| {
        Some((policy.get("PolicyName")?.as_str()?.to_owned(), policy.get("PolicyDocument")?.clone()))
    };
    policies.filter_map(pair).collect()
}

/// A stored document as a template writes it.
fn tree(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}
