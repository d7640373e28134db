//! Certificates that are there.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, validation};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::services::acm::model::used_by;
use crate::services::acm::{pem, shapes};
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    certificate_arn: String,
}

/// `DescribeCertificate`.
pub(crate) fn describe(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let certificate = find(&view.region.acm, &input.certificate_arn)?;
    Ok(json!({"Certificate": shapes::detail(view, certificate)}))
}

/// `GetCertificate`. One that was requested is of the form of a certificate, without meaning.
pub(crate) fn get(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let certificate = find(&view.region.acm, &input.certificate_arn)?;
    if certificate.issues_at.is_some() {
        let message =
            format!("Certificate in account {} is not issued yet: {}", view.account, certificate.arn);
        return Err(Fault::new("RequestInProgressException", message));
    }
    match &certificate.imported {
        Some(imported) => {
            let mut shape = json!({"Certificate": imported.body});
            if let Some(chain) = &imported.chain {
                shape["CertificateChain"] = json!(chain);
            }
            Ok(shape)
        }
        None => Ok(json!({
            "Certificate": pem::stand_in(&certificate.arn),
            "CertificateChain": pem::stand_in("Amazon RSA 2048 M02"),
        })),
    }
}

/// `DeleteCertificate`.
pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    let arn = &input.certificate_arn;
    find(&scope.region.acm, arn)?;
    if !used_by(&scope.view(), arn).is_empty() {
        let message = format!("Certificate {arn} in account {} is in use.", scope.account);
        return Err(Fault::new("ResourceInUseException", message));
    }
    scope.region.acm.certificates.remove(arn);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    #[serde(default)]
    certificate_statuses: Vec<String>,
    next_token: Option<String>,
    max_items: Option<i32>,
}

/// `ListCertificates`.
pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let limit = match input.max_items {
        None => 1000,
        Some(limit @ 1..=1000) => usize::try_from(limit).unwrap_or(1000),
        Some(_) => return Err(validation("MaxItems must be a number from 1 to 1000.")),
    };
    let all = view.region.acm.certificates.values();
    let statuses = &input.certificate_statuses;
    let wanted = all.filter(|one| statuses.is_empty() || statuses.iter().any(|s| s == one.status()));
    let page = page(wanted, |one| one.arn.clone(), limit, input.next_token.as_deref())
        .map_err(|_| validation("The next token is not valid."))?;
    let shapes: Vec<Value> = page.items.into_iter().map(|one| shapes::summary(view, one)).collect();
    let mut shape = json!({"CertificateSummaryList": shapes});
    if let Some(next) = page.next {
        shape["NextToken"] = json!(next);
    }
    Ok(shape)
}
