//! The resource types of Secrets Manager. What a secret is never shows in what they tell.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{TagChanges, attributes, document, keep, not_found, refuse, tag_list, unless_gone, with};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

mod attachment;
#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Secret, &ResourcePolicy, &attachment::TargetAttachment];

const NOT_FOUND: &str = "ResourceNotFoundException";

struct Secret;

/// The value that is asked for: given, or made up. None for a secret without one.
fn value(api: &mut Api<'_, '_>, properties: &Value) -> Result<Option<String>, Fault> {
    let given = properties["SecretString"].as_str();
    let generate = &properties["GenerateSecretString"];
    match (given, generate.is_object()) {
        (Some(_), true) => {
            let message = "You can't specify both GenerateSecretString and SecretString.";
            Err(Fault::new("InvalidRequest", message))
        }
        (given, false) => Ok(given.map(str::to_owned)),
        (None, true) => generated(api, generate).map(Some),
    }
}

/// A password, alone or in the JSON of `SecretStringTemplate`. Follows `GenerateSecretString` of the template reference.
fn generated(api: &mut Api<'_, '_>, wanted: &Value) -> Result<String, Fault> {
    let mut input = wanted.clone();
    if let Some(members) = input.as_object_mut() {
        members.remove("SecretStringTemplate");
        members.remove("GenerateStringKey");
    }
    let key = wanted["GenerateStringKey"].as_str();
    let template = wanted["SecretStringTemplate"].as_str();
    let invalid = |message: &str| Err(Fault::new("InvalidRequest", message));
    let whole = match (template, key) {
        (None, None) => None,
        (Some(template), Some(key)) => match serde_json::from_str::<Map<String, Value>>(template) {
            Ok(whole) => Some((whole, key)),
            Err(_) => return invalid("SecretStringTemplate is not a valid JSON object."),
        },
        _ => return invalid("GenerateStringKey and SecretStringTemplate must be specified together."),
    };
    let answer = api.call("secretsmanager", "GetRandomPassword", input)?;
    let password = answer["RandomPassword"].as_str().unwrap_or_default().to_owned();
    Ok(match whole {
        None => password,
        Some((mut whole, key)) => {
            whole.insert(key.to_owned(), password.into());
            Value::Object(whole).to_string()
        }
    })
}

impl Resource for Secret {
    fn type_name(&self) -> &'static str {
        "AWS::SecretsManager::Secret"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        refuse(self.type_name(), asked.properties, &["Type"])?;
        let own = || format!("{}-{}", asked.logical_id, asked.suffix);
        let name = asked.text("Name").map_or_else(own, str::to_owned);
        let mut input = with(keep(asked.properties, &["Description", "KmsKeyId"]), "Name", name);
        input["Tags"] = tag_list(&asked.tags(), ("Key", "Value"));
        let replicas = asked.property("ReplicaRegions");
        if !replicas.is_null() {
            input["AddReplicaRegions"] = replicas.clone();
        }
        if let Some(value) = value(api, asked.properties)? {
            input["SecretString"] = value.into();
        }
        let answer = api.call("secretsmanager", "CreateSecret", input)?;
        Ok(answer["ARN"].as_str().unwrap_or_default().to_owned())
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        refuse(self.type_name(), asked.properties, &["Type", "ReplicaRegions"])?;
        let settings = ["Description", "KmsKeyId"];
        let valued = ["SecretString", "GenerateSecretString"].iter().any(|name| asked.changed(before, name));
        if valued || settings.iter().any(|name| asked.changed(before, name)) {
            let mut input = with(keep(asked.properties, &settings), "SecretId", id);
            if before.get("Description").is_some() && input.get("Description").is_none() {
                input["Description"] = "".into();
            }
            if valued && let Some(value) = value(api, asked.properties)? {
                input["SecretString"] = value.into();
            }
            api.call("secretsmanager", "UpdateSecret", input)?;
        }
        let has = api.view().region.secretsmanager.find(id).map(|kept| kept.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        TagChanges::new(&has, before, asked, "Tags").apply(
            api,
            "secretsmanager",
            ("TagResource", |set| json!({"SecretId": id, "Tags": tag_list(set, ("Key", "Value"))})),
            ("UntagResource", |keys| json!({"SecretId": id, "TagKeys": keys})),
        )
    }

    /// At once, so that the same stack can be made again.
    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let input = json!({"SecretId": id, "ForceDeleteWithoutRecovery": true});
        unless_gone(api.call("secretsmanager", "DeleteSecret", input), NOT_FOUND)
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into())])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(kept) = view.region.secretsmanager.find(id).filter(|kept| kept.deletion.is_none()) else {
            return Actual::Gone;
        };
        let mut shown = json!({"Name": kept.name, "Tags": crate::form::shown_tags(&kept.tags)});
        for (name, text) in [("Description", &kept.description), ("KmsKeyId", &kept.kms_key)] {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                shown[name] = text.into();
            }
        }
        Actual::Is(shown)
    }

    fn takes_ms(&self) -> i64 {
        1_500
    }
}

/// Its id is the ARN of the secret.
struct ResourcePolicy;

impl ResourcePolicy {
    fn put(api: &mut Api<'_, '_>, secret: &str, properties: &Value) -> Result<String, Fault> {
        let mut input =
            json!({"SecretId": secret, "ResourcePolicy": document(&properties["ResourcePolicy"])});
        if let Some(block) = properties.get("BlockPublicPolicy") {
            input["BlockPublicPolicy"] = block.clone();
        }
        let answer = api.call("secretsmanager", "PutResourcePolicy", input)?;
        Ok(answer["ARN"].as_str().unwrap_or_default().to_owned())
    }
}

impl Resource for ResourcePolicy {
    fn type_name(&self) -> &'static str {
        "AWS::SecretsManager::ResourcePolicy"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        Self::put(api, asked.text("SecretId").unwrap_or_default(), asked.properties)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Self::put(api, id, asked.properties).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let input = json!({"SecretId": id});
        unless_gone(api.call("secretsmanager", "DeleteResourcePolicy", input), NOT_FOUND)
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into())])
    }
}
