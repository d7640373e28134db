//! What was left of a stack after its deletion: not by CloudFormation's word, but by that of every service it had to do
//! with. Taken too where the deletion failed, so that what stands in its way has a name and a price.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clock::EpochMs;
use crate::cloud::cloudformation::ResourceSeen;
use crate::cloud::{Cloud, Trouble};
use crate::db::stack::Stack;
use crate::inventory::price::Prices;
use crate::inventory::{Bond, Inventory, Record, Row, gather};

/// What was found after the deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// When it was looked for.
    pub at: EpochMs,
    /// How many resources the stack had.
    pub had: usize,
    /// What is still there, dearest first.
    pub left: Vec<Row>,
    /// What could not be looked at, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
    /// The day of the price table.
    pub dated: String,
}

impl Receipt {
    /// Of the stack's own, nothing is left, and everything could be looked at.
    pub fn is_clean(&self) -> bool {
        self.unseen.is_empty() && !self.left.iter().any(|row| row.bond != Bond::InTheWay)
    }

    /// As an inventory.
    pub fn inventory(&self) -> Inventory {
        Inventory { rows: self.left.clone(), had: self.had, unseen: self.unseen.clone() }
    }
}

/// What there is of the stack now.
pub(super) async fn inventory(cloud: &Cloud, row: &Stack) -> Result<Inventory, Trouble> {
    gather::take(cloud, &record(cloud, row).await?).await
}

/// Takes it.
pub(super) async fn take(cloud: &Cloud, row: &Stack, now: EpochMs) -> Result<Receipt, Trouble> {
    let record = record(cloud, row).await?;
    let had: BTreeSet<&str> = record.resources.iter().map(|(_, id)| id.as_str()).collect();
    let had = had.len();
    let found = gather::take(cloud, &record).await?;
    let dated = Prices::of_repository().dated.clone();
    Ok(Receipt { at: now, had, left: found.rows, unseen: found.unseen, dated })
}

/// What is or was known of what it is made of.
async fn record(cloud: &Cloud, row: &Stack) -> Result<Record, Trouble> {
    let mut record = gather::record(cloud, &row.name, row.stack_id.as_deref()).await?;
    // What was known before counts as well: an account's record is kept for a while only.
    let kept: Vec<ResourceSeen> = serde_json::from_str(&row.resources).unwrap_or_default();
    let kept = kept.into_iter().filter_map(|of| Some((of.kind, of.physical_id?)));
    record.resources.extend(kept);
    Ok(record)
}
