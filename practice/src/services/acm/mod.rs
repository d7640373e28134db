//! AWS Certificate Manager: certificates for load balancers. Follows the API reference of version 2015-12-08. In this
//! world the validation of a domain by DNS succeeds by itself after a while, as there is no DNS to write the record to.
//! Certificates that were requested are no real ones: nothing here encrypts. Not here: private certificate
//! authorities, validation by e-mail or HTTP, export, renewal.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

pub mod model;
mod ops;
mod pem;
mod resource;
mod shapes;

#[cfg(test)]
mod tests;

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    use ops::{certificates, requests, tags};
    Service {
        name: "acm",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "AddTagsToCertificate", tags::add),
            write(PROTOCOL, "DeleteCertificate", certificates::delete),
            read(PROTOCOL, "DescribeCertificate", certificates::describe),
            read(PROTOCOL, "GetCertificate", certificates::get),
            write(PROTOCOL, "ImportCertificate", requests::import),
            read(PROTOCOL, "ListCertificates", certificates::list),
            read(PROTOCOL, "ListTagsForCertificate", tags::list),
            write(PROTOCOL, "RemoveTagsFromCertificate", tags::remove),
            write(PROTOCOL, "RequestCertificate", requests::request),
        ],
        next_due: model::next_due,
        reconcile: model::reconcile,
        resources: resource::ALL,
    }
}

/// Whether a certificate can be used; None when there is none of that ARN.
pub(crate) fn is_issued(view: &crate::world::View<'_>, arn: &str) -> Option<bool> {
    view.region.acm.certificates.get(arn).map(|certificate| certificate.issues_at.is_none())
}
