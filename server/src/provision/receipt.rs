//! What was left of a stack after its deletion. So far by CloudFormation's own record of it; not here yet: the
//! services' own word, by tag and by physical id, and what each costs.

use serde::{Deserialize, Serialize};

use crate::clock::EpochMs;
use crate::cloud::Trouble;
use crate::cloud::cloudformation::{CloudFormation, ResourceSeen};
use crate::db::stack::Stack;

/// What was found after the deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// When it was looked for.
    pub at: EpochMs,
    /// How many resources the stack had.
    pub had: usize,
    /// What is still there.
    pub left: Vec<Left>,
}

/// Something that is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// `AWS::EC2::VPC`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in the account.
    pub physical_id: String,
}

/// Takes it.
pub(super) async fn take(api: &CloudFormation, row: &Stack, now: EpochMs) -> Result<Receipt, Trouble> {
    let resources = match &row.stack_id {
        Some(id) => api.resources(id).await?,
        None => Vec::new(),
    };
    let left = |of: &ResourceSeen| {
        let physical_id = of.physical_id.clone().filter(|_| of.status != "DELETE_COMPLETE")?;
        Some(Left { kind: of.kind.clone(), logical_id: of.logical_id.clone(), physical_id })
    };
    Ok(Receipt { at: now, had: resources.len(), left: resources.iter().filter_map(left).collect() })
}
