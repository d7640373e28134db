//! Tables come and go.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{in_use, no_table, unsupported, validation};
use super::model::{Phase, Table};
use super::tags::{self, Tag};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::{Epoch, Time};
use crate::world::{Scope, View};

/// Tables of a region; AWS allows 2,500.
const MAX_TABLES: usize = 100;
/// How long AWS takes, in milliseconds.
const CREATES_MS: i64 = 8_000;
const DELETES_MS: i64 = 5_000;

pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    view.region.dynamodb.tables.values().filter_map(|table| table.phase.due()).min()
}

pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let (now, tables) = (scope.now, &mut scope.region.dynamodb.tables);
    let before = tables.len();
    tables.retain(|_, table| !matches!(table.phase, Phase::Deleting(at) if at <= now));
    let mut changed = tables.len() != before;
    for table in tables.values_mut().filter(|table| table.phase.due().is_some_and(|at| at <= now)) {
        table.phase = Phase::Active;
        changed = true;
    }
    changed
}

/// A table by name or ARN.
pub(super) fn find<'v>(view: &View<'v>, name: &str) -> Result<&'v Table, Fault> {
    let short = name.rsplit('/').next().unwrap_or(name);
    view.region.dynamodb.tables.get(short).ok_or_else(|| no_table(name))
}

pub(super) fn arn(view: &View<'_>, name: &str) -> String {
    view.arn("dynamodb", &format!("table/{name}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Throughput {
    read_capacity_units: i64,
    write_capacity_units: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    table_name: String,
    #[serde(default)]
    attribute_definitions: Vec<Attribute>,
    #[serde(default)]
    key_schema: Vec<Key>,
    billing_mode: Option<String>,
    provisioned_throughput: Option<Throughput>,
    #[serde(default)]
    global_secondary_indexes: Vec<Value>,
    #[serde(default)]
    local_secondary_indexes: Vec<Value>,
    stream_specification: Option<Value>,
    deletion_protection_enabled: Option<bool>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `CreateTable`.
pub(super) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let table = wanted(&scope.view(), &input)?;
    let tables = &scope.region.dynamodb.tables;
    if tables.contains_key(&table.name) {
        return Err(in_use(format!("Table already exists: {}", table.name)));
    }
    if tables.len() >= MAX_TABLES {
        return Err(Fault::new("LimitExceededException", "Subscriber limit exceeded: too many tables"));
    }
    let until = scope.now.plus_ms(scope.settings.lasts(CREATES_MS));
    let table = Table { id: scope.region.ids.uuid(), phase: Phase::Creating(until), ..table };
    let shape = shape(&scope.view(), &table);
    scope.region.dynamodb.tables.insert(table.name.clone(), table);
    Ok(json!({"TableDescription": shape}))
}

fn wanted(view: &View<'_>, input: &Create) -> Result<Table, Fault> {
    let name = &input.table_name;
    if !(3..=255).contains(&name.len())
        || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    {
        return Err(validation(
            "TableName must be at least 3 characters long and at most 255 characters long, of letters, digits, '_', '-' and '.'",
        ));
    }
    if !input.global_secondary_indexes.is_empty() || !input.local_secondary_indexes.is_empty() {
        return Err(unsupported("Secondary indexes are"));
    }
    if input.stream_specification.as_ref().is_some_and(|stream| stream["StreamEnabled"] == true) {
        return Err(unsupported("Streams are"));
    }
    let key = |kind: &str| {
        let mut found = input.key_schema.iter().filter(|key| key.key_type == kind);
        let Some(first) = found.next() else { return Ok(None) };
        let definition =
            input.attribute_definitions.iter().find(|one| one.attribute_name == first.attribute_name);
        let definition = definition.ok_or_else(|| {
            validation(format!("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [{}]", first.attribute_name))
        })?;
        if !["S", "N", "B"].contains(&definition.attribute_type.as_str()) {
            return Err(validation("AttributeType must be one of S, N, B"));
        }
        Ok(Some((first.attribute_name.clone(), definition.attribute_type.clone())))
    };
    let hash = key("HASH")?.ok_or_else(|| {
        validation("No Hash Key specified in schema. All Dynamo DB tables must have exactly one hash key")
    })?;
    let range = key("RANGE")?;
    if input.attribute_definitions.len() != 1 + usize::from(range.is_some()) || input.key_schema.len() > 2 {
        return Err(validation(
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ));
    }
    let by_request = match input.billing_mode.as_deref().unwrap_or("PROVISIONED") {
        "PROVISIONED" => false,
        "PAY_PER_REQUEST" => true,
        _ => return Err(validation("BillingMode must be one of PROVISIONED, PAY_PER_REQUEST")),
    };
    let capacity = capacity(by_request, input.provisioned_throughput.as_ref())?;
    Ok(Table {
        name: name.clone(),
        id: String::new(),
        hash,
        range,
        capacity,
        phase: Phase::Active,
        created_at: view.now,
        protected: input.deletion_protection_enabled.unwrap_or(false),
        items: std::collections::BTreeMap::new(),
        tags: tags::checked(&input.tags)?,
    })
}

fn capacity(by_request: bool, given: Option<&Throughput>) -> Result<Option<(i64, i64)>, Fault> {
    match (by_request, given) {
        (true, None) => Ok(None),
        (true, Some(_)) => Err(validation(
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        )),
        (false, Some(units)) if units.read_capacity_units > 0 && units.write_capacity_units > 0 => {
            Ok(Some((units.read_capacity_units, units.write_capacity_units)))
        }
        (false, _) => Err(validation(
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        )),
    }
}

fn shape(view: &View<'_>, table: &Table) -> Value {
    let keys = table.keys().zip(["HASH", "RANGE"]);
    let schema: Vec<Value> =
        keys.map(|((name, _), kind)| json!({"AttributeName": name, "KeyType": kind})).collect();
    let attributes: Vec<Value> =
        table.keys().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})).collect();
    let (reads, writes) = table.capacity.unwrap_or((0, 0));
    let size: usize = table.items.values().map(super::items::size).sum();
    let mut shape = json!({
        "AttributeDefinitions": attributes, "TableName": table.name, "KeySchema": schema, "TableStatus": table.phase.name(),
        "CreationDateTime": Epoch(table.created_at),
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": reads, "WriteCapacityUnits": writes},
        "TableSizeBytes": size, "ItemCount": table.items.len(), "TableArn": arn(view, &table.name), "TableId": table.id,
        "DeletionProtectionEnabled": table.protected,
    });
    if table.capacity.is_none() {
        shape["BillingModeSummary"] = json!({"BillingMode": "PAY_PER_REQUEST"});
    }
    shape
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct One {
    table_name: String,
}

/// `DescribeTable`.
pub(super) fn describe(view: &View<'_>, input: One) -> Result<Value, Fault> {
    Ok(json!({"Table": shape(view, find(view, &input.table_name)?)}))
}

/// `DescribeTimeToLive`: nothing here expires.
pub(super) fn time_to_live(view: &View<'_>, input: One) -> Result<Value, Fault> {
    find(view, &input.table_name)?;
    Ok(json!({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}))
}

/// `DeleteTable`.
pub(super) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let table = find(&scope.view(), &input.table_name)?.clone();
    if table.protected {
        return Err(validation(format!(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. Table: {}",
            table.name
        )));
    }
    if table.phase != Phase::Active {
        return Err(in_use(format!(
            "Attempt to change a resource which is still in use: Table is being {}: {}",
            table.phase.name().to_ascii_lowercase().replace("ing", "ed"),
            table.name
        )));
    }
    let until = scope.now.plus_ms(scope.settings.lasts(DELETES_MS));
    let table = Table { phase: Phase::Deleting(until), ..table };
    let shape = shape(&scope.view(), &table);
    scope.region.dynamodb.tables.insert(table.name.clone(), table);
    Ok(json!({"TableDescription": shape}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    exclusive_start_table_name: Option<String>,
    limit: Option<usize>,
}

/// `ListTables`.
pub(super) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let names = view.region.dynamodb.tables.keys();
    let after =
        names.filter(|name| input.exclusive_start_table_name.as_ref().is_none_or(|start| *name > start));
    let size = input.limit.unwrap_or(100).clamp(1, 100);
    let page =
        page(after, |name| (*name).clone(), size, None).map_err(|_| validation("The start is not valid"))?;
    let last = page.next.as_ref().and(page.items.last());
    let mut answer = json!({"TableNames": page.items});
    if let Some(last) = last {
        answer["LastEvaluatedTableName"] = json!(last);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Update {
    table_name: String,
    billing_mode: Option<String>,
    provisioned_throughput: Option<Throughput>,
    deletion_protection_enabled: Option<bool>,
    #[serde(default)]
    global_secondary_index_updates: Vec<Value>,
    stream_specification: Option<Value>,
}

/// `UpdateTable`: its capacity and its protection.
pub(super) fn update(scope: &mut Scope<'_>, input: Update) -> Result<Value, Fault> {
    let mut table = find(&scope.view(), &input.table_name)?.clone();
    if table.phase != Phase::Active {
        return Err(in_use(format!(
            "Attempt to change a resource which is still in use: Table is being updated: {}",
            table.name
        )));
    }
    if !input.global_secondary_index_updates.is_empty() || input.stream_specification.is_some() {
        return Err(unsupported("Secondary indexes and streams are"));
    }
    if input.billing_mode.is_some() || input.provisioned_throughput.is_some() {
        let by_request = input.billing_mode.as_deref() == Some("PAY_PER_REQUEST");
        table.capacity = capacity(by_request, input.provisioned_throughput.as_ref())?;
        table.phase = Phase::Updating(scope.now.plus_ms(scope.settings.lasts(CREATES_MS)));
    }
    table.protected = input.deletion_protection_enabled.unwrap_or(table.protected);
    let shape = shape(&scope.view(), &table);
    scope.region.dynamodb.tables.insert(table.name.clone(), table);
    Ok(json!({"TableDescription": shape}))
}
