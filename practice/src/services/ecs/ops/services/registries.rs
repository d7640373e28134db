//! Service registries of a service, checked against the task definition and Cloud Map. Follows `ServiceRegistry` of the
//! API reference.

use serde_json::Value;

use crate::core::fault::Fault;
use crate::services::ecs::fault;
use crate::services::ecs::model::Revision;
use crate::services::servicediscovery::registry as map;
use crate::world::View;

/// Whether a service can be registered so.
pub(super) fn checked(view: &View<'_>, registries: &[Value], revision: &Revision) -> Result<(), Fault> {
    if registries.len() > 1 {
        return Err(fault::invalid("service registries can have at most 1 items."));
    }
    let own = revision.network_mode.as_deref() == Some("awsvpc");
    for registry in registries {
        let arn = registry["registryArn"].as_str().unwrap_or_default();
        let service = map::service(view, arn).filter(|_| arn.starts_with("arn:"));
        let service = service
            .ok_or_else(|| fault::invalid(format!("The specified service registry {arn} does not exist.")))?;
        let has = |kind: &str| {
            service.dns.iter().flat_map(|dns| &dns.dns_records).any(|record| record.kind == kind)
        };
        let named = registry["containerName"].as_str();
        let port = registry["containerPort"].as_i64();
        if registry["port"].as_i64().is_some() && (named.is_some() || port.is_some()) {
            return Err(fault::invalid(
                "A service registry must specify either a port or a container name and container port, not both.",
            ));
        }
        if !own && has("A") {
            return Err(fault::invalid(
                "When specifying 'host' or 'bridge' for networkMode, the registry must use SRV records.",
            ));
        }
        if !own && (named.is_none() || port.is_none()) {
            return Err(fault::invalid(
                "When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition.",
            ));
        }
        let Some(name) = named else { continue };
        let container = revision.containers.iter().find(|container| container.name == name);
        let container = container.ok_or_else(|| {
            fault::invalid(format!("The container {name} does not exist in the task definition."))
        })?;
        if !container.port_mappings.iter().any(|mapping| mapping.container_port == port) {
            return Err(fault::invalid(format!(
                "The container {name} did not have a container port {} defined.",
                port.unwrap_or(0)
            )));
        }
    }
    Ok(())
}
