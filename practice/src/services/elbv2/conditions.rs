//! Conditions of rules, as requests give them. Follows "Condition types for listener rules" (Application Load
//! Balancers) and AWS's quotas. Whether they hold: see [`super::matching`].

use super::fault::{not_in_enum, unsupported, validation};
use super::model::{Condition, Values};
use crate::core::fault::Fault;
use crate::services::ec2::cidr::Cidr;

/// AWS's quotas per rule.
const MAX_VALUES: usize = 5;
const MAX_WILDCARDS: usize = 6;
const MAX_LENGTH: usize = 128;

const FIELDS: [&str; 6] =
    ["http-header", "http-request-method", "host-header", "path-pattern", "query-string", "source-ip"];

/// The conditions as they are stored.
pub(super) fn checked(given: Vec<Condition>) -> Result<Vec<Condition>, Fault> {
    if given.is_empty() {
        return Err(validation("At least one condition must be specified"));
    }
    let all: Vec<Condition> = given.into_iter().map(one).collect::<Result<_, Fault>>()?;
    for field in ["host-header", "path-pattern", "http-request-method", "source-ip"] {
        if all.iter().filter(|c| c.field.as_deref() == Some(field)).count() > 1 {
            return Err(validation(format!("A rule can only have one '{field}' condition")));
        }
    }
    let values: Vec<&str> = all.iter().flat_map(values_of).collect();
    if values.len() > MAX_VALUES {
        return Err(validation("A rule can only have '5' condition values"));
    }
    let wildcards = |value: &&str| value.chars().filter(|c| matches!(c, '*' | '?')).count();
    if values.iter().map(wildcards).sum::<usize>() > MAX_WILDCARDS {
        return Err(validation("A rule can only have '6' condition wildcards"));
    }
    Ok(all)
}

fn values_of(condition: &Condition) -> Vec<&str> {
    let plain = [
        &condition.host_header_config,
        &condition.path_pattern_config,
        &condition.http_request_method_config,
        &condition.source_ip_config,
    ];
    let plain = plain.into_iter().flatten().flat_map(|values| values.values.iter().map(String::as_str));
    let header = condition.http_header_config.iter().flat_map(|c| c.values.iter().map(String::as_str));
    let query = condition.query_string_config.iter().flat_map(|c| c.values.iter());
    plain.chain(header).chain(query.filter_map(|pair| pair.value.as_deref())).collect()
}

fn one(given: Condition) -> Result<Condition, Fault> {
    let field = given.field.clone().ok_or_else(|| validation("A condition field must be specified"))?;
    if !FIELDS.contains(&field.as_str()) {
        return Err(not_in_enum(&field, "conditions.1.member.field", &FIELDS));
    }
    let missing = || validation(format!("A condition value must be specified for the field '{field}'"));
    let mut kept = Condition {
        field: Some(field.clone()),
        values: vec![],
        host_header_config: None,
        path_pattern_config: None,
        http_header_config: None,
        query_string_config: None,
        http_request_method_config: None,
        source_ip_config: None,
    };
    let older = |config: Option<Values>| config.unwrap_or(Values { values: given.values.clone() });
    match field.as_str() {
        "host-header" => kept.host_header_config = Some(older(given.host_header_config)),
        "path-pattern" => kept.path_pattern_config = Some(older(given.path_pattern_config)),
        "http-request-method" => kept.http_request_method_config = given.http_request_method_config,
        "source-ip" => kept.source_ip_config = given.source_ip_config,
        "http-header" => kept.http_header_config = given.http_header_config,
        _ => kept.query_string_config = given.query_string_config,
    }
    if matches!(field.as_str(), "host-header" | "path-pattern") {
        let config = kept.host_header_config.as_ref().or(kept.path_pattern_config.as_ref());
        kept.values = config.map(|config| config.values.clone()).unwrap_or_default();
    }
    let values = values_of(&kept);
    if values.is_empty() {
        return Err(missing());
    }
    values.iter().try_for_each(|value| check_value(&field, value))?;
    if let Some(header) = &kept.http_header_config {
        let name = header.http_header_name.as_deref().unwrap_or_default();
        let legal = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
        if name.is_empty() || name.len() > 40 || !name.chars().all(legal) {
            return Err(validation(
                "The HTTP header name of a condition must have 1 to 40 characters, without wildcards",
            ));
        }
        if name.eq_ignore_ascii_case("host") {
            return Err(validation(
                "You cannot use an HTTP header condition to specify the host header. Use a host header condition",
            ));
        }
    }
    Ok(kept)
}

fn check_value(field: &str, value: &str) -> Result<(), Fault> {
    let shown: String = value.chars().take(64).collect();
    let bad = |why: &str| Err(validation(format!("Condition value '{shown}' {why}")));
    if value.is_empty() || value.len() > MAX_LENGTH {
        return bad("must contain 1 to 128 characters");
    }
    if !value.chars().all(|c| c.is_ascii_graphic() || (c == ' ' && field == "http-header")) {
        return bad("contains a character that is not valid");
    }
    match field {
        "host-header" if !value.chars().all(|c| c.is_ascii_alphanumeric() || "-.*?:".contains(c)) => {
            bad("contains a character that is not valid")
        }
        "host-header" if !value.contains('.') => bad("must contain at least one '.' character"),
        "http-request-method" if !value.chars().all(|c| c.is_ascii_uppercase() || "-_".contains(c)) => {
            bad("is not a valid request method: wildcards and lower case are not supported")
        }
        "source-ip" if value.contains(':') => Err(unsupported("IPv6 addresses are")),
        "source-ip" if value.parse::<Cidr>().is_err() => bad("is not a valid CIDR block"),
        _ => Ok(()),
    }
}
