//! Log group, file system, and how tasks have ended.

use super::{Judge, Judged, seen};
use crate::catalog::check::{FileSystem, LogGroup, TaskStopped};
use crate::check::explain::{because, not_as_asked, not_there, stopped, wait_or, way};
use crate::check::facts::Task;
use crate::check::{Verdict, find, machine};
use regex_lite::Regex;

/// NFS, which EFS speaks.
const NFS: u16 = 2049;

impl Judge<'_> {
    pub(super) fn log_group(&mut self, of: &LogGroup) -> Judged {
        let all = seen(self.facts.log_groups.as_ref(), "the log groups")?;
        let name = &of.log_group;
        let Some(found) = all.iter().find(|group| group.log_group_name == *name) else {
            let similar = find::similar(name, all.iter().map(|group| group.log_group_name.as_str()));
            return Err(not_there("log group", name, &self.facts.region)
                .near("Similar names", similar)
                .next("Create the log group.")
                .command(format!("aws logs create-log-group --log-group-name {name}"))
                .failed());
        };
        if let Some(days) = of.retention_days.filter(|days| found.retention_in_days != Some(*days)) {
            let is =
                found.retention_in_days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
            return Err(not_as_asked(
                &format!("The log group {name}"),
                "Retention",
                is,
                format!("{days} days"),
            )
            .next("Set how long events are kept.")
            .command(format!(
                "aws logs put-retention-policy --log-group-name {name} --retention-in-days {days}"
            ))
            .failed());
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn file_system(&mut self, of: &FileSystem) -> Judged {
        let all = seen(self.facts.file_systems.as_ref(), "the file systems")?;
        let name = &of.file_system;
        let waits = self.check.waits.as_ref();
        let Some(found) = all.iter().find(|system| system.name == *name && system.state != "deleted") else {
            let similar = find::similar(name, all.iter().map(|system| system.name.as_str()));
            return Err(not_there("file system with the tag Name", name, &self.facts.region)
                .near("Similar names", similar)
                .next("Create the file system, and give it the tag Name.")
                .failed());
        };
        let what = format!("The file system {}", found.id);
        let elapsed = found.created_at.map(|at| self.facts.age(at));
        if found.state != "available" {
            return Err(wait_or(waits, "the file system to become available", elapsed, || {
                not_as_asked(&what, "State", &found.state, "available").next("Look at the file system.")
            }));
        }
        let group = of.security_group.as_ref().and_then(|name| find::security_group(self.facts, name));
        for subnet_name in &of.subnets {
            seen(self.facts.subnets.as_ref(), "the subnets")?;
            let subnet = find::subnet(self.facts, subnet_name).map(|found| found.it.subnet_id.as_str());
            let Some(target) = found.mount_targets.iter().find(|t| Some(t.subnet_id.as_str()) == subnet)
            else {
                return Err(not_there("mount target in subnet", subnet_name, &self.facts.region)
                    .seen("Of file system", &found.id)
                    .seen("Mount targets", found.mount_targets.len().to_string())
                    .next("Create a mount target in each subnet that tasks run in.")
                    .command(format!(
                        "aws efs create-mount-target --file-system-id {} --subnet-id {} --security-groups {}",
                        found.id,
                        subnet.unwrap_or("SUBNET_ID"),
                        group.map_or("SECURITY_GROUP_ID", |group| group.group_id.as_str())
                    ))
                    .failed());
            };
            if target.state != "available" {
                return Err(wait_or(waits, "the mount targets to become available", elapsed, || {
                    not_as_asked(&what, "Mount target", &target.state, "available")
                        .next("Look at the mount target.")
                }));
            }
            if let Some(group) = group.filter(|group| !target.security_groups.contains(&group.group_id)) {
                return Err(not_as_asked(
                    &format!("The mount target {}", target.id),
                    "Security groups",
                    target.security_groups.join(", "),
                    &group.group_id,
                )
                .next("Put the mount target into this group.")
                .command(format!(
                    "aws efs modify-mount-target-security-groups --mount-target-id {} --security-groups {}",
                    target.id, group.group_id
                ))
                .failed());
            }
        }
        let Some(group) = group else { return Ok(Verdict::Passed) };
        let open = group.ingress.iter().any(|rule| {
            way::has_port(rule, "tcp", NFS)
                && (rule.groups.contains(&group.group_id) || !rule.cidrs.is_empty())
        });
        if open {
            return Ok(Verdict::Passed);
        }
        Err(because(
            "file-system-port-closed",
            "The file system's port is closed to the tasks",
            "Tasks mount an EFS file system over NFS, TCP port 2049 of its mount targets. The mount targets' security group does \
             not let that port in from the tasks, so mounting would time out and the tasks would not start.",
        )
        .seen(format!("Security group {} ({})", group.group_name, group.group_id), way::rules(group))
        .next("Let in TCP 2049 from the tasks' group.")
        .command(format!(
            "aws ec2 authorize-security-group-ingress --group-id {} --protocol tcp --port {NFS} --source-group {}",
            group.group_id, group.group_id
        ))
        .failed())
    }

    pub(super) fn task_stopped(&mut self, of: &TaskStopped) -> Judged {
        let tasks = seen(self.facts.tasks.get(&of.cluster), "the tasks")?;
        let reason = match of.reason.as_deref().map(Regex::new) {
            Some(Err(_)) => {
                return Err(Verdict::CannotTell { reason: "the check's expression is not one".to_owned() });
            }
            Some(Ok(regex)) => Some(regex),
            None => None,
        };
        let group = of.service.as_ref().map(|service| format!("service:{service}"));
        let family = |task: &Task| {
            let revision = machine::last_part(&task.task_definition);
            revision.split(':').next().unwrap_or(revision).to_owned()
        };
        let mine: Vec<&Task> = tasks
            .iter()
            .filter(|task| group.as_ref().is_none_or(|group| task.group == *group))
            .filter(|task| of.family.as_ref().is_none_or(|wanted| family(task) == *wanted))
            .collect();
        let matches = |task: &&&Task| {
            let said = task
                .containers
                .iter()
                .filter_map(|c| c.reason.as_deref())
                .chain(task.stopped_reason.as_deref());
            task.last_status == "STOPPED"
                && of.stop_code.as_ref().is_none_or(|code| task.stop_code.as_ref() == Some(code))
                && of.exit_code.is_none_or(|code| {
                    task.containers.iter().any(|container| container.exit_code == Some(code))
                })
                && reason.as_ref().is_none_or(|regex| said.into_iter().any(|said| regex.is_match(said)))
        };
        let wanted = of.at_least.unwrap_or(1);
        let count = mine.iter().filter(matches).count();
        if u32::try_from(count).unwrap_or(u32::MAX) >= wanted {
            return Ok(Verdict::Passed);
        }
        let under_way =
            mine.iter().filter(|task| task.last_status != "STOPPED" && task.last_status != "RUNNING");
        let leaving =
            mine.iter().filter(|task| task.desired_status == "STOPPED" && task.last_status != "STOPPED");
        let since = under_way.chain(leaving).filter_map(|task| task.created_at).max();
        let mut cause = not_there("task that stopped in this way in", &of.cluster, &self.facts.region)
            .seen_if("Looked for", of.stop_code.clone())
            .seen("Found", format!("{count} of {wanted}"));
        let mut stopped: Vec<&&Task> = mine.iter().filter(|task| task.last_status == "STOPPED").collect();
        stopped.sort_by_key(|task| std::cmp::Reverse(task.stopped_at));
        for task in stopped.into_iter().take(3) {
            let id = machine::last_part(&task.arn).to_owned();
            let said = task.stopped_reason.clone().unwrap_or_default();
            cause = cause.seen(
                format!("Task {}", id.get(..8).unwrap_or(&id)),
                format!("{}: {said}", task.stop_code.clone().unwrap_or_default()),
            );
        }
        if let Some(wanted) = of.exit_code
            && let Some(ended) =
                mine.iter().filter(|task| task.last_status == "STOPPED").max_by_key(|t| t.stopped_at)
            && ended.containers.iter().any(|c| c.exit_code.is_some_and(|code| code != wanted))
            && since.is_none()
        {
            return Err(stopped::ended(self.facts, ended).failed());
        }
        let cause = cause.next("Do what the step asks for, and wait for the task to stop.");
        match since {
            None => Err(cause.failed()),
            Some(at) => {
                let elapsed = Some(self.facts.age(at));
                Err(wait_or(self.check.waits.as_ref(), "a task to stop", elapsed, || cause))
            }
        }
    }
}
