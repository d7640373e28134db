//! What AWS sets: quotas and security policies.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::elbv2::ask::paged;
use crate::services::elbv2::ssl;
use crate::world::View;

/// Name and quota, as an account begins.
const LIMITS: [(&str, &str); 17] = [
    ("application-load-balancers", "50"),
    ("certificates-per-application-load-balancer", "25"),
    ("certificates-per-network-load-balancer", "25"),
    ("condition-values-per-alb-rule", "5"),
    ("condition-wildcards-per-alb-rule", "6"),
    ("listeners-per-application-load-balancer", "50"),
    ("listeners-per-network-load-balancer", "50"),
    ("network-load-balancers", "50"),
    ("rules-per-application-load-balancer", "100"),
    ("target-groups", "3000"),
    ("target-groups-per-action-on-application-load-balancer", "5"),
    ("target-groups-per-action-on-network-load-balancer", "1"),
    ("target-groups-per-application-load-balancer", "100"),
    ("target-id-registrations-per-application-load-balancer", "1000"),
    ("targets-per-application-load-balancer", "1000"),
    ("targets-per-availability-zone-per-network-load-balancer", "500"),
    ("targets-per-network-load-balancer", "3000"),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Paged {
    marker: Option<String>,
    page_size: Option<i32>,
}

/// `DescribeAccountLimits`.
pub(crate) fn account(_: &View<'_>, input: Paged) -> Result<Value, Fault> {
    let page = paged(LIMITS, |(name, _)| (*name).to_owned(), input.page_size, input.marker.as_deref())?;
    let limits: Vec<Value> = page.items.iter().map(|(name, max)| json!({"Name": name, "Max": max})).collect();
    Ok(json!({"Limits": limits, "NextMarker": page.next}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policies {
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<i32>,
}

/// `DescribeSSLPolicies`.
pub(crate) fn ssl_policies(_: &View<'_>, input: Policies) -> Result<Value, Fault> {
    if let Some(name) = input.names.iter().find(|name| !ssl::exists(name)) {
        let shown: String = name.chars().take(64).collect();
        return Err(Fault::new("SSLPolicyNotFound", format!("SSL policy '{shown}' not found")));
    }
    let mut wanted: Vec<_> = ssl::all()
        .filter(|(name, _)| input.names.is_empty() || input.names.iter().any(|asked| asked == name))
        .collect();
    wanted.sort_by_key(|(name, _)| *name);
    let page = paged(wanted, |(name, _)| (*name).to_owned(), input.page_size, input.marker.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(|(_, shape)| shape).collect();
    Ok(json!({"SslPolicies": shapes, "NextMarker": page.next}))
}
