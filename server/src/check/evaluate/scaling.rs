//! A service that grows with its load, and machines from outside AWS.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{Activation, ContainerInstances, ScaledOut, ScalingPolicy};
use crate::check::explain::{external, not_as_asked, not_there, scaling};
use crate::check::{Verdict, find, iam, machine};

impl Judge<'_> {
    pub(super) fn scaling_policy(&mut self, of: &ScalingPolicy) -> Judged {
        let targets = seen(self.facts.scalable_targets.as_ref(), "the scalable targets")?;
        let policies = seen(self.facts.scaling_policies.as_ref(), "the scaling policies")?;
        let resource = find::resource_id(&of.cluster, &of.service);
        let register = |min: i32, max: i32| {
            format!(
                "aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension \
                 ecs:service:DesiredCount --resource-id {resource} --min-capacity {min} --max-capacity {max}"
            )
        };
        let Some(target) = targets.iter().find(|target| target.resource_id == resource) else {
            let similar = find::similar(&resource, targets.iter().map(|target| target.resource_id.as_str()));
            return Err(not_there("scalable target", &resource, &self.facts.region)
                .near("Similar resource ids", similar)
                .next("Register the service as a scalable target, with the least and the most tasks it may have.")
                .command(register(of.min.unwrap_or(1), of.max.unwrap_or(4)))
                .failed());
        };
        let what = format!("The scalable target {resource}");
        if let Some(min) = of.min.filter(|min| *min != target.min_capacity) {
            return Err(not_as_asked(&what, "MinCapacity", target.min_capacity.to_string(), min.to_string())
                .next("Register the target again with this minimum: registering changes what is there.")
                .command(register(min, target.max_capacity))
                .failed());
        }
        let policy = policies
            .iter()
            .filter(|policy| policy.resource_id == resource)
            .filter_map(|policy| policy.target_tracking_scaling_policy_configuration.as_ref())
            .find(|tracking| {
                tracking
                    .predefined_metric_specification
                    .as_ref()
                    .is_some_and(|metric| metric.predefined_metric_type == of.metric)
            });
        let Some(policy) = policy else {
            return Err(not_there("target tracking policy for", &resource, &self.facts.region)
                .seen("On metric", &of.metric)
                .seen(
                    "Policies of the service",
                    policies.iter().filter(|p| p.resource_id == resource).count().to_string(),
                )
                .next("Put a target tracking policy on the service.")
                .failed());
        };
        if let Some(wanted) =
            of.target.filter(|wanted| (policy.target_value - f64::from(*wanted)).abs() > 1e-9)
        {
            return Err(not_as_asked(
                &format!("The scaling policy of {resource}"),
                "TargetValue",
                policy.target_value.to_string(),
                wanted.to_string(),
            )
            .next("Put the policy again with this target value.")
            .failed());
        }
        // The maximum comes last: a service that is at it already has a cause of its own where it should grow.
        match of.max.filter(|max| target.max_capacity < *max) {
            None => Ok(Verdict::Passed),
            Some(max) => Err(not_as_asked(
                &what,
                "MaxCapacity",
                target.max_capacity.to_string(),
                format!("at least {max}"),
            )
            .next("Register the target again with this maximum: registering changes what is there.")
            .command(register(target.min_capacity, max))
            .failed()),
        }
    }

    pub(super) fn scaled_out(&mut self, of: &ScaledOut) -> Judged {
        let service = self.the_service(&of.cluster, &of.service)?;
        let resource = find::resource_id(&of.cluster, &of.service);
        let activities = seen(self.facts.scaling_activities.get(&resource), "the scaling activities")?;
        let reached =
            activities.iter().filter(|activity| activity.status_code == "Successful").any(|activity| {
                let rest = activity.description.split("desired count to ").nth(1).unwrap_or_default();
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<i32>().is_ok_and(|count| count >= of.to)
            });
        if reached || service.desired >= of.to {
            return Ok(Verdict::Passed);
        }
        Err(scaling::verdict(self.facts, of, service, self.check.waits.as_ref()))
    }

    pub(super) fn activation(&mut self, of: &Activation) -> Judged {
        let all = seen(self.facts.activations.as_ref(), "the activations")?;
        let mut mine = all.iter().filter(|one| machine::last_part(&one.iam_role) == of.role).peekable();
        if mine.peek().is_none() {
            let role = one(&self.facts.roles, &of.role, "the role")?;
            if let Some(role) = role.filter(|role| !iam::trusts(&role.trust, "ssm.amazonaws.com")) {
                return Err(external::role_not_trusted(role).failed());
            }
            return Err(not_there("activation for role", &of.role, &self.facts.region)
                .next("Create an activation with this role, and keep its id and its code.")
                .command(format!("aws ssm create-activation --iam-role {} --registration-limit 1", of.role))
                .failed());
        }
        let wanted = of.left.unwrap_or(0);
        let fits = |one: &&crate::check::facts::Activation| {
            one.left() >= wanted.max(1) || (wanted == 0 && one.registrations_count > 0)
        };
        if mine.clone().any(|one| fits(&one)) {
            return Ok(Verdict::Passed);
        }
        let used = mine.next().map(external::used_up);
        Err(used.map_or_else(
            || Verdict::CannotTell { reason: "the activation went away".to_owned() },
            crate::check::explain::Because::failed,
        ))
    }

    pub(super) fn external_instances(&mut self, of: &ContainerInstances) -> Judged {
        seen(self.facts.container_instances.get(&of.cluster), "the container instances")?;
        let joined =
            find::joined(self.facts, &of.cluster).into_iter().filter(|one| one.is_external()).count();
        if u32::try_from(joined).unwrap_or(u32::MAX) >= of.joined {
            return Ok(Verdict::Passed);
        }
        Err(external::verdict(self.facts, of, joined, self.check.waits.as_ref()))
    }
}
