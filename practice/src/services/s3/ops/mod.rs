//! The operations, by noun.
#![expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "the shape of a handler")]

pub(super) mod buckets;
pub(super) mod listing;
pub(super) mod objects;

use super::fault;
use super::model::Bucket;
use crate::core::fault::Fault;
use crate::world::View;

/// A bucket of this region.
pub(super) fn bucket<'w>(view: &View<'w>, name: &str) -> Result<&'w Bucket, Fault> {
    view.region.s3.buckets.get(name).ok_or_else(fault::no_such_bucket)
}
