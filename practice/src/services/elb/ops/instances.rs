//! Instances behind a load balancer.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, find_mut};
use crate::core::fault::Fault;
use crate::services::elb::fault::{configuration, no_instance};
use crate::services::elb::health;
use crate::services::elb::model::Member;
use crate::world::{Scope, View};

/// AWS's quota per load balancer.
const MAX_INSTANCES: usize = 1_000;

/// `Instance`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    instance_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Instances {
    load_balancer_name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

impl Instances {
    fn ids(&self) -> Vec<&str> {
        self.instances.iter().filter_map(|one| one.instance_id.as_deref()).collect()
    }
}

fn shown(scope: &mut Scope<'_>, name: &str) -> Result<Value, Fault> {
    let one = find_mut(scope, name)?;
    let ids: Vec<Value> = one.instances.keys().map(|id| json!({"InstanceId": id})).collect();
    Ok(json!({"Instances": ids}))
}

/// `RegisterInstancesWithLoadBalancer`.
pub(crate) fn register(scope: &mut Scope<'_>, input: Instances) -> Result<Value, Fault> {
    let vpc = find_mut(scope, &input.load_balancer_name)?.vpc_id.clone();
    for id in input.ids() {
        let instance = scope.region.ec2.instance(id).filter(|instance| !instance.state.is_ending());
        let instance = instance.ok_or_else(|| no_instance(id))?;
        if instance.vpc_id != vpc {
            return Err(Fault::new(
                "InvalidInstance",
                format!("EC2 instance {id} is not in the same VPC as ELB."),
            ));
        }
    }
    let now = scope.now;
    let one = find_mut(scope, &input.load_balancer_name)?;
    if one.instances.len() + input.instances.len() > MAX_INSTANCES {
        return Err(configuration("A load balancer can have at most 1000 registered instances"));
    }
    for id in input.ids() {
        let new = Member { by_hand: true, since: now, health: None };
        one.instances.entry(id.to_owned()).or_insert(new).by_hand = true;
    }
    shown(scope, &input.load_balancer_name)
}

/// `DeregisterInstancesFromLoadBalancer`. An instance that a group or a service puts there comes back.
pub(crate) fn deregister(scope: &mut Scope<'_>, input: Instances) -> Result<Value, Fault> {
    let one = find_mut(scope, &input.load_balancer_name)?;
    if let Some(id) = input.ids().into_iter().find(|id| !one.instances.contains_key(*id)) {
        return Err(no_instance(id));
    }
    for id in input.ids() {
        one.instances.remove(id);
    }
    shown(scope, &input.load_balancer_name)
}

/// `DescribeInstanceHealth`.
pub(crate) fn health(view: &View<'_>, input: Instances) -> Result<Value, Fault> {
    let one = find(view, &input.load_balancer_name)?;
    let mut ids = input.ids();
    if ids.is_empty() {
        ids = one.instances.keys().map(String::as_str).collect();
    }
    if let Some(id) =
        ids.iter().find(|id| !one.instances.contains_key(**id) && view.region.ec2.instance(id).is_none())
    {
        return Err(no_instance(id));
    }
    let states = ids.into_iter().map(|id| {
        let (state, code, why) = health::state(view, one, id);
        json!({"InstanceId": id, "State": state, "ReasonCode": code, "Description": why})
    });
    Ok(json!({"InstanceStates": states.collect::<Vec<_>>()}))
}
