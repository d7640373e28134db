//! Task sets: each keeps its share of the service's desired count. Follows "Amazon ECS deployment using an external
//! controller".

use super::MAX_PER_ROUND;
use super::health::{self, Health};
use super::plan::{self, Plan, where_looked};
use super::units;
use crate::services::ecs::events;
use crate::services::ecs::model::{Cluster, Service, Task, TaskSet};
use crate::world::View;

/// How many tasks a task set is to have: its share of the service's desired count, rounded up.
pub(in crate::services::ecs) fn desired(service: &Service, set: &TaskSet) -> u32 {
    if set.draining {
        return 0;
    }
    let share = (u64::from(service.desired) * u64::from(set.scale)).div_ceil(10_000);
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// What the task sets of a service would do now.
pub(super) fn plan(view: &View<'_>, cluster: &Cluster, service: &Service, tasks: &[&Task]) -> Plan {
    let mut plan = Plan { desired: service.desired, ..Plan::default() };
    let mut complete = true;
    for set in &service.task_sets {
        let of_set = |task: &&&Task| task.started_by.as_deref() == Some(&set.id);
        let all: Vec<&Task> = tasks.iter().filter(of_set).copied().collect();
        let mut kept: Vec<&Task> = all.iter().filter(|task| task.is_wanted()).copied().collect();
        if set.draining && all.is_empty() {
            plan.drained.push(set.id.clone());
        }
        let wanted = desired(service, set) as usize;
        let states = kept.iter().map(|task| health::of(view, service, task));
        let waits: Vec<Health> = states.filter(|health| *health != Health::Healthy).collect();
        complete &= kept.len() == wanted && all.len() == wanted && waits.is_empty();
        let growing = waits.iter().filter_map(|health| match health {
            Health::Waiting(at) => *at,
            _ => None,
        });
        plan.wake = growing.chain(plan.wake).filter(|at| *at > view.now && !service.steady).min();
        // Those that do not run yet go first, then the youngest.
        kept.sort_by_key(|task| {
            (!task.phase.is_pending(), std::cmp::Reverse((task.created_at, task.id.clone())))
        });
        let excess = kept.len().saturating_sub(wanted).min(MAX_PER_ROUND);
        plan.stop.extend(kept.iter().take(excess).map(|task| task.id.clone()));
        let missing = wanted.saturating_sub(kept.len()).min(MAX_PER_ROUND);
        let held = service.held_until.filter(|at| *at > view.now);
        if missing > 0 && held.is_none() {
            start(&mut plan, view, cluster, service, (&set.id, missing), all.len() > kept.len());
        } else if missing > 0 {
            plan.wake = plan.wake.into_iter().chain(held).min();
        }
    }
    plan.settled = complete && !service.steady && !service.task_sets.is_empty();
    let told = |message: &String| !events::is_told(service, message, view.settings, view.now);
    plan.trouble = plan.trouble.take().filter(told);
    plan
}

fn start(
    plan: &mut Plan,
    view: &View<'_>,
    cluster: &Cluster,
    service: &Service,
    (id, missing): (&str, usize),
    stopping: bool,
) {
    let Some(unit) = units::find(service, id) else { return };
    match plan::place(view, cluster, service, unit) {
        Ok(_) => plan.sets.push((id.to_owned(), missing)),
        Err(why) if !stopping => {
            plan.trouble = Some(events::unplaced(&service.name, where_looked(unit.spec), &why));
        }
        Err(_) => {}
    }
}
