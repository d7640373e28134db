//! Snapshots.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::rds::ask::{self, Tag};
use crate::services::rds::fault::{no_instance, no_snapshot, state};
use crate::services::rds::model::{Instance, Phase, Snapshot};
use crate::services::rds::shapes;
use crate::world::{Scope, View};

/// AWS's quota of manual snapshots per region.
const MAX_SNAPSHOTS: usize = 100;
/// How long one takes, in AWS's milliseconds.
const TAKES_MS: i64 = 60_000;

/// Makes a snapshot of an instance as it is.
pub(super) fn take(
    scope: &mut Scope<'_>,
    id: &str,
    of: &Instance,
    tags: crate::core::tag::Tags,
) -> Result<Snapshot, Fault> {
    let snapshots = &scope.region.rds.snapshots;
    if snapshots.contains_key(id) {
        let message =
            format!("Cannot create the snapshot because a snapshot with the identifier {id} already exists.");
        return Err(Fault::new("DBSnapshotAlreadyExists", message));
    }
    if snapshots.len() >= MAX_SNAPSHOTS {
        return Err(Fault::new("SnapshotQuotaExceeded", "You have reached the quota of manual snapshots."));
    }
    let ready_at = Some(scope.now.plus_ms(scope.settings.lasts(TAKES_MS)));
    let all = if of.copy_tags { of.tags.clone().into_iter().chain(tags).collect() } else { tags };
    let snapshot = Snapshot { id: id.to_owned(), of: of.clone(), created_at: scope.now, ready_at, tags: all };
    scope.region.rds.snapshots.insert(id.to_owned(), snapshot.clone());
    Ok(snapshot)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    #[serde(rename = "DBSnapshotIdentifier")]
    id: String,
    #[serde(rename = "DBInstanceIdentifier")]
    of: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `CreateDBSnapshot`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let id = ask::identifier(&input.id, "DBSnapshotIdentifier", 255)?;
    let tags = ask::tags(&input.tags)?;
    let of = scope.region.rds.instances.get(&input.of.to_ascii_lowercase()).cloned();
    let of = of.ok_or_else(|| no_instance(&input.of))?;
    if of.phase != Phase::Available {
        return Err(state(format!(
            "Cannot create a snapshot because the database instance {} is not currently in the available state.",
            of.id
        )));
    }
    let made = take(scope, &id, &of, tags)?;
    Ok(json!({"DBSnapshot": shapes::snapshot(&scope.view(), &made)}))
}

#[derive(Deserialize)]
pub(crate) struct One {
    #[serde(rename = "DBSnapshotIdentifier")]
    id: String,
}

/// `DeleteDBSnapshot`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let gone = scope.region.rds.snapshots.remove(&input.id.to_ascii_lowercase());
    let gone = gone.ok_or_else(|| no_snapshot(&input.id))?;
    let mut shape = shapes::snapshot(&scope.view(), &gone);
    shape["Status"] = json!("deleted");
    Ok(json!({"DBSnapshot": shape}))
}

#[derive(Deserialize)]
pub(crate) struct Describe {
    #[serde(rename = "DBSnapshotIdentifier")]
    id: Option<String>,
    #[serde(rename = "DBInstanceIdentifier")]
    of: Option<String>,
}

/// `DescribeDBSnapshots`: all of them fit one page.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let fits =
        |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(is));
    let all = view.region.rds.snapshots.values();
    let chosen = all.filter(|one| fits(&input.id, &one.id) && fits(&input.of, &one.of.id));
    let shown: Vec<Value> = chosen.map(|one| shapes::snapshot(view, one)).collect();
    match input.id {
        Some(id) if shown.is_empty() => Err(no_snapshot(&id)),
        _ => Ok(json!({"DBSnapshots": shown})),
    }
}
