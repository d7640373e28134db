//! Elastic Load Balancing: application and network load balancers. Follows the API reference of version 2015-12-01.
//! Not here: gateway load balancers, Lambda targets, authentication actions, mutual TLS and trust stores, capacity
//! reservations, IPv6, access logs. Classic load balancers have a version of their own: see [`super::elb`].

use crate::operation::{Operation, Service, read, write};
use crate::wire::Protocol;

mod actions;
mod arns;
mod ask;
mod attributes;
mod conditions;
mod fault;
pub(crate) mod health;
pub(crate) mod matching;
pub mod model;
mod nodes;
mod ops;
pub(crate) mod print;
mod reconcile;
mod resource;
pub mod rules;
mod shapes;
mod ssl;
pub mod targets;
mod zones;

#[cfg(test)]
pub(crate) mod tests;

const PROTOCOL: Protocol =
    Protocol::Query { namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/" };

/// The operation table.
pub fn service() -> Service {
    let mut operations = load_balancers();
    operations.extend(listeners());
    operations.extend(target_groups());
    Service {
        name: "elasticloadbalancing",
        protocol: PROTOCOL,
        operations,
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: &resource::ALL,
    }
}

fn load_balancers() -> Vec<Operation> {
    use ops::{limits, load_balancers as lb, settings, tags};
    vec![
        write(PROTOCOL, "AddTags", tags::add),
        write(PROTOCOL, "CreateLoadBalancer", lb::create),
        write(PROTOCOL, "DeleteLoadBalancer", lb::delete),
        read(PROTOCOL, "DescribeAccountLimits", limits::account),
        read(PROTOCOL, "DescribeLoadBalancerAttributes", settings::describe_attributes),
        read(PROTOCOL, "DescribeLoadBalancers", lb::describe),
        read(PROTOCOL, "DescribeSSLPolicies", limits::ssl_policies),
        read(PROTOCOL, "DescribeTags", tags::describe),
        write(PROTOCOL, "ModifyLoadBalancerAttributes", settings::modify_attributes),
        write(PROTOCOL, "RemoveTags", tags::remove),
        write(PROTOCOL, "SetIpAddressType", settings::set_ip_address_type),
        write(PROTOCOL, "SetSecurityGroups", settings::set_security_groups),
        write(PROTOCOL, "SetSubnets", settings::set_subnets),
    ]
}

fn listeners() -> Vec<Operation> {
    use ops::{certificates, listener_attributes, listeners, rules};
    vec![
        write(PROTOCOL, "AddListenerCertificates", certificates::add),
        write(PROTOCOL, "CreateListener", listeners::create),
        write(PROTOCOL, "CreateRule", rules::create),
        write(PROTOCOL, "DeleteListener", listeners::delete),
        write(PROTOCOL, "DeleteRule", rules::delete),
        read(PROTOCOL, "DescribeListenerAttributes", listener_attributes::describe),
        read(PROTOCOL, "DescribeListenerCertificates", certificates::describe),
        read(PROTOCOL, "DescribeListeners", listeners::describe),
        read(PROTOCOL, "DescribeRules", rules::describe),
        write(PROTOCOL, "ModifyListener", listeners::modify),
        write(PROTOCOL, "ModifyListenerAttributes", listener_attributes::modify),
        write(PROTOCOL, "ModifyRule", rules::modify),
        write(PROTOCOL, "RemoveListenerCertificates", certificates::remove),
        write(PROTOCOL, "SetRulePriorities", rules::set_priorities),
    ]
}

fn target_groups() -> Vec<Operation> {
    use ops::{target_groups as groups, targets};
    vec![
        write(PROTOCOL, "CreateTargetGroup", groups::create),
        write(PROTOCOL, "DeleteTargetGroup", groups::delete),
        write(PROTOCOL, "DeregisterTargets", targets::deregister),
        read(PROTOCOL, "DescribeTargetGroupAttributes", groups::describe_attributes),
        read(PROTOCOL, "DescribeTargetGroups", groups::describe),
        read(PROTOCOL, "DescribeTargetHealth", targets::describe),
        write(PROTOCOL, "ModifyTargetGroup", groups::modify),
        write(PROTOCOL, "ModifyTargetGroupAttributes", groups::modify_attributes),
        write(PROTOCOL, "RegisterTargets", targets::register),
    ]
}
