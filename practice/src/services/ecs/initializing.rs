//! What a task's agent does on its behalf besides pulling: acts as the execution role, fetches secrets, opens log
//! streams. Follows "Resolve Amazon ECS stopped task errors", "Pass sensitive data to an Amazon ECS container" and "Send
//! Amazon ECS logs to `CloudWatch`".

use std::collections::BTreeMap;

use super::model::{ContainerDefinition, Revision, Task};
use super::starting::{self, Obstacle, Puller, REFUSED_MS, allowed, execution_role};
use crate::core::arn::arn;
use crate::core::secret::Secret;
use crate::services::{logs, secretsmanager, ssm};
use crate::world::{Scope, View};

/// Where a container's `awslogs` driver writes.
struct Log<'r> {
    group: &'r str,
    stream: String,
    create: bool,
}

/// What a role would have to be for this, if it is not: the first of the task's own two.
pub(super) fn roles(puller: &Puller<'_, '_>) -> Option<Obstacle> {
    let (task, revision) = (puller.task, puller.revision);
    let own = task.overrides.task_role_arn.as_deref().or(revision.task_role_arn.as_deref());
    let why = [execution_role(task, revision), own]
        .into_iter()
        .flatten()
        .find_map(|role| starting::assumable(puller.view, role).err());
    why.map(|reason| Obstacle { container: None, reason, takes_ms: REFUSED_MS })
}

/// The first secret that cannot be fetched.
pub(super) fn secrets(puller: &Puller<'_, '_>) -> Option<Obstacle> {
    let wanted = puller.revision.containers.iter().flat_map(secrets_of);
    let mut unreachable = None;
    let why = wanted.into_iter().find_map(|(_, from)| {
        let of_store = secretsmanager::Reference::parse(from).is_some();
        let service = if of_store { "secretsmanager" } else { "ssm" };
        if !puller.reaches(Some(service)) {
            unreachable = Some(unanswered(from, of_store));
            return unreachable.clone();
        }
        let failed = may_fetch(puller, from).and_then(|()| value_of(puller.view, from).map(|_| ())).err()?;
        let tried = "service call has been retried 1 time(s)";
        Some(if of_store {
            format!("unable to retrieve secret from asm: {tried}: failed to fetch secret {from} from secrets manager: {failed}")
        } else {
            format!("unable to retrieve secrets from ssm: {tried}: {failed}")
        })
    })?;
    let start = "ResourceInitializationError: unable to pull secrets or registry auth";
    let (reason, takes_ms) = match unreachable {
        Some(why) => (format!("{start}: {why}"), puller.unanswered_ms()),
        None => (format!("{start}: execution resource retrieval failed: {why}"), REFUSED_MS),
    };
    Some(Obstacle { container: None, reason, takes_ms })
}

fn unanswered(from: &str, of_store: bool) -> String {
    let (what, name) = if of_store {
        ("secrets from AWS Secrets Manager", "AWS Secrets Manager")
    } else {
        ("parameters from AWS Systems Manager", "AWS Systems Manager Parameter Store")
    };
    format!(
        "The task can't retrieve {what}: There is a connection issue between the task and {name}. Check your task network configuration. failed to fetch {from}: RequestCanceled: request context canceled caused by: context deadline exceeded"
    )
}

/// Name and `valueFrom` of a container's secrets.
fn secrets_of(definition: &ContainerDefinition) -> Vec<(&str, &str)> {
    let all = definition.secrets.iter().flatten();
    all.filter_map(|one| Some((one["name"].as_str()?, one["valueFrom"].as_str()?))).collect()
}

fn may_fetch(puller: &Puller<'_, '_>, from: &str) -> Result<(), String> {
    let Some((role, session)) = puller.identity() else {
        return Err("NoCredentialProviders: no valid providers in chain".to_owned());
    };
    let view = puller.view;
    let (action, resource) = match secretsmanager::Reference::parse(from) {
        Some(reference) => ("secretsmanager:GetSecretValue", reference.id.to_owned()),
        None if from.starts_with("arn:") => ("ssm:GetParameters", from.to_owned()),
        None => {
            let name = format!("parameter/{}", from.trim_start_matches('/'));
            ("ssm:GetParameters", arn("ssm", &view.region.name, view.account, &name))
        }
    };
    allowed(view, &role, &session, action, &resource)
}

fn value_of(view: &View<'_>, from: &str) -> Result<String, String> {
    match secretsmanager::Reference::parse(from) {
        Some(of) => {
            secretsmanager::value(&view.region.secretsmanager, of.id, of.json_key, of.stage, of.version)
        }
        None => ssm::parameter_value(view, from),
    }
}

/// What the secrets of each container come to, in the order of the definition.
pub(super) fn fetched(view: &View<'_>, revision: &Revision) -> Vec<BTreeMap<String, Secret<String>>> {
    let each = revision.containers.iter().map(|definition| {
        let values = secrets_of(definition).into_iter();
        values
            .filter_map(|(name, from)| Some((name.to_owned(), Secret(value_of(view, from).ok()?))))
            .collect()
    });
    each.collect()
}

fn log<'r>(view: &View<'_>, task: &Task, definition: &'r ContainerDefinition) -> Option<Log<'r>> {
    let configuration = definition.log_configuration.as_ref().filter(|log| log.log_driver == "awslogs")?;
    let options = configuration.options.as_ref()?;
    let option = |name: &str| options.get(name).map(String::as_str).filter(|text| !text.is_empty());
    // Those of other regions are not looked at.
    let here = option("awslogs-region").is_none_or(|region| region == view.region.name);
    let group = option("awslogs-group").filter(|_| here)?;
    let stream = match option("awslogs-stream-prefix") {
        Some(prefix) => format!("{prefix}/{}/{}", definition.name, task.id),
        None => task.containers.iter().find(|c| c.name == definition.name)?.id.replace('-', ""),
    };
    Some(Log { group, stream, create: option("awslogs-create-group") == Some("true") })
}

/// The log group and stream that a container writes to, if it does.
pub(crate) fn log_stream(
    view: &View<'_>,
    task: &Task,
    definition: &ContainerDefinition,
) -> Option<(String, String)> {
    log(view, task, definition).map(|log| (log.group.to_owned(), log.stream))
}

/// The first container whose log cannot be written.
pub(super) fn logging(puller: &Puller<'_, '_>) -> Option<Obstacle> {
    let (view, task) = (puller.view, puller.task);
    let all = puller.revision.containers.iter();
    all.filter_map(|definition| Some((definition, log(view, task, definition)?))).find_map(|(definition, log)| {
        let fargate = puller.on_fargate();
        let of = |why: &str, takes_ms: i64| {
            let reason = if fargate {
                format!("ResourceInitializationError: failed to validate logger args: {why}")
            } else {
                format!("CannotStartContainerError: Error response from daemon: failed to initialize logging driver: {why}")
            };
            let container = (!fargate).then(|| definition.name.clone());
            Some(Obstacle { container, reason, takes_ms })
        };
        if !puller.reaches(Some("logs")) {
            let why = if fargate { ": signal: killed" } else { "failed to create Cloudwatch log stream: RequestError: send request failed caused by: dial tcp 52.46.128.40:443: i/o timeout" };
            return of(why, puller.unanswered_ms());
        }
        let failed = may_log(puller, &log).err()?;
        if fargate {
            let why = format!("create stream has been retried 1 times: failed to create Cloudwatch log stream: {failed} : exit status 1");
            return of(&why, REFUSED_MS);
        }
        of(&format!("failed to create Cloudwatch log stream: {failed}"), REFUSED_MS)
    })
}

fn may_log(puller: &Puller<'_, '_>, log: &Log<'_>) -> Result<(), String> {
    let view = puller.view;
    let Some((role, session)) = puller.identity() else {
        return Err("NoCredentialProviders: no valid providers in chain".to_owned());
    };
    let there = logs::has_group(&view.region.logs, log.group);
    let of_group = format!("log-group:{}", log.group);
    let resource = |what: &str| arn("logs", &view.region.name, view.account, &format!("{of_group}:{what}"));
    if !there && log.create {
        allowed(view, &role, &session, "logs:CreateLogGroup", &resource(""))?;
    }
    let stream = resource(&format!("log-stream:{}", log.stream));
    allowed(view, &role, &session, "logs:CreateLogStream", &stream)?;
    if there || log.create {
        return Ok(());
    }
    Err("ResourceNotFoundException: The specified log group does not exist.".to_owned())
}

/// Opens the log streams of a task's containers, and makes groups where that is asked for.
pub(super) fn open_logs(scope: &mut Scope<'_>, cluster: &str, id: &str) {
    let streams: Vec<(String, String, bool)> = {
        let view = scope.view();
        let task = view.region.ecs.clusters.get(cluster).and_then(|cluster| cluster.tasks.get(id));
        let Some(revision) = task.and_then(|task| view.region.ecs.revision(&task.definition)) else { return };
        let all = revision.containers.iter().filter_map(|definition| log(&view, task?, definition));
        all.map(|log| (log.group.to_owned(), log.stream, log.create)).collect()
    };
    for (group, stream, create) in streams {
        if create {
            logs::create_group(&mut scope.region.logs, &group, scope.now);
        }
        logs::append(&mut scope.region.logs, &group, &stream, std::iter::empty(), scope.now);
    }
}
