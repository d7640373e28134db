//! New certificates: requested or imported.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::tags::{self, Tag};
use super::{find, shown, validation};
use crate::core::fault::Fault;
use crate::services::acm::model::{Certificate, Imported, MAX_CERTIFICATES};
use crate::services::acm::pem;
use crate::world::Scope;

/// From the request to the end of the validation by DNS: a few minutes once the record is there, as it always is here.
const VALIDATION_MS: i64 = 90_000;
/// AWS's default quota of names of one certificate.
const MAX_NAMES: usize = 10;
const ALGORITHMS: [&str; 7] =
    ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Request {
    domain_name: String,
    validation_method: Option<String>,
    #[serde(default)]
    subject_alternative_names: Vec<String>,
    idempotency_token: Option<String>,
    certificate_authority_arn: Option<String>,
    key_algorithm: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// A domain name as AWS's pattern has it: labels of letters, digits and hyphens, a wildcard first at most.
fn check_name(name: &str) -> Result<(), Fault> {
    let plain = name.strip_prefix("*.").unwrap_or(name);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if name.len() <= 253 && plain.contains('.') && plain.split('.').all(label) {
        return Ok(());
    }
    Err(validation(format!(
        "1 validation error detected: Value '{}' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\*\\.)?(((?!-)[A-Za-z0-9-]{{0,62}}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{{1,62}}[A-Za-z0-9])",
        shown(name)
    )))
}

/// `RequestCertificate`. Names are proved by DNS, which here succeeds by itself.
pub(crate) fn request(scope: &mut Scope<'_>, input: Request) -> Result<Value, Fault> {
    check_name(&input.domain_name)?;
    let mut names = vec![input.domain_name.to_ascii_lowercase()];
    for name in &input.subject_alternative_names {
        check_name(name)?;
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let invalid = |message: &str| Err(Fault::new("InvalidParameterException", message));
    if names.len() > MAX_NAMES {
        let message = "The certificate request exceeds the quota of 10 names per certificate.";
        return Err(Fault::new("LimitExceededException", message));
    }
    if input.certificate_authority_arn.is_some() {
        return invalid("Private certificate authorities are not part of this practice cloud.");
    }
    if input.validation_method.as_deref().is_some_and(|method| method != "DNS") {
        return invalid("Only the validation method DNS is part of this practice cloud.");
    }
    let key_algorithm = input.key_algorithm.clone().unwrap_or_else(|| "RSA_2048".to_owned());
    if !ALGORITHMS.contains(&key_algorithm.as_str()) {
        return invalid("The key algorithm is not supported.");
    }
    let tags = tags::checked(&input.tags)?;
    let same = |one: &&Certificate| {
        one.token.is_some() && one.token == input.idempotency_token && one.names == names
    };
    if let Some(before) = scope.region.acm.certificates.values().find(same) {
        return Ok(json!({"CertificateArn": before.arn}));
    }
    let certificate = Certificate {
        domain: names.first().cloned().unwrap_or_default(),
        names,
        issues_at: Some(scope.now.plus_ms(scope.settings.lasts(VALIDATION_MS))),
        key_algorithm,
        token: input.idempotency_token,
        tags,
        ..blank(scope)?
    };
    Ok(keep(scope, certificate))
}

/// A certificate with an ARN and a serial number.
fn blank(scope: &mut Scope<'_>) -> Result<Certificate, Fault> {
    if scope.region.acm.certificates.len() >= MAX_CERTIFICATES {
        let message = "You have reached your limit of certificates.";
        return Err(Fault::new("LimitExceededException", message));
    }
    let id = scope.region.ids.uuid();
    let digits = scope.region.ids.hex(32);
    let pairs: Vec<&str> = (0..16).filter_map(|at| digits.get(2 * at..2 * at + 2)).collect();
    Ok(Certificate {
        arn: scope.arn("acm", &format!("certificate/{id}")),
        domain: String::new(),
        names: vec![],
        created_at: scope.now,
        issues_at: None,
        issued_at: None,
        not_before: None,
        not_after: None,
        key_algorithm: "RSA_2048".to_owned(),
        serial: pairs.join(":"),
        imported: None,
        token: None,
        tags: crate::core::tag::Tags::new(),
    })
}

fn keep(scope: &mut Scope<'_>, certificate: Certificate) -> Value {
    let arn = certificate.arn.clone();
    scope.region.acm.certificates.insert(arn.clone(), certificate);
    json!({"CertificateArn": arn})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Import {
    certificate_arn: Option<String>,
    certificate: String,
    private_key: String,
    certificate_chain: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// A blob of PEM text, bounded.
fn text(blob: &str, what: &str, longest: usize) -> Result<String, Fault> {
    let bytes = STANDARD.decode(blob).ok().filter(|bytes| bytes.len() <= longest);
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| validation(format!("The {what} is not valid: it must be PEM-encoded.")))
}

/// `ImportCertificate`. The private key is looked at and forgotten.
pub(crate) fn import(scope: &mut Scope<'_>, input: Import) -> Result<Value, Fault> {
    let body = text(&input.certificate, "certificate", 32_768)?;
    let key = text(&input.private_key, "private key", 5_120)?;
    let chain = input.certificate_chain.as_deref();
    let chain = chain.map(|chain| text(chain, "certificate chain", 65_536)).transpose()?;
    let read = pem::read(&body).ok_or_else(|| {
        validation(
            "The certificate body is not valid: no PEM-encoded X.509 certificate with a name was found.",
        )
    })?;
    if !pem::is_key(&key) {
        return Err(validation(
            "The private key is not supported: it must be PEM-encoded, without a passphrase.",
        ));
    }
    let tags = tags::checked(&input.tags)?;
    let blank = match &input.certificate_arn {
        Some(arn) => {
            let old = find(&scope.region.acm, arn)?;
            if old.imported.is_none() {
                return Err(validation(format!("The certificate {arn} was not imported.")));
            }
            if !tags.is_empty() {
                return Err(Fault::new(
                    "InvalidParameterException",
                    "You cannot apply tags when re-importing.",
                ));
            }
            Certificate { created_at: scope.now, ..old.clone() }
        }
        None => Certificate { tags, ..blank(scope)? },
    };
    let certificate = Certificate {
        domain: read.names.first().cloned().unwrap_or_default(),
        names: read.names,
        not_before: read.not_before,
        not_after: read.not_after,
        imported: Some(Imported { body, chain }),
        ..blank
    };
    Ok(keep(scope, certificate))
}
