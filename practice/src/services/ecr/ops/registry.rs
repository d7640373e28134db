//! The registry itself: the token to sign in with, and its settings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::built_in::digest;
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::world::View;

const TOKEN_MS: i64 = 12 * 3_600_000;

#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// A token for `docker login`, good for twelve hours. No registry stands behind it here: images are put with `PutImage`.
pub(crate) fn token(view: &View<'_>, _: Nothing) -> Result<Value, Fault> {
    let password = digest(format!("{}:{}:{}", view.account, view.caller.arn, view.now.0).as_bytes());
    let password = STANDARD.encode(password);
    Ok(json!({"authorizationData": [{
        "authorizationToken": STANDARD.encode(format!("AWS:{password}")),
        "expiresAt": Epoch(view.now.plus_ms(TOKEN_MS)),
        "proxyEndpoint": format!("https://{}.dkr.ecr.{}.amazonaws.com", view.account, view.region.name),
    }]}))
}

pub(crate) fn describe(view: &View<'_>, _: Nothing) -> Result<Value, Fault> {
    Ok(json!({"registryId": view.account, "replicationConfiguration": {"rules": []}}))
}

pub(crate) fn policy(view: &View<'_>, _: Nothing) -> Result<Value, Fault> {
    let message = format!("Registry policy does not exist in the registry with id '{}'", view.account);
    Err(Fault::new("RegistryPolicyNotFoundException", message))
}
