//! Elastic Load Balancing as it was first: classic load balancers. Follows the API reference of version 2012-06-01, which
//! has the signing name of the present service ([`super::elbv2`]) and is told by `Version`. Instances of Auto Scaling
//! groups and hosts of ECS tasks that name a load balancer are looked up, not pushed. Not here: EC2-Classic, policies of
//! TLS and of back-end servers, access logs, surge queues.

use crate::operation::{Operation, Service, read, write};
use crate::wire::Protocol;

mod fault;
pub(crate) mod health;
pub mod model;
mod nodes;
mod ops;
mod resource;
mod shapes;

#[cfg(test)]
mod tests;

const PROTOCOL: Protocol =
    Protocol::Query { namespace: "http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/" };

/// The operation table.
pub fn service() -> Service {
    Service {
        name: "elb",
        protocol: PROTOCOL,
        operations: operations(),
        next_due: health::next_due,
        reconcile: health::reconcile,
        resources: &[&resource::LoadBalancer],
    }
}

fn operations() -> Vec<Operation> {
    use ops::{instances, listeners, load_balancers as lb, policies, settings, tags};
    vec![
        write(PROTOCOL, "AddTags", tags::add),
        write(PROTOCOL, "ApplySecurityGroupsToLoadBalancer", settings::security_groups),
        write(PROTOCOL, "AttachLoadBalancerToSubnets", settings::attach),
        write(PROTOCOL, "ConfigureHealthCheck", settings::health_check),
        write(PROTOCOL, "CreateAppCookieStickinessPolicy", policies::app_cookie),
        write(PROTOCOL, "CreateLBCookieStickinessPolicy", policies::lb_cookie),
        write(PROTOCOL, "CreateLoadBalancer", lb::create),
        write(PROTOCOL, "CreateLoadBalancerListeners", listeners::create),
        write(PROTOCOL, "DeleteLoadBalancer", lb::delete),
        write(PROTOCOL, "DeleteLoadBalancerListeners", listeners::delete),
        write(PROTOCOL, "DeleteLoadBalancerPolicy", policies::delete),
        write(PROTOCOL, "DeregisterInstancesFromLoadBalancer", instances::deregister),
        read(PROTOCOL, "DescribeAccountLimits", settings::limits),
        read(PROTOCOL, "DescribeInstanceHealth", instances::health),
        read(PROTOCOL, "DescribeLoadBalancerAttributes", settings::attributes),
        read(PROTOCOL, "DescribeLoadBalancerPolicies", policies::describe),
        read(PROTOCOL, "DescribeLoadBalancers", lb::describe),
        read(PROTOCOL, "DescribeTags", tags::describe),
        write(PROTOCOL, "DetachLoadBalancerFromSubnets", settings::detach),
        write(PROTOCOL, "DisableAvailabilityZonesForLoadBalancer", settings::zones),
        write(PROTOCOL, "EnableAvailabilityZonesForLoadBalancer", settings::zones),
        write(PROTOCOL, "ModifyLoadBalancerAttributes", settings::modify),
        write(PROTOCOL, "RegisterInstancesWithLoadBalancer", instances::register),
        write(PROTOCOL, "RemoveTags", tags::remove),
        write(PROTOCOL, "SetLoadBalancerPoliciesOfListener", policies::set),
    ]
}
