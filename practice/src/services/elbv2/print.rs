//! A print of all that health checks depend on: where it is the same, so is what they find.

use super::model::Model;
use crate::core::id::mix;
use crate::services::ec2;
use crate::services::ecs::model::Phase;
use crate::world::View;

/// A hash in the making.
pub(crate) struct Print(u64);

impl Print {
    /// Adds a text.
    pub(crate) fn text(&mut self, text: &str) {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        self.number(hash);
    }

    /// Adds texts, and how they end.
    pub(crate) fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t String>) {
        texts.into_iter().for_each(|text| self.text(text));
        self.number(u64::MAX);
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, number: u64) {
        self.0 = mix(self.0 ^ number);
    }

    /// Networks, instances and tasks.
    pub(crate) fn of_surroundings(view: &View<'_>) -> Self {
        let mut print = Self(1);
        networks(&mut print, view);
        tasks(&mut print, view);
        print
    }

    /// The print so far.
    pub(crate) fn value(&self) -> u64 {
        self.0
    }
}

/// The print of a region; 0 while no target is registered.
pub(super) fn of(view: &View<'_>) -> u64 {
    let model = &view.region.elbv2;
    if model.target_groups.values().all(|group| group.targets.is_empty()) {
        return 0;
    }
    let mut print = Print(1);
    balancers(&mut print, model);
    networks(&mut print, view);
    tasks(&mut print, view);
    print.0 | 1
}

fn balancers(print: &mut Print, model: &Model) {
    for lb in model.load_balancers.values() {
        print.text(&lb.arn);
        print.number(u64::from(lb.active_at.is_some()));
        print.texts(&lb.security_groups);
        print.texts(lb.zones.iter().map(|node| &node.subnet_id));
    }
    for listener in model.listeners.values() {
        print.text(&listener.load_balancer);
        print.number(u64::from(listener.port));
        listener.target_groups().for_each(|arn| print.text(arn));
    }
    for group in model.target_groups.values() {
        let check = &group.check;
        print.text(&group.arn);
        print.texts([&check.protocol, &check.port].into_iter().chain(&check.path).chain(&check.matcher));
        for (key, target) in &group.targets {
            print.text(key);
            print.number(u64::from(target.drained_at.is_some()));
            print.number(target.registered_at.0.unsigned_abs());
        }
    }
}

fn networks(print: &mut Print, view: &View<'_>) {
    let ec2: &ec2::model::Model = &view.region.ec2;
    for group in ec2.security_groups.values() {
        for rule in group.ingress.iter().chain(&group.egress) {
            print.text(&rule.id);
            print.text(&format!("{} {} {} {:?}", rule.protocol, rule.from_port, rule.to_port, rule.peer));
        }
        print.text(&group.id);
    }
    for instance in ec2.instances.values() {
        print.text(&instance.id);
        print.text(instance.state.name());
        print.number(u64::from(instance.is_booted(view.now)));
        print.texts(&instance.security_groups);
    }
    for interface in ec2.interfaces.values() {
        print.text(&interface.id);
        print.texts(&interface.security_groups);
    }
}

fn tasks(print: &mut Print, view: &View<'_>) {
    let clusters = view.region.ecs.clusters.values();
    for task in clusters.flat_map(|cluster| cluster.tasks.values()).filter(|t| t.phase != Phase::Stopped) {
        print.text(&task.id);
        print.number(task.version);
        print.number(task.phase as u64);
        print.number(task.ready_at.map_or(0, |at| at.0.unsigned_abs()));
        for container in &task.containers {
            print.number(u64::from(container.is_running()));
        }
    }
}
