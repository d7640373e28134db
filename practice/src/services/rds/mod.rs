//! Amazon RDS, as far as a lab needs a MySQL: database instances, their subnet groups and snapshots. Follows the API
//! reference of version 2014-10-31. What is in a database is whether somebody imported a dump, see [`import`]. Not here:
//! clusters, replicas, parameter and option groups, restoring, events, engines without MySQL's protocol.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod ask;
mod fault;
pub mod model;
mod ops;
mod reconcile;
mod resource;
mod shapes;

#[cfg(test)]
mod tests;

use crate::services::rds::model::{Instance, Phase};
use crate::world::{Scope, View};

const PROTOCOL: Protocol = Protocol::Query { namespace: "http://rds.amazonaws.com/doc/2014-10-31/" };

/// The operation table.
pub fn service() -> Service {
    use ops::{instances, snapshots, subnet_groups as groups, tags};
    Service {
        name: "rds",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "AddTagsToResource", tags::add),
            write(PROTOCOL, "CreateDBInstance", instances::create),
            write(PROTOCOL, "CreateDBSnapshot", snapshots::create),
            write(PROTOCOL, "CreateDBSubnetGroup", groups::create),
            write(PROTOCOL, "DeleteDBInstance", instances::delete),
            write(PROTOCOL, "DeleteDBSnapshot", snapshots::delete),
            write(PROTOCOL, "DeleteDBSubnetGroup", groups::delete),
            read(PROTOCOL, "DescribeDBInstances", instances::describe),
            read(PROTOCOL, "DescribeDBSnapshots", snapshots::describe),
            read(PROTOCOL, "DescribeDBSubnetGroups", groups::describe),
            read(PROTOCOL, "ListTagsForResource", tags::list),
            write(PROTOCOL, "ModifyDBInstance", instances::modify),
            write(PROTOCOL, "ModifyDBSubnetGroup", groups::modify),
            write(PROTOCOL, "RemoveTagsFromResource", tags::remove),
        ],
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: &[&resource::DbInstance, &resource::DbSubnetGroup],
    }
}

/// The database instance that has this name in DNS, once it is available.
pub(crate) fn at<'v>(view: &View<'v>, host: &str) -> Option<&'v Instance> {
    let mut all = view.region.rds.instances.values();
    all.find(|one| one.address.eq_ignore_ascii_case(host) && !matches!(one.phase, Phase::Creating(_)))
}

/// Somebody who reached it runs a dump of the shop's socks into a database. MySQL's words when it refuses.
pub(crate) fn import(
    scope: &mut Scope<'_>,
    host: &str,
    login: (&str, &str),
    database: &str,
) -> Result<(), String> {
    let id = at(&scope.view(), host)
        .map(|one| one.id.clone())
        .ok_or("ERROR 2005 (HY000): Unknown MySQL server host")?;
    let Some(one) = scope.region.rds.instances.get_mut(&id) else { return Err(String::new()) };
    one.admits(login.0, login.1, database)?;
    one.socks = true;
    Ok(())
}
