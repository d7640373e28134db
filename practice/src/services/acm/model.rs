//! What is stored of AWS Certificate Manager in one region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::world::{Scope, View};

/// Own limit per region; AWS's quota is 2,500, which would let a world grow large.
pub(super) const MAX_CERTIFICATES: usize = 200;

/// AWS Certificate Manager of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub certificates: BTreeMap<String, Certificate>,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// `arn:aws:acm:<region>:<account>:certificate/<uuid>`
    pub arn: String,
    /// The name it is for.
    pub domain: String,
    /// All names, the domain first.
    pub names: Vec<String>,
    /// When it was requested or imported.
    pub created_at: Time,
    /// When its names will be validated; None once it is issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issues_at: Option<Time>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Time>,
    /// Valid from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Valid until.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Time>,
    /// `RSA_2048`, ...
    pub key_algorithm: String,
    /// Colon-separated bytes.
    pub serial: String,
    /// Set when it was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// What makes a repeated request the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// What was imported. The private key is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// PEM.
    pub body: String,
    /// PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
}

impl Certificate {
    /// `PENDING_VALIDATION` or `ISSUED`.
    pub fn status(&self) -> &'static str {
        if self.issues_at.is_some() { "PENDING_VALIDATION" } else { "ISSUED" }
    }
}

/// The load balancers that use a certificate.
pub(super) fn used_by<'w>(view: &View<'w>, arn: &str) -> Vec<&'w str> {
    let listeners = view.region.elbv2.listeners.values();
    let using = listeners.filter(|listener| listener.certificates.iter().any(|used| used == arn));
    let mut all: Vec<&str> = using.map(|listener| listener.load_balancer.as_str()).collect();
    all.dedup();
    all
}

/// When the next certificate is issued.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    view.region.acm.certificates.values().filter_map(|certificate| certificate.issues_at).min()
}

/// Issues certificates whose names are validated by now.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    /// Amazon's certificates are valid for 198 days.
    const VALID_MS: i64 = 198 * 86_400_000;
    let mut changed = false;
    for certificate in scope.region.acm.certificates.values_mut() {
        if let Some(at) = certificate.issues_at.take_if(|at| *at <= scope.now) {
            certificate.issued_at = Some(at);
            let midnight = Time(at.0 - at.0.rem_euclid(86_400_000));
            certificate.not_before = Some(midnight);
            certificate.not_after = Some(midnight.plus_ms(VALID_MS - 1000));
            changed = true;
        }
    }
    changed
}
