//! Looking at instances.

use serde::Deserialize;
use serde_json::{Value, json};

use super::instance_shape::{reservation, zone};
use super::security_group::group_set;
use super::subnet::zone_id;
use crate::core::fault::Fault;
use crate::core::page::{Page, page};
use crate::services::ec2::ask::{self, Asked, Noun, bad_token, listing};
use crate::services::ec2::fault;
use crate::services::ec2::instance::{Instance, State};
use crate::services::ec2::model::Model;
use crate::world::View;

/// How long after it runs an instance's status checks say `initializing`.
const INITIALIZING_MS: i64 = 120_000;

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    if input.max_results.is_some() && !input.ids.is_empty() {
        return Err(fault::combination(
            "The parameter instancesSet cannot be used with the parameter maxResults",
        ));
    }
    let page = wanted(view, &input, |_| true)?;
    // Instances of one reservation stand beside each other.
    let mut reservations: Vec<Vec<String>> = Vec::new();
    let mut last: Option<&str> = None;
    for instance in page.items {
        if last != Some(&instance.reservation_id) {
            reservations.push(vec![]);
        }
        last = Some(&instance.reservation_id);
        if let Some(reservation) = reservations.last_mut() {
            reservation.push(instance.id.clone());
        }
    }
    let shapes = reservations.iter().map(|ids| reservation(view, ids)).collect();
    Ok(listing("reservationSet", shapes, page.next))
}

/// The instances asked for, by reservation.
fn wanted<'v>(
    view: &View<'v>,
    asked: &Asked,
    shown: impl Fn(&Instance) -> bool,
) -> Result<Page<&'v Instance>, Fault> {
    ask::check_filters::<Instance>(&asked.filters)?;
    let model = &view.region.ec2;
    let unknown: Vec<&str> =
        asked.ids.iter().filter(|id| model.instance(id).is_none()).map(String::as_str).collect();
    match unknown.as_slice() {
        [] => {}
        [one] => return Err(fault::no_such("i", one)),
        [first, ..] => {
            let fault = fault::no_such("i", first);
            let message = format!("The instance IDs '{}' do not exist", unknown.join(", "));
            let malformed = fault.code.ends_with("Malformed");
            return Err(if malformed { fault } else { Fault { message, ..fault } });
        }
    }
    let limit = ask::limit(asked)?;
    let mut found: Vec<&Instance> = model
        .instances
        .values()
        .filter(|i| asked.ids.is_empty() || asked.ids.contains(&i.id))
        .filter(|i| shown(i) && asked.filters.iter().all(|filter| ask::passes(view, *i, filter)))
        .collect();
    found.sort_by_cached_key(|i| order(i));
    page(found, |i| order(i), limit, ask::token(asked)).map_err(|_| bad_token())
}

fn order(instance: &Instance) -> String {
    // Started again, an instance has a later launch time than the rest of its reservation; the index still tells.
    format!("{}/{:05}/{}", instance.reservation_id, instance.launch_index, instance.id)
}

/// An instance's status, with the two filters that differ.
struct Status<'m>(&'m Instance);

impl Noun for Status<'_> {
    const FILTERS: &'static [&'static str] = &[
        "availability-zone",
        "instance-state-code",
        "instance-state-name",
        "instance-status.reachability",
        "instance-status.status",
        "system-status.reachability",
        "system-status.status",
    ];
    const KIND: &'static str = "i";

    fn id(&self) -> &str {
        &self.0.id
    }

    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String> {
        let (status, reachability) = health(view, self.0);
        match filter {
            "instance-status.reachability" | "system-status.reachability" => ask::one(reachability),
            "instance-status.status" | "system-status.status" => ask::one(status),
            other => self.0.values(view, other),
        }
    }
}

/// Status and reachability.
fn health(view: &View<'_>, instance: &Instance) -> (&'static str, &'static str) {
    let lasts = view.settings.lasts(INITIALIZING_MS);
    match instance.state {
        State::Running if view.now.since(instance.launched_at) < lasts => ("initializing", "initializing"),
        State::Running => ("ok", "passed"),
        State::Pending { .. } => ("initializing", "initializing"),
        _ => ("not-applicable", "not-applicable"),
    }
}

pub(crate) fn describe_status(view: &View<'_>, mut input: Asked) -> Result<Value, Fault> {
    ask::check_filters::<Status<'_>>(&input.filters)?;
    let filters = std::mem::take(&mut input.filters);
    let all = input.include_all.unwrap_or_default();
    let page = wanted(view, &input, |instance| {
        let shown = all || instance.state == State::Running;
        shown && filters.iter().all(|filter| ask::passes(view, &Status(instance), filter))
    })?;
    let items = page.items.into_iter().map(|instance| status_shape(view, instance)).collect();
    Ok(listing("instanceStatusSet", items, page.next))
}

fn status_shape(view: &View<'_>, instance: &Instance) -> Value {
    let (status, reachability) = health(view, instance);
    let zone = zone(view, instance);
    let details = if reachability == "not-applicable" {
        json!([])
    } else {
        json!([{"name": "reachability", "status": reachability}])
    };
    let check = json!({"status": status, "details": details});
    json!({
        "instanceId": instance.id,
        "availabilityZone": zone,
        "availabilityZoneId": zone_id(view, &zone),
        "instanceState": {"code": instance.state.code(), "name": instance.state.name()},
        "instanceStatus": check,
        "systemStatus": check,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInstanceAttribute {
    instance_id: String,
    attribute: String,
}

pub(crate) fn describe_attribute(view: &View<'_>, input: DescribeInstanceAttribute) -> Result<Value, Fault> {
    let model: &Model = &view.region.ec2;
    let id = &input.instance_id;
    let instance = model.instance(id).ok_or_else(|| fault::no_such("i", id))?;
    let value = match input.attribute.as_str() {
        "instanceType" => json!({"value": instance.instance_type}),
        "userData" => json!({"value": instance.user_data}),
        "disableApiTermination" => json!({"value": instance.protected}),
        "disableApiStop" | "ebsOptimized" => json!({"value": false}),
        "sourceDestCheck" => json!({"value": instance.source_dest_check}),
        "instanceInitiatedShutdownBehavior" => json!({"value": "stop"}),
        "rootDeviceName" => json!({"value": "/dev/xvda"}),
        "enaSupport" => json!({"value": true}),
        "groupSet" => group_set(model, &instance.security_groups),
        "kernel" | "ramdisk" | "sriovNetSupport" => json!({}),
        "productCodes" | "blockDeviceMapping" => json!([]),
        other => return Err(fault::invalid("attribute", other, "Unknown attribute.")),
    };
    Ok(json!({"instanceId": id, (input.attribute): value}))
}
