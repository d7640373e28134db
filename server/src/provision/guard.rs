//! The cost guard: what a stack may cost before it is made, for one student and for a workshop as a whole. Pure but for
//! [`check`], which reads the limits.
//!
//! What is counted is what the template asks for, and of stacks that are there, what was found. A price that nobody knows
//! is said beside the sum, and no reason to refuse.

use super::plan::Stage;
use super::receipt::Receipt;
use crate::backend::view;
use crate::catalog::lab::Lab;
use crate::catalog::values::{NoValue, Values};
use crate::db::attempt::Attempt;
use crate::db::stack::{self, Stack};
use crate::db::{Error, Tx, workshop};
use crate::inventory::Inventory;
use crate::inventory::estimate::{self, Estimate};
use crate::inventory::price::Hourly;
use crate::state::AppState;
use serde::{Deserialize, Serialize};

/// One student's stack, where a workshop says nothing else: a dollar an hour, in millionths.
pub const STUDENT_LIMIT: i64 = 1_000_000;
/// All stacks of a workshop, likewise: twenty-five dollars an hour.
pub const CLASS_LIMIT: i64 = 25_000_000;
/// More than this no limit may be: a thousand dollars an hour is a mistake in typing.
pub const HIGHEST_LIMIT: i64 = 1_000_000_000;
const NANO_IN_MICRO: i64 = 1_000;

/// What may be spent by the hour, in millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// By one student's stack.
    pub student: i64,
    /// By all of a workshop; None outside of workshops.
    pub class: Option<i64>,
}

/// Why a stack of this cost may not be made; `others` is what the class's other stacks cost.
pub fn refusal(cost: Hourly, others: Hourly, limits: Limits) -> Option<String> {
    let way_out = if limits.class.is_some() {
        "Your host can raise the limit on the workshop's page."
    } else {
        "Join a workshop whose host allows more."
    };
    if cost.nano_usd > limits.student.saturating_mul(NANO_IN_MICRO) {
        let limit = dollars(limits.student);
        return Some(format!(
            "This stack would cost {cost} an hour. One student's may cost {limit}. {way_out}"
        ));
    }
    let class = limits.class?;
    let all = cost.plus(others);
    (all.nano_usd > class.saturating_mul(NANO_IN_MICRO)).then(|| {
        format!(
            "With this stack, which would cost {cost} an hour, the workshop's would come to {all}. All of them may cost {}. {way_out} Stacks that are deleted make room, too.",
            dollars(class)
        )
    })
}

/// Millionths of a dollar as people write them.
pub fn dollars(micro: i64) -> String {
    Hourly { nano_usd: micro.saturating_mul(NANO_IN_MICRO), ..Hourly::default() }.to_string()
}

/// `1.50` dollars in millionths; None for what is no amount, or none that a limit may be.
pub fn micro(typed: &str) -> Option<i64> {
    let typed = typed.trim().trim_start_matches('$').trim();
    let (whole, part) = typed.split_once('.').unwrap_or((typed, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 6 || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    let micro = whole.checked_mul(1_000_000)?.checked_add(part)?;
    (micro <= HIGHEST_LIMIT).then_some(micro)
}

/// What the lab's stack is made of and would cost; None where its template cannot be read, which CloudFormation will say
/// in its own words.
fn estimate(lab: &Lab, values: &Values) -> Option<Estimate> {
    let template = lab.stack_template.as_deref()?;
    let parameters = lab.card.stack.as_ref()?.filled(values).ok()?;
    let name = values.get("stack").unwrap_or(&lab.card.slug);
    estimate::of_template(template, &parameters, &lab.card.region, name)
        .inspect_err(|fault| tracing::warn!(lab = lab.card.slug, fault = fault.message, "a stack's price"))
        .ok()
}

/// What was thought of a stack when it was asked for, as its row keeps it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thought {
    /// What it would cost.
    #[serde(flatten)]
    pub hourly: Hourly,
    /// How many resources it would have.
    #[serde(default)]
    pub resources: usize,
}

/// What is thought of the lab's stack; nothing, where its template cannot be read.
pub(crate) fn thought(lab: &Lab, values: &Values) -> Thought {
    let estimate = estimate(lab, values);
    estimate.map(|of| Thought { hourly: of.hourly, resources: of.resources }).unwrap_or_default()
}

/// What a stack costs now: by what was found of it, or before anyone has looked, by its template.
pub(crate) fn cost_of(row: &Stack) -> Hourly {
    let found = |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    match Stage::of(&row.stage) {
        None | Some(Stage::Failed | Stage::Gone | Stage::Deleted) => Hourly::default(),
        Some(Stage::Left) => {
            let receipt = row.receipt.as_deref().and_then(|text| serde_json::from_str::<Receipt>(text).ok());
            receipt.map(|receipt| receipt.inventory().hourly()).unwrap_or_default()
        }
        Some(Stage::Waiting | Stage::Working | Stage::Ready | Stage::Deleting) => {
            let inventory: Option<Inventory> = found(&row.inventory);
            inventory
                .map(|inventory| inventory.hourly())
                .or_else(|| serde_json::from_str(&row.estimate).ok())
                .unwrap_or_default()
        }
    }
}

/// Whether the attempt's stack may be made: why not, if not. Until the transaction is over, no other of the workshop is
/// asked for: two that fit alone do not pass its limit together.
pub(super) async fn check(tx: &mut Tx, attempt: &Attempt, cost: Hourly) -> Result<Option<String>, Error> {
    let Some(workshop) = &attempt.workshop_id else {
        return Ok(refusal(cost, Hourly::default(), Limits { student: STUDENT_LIMIT, class: None }));
    };
    workshop::hold(tx, workshop).await?;
    let Some(found) = workshop::find(tx, workshop).await? else { return Ok(None) };
    if found.ended_at.is_some() {
        return Ok(Some("The workshop has ended: no stacks are made in it any more.".to_owned()));
    }
    let nano_usd = stack::hourly_of_others(tx, workshop, &attempt.id).await?;
    let others = Hourly { nano_usd, ..Hourly::default() };
    let limits = Limits {
        student: found.student_limit.unwrap_or(STUDENT_LIMIT),
        class: Some(found.class_limit.unwrap_or(CLASS_LIMIT)),
    };
    Ok(refusal(cost, others, limits))
}

/// The values of the attempt, as far as they are known before the stack.
pub(super) fn values(state: &AppState, lab: &Lab, attempt: &Attempt) -> Result<Values, NoValue> {
    view::values(state, lab, Some(attempt))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents(of: i64) -> Hourly {
        Hourly { nano_usd: of * 10_000_000, ..Hourly::default() }
    }

    #[test]
    fn a_stack_is_refused_above_either_limit_with_a_way_out() {
        let limits = Limits { student: 500_000, class: Some(2_000_000) };
        assert_eq!(refusal(cents(50), cents(150), limits), None, "up to the limits is within them");
        let one = refusal(cents(51), cents(0), limits).unwrap();
        assert_eq!(
            one,
            "This stack would cost $0.51 an hour. One student's may cost $0.50. Your host can raise the limit on the workshop's page."
        );
        let all = refusal(cents(50), cents(151), limits).unwrap();
        assert!(all.contains("come to $2.01. All of them may cost $2.00."), "{all}");
        let alone = Limits { class: None, ..limits };
        assert_eq!(refusal(cents(50), cents(900), alone), None);
        assert!(refusal(cents(60), cents(0), alone).unwrap().contains("Join a workshop"));
        let unknown = Hourly { unknown: true, ..cents(1) };
        assert_eq!(refusal(unknown, cents(0), limits), None);
    }

    #[test]
    fn limits_are_typed_in_dollars() {
        assert_eq!((micro("1.5"), micro(" $0.25 "), micro("0")), (Some(1_500_000), Some(250_000), Some(0)));
        for wrong in ["", ".", "-1", "1,5", "1.2345678", "1e3", "1001", "99999999999999999999"] {
            assert_eq!(micro(wrong), None, "{wrong}");
        }
        assert_eq!(dollars(1_000_000), "$1.00");
    }
}
