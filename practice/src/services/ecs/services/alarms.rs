//! Alarms that fail a deployment. Follows "How `CloudWatch` alarms detect Amazon ECS deployment failures": those that
//! were in `ALARM` when the deployment began are not looked at.

use crate::services::cloudwatch::model::State;
use crate::services::ecs::model::{Rollout, Service};
use crate::world::View;

/// The alarms that fail the deployment that is under way; none on the way back.
pub(super) fn raised(view: &View<'_>, service: &Service) -> Vec<String> {
    let Some(alarms) = service.deployment.alarms.as_ref().filter(|alarms| alarms.enable) else {
        return Vec::new();
    };
    let Some(primary) = service.primary().filter(|one| one.rollout == Rollout::InProgress) else {
        return Vec::new();
    };
    let forward = service.history.iter().any(|one| one.finished_at.is_none() && one.rollback.is_none());
    let known = &view.region.cloudwatch.alarms;
    let raised = |name: &&String| {
        known
            .get(*name)
            .is_some_and(|alarm| alarm.state == State::Alarm && alarm.transitioned_at > primary.created_at)
    };
    alarms.alarm_names.iter().filter(|_| forward).filter(raised).cloned().collect()
}
