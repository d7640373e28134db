//! Of names and who is behind them.

use super::{Need, the_service};
use crate::catalog::check::{Asks, Http};
use crate::check::facts::Facts;
use crate::check::find;

/// A namespace and its services.
pub(super) fn services(namespace: &str, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::Namespaces];
    needs.extend(find::namespace(facts, namespace).map(|of| Need::DiscoveryServices(of.id.clone())));
    needs
}

/// Who is registered under a name of a namespace.
pub(super) fn registered(namespace: &str, name: &str, facts: &Facts) -> Vec<Need> {
    let mut needs = services(namespace, facts);
    if let Some(of) = find::discovery_service(facts, namespace, name) {
        needs.push(Need::DiscoveryInstances(of.id.clone()));
    }
    needs
}

/// Everything between a page and whom it asks by name.
pub(super) fn asked(of: &Http, asks: &Asks, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::Namespaces, Need::SecurityGroups, Need::Instances];
    needs.extend(facts.names.services.iter().map(|service| the_service(&of.cluster, service)));
    let spaces = find::all(facts.namespaces.as_ref());
    needs.extend(spaces.iter().map(|of| Need::DiscoveryServices(of.id.clone())));
    let service = of.service.as_ref().or(facts.names.service.as_ref());
    let client = service.and_then(|name| find::service(facts, &of.cluster, name));
    if let Some(name) = client.and_then(|client| find::variable(facts, client, asks))
        && let Some((_, found)) = find::by_dns_name(facts, name)
    {
        needs.push(Need::DiscoveryInstances(found.id.clone()));
    }
    needs
}
