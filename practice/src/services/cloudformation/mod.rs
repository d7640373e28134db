//! AWS CloudFormation.

pub mod template;
