//! ECS Exec, as far as the control plane goes: whether there would be a session. Nothing listens at its stream. Follows
//! "Monitor Amazon ECS containers with ECS Exec" and its troubleshooting.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::ecs::model::{Cluster, Container, Phase, Task};
use crate::services::ecs::{arns, fault, starting};
use crate::world::{Scope, View};

/// What the agent in the container has to be allowed.
const ACTIONS: [&str; 4] = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];

#[derive(Debug, Deserialize)]
pub(super) struct Execute {
    cluster: Option<String>,
    container: Option<String>,
    command: String,
    interactive: bool,
    task: String,
}

/// `ExecuteCommand`.
pub(super) fn execute(scope: &mut Scope<'_>, input: Execute) -> Result<Value, Fault> {
    let answer = {
        let view = scope.view();
        let cluster = arns::find_cluster(&view, input.cluster.as_deref())?;
        let id = arns::local(&view, "task", cluster, &input.task)?;
        let task = id.and_then(|id| cluster.tasks.get(id)).ok_or_else(fault::task_not_found)?;
        if !input.interactive {
            return Err(fault::invalid("Interactive is the only mode supported currently."));
        }
        if input.command.is_empty() {
            return Err(fault::invalid("Command cannot be empty."));
        }
        let container = chosen(task, input.container.as_deref())?;
        let runs = task.phase == Phase::Running && container.is_running() && task.stop.is_none();
        if !task.execute_command || !runs {
            return Err(fault::invalid(
                "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.",
            ));
        }
        if !is_connected(&view, cluster, task) {
            return Err(Fault::new(
                "TargetNotConnectedException",
                "The execute command failed due to an internal error. Try again later.",
            ));
        }
        json!({
            "clusterArn": arns::cluster(&view, &cluster.name),
            "containerArn": arns::container(&view, &cluster.name, &task.id, &container.id),
            "containerName": container.name,
            "interactive": true,
            "taskArn": arns::in_cluster(&view, "task", &cluster.name, &task.id),
        })
    };
    let mut answer = answer;
    let (session, token) = (scope.region.ids.hex(17), scope.region.ids.base32(64));
    let region = &scope.region.name;
    let id = format!("ecs-execute-command-{session}");
    answer["session"] = json!({
        "streamUrl": format!("wss://ssmmessages.{region}.amazonaws.com/v1/data-channel/{id}?role=publish_subscribe"),
        "sessionId": id,
        "tokenValue": token,
    });
    Ok(answer)
}

/// The container that is named; the only one where none is.
fn chosen<'t>(task: &'t Task, name: Option<&str>) -> Result<&'t Container, Fault> {
    match (name, task.containers.as_slice()) {
        (Some(name), all) => all
            .iter()
            .find(|container| container.name == name)
            .ok_or_else(|| fault::invalid(format!("The container {name} was not found in the task."))),
        (None, [only]) => Ok(only),
        (None, _) => Err(fault::invalid(
            "The execute command failed because the task has more than one container. Specify the container name and try again.",
        )),
    }
}

/// Whether the agent beside a task's containers reaches Session Manager, and may.
fn is_connected(view: &View<'_>, cluster: &Cluster, task: &Task) -> bool {
    let Some(revision) = view.region.ecs.revision(&task.definition) else { return false };
    let role = task.overrides.task_role_arn.as_deref().or(revision.task_role_arn.as_deref());
    let Some(role) = role else { return false };
    let may = |action: &str| starting::allowed(view, role, &task.id, action, "*").is_ok();
    starting::reaches(view, cluster, task, revision, "ssmmessages")
        && ACTIONS.iter().all(|action| may(action))
}
