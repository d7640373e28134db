//! What becomes of a task at its due moment: a pure reading of the world.

use super::containers::{behaviour, killed, stop_ms};
use crate::core::time::Time;
use crate::images::Behaviour;
use crate::services::ecs::life::{self, Turn};
use crate::services::ecs::model::{
    Cluster, ContainerDefinition, ContainerState, Launch, Phase, Revision, Stop, StopCode, Task,
};
use crate::services::ecs::{capacity, starting};
use crate::world::View;

/// Registration with target groups and service registries.
const ACTIVATES_MS: i64 = 2_000;

/// The end of that.
const DEACTIVATES_MS: i64 = 3_000;

/// What becomes of a task at its due moment.
pub(super) enum Next {
    /// Nothing until its agent is back, or for good.
    Wait,
    /// Its interface is made in that subnet.
    Attach {
        subnet: String,
    },
    /// It is its agent's.
    Hand,
    Pull {
        takes_ms: i64,
    },
    Start,
    /// Something happens to its containers.
    Live(Turn),
    /// It goes to a phase and stays there for so long.
    Enter {
        phase: Phase,
        takes_ms: i64,
    },
    /// Its containers and itself end.
    Finish {
        stop: Stop,
        exit: Vec<(String, i32, Option<String>)>,
        failed: Option<(String, String)>,
    },
    /// Its interface is gone.
    Detach,
}

pub(super) fn decide(view: &View<'_>, cluster: &Cluster, task: &Task, revision: &Revision) -> Next {
    if task.phase == Phase::Deprovisioning {
        return Next::Detach;
    }
    if task.awaits_instance() {
        return match &task.stop {
            Some(stop) => Next::Finish { stop: stop.clone(), exit: Vec::new(), failed: None },
            None => Next::Wait,
        };
    }
    let host = cluster.instances.get(&task.instance);
    if task.launch != Launch::Fargate && !host.is_some_and(|host| host.connected) {
        return Next::Wait;
    }
    if task.phase < Phase::Starting
        && let Some(stop) = &task.stop
    {
        return Next::Finish { stop: stop.clone(), exit: Vec::new(), failed: None };
    }
    match task.phase {
        Phase::Provisioning if task.eni.is_none() => {
            match capacity::subnet(&view.region.ec2, cluster, task) {
                Some(subnet) => Next::Attach { subnet: subnet.to_owned() },
                None => no_subnet(view.now, task),
            }
        }
        Phase::Provisioning => Next::Hand,
        Phase::Pending => Next::Pull { takes_ms: starting::pull_ms(view, cluster, task, revision) },
        Phase::Pulling => match starting::obstacle(view, cluster, task, revision) {
            Some(obstacle) => failed_to_start(view.now, obstacle.container, obstacle.reason),
            None => Next::Start,
        },
        Phase::Starting | Phase::Activating | Phase::Running => alive(view, task, revision),
        Phase::Deactivating => Next::Enter { phase: Phase::Stopping, takes_ms: stop_ms(task, revision) },
        Phase::Stopping => match &task.stop {
            Some(stop) => {
                let exit = killed(task, revision);
                Next::Finish { stop: stop.clone(), exit, failed: None }
            }
            None => Next::Wait,
        },
        Phase::Deprovisioning | Phase::Stopped => Next::Wait,
    }
}

/// A task with containers that run, or are about to.
fn alive(view: &View<'_>, task: &Task, revision: &Revision) -> Next {
    if task.stop.is_some() {
        let known = task.registers && task.phase >= Phase::Activating;
        return if known {
            Next::Enter { phase: Phase::Deactivating, takes_ms: DEACTIVATES_MS }
        } else {
            Next::Enter { phase: Phase::Stopping, takes_ms: stop_ms(task, revision) }
        };
    }
    if task.phase == Phase::Starting
        && let Some((name, reason)) = cannot_start(task, revision)
    {
        return failed_to_start(view.now, Some(name), reason);
    }
    let turn = life::turn(task, revision, view.settings, view.now);
    if let Some((name, why)) = turn.stuck {
        let reason = "Task failed to start".to_owned();
        let stop = Stop { at: view.now, code: StopCode::TaskFailedToStart, reason };
        let exit = killed(task, revision);
        return Next::Finish { stop, exit, failed: Some((name, why)) };
    }
    if turn.over {
        let reason = "Essential container in task exited".to_owned();
        let stop = Stop { at: view.now, code: StopCode::EssentialContainerExited, reason };
        let mut exit = turn.ends;
        exit.extend(killed(task, revision));
        return Next::Finish { stop, exit, failed: None };
    }
    if !turn.is_still() {
        return Next::Live(turn);
    }
    let complete = task.containers.iter().all(|container| container.state != ContainerState::Pending);
    match task.phase {
        Phase::Starting if complete && task.registers => {
            Next::Enter { phase: Phase::Activating, takes_ms: ACTIVATES_MS }
        }
        Phase::Starting if complete => Next::Enter { phase: Phase::Running, takes_ms: 0 },
        Phase::Activating => Next::Enter { phase: Phase::Running, takes_ms: 0 },
        // A change of health: nothing of the task itself changes, and its service looks at it.
        _ => Next::Live(turn),
    }
}

fn no_subnet(at: Time, task: &Task) -> Next {
    let named = task.network.iter().flat_map(|network| &network.subnets).next().cloned().unwrap_or_default();
    let reason = format!(
        "Unexpected EC2 error while attempting to Create Network Interface in subnet '{named}': InvalidSubnetID.NotFound"
    );
    failed_to_start(at, None, reason)
}

fn failed_to_start(at: Time, container: Option<String>, reason: String) -> Next {
    let stop = Stop { at, code: StopCode::TaskFailedToStart, reason: reason.clone() };
    Next::Finish { stop, exit: Vec::new(), failed: container.map(|container| (container, reason)) }
}

fn cannot_start(task: &Task, revision: &Revision) -> Option<(String, String)> {
    let pending = |d: &&ContainerDefinition| {
        task.containers.iter().any(|c| c.name == d.name && c.state == ContainerState::Pending)
    };
    revision.containers.iter().filter(pending).find_map(|definition| match behaviour(task, definition)? {
        Behaviour::CannotStart(why) => {
            let reason = format!("CannotStartContainerError: Error response from daemon: {why}");
            Some((definition.name.clone(), reason))
        }
        Behaviour::Exits { .. } | Behaviour::Runs(_) => None,
    })
}
