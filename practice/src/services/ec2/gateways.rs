//! Ways out of a private subnet: NAT gateways and VPC endpoints, as they are stored, and what they do by themselves.
//! Follows "NAT gateways" (Amazon VPC User Guide) and "Access AWS services through AWS `PrivateLink`".

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::managed;
use crate::core::time::Time;
use crate::world::{Scope, View};

/// From pending to available, of a NAT gateway.
const NAT_PENDING_MS: i64 = 100_000;
/// From pending to available, of an interface endpoint.
const ENDPOINT_PENDING_MS: i64 = 90_000;
/// From deleting to deleted.
const DELETING_MS: i64 = 45_000;
/// How long what was deleted can still be seen.
const VISIBLE_MS: i64 = 3_600_000;

/// The life of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    Pending { available_at: Time },
    Available,
    Deleting { deleted_at: Time },
    Deleted { vanishes_at: Time },
    Failed { why: String, vanishes_at: Time },
}

impl Phase {
    /// The API's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Available => "available",
            Self::Deleting { .. } => "deleting",
            Self::Deleted { .. } => "deleted",
            Self::Failed { .. } => "failed",
        }
    }

    fn due(&self) -> Option<Time> {
        match self {
            Self::Pending { available_at: at }
            | Self::Deleting { deleted_at: at }
            | Self::Deleted { vanishes_at: at }
            | Self::Failed { vanishes_at: at, .. } => Some(*at),
            Self::Available => None,
        }
    }

    /// Whether it is there, or will be.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::Pending { .. } | Self::Available)
    }

    fn is_due(&self, now: Time) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// Where a NAT gateway made now begins.
    pub(crate) fn new_nat(scope: &Scope<'_>) -> Self {
        Self::Pending { available_at: scope.now.plus_ms(scope.settings.lasts(NAT_PENDING_MS)) }
    }

    /// Where an interface endpoint made now begins.
    pub(crate) fn new_endpoint(scope: &Scope<'_>) -> Self {
        Self::Pending { available_at: scope.now.plus_ms(scope.settings.lasts(ENDPOINT_PENDING_MS)) }
    }

    /// What failed at once.
    pub(crate) fn failed(scope: &Scope<'_>, why: String) -> Self {
        Self::Failed { why, vanishes_at: scope.now.plus_ms(scope.settings.lasts(VISIBLE_MS)) }
    }

    /// On its way out from now on.
    pub(crate) fn deleting(scope: &Scope<'_>) -> Self {
        Self::Deleting { deleted_at: scope.now.plus_ms(scope.settings.lasts(DELETING_MS)) }
    }
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub(crate) id: String,
    pub(crate) vpc_id: String,
    pub(crate) subnet_id: String,
    /// `eipalloc-...`; None when it is private.
    pub(crate) allocation_id: Option<String>,
    /// The Elastic IP address, kept to be shown.
    pub(crate) public_ip: Option<Ipv4Addr>,
    pub(crate) private_ip: Option<Ipv4Addr>,
    /// `eni-...` while it lives.
    pub(crate) interface_id: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) created_at: Time,
    pub(crate) deleted_at: Option<Time>,
}

/// A VPC endpoint for one of AWS's services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VpcEndpoint {
    pub(crate) id: String,
    pub(crate) vpc_id: String,
    /// What follows the region in `com.amazonaws.us-east-1.ecr.api`.
    pub(crate) service: String,
    /// A gateway endpoint serves route tables, an interface endpoint has interfaces in subnets.
    pub(crate) is_gateway: bool,
    /// Whether the service's own names lead to it inside the VPC.
    pub(crate) private_dns: bool,
    /// Subnet to interface.
    pub(crate) interfaces: BTreeMap<String, String>,
    /// `sg-...`
    pub(crate) groups: Vec<String>,
    /// `rtb-...`
    pub(crate) route_tables: Vec<String>,
    /// As given; AWS's default lets everything pass.
    pub(crate) policy: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) created_at: Time,
}

/// The first change that is due.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let model = &view.region.ec2;
    let gateways = model.nat_gateways.values().filter_map(|gateway| gateway.phase.due());
    gateways.chain(model.vpc_endpoints.values().filter_map(|endpoint| endpoint.phase.due())).min()
}

/// Makes every change that is due happen.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let vanishes_at = now.plus_ms(scope.settings.lasts(VISIBLE_MS));
    let model = &mut scope.region.ec2;
    let (mut changed, mut released, mut gone) = (false, Vec::new(), Vec::new());
    for gateway in model.nat_gateways.values_mut().filter(|gateway| gateway.phase.is_due(now)) {
        changed = true;
        match gateway.phase {
            Phase::Pending { .. } => gateway.phase = Phase::Available,
            Phase::Deleting { .. } => {
                gateway.phase = Phase::Deleted { vanishes_at };
                released.extend(gateway.interface_id.take());
            }
            _ => gone.push(gateway.id.clone()),
        }
    }
    for endpoint in model.vpc_endpoints.values_mut().filter(|endpoint| endpoint.phase.is_due(now)) {
        changed = true;
        if matches!(endpoint.phase, Phase::Pending { .. }) {
            endpoint.phase = Phase::Available;
        } else {
            released.extend(endpoint.interfaces.values().cloned());
            gone.push(endpoint.id.clone());
        }
    }
    for id in &gone {
        model.nat_gateways.remove(id);
        model.vpc_endpoints.remove(id);
        model.tags.remove(id);
    }
    for id in &released {
        managed::release(scope, id);
    }
    changed
}
