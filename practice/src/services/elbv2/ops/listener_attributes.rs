//! Attributes of listeners.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::elbv2::arns;
use crate::services::elbv2::attributes::{self, Attribute};
use crate::world::{Scope, View};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    listener_arn: String,
}

/// `DescribeListenerAttributes`.
pub(crate) fn describe(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let listener = arns::listener(&view.region.elbv2, &input.listener_arn)?;
    let table = attributes::of_listener(&listener.protocol);
    Ok(json!({"Attributes": attributes::shape(table, &listener.attributes)}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modify {
    listener_arn: String,
    attributes: Vec<Attribute>,
}

/// `ModifyListenerAttributes`.
pub(crate) fn modify(scope: &mut Scope<'_>, input: Modify) -> Result<Value, Fault> {
    let listener = arns::listener_mut(&mut scope.region.elbv2, &input.listener_arn)?;
    let table = attributes::of_listener(&listener.protocol);
    listener.attributes.extend(attributes::checked(table, &input.attributes)?);
    Ok(json!({"Attributes": attributes::shape(table, &listener.attributes)}))
}
