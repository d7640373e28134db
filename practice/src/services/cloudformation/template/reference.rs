//! What a value refers to, without evaluating it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::function::{Attribute, Call, NO_VALUE, PSEUDO, Piece, call, pieces};
use super::model::Template;
use crate::core::fault::Fault;

/// Something that a value needs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'v> {
    /// `Ref`, or `${Name}`.
    Name(&'v str),
    /// `Fn::GetAtt`.
    Attribute(&'v str),
    /// `${Resource.Attribute}`: the whole of it.
    Path(&'v str),
    /// `Fn::If`.
    Condition(&'v str),
    /// Any function.
    Call(Call<'v>),
}

/// What a value refers to, as [`Template::references`] tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Referred<'v> {
    /// `Ref` or `${Name}`: a parameter or a resource.
    Name(&'v str),
    /// `Fn::GetAtt` or `${Resource.Attribute}`.
    Attribute(&'v str, &'v str),
}

impl Template {
    /// The parameters, resources and attributes that a value refers to, in the order it is written, on both branches of a
    /// `Fn::If`; without pseudo parameters, and without attributes that a parameter names.
    pub fn references<'v>(&self, value: &'v Value) -> Vec<Referred<'v>> {
        let mut all = Vec::new();
        // A value with a function of the wrong shape does not get past the parser.
        let _ = walk(value, self.extended(), Branches::All, &mut |found| {
            match found {
                Found::Name(name) if !is_pseudo(name) => all.push(Referred::Name(name)),
                Found::Call(Call::GetAtt(resource, Attribute::Named(attribute))) => {
                    all.push(Referred::Attribute(resource, attribute));
                }
                Found::Path(path) => {
                    let (resource, attribute) = path.split_once('.').unwrap_or((path, ""));
                    all.push(Referred::Attribute(resource, attribute));
                }
                _ => {}
            }
            Ok(())
        });
        all
    }
}

/// Which branches of a `Fn::If` count.
#[derive(Debug, Clone, Copy)]
pub(super) enum Branches<'c> {
    /// Both.
    All,
    /// Neither.
    None,
    /// The one that is taken.
    Taken(&'c BTreeMap<String, bool>),
}

/// Tells of everything that a value needs, in the order it is written.
pub(super) fn walk<'v>(
    value: &'v Value,
    extended: bool,
    branches: Branches<'_>,
    tell: &mut dyn FnMut(Found<'v>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some(function) = call(value, extended)? else {
        return match value {
            Value::Object(members) => {
                members.values().try_for_each(|child| walk(child, extended, branches, tell))
            }
            Value::Array(items) => items.iter().try_for_each(|child| walk(child, extended, branches, tell)),
            _ => Ok(()),
        };
    };
    tell(Found::Call(function))?;
    match function {
        Call::Ref(name) => tell(Found::Name(name))?,
        Call::GetAtt(resource, _) => tell(Found::Attribute(resource))?,
        Call::Sub(text, own) => {
            for piece in pieces(text)? {
                match piece {
                    Piece::Name(name) if own.is_some_and(|own| own.contains_key(name)) => {}
                    Piece::Name(name) if name.contains('.') => tell(Found::Path(name))?,
                    Piece::Name(name) => tell(Found::Name(name))?,
                    Piece::Literal(_) => {}
                }
            }
        }
        Call::If(condition, yes, no) => {
            tell(Found::Condition(condition))?;
            return match branches {
                Branches::All => {
                    [yes, no].into_iter().try_for_each(|child| walk(child, extended, branches, tell))
                }
                Branches::None => Ok(()),
                Branches::Taken(conditions) => {
                    let taken = if conditions.get(condition) == Some(&true) { yes } else { no };
                    walk(taken, extended, branches, tell)
                }
            };
        }
        _ => {}
    }
    function.operands().into_iter().try_for_each(|child| walk(child, extended, branches, tell))
}

/// Whether that is the name of a pseudo parameter.
pub(super) fn is_pseudo(name: &str) -> bool {
    name == NO_VALUE || PSEUDO.contains(&name)
}

/// The resource of `Resource.Attribute`.
pub(super) fn resource_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(resource, _)| resource)
}
