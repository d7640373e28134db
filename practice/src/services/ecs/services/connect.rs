//! Service Connect: the services of Cloud Map that it makes for an ECS service, and who knows their names. Follows
//! "Amazon ECS Service Connect": a proxy knows the endpoints that were there when its task was started.

use super::service_mut;
use crate::core::time::Time;
use crate::services::ecs::model::{Alias, Connect, ConnectService, Discovery, Service, ServiceStatus};
use crate::services::servicediscovery::registry as map;
use crate::world::{Scope, View};

/// What the service has in Cloud Map but should not, and should have but has not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// To be made, or made to know other aliases. Without the id where there is none yet.
    set: Vec<Discovery>,
    /// Ids of Cloud Map's services.
    remove: Vec<String>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is to change now.
pub(super) fn changes(view: &View<'_>, service: &Service) -> Changes {
    if service.discoveries.is_empty() && service.spec.connect.is_none() {
        return Changes::default();
    }
    let active = service.status == ServiceStatus::Active;
    let connect = service.spec.connect.as_ref().filter(|_| active);
    let wanted: Vec<Discovery> =
        connect.into_iter().flat_map(|connect| wanted(view, service, connect)).collect();
    let is_wanted = |had: &&Discovery| wanted.iter().any(|new| same(new, had));
    // Older tasks are still registered until they are gone.
    let idle =
        |had: &&Discovery| !service.registered.values().flatten().any(|arn| map::is(arn, &had.service));
    let remove = service.discoveries.iter().filter(|had| !is_wanted(had) && idle(had));
    let remove = remove.map(|had| had.service.clone()).collect();
    let set = wanted.into_iter().filter(|new| !service.discoveries.contains(new)).collect();
    Changes { set, remove }
}

fn same(a: &Discovery, b: &Discovery) -> bool {
    (&a.namespace, &a.name) == (&b.namespace, &b.name)
}

fn wanted<'a>(
    view: &'a View<'_>,
    service: &'a Service,
    connect: &'a Connect,
) -> impl Iterator<Item = Discovery> + use<'a> {
    let namespace = connect.namespace.as_deref().and_then(|name| map::namespace(view, name));
    let all = connect.services.iter().filter_map(move |one| Some((namespace?, one)));
    all.map(|(namespace, one)| {
        let had = service
            .discoveries
            .iter()
            .find(|had| had.namespace == namespace.id && had.name == one.discovery());
        Discovery {
            name: one.discovery().to_owned(),
            namespace: namespace.id.clone(),
            service: had.map(|had| had.service.clone()).unwrap_or_default(),
            aliases: aliases(one, &namespace.name, had, view.now),
        }
    })
}

fn aliases(one: &ConnectService, namespace: &str, had: Option<&Discovery>, now: Time) -> Vec<Alias> {
    let all = one.client_aliases.iter().map(|alias| {
        let name = alias.dns_name.clone().unwrap_or_else(|| format!("{}.{namespace}", one.discovery()));
        let port = u16::try_from(alias.port).unwrap_or(0);
        let known = had.and_then(|had| had.aliases.iter().find(|a| a.name == name && a.port == port));
        let since = known.map_or(now, |alias| alias.since);
        Alias { name, port, since }
    });
    all.collect()
}

/// Makes and removes services of Cloud Map. One whose name somebody else has is left to them.
pub(super) fn apply(scope: &mut Scope<'_>, cluster: &str, name: &str, changes: &Changes) {
    for discovery in &changes.set {
        let mut discovery = discovery.clone();
        if discovery.service.is_empty() {
            let description =
                format!("Managed by Amazon ECS for the service {name} of the cluster {cluster}");
            match map::create(scope, &discovery.namespace, &discovery.name, description) {
                Ok(id) => discovery.service = id,
                Err(_) => continue,
            }
        }
        if let Some(service) = service_mut(scope, cluster, name) {
            service.discoveries.retain(|had| !same(had, &discovery));
            service.discoveries.push(discovery);
        }
    }
    for id in &changes.remove {
        map::remove(scope, id);
        if let Some(service) = service_mut(scope, cluster, name) {
            service.discoveries.retain(|had| had.service != *id);
        }
    }
}
