//! `AWS::EC2::LaunchTemplate`. A change makes a new version; the default one stays the first.

use serde_json::{Map, Value, json};

use super::{attributes, make, remove, shown};
use crate::core::fault::Fault;
use crate::form::{picked, present};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

pub(super) struct LaunchTemplate;

/// Tags of tag specifications: a template's `Tags` are the API's `Tag`.
fn specifications(list: &Value) -> Value {
    let each = |one: &Value| json!({"ResourceType": one["ResourceType"], "Tag": one["Tags"]});
    list.as_array().into_iter().flatten().map(each).collect()
}

/// `LaunchTemplateData` as the API takes it: lists are named by one of each.
fn data(properties: &Value) -> Value {
    let Some(data) = properties.get("LaunchTemplateData").and_then(Value::as_object) else {
        return json!({});
    };
    let mut input = Map::new();
    for (name, value) in data {
        let (name, value) = match name.as_str() {
            "SecurityGroupIds" => ("SecurityGroupId", value.clone()),
            "SecurityGroups" => ("SecurityGroup", value.clone()),
            "NetworkInterfaces" => ("NetworkInterface", value.clone()),
            "BlockDeviceMappings" => ("BlockDeviceMapping", value.clone()),
            "TagSpecifications" => ("TagSpecification", specifications(value)),
            other => (other, value.clone()),
        };
        input.insert(name.to_owned(), value);
    }
    input.into()
}

/// The template's own tags, and those of CloudFormation.
fn tags(asked: &Asked<'_>) -> Value {
    let of_template = |one: &&Value| one["ResourceType"] == "launch-template";
    let given = asked.property("TagSpecifications").as_array().into_iter().flatten().find(of_template);
    let mut given: Vec<Value> = given.and_then(|one| one["Tags"].as_array()).cloned().unwrap_or_default();
    for (key, value) in asked.stack_tags {
        if !given.iter().any(|tag| tag["Key"] == **key) {
            given.push(json!({"Key": key, "Value": value}));
        }
    }
    if given.is_empty() { json!([]) } else { json!([{"ResourceType": "launch-template", "Tag": given}]) }
}

impl Resource for LaunchTemplate {
    fn type_name(&self) -> &'static str {
        "AWS::EC2::LaunchTemplate"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let name = asked.text("LaunchTemplateName").map(str::to_owned);
        let name = name.unwrap_or_else(|| format!("{}_{}", asked.logical_id, asked.suffix));
        let mut input = picked(asked.properties, &["VersionDescription"]);
        input.insert("LaunchTemplateName".to_owned(), json!(name));
        input.insert("LaunchTemplateData".to_owned(), data(asked.properties));
        input.insert("TagSpecification".to_owned(), tags(asked));
        make(api, "CreateLaunchTemplate", input.into(), "/launchTemplate/launchTemplateId")
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if !asked.changed(before, "LaunchTemplateData") && !asked.changed(before, "VersionDescription") {
            return Ok(());
        }
        let mut input = picked(asked.properties, &["VersionDescription"]);
        input.insert("LaunchTemplateId".to_owned(), json!(id));
        input.insert("LaunchTemplateData".to_owned(), data(asked.properties));
        api.call("ec2", "CreateLaunchTemplateVersion", input.into()).map(|_| ())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _: &Value) -> Result<(), Fault> {
        remove(api, "DeleteLaunchTemplate", json!({"LaunchTemplateId": id}))
    }

    fn attributes(&self, view: &View<'_>, id: &str, _: &Value) -> Map<String, Value> {
        let list = "launchTemplates";
        let shown = shown(view, "DescribeLaunchTemplates", "LaunchTemplateId", list, id).unwrap_or_default();
        let mut all = attributes(&shown, &[("LaunchTemplateId", "/launchTemplateId")]);
        // Texts, as the type's schema says.
        let number = |pointer: &str| shown.get(pointer).map(|number| json!(number.to_string()));
        all.extend(present([
            ("DefaultVersionNumber", number("defaultVersionNumber")),
            ("LatestVersionNumber", number("latestVersionNumber")),
        ]));
        all
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        let Some(template) = view.region.ec2.launch_templates.get(id) else { return Actual::Gone };
        Actual::Is(present([("LaunchTemplateName", Some(json!(template.name)))]).into())
    }
}
