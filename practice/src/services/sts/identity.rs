//! Who a caller is, and whose a key is.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use serde::{Deserialize, Serialize};

use crate::core::fault::Fault;
use crate::services::iam::credentials;
use crate::world::View;

#[derive(Deserialize)]
pub(super) struct Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Identity {
    user_id: String,
    account: String,
    arn: String,
}

#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(super) fn get_caller_identity(view: &View<'_>, _: Nothing) -> Result<Identity, Fault> {
    Ok(Identity {
        user_id: view.caller.user_id.clone(),
        account: view.account.to_owned(),
        arn: view.caller.arn.clone(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyIn {
    access_key_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyInfo {
    account: String,
}

pub(super) fn get_access_key_info(_: &View<'_>, input: KeyIn) -> Result<KeyInfo, Fault> {
    let account = credentials::account_of(&input.access_key_id);
    let account = account.ok_or_else(|| Fault::new("ValidationError", "The access key ID is not valid."))?;
    Ok(KeyInfo { account })
}
