//! ARNs of the four things that have one, and what is wrong with those that name none.

use super::fault::{bad_arn, no_listener, no_load_balancer, no_rule, no_target_group};
use super::model::{Listener, LoadBalancer, Model, TargetGroup};
use crate::core::arn::Arn;
use crate::core::fault::Fault;

/// What an ARN of this service names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    LoadBalancer,
    TargetGroup,
    Listener,
    Rule,
}

impl Noun {
    /// The kind of thing an ARN names, whether or not it is there.
    pub(super) fn of(arn: &str) -> Option<Self> {
        let parsed = Arn::parse(arn).filter(|arn| arn.service == "elasticloadbalancing")?;
        match parsed.resource.split('/').next()? {
            "loadbalancer" => Some(Self::LoadBalancer),
            "targetgroup" => Some(Self::TargetGroup),
            "listener" => Some(Self::Listener),
            "listener-rule" => Some(Self::Rule),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::LoadBalancer => "load balancer",
            Self::TargetGroup => "target group",
            Self::Listener => "listener",
            Self::Rule => "listener rule",
        }
    }

    fn check(self, arn: &str) -> Result<(), Fault> {
        if Self::of(arn) == Some(self) { Ok(()) } else { Err(bad_arn(arn, self.name())) }
    }

    fn missing(self) -> Fault {
        match self {
            Self::LoadBalancer => no_load_balancer(),
            Self::TargetGroup => no_target_group(),
            Self::Listener => no_listener(),
            Self::Rule => no_rule(),
        }
    }

    fn why(self, arn: &str) -> Fault {
        self.check(arn).err().unwrap_or_else(|| self.missing())
    }
}

pub(super) fn load_balancer<'m>(model: &'m Model, arn: &str) -> Result<&'m LoadBalancer, Fault> {
    model.load_balancers.get(arn).ok_or_else(|| Noun::LoadBalancer.why(arn))
}

pub(super) fn load_balancer_mut<'m>(model: &'m mut Model, arn: &str) -> Result<&'m mut LoadBalancer, Fault> {
    model.load_balancers.get_mut(arn).ok_or_else(|| Noun::LoadBalancer.why(arn))
}

pub(super) fn target_group<'m>(model: &'m Model, arn: &str) -> Result<&'m TargetGroup, Fault> {
    model.target_groups.get(arn).ok_or_else(|| Noun::TargetGroup.why(arn))
}

pub(super) fn target_group_mut<'m>(model: &'m mut Model, arn: &str) -> Result<&'m mut TargetGroup, Fault> {
    model.target_groups.get_mut(arn).ok_or_else(|| Noun::TargetGroup.why(arn))
}

pub(super) fn listener<'m>(model: &'m Model, arn: &str) -> Result<&'m Listener, Fault> {
    model.listeners.get(arn).ok_or_else(|| Noun::Listener.why(arn))
}

pub(super) fn listener_mut<'m>(model: &'m mut Model, arn: &str) -> Result<&'m mut Listener, Fault> {
    model.listeners.get_mut(arn).ok_or_else(|| Noun::Listener.why(arn))
}

/// The listener of a rule, the default one included.
pub(super) fn listener_of_rule<'m>(model: &'m Model, arn: &str) -> Result<&'m Listener, Fault> {
    let has = |listener: &&Listener| listener.default_rule == arn || listener.rules.contains_key(arn);
    model.listeners.values().find(has).ok_or_else(|| Noun::Rule.why(arn))
}
