//! Every combination of what is kept and what is seen.

use super::*;

/// Every status a stack can have ("Stack status codes"), and one of a later day.
const STATUSES: [&str; 24] = [
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "CREATE_IN_PROGRESS",
    "DELETE_COMPLETE",
    "DELETE_FAILED",
    "DELETE_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_IN_PROGRESS",
    "IMPORT_ROLLBACK_COMPLETE",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "SOMETHING_NEW",
];

fn kept(wanted: Wanted) -> Kept {
    Kept { wanted, asked: Asked::Before, known: true, receipt: false, expired: false, tries: 0 }
}

fn ours(status: &str) -> Seen {
    Seen::Ours(status.to_owned())
}

/// All rows there can be, once each.
fn rows() -> Vec<Kept> {
    let mut rows = Vec::new();
    for wanted in [Wanted::Present, Wanted::Fresh, Wanted::Absent] {
        for asked in [Asked::Never, Asked::JustNow, Asked::Before] {
            for flags in 0..8_u8 {
                for tries in [0, 1, MOST_TRIES] {
                    rows.push(Kept {
                        wanted,
                        asked,
                        known: flags & 1 != 0,
                        receipt: flags & 2 != 0,
                        expired: flags & 4 != 0,
                        tries,
                    });
                }
            }
        }
    }
    rows
}

fn sights() -> Vec<Seen> {
    [Seen::Nothing, Seen::Foreign].into_iter().chain(STATUSES.map(ours)).collect()
}

#[test]
fn a_wanted_stack_by_its_status() {
    use Action::{Explain, Ready, Wait};
    let expected = |status: &str| match status {
        "CREATE_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" => Ready,
        "CREATE_FAILED"
        | "ROLLBACK_COMPLETE"
        | "ROLLBACK_FAILED"
        | "UPDATE_FAILED"
        | "UPDATE_ROLLBACK_FAILED"
        | "IMPORT_ROLLBACK_FAILED"
        | "DELETE_FAILED" => Explain(Trouble::Failed),
        "DELETE_COMPLETE" => Explain(Trouble::Gone),
        "DELETE_IN_PROGRESS" => Wait(Stage::Deleting),
        _ => Wait(Stage::Working),
    };
    for status in STATUSES {
        assert_eq!(next(kept(Wanted::Present), &ours(status)), expected(status), "{status}");
    }
}

#[test]
fn an_unwanted_stack_by_its_status() {
    for wanted in [Wanted::Absent, Wanted::Fresh] {
        for status in STATUSES {
            let expected = match status {
                "DELETE_COMPLETE" if wanted == Wanted::Fresh => Action::Renew,
                "DELETE_COMPLETE" => Action::TakeInventory,
                "DELETE_FAILED" => Action::RetryDelete,
                // DeleteStack takes a stack that is being made, and none that is being changed or rolled back.
                "CREATE_IN_PROGRESS" | "REVIEW_IN_PROGRESS" | "SOMETHING_NEW" => Action::Delete,
                _ if status.ends_with("_IN_PROGRESS") => Action::Wait(Stage::Deleting),
                _ => Action::Delete,
            };
            assert_eq!(next(kept(wanted), &ours(status)), expected, "{wanted:?} {status}");
        }
    }
}

#[test]
fn a_stack_that_is_not_seen() {
    for (wanted, asked, known, expected) in [
        (Wanted::Present, Asked::Never, false, Action::Create),
        (Wanted::Present, Asked::JustNow, false, Action::Create),
        (Wanted::Present, Asked::Before, false, Action::Create),
        (Wanted::Present, Asked::Before, true, Action::Explain(Trouble::Gone)),
        (Wanted::Fresh, Asked::Never, false, Action::Renew),
        (Wanted::Fresh, Asked::JustNow, false, Action::Wait(Stage::Working)),
        (Wanted::Fresh, Asked::Before, true, Action::Renew),
        (Wanted::Absent, Asked::Never, false, Action::TakeInventory),
        // A request that a crash cut off may still come to a stack.
        (Wanted::Absent, Asked::JustNow, false, Action::Wait(Stage::Deleting)),
        (Wanted::Absent, Asked::JustNow, true, Action::TakeInventory),
        (Wanted::Absent, Asked::Before, false, Action::TakeInventory),
    ] {
        let row = Kept { asked, known, ..kept(wanted) };
        assert_eq!(next(row, &Seen::Nothing), expected, "{row:?}");
    }
}

#[test]
fn deletion_is_given_up_for_a_person_and_what_is_left_is_named_first() {
    let row = Kept { tries: MOST_TRIES, ..kept(Wanted::Absent) };
    for status in ["DELETE_FAILED", "CREATE_COMPLETE"] {
        assert_eq!(next(row, &ours(status)), Action::TakeInventory);
        assert_eq!(next(Kept { receipt: true, ..row }, &ours(status)), Action::Explain(Trouble::Left));
    }
    let first = Kept { tries: MOST_TRIES - 1, ..row };
    assert_eq!(next(first, &ours("DELETE_FAILED")), Action::RetryDelete);
}

#[test]
fn every_combination_is_safe() {
    for row in rows() {
        for seen in sights() {
            let action = next(row, &seen);
            let case = format!("{row:?} {seen:?}: {action:?}");
            // What is not ours is never touched, and what is there is never made a second time.
            if seen == Seen::Foreign {
                assert!(!matches!(action, Action::Delete | Action::RetryDelete | Action::Create), "{case}");
            }
            if matches!(seen, Seen::Ours(_)) {
                assert_ne!(action, Action::Create, "{case}");
            }
            match action {
                Action::Create | Action::Ready | Action::Expire => {
                    assert_eq!(row.wanted, Wanted::Present, "{case}");
                }
                Action::Delete | Action::RetryDelete => assert_ne!(row.wanted, Wanted::Present, "{case}"),
                Action::Renew => assert_eq!(row.wanted, Wanted::Fresh, "{case}"),
                // Nothing is over before the account was looked through.
                Action::Done => assert!(row.wanted == Wanted::Absent && row.receipt, "{case}"),
                Action::TakeInventory => assert!(!row.receipt, "{case}"),
                Action::Wait(_) | Action::Explain(_) => {}
            }
            if row.wanted == Wanted::Present && row.expired {
                assert_eq!(action, Action::Expire, "{case}");
            }
        }
    }
}

#[test]
fn words_are_read_as_they_are_kept() {
    for wanted in [Wanted::Present, Wanted::Fresh, Wanted::Absent] {
        assert_eq!(Wanted::of(wanted.word()), Some(wanted));
    }
    assert_eq!(Stage::of(Stage::Left.word()), Some(Stage::Left));
    assert_eq!(Stage::of("x"), None);
}
