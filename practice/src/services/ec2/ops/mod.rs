//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, reason = "a handler owns its input, whether it uses it up or not")]
#![expect(clippy::struct_field_names, reason = "the names are the wire's")]

pub(crate) mod address;
pub(crate) mod console;
pub(crate) mod facts;
pub(crate) mod gateway;
pub(crate) mod image;
pub(crate) mod instance;
pub(crate) mod instance_describe;
pub(crate) mod instance_shape;
pub(crate) mod interface;
pub(crate) mod key_pair;
pub(crate) mod launch_template;
mod launch_template_data;
pub(crate) mod nat;
pub(crate) mod permission;
pub(crate) mod region;
pub(crate) mod route;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod subnet;
pub(crate) mod tag;
pub(crate) mod vpc;
pub(crate) mod vpc_endpoint;
pub(crate) mod vpc_endpoint_service;
