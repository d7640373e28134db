//! `AWS::SSM::Parameter`. CloudFormation makes no `SecureString`.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{TagChanges, attributes, keep, not_found, tag_list, tag_map, tags_of, unless_gone, with};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Parameter];

struct Parameter;

/// What `PutParameter` takes besides the name and tags.
const SETTINGS: [&str; 7] =
    ["AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value"];

impl Resource for Parameter {
    fn type_name(&self) -> &'static str {
        "AWS::SSM::Parameter"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let own = || format!("CFN-{}-{}", asked.logical_id, asked.suffix);
        let name = asked.text("Name").map_or_else(own, str::to_owned);
        let tags = tag_list(&tags_of(asked, "Tags"), ("Key", "Value"));
        let input = with(keep(asked.properties, &SETTINGS), "Name", name.clone());
        api.call("ssm", "PutParameter", with(input, "Tags", tags))?;
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if SETTINGS.iter().any(|name| asked.changed(before, name)) {
            let mut input = with(keep(asked.properties, &SETTINGS), "Name", id);
            if before.get("Description").is_some() && input.get("Description").is_none() {
                input["Description"] = "".into();
            }
            api.call("ssm", "PutParameter", with(input, "Overwrite", true))?;
        }
        let has = api.view().region.ssm.parameters.get(id).map(|own| own.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        let resource = json!({"ResourceType": "Parameter", "ResourceId": id});
        TagChanges::new(&has, before, asked, "Tags").apply(
            api,
            "ssm",
            ("AddTagsToResource", |set| with(resource.clone(), "Tags", tag_list(set, ("Key", "Value")))),
            ("RemoveTagsFromResource", |keys| with(resource.clone(), "TagKeys", keys)),
        )
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        unless_gone(api.call("ssm", "DeleteParameter", json!({"Name": id})), "ParameterNotFound")
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let latest = view.region.ssm.parameters.get(id).and_then(|own| own.latest());
        // One that was made a SecureString since tells nothing.
        let value =
            latest.filter(|(_, version)| version.kind != "SecureString").map(|(_, version)| &version.value.0);
        attributes([("Type", properties["Type"].clone()), ("Value", json!(value))])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(own) = view.region.ssm.parameters.get(id) else { return Actual::Gone };
        let Some((_, version)) = own.latest() else { return Actual::Gone };
        let tags: Vec<(String, String)> = own
            .tags
            .iter()
            .filter(|(key, _)| !key.starts_with("aws:"))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let mut shown = json!({
            "Name": id,
            "Type": version.kind,
            "Tier": version.tier,
            "DataType": version.data_type,
            "Tags": tag_map(&tags),
        });
        if version.kind != "SecureString" {
            shown["Value"] = version.value.0.as_str().into();
        }
        for (name, text) in
            [("Description", &version.description), ("AllowedPattern", &version.allowed_pattern)]
        {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                shown[name] = text.into();
            }
        }
        Actual::Is(shown)
    }

    fn takes_ms(&self) -> i64 {
        1_500
    }
}
