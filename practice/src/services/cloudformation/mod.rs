//! AWS CloudFormation.

pub mod schema;
pub mod template;
