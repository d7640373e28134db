//! Weights of the target groups a rule sends to, as blue/green deployments move them.

use super::arns;
use super::fault;
use super::model::{Action, Forward, Weighted};
use crate::core::fault::Fault;
use crate::world::Scope;

/// Replaces the target groups, with their weights, of the forward action of a rule, or of the default action when the
/// ARN is a listener's or a default rule's. Stickiness stays as it is.
///
/// # Errors
/// `ListenerNotFound`, `RuleNotFound`, `TargetGroupNotFound`; `InvalidConfigurationRequest` when it forwards nothing.
pub fn set_weights(scope: &mut Scope<'_>, arn: &str, weights: &[(String, i32)]) -> Result<(), Fault> {
    let model = &mut scope.region.elbv2;
    for (group, _) in weights {
        arns::target_group(model, group)?;
    }
    let listener = if arns::Noun::of(arn) == Some(arns::Noun::Listener) {
        arns::listener(model, arn)?.arn.clone()
    } else {
        arns::listener_of_rule(model, arn)?.arn.clone()
    };
    let listener = arns::listener_mut(model, &listener)?;
    let actions = match listener.rules.get_mut(arn) {
        Some(rule) => &mut rule.actions,
        None => &mut listener.default_actions,
    };
    let forward = actions.iter_mut().find(|action| action.kind == "forward");
    let forward =
        forward.ok_or_else(|| fault::configuration(format!("'{arn}' has no action of the type forward")))?;
    let weighted = |(arn, weight): &(String, i32)| Weighted {
        target_group_arn: arn.clone(),
        weight: Some((*weight).clamp(0, 999)),
    };
    let stickiness = forward.forward_config.take().and_then(|old| old.target_group_stickiness_config);
    replace(forward, weights.iter().map(weighted).collect(), stickiness);
    Ok(())
}

fn replace(action: &mut Action, groups: Vec<Weighted>, stickiness: Option<super::model::GroupStickiness>) {
    action.target_group_arn = match groups.as_slice() {
        [only] => Some(only.target_group_arn.clone()),
        _ => None,
    };
    action.forward_config =
        Some(Forward { target_groups: groups, target_group_stickiness_config: stickiness });
}

/// The target groups of a rule's (or listener's default) forward action with their weights; empty when it forwards
/// nothing or is not there.
pub fn weights(model: &super::model::Model, arn: &str) -> Vec<(String, i32)> {
    let listener = model.listeners.get(arn).or_else(|| arns::listener_of_rule(model, arn).ok());
    let actions = listener.map(|l| l.rules.get(arn).map_or(&l.default_actions, |rule| &rule.actions));
    let forwards = actions.into_iter().flatten().filter_map(|action| action.forward_config.as_ref());
    forwards
        .flat_map(|forward| &forward.target_groups)
        .map(|w| (w.target_group_arn.clone(), w.weight.unwrap_or(1)))
        .collect()
}
