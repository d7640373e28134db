//! The ECS agent on each EC2 instance: when it comes up, what keeps it from registering, and what it says about
//! that. Follows "Amazon ECS container agent" and the agent's own log.

use crate::world::View;

/// Where an instance's agent stands, as its host's log would tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentStatus {
    /// It has registered.
    Joined {
        /// Name of the cluster.
        cluster: String,
        /// ARN of the container instance.
        arn: String,
    },
    /// The host boots, or the agent is about to register.
    Starting,
    /// It runs and does not get in.
    NotJoined(Reason),
    /// The image has none, or the instance does not run.
    NoAgent,
}

/// What keeps an agent from registering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The instance has no instance profile, or one without a role: there are no credentials.
    NoCredentials,
    /// No way to the internet, where ECS's endpoint is. In the words of [`crate::network`].
    NoRoute(String),
    /// The role may not call this action.
    NotAllowed {
        /// `ecs:RegisterContainerInstance`, ...
        action: &'static str,
        /// Name of the role.
        role: String,
    },
    /// The configured cluster does not exist or is inactive.
    NoCluster(String),
    /// A user deregistered it.
    Deregistered,
}

/// Where the agent of an EC2 instance stands.
pub fn status(_view: &View<'_>, _ec2_instance: &str) -> AgentStatus {
    AgentStatus::NoAgent
}
