//! Running, stopping, starting and terminating instances.

use serde::Deserialize;
use serde_json::{Value, json};

use super::instance_shape::reservation;
use super::vpc::Switch;
use crate::core::fault::Fault;
use crate::services::ec2::ask::{Tag, TagSpecification, checked_tags, done};
use crate::services::ec2::fault;
use crate::services::ec2::instance::{Instance, Reason, State};
use crate::services::ec2::launch::{self, LaunchSpec};
use crate::services::ec2::lifecycle;
use crate::services::ec2::model::Model;
use crate::services::ec2::ops::security_group;
use crate::services::ec2::template;
use crate::world::{Scope, View};

/// Most ids in one request.
const MAX_IDS: usize = 1000;
/// Largest count in one `RunInstances`.
const MAX_COUNT: i64 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct RunInstances {
    image_id: Option<String>,
    instance_type: Option<String>,
    min_count: Option<i64>,
    max_count: Option<i64>,
    key_name: Option<String>,
    security_group_id: Vec<String>,
    security_group: Vec<String>,
    subnet_id: Option<String>,
    private_ip_address: Option<String>,
    user_data: Option<String>,
    client_token: Option<String>,
    disable_api_termination: Option<bool>,
    monitoring: Option<Enabled>,
    placement: Option<Placement>,
    iam_instance_profile: Option<Profile>,
    network_interface: Vec<NetworkInterface>,
    tag_specification: Vec<TagSpecification>,
    launch_template: Option<TemplateReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Enabled {
    pub(crate) enabled: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Placement {
    availability_zone: Option<String>,
}

/// An instance profile by name or ARN.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Profile {
    pub(crate) arn: Option<String>,
    pub(crate) name: Option<String>,
}

/// A network interface to launch with.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct NetworkInterface {
    pub(crate) device_index: Option<i64>,
    pub(crate) associate_public_ip_address: Option<bool>,
    pub(crate) subnet_id: Option<String>,
    #[serde(alias = "Groups")]
    pub(crate) security_group_id: Vec<String>,
    pub(crate) private_ip_address: Option<String>,
    pub(crate) network_interface_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TemplateReference {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    version: Option<String>,
}

pub(crate) fn run(scope: &mut Scope<'_>, input: RunInstances) -> Result<Value, Fault> {
    let most = input.max_count.ok_or_else(|| fault::missing("MaxCount"))?;
    let least = input.min_count.ok_or_else(|| fault::missing("MinCount"))?;
    if least < 1 || most < 1 {
        let (name, value) = if least < 1 { ("minCount", least) } else { ("maxCount", most) };
        return Err(fault::invalid(name, &value.to_string(), "Expecting a value greater than 0."));
    }
    if least > most {
        return Err(fault::value(format!(
            "Value ({least}) for parameter minCount is invalid. Must be less than or equal to maxCount."
        )));
    }
    if most > MAX_COUNT {
        return Err(fault::invalid("maxCount", &most.to_string(), "Too many instances in one request."));
    }
    if let Some(value) = repeated(&scope.view(), &input) {
        return Ok(value);
    }
    let spec = spec(&scope.region.ec2, input)?;
    // As many as possible, down to the least.
    let view = scope.view();
    let counts = (least..=most).rev().filter_map(|count| u32::try_from(count).ok());
    let mut refused = None;
    for count in counts {
        match launch::check(&view, &spec, count) {
            Ok(()) => {
                let ids = launch::launch(scope, &spec, count)?;
                return Ok(reservation(&scope.view(), &ids));
            }
            Err(fault) => refused = Some(fault),
        }
    }
    Err(refused.unwrap_or_else(|| fault::missing("MaxCount")))
}

/// The reservation that the same client token already made.
fn repeated(view: &View<'_>, input: &RunInstances) -> Option<Value> {
    let token = input.client_token.as_ref().filter(|token| !token.is_empty())?;
    let instances = view.region.ec2.instances.values();
    let first = instances.clone().find(|i| i.client_token.as_ref() == Some(token))?;
    let ids: Vec<String> =
        instances.filter(|i| i.reservation_id == first.reservation_id).map(|i| i.id.clone()).collect();
    Some(reservation(view, &ids))
}

fn spec(model: &Model, input: RunInstances) -> Result<LaunchSpec, Fault> {
    let base = match &input.launch_template {
        Some(t) => template::spec(
            model,
            t.launch_template_id.as_deref(),
            t.launch_template_name.as_deref(),
            t.version.as_deref(),
        )?,
        None => LaunchSpec::default(),
    };
    let mut interfaces = input.network_interface.into_iter();
    let (given, interface) = match interfaces.next() {
        Some(interface) => (true, interface),
        None => (false, NetworkInterface::default()),
    };
    if interfaces.next().is_some() || interface.network_interface_id.is_some() {
        let message = "Instances of this practice cloud have one network interface, made at launch.";
        return Err(Fault::new("UnsupportedOperation", message));
    }
    let outside = input.subnet_id.is_some()
        || !input.security_group_id.is_empty()
        || !input.security_group.is_empty()
        || input.private_ip_address.is_some();
    if given && outside {
        return Err(fault::combination(
            "Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request",
        ));
    }
    let (instance_tags, _) = instance_tags(&input.tag_specification)?;
    let groups = [input.security_group_id, interface.security_group_id].concat();
    let profile = input.iam_instance_profile.and_then(|p| p.arn.or(p.name));
    let named_groups = !groups.is_empty() || !input.security_group.is_empty();
    Ok(LaunchSpec {
        image_id: input.image_id.unwrap_or(base.image_id),
        instance_type: input.instance_type.unwrap_or(base.instance_type),
        subnet_id: input.subnet_id.or(interface.subnet_id).or(base.subnet_id),
        zone: input.placement.and_then(|p| p.availability_zone),
        key_name: input.key_name.or(base.key_name),
        security_group_ids: if named_groups { groups } else { base.security_group_ids },
        security_group_names: if named_groups { input.security_group } else { base.security_group_names },
        associate_public_ip: interface.associate_public_ip_address.or(base.associate_public_ip),
        profile: profile.or(base.profile),
        user_data: input.user_data.or(base.user_data),
        monitoring: input.monitoring.and_then(|m| m.enabled).unwrap_or(base.monitoring),
        private_ip: input.private_ip_address.or(interface.private_ip_address),
        protected: input.disable_api_termination.unwrap_or_default(),
        tags: base.tags.into_iter().chain(instance_tags).collect(),
        asg_name: None,
        template: base.template,
        client_token: input.client_token.filter(|token| !token.is_empty()),
    })
}

/// The tags for the instances and whether there are any for other things made with them, which are checked and
/// dropped: volumes are not part of the practice cloud.
fn instance_tags(specifications: &[TagSpecification]) -> Result<(crate::core::tag::Tags, bool), Fault> {
    const TYPES: [&str; 5] =
        ["instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"];
    if let Some(other) = specifications.iter().find(|s| !TYPES.contains(&s.resource_type.as_str())) {
        return Err(fault::value(format!(
            "'{}' is not a valid taggable resource type for this operation.",
            other.resource_type
        )));
    }
    let of = |instance: bool| {
        let matching = specifications.iter().filter(move |s| (s.resource_type == "instance") == instance);
        matching.flat_map(|s| &s.tags).collect::<Vec<&Tag>>()
    };
    let others = of(false);
    for specification in specifications {
        checked_tags(specification.tags.iter())?;
    }
    Ok((checked_tags(of(true).into_iter())?, !others.is_empty()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Instances {
    instance_id: Vec<String>,
}

impl Instances {
    /// The instances meant, all of which must exist.
    fn check(&self, model: &Model) -> Result<Vec<String>, Fault> {
        if self.instance_id.is_empty() {
            return Err(fault::missing("InstanceId"));
        }
        if self.instance_id.len() > MAX_IDS {
            return Err(fault::value("Too many instance ids in one request."));
        }
        let unknown: Vec<&str> =
            self.instance_id.iter().filter(|id| model.instance(id).is_none()).map(String::as_str).collect();
        match unknown.as_slice() {
            [] => Ok(self.instance_id.clone()),
            [one] => Err(fault::no_such("i", one)),
            [first, ..] => Err(match fault::no_such("i", first) {
                malformed if malformed.code.ends_with("Malformed") => malformed,
                found => Fault {
                    message: format!("The instance IDs '{}' do not exist", unknown.join(", ")),
                    ..found
                },
            }),
        }
    }
}

/// States before and after, as the answer of the operations that change them.
fn changes(scope: &mut Scope<'_>, ids: &[String], change: impl FnOnce(&mut Scope<'_>)) -> Value {
    let states = |scope: &Scope<'_>| -> Vec<State> {
        ids.iter().filter_map(|id| scope.region.ec2.instance(id)).map(|i| i.state).collect()
    };
    let before = states(scope);
    change(scope);
    let after = states(scope);
    let shape = |state: &State| json!({"code": state.code(), "name": state.name()});
    let set: Value = ids
        .iter()
        .zip(before.iter().zip(&after))
        .map(|(id, (before, after))| {
            json!({"instanceId": id, "currentState": shape(after), "previousState": shape(before)})
        })
        .collect();
    json!({"instancesSet": set})
}

pub(crate) fn terminate(scope: &mut Scope<'_>, input: Instances) -> Result<Value, Fault> {
    let ids = input.check(&scope.region.ec2)?;
    let protected = |id: &&String| scope.region.ec2.instance(id).is_some_and(|i| i.protected);
    if let Some(id) = ids.iter().find(protected) {
        let message = format!(
            "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
        );
        return Err(Fault::new("OperationNotPermitted", message));
    }
    let mut result = Ok(());
    let answer = changes(scope, &ids, |scope| result = launch::terminate(scope, &ids));
    result.map(|()| answer)
}

pub(crate) fn stop(scope: &mut Scope<'_>, input: Instances) -> Result<Value, Fault> {
    let ids = input.check(&scope.region.ec2)?;
    let can = |i: &Instance| {
        matches!(i.state, State::Running | State::Stopping { .. } | State::Stopped | State::Pending { .. })
    };
    require(scope, &ids, can, "stopped")?;
    let (now, lasts) = (scope.now, scope.settings.lasts(lifecycle::STOPPING_MS));
    Ok(changes(scope, &ids, |scope| {
        for id in &ids {
            if let Some(instance) = scope.region.ec2.instances.get_mut(id)
                && matches!(instance.state, State::Running | State::Pending { .. })
            {
                instance.state = State::Stopping { stopped_at: now.plus_ms(lasts) };
                instance.reason = Some(Reason { at: now });
            }
        }
    }))
}

pub(crate) fn start(scope: &mut Scope<'_>, input: Instances) -> Result<Value, Fault> {
    let ids = input.check(&scope.region.ec2)?;
    let can = |i: &Instance| matches!(i.state, State::Running | State::Stopped | State::Pending { .. });
    require(scope, &ids, can, "started")?;
    Ok(changes(scope, &ids, |scope| {
        for id in &ids {
            if scope.region.ec2.instance(id).is_some_and(|i| i.state == State::Stopped) {
                lifecycle::power_on(scope, id);
            }
        }
    }))
}

/// A reboot passes unseen: the instance keeps its state, addresses and containers.
pub(crate) fn reboot(scope: &mut Scope<'_>, input: Instances) -> Result<Value, Fault> {
    let ids = input.check(&scope.region.ec2)?;
    require(scope, &ids, |i| i.state == State::Running, "rebooted")?;
    Ok(done())
}

fn require(
    scope: &Scope<'_>,
    ids: &[String],
    can: impl Fn(&Instance) -> bool,
    what: &str,
) -> Result<(), Fault> {
    let stuck = ids.iter().filter_map(|id| scope.region.ec2.instance(id)).find(|i| !can(i));
    stuck.map_or(Ok(()), |instance| {
        let message =
            format!("The instance '{}' is not in a state from which it can be {what}.", instance.id);
        Err(Fault::new("IncorrectInstanceState", message))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifyInstanceAttribute {
    instance_id: String,
    #[serde(default)]
    group_id: Vec<String>,
    attribute: Option<String>,
    value: Option<String>,
    disable_api_termination: Option<Switch>,
    source_dest_check: Option<Switch>,
    instance_type: Option<Text>,
    user_data: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    value: Option<String>,
}

/// One attribute at a time, as AWS has it.
pub(crate) fn modify_attribute(
    scope: &mut Scope<'_>,
    mut input: ModifyInstanceAttribute,
) -> Result<Value, Fault> {
    let id = input.instance_id.clone();
    let model = &scope.region.ec2;
    let instance = model.instance(&id).ok_or_else(|| fault::no_such("i", &id))?;
    named_form(&mut input)?;
    let many = usize::from(!input.group_id.is_empty())
        + usize::from(input.disable_api_termination.is_some())
        + usize::from(input.source_dest_check.is_some())
        + usize::from(input.instance_type.is_some())
        + usize::from(input.user_data.is_some());
    match many {
        0 => return Err(fault::missing("attribute")),
        1 => {}
        _ => return Err(fault::combination("Fields for multiple attribute types specified")),
    }
    let off_only = |what: &str| {
        let message =
            format!("The instance '{id}' is not in the 'stopped' state: its {what} cannot be changed.");
        Err(Fault::new("IncorrectInstanceState", message))
    };
    let mut changed = instance.clone();
    if !input.group_id.is_empty() {
        for group in &input.group_id {
            if security_group::find(model, group)?.vpc_id != instance.vpc_id {
                let message = "You have specified two resources that belong to different networks.";
                return Err(Fault::new("InvalidGroup.NotFound", message));
            }
        }
        changed.security_groups = launch::checked_groups(input.group_id)?;
    } else if let Some(switch) = input.disable_api_termination {
        changed.protected = switch.value.unwrap_or_default();
    } else if let Some(switch) = input.source_dest_check {
        changed.source_dest_check = switch.value.unwrap_or_default();
    } else if let Some(text) = input.instance_type {
        let kind = text.value.unwrap_or_default();
        if crate::services::ec2::instance_types::find(&kind).is_none() {
            return Err(fault::value(format!("Invalid value '{kind}' for InstanceType.")));
        }
        if instance.state != State::Stopped {
            return off_only("instance type");
        }
        changed.instance_type = kind;
    } else if let Some(text) = input.user_data {
        launch::check_user_data(text.value.as_deref())?;
        if instance.state != State::Stopped {
            return off_only("user data");
        }
        changed.user_data = text.value.filter(|data| !data.is_empty());
    }
    scope.region.ec2.instances.insert(id, changed);
    Ok(done())
}

/// `Attribute` with `Value` into the attribute's own member.
fn named_form(input: &mut ModifyInstanceAttribute) -> Result<(), Fault> {
    let Some(name) = input.attribute.take() else { return Ok(()) };
    let value = input.value.take();
    let switch = || Switch { value: value.as_ref().map(|v| v.eq_ignore_ascii_case("true")) };
    match name.as_str() {
        "disableApiTermination" => input.disable_api_termination = Some(switch()),
        "sourceDestCheck" => input.source_dest_check = Some(switch()),
        "instanceType" => input.instance_type = Some(Text { value }),
        "userData" => input.user_data = Some(Text { value }),
        other => return Err(fault::invalid("attribute", other, "Unknown or fixed attribute.")),
    }
    Ok(())
}
