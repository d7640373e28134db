//! A dump that a client loads into a database of Amazon RDS, from a container or a machine: over the VPC, if routes and
//! security groups let it, with MySQL's own words if not.

use super::endpoint::{Endpoint, connect};
use crate::images;
use crate::images::client::UNANSWERED;
use crate::images::sock_shop::Login;
use crate::services::ecs::tasks;
use crate::services::rds;
use crate::world::{Scope, View};

/// A container of a task has begun. If its program loads a dump, it is loaded now, and what the database says is kept: it
/// decides how the container ends.
pub(crate) fn begun(scope: &mut Scope<'_>, cluster: &str, task: &str, container: &str) {
    let view = scope.view();
    let model = &view.region.ecs;
    let found = model.clusters.get(cluster).and_then(|cluster| Some((cluster, cluster.tasks.get(task)?)));
    let Some((within, of)) = found else { return };
    let at = model.containers_of(within, of).find(|at| at.container.name == container);
    let Some(login) = at.and_then(|at| tasks::with_start(of, at.definition, images::loads)?) else { return };
    let open = is_open(&view, Endpoint::of_task(&view, of).as_ref(), &login);
    let said = open.and_then(|()| load(scope, &login)).err().unwrap_or_default();
    let task = scope.region.ecs.clusters.get_mut(cluster).and_then(|cluster| cluster.tasks.get_mut(task));
    let container = task.and_then(|task| task.containers.iter_mut().find(|one| one.name == container));
    if let Some(container) = container {
        container.loaded = Some(said);
    }
}

/// Whether a database of Amazon RDS answers to a client that is there; the client's words if not.
pub(crate) fn is_open(view: &View<'_>, here: Option<&Endpoint<'_>>, login: &Login) -> Result<(), String> {
    let host = &login.host;
    let there = rds::at(view, host)
        .ok_or_else(|| format!("ERROR 2005 (HY000): Unknown MySQL server host '{host}' (-2)"))?;
    let interface = there.interface.as_ref().and_then(|id| view.region.ec2.interfaces.get(id));
    let end = interface.and_then(|one| Endpoint::of_interface(&view.region.ec2, one));
    let open = here.zip(end).is_some_and(|(here, end)| {
        login.port == there.port && connect(view, here, &end, "tcp", there.port).is_ok()
    });
    if open {
        return Ok(());
    }
    Err(format!("{UNANSWERED}: Can't connect to MySQL server on '{host}:{}' (110)", login.port))
}

/// Loads the socks into a database that answers; the client's words when it refuses.
pub(crate) fn load(scope: &mut Scope<'_>, login: &Login) -> Result<(), String> {
    let Login { host, user, password, database, .. } = login;
    rds::import(scope, host, (user, password), database).map_err(|said| {
        if said.contains("1049") {
            format!("ERROR 1049 (42000): Unknown database '{database}'")
        } else {
            format!("ERROR 1045 (28000): Access denied for user '{user}'@'%' (using password: YES)")
        }
    })
}
