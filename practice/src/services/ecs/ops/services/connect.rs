//! `serviceConnectConfiguration`, checked. Follows "Amazon ECS Service Connect concepts" and the API reference.

use std::collections::BTreeSet;

use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::{Cluster, Connect, Launch, Revision};
use crate::services::servicediscovery::registry as map;
use crate::world::View;

/// Most services and client aliases of a configuration.
const MAX_SERVICES: usize = 50;

/// The configuration as it is kept: none when it is off, and always with a namespace, if only the default one of its
/// cluster.
pub(super) fn checked(
    view: &View<'_>,
    cluster: &Cluster,
    asked: Option<Connect>,
    revision: &Revision,
    launch: Launch,
) -> Result<Option<Connect>, Fault> {
    let Some(mut asked) = asked.filter(|asked| asked.enabled) else { return Ok(None) };
    if launch == Launch::External {
        return Err(fault::invalid("Service Connect is not supported with EXTERNAL launch type."));
    }
    let mode = revision.network_mode.as_deref().unwrap_or("bridge");
    if !matches!(mode, "awsvpc" | "bridge") {
        return Err(fault::invalid(format!(
            "Service Connect doesn't support the network mode {mode}. Use awsvpc or bridge."
        )));
    }
    let own = asked.namespace.take().filter(|name| !name.is_empty());
    let name = own.or_else(|| cluster.connect_namespace.clone()).ok_or_else(|| {
        fault::invalid(
            "A namespace is required in serviceConnectConfiguration: the cluster has no default one.",
        )
    })?;
    if map::namespace(view, &name).is_none() {
        return Err(Fault::new("NamespaceNotFoundException", "The specified namespace wasn't found."));
    }
    asked.namespace = Some(name);
    if asked.services.len() > MAX_SERVICES {
        return Err(fault::invalid(format!(
            "serviceConnectConfiguration can have at most {MAX_SERVICES} services."
        )));
    }
    let (mut ports, mut names, mut aliases) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for service in &asked.services {
        let port = &service.port_name;
        let mappings = revision.containers.iter().flat_map(|container| &container.port_mappings);
        if !mappings.into_iter().any(|mapping| mapping.name.as_deref() == Some(port)) {
            return Err(fault::invalid(format!(
                "The portName '{port}' of serviceConnectConfiguration is not the name of a port mapping in the task definition."
            )));
        }
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if !service.discovery().chars().all(legal) || service.discovery().len() > 64 {
            return Err(fault::invalid(
                "A discoveryName can have up to 64 lowercase letters, numbers, underscores and hyphens.",
            ));
        }
        if !ports.insert(port) || !names.insert(service.discovery()) {
            return Err(fault::invalid(
                "Each portName and discoveryName can be used only once in serviceConnectConfiguration.",
            ));
        }
        if service.client_aliases.len() > 1 {
            return Err(fault::invalid("A Service Connect service can have at most 1 clientAliases."));
        }
        for alias in &service.client_aliases {
            if !(1..=65_535).contains(&alias.port) {
                return Err(fault::invalid("The port of a client alias must be between 1 and 65535."));
            }
            if alias.dns_name.as_ref().is_some_and(|name| name.is_empty() || name.len() > 127) {
                return Err(fault::invalid("The dnsName of a client alias must have 1 to 127 characters."));
            }
            if !aliases.insert((alias.dns_name.as_deref(), alias.port)) && alias.dns_name.is_some() {
                return Err(fault::invalid("Each client alias must be unique."));
            }
        }
    }
    Ok(Some(asked))
}
