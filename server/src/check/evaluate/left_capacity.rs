//! Whether capacity, names or machines outside AWS are left. Follows [`super::left`].

use super::left::Left;
use super::{Judge, one, seen};
use crate::catalog::check::What;
use crate::check::{Verdict, find, machine};

impl Judge<'_> {
    /// What is left of a name, of the kinds this module knows.
    pub(super) fn capacity_left(&self, what: What, name: &str, cluster: &str) -> Result<Vec<Left>, Verdict> {
        let facts = self.facts;
        Ok(match what {
            What::CapacityProvider => one(&facts.capacity_providers, name, "the capacity provider")?
                .map(|of| {
                    let command = format!("aws ecs delete-capacity-provider --capacity-provider {name}");
                    Left::named("capacity provider", name, command).leaving(of.status == "DEPROVISIONING")
                })
                .into_iter()
                .collect(),
            What::ScalableTarget => {
                let resource = find::resource_id(cluster, name);
                seen(facts.scalable_targets.as_ref(), "the scalable targets")?
                    .iter()
                    .filter(|of| of.resource_id == resource)
                    .map(|of| {
                        let command = format!(
                            "aws application-autoscaling deregister-scalable-target --service-namespace ecs --scalable-dimension \
                             ecs:service:DesiredCount --resource-id {resource}"
                        );
                        Left { id: of.resource_id.clone(), ..Left::named("scalable target", name, command) }
                    })
                    .collect()
            }
            What::Namespace => seen(facts.namespaces.as_ref(), "the namespaces")?
                .iter()
                .filter(|of| of.name == name)
                .map(|of| {
                    let command = match find::all(facts.discovery_services.get(&of.id)).first() {
                        Some(service) => format!("aws servicediscovery delete-service --id {}", service.id),
                        None => format!("aws servicediscovery delete-namespace --id {}", of.id),
                    };
                    Left { id: of.id.clone(), ..Left::named("namespace", name, command) }
                })
                .collect(),
            What::ContainerInstances => {
                seen(facts.container_instances.get(name), "the container instances")?
                    .iter()
                    .filter(|of| matches!(of.status.as_str(), "ACTIVE" | "DRAINING"))
                    .map(|of| {
                        let id = machine::last_part(&of.arn);
                        let command = format!(
                            "aws ecs deregister-container-instance --cluster {name} --container-instance {id} --force"
                        );
                        Left { id: of.instance_id.clone(), ..Left::named("container instance", id, command) }
                    })
                    .collect()
            }
            What::ManagedInstance => seen(facts.managed_instances.as_ref(), "the managed instances")?
                .iter()
                .filter(|of| machine::last_part(&of.iam_role) == name)
                .map(|of| {
                    let id = &of.instance_id;
                    Left::named(
                        "managed instance",
                        id,
                        format!("aws ssm deregister-managed-instance --instance-id {id}"),
                    )
                })
                .collect(),
            What::Activation => seen(facts.activations.as_ref(), "the activations")?
                .iter()
                .filter(|of| machine::last_part(&of.iam_role) == name)
                .map(|of| {
                    let id = &of.activation_id;
                    Left::named("activation", id, format!("aws ssm delete-activation --activation-id {id}"))
                })
                .collect(),
            _ => Vec::new(),
        })
    }
}
