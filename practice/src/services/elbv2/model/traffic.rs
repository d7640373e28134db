//! Requests counted by the minute, as CloudWatch's metrics of load balancers are made from them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::time::Time;

/// Most minutes kept; older ones are forgotten.
pub const MAX_MINUTES: usize = 180;

/// Counts by the minute: minutes since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traffic {
    /// Only minutes in which there was something.
    pub minutes: BTreeMap<i64, Minute>,
}

/// The counts of one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Minute {
    /// `RequestCount`: requests that were sent to a target.
    #[serde(skip_serializing_if = "none")]
    pub requests: u32,
    /// `HTTPCode_Target_2XX_Count`, `3XX`, `4XX`, `5XX`.
    #[serde(skip_serializing_if = "nothing")]
    pub target: [u32; 4],
    /// `HTTPCode_ELB_2XX_Count` (never counted by AWS: fixed responses), `3XX`, `4XX`, `5XX`.
    #[serde(skip_serializing_if = "nothing")]
    pub balancer: [u32; 4],
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde asks for")]
fn none(count: &u32) -> bool {
    *count == 0
}

fn nothing(counts: &[u32; 4]) -> bool {
    *counts == [0; 4]
}

impl Traffic {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    /// Counts a request that went to a target, with what it answered if it did.
    pub fn to_target(&mut self, now: Time, status: Option<u16>) {
        let minute = self.minute(now);
        minute.requests = minute.requests.saturating_add(1);
        if let Some(status) = status {
            count(&mut minute.target, status);
        }
    }

    /// Counts an answer of the load balancer itself.
    pub fn by_balancer(&mut self, now: Time, status: u16) {
        count(&mut self.minute(now).balancer, status);
    }

    fn minute(&mut self, now: Time) -> &mut Minute {
        let at = now.0.div_euclid(60_000);
        if !self.minutes.contains_key(&at) && self.minutes.len() >= MAX_MINUTES {
            self.minutes.pop_first();
        }
        self.minutes.entry(at).or_default()
    }
}

fn count(classes: &mut [u32; 4], status: u16) {
    if let Some(class) = classes.get_mut(usize::from((status / 100).saturating_sub(2))) {
        *class = class.saturating_add(1);
    }
}
