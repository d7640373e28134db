//! What a service deploys besides its task definition: where tasks run, and who reaches them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Connect, Launch, Network};

/// What is deployed besides the task definition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spec {
    /// Where tasks run; none with a capacity provider strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<Launch>,
    /// Where tasks run, by capacity providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderItem>,
    /// Of Fargate: `LATEST`, `1.4.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<String>,
    /// `awsvpcConfiguration` of tasks with an own network interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Where tasks are registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub load_balancers: Vec<LoadBalancer>,
    /// `ServiceRegistry` structures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registries: Vec<Value>,
    /// `ServiceConnectConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<Connect>,
    /// `ServiceVolumeConfiguration` structures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Value>,
}

impl Spec {
    /// Whether it says nothing: tasks on container instances, reached by nobody in particular.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Where its tasks run: the launch type, or that of the strategy's capacity providers, which are all of one kind.
    pub fn place(&self) -> Launch {
        let own = |item: &ProviderItem| matches!(item.capacity_provider.as_str(), "FARGATE" | "FARGATE_SPOT");
        match self.providers.first() {
            Some(first) if own(first) => Launch::Fargate,
            Some(_) => Launch::Ec2,
            None => self.launch.unwrap_or(Launch::Ec2),
        }
    }

    /// Whether target groups, service registries or Service Connect are to know its tasks.
    pub fn registers(&self) -> bool {
        let connected = self.connect.as_ref().is_some_and(|connect| !connect.services.is_empty());
        connected || !(self.load_balancers.is_empty() && self.registries.is_empty())
    }

    /// The launch type, which is EC2 unless something else is said; none with a strategy.
    pub fn launch_type(&self) -> Option<Launch> {
        if self.providers.is_empty() { Some(self.launch.unwrap_or(Launch::Ec2)) } else { None }
    }
}

/// `CapacityProviderStrategyItem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderItem {
    /// By name.
    pub capacity_provider: String,
    /// Share of the tasks beyond the base, 0 to 1,000.
    #[serde(default)]
    pub weight: u32,
    /// Tasks that are here at least.
    #[serde(default)]
    pub base: u32,
}

/// `LoadBalancer` of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancer {
    /// The target group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_group_arn: Option<String>,
    /// A Classic Load Balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancer_name: Option<String>,
    /// Which container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_name: Option<String>,
    /// Which of its ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_port: Option<i64>,
    /// For deployments that shift traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advanced_configuration: Option<Advanced>,
}

/// `AdvancedConfiguration` of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Advanced {
    /// The other target group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternate_target_group_arn: Option<String>,
    /// The rule that forwards what visitors ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production_listener_rule: Option<String>,
    /// The rule that forwards what testers ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_listener_rule: Option<String>,
    /// The role that may change the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
}

/// A task as a load balancer knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRef {
    /// ARN of the target group.
    pub group: String,
    /// An instance id or an address.
    pub id: String,
    /// Where it listens.
    pub port: u16,
}
