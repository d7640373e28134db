//! What user data does beyond the machine it runs on, at the end of its first boot: packages and files from the
//! internet, a dump into a database, `cfn-init` and `cfn-signal`, a shutdown. Follows "CloudFormation helper scripts
//! reference". Each command has an exit status, so that `cfn-signal -e $?` says what came of the one before it.

use serde_json::json;

use super::cfn_init;
use super::instance::State;
use super::lifecycle::STOPPING_MS;
use super::user_data::{self, Effect, Signal, Status};
use crate::core::time::Time;
use crate::images::sock_shop::Login;
use crate::network::endpoint::Endpoint;
use crate::network::{egress, load};
use crate::operation::Run;
use crate::services::{cloudformation, registry};
use crate::world::{Scope, View};

/// The end of the next first boot.
pub(super) fn next_due(view: &View<'_>) -> Option<Time> {
    let waiting =
        view.region.ec2.instances.values().filter(|one| one.state == State::Running && !one.user_data_ran);
    waiting.map(|one| one.boot_done_at).min()
}

/// Runs the user data of instances whose first boot has ended.
pub(super) fn reconcile(scope: &mut Scope<'_>) -> bool {
    let now = scope.now;
    let booted =
        scope.region.ec2.instances.values().filter(|one| one.is_booted(now) && one.state == State::Running);
    let ids: Vec<String> = booted.filter(|one| !one.user_data_ran).map(|one| one.id.clone()).collect();
    for id in &ids {
        if let Some(instance) = scope.region.ec2.instances.get_mut(id) {
            instance.user_data_ran = true;
        }
        run(scope, id);
    }
    !ids.is_empty()
}

fn run(scope: &mut Scope<'_>, id: &str) {
    let Some(instance) = scope.region.ec2.instance(id) else { return };
    let effects = user_data::effects(instance);
    carry_out(scope, id, effects);
}

/// Carries out what commands do beyond the machine; the exit status of the last one.
pub(super) fn carry_out(scope: &mut Scope<'_>, id: &str, effects: Vec<Effect>) -> i32 {
    let (mut status, mut has_client, mut complete) = (0, false, true);
    for effect in effects {
        status = match effect {
            Effect::Install(packages) => {
                let done = online(&scope.view(), id);
                has_client |=
                    done && packages.iter().any(|name| name.contains("mysql") || name.contains("mariadb"));
                i32::from(!done)
            }
            Effect::Download => {
                let done = online(&scope.view(), id);
                complete &= done;
                if done { 0 } else { 6 }
            }
            Effect::Import(_) if !has_client => 127,
            Effect::Import(_) if !complete => 1,
            Effect::Import(import) => i32::from(!imported(scope, id, &import)),
            Effect::Signal(signal) => i32::from(!signalled(scope, id, &signal, status)),
            Effect::Tell(url, body) => i32::from(!told(scope, id, &url, &body)),
            Effect::Init(wanted) => i32::from(!cfn_init::run(scope, id, &wanted)),
            Effect::Shutdown => {
                let stopped_at = scope.now.plus_ms(scope.settings.lasts(STOPPING_MS));
                if let Some(instance) = scope.region.ec2.instances.get_mut(id) {
                    instance.state = State::Stopping { stopped_at };
                }
                return status;
            }
        };
    }
    status
}

pub(super) fn online(view: &View<'_>, id: &str) -> bool {
    egress::instance_to_internet(view, id).is_ok()
}

/// Whether the instance gets to the endpoint of CloudFormation. Helper scripts need no permission: they sign with the
/// identity of the instance.
pub(super) fn reaches_cloudformation(view: &View<'_>, id: &str) -> bool {
    let end = view.region.ec2.instance(id).and_then(Endpoint::of_instance);
    end.is_some_and(|end| egress::to_service(view, &end, "cloudformation").is_ok())
}

/// `mysql < dump.sql`: over the VPC, if the security groups of the database let it in.
fn imported(scope: &mut Scope<'_>, id: &str, login: &Login) -> bool {
    let view = scope.view();
    let here = view.region.ec2.instance(id).and_then(Endpoint::of_instance);
    load::is_open(&view, here.as_ref(), login).is_ok() && load::load(scope, login).is_ok()
}

/// `cfn-signal`. Nothing happens where there is no such operation or stack.
fn signalled(scope: &mut Scope<'_>, id: &str, signal: &Signal, before: i32) -> bool {
    let well = match signal.status {
        Status::OfCommandBefore => before == 0,
        Status::Is(well) => well,
    };
    if let Some((url, reason, data)) = &signal.handle {
        let body = json!({"Status": if well { "SUCCESS" } else { "FAILURE" }, "Reason": reason, "Data": data,
            "UniqueId": signal.id.as_deref().unwrap_or(id)});
        return told(scope, id, url, &body.to_string());
    }
    if !reaches_cloudformation(&scope.view(), id)
        || signal.region.as_deref().is_some_and(|r| r != scope.region.name)
    {
        return false;
    }
    let Some(Run::Write(write)) =
        registry().operation("cloudformation", "SignalResource").map(|one| &one.run)
    else {
        return false;
    };
    let input = json!({"StackName": signal.stack, "LogicalResourceId": signal.resource,
        "UniqueId": signal.id.as_deref().unwrap_or(id), "Status": if well { "SUCCESS" } else { "FAILURE" }});
    write(scope, input).is_ok()
}

/// A wait condition handle is told something, from there.
fn told(scope: &mut Scope<'_>, id: &str, url: &str, body: &str) -> bool {
    let host = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    online(&scope.view(), id) && cloudformation::tell(scope, host, url, body) == Some(200)
}
