//! Attributes of load balancers, target groups and listeners: their defaults and what they may be. Follows the tables
//! in `LoadBalancerAttribute`, `TargetGroupAttribute` and `ListenerAttribute` of the API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::{configuration, validation};
use super::model::Kind;
use crate::core::fault::Fault;

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    Flag,
    Range(i64, i64),
    /// Zero, or within.
    ZeroOr(i64, i64),
    /// `off`, or within.
    OffOr(i64, i64),
    OneOf(&'static [&'static str]),
    Text(usize),
    /// Cannot be changed.
    Fixed,
}

use Rule::{Fixed, Flag, OffOr, OneOf, Range, Text, ZeroOr};

/// Key, default, what it may be. Not shown while its default is empty and it was not set, if so marked.
pub(super) type Table = &'static [(&'static str, &'static str, Rule)];

const APPLICATION: Table = &[
    ("access_logs.s3.enabled", "false", Flag),
    ("access_logs.s3.bucket", "", Text(63)),
    ("access_logs.s3.prefix", "", Text(1024)),
    ("health_check_logs.s3.enabled", "false", Flag),
    ("health_check_logs.s3.bucket", "", Text(63)),
    ("health_check_logs.s3.prefix", "", Text(1024)),
    ("idle_timeout.timeout_seconds", "60", Range(1, 4000)),
    ("deletion_protection.enabled", "false", Flag),
    ("routing.http2.enabled", "true", Flag),
    ("routing.http.drop_invalid_header_fields.enabled", "false", Flag),
    ("routing.http.xff_client_port.enabled", "false", Flag),
    ("routing.http.preserve_host_header.enabled", "false", Flag),
    ("routing.http.xff_header_processing.mode", "append", OneOf(&["append", "preserve", "remove"])),
    ("load_balancing.cross_zone.enabled", "true", OneOf(&["true"])),
    ("routing.http.desync_mitigation_mode", "defensive", OneOf(&["monitor", "defensive", "strictest"])),
    ("client_keep_alive.seconds", "3600", Range(60, 604_800)),
    ("waf.fail_open.enabled", "false", Flag),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false", Flag),
    ("zonal_shift.config.enabled", "false", Flag),
    ("connection_logs.s3.enabled", "false", Flag),
    ("connection_logs.s3.bucket", "", Text(63)),
    ("connection_logs.s3.prefix", "", Text(1024)),
    ("ipv6.deny_all_igw_traffic", "false", Flag),
];

const NETWORK: Table = &[
    ("access_logs.s3.enabled", "false", Flag),
    ("access_logs.s3.bucket", "", Text(63)),
    ("access_logs.s3.prefix", "", Text(1024)),
    ("ipv6.deny_all_igw_traffic", "false", Flag),
    ("deletion_protection.enabled", "false", Flag),
    ("load_balancing.cross_zone.enabled", "false", Flag),
    (
        "dns_record.client_routing_policy",
        "any_availability_zone",
        OneOf(&["any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"]),
    ),
    ("zonal_shift.config.enabled", "false", Flag),
    ("secondary_ips.auto_assigned.per_subnet", "0", Range(0, 7)),
];

const CROSS_ZONE: &[&str] = &["true", "false", "use_load_balancer_configuration"];
const SECOND_TO_WEEK: Rule = Range(1, 604_800);

const HTTP_GROUP: Table = &[
    ("stickiness.enabled", "false", Flag),
    ("deregistration_delay.timeout_seconds", "300", Range(0, 3600)),
    ("stickiness.type", "lb_cookie", OneOf(&["lb_cookie", "app_cookie"])),
    ("stickiness.lb_cookie.duration_seconds", "86400", SECOND_TO_WEEK),
    ("slow_start.duration_seconds", "0", ZeroOr(30, 900)),
    (
        "load_balancing.algorithm.type",
        "round_robin",
        OneOf(&["round_robin", "least_outstanding_requests", "weighted_random"]),
    ),
    ("load_balancing.algorithm.anomaly_mitigation", "off", OneOf(&["on", "off"])),
    ("stickiness.app_cookie.duration_seconds", "86400", SECOND_TO_WEEK),
    ("stickiness.app_cookie.cookie_name", "", Text(1024)),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off", OffOr(1, 100)),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1", Range(1, 1000)),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off", OffOr(1, 100)),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1", OffOr(1, 1000)),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration", OneOf(CROSS_ZONE)),
];

const TCP_GROUP: Table = &[
    ("proxy_protocol_v2.enabled", "false", Flag),
    ("preserve_client_ip.enabled", "true", Flag),
    ("stickiness.enabled", "false", Flag),
    ("deregistration_delay.timeout_seconds", "300", Range(0, 3600)),
    ("stickiness.type", "source_ip", OneOf(&["source_ip"])),
    ("deregistration_delay.connection_termination.enabled", "false", Flag),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off", OffOr(1, 100)),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1", Range(1, 1000)),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off", OffOr(1, 100)),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1", OffOr(1, 1000)),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration", OneOf(CROSS_ZONE)),
    ("target_health_state.unhealthy.connection_termination.enabled", "true", Flag),
    ("target_health_state.unhealthy.draining_interval_seconds", "0", Range(0, 360_000)),
];

const HTTP_LISTENER: Table = &[
    ("routing.http.response.server.enabled", "true", Flag),
    ("routing.http.response.strict_transport_security.header_value", "", Text(1024)),
    ("routing.http.response.access_control_allow_origin.header_value", "", Text(1024)),
    ("routing.http.response.access_control_allow_methods.header_value", "", Text(1024)),
    ("routing.http.response.access_control_allow_headers.header_value", "", Text(1024)),
    ("routing.http.response.access_control_allow_credentials.header_value", "", Text(1024)),
    ("routing.http.response.access_control_expose_headers.header_value", "", Text(1024)),
    ("routing.http.response.access_control_max_age.header_value", "", Text(1024)),
    ("routing.http.response.content_security_policy.header_value", "", Text(1024)),
    ("routing.http.response.x_content_type_options.header_value", "", Text(1024)),
    ("routing.http.response.x_frame_options.header_value", "", Text(1024)),
];
const TCP_LISTENER: Table = &[("tcp.idle_timeout.seconds", "350", Range(60, 6000))];
const OTHER_LISTENER: Table = &[("tcp.idle_timeout.seconds", "350", Fixed)];

pub(super) fn of_load_balancer(kind: Kind) -> Table {
    match kind {
        Kind::Application => APPLICATION,
        Kind::Network => NETWORK,
    }
}

/// Of a group of HTTP targets, or of others.
pub(super) fn of_target_group(http: bool) -> Table {
    if http { HTTP_GROUP } else { TCP_GROUP }
}

pub(super) fn of_listener(protocol: &str) -> Table {
    match protocol {
        "HTTP" | "HTTPS" => HTTP_LISTENER,
        "TCP" => TCP_LISTENER,
        _ => OTHER_LISTENER,
    }
}

/// Nothing changed.
pub(super) fn none() -> BTreeMap<String, String> {
    BTreeMap::new()
}

/// The value in force.
pub(super) fn value<'a>(table: Table, set: &'a BTreeMap<String, String>, key: &str) -> &'a str {
    let default = || table.iter().find(|(name, ..)| *name == key).map_or("", |(_, default, _)| default);
    set.get(key).map_or_else(default, String::as_str)
}

/// `Attributes` of an answer: every one, with its default where it was not changed.
pub(super) fn shape(table: Table, set: &BTreeMap<String, String>) -> Value {
    table.iter().map(|(key, ..)| json!({"Key": key, "Value": value(table, set, key)})).collect()
}

/// A key with the value it is to have.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    key: Option<String>,
    value: Option<String>,
}

/// The attributes of a request, if each is known and may be so.
pub(super) fn checked(table: Table, given: &[Attribute]) -> Result<BTreeMap<String, String>, Fault> {
    let mut all = BTreeMap::new();
    for attribute in given {
        let key = attribute.key.as_deref().unwrap_or_default();
        let value = attribute.value.as_deref().unwrap_or_default();
        let shown: String = key.chars().take(256).collect();
        let Some((_, _, rule)) = table.iter().find(|(name, ..)| *name == key) else {
            return Err(validation(format!("Load balancer attribute key '{shown}' is not recognized")));
        };
        if !rule.allows(value) {
            let value: String = value.chars().take(64).collect();
            return Err(configuration(format!("The value '{value}' is not valid for the attribute '{key}'")));
        }
        if all.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(validation(format!("The attribute '{key}' cannot be specified more than once")));
        }
    }
    Ok(all)
}

impl Rule {
    fn allows(self, value: &str) -> bool {
        let within = |from: i64, to: i64| value.parse().is_ok_and(|n: i64| (from..=to).contains(&n));
        match self {
            Flag => matches!(value, "true" | "false"),
            Range(from, to) => within(from, to),
            ZeroOr(from, to) => value == "0" || within(from, to),
            OffOr(from, to) => value == "off" || within(from, to),
            OneOf(values) => values.contains(&value),
            Text(longest) => value.len() <= longest && !value.chars().any(char::is_control),
            Fixed => false,
        }
    }
}
