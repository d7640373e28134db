//! Amazon EC2 Auto Scaling: launch configurations, groups, their lifecycle hooks, scaling policies and scheduled actions.
//! Not here: predictive scaling, warm pools, instance refresh, mixed instances, health checks of load balancers.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod activity;
mod balance;
mod choose;
mod fault;
mod hooks;
pub(crate) mod managed;
pub mod model;
mod ops;
mod policies;
mod reconcile;
mod resource;
#[cfg(test)]
mod resource_tests;
mod scheduled;
mod shapes;
mod source;

#[cfg(test)]
mod tests;

pub use balance::instances_behind;

const PROTOCOL: Protocol = Protocol::Query { namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/" };

/// The operation table.
pub fn service() -> Service {
    use ops::{
        configurations, describe, groups, hooks, instances, policies, processes, scheduled, tags, traffic,
    };
    Service {
        name: "autoscaling",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "AttachInstances", instances::attach),
            write(PROTOCOL, "AttachLoadBalancerTargetGroups", traffic::attach_target_groups),
            write(PROTOCOL, "AttachLoadBalancers", traffic::attach_classic),
            write(PROTOCOL, "BatchDeleteScheduledAction", scheduled::delete_many),
            write(PROTOCOL, "BatchPutScheduledUpdateGroupAction", scheduled::put_many),
            write(PROTOCOL, "CompleteLifecycleAction", hooks::complete),
            write(PROTOCOL, "CreateAutoScalingGroup", groups::create),
            write(PROTOCOL, "CreateLaunchConfiguration", configurations::create),
            write(PROTOCOL, "CreateOrUpdateTags", tags::create_or_update),
            write(PROTOCOL, "DeleteAutoScalingGroup", groups::delete),
            write(PROTOCOL, "DeleteLaunchConfiguration", configurations::delete),
            write(PROTOCOL, "DeleteLifecycleHook", hooks::delete),
            write(PROTOCOL, "DeletePolicy", policies::delete),
            write(PROTOCOL, "DeleteScheduledAction", scheduled::delete),
            write(PROTOCOL, "DeleteTags", tags::delete),
            read(PROTOCOL, "DescribeAccountLimits", describe::account_limits),
            read(PROTOCOL, "DescribeAdjustmentTypes", policies::types),
            read(PROTOCOL, "DescribeAutoScalingGroups", describe::groups),
            read(PROTOCOL, "DescribeAutoScalingInstances", describe::instances),
            read(PROTOCOL, "DescribeLaunchConfigurations", configurations::describe),
            read(PROTOCOL, "DescribeLifecycleHookTypes", hooks::types),
            read(PROTOCOL, "DescribeLifecycleHooks", hooks::describe),
            read(PROTOCOL, "DescribeLoadBalancerTargetGroups", traffic::describe_target_groups),
            read(PROTOCOL, "DescribeLoadBalancers", traffic::describe_classic),
            read(PROTOCOL, "DescribePolicies", policies::describe),
            read(PROTOCOL, "DescribeScalingActivities", describe::activities),
            read(PROTOCOL, "DescribeScalingProcessTypes", processes::describe),
            read(PROTOCOL, "DescribeScheduledActions", scheduled::describe),
            read(PROTOCOL, "DescribeTags", tags::describe),
            read(PROTOCOL, "DescribeTerminationPolicyTypes", describe::termination_policies),
            write(PROTOCOL, "DetachInstances", instances::detach),
            write(PROTOCOL, "DetachLoadBalancerTargetGroups", traffic::detach_target_groups),
            write(PROTOCOL, "DetachLoadBalancers", traffic::detach_classic),
            write(PROTOCOL, "ExecutePolicy", policies::execute),
            write(PROTOCOL, "PutLifecycleHook", hooks::put),
            write(PROTOCOL, "PutScalingPolicy", policies::put),
            write(PROTOCOL, "PutScheduledUpdateGroupAction", scheduled::put),
            write(PROTOCOL, "RecordLifecycleActionHeartbeat", hooks::heartbeat),
            write(PROTOCOL, "ResumeProcesses", processes::resume),
            write(PROTOCOL, "SetDesiredCapacity", groups::set_desired),
            write(PROTOCOL, "SetInstanceHealth", instances::set_health),
            write(PROTOCOL, "SetInstanceProtection", instances::set_protection),
            write(PROTOCOL, "SuspendProcesses", processes::suspend),
            write(PROTOCOL, "TerminateInstanceInAutoScalingGroup", instances::terminate),
            write(PROTOCOL, "UpdateAutoScalingGroup", groups::update),
        ],
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: &resource::ALL,
    }
}
