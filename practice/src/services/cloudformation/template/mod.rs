//! The language of AWS CloudFormation templates, as pure functions: text in, typed template out, values resolved through
//! what the caller offers. It knows no service, no resource type's properties and no clock.
//!
//! The way of a stack:
//! 1. [`Template::parse`] reads JSON or YAML and refuses what AWS refuses without knowing the parameters;
//! 2. [`Template::resolve_parameters`] gives each parameter its value, and when the stack has begun
//!    [`Template::check_existing`] looks for what they name;
//! 3. [`Template::expanded`] runs the transform `AWS::LanguageExtensions`, if the template names it;
//! 4. [`Template::check_rules`] and [`Template::decide_conditions`];
//! 5. [`Template::graph`] says which resource waits for which;
//! 6. [`Scope::properties`], [`Scope::evaluate`] and [`Scope::outputs`] resolve the intrinsic functions, asking a
//!    [`Lookup`] for what only the stack knows.
//!
//! Not in it: `AWS::Include`, `AWS::Serverless`, macros and modules, which are refused; the properties that a resource type
//! has, see the schemas.
//!
//! Follows "Template anatomy", "Intrinsic function reference" and "CloudFormation quotas" (AWS CloudFormation User
//! Guide). Every fault has the code `ValidationError` unless stated.

mod check;
mod cidr;
mod condition;
mod declaration;
mod document;
mod dynamic;
mod evaluate;
mod extend;
mod fault;
mod function;
mod graph;
mod json;
mod member;
mod model;
mod parse;
mod policies;
mod recent;
mod reference;
mod rule;
mod scope;
mod summary;
#[cfg(test)]
mod tests;
mod values;
mod yaml;

pub use dynamic::Dynamic;
pub use graph::Graph;
pub use model::{Assertion, Mappings, Output, Parameter, Policy, Resource, Rule, Template};
pub use reference::Referred;
pub use scope::{Account, Chosen, Given, KNOWN_AFTER_APPLY, Lookup, Pseudo, Resolved, Scope, Values};
pub use summary::Needed;
