//! Namespaces, names, and who is registered under them.

use super::{Judge, Judged, seen};
use crate::catalog::check::{DiscoveryInstances, DiscoveryService, Namespace, ServiceConnect};
use crate::check::explain::{converging, discovery, not_as_asked, not_there};
use crate::check::facts;
use crate::check::{Verdict, find};

impl<'a> Judge<'a> {
    fn the_namespace(&self, name: &str) -> Result<&'a facts::Namespace, Verdict> {
        let facts = self.facts;
        let all = seen(facts.namespaces.as_ref(), "the namespaces")?;
        if let Some(found) = find::namespace(facts, name) {
            return Ok(found);
        }
        let waits = self.check.waits.as_ref();
        if !find::all(facts.namespace_operations.as_ref()).is_empty() {
            return Err(converging(waits, "Cloud Map to create the namespace", 0));
        }
        Err(not_there("namespace", name, &facts.region)
            .near("Similar names", find::similar(name, all.iter().map(|of| of.name.as_str())))
            .next("Create the namespace.")
            .failed())
    }

    fn the_discovery_service(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<&'a facts::DiscoveryService, Verdict> {
        let facts = self.facts;
        let space = self.the_namespace(namespace)?;
        let all = seen(facts.discovery_services.get(&space.id), "the namespace's services")?;
        all.iter().find(|of| of.name == name).ok_or_else(|| {
            not_there("Cloud Map service", name, &facts.region)
                .seen("In namespace", namespace)
                .near("Similar names", find::similar(name, all.iter().map(|of| of.name.as_str())))
                .next("Create the service in the namespace.")
                .failed()
        })
    }

    pub(super) fn namespace(&mut self, of: &Namespace) -> Judged {
        let found = self.the_namespace(&of.namespace)?;
        match of.of_type.as_ref().filter(|wanted| **wanted != found.of_type) {
            None => Ok(Verdict::Passed),
            Some(wanted) => {
                let what = format!("The namespace {}", of.namespace);
                Err(not_as_asked(&what, "Type", &found.of_type, wanted)
                    .next("Delete the namespace, and create it with this type.")
                    .command(format!("aws servicediscovery delete-namespace --id {}", found.id))
                    .failed())
            }
        }
    }

    pub(super) fn discovery_service(&mut self, of: &DiscoveryService) -> Judged {
        let found = self.the_discovery_service(&of.namespace, &of.name)?;
        let what = format!("The Cloud Map service {}", of.name);
        let records = found.dns_config.as_ref().map(|dns| dns.dns_records.as_slice()).unwrap_or_default();
        let list: Vec<String> = records.iter().map(|r| format!("{} (TTL {} s)", r.of_type, r.ttl)).collect();
        let is = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        let record = match &of.record {
            None => records.first(),
            Some(wanted) => {
                let found = records.iter().find(|record| record.of_type == *wanted);
                if found.is_none() {
                    return Err(not_as_asked(&what, "DNS records", is, wanted)
                        .next("Delete the Cloud Map service, and create it with this record: records cannot be changed to another type.")
                        .failed());
                }
                found
            }
        };
        match of.ttl.filter(|ttl| record.is_none_or(|record| record.ttl > *ttl)) {
            None => Ok(Verdict::Passed),
            Some(ttl) => Err(not_as_asked(&what, "DNS records", is, format!("a TTL of at most {ttl} s"))
                .next("Update the Cloud Map service with a shorter TTL.")
                .failed()),
        }
    }

    pub(super) fn discovery_instances(&mut self, of: &DiscoveryInstances) -> Judged {
        let found = self.the_discovery_service(&of.namespace, &of.name)?;
        let instances = seen(self.facts.discovery_instances.get(&found.id), "who is registered")?;
        let service = self.the_service(&of.cluster, &of.service)?;
        seen(self.facts.tasks.get(&of.cluster), "the tasks")?;
        let strangers = discovery::strangers(self.facts, &of.cluster, &of.service, instances).len();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        if count(instances.len()) == of.registered && count(strangers) == of.strangers {
            return Ok(Verdict::Passed);
        }
        Err(discovery::registered(self.facts, of, found, instances, service, self.check.waits.as_ref()))
    }

    pub(super) fn service_connect(&mut self, of: &ServiceConnect) -> Judged {
        let service = self.the_service(&of.cluster, &of.service)?;
        let newest = service.primary();
        let Some(connect) = newest.and_then(|d| d.connect.as_ref()).filter(|connect| connect.enabled) else {
            return Err(discovery::connect_off(&of.cluster, service, &of.namespace).failed());
        };
        let what = format!("The service {}", of.service);
        let namespace = crate::check::machine::last_part(&connect.namespace);
        let by_id = find::all(self.facts.namespaces.as_ref()).iter().find(|space| space.id == namespace);
        let name = by_id.map_or(namespace, |space| space.name.as_str());
        if name != of.namespace && by_id.is_some() | !namespace.starts_with("ns-") {
            return Err(not_as_asked(&what, "Namespace of Service Connect", name, &of.namespace)
                .next("Update the service's Service Connect configuration with this namespace.")
                .failed());
        }
        if let Some(serves) = &of.serves {
            let Some(port) = connect.services.iter().find(|offered| offered.port_name == serves.port_name)
            else {
                let offered: Vec<&str> = connect.services.iter().map(|of| of.port_name.as_str()).collect();
                let is =
                    if offered.is_empty() { "none: a client only".to_owned() } else { offered.join(", ") };
                return Err(not_as_asked(&what, "Ports it offers", is, &serves.port_name)
                    .next("Name the port among `services` of its Service Connect configuration.")
                    .failed());
            };
            let as_asked = port.aliases.iter().any(|(name, port)| {
                name.as_deref() == Some(serves.alias.as_str()) && *port == i32::from(serves.port)
            });
            if !as_asked {
                return Err(discovery::alias_missing(service, port, serves).failed());
            }
        }
        if newest.is_some_and(|d| d.rollout_state.as_deref() != Some("COMPLETED")) {
            let since = newest.and_then(|d| d.created_at).map_or(0, |at| self.facts.age(at));
            return Err(converging(self.check.waits.as_ref(), "the deployment", since));
        }
        Ok(Verdict::Passed)
    }
}
