//! Cloud Map's resource types. A namespace is there once its operation is done.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::core::tag::Tags;
use crate::form::{TagChanges, attributes, keep, not_found, tag_list, unless_gone, with};
use crate::resource::{Api, Asked, Resource, Settled, look};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[
    &Namespace { type_name: "AWS::ServiceDiscovery::HttpNamespace", noun: "HttpNamespace" },
    &Namespace { type_name: "AWS::ServiceDiscovery::PrivateDnsNamespace", noun: "PrivateDnsNamespace" },
    &Namespace { type_name: "AWS::ServiceDiscovery::PublicDnsNamespace", noun: "PublicDnsNamespace" },
    &Service,
    &Instance,
];

const SERVICE: &str = "servicediscovery";

/// Changes the tags of what has an ARN and has those tags now.
fn retag(
    api: &mut Api<'_, '_>,
    arn: &str,
    has: &Tags,
    before: &Value,
    asked: &Asked<'_>,
) -> Result<(), Fault> {
    TagChanges::new(has, before, asked, "Tags").apply(
        api,
        SERVICE,
        ("TagResource", |set| json!({"ResourceARN": arn, "Tags": tag_list(set, ("Key", "Value"))})),
        ("UntagResource", |keys| json!({"ResourceARN": arn, "TagKeys": keys})),
    )
}

/// The three kinds of namespace.
struct Namespace {
    type_name: &'static str,
    /// What the operations are called by.
    noun: &'static str,
}

impl Resource for Namespace {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let input = keep(asked.properties, &["Name", "Vpc", "Description", "Properties"]);
        let input = with(input, "Tags", tag_list(&asked.tags(), ("Key", "Value")));
        let begun = api.call(SERVICE, &format!("Create{}", self.noun), input)?;
        let operation =
            look(&api.view(), SERVICE, "GetOperation", json!({"OperationId": begun["OperationId"]}))?;
        let id = operation["Operation"]["Targets"]["NAMESPACE"].as_str();
        Ok(id.unwrap_or_default().to_owned())
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        match view.region.servicediscovery.namespaces.get(id) {
            Some(namespace) if namespace.ready => Settled::Yes,
            Some(_) => Settled::NotYet,
            None => Settled::Failed(not_found(self.type_name, id).message),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if ["Description", "Properties"].iter().any(|name| asked.changed(before, name)) {
            let mut change = keep(asked.properties, &["Description", "Properties"]);
            if change.get("Description").is_none() {
                change["Description"] = "".into();
            }
            let operation = format!("Update{}", self.noun);
            api.call(SERVICE, &operation, json!({"Id": id, "Namespace": change}))?;
        }
        let view = api.view();
        let arn = view.arn(SERVICE, &format!("namespace/{id}"));
        let has = view.region.servicediscovery.namespaces.get(id).map(|namespace| namespace.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name, id))?;
        retag(api, &arn, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let view = api.view();
        if view.region.servicediscovery.namespaces.get(id).is_some_and(|namespace| !namespace.ready) {
            let message = format!("Namespace {id} is still being created.");
            return Err(Fault::new("ResourceInUse", message));
        }
        unless_gone(api.call(SERVICE, "DeleteNamespace", json!({"Id": id})), "NamespaceNotFound")
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        let arn = view.arn(SERVICE, &format!("namespace/{id}"));
        let mut all = attributes([("Id", id.into()), ("Arn", arn.into())]);
        let namespace = view.region.servicediscovery.namespaces.get(id);
        if let Some(zone) = namespace.and_then(|namespace| namespace.hosted_zone.as_deref()) {
            all.insert("HostedZoneId".to_owned(), zone.into());
        }
        all
    }

    fn takes_ms(&self) -> i64 {
        10_000
    }
}

struct Service;

impl Resource for Service {
    fn type_name(&self) -> &'static str {
        "AWS::ServiceDiscovery::Service"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        const TAKEN: [&str; 6] = [
            "NamespaceId",
            "Description",
            "DnsConfig",
            "HealthCheckConfig",
            "HealthCheckCustomConfig",
            "Type",
        ];
        let input = with(keep(asked.properties, &TAKEN), "Name", asked.name("Name", 63));
        let input = with(input, "Tags", tag_list(&asked.tags(), ("Key", "Value")));
        let answer = api.call(SERVICE, "CreateService", input)?;
        let id = answer["Service"]["Id"].as_str().unwrap_or_default().to_owned();
        let described = asked.property("ServiceAttributes");
        if described.as_object().is_some_and(|all| !all.is_empty()) {
            let input = json!({"ServiceId": id, "Attributes": described});
            if let Err(fault) = api.call(SERVICE, "UpdateServiceAttributes", input) {
                let _left = api.call(SERVICE, "DeleteService", json!({"Id": id}));
                return Err(fault);
            }
        }
        Ok(id)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let names = ["Description", "DnsConfig", "HealthCheckConfig"];
        if names.iter().any(|name| asked.changed(before, name)) {
            let mut change = keep(asked.properties, &names);
            if change.get("DnsConfig").is_some() {
                change["DnsConfig"] = keep(asked.property("DnsConfig"), &["DnsRecords"]);
            }
            api.call(SERVICE, "UpdateService", json!({"Id": id, "Service": change}))?;
        }
        if asked.changed(before, "ServiceAttributes") {
            describe(api, id, &before["ServiceAttributes"], asked.property("ServiceAttributes"))?;
        }
        let view = api.view();
        let arn = view.arn(SERVICE, &format!("service/{id}"));
        let has = view.region.servicediscovery.services.get(id).map(|service| service.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        retag(api, &arn, &has, before, asked)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        unless_gone(api.call(SERVICE, "DeleteService", json!({"Id": id})), "ServiceNotFound")
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into()), ("Arn", view.arn(SERVICE, &format!("service/{id}")).into())])
    }

    fn takes_ms(&self) -> i64 {
        2_000
    }
}

/// Changes the attributes of a service.
fn describe(api: &mut Api<'_, '_>, id: &str, before: &Value, wanted: &Value) -> Result<(), Fault> {
    let gone: Vec<&String> = before
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .filter(|key| wanted.get(key.as_str()).is_none())
        .collect();
    if !gone.is_empty() {
        api.call(SERVICE, "DeleteServiceAttributes", json!({"ServiceId": id, "Attributes": gone}))?;
    }
    if wanted.as_object().is_some_and(|all| !all.is_empty()) {
        api.call(SERVICE, "UpdateServiceAttributes", json!({"ServiceId": id, "Attributes": wanted}))?;
    }
    Ok(())
}

/// Its id is the instance's alone; the service is in the properties.
struct Instance;

impl Instance {
    fn register(api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let mut given = properties["InstanceAttributes"].clone();
        if let Some(text) = given.as_str() {
            given = serde_json::from_str(text).unwrap_or_default();
        }
        // Templates write ports as numbers.
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let members = given.as_object().into_iter().flatten();
        let attributes: Map<String, Value> =
            members.map(|(key, value)| (key.clone(), text(value).into())).collect();
        let input = json!({"ServiceId": properties["ServiceId"], "InstanceId": id, "Attributes": attributes});
        api.call(SERVICE, "RegisterInstance", input).map(|_| ())
    }
}

impl Resource for Instance {
    fn type_name(&self) -> &'static str {
        "AWS::ServiceDiscovery::Instance"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let id = asked.name("InstanceId", 64);
        Self::register(api, &id, asked.properties)?;
        Ok(id)
    }

    fn settled(&self, view: &View<'_>, id: &str, properties: &Value) -> Settled {
        let input = json!({"ServiceId": properties["ServiceId"], "InstanceId": id});
        if look(view, SERVICE, "GetInstance", input).is_ok() { Settled::Yes } else { Settled::NotYet }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        _before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Self::register(api, id, asked.properties)
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let input = json!({"ServiceId": properties["ServiceId"], "InstanceId": id});
        match api.call(SERVICE, "DeregisterInstance", input) {
            Err(fault) if !matches!(fault.code.as_str(), "InstanceNotFound" | "ServiceNotFound") => {
                Err(fault)
            }
            _ => Ok(()),
        }
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("InstanceId", id.into())])
    }
}
