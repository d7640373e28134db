//! Which operations of each AWS service are part of the practice cloud, against all that the service's own model has.
//! The names are in `services/<service>/operations.txt`, one a line, from the service models that AWS publishes.

use std::collections::BTreeSet;

use crate::services::registry;

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Signing name: `ecs`.
    pub service: &'static str,
    /// Operations that are there, by name.
    pub there: Vec<&'static str>,
    /// Operations of the model that are not, by name.
    pub missing: Vec<&'static str>,
}

macro_rules! models {
    ($($service:literal in $folder:literal),* $(,)?) => {
        /// Signing names and all operations of their models.
        const MODELS: &[(&str, &str)] =
            &[$(($service, include_str!(concat!("services/", $folder, "/operations.txt")))),*];
    };
}

models!(
    "acm" in "acm",
    "application-autoscaling" in "application_autoscaling",
    "autoscaling" in "autoscaling",
    "cloudformation" in "cloudformation",
    "cloudtrail" in "cloudtrail",
    "dynamodb" in "dynamodb",
    "ec2" in "ec2",
    "ecr" in "ecr",
    "ecs" in "ecs",
    "elasticfilesystem" in "efs",
    "elb" in "elb",
    "elasticloadbalancing" in "elbv2",
    "events" in "events",
    "iam" in "iam",
    "logs" in "logs",
    "monitoring" in "cloudwatch",
    "rds" in "rds",
    "s3" in "s3",
    "secretsmanager" in "secretsmanager",
    "servicediscovery" in "servicediscovery",
    "ssm" in "ssm",
    "sts" in "sts",
);

/// What agents call and no published model has: the registration of a machine of one's own.
#[cfg(test)]
const OF_AGENTS: &[(&str, &str)] = &[("ssm", "RegisterManagedInstance")];

/// Every service of the practice cloud, by signing name.
pub fn coverage() -> Vec<Coverage> {
    registry()
        .services()
        .map(|service| {
            let there: BTreeSet<&'static str> = service.operations.iter().map(|one| one.name).collect();
            let model = MODELS.iter().find(|(name, _)| *name == service.name);
            let all = model.map(|(_, names)| names.lines()).into_iter().flatten();
            let missing = all.filter(|name| !there.contains(name)).collect();
            Coverage { service: service.name, there: there.into_iter().collect(), missing }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_one_of_its_services_model() {
        for service in registry().services() {
            let (_, names) = MODELS.iter().find(|(name, _)| *name == service.name).unwrap();
            let names: BTreeSet<&str> = names.lines().collect();
            for operation in &service.operations {
                let of_agents = OF_AGENTS.contains(&(service.name, operation.name));
                assert!(
                    of_agents || names.contains(operation.name),
                    "{} has no {}",
                    service.name,
                    operation.name
                );
            }
        }
    }

    #[test]
    fn what_is_there_and_what_is_missing_make_the_model() {
        let ecs = coverage().into_iter().find(|one| one.service == "ecs").unwrap();
        assert!(ecs.there.contains(&"RunTask") && !ecs.missing.contains(&"RunTask"));
        let (_, names) = MODELS.iter().find(|(name, _)| *name == "ecs").unwrap();
        assert_eq!(ecs.there.len() + ecs.missing.len(), names.lines().count());
    }
}
