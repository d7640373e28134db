//! The operations, by noun.

pub(crate) mod gateway;
pub(crate) mod instance;
pub(crate) mod instance_describe;
pub(crate) mod instance_shape;
pub(crate) mod permission;
pub(crate) mod route;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod subnet;
pub(crate) mod vpc;
