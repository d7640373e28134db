//! AWS Security Token Service.

use serde::{Deserialize, Serialize};

use crate::core::fault::Fault;
use crate::operation::{Service, never, nothing, read};
use crate::wire::Protocol;
use crate::world::View;

const PROTOCOL: Protocol = Protocol::Query { namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "sts",
        protocol: PROTOCOL,
        operations: vec![read(PROTOCOL, "GetCallerIdentity", get_caller_identity)],
        next_due: never,
        reconcile: nothing,
    }
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Identity {
    user_id: String,
    account: String,
    arn: String,
}

#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
fn get_caller_identity(view: &View<'_>, _: Nothing) -> Result<Identity, Fault> {
    Ok(Identity {
        user_id: view.caller.user_id.clone(),
        account: view.account.to_owned(),
        arn: view.caller.arn.clone(),
    })
}
