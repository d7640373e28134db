//! What is kept of refused requests.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::world::Caller;

/// So many refusals are kept of an account.
pub const MOST: usize = 12;
/// Of a message and of a name, in characters.
const LONGEST: usize = 320;

/// The refusals of an account, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// How many there have ever been.
    pub count: u64,
    /// The newest.
    pub refused: VecDeque<Refused>,
}

/// One request that was refused. Of what it asked for only a stack's name is kept: the rest may be secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// When.
    pub at: Time,
    /// Its place in the order of refusals.
    #[serde(default)]
    pub number: u64,
    /// Signing name.
    pub service: String,
    /// Operation name.
    pub operation: String,
    /// Where.
    pub region: String,
    /// Who asked.
    pub caller: String,
    /// Of a request about a stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Wire code.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Refused {
    /// A request and why it was refused.
    pub fn new(
        (service, operation, region): (&str, &str, &str),
        caller: &Caller,
        input: &Value,
        fault: &Fault,
        at: Time,
    ) -> Self {
        let clip = |text: &str| text.chars().take(LONGEST).collect::<String>();
        Self {
            at,
            number: 0,
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: region.to_owned(),
            caller: caller.arn.clone(),
            stack: input.get("StackName").and_then(Value::as_str).map(clip),
            code: fault.code.clone(),
            message: clip(&fault.message),
        }
    }
}

impl Model {
    /// Keeps a refusal. What would have succeeded is none.
    pub fn note(&mut self, mut refused: Refused) {
        if refused.code == "DryRunOperation" {
            return;
        }
        self.count += 1;
        refused.number = self.count;
        self.refused.push_front(refused);
        self.refused.truncate(MOST);
    }

    /// Whether nothing was ever refused.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
