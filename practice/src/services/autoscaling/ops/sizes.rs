//! Bounds that several operations share.

use super::super::fault::{constraint, validation};
use crate::core::fault::Fault;

/// `MaxRecords`.
pub(crate) fn records(asked: Option<i32>, default: usize, most: usize) -> Result<usize, Fault> {
    match asked {
        None => Ok(default),
        Some(n) => usize::try_from(n).ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| {
            validation(format!("The maximum number of records must be between 1 and {most}."))
        }),
    }
}

/// Min, max and desired of a group.
pub(crate) fn check(min: i32, max: i32, desired: i32) -> Result<(), Fault> {
    for (value, at) in [(min, "minSize"), (max, "maxSize"), (desired, "desiredCapacity")] {
        if value < 0 {
            return Err(constraint(
                &value.to_string(),
                at,
                "Member must have value greater than or equal to 0",
            ));
        }
    }
    if min > max {
        return Err(validation(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    if !(min..=max).contains(&desired) {
        return Err(validation(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok(())
}
