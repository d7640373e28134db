//! Reading parameters: one, several, and all below a path.
#![expect(clippy::needless_pass_by_value, reason = "the shape of a handler")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::lookup::{self, Found};
use super::public;
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::Epoch;
use crate::world::View;

const MAX_NAMES: usize = 10;
const MAX_NAME_LENGTH: usize = 2048;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ParameterOut {
    name: String,
    r#type: String,
    value: String,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    last_modified_date: Epoch,
    #[serde(rename = "ARN")]
    arn: String,
    data_type: String,
}

/// A `SecureString` that is not to be decrypted shows what stands for its ciphertext.
fn out(found: Found, decrypt: bool) -> ParameterOut {
    let value = if found.kind == "SecureString" && !decrypt {
        sealed(&found.name, found.number)
    } else {
        found.value
    };
    ParameterOut {
        name: found.name,
        r#type: found.kind,
        value,
        version: found.number,
        selector: found.selector,
        last_modified_date: Epoch(found.modified_at),
        arn: found.arn,
        data_type: found.data_type,
    }
}

/// What a `SecureString` looks like without decryption. The practice cloud has no ciphertext: this is a digest in the
/// shape of one, of everything but the value.
pub(super) fn sealed(name: &str, number: u64) -> String {
    let digest = Sha256::new_with_prefix(format!("{name}:{number}")).finalize();
    format!("AQICAHh{}", STANDARD.encode(digest))
}

pub(super) fn constraint(value: &str, member: &str, wanted: &str) -> Fault {
    let shown: String = value.chars().take(256).collect();
    let message = format!(
        "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {wanted}"
    );
    Fault::new("ValidationException", message)
}

fn check_name(name: &str, member: &str) -> Result<(), Fault> {
    match name.chars().count() {
        0 => Err(constraint(name, member, "Member must have length greater than or equal to 1")),
        1..=MAX_NAME_LENGTH => Ok(()),
        _ => Err(constraint(name, member, "Member must have length less than or equal to 2048")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneIn {
    #[serde(default)]
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct One {
    parameter: ParameterOut,
}

pub(super) fn parameter(view: &View<'_>, input: OneIn) -> Result<One, Fault> {
    check_name(&input.name, "name")?;
    let found = lookup::find(view.region, view.account, &input.name)?;
    Ok(One { parameter: out(found, input.with_decryption) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ManyIn {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Many {
    parameters: Vec<ParameterOut>,
    invalid_parameters: Vec<String>,
}

pub(super) fn parameters(view: &View<'_>, input: ManyIn) -> Result<Many, Fault> {
    let ManyIn { mut names, with_decryption } = input;
    let shown = format!("[{}]", names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", "));
    match names.len() {
        0 => return Err(constraint(&shown, "names", "Member must have length greater than or equal to 1")),
        1..=MAX_NAMES => {}
        _ => return Err(constraint(&shown, "names", "Member must have length less than or equal to 10")),
    }
    names.iter().try_for_each(|name| check_name(name, "names.1.member"))?;
    names.sort();
    names.dedup();
    let mut many = Many { parameters: Vec::new(), invalid_parameters: Vec::new() };
    for name in names {
        match lookup::find(view.region, view.account, &name) {
            Ok(found) => many.parameters.push(out(found, with_decryption)),
            Err(_) => many.invalid_parameters.push(name),
        }
    }
    Ok(many)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PathIn {
    #[serde(default)]
    path: String,
    #[serde(default)]
    recursive: bool,
    #[serde(default)]
    with_decryption: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByPath {
    parameters: Vec<ParameterOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn by_path(view: &View<'_>, input: PathIn) -> Result<ByPath, Fault> {
    check_name(&input.path, "path")?;
    if !input.path.starts_with('/') {
        let message = "The parameter doesn't meet the parameter name requirements. The parameter name must begin \
            with a forward slash \"/\".";
        return Err(Fault::new("ValidationException", message));
    }
    let limit = match input.max_results.unwrap_or(10) {
        asked @ 1..=10 => usize::try_from(asked).unwrap_or(10),
        asked if asked < 1 => {
            let wanted = "Member must have value greater than or equal to 1";
            return Err(constraint(&asked.to_string(), "maxResults", wanted));
        }
        asked => {
            let wanted = "Member must have value less than or equal to 10";
            return Err(constraint(&asked.to_string(), "maxResults", wanted));
        }
    };
    let below = format!("{}/", input.path.trim_end_matches('/'));
    let direct =
        |name: &str| name.strip_prefix(&below).is_some_and(|rest| input.recursive || !rest.contains('/'));
    let own =
        view.region.ssm.parameters.iter().filter(|(name, _)| direct(name)).filter_map(|(name, own)| {
            Some(lookup::of_own(view.region, view.account, name, own.latest()?, None))
        });
    let public = public::all(&view.region.name).into_iter().filter(|(name, _)| direct(name));
    let public = public.map(|(name, parameter)| lookup::of_public(view.region, &name, parameter, None));
    let mut found: Vec<Found> = own.chain(public).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let page = page(found, |found| found.name.clone(), limit, input.next_token.as_deref())
        .map_err(|_| Fault::new("InvalidNextToken", "The specified token isn't valid."))?;
    Ok(ByPath {
        parameters: page.items.into_iter().map(|found| out(found, input.with_decryption)).collect(),
        next_token: page.next,
    })
}
