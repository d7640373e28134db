//! `AWS::IAM::Policy`, `RolePolicy`, `UserPolicy`, `ManagedPolicy`.

use serde_json::{Map, Value, json};

use super::{Principal, ROLE, USER, tree};
use crate::core::fault::Fault;
use crate::form::{as_text, beyond, gone, only, picked, present, texts};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

/// Versions of a managed policy, the default one among them.
const MAX_VERSIONS: usize = 5;

/// Who the properties name, with the operations for them.
fn principals(properties: &Value) -> Vec<(Principal, String)> {
    let of = |principal: Principal, list: &str| {
        let names = texts(properties.get(list).unwrap_or(&Value::Null));
        names.into_iter().map(move |name| (principal, name)).collect::<Vec<_>>()
    };
    [of(ROLE, "Roles"), of(USER, "Users")].concat()
}

/// Those of `of` that are not among `without`.
fn more(of: &[(Principal, String)], without: &[(Principal, String)]) -> Vec<(Principal, String)> {
    let same = |a: &(Principal, String), b: &(Principal, String)| a.0.word == b.0.word && a.1 == b.1;
    of.iter().filter(|one| !without.iter().any(|other| same(one, other))).cloned().collect()
}

/// One document put into roles and users. Its physical id is a name that CloudFormation gives it.
pub(super) struct Policy;

impl Policy {
    fn put(api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<(), Fault> {
        let name = asked.text("PolicyName").unwrap_or_default();
        for (principal, of) in principals(asked.properties) {
            principal.put(api, &of, name, asked.property("PolicyDocument"))?;
        }
        Ok(())
    }

    fn take(api: &mut Api<'_, '_>, name: &str, from: &[(Principal, String)]) -> Result<(), Fault> {
        from.iter().try_for_each(|(principal, of)| principal.take(api, of, name))
    }
}

impl Resource for Policy {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::Policy"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &["PolicyName", "PolicyDocument", "Roles", "Users"])?;
        let id = asked.generated(23);
        match Self::put(api, asked) {
            Ok(()) => Ok(id),
            Err(fault) => {
                let _ = self.delete(api, &id, asked.properties);
                Err(fault)
            }
        }
    }

    fn update(&self, api: &mut Api<'_, '_>, _: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        only(asked, self.type_name(), &["PolicyName", "PolicyDocument", "Roles", "Users"])?;
        Self::put(api, asked)?;
        let (was, is) = (principals(before), principals(asked.properties));
        let renamed = asked.changed(before, "PolicyName");
        let left = if renamed { was } else { more(&was, &is) };
        Self::take(api, before["PolicyName"].as_str().unwrap_or_default(), &left)
    }

    fn delete(&self, api: &mut Api<'_, '_>, _: &str, properties: &Value) -> Result<(), Fault> {
        let name = properties["PolicyName"].as_str().unwrap_or_default();
        Self::take(api, name, &principals(properties))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Id", Some(json!(id)))])
    }

    fn takes_ms(&self) -> i64 {
        15_000
    }
}

/// A document of one role or one user. Its physical id is `policy|role`.
pub(super) struct InlinePolicy {
    type_name: &'static str,
    principal: Principal,
}

impl InlinePolicy {
    /// `AWS::IAM::RolePolicy`
    pub(super) const OF_ROLE: Self = Self { type_name: "AWS::IAM::RolePolicy", principal: ROLE };
    /// `AWS::IAM::UserPolicy`
    pub(super) const OF_USER: Self = Self { type_name: "AWS::IAM::UserPolicy", principal: USER };

    fn put(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.text("PolicyName").unwrap_or_default();
        let of = asked.text(&self.principal.member()).unwrap_or_default();
        self.principal.put(api, of, name, asked.property("PolicyDocument"))?;
        Ok(format!("{name}|{of}"))
    }
}

impl Resource for InlinePolicy {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        self.put(api, asked)
    }

    fn update(&self, api: &mut Api<'_, '_>, _: &str, _: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        self.put(api, asked).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        let (name, of) = id.split_once('|').unwrap_or((id, ""));
        self.principal.take(api, of, name)
    }
}

/// Its physical id is its ARN.
pub(super) struct ManagedPolicy;

/// `ManagedPolicy`'s properties that are taken.
const MANAGED: [&str; 6] = ["ManagedPolicyName", "PolicyDocument", "Description", "Path", "Roles", "Users"];

impl ManagedPolicy {
    /// A new version that is the default one; the oldest of the others makes room for it.
    fn renew(api: &mut Api<'_, '_>, arn: &str, text: &Value) -> Result<(), Fault> {
        let full = api.view().iam.policies.get(arn).and_then(|policy| {
            let old = policy.versions.keys().find(|number| **number != policy.default_version);
            old.filter(|_| policy.versions.len() >= MAX_VERSIONS).copied()
        });
        if let Some(number) = full {
            let input = json!({"PolicyArn": arn, "VersionId": format!("v{number}")});
            api.call("iam", "DeletePolicyVersion", input)?;
        }
        let input = json!({"PolicyArn": arn, "PolicyDocument": as_text(text), "SetAsDefault": true});
        api.call("iam", "CreatePolicyVersion", input).map(|_| ())
    }

    fn attach(api: &mut Api<'_, '_>, arn: &str, before: &Value, after: &Value) -> Result<(), Fault> {
        let (was, is) = (principals(before), principals(after));
        more(&is, &was).iter().try_for_each(|(principal, name)| principal.attach(api, name, arn))?;
        more(&was, &is).iter().try_for_each(|(principal, name)| principal.detach(api, name, arn))
    }
}

impl Resource for ManagedPolicy {
    fn type_name(&self) -> &'static str {
        "AWS::IAM::ManagedPolicy"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        only(asked, self.type_name(), &MANAGED)?;
        let mut input = picked(asked.properties, &["Description", "Path"]);
        input.insert("PolicyName".to_owned(), json!(asked.name("ManagedPolicyName", 128)));
        input.insert("PolicyDocument".to_owned(), as_text(asked.property("PolicyDocument")));
        let answer = api.call("iam", "CreatePolicy", input.into())?;
        let arn = answer.pointer("/Policy/Arn").and_then(Value::as_str).unwrap_or_default().to_owned();
        match Self::attach(api, &arn, &Value::Null, asked.properties) {
            Ok(()) => Ok(arn),
            Err(fault) => {
                let _ = self.delete(api, &arn, asked.properties);
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
        only(asked, self.type_name(), &MANAGED)?;
        if asked.changed(before, "PolicyDocument") {
            Self::renew(api, id, asked.property("PolicyDocument"))?;
        }
        Self::attach(api, id, before, asked.properties)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        Self::attach(api, id, properties, &Value::Null)?;
        let old: Vec<String> = api.view().iam.policies.get(id).map_or_else(Vec::new, |policy| {
            let all: Vec<String> = policy.versions.keys().map(|number| format!("v{number}")).collect();
            beyond(&all, &[format!("v{}", policy.default_version)])
        });
        for version in old {
            gone(api.call("iam", "DeletePolicyVersion", json!({"PolicyArn": id, "VersionId": version})))?;
        }
        gone(api.call("iam", "DeletePolicy", json!({"PolicyArn": id})))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let input = json!({"PolicyArn": id});
        let shown = crate::resource::look(view, "iam", "GetPolicy", input).unwrap_or_default();
        let of = |name: &str| shown.get("Policy").and_then(|policy| policy.get(name)).cloned();
        present([
            ("PolicyArn", Some(json!(id))),
            ("PolicyId", of("PolicyId")),
            ("DefaultVersionId", of("DefaultVersionId")),
            ("AttachmentCount", of("AttachmentCount")),
            ("CreateDate", of("CreateDate")),
            ("UpdateDate", of("UpdateDate")),
            ("IsAttachable", of("IsAttachable")),
        ])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(policy) = view.iam.policies.get(id) else { return Actual::Gone };
        let text = policy.versions.get(&policy.default_version).map(|version| tree(&version.document));
        Actual::Is(present([("PolicyDocument", text)]).into())
    }

    fn takes_ms(&self) -> i64 {
        15_000
    }
}
