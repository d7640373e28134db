//! The services of the practice cloud, one folder each, and the registry that finds them by name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::operation::{Operation, Service};
use crate::resource::Resource;

pub mod acm;
pub mod application_autoscaling;
pub mod autoscaling;
pub mod cloudformation;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod dynamodb;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod efs;
pub mod elb;
pub mod elbv2;
pub mod events;
pub mod iam;
pub mod logs;
pub mod rds;
pub mod s3;
pub mod secretsmanager;
pub mod servicediscovery;
pub mod ssm;
pub mod sts;

/// Every service and operation, by name.
pub struct Registry {
    services: BTreeMap<&'static str, (Service, BTreeMap<&'static str, usize>)>,
    resources: BTreeMap<&'static str, &'static dyn Resource>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let all = [
        acm::service(),
        application_autoscaling::service(),
        autoscaling::service(),
        cloudformation::service(),
        cloudtrail::service(),
        cloudwatch::service(),
        dynamodb::service(),
        ec2::service(),
        ecr::service(),
        ecs::service(),
        efs::service(),
        elb::service(),
        elbv2::service(),
        events::service(),
        iam::service(),
        logs::service(),
        rds::service(),
        s3::service(),
        secretsmanager::service(),
        servicediscovery::service(),
        ssm::service(),
        sts::service(),
    ];
    let index = |service: &Service| {
        service.operations.iter().enumerate().map(|(at, operation)| (operation.name, at)).collect()
    };
    let offered = all.iter().flat_map(|service| service.resources);
    let resources = offered.map(|resource| (resource.type_name(), *resource)).collect();
    Registry {
        resources,
        services: all
            .into_iter()
            .map(|s| {
                (s.name, {
                    let i = index(&s);
                    (s, i)
                })
            })
            .collect(),
    }
});

/// The one registry.
pub fn registry() -> &'static Registry {
    &REGISTRY
}

impl Registry {
    /// The service of that signing name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name).map(|(service, _)| service)
    }

    /// The operation of that name.
    pub fn operation(&self, service: &str, operation: &str) -> Option<&Operation> {
        let (service, index) = self.services.get(service)?;
        service.operations.get(*index.get(operation)?)
    }

    /// The resource type of that name.
    pub fn resource(&self, type_name: &str) -> Option<&'static dyn Resource> {
        self.resources.get(type_name).copied()
    }

    /// All services, by name.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values().map(|(service, _)| service)
    }
}
