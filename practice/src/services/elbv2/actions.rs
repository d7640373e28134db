//! Actions of listeners and rules, as requests give them: checked, and with AWS's defaults filled in.

use super::fault::{configuration, constraint, not_in_enum, unsupported, validation};
use super::model::{
    Action, FixedResponse, Forward, GroupStickiness, Kind, Model, Redirect, TargetType, Weighted,
};
use super::{arns, ask::bounded};
use crate::core::fault::Fault;

/// AWS's quota of target groups of one action.
const MAX_GROUPS: usize = 5;
const TYPES: [&str; 6] =
    ["forward", "authenticate-oidc", "authenticate-cognito", "redirect", "fixed-response", "jwt-validation"];
const CONTENT_TYPES: [&str; 5] =
    ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];
/// AWS's quota of target groups per application load balancer.
const MAX_GROUPS_OF_BALANCER: usize = 100;

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidLoadBalancerAction", message)
}

/// Where the actions are going to be.
pub(super) struct Place<'a> {
    pub(super) load_balancer: &'a str,
    pub(super) kind: Kind,
    /// Of the listener.
    pub(super) protocol: &'a str,
}

/// The actions as they are stored.
pub(super) fn checked(model: &Model, place: &Place<'_>, given: Vec<Action>) -> Result<Vec<Action>, Fault> {
    if given.is_empty() {
        return Err(validation("At least one action must be specified"));
    }
    if given.len() > 1 {
        let known = given.iter().find(|action| !TYPES.contains(&action.kind.as_str()));
        return Err(match known {
            Some(action) => not_in_enum(&action.kind, "actions.1.member.type", &TYPES),
            None if given
                .iter()
                .any(|a| a.kind.starts_with("authenticate") || a.kind == "jwt-validation") =>
            {
                unsupported("Actions that authenticate are")
            }
            None => {
                invalid("You can specify only one action of the type forward, redirect or fixed-response")
            }
        });
    }
    given.into_iter().map(|action| one(model, place, action)).collect()
}

fn one(model: &Model, place: &Place<'_>, action: Action) -> Result<Action, Fault> {
    if place.kind == Kind::Network && action.kind != "forward" && TYPES.contains(&action.kind.as_str()) {
        return Err(invalid(format!(
            "The action type '{}' is not supported for load balancers of the type 'network'",
            action.kind
        )));
    }
    if let Some(order) = action.order {
        bounded(order, "actions.1.member.order", 1, 50_000)?;
    }
    match action.kind.as_str() {
        "forward" => forward(model, place, action),
        "redirect" => redirect(action),
        "fixed-response" => fixed_response(action),
        "authenticate-oidc" | "authenticate-cognito" | "jwt-validation" => {
            Err(unsupported("Actions that authenticate are"))
        }
        other => Err(not_in_enum(other, "actions.1.member.type", &TYPES)),
    }
}

fn forward(model: &Model, place: &Place<'_>, action: Action) -> Result<Action, Fault> {
    let given = action.forward_config.clone().map(|config| config.target_groups).unwrap_or_default();
    let mut groups: Vec<Weighted> = given;
    if let Some(arn) = &action.target_group_arn {
        if groups.is_empty() {
            groups.push(Weighted { target_group_arn: arn.clone(), weight: None });
        } else if groups.len() > 1 || groups.iter().any(|group| group.target_group_arn != *arn) {
            return Err(invalid(
                "The target group ARN must be the only one of the forward configuration when both are specified",
            ));
        }
    }
    if groups.is_empty() {
        return Err(validation("A target group ARN must be specified"));
    }
    if groups.len() > MAX_GROUPS {
        return Err(Fault::new(
            "TooManyTargetGroups",
            "You've reached the limit on the number of target groups per action",
        ));
    }
    let several = groups.len() > 1;
    if several && place.kind == Kind::Network {
        return Err(invalid(
            "Weighted target groups are not supported for load balancers of the type 'network' in this practice cloud",
        ));
    }
    for group in &mut groups {
        let weight = group.weight.map_or(Ok(1), |w| bounded(w, "targetGroups.1.member.weight", 0, 999))?;
        // A network load balancer's forward has no weights.
        group.weight = (place.kind == Kind::Application).then_some(weight);
        fits(model, place, &group.target_group_arn)?;
    }
    let distinct: std::collections::BTreeSet<&str> =
        groups.iter().map(|w| w.target_group_arn.as_str()).collect();
    if distinct.len() < groups.len() {
        return Err(invalid("A target group cannot be specified more than once in an action"));
    }
    check_associations(model, place, &distinct)?;
    let stickiness = action.forward_config.and_then(|config| config.target_group_stickiness_config);
    let stickiness = group_stickiness(stickiness, place.kind)?;
    Ok(Action {
        target_group_arn: groups.first().filter(|_| !several).map(|group| group.target_group_arn.clone()),
        forward_config: Some(Forward { target_groups: groups, target_group_stickiness_config: stickiness }),
        redirect_config: None,
        fixed_response_config: None,
        ..action
    })
}

fn group_stickiness(given: Option<GroupStickiness>, kind: Kind) -> Result<Option<GroupStickiness>, Fault> {
    let Some(given) = given else {
        let off = GroupStickiness { enabled: Some(false), duration_seconds: None };
        return Ok((kind == Kind::Application).then_some(off));
    };
    let enabled = given.enabled.unwrap_or(false);
    match given.duration_seconds {
        Some(seconds) => {
            bounded(seconds, "targetGroupStickinessConfig.durationSeconds", 1, 604_800)?;
        }
        None if enabled => {
            return Err(validation("A duration must be specified when target group stickiness is enabled"));
        }
        None => {}
    }
    Ok(Some(GroupStickiness { enabled: Some(enabled), ..given }))
}

/// Whether a listener of that protocol can send to the group.
fn fits(model: &Model, place: &Place<'_>, arn: &str) -> Result<(), Fault> {
    let group = arns::target_group(model, arn)?;
    let fitting = match place.protocol {
        "HTTP" | "HTTPS" => group.is_http(),
        "TLS" => matches!(group.protocol.as_str(), "TCP" | "TLS"),
        other => group.protocol == other,
    };
    if !fitting {
        let message = format!(
            "Listener protocol '{}' is not supported with a target group with the protocol '{}'",
            place.protocol, group.protocol
        );
        return Err(Fault::new("IncompatibleProtocols", message));
    }
    let vpc = model.load_balancers.get(place.load_balancer).map(|lb| &lb.vpc_id);
    if vpc.is_some_and(|vpc| *vpc != group.vpc_id) {
        return Err(configuration(format!(
            "The target group with targetGroupARN '{arn}' is not in the same VPC as the load balancer '{}'",
            place.load_balancer
        )));
    }
    if group.target_type == TargetType::Alb && place.protocol != "TCP" {
        return Err(configuration("Target groups with the target type 'alb' need a TCP listener"));
    }
    Ok(())
}

fn check_associations(
    model: &Model,
    place: &Place<'_>,
    groups: &std::collections::BTreeSet<&str>,
) -> Result<(), Fault> {
    for arn in groups {
        if model.load_balancers_of(arn).any(|lb| lb.arn != place.load_balancer) {
            return Err(Fault::new(
                "TargetGroupAssociationLimit",
                format!(
                    "The following target groups cannot be associated with more than one load balancer: {arn}"
                ),
            ));
        }
    }
    let used: std::collections::BTreeSet<&str> = model
        .listeners_of(place.load_balancer)
        .flat_map(super::model::Listener::target_groups)
        .chain(groups.iter().copied())
        .collect();
    if used.len() > MAX_GROUPS_OF_BALANCER {
        return Err(Fault::new(
            "TooManyUniqueTargetGroupsPerLoadBalancer",
            "You've reached the limit on the number of unique target groups per load balancer",
        ));
    }
    Ok(())
}

fn redirect(action: Action) -> Result<Action, Fault> {
    let Some(given) = action.redirect_config.clone() else {
        return Err(invalid("A redirect configuration must be specified"));
    };
    if !matches!(given.status_code.as_str(), "HTTP_301" | "HTTP_302") {
        return Err(not_in_enum(&given.status_code, "redirectConfig.statusCode", &["HTTP_301", "HTTP_302"]));
    }
    let or = |value: Option<String>, default: &str| value.unwrap_or_else(|| default.to_owned());
    let full = Redirect {
        protocol: Some(or(given.protocol, "#{protocol}")),
        port: Some(or(given.port, "#{port}")),
        host: Some(or(given.host, "#{host}")),
        path: Some(or(given.path, "/#{path}")),
        query: Some(or(given.query, "#{query}")),
        status_code: given.status_code,
    };
    check_redirect(&full)?;
    Ok(Action {
        redirect_config: Some(full),
        target_group_arn: None,
        forward_config: None,
        fixed_response_config: None,
        ..action
    })
}

fn check_redirect(full: &Redirect) -> Result<(), Fault> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (protocol, port, path) = (text(&full.protocol), text(&full.port), text(&full.path));
    if !matches!(protocol.as_str(), "HTTP" | "HTTPS" | "#{protocol}") {
        let shown: String = protocol.chars().take(64).collect();
        return Err(constraint(
            shown,
            "redirectConfig.protocol",
            "Member must satisfy regular expression pattern: ^(HTTPS?|#\\{protocol\\})$",
        ));
    }
    if port != "#{port}" && !port.parse().is_ok_and(|port: u16| port > 0) {
        return Err(validation("The redirect port must be a number from 1 to 65535 or '#{port}'"));
    }
    if !path.starts_with('/') {
        return Err(validation("The redirect path must begin with a '/'"));
    }
    for (value, at) in [(&full.host, "host"), (&full.path, "path"), (&full.query, "query")] {
        let value = value.as_deref().unwrap_or_default();
        if value.len() > 128 || value.chars().any(char::is_control) {
            return Err(constraint("(value)", at, "Member must have length less than or equal to 128"));
        }
    }
    // Everything kept would send the client to where it already is.
    if protocol == "#{protocol}"
        && port == "#{port}"
        && path == "/#{path}"
        && full.host.as_deref() == Some("#{host}")
    {
        return Err(invalid(
            "The redirect configuration is not valid because it creates a loop: at least one of protocol, port, host or path must be modified",
        ));
    }
    Ok(())
}

fn fixed_response(action: Action) -> Result<Action, Fault> {
    let Some(given) = action.fixed_response_config.clone() else {
        return Err(invalid("A fixed response configuration must be specified"));
    };
    let code = given.status_code.parse().unwrap_or(0_u16);
    if given.status_code.len() != 3 || !matches!(code, 200..=299 | 400..=599) {
        let shown: String = given.status_code.chars().take(16).collect();
        return Err(constraint(
            shown,
            "fixedResponseConfig.statusCode",
            "Member must satisfy regular expression pattern: ^(2|4|5)\\d\\d$",
        ));
    }
    if given.message_body.as_ref().is_some_and(|body| body.len() > 1024) {
        return Err(constraint(
            "(value)",
            "fixedResponseConfig.messageBody",
            "Member must have length less than or equal to 1024",
        ));
    }
    let kind = given.content_type.clone().filter(|kind| !kind.is_empty());
    if let Some(kind) = kind.as_deref().filter(|kind| !CONTENT_TYPES.contains(kind)) {
        return Err(not_in_enum(kind, "fixedResponseConfig.contentType", &CONTENT_TYPES));
    }
    let full = FixedResponse { content_type: kind, ..given };
    Ok(Action {
        fixed_response_config: Some(full),
        target_group_arn: None,
        forward_config: None,
        redirect_config: None,
        ..action
    })
}
