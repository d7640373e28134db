//! What the API gives back, in the names of its model.

use serde_json::{Value, json};

use super::model::{Certificate, used_by};
use crate::core::id::mix;
use crate::core::time::{Epoch, Time};
use crate::world::View;

fn epoch(time: Option<Time>) -> Option<Value> {
    time.map(|time| json!(Epoch(time)))
}

/// Drops members that have no value: the JSON protocol does not send nulls.
fn trim(mut shape: Value) -> Value {
    if let Some(members) = shape.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    shape
}

/// Hexadecimal digits that follow from a text.
fn digits(text: &str, salt: u64) -> String {
    let hash = text.bytes().fold(salt, |hash, byte| mix(hash ^ u64::from(byte)));
    format!("{hash:016x}{:016x}", mix(hash))
}

/// The record that would prove that one owns a name. A wildcard has the one of its domain.
fn record(view: &View<'_>, name: &str) -> Value {
    let domain = name.strip_prefix("*.").unwrap_or(name);
    let (left, right) = (digits(domain, 1), digits(&format!("{domain}{}", view.account), 2));
    json!({"Name": format!("_{left}.{domain}."), "Type": "CNAME",
        "Value": format!("_{right}.jkddzztszm.acm-validations.aws.")})
}

pub(super) fn detail(view: &View<'_>, of: &Certificate) -> Value {
    let requested = of.imported.is_none();
    let validation = |name: &String| {
        json!({
            "DomainName": name,
            "ValidationDomain": name,
            "ValidationStatus": if of.issues_at.is_some() { "PENDING_VALIDATION" } else { "SUCCESS" },
            "ResourceRecord": record(view, name),
            "ValidationMethod": "DNS",
        })
    };
    let used = used_by(view, &of.arn);
    let options: Option<Vec<Value>> = requested.then(|| of.names.iter().map(validation).collect());
    let usage = json!([{"Name": "DIGITAL_SIGNATURE"}, {"Name": "KEY_ENCIPHERMENT"}]);
    let extended = json!([{"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}]);
    let issued = of.issues_at.is_none();
    trim(json!({
        "CertificateArn": of.arn,
        "DomainName": of.domain,
        "SubjectAlternativeNames": of.names,
        "DomainValidationOptions": options,
        "Serial": issued.then_some(&of.serial),
        "Subject": format!("CN={}", of.domain),
        "Issuer": if requested { "Amazon" } else { "Imported" },
        "CreatedAt": epoch(Some(of.created_at).filter(|_| requested)),
        "ImportedAt": epoch(Some(of.created_at).filter(|_| !requested)),
        "IssuedAt": epoch(of.issued_at),
        "Status": of.status(),
        "NotBefore": epoch(of.not_before),
        "NotAfter": epoch(of.not_after),
        "KeyAlgorithm": of.key_algorithm.replace('_', "-"),
        "SignatureAlgorithm": "SHA256WITHRSA",
        "InUseBy": used,
        "Type": if requested { "AMAZON_ISSUED" } else { "IMPORTED" },
        "KeyUsages": issued.then_some(usage),
        "ExtendedKeyUsages": issued.then_some(extended),
        "RenewalEligibility": if requested && !used.is_empty() { "ELIGIBLE" } else { "INELIGIBLE" },
        "Options": {"CertificateTransparencyLoggingPreference": if requested { "ENABLED" } else { "DISABLED" }, "Export": "DISABLED"},
    }))
}

pub(super) fn summary(view: &View<'_>, of: &Certificate) -> Value {
    let requested = of.imported.is_none();
    trim(json!({
        "CertificateArn": of.arn,
        "DomainName": of.domain,
        "SubjectAlternativeNameSummaries": of.names,
        "HasAdditionalSubjectAlternativeNames": false,
        "Status": of.status(),
        "Type": if requested { "AMAZON_ISSUED" } else { "IMPORTED" },
        "KeyAlgorithm": of.key_algorithm.replace('_', "-"),
        "InUse": !used_by(view, &of.arn).is_empty(),
        "RenewalEligibility": "INELIGIBLE",
        "NotBefore": epoch(of.not_before),
        "NotAfter": epoch(of.not_after),
        "CreatedAt": epoch(Some(of.created_at)),
        "IssuedAt": epoch(of.issued_at),
        "ImportedAt": epoch(Some(of.created_at).filter(|_| !requested)),
    }))
}
