//! Why a stack is not as wanted, in words. Pure.

use super::plan::Trouble;
use crate::cloud::cloudformation::EventSeen;
use crate::db::stack::Stack;

/// What the student is told. `reason` is CloudFormation's for the stack as a whole.
pub(super) fn explain(of: Trouble, row: &Stack, reason: Option<String>) -> String {
    match of {
        Trouble::Failed => first_failure(&row.events)
            .or(reason)
            .unwrap_or_else(|| "CloudFormation gave no reason.".to_owned()),
        Trouble::NameTaken => format!(
            "There is a stack named {} in this account already, which is not the lab's. Delete it, then try again.",
            row.name
        ),
        Trouble::Gone => "The stack was deleted, and not by Drydock.".to_owned(),
        Trouble::Left => match first_failure(&row.events).or(reason) {
            Some(why) => format!("CloudFormation could not delete everything. {why}"),
            None => "CloudFormation could not delete everything.".to_owned(),
        },
    }
}

/// The failure that the others follow from: the earliest since the stack last began something, which is not a
/// cancellation.
fn first_failure(events: &str) -> Option<String> {
    let events: Vec<EventSeen> = serde_json::from_str(events).unwrap_or_default();
    let newest = events.iter().take_while(|event| event.reason.as_deref() != Some("User Initiated"));
    let failed = |event: &&EventSeen| {
        let reason = event.reason.as_deref().unwrap_or_default();
        event.status.ends_with("_FAILED")
            && event.kind != "AWS::CloudFormation::Stack"
            && !reason.is_empty()
            && !reason.ends_with("cancelled")
            && !reason.ends_with("canceled")
    };
    let first = newest.filter(failed).last()?;
    let reason = first.reason.as_deref().unwrap_or_default();
    Some(format!("{} ({}): {reason}", first.logical_id, first.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(logical_id: &str, status: &str, reason: Option<&str>) -> EventSeen {
        EventSeen {
            at: "2026-01-01T00:00:00Z".to_owned(),
            kind: "AWS::ECS::Cluster".to_owned(),
            logical_id: logical_id.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn the_first_failure_is_the_reason() {
        let events = [
            event("A", "DELETE_COMPLETE", None),
            event("C", "CREATE_FAILED", Some("Resource creation cancelled")),
            event("D", "CREATE_FAILED", Some("later")),
            event("B", "CREATE_FAILED", Some("no such thing")),
            event("demo", "CREATE_IN_PROGRESS", Some("User Initiated")),
            event("Old", "CREATE_FAILED", Some("of an earlier try")),
        ];
        let text = serde_json::to_string(&events).unwrap();
        assert_eq!(first_failure(&text).as_deref(), Some("B (AWS::ECS::Cluster): no such thing"));
        assert_eq!(first_failure("[]"), None);
    }
}
