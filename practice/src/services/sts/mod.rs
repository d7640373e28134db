//! AWS Security Token Service: who am I, and temporary credentials. Not in it: session policies and session tags,
//! web identities, multi-factor authentication.

use crate::operation::{Service, never, nothing, read, write};
use crate::wire::Protocol;

mod assume;
mod identity;
#[cfg(test)]
mod tests;

const PROTOCOL: Protocol = Protocol::Query { namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "sts",
        protocol: PROTOCOL,
        operations: vec![
            read(PROTOCOL, "GetCallerIdentity", identity::get_caller_identity),
            read(PROTOCOL, "GetAccessKeyInfo", identity::get_access_key_info),
            write(PROTOCOL, "AssumeRole", assume::assume_role),
            write(PROTOCOL, "GetSessionToken", assume::get_session_token),
        ],
        next_due: never,
        reconcile: nothing,
        resources: &[],
    }
}
