//! What reaches what: routes, gateways, security groups, public addresses, names. Every answer is a path or the
//! named reason why there is none.

pub mod broken;
pub mod egress;
mod firewall;
pub mod site;
