//! The operations.
#![expect(clippy::needless_pass_by_value, reason = "a handler owns its input, whether it uses it up or not")]

use super::model::{Certificate, Model};
use crate::core::arn::Arn;
use crate::core::fault::Fault;

pub(super) mod certificates;
pub(super) mod requests;
pub(super) mod tags;

fn shown(text: &str) -> String {
    text.chars().take(256).collect()
}

fn missing(arn: &str) -> Fault {
    match Arn::parse(arn).filter(|arn| arn.service == "acm" && arn.of_kind("certificate").is_some()) {
        Some(parsed) => Fault::new(
            "ResourceNotFoundException",
            format!("Could not find certificate {} in account {}.", shown(arn), shown(parsed.account)),
        ),
        None => Fault::new("InvalidArnException", format!("'{}' is not a valid ARN.", shown(arn))),
    }
}

fn find<'m>(model: &'m Model, arn: &str) -> Result<&'m Certificate, Fault> {
    model.certificates.get(arn).ok_or_else(|| missing(arn))
}

fn find_mut<'m>(model: &'m mut Model, arn: &str) -> Result<&'m mut Certificate, Fault> {
    model.certificates.get_mut(arn).ok_or_else(|| missing(arn))
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}
