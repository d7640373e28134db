//! Certificates of listeners: one by default, others by server name.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::acm;
use crate::services::elbv2::arns;
use crate::services::elbv2::ask::paged;
use crate::services::elbv2::fault::{configuration, not_permitted, too_many, validation};
use crate::world::{Scope, View};

/// AWS's quota per load balancer, the default certificates left out; counted per listener here.
const MAX_CERTIFICATES: usize = 25;

/// `Certificate`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Certificate {
    certificate_arn: Option<String>,
    is_default: Option<bool>,
}

/// The ARNs of certificates that can be used: issued ones of this region.
pub(crate) fn usable(view: &View<'_>, given: &[Certificate]) -> Result<Vec<String>, Fault> {
    let mut all = Vec::new();
    for certificate in given {
        let arn = certificate.certificate_arn.clone().unwrap_or_default();
        let shown: String = arn.chars().take(256).collect();
        if arn.starts_with("arn:aws:iam:") {
            return Err(configuration(
                "Server certificates of IAM are not part of this practice cloud. Use AWS Certificate Manager.",
            ));
        }
        match acm::is_issued(view, &arn) {
            Some(true) => {}
            Some(false) => {
                return Err(Fault::new(
                    "UnsupportedCertificate",
                    format!(
                        "The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key size."
                    ),
                ));
            }
            None => {
                return Err(Fault::new("CertificateNotFound", format!("Certificate '{shown}' not found")));
            }
        }
        if !all.contains(&arn) {
            all.push(arn);
        }
    }
    Ok(all)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Change {
    listener_arn: String,
    certificates: Vec<Certificate>,
}

fn check(input: &Change) -> Result<(), Fault> {
    if input.certificates.is_empty() {
        return Err(validation("At least one certificate must be specified"));
    }
    if input.certificates.iter().any(|certificate| certificate.is_default.is_some()) {
        return Err(validation("You cannot specify 'IsDefault' for a certificate"));
    }
    Ok(())
}

/// `AddListenerCertificates`.
pub(crate) fn add(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    check(&input)?;
    let listener = arns::listener(&scope.region.elbv2, &input.listener_arn)?;
    if !matches!(listener.protocol.as_str(), "HTTPS" | "TLS") {
        return Err(configuration(format!(
            "Certificates cannot be specified for {} listeners",
            listener.protocol
        )));
    }
    let new = usable(&scope.view(), &input.certificates)?;
    let listener = arns::listener_mut(&mut scope.region.elbv2, &input.listener_arn)?;
    let added: Vec<String> = new.iter().filter(|arn| !listener.certificates.contains(arn)).cloned().collect();
    if listener.certificates.len() + added.len() > MAX_CERTIFICATES + 1 {
        return Err(too_many("TooManyCertificates", "certificates per load balancer"));
    }
    listener.certificates.extend(added);
    let shapes: Vec<Value> =
        new.iter().map(|arn| json!({"CertificateArn": arn, "IsDefault": false})).collect();
    Ok(json!({"Certificates": shapes}))
}

/// `RemoveListenerCertificates`. The default one stays.
pub(crate) fn remove(scope: &mut Scope<'_>, input: Change) -> Result<Value, Fault> {
    check(&input)?;
    let listener = arns::listener_mut(&mut scope.region.elbv2, &input.listener_arn)?;
    let gone: Vec<&str> = input.certificates.iter().filter_map(|c| c.certificate_arn.as_deref()).collect();
    if listener.certificates.first().is_some_and(|default| gone.contains(&default.as_str())) {
        return Err(not_permitted("You cannot remove the default certificate of a listener"));
    }
    listener.certificates.retain(|arn| !gone.contains(&arn.as_str()));
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    listener_arn: String,
    marker: Option<String>,
    page_size: Option<i32>,
}

/// `DescribeListenerCertificates`.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let listener = arns::listener(&view.region.elbv2, &input.listener_arn)?;
    let default = listener.certificates.first();
    let mut all: Vec<&String> = listener.certificates.iter().collect();
    all.sort();
    let page = paged(all, |arn| (*arn).clone(), input.page_size, input.marker.as_deref())?;
    let shapes: Vec<Value> = page
        .items
        .into_iter()
        .map(|arn| json!({"CertificateArn": arn, "IsDefault": Some(arn) == default}))
        .collect();
    Ok(json!({"Certificates": shapes, "NextMarker": page.next}))
}
