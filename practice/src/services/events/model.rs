//! What is stored of Amazon EventBridge in one region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::tag::Tags;
use crate::core::time::Time;

/// The bus that is always there, and gets the events of AWS's services.
pub(crate) const DEFAULT_BUS: &str = "default";
/// Buses of a region, as AWS's quota.
pub(crate) const MAX_BUSES: usize = 100;
/// Rules of a bus, as AWS's quota.
pub(crate) const MAX_RULES: usize = 300;
/// Targets of a rule, as AWS's quota.
pub(crate) const MAX_TARGETS: usize = 5;

/// Amazon EventBridge of one region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// By name. The default one is here once it has a rule or a tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) buses: BTreeMap<String, Bus>,
    /// The states of what ECS tells about, as they were told last; None while no rule listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<BTreeMap<String, String>>,
    /// When what has changed since is told; None when nothing has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tells_at: Option<Time>,
}

/// An event bus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Bus {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified_at: Option<Time>,
    /// By name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rules: BTreeMap<String, Rule>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<String>,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub(crate) state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role_arn: Option<String>,
    /// From when a rate counts.
    pub(crate) since: Time,
    /// When its schedule is due next; None while it is disabled or will never be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Time>,
    /// `Target` structures, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) targets: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

impl Rule {
    pub(crate) fn is_enabled(&self) -> bool {
        self.state != "DISABLED"
    }
}

impl Model {
    /// A bus by name; the default one is always there.
    pub(crate) fn has_bus(&self, name: &str) -> bool {
        name == DEFAULT_BUS || self.buses.contains_key(name)
    }

    pub(crate) fn rule(&self, bus: &str, name: &str) -> Option<&Rule> {
        self.buses.get(bus)?.rules.get(name)
    }

    pub(crate) fn rule_mut(&mut self, bus: &str, name: &str) -> Option<&mut Rule> {
        self.buses.get_mut(bus)?.rules.get_mut(name)
    }
}
