//! `AWS::DynamoDB::Table`.

use serde_json::{Map, Value, json};

use super::model::Phase;
use super::tables::arn;
use crate::core::fault::Fault;
use crate::form::{attributes, keep, shown_tags, tag_list, unless_gone};
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::world::View;

/// Its physical id is its name.
pub(super) struct Table;

const SAME: [&str; 6] = [
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
];

fn with_settings(asked: &Asked<'_>, names: &[&str]) -> Value {
    let mut input = keep(asked.properties, names);
    input["DeletionProtectionEnabled"] =
        json!(asked.property("DeletionProtectionEnabled").as_bool().unwrap_or(false));
    if !asked.property("StreamSpecification").is_null() {
        input["StreamSpecification"] = json!({"StreamEnabled": true});
    }
    input
}

impl Resource for Table {
    fn type_name(&self) -> &'static str {
        "AWS::DynamoDB::Table"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.name("TableName", 255);
        let mut input = with_settings(asked, &SAME);
        input["TableName"] = json!(name);
        input["Tags"] = tag_list(&asked.tags(), ("Key", "Value"));
        api.call("dynamodb", "CreateTable", input)?;
        Ok(name)
    }

    fn settled(&self, view: &View<'_>, id: &str, _: &Value) -> Settled {
        match view.region.dynamodb.tables.get(id).map(|table| table.phase) {
            Some(Phase::Active) => Settled::Yes,
            Some(Phase::Creating(_) | Phase::Updating(_)) => Settled::NotYet,
            Some(Phase::Deleting(_)) | None => Settled::Failed(format!("Table {id} was deleted.")),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let names = ["BillingMode", "ProvisionedThroughput"];
        let changed: Vec<&str> =
            if names.iter().any(|name| asked.changed(before, name)) { names.to_vec() } else { Vec::new() };
        if !changed.is_empty() || asked.changed(before, "DeletionProtectionEnabled") {
            let mut input = with_settings(asked, &changed);
            input["TableName"] = json!(id);
            api.call("dynamodb", "UpdateTable", input)?;
        }
        let arn = arn(&api.view(), id);
        let tags = json!({"ResourceArn": arn, "Tags": tag_list(&asked.tags(), ("Key", "Value"))});
        api.call("dynamodb", "TagResource", tags).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        if matches!(
            api.view().region.dynamodb.tables.get(id).map(|table| table.phase),
            Some(Phase::Deleting(_))
        ) {
            return Ok(());
        }
        unless_gone(
            api.call("dynamodb", "DeleteTable", json!({"TableName": id})),
            "ResourceNotFoundException",
        )
    }

    fn gone(&self, view: &View<'_>, id: &str) -> Settled {
        if view.region.dynamodb.tables.contains_key(id) { Settled::NotYet } else { Settled::Yes }
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        attributes([("Arn", json!(arn(view, id)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let found = view.region.dynamodb.tables.get(id);
        let Some(table) = found.filter(|table| !matches!(table.phase, Phase::Deleting(_))) else {
            return Actual::Gone;
        };
        let keys = [Some((&table.hash, "HASH")), table.range.as_ref().map(|range| (range, "RANGE"))];
        let keys: Vec<_> = keys.into_iter().flatten().collect();
        let (reads, writes) = table.capacity.unwrap_or_default();
        Actual::Is(json!({
            "TableName": table.name,
            "BillingMode": if table.capacity.is_some() { "PROVISIONED" } else { "PAY_PER_REQUEST" },
            "ProvisionedThroughput": {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes},
            "DeletionProtectionEnabled": table.protected,
            "KeySchema": keys.iter().map(|((name, _), kind)| json!({"AttributeName": name, "KeyType": kind})).collect::<Vec<_>>(),
            "AttributeDefinitions": keys.iter().map(|((name, kind), _)| json!({"AttributeName": name, "AttributeType": kind})).collect::<Vec<_>>(),
            "Tags": shown_tags(&table.tags),
        }))
    }
}
