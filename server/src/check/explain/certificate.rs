//! A certificate that a listener cannot take.

use super::{Because, because};
use crate::check::facts::Certificate;

/// The certificate is there and not issued, or not there.
pub(in crate::check) fn not_issued(domain: &str, certificate: Option<&Certificate>) -> Because {
    let cause = because(
        "certificate-not-issued",
        "The certificate has not been issued",
        "A listener for HTTPS takes only a certificate that has been issued. AWS issues it once it has seen in the domain's DNS a \
         record that only the owner of the domain could have put there.",
    )
    .seen("Domain", domain)
    .seen("Status", certificate.map_or("there is no certificate", |of| of.status.as_str()));
    let Some(certificate) = certificate else {
        return cause
            .next("Request the certificate.")
            .command(format!("aws acm request-certificate --domain-name {domain} --validation-method DNS"));
    };
    let record = certificate.domain_validation_options.iter().find_map(|of| of.resource_record.as_ref());
    cause
        .seen_if("Failure", certificate.failure_reason.clone())
        .seen_if(
            "Record that proves the domain",
            record.map(|record| format!("{} {} {}", record.name, record.of_type, record.value)),
        )
        .next("Wait until the domain has been validated, then create the listener.")
        .command(format!(
            "aws acm wait certificate-validated --certificate-arn {}",
            certificate.certificate_arn
        ))
}
