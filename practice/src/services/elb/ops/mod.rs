//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "the shape of a handler")]

use super::fault::no_load_balancer;
use super::model::Balancer;
use crate::core::fault::Fault;
use crate::world::{Scope, View};

pub(super) mod instances;
pub(super) mod listeners;
pub(super) mod load_balancers;
pub(super) mod policies;
pub(super) mod settings;
pub(super) mod tags;

fn find<'v>(view: &View<'v>, name: &str) -> Result<&'v Balancer, Fault> {
    view.region.elb.load_balancers.get(name).ok_or_else(|| no_load_balancer(name))
}

fn find_mut<'s>(scope: &'s mut Scope<'_>, name: &str) -> Result<&'s mut Balancer, Fault> {
    scope.region.elb.load_balancers.get_mut(name).ok_or_else(|| no_load_balancer(name))
}
