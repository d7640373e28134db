//! What reaches what: routes, gateways, security groups, public addresses, names. Every answer is a path or the
//! named reason why there is none. Not here: network ACLs, VPC peering.

mod balanced;
pub(crate) mod balancer;
pub mod broken;
pub(crate) mod classic;
mod connect;
mod dial;
pub mod dns;
pub mod egress;
pub mod endpoint;
pub(crate) mod files;
mod firewall;
pub mod ingress;
mod inside;
pub(crate) mod load;
pub(crate) mod output;
mod scope_page;
mod shop;
pub mod site;
#[cfg(test)]
mod tests;
pub mod weave;

pub use broken::{Broken, Symptom};
