//! Classic load balancers' refusals, in their own words. Codes are those of the API's `awsQueryError` traits.

use crate::core::fault::Fault;

pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

pub(super) fn configuration(message: impl Into<String>) -> Fault {
    Fault::new("InvalidConfigurationRequest", message).with_status(409)
}

/// What AWS knows and this practice cloud does not.
pub(super) fn unsupported(what: &str) -> Fault {
    configuration(format!("{what} not part of this practice cloud."))
}

pub(super) fn no_load_balancer(name: &str) -> Fault {
    let shown: String = name.chars().take(64).collect();
    Fault::new("LoadBalancerNotFound", format!("There is no ACTIVE Load Balancer named '{shown}'"))
}

pub(super) fn no_instance(id: &str) -> Fault {
    let shown: String = id.chars().take(64).collect();
    Fault::new("InvalidInstance", format!("Could not find EC2 instance {shown}."))
}

pub(super) fn no_policy(name: &str) -> Fault {
    let shown: String = name.chars().take(64).collect();
    Fault::new("PolicyNotFound", format!("There is no policy with name {shown} for this load balancer"))
}
