//! Whether a visitor's request meets the conditions of a rule. Follows "Condition types for listener rules"
//! (Application Load Balancers): paths are matched with regard to case, host names, header values and queries without;
//! `*` stands for any characters, `?` for exactly one.

use std::net::Ipv4Addr;

use super::model::{Condition, KeyValue, Values};
use crate::services::ec2::cidr::Cidr;

/// What conditions are about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The host header, without port.
    pub(crate) host: &'a str,
    /// Before `?`.
    pub(crate) path: &'a str,
    /// After `?`.
    pub(crate) query: &'a str,
    /// Upper case.
    pub(crate) method: &'a str,
    /// Lower-case names.
    pub(crate) headers: &'a [(String, String)],
    /// Who asks.
    pub(crate) source: Ipv4Addr,
}

/// Whether a request meets a condition.
pub(crate) fn holds(condition: &Condition, asked: &Asked<'_>) -> bool {
    let any = |values: &Option<Values>, fits: &dyn Fn(&str) -> bool| {
        values.iter().flat_map(|v| &v.values).any(|value| fits(value))
    };
    match condition.field.as_deref().unwrap_or_default() {
        "host-header" => {
            let host = asked.host.to_ascii_lowercase();
            any(&condition.host_header_config, &|value| matches(&value.to_ascii_lowercase(), &host))
        }
        "path-pattern" => any(&condition.path_pattern_config, &|value| matches(value, asked.path)),
        "http-request-method" => any(&condition.http_request_method_config, &|value| value == asked.method),
        "source-ip" => any(&condition.source_ip_config, &|value| {
            value.parse::<Cidr>().is_ok_and(|block| block.holds(asked.source))
        }),
        "http-header" => condition.http_header_config.iter().any(|config| {
            let name = config.http_header_name.as_deref().unwrap_or_default();
            let mut fields = asked.headers.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
            fields.any(|(_, text)| {
                let text = text.to_ascii_lowercase();
                config.values.iter().any(|value| matches(&value.to_ascii_lowercase(), &text))
            })
        }),
        "query-string" => condition
            .query_string_config
            .iter()
            .flat_map(|c| &c.values)
            .any(|pair| in_query(pair, asked.query)),
        _ => false,
    }
}

/// Whether a query has such a pair; compared without regard to case.
fn in_query(wanted: &KeyValue, query: &str) -> bool {
    let lower = |text: &str| text.to_ascii_lowercase();
    query.split('&').filter(|part| !part.is_empty()).any(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        wanted.key.as_deref().is_none_or(|pattern| matches(&lower(pattern), &lower(key)))
            && wanted.value.as_deref().is_none_or(|pattern| matches(&lower(pattern), &lower(value)))
    })
}

/// Whether a text fits a pattern of `*` and `?`. Takes time linear in the product of their lengths at worst.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || Some(c) == text.get(t) => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}
