//! Container instances and the agents that make them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;
use crate::core::time::Time;

/// An EC2 instance that has joined a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerInstance {
    /// 32 hexadecimal digits, the last part of the ARN.
    pub id: String,
    /// `i-...`
    pub ec2_instance: String,
    /// `ACTIVE` or `DRAINING`. Deregistered ones are not kept.
    pub draining: bool,
    /// Whether the agent holds its connection; without it nothing is placed here.
    pub connected: bool,
    /// CPU units registered: 1024 for each vCPU.
    pub cpu: i64,
    /// Memory registered, in MiB.
    pub memory: i64,
    /// Attributes: what the agent knows of its host, and what users put.
    pub attributes: BTreeMap<String, Option<String>>,
    /// When it joined.
    pub registered_at: Time,
    /// Grows with every change, as on AWS.
    pub version: u64,
    /// Position among the peers of the Weave network, when the image has one: decides its address range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weave_slot: Option<u32>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

impl ContainerInstance {
    /// `ACTIVE` or `DRAINING`.
    pub fn status(&self) -> &'static str {
        if self.draining { "DRAINING" } else { "ACTIVE" }
    }

    /// Whether the scheduler may place tasks here.
    pub fn accepts(&self) -> bool {
        !self.draining && self.connected
    }

    /// Where the Weave addresses of this host begin: ranges of 10.32.0.0/12 split over the peers, the first four
    /// a quarter each, later ones halving those. The first three are 10.32.0.0, 10.36.0.0 and 10.40.0.0.
    pub fn weave_base(&self) -> Option<u32> {
        const NETWORK: u32 = 0x0a20_0000;
        let slot = self.weave_slot?;
        let (mut size, mut first) = (1_u32 << 18, 0);
        let mut count = 4;
        let mut offset = 0;
        while slot - first >= count && size > 1 << 10 {
            first += count;
            count = if first == 4 { 4 } else { count * 2 };
            size /= 2;
            offset = size;
        }
        let stride = if offset == 0 { 1 << 18 } else { offset * 2 };
        Some(NETWORK + (slot - first) % count * stride + offset)
    }
}

/// The ECS agent of one EC2 instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// What it is doing.
    pub state: AgentState,
    /// Cluster name and container instance id it has registered as, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<(String, String)>,
}

/// What an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentState {
    /// The host boots; the agent will be up then.
    Starting(Time),
    /// Up, and something keeps it from registering; it tries again and again.
    Trying,
    /// Everything is right: the next try, at that moment, will register it.
    Joining(Time),
    /// Connected.
    Joined,
    /// Its host is stopped.
    Down,
    /// A user deregistered it; it stays out until its host starts anew.
    Deregistered,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weave_ranges_do_not_meet() {
        let base = |slot| {
            let host = ContainerInstance {
                id: String::new(),
                ec2_instance: String::new(),
                draining: false,
                connected: true,
                cpu: 0,
                memory: 0,
                attributes: BTreeMap::new(),
                registered_at: Time(0),
                version: 1,
                weave_slot: Some(slot),
                tags: Tags::new(),
            };
            host.weave_base().unwrap()
        };
        assert_eq!([base(0), base(1), base(2)], [0x0a20_0000, 0x0a24_0000, 0x0a28_0000]);
        let mut all: Vec<u32> = (0..256).map(base).collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[1] - pair[0] >= 1 << 10));
        assert!(all.iter().all(|address| address >> 20 == 0x0a2));
    }
}
