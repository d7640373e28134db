//! What is kept of a stack and what is seen of it to the next action. Pure: told nothing but the two.
//!
//! Every combination has an answer; a status that CloudFormation may have one day is waited for.

/// What is wanted of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// That it is there.
    Present,
    /// That what is there goes, and one is made again.
    Fresh,
    /// That it is gone.
    Absent,
}

/// How far it is, as people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has begun yet.
    Waiting,
    /// It is being made.
    Working,
    /// It is complete.
    Ready,
    /// It could not be made.
    Failed,
    /// Someone else deleted it.
    Gone,
    /// It is being deleted.
    Deleting,
    /// It could not be deleted.
    Left,
    /// It is deleted.
    Deleted,
}

macro_rules! words {
    ($of:ident: $($name:ident = $word:literal),* $(,)?) => {
        impl $of {
            /// As it is kept.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// From what is kept.
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

words!(Wanted: Present = "present", Fresh = "fresh", Absent = "absent");
words!(Stage: Waiting = "waiting", Working = "working", Ready = "ready", Failed = "failed", Gone = "gone",
    Deleting = "deleting", Left = "left", Deleted = "deleted");

/// What the plan needs of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// What is wanted.
    pub wanted: Wanted,
    /// Whether a request to make it was sent, or may have been.
    pub asked: Asked,
    /// Whether its ARN is known: then it was there.
    pub known: bool,
    /// Whether the account has been looked through after the deletion.
    pub receipt: bool,
    /// Whether its time is over.
    pub expired: bool,
    /// Deletions that were asked for so far.
    pub tries: u32,
}

/// Whether it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Never with this token.
    Never,
    /// So lately that CloudFormation may not show it yet.
    JustNow,
    /// Long enough ago to be seen.
    Before,
}

/// What was seen under the stack's ARN or name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// No stack.
    Nothing,
    /// A stack of that name that is not ours.
    Foreign,
    /// Ours, in this status.
    Ours(String),
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ask CloudFormation to make it.
    Create,
    /// Look again when something has happened.
    Wait(Stage),
    /// It is complete: keep its outputs, look again when its time is over.
    Ready,
    /// Say why it is not there; nothing goes on by itself.
    Explain(Trouble),
    /// Draw a new token, then make it again.
    Renew,
    /// Its time is over: it is wanted no more.
    Expire,
    /// Ask CloudFormation to delete it.
    Delete,
    /// The same once more, after a while.
    RetryDelete,
    /// Look through the account for what is left.
    TakeInventory,
    /// There is nothing more to do.
    Done,
}

/// Why a stack is not as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be made.
    Failed,
    /// There is another stack of its name.
    NameTaken,
    /// It was there and has been deleted by someone else.
    Gone,
    /// It cannot be deleted.
    Left,
}

/// Deletions that are tried before a person is asked.
pub const MOST_TRIES: u32 = 4;

/// The next action.
pub fn next(kept: Kept, seen: &Seen) -> Action {
    match kept.wanted {
        Wanted::Present if kept.expired => Action::Expire,
        Wanted::Present => present(kept, seen),
        Wanted::Fresh => match seen {
            Seen::Nothing if kept.asked == Asked::JustNow && !kept.known => Action::Wait(Stage::Working),
            // What the name has been taken by is found out when it is asked for.
            Seen::Nothing | Seen::Foreign => Action::Renew,
            Seen::Ours(status) if status == "DELETE_COMPLETE" => Action::Renew,
            Seen::Ours(status) => removal(kept, status),
        },
        Wanted::Absent => match seen {
            Seen::Nothing if kept.asked == Asked::JustNow && !kept.known => Action::Wait(Stage::Deleting),
            Seen::Nothing | Seen::Foreign => over(kept),
            Seen::Ours(status) if status == "DELETE_COMPLETE" => over(kept),
            Seen::Ours(status) => removal(kept, status),
        },
    }
}

fn present(kept: Kept, seen: &Seen) -> Action {
    let status = match seen {
        Seen::Foreign => return Action::Explain(Trouble::NameTaken),
        Seen::Nothing if kept.known => return Action::Explain(Trouble::Gone),
        // Asking again with the same token makes no second one.
        Seen::Nothing => return Action::Create,
        Seen::Ours(status) => status.as_str(),
    };
    match status {
        "CREATE_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE"
        | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" => Action::Ready,
        "CREATE_FAILED"
        | "ROLLBACK_COMPLETE"
        | "ROLLBACK_FAILED"
        | "UPDATE_FAILED"
        | "UPDATE_ROLLBACK_FAILED"
        | "IMPORT_ROLLBACK_FAILED"
        | "DELETE_FAILED" => Action::Explain(Trouble::Failed),
        "DELETE_COMPLETE" => Action::Explain(Trouble::Gone),
        "DELETE_IN_PROGRESS" => Action::Wait(Stage::Deleting),
        _ => Action::Wait(Stage::Working),
    }
}

/// On the way from a status to its end.
fn removal(kept: Kept, status: &str) -> Action {
    match status {
        "DELETE_IN_PROGRESS"
        // These refuse to be deleted, and end by themselves.
        | "ROLLBACK_IN_PROGRESS"
        | "UPDATE_IN_PROGRESS"
        | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        | "UPDATE_ROLLBACK_IN_PROGRESS"
        | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        | "IMPORT_IN_PROGRESS"
        | "IMPORT_ROLLBACK_IN_PROGRESS" => Action::Wait(Stage::Deleting),
        // In use by another stack, protected, or in the way of something a student made.
        _ if kept.tries >= MOST_TRIES => {
            if kept.receipt { Action::Explain(Trouble::Left) } else { Action::TakeInventory }
        }
        "DELETE_FAILED" => Action::RetryDelete,
        _ => Action::Delete,
    }
}

fn over(kept: Kept) -> Action {
    if kept.receipt { Action::Done } else { Action::TakeInventory }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
