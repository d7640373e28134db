//! `AWS::SecretsManager::SecretTargetAttachment`: a secret learns where its database is. Of databases, those of Amazon RDS.

use serde_json::{Map, Value, json};

use super::NOT_FOUND;
use crate::core::fault::Fault;
use crate::form::{attributes, unless_gone};
use crate::resource::{Api, Asked, Resource, look};
use crate::world::View;

/// Its id is the ARN of the secret.
pub(super) struct TargetAttachment;

const INSTANCE: &str = "AWS::RDS::DBInstance";
/// What a secret is told: "JSON structure of AWS Secrets Manager database credential secrets".
const TOLD: [&str; 5] = ["engine", "host", "port", "dbname", "dbInstanceIdentifier"];

/// A secret's ARN and the members of its value.
fn value(api: &mut Api<'_, '_>, secret: &str) -> Result<(String, Map<String, Value>), Fault> {
    let answer = api.call("secretsmanager", "GetSecretValue", json!({"SecretId": secret}))?;
    let text = answer["SecretString"].as_str().unwrap_or_default();
    let members = serde_json::from_str(text).map_err(|_| {
        let message = "The secret's value is not a JSON object, so that no connection can be added to it.";
        Fault::new("InvalidRequest", message)
    })?;
    Ok((answer["ARN"].as_str().unwrap_or(secret).to_owned(), members))
}

fn put(api: &mut Api<'_, '_>, secret: &str, members: Map<String, Value>) -> Result<(), Fault> {
    let text = Value::Object(members).to_string();
    api.call("secretsmanager", "PutSecretValue", json!({"SecretId": secret, "SecretString": text}))
        .map(|_| ())
}

/// Tells a secret where its database is; its ARN.
fn attach(api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
    let kind = asked.text("TargetType").unwrap_or_default();
    if kind != INSTANCE {
        let message = format!("TargetType {kind} is not available in this practice region yet.");
        return Err(Fault::new("InvalidRequest", message));
    }
    let id = asked.text("TargetId").unwrap_or_default().to_lowercase();
    look(&api.view(), "rds", "DescribeDBInstances", json!({"DBInstanceIdentifier": id}))?;
    let (arn, mut members) = value(api, asked.text("SecretId").unwrap_or_default())?;
    if let Some(found) = api.view().region.rds.instances.get(&id) {
        let told = [
            ("engine", Value::from(found.engine.as_str())),
            ("host", found.address.as_str().into()),
            ("port", found.port.into()),
            ("dbname", json!(found.database)),
            ("dbInstanceIdentifier", id.as_str().into()),
        ];
        let told = told.into_iter().filter(|(_, value)| !value.is_null());
        members.extend(told.map(|(name, value)| (name.to_owned(), value)));
    }
    put(api, &arn, members)?;
    Ok(arn)
}

impl Resource for TargetAttachment {
    fn type_name(&self) -> &'static str {
        "AWS::SecretsManager::SecretTargetAttachment"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        attach(api, asked)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        _id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        attach(api, asked).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let (arn, mut members) = match value(api, id) {
            Ok(found) => found,
            Err(fault) if fault.code == NOT_FOUND => return Ok(()),
            Err(fault) => return Err(fault),
        };
        members.retain(|name, _| !TOLD.contains(&name.as_str()));
        unless_gone(put(api, &arn, members).map(|()| Value::Null), NOT_FOUND)
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into())])
    }
}
