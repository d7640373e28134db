//! `DeleteSecret`, `RestoreSecret`, and what happens when a recovery window ends.

use serde::{Deserialize, Serialize};

use super::super::fault;
use super::super::model::Deletion;
use super::{Named, One, find_living, named};
use crate::core::fault::Fault;
use crate::core::time::{Epoch, Time};
use crate::world::{Scope, View};

const DAY_MS: i64 = 86_400_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delete {
    secret_id: String,
    recovery_window_in_days: Option<i64>,
    #[serde(default)]
    force_delete_without_recovery: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Deleted {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    deletion_date: Epoch,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Deleted, Fault> {
    let (forced, days) = (input.force_delete_without_recovery, input.recovery_window_in_days);
    if forced && days.is_some() {
        return Err(fault::invalid(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let days = days.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(fault::invalid(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    let now = scope.now;
    if forced {
        let model = &mut scope.region.secretsmanager;
        let name = model.find(&input.secret_id).ok_or_else(fault::not_found)?.name.clone();
        let kept = model.secrets.remove(&name).ok_or_else(fault::not_found)?;
        return Ok(Deleted { arn: kept.arn, name: kept.name, deletion_date: Epoch(now) });
    }
    let kept = find_living(scope, &input.secret_id)?;
    let due = now.plus_ms(days * DAY_MS);
    kept.deletion = Some(Deletion { asked_at: now, due });
    Ok(Deleted { arn: kept.arn.clone(), name: kept.name.clone(), deletion_date: Epoch(due) })
}

pub(crate) fn restore(scope: &mut Scope<'_>, input: One) -> Result<Named, Fault> {
    let kept = scope.region.secretsmanager.find_mut(&input.secret_id).ok_or_else(fault::not_found)?;
    kept.deletion = None;
    Ok(named(kept, None))
}

/// When the next secret goes for good.
pub(crate) fn next_due(view: &View<'_>) -> Option<Time> {
    view.region.secretsmanager.secrets.values().filter_map(|kept| Some(kept.deletion?.due)).min()
}

/// Secrets whose recovery window has ended go.
pub(crate) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let secrets = &mut scope.region.secretsmanager.secrets;
    let before = secrets.len();
    secrets.retain(|_, kept| kept.deletion.is_none_or(|deletion| deletion.due > scope.now));
    secrets.len() != before
}
