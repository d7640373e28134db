//! `AWS::ElasticLoadBalancingV2::Listener`, `ListenerCertificate`.

use serde_json::{Map, Value, json};

use super::{any, attributes, call, make, remove, shown, whole};
use crate::core::fault::Fault;
use crate::form::{gone, only, picked, present};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::services::elbv2::attributes as known;
use crate::world::View;

/// Its physical id is its ARN.
pub(super) struct Listener;

/// Those that the API calls the same and changes.
const SAME: [&str; 7] =
    ["Port", "Protocol", "DefaultActions", "SslPolicy", "Certificates", "AlpnPolicy", "MutualAuthentication"];

impl Listener {
    fn check(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        only(asked, self.type_name(), &[&SAME[..], &["LoadBalancerArn", "ListenerAttributes"]].concat())
    }

    fn set(api: &mut Api<'_, '_>, arn: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        let protocol = asked.text("Protocol").unwrap_or_default();
        let usual = known::shape(known::of_listener(protocol), &known::none());
        let wanted = attributes(before, asked, "ListenerAttributes", &usual);
        if !any(&wanted) {
            return Ok(());
        }
        let input = json!({"ListenerArn": arn, "Attributes": wanted});
        call(api, "ModifyListenerAttributes", input).map(|_| ())
    }
}

impl Resource for Listener {
    fn type_name(&self) -> &'static str {
        "AWS::ElasticLoadBalancingV2::Listener"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        self.check(asked)?;
        let lb = asked.text("LoadBalancerArn").unwrap_or_default();
        let port = asked.property("Port").as_i64();
        // The API answers a repeated request with what is there; a stack does not take over what is another's.
        if api.view().region.elbv2.listeners_of(lb).any(|other| Some(i64::from(other.port)) == port) {
            let message = format!("A listener already exists on this port for this load balancer '{lb}'");
            return Err(Fault::new("DuplicateListener", message));
        }
        let input = picked(asked.properties, &[&SAME[..], &["LoadBalancerArn"]].concat());
        let arn = make(api, "CreateListener", input.into(), "/Listeners/0/ListenerArn")?;
        let rest = Self::set(api, &arn, &Value::Null, asked);
        whole(self, api, arn, asked, rest)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        self.check(asked)?;
        if SAME.iter().any(|name| asked.changed(before, name)) {
            let mut input = picked(asked.properties, &SAME);
            input.insert("ListenerArn".to_owned(), json!(id));
            call(api, "ModifyListener", input.into())?;
        }
        if asked.changed(before, "ListenerAttributes") { Self::set(api, id, before, asked) } else { Ok(()) }
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteListener", json!({"ListenerArn": id}))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("ListenerArn", Some(json!(id)))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let list = "Listeners";
        let Some(shown) = shown(view, "DescribeListeners", "ListenerArns", list, id) else {
            return Actual::Gone;
        };
        let mut properties = picked(&shown, &[&SAME[..], &["LoadBalancerArn"]].concat());
        properties.retain(|_, value| !value.is_null());
        if let Some(actions) = properties.get_mut("DefaultActions") {
            plain(actions);
        }
        Actual::Is(properties.into())
    }
}

/// Takes out of actions what the API only says once more: the configuration of a forward to one target group.
pub(super) fn plain(actions: &mut Value) {
    for action in actions.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let groups = action.get("ForwardConfig").and_then(|config| config.get("TargetGroups"));
        let single = groups.and_then(Value::as_array).is_some_and(|groups| groups.len() == 1);
        if single && action.contains_key("TargetGroupArn") {
            action.remove("ForwardConfig");
        }
    }
}

/// Its physical id is the listener's ARN with a part of its own.
pub(super) struct ListenerCertificate;

impl ListenerCertificate {
    fn change(
        api: &mut Api<'_, '_>,
        operation: &str,
        listener: &Value,
        certificates: &Value,
    ) -> Result<(), Fault> {
        let input = json!({"ListenerArn": listener, "Certificates": certificates});
        call(api, operation, input).map(|_| ())
    }
}

impl Resource for ListenerCertificate {
    fn type_name(&self) -> &'static str {
        "AWS::ElasticLoadBalancingV2::ListenerCertificate"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let (listener, certificates) = (asked.property("ListenerArn"), asked.property("Certificates"));
        Self::change(api, "AddListenerCertificates", listener, certificates)?;
        Ok(format!("{}-{}", asked.logical_id, asked.suffix))
    }

    fn update(&self, api: &mut Api<'_, '_>, _: &str, before: &Value, asked: &Asked<'_>) -> Result<(), Fault> {
        let listener = asked.property("ListenerArn");
        Self::change(api, "AddListenerCertificates", listener, asked.property("Certificates"))?;
        let now = asked.property("Certificates").as_array().cloned().unwrap_or_default();
        let was = before["Certificates"].as_array().into_iter().flatten();
        let left: Vec<&Value> = was.filter(|one| !now.contains(one)).collect();
        if left.is_empty() {
            return Ok(());
        }
        Self::change(api, "RemoveListenerCertificates", listener, &json!(left))
    }

    fn delete(&self, api: &mut Api<'_, '_>, _: &str, properties: &Value) -> Result<(), Fault> {
        let (listener, certificates) = (&properties["ListenerArn"], &properties["Certificates"]);
        gone(Self::change(api, "RemoveListenerCertificates", listener, certificates))
    }

    fn attributes(&self, _: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        present([("Id", Some(json!(id)))])
    }
}
