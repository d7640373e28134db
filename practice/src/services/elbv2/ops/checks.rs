//! Health check settings: AWS's defaults and bounds. Follows `CreateTargetGroup` and "Health checks for your target
//! groups" of both guides. Where these differ (a timeout of 5 or 6 seconds for HTTP), the guide counts, as the API
//! answers with it.

use serde::Deserialize;

use super::target_groups::port_number;
use crate::core::fault::Fault;
use crate::services::elbv2::ask::bounded;
use crate::services::elbv2::fault::{configuration, constraint, not_in_enum, unsupported, validation};
use crate::services::elbv2::model::{HealthCheck, TargetGroup, TargetType};

/// What requests say about health checks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Settings {
    health_check_protocol: Option<String>,
    health_check_port: Option<String>,
    health_check_enabled: Option<bool>,
    health_check_path: Option<String>,
    health_check_interval_seconds: Option<i32>,
    health_check_timeout_seconds: Option<i32>,
    healthy_threshold_count: Option<i32>,
    unhealthy_threshold_count: Option<i32>,
    matcher: Option<Matcher>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Matcher {
    http_code: Option<String>,
    grpc_code: Option<String>,
}

fn is_http(protocol: &str) -> bool {
    matches!(protocol, "HTTP" | "HTTPS")
}

/// The checks of a new group.
pub(crate) fn of_new_group(
    group_protocol: &str,
    target_type: TargetType,
    given: &Settings,
) -> Result<HealthCheck, Fault> {
    let default = if is_http(group_protocol) || target_type == TargetType::Alb { "HTTP" } else { "TCP" };
    let protocol = given.health_check_protocol.clone().unwrap_or_else(|| default.to_owned());
    let http = is_http(&protocol);
    let timeout = match (is_http(group_protocol), http) {
        (true, _) => 5,
        (false, true) => 6,
        (false, false) => 10,
    };
    let start = HealthCheck {
        protocol,
        port: "traffic-port".to_owned(),
        path: http.then(|| "/".to_owned()),
        interval: 30,
        timeout,
        healthy_threshold: 5,
        unhealthy_threshold: 2,
        matcher: http.then(|| if is_http(group_protocol) { "200" } else { "200-399" }.to_owned()),
    };
    apply(group_protocol, start, given)
}

/// The checks of a group with what a request changes.
pub(crate) fn changed(group: &TargetGroup, given: &Settings) -> Result<HealthCheck, Fault> {
    let mut start = group.check.clone();
    if let Some(protocol) = &given.health_check_protocol {
        start.protocol.clone_from(protocol);
        if is_http(protocol) {
            start.path.get_or_insert_with(|| "/".to_owned());
            start.matcher.get_or_insert_with(|| "200".to_owned());
        } else {
            (start.path, start.matcher) = (None, None);
        }
    }
    apply(&group.protocol, start, given)
}

fn apply(group_protocol: &str, mut check: HealthCheck, given: &Settings) -> Result<HealthCheck, Fault> {
    match check.protocol.as_str() {
        "HTTP" | "HTTPS" => {}
        "TCP" if !is_http(group_protocol) => {}
        "TCP" => {
            return Err(validation(format!(
                "Health check protocol 'TCP' is not supported for target groups with the protocol '{group_protocol}'"
            )));
        }
        other => return Err(not_in_enum(other, "healthCheckProtocol", &["HTTP", "HTTPS", "TCP"])),
    }
    if given.health_check_enabled == Some(false) {
        return Err(configuration(
            "Health checks can be disabled for target groups of the target type 'lambda' only",
        ));
    }
    if let Some(port) = &given.health_check_port {
        if port != "traffic-port" {
            let number = port.parse().map_err(|_| {
                validation(format!(
                    "Health check port '{}' must be 'traffic-port' or in the range 1-65535",
                    port.escape_default()
                ))
            })?;
            port_number(number, "healthCheckPort")?;
        }
        check.port.clone_from(port);
    }
    let http = is_http(&check.protocol);
    if let Some(path) = &given.health_check_path {
        if !http {
            return Err(configuration(
                "Health check paths can be specified for the protocols HTTP and HTTPS only",
            ));
        }
        if !path.starts_with('/') || path.len() > 1024 || path.chars().any(char::is_whitespace) {
            let shown: String = path.chars().take(64).collect();
            return Err(validation(format!(
                "Health check path '{shown}' must begin with a '/' character, and can only contain printable ASCII characters, without spaces"
            )));
        }
        check.path = Some(path.clone());
    }
    let set = |to: &mut i32, value: Option<i32>, at, least, most| -> Result<(), Fault> {
        if let Some(value) = value {
            *to = bounded(value, at, least, most)?;
        }
        Ok(())
    };
    set(&mut check.interval, given.health_check_interval_seconds, "healthCheckIntervalSeconds", 5, 300)?;
    set(&mut check.timeout, given.health_check_timeout_seconds, "healthCheckTimeoutSeconds", 2, 120)?;
    set(&mut check.healthy_threshold, given.healthy_threshold_count, "healthyThresholdCount", 2, 10)?;
    set(&mut check.unhealthy_threshold, given.unhealthy_threshold_count, "unhealthyThresholdCount", 2, 10)?;
    fit_timeout(&check, is_http(group_protocol))?;
    if let Some(matcher) = &given.matcher {
        check.matcher = Some(codes(matcher, http, is_http(group_protocol))?);
    }
    Ok(check)
}

fn codes(given: &Matcher, http: bool, http_group: bool) -> Result<String, Fault> {
    if given.grpc_code.is_some() {
        return Err(unsupported("Targets that speak gRPC are"));
    }
    if !http {
        return Err(configuration("Matchers can be specified for the protocols HTTP and HTTPS only"));
    }
    let codes = given.http_code.clone().unwrap_or_else(|| "200".to_owned());
    let most = if http_group { 499 } else { 599 };
    if ranges(&codes).is_none_or(|all| all.iter().any(|(from, to)| *from < 200 || *to > most || from > to)) {
        let shown: String = codes.chars().take(64).collect();
        let why = format!("HTTP codes must be in the range 200-{most}");
        return Err(constraint(shown, "matcher.httpCode", &why));
    }
    Ok(codes)
}

/// An answer must have come, or not, before the next check.
fn fit_timeout(check: &HealthCheck, http: bool) -> Result<(), Fault> {
    let fits = if http { check.timeout < check.interval } else { check.timeout <= check.interval };
    if fits { Ok(()) } else { Err(timeout_fault(check)) }
}

fn timeout_fault(check: &HealthCheck) -> Fault {
    validation(format!(
        "Health check timeout '{}' must be smaller than the interval '{}'",
        check.timeout, check.interval
    ))
}

/// The codes of a matcher: `200,202` or `200-299`.
pub(crate) fn ranges(codes: &str) -> Option<Vec<(u16, u16)>> {
    if codes.len() > 256 {
        return None;
    }
    let one = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
    };
    codes.split(',').map(one).collect()
}
