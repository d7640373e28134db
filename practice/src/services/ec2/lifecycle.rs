//! What instances do by themselves: start, shut down, vanish; and their public addresses. Follows "Amazon EC2
//! instance state changes" and "Amazon EC2 instance IP addressing".

use std::net::Ipv4Addr;

use super::boot;
use super::gateways;
use super::instance::{Instance, State};
use super::model::Model;
use super::zones::region_number;
use crate::core::time::Time;
use crate::world::{Region, Scope, View};

/// From shutting-down to terminated.
pub(crate) const SHUTTING_DOWN_MS: i64 = 30_000;
/// From stopping to stopped.
pub(crate) const STOPPING_MS: i64 = 35_000;
/// How long a terminated instance can still be seen.
const VISIBLE_MS: i64 = 3_600_000;
/// From pending to running: at least this, and up to a part more.
const PENDING_MS: i64 = 18_000;
const PENDING_SPREAD_MS: u64 = 10_000;
/// From running to the end of cloud-init.
const BOOT_MS: i64 = 20_000;
const BOOT_SPREAD_MS: u64 = 16_000;

/// The first change of an instance, a NAT gateway or a VPC endpoint that is due.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let instances = view.region.ec2.instances.values().filter_map(|instance| instance.state.due());
    instances.chain(gateways::next_due(view)).chain(boot::next_due(view)).min()
}

/// Makes every change that is due happen.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let is_due = |instance: &&Instance| instance.state.due().is_some_and(|due| due <= now);
    let due: Vec<String> =
        scope.region.ec2.instances.values().filter(is_due).map(|instance| instance.id.clone()).collect();
    for id in &due {
        advance(scope, id);
    }
    let gateways_changed = gateways::reconcile(scope);
    let booted = boot::reconcile(scope);
    gateways_changed || booted || !due.is_empty()
}

fn advance(scope: &mut Scope<'_>, id: &str) {
    let Some(state) = scope.region.ec2.instance(id).map(|instance| instance.state) else { return };
    match state {
        State::Pending { .. } => {
            let address = public_address(scope.region, id);
            if let Some(instance) = scope.region.ec2.instances.get_mut(id) {
                instance.state = State::Running;
                instance.public_ip = address;
            }
        }
        State::ShuttingDown { .. } => {
            let vanishes_at = scope.now.plus_ms(scope.settings.lasts(VISIBLE_MS));
            let model = &mut scope.region.ec2;
            if let Some(instance) = model.instances.get_mut(id) {
                instance.state = State::Terminated { vanishes_at };
                (instance.private_ip, instance.public_ip) = (None, None);
            }
            for address in model.addresses.values_mut() {
                address.association.take_if(|a| a.instance_id.as_deref() == Some(id));
            }
        }
        State::Terminated { .. } => {
            let model = &mut scope.region.ec2;
            if let Some(gone) = model.instances.remove(id) {
                model.tags.remove(&gone.interface_id);
            }
            model.tags.remove(id);
        }
        State::Stopping { .. } => {
            let elastic = scope.region.ec2.elastic_ip_of(id);
            if let Some(instance) = scope.region.ec2.instances.get_mut(id) {
                instance.state = State::Stopped;
                instance.public_ip = elastic;
            }
        }
        State::Running | State::Stopped => {}
    }
}

/// Turns an instance on that is off.
pub(crate) fn power_on(scope: &mut Scope<'_>, id: &str) {
    let ids = &mut scope.region.ids;
    let mut spread = |base: i64, spread: u64| base + i64::try_from(ids.bits() % spread).unwrap_or_default();
    let (pending, boot) = (spread(PENDING_MS, PENDING_SPREAD_MS), spread(BOOT_MS, BOOT_SPREAD_MS));
    let running_at = scope.now.plus_ms(scope.settings.lasts(pending));
    let boot_done_at = running_at.plus_ms(scope.settings.lasts(boot));
    if let Some(instance) = scope.region.ec2.instances.get_mut(id) {
        instance.state = State::Pending { running_at };
        instance.launched_at = scope.now;
        instance.boot_done_at = boot_done_at;
        instance.reason = None;
    }
}

/// The public address an instance runs with: its Elastic IP, else one of its own if it wants one.
pub(crate) fn public_address(region: &mut Region, id: &str) -> Option<Ipv4Addr> {
    region.ec2.elastic_ip_of(id).or_else(|| {
        let wants = region.ec2.instance(id).is_some_and(|instance| instance.wants_public_ip);
        wants.then(|| draw_public_ip(region))
    })
}

/// A public address nobody in the region has. Each region has a block of its own, so that an address tells its
/// region.
pub(crate) fn draw_public_ip(region: &mut Region) -> Ipv4Addr {
    let second = FIRST_BLOCK + region_number(&region.name);
    loop {
        let [.., third, fourth] = region.ids.bits().to_be_bytes();
        let ip = Ipv4Addr::new(54, second, third, fourth.clamp(1, 254));
        // A region has 65,024 of them and far fewer instances and addresses, by the limits on both.
        if !is_taken(&region.ec2, ip) {
            return ip;
        }
    }
}

/// Second byte of the first region's public addresses.
const FIRST_BLOCK: u8 = 144;

fn is_taken(model: &Model, ip: Ipv4Addr) -> bool {
    model.instances.values().any(|i| i.public_ip == Some(ip))
        || model.interfaces.values().any(|i| i.own_public_ip() == Some(ip))
        || model.addresses.values().any(|a| a.public_ip == ip)
}
