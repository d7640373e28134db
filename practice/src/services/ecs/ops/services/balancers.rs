//! Load balancers of a service, checked against the task definition and Elastic Load Balancing. Follows "Use load
//! balancing to distribute Amazon ECS service traffic".

use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{DeploymentConfiguration, LoadBalancer, Revision, Shifting, Spec};
use crate::services::elbv2::model::TargetType;
use crate::services::elbv2::targets as elb;
use crate::world::View;

/// Most target groups of a service.
const MAX_GROUPS: usize = 5;

/// Whether a service can be registered so.
pub(super) fn checked(view: &View<'_>, balancers: &[LoadBalancer], revision: &Revision) -> Result<(), Fault> {
    if balancers.len() > MAX_GROUPS {
        return Err(fault::invalid(format!("load balancers can have at most {MAX_GROUPS} items.")));
    }
    for balancer in balancers {
        if let Some(name) = &balancer.load_balancer_name {
            classic(view, name, balancer, revision)?;
            continue;
        }
        let group = balancer.target_group_arn.as_deref().filter(|arn| !arn.is_empty());
        let group = group.ok_or_else(|| fault::invalid("Target group ARN cannot be blank."))?;
        target_group(view, group, revision, true)?;
        container(balancer, revision)?;
        let advanced = balancer.advanced_configuration.as_ref();
        if let Some(other) = advanced.and_then(|advanced| advanced.alternate_target_group_arn.as_deref()) {
            target_group(view, other, revision, false)?;
        }
    }
    Ok(())
}

/// A classic load balancer sends to hosts, which it looks up by itself: the host port must be known and the load
/// balancer must be there.
fn classic(view: &View<'_>, name: &str, balancer: &LoadBalancer, revision: &Revision) -> Result<(), Fault> {
    if !view.region.elb.load_balancers.contains_key(name) {
        return Err(fault::invalid(format!("Unable to find the load balancer {name}.")));
    }
    if revision.network_mode.as_deref() == Some("awsvpc") {
        return Err(fault::invalid("Classic Load Balancers are not supported with the awsvpc network mode."));
    }
    container(balancer, revision)
}

fn target_group(view: &View<'_>, arn: &str, revision: &Revision, attached: bool) -> Result<(), Fault> {
    let model = &view.region.elbv2;
    let kind = elb::target_type(model, arn)
        .ok_or_else(|| fault::invalid(format!("The specified target group {arn} does not exist.")))?;
    if attached && !elb::attached(model, arn) {
        return Err(fault::invalid(format!(
            "The target group with targetGroupArn {arn} does not have an associated load balancer."
        )));
    }
    let mode = revision.network_mode.as_deref().unwrap_or("bridge");
    let fits = match kind {
        TargetType::Ip => mode == "awsvpc",
        TargetType::Instance => matches!(mode, "bridge" | "host"),
        TargetType::Alb => false,
    };
    if !fits {
        return Err(fault::invalid(format!(
            "The provided target group {arn} has target type {}, which is incompatible with the {mode} network mode specified in the task definition.",
            kind.name()
        )));
    }
    Ok(())
}

fn container(balancer: &LoadBalancer, revision: &Revision) -> Result<(), Fault> {
    let name = balancer.container_name.as_deref().unwrap_or_default();
    let found = revision.containers.iter().find(|container| container.name == name);
    let found = found.ok_or_else(|| {
        fault::invalid(format!("The container {name} does not exist in the task definition."))
    })?;
    let port = balancer.container_port.unwrap_or(0);
    if !found.port_mappings.iter().any(|mapping| mapping.container_port == Some(port)) {
        return Err(fault::invalid(format!(
            "The container {name} did not have a container port {port} defined."
        )));
    }
    Ok(())
}

/// Whether traffic can be shifted as configured.
pub(super) fn may_shift(configuration: &DeploymentConfiguration, spec: &Spec) -> Result<(), Fault> {
    let name = configuration.strategy.name();
    if configuration.strategy == Shifting::Rolling {
        return Ok(());
    }
    if spec.load_balancers.is_empty() && configuration.strategy != Shifting::BlueGreen {
        return Err(fault::invalid(format!("The {name} deployment strategy requires a load balancer.")));
    }
    let whole = |balancer: &LoadBalancer| {
        balancer.advanced_configuration.as_ref().is_some_and(|advanced| {
            advanced.alternate_target_group_arn.is_some()
                && advanced.production_listener_rule.is_some()
                && advanced.role_arn.is_some()
        })
    };
    if !spec.load_balancers.iter().all(whole) {
        return Err(fault::invalid(format!(
            "The {name} deployment strategy requires an advancedConfiguration with alternateTargetGroupArn, productionListenerRule and roleArn for each load balancer."
        )));
    }
    Ok(())
}
