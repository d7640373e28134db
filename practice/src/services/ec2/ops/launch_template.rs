//! Launch templates and their versions. Follows "Store instance launch parameters in Amazon EC2 launch templates".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::launch_template_data::{LaunchTemplateData, data, data_shape};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::Iso;
use crate::services::ec2::ask::{
    self, Asked, Filter, Noun, TagSpecification, bad_token, flag, listing, one, select, tag_set, tags_for,
};
use crate::services::ec2::fault;
use crate::services::ec2::model::{LaunchTemplate, TemplateVersion};
use crate::services::ec2::template::{TemplateData, find};
use crate::world::{Scope, View};

/// Templates per region; AWS's quota is 5000, which would let a world grow large.
const MAX_TEMPLATES: usize = 100;
/// Versions per template; AWS's quota is 10,000.
const MAX_VERSIONS: usize = 100;

impl Noun for LaunchTemplate {
    const FILTERS: &'static [&'static str] = &["create-time", "launch-template-name"];
    const KIND: &'static str = "lt";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        one(if filter == "create-time" { self.created_at.iso() } else { self.name.clone() })
    }
}

fn shape(view: &View<'_>, template: &LaunchTemplate) -> Value {
    json!({
        "launchTemplateId": template.id,
        "launchTemplateName": template.name,
        "createTime": Iso(template.created_at),
        "createdBy": template.created_by,
        "defaultVersionNumber": template.default_version,
        "latestVersionNumber": template.versions.keys().next_back(),
        "tagSet": tag_set(view.region.ec2.tags_of(&template.id)),
    })
}

fn version_shape(template: &LaunchTemplate, number: u64, version: &TemplateVersion) -> Value {
    json!({
        "launchTemplateId": template.id,
        "launchTemplateName": template.name,
        "versionNumber": number,
        "versionDescription": version.description,
        "createTime": Iso(version.created_at),
        "createdBy": version.created_by,
        "defaultVersion": number == template.default_version,
        "launchTemplateData": data_shape(&version.data),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateLaunchTemplate {
    launch_template_name: String,
    version_description: Option<String>,
    launch_template_data: LaunchTemplateData,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateLaunchTemplate) -> Result<Value, Fault> {
    let name = input.launch_template_name;
    let fine = |c: char| c.is_ascii_alphanumeric() || "()._/-".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(fine) {
        let message = "Launch template name must be between 3 and 128 characters, and may only contain letters, numbers, and the following characters: - ( ) . / _";
        return Err(Fault::new("InvalidLaunchTemplateName.MalformedException", message));
    }
    let model = &scope.region.ec2;
    if model.launch_templates.values().any(|template| template.name == name) {
        let message = "Launch template name already in use.";
        return Err(Fault::new("InvalidLaunchTemplateName.AlreadyExistsException", message));
    }
    if model.launch_templates.len() >= MAX_TEMPLATES {
        let message = "The maximum number of launch templates has been reached.";
        return Err(Fault::new("LaunchTemplateLimitExceeded", message));
    }
    check_description(input.version_description.as_ref())?;
    let data = data(input.launch_template_data)?;
    let tags = tags_for(&input.tag_specification, "launch-template")?;
    let id = scope.region.ids.resource("lt");
    let version = TemplateVersion {
        description: input.version_description,
        created_at: scope.now,
        created_by: scope.caller.arn.clone(),
        data,
    };
    let template = LaunchTemplate {
        id: id.clone(),
        name,
        created_at: scope.now,
        created_by: scope.caller.arn.clone(),
        default_version: 1,
        latest_version: 1,
        versions: BTreeMap::from([(1, version)]),
    };
    let model = &mut scope.region.ec2;
    model.launch_templates.insert(id.clone(), template.clone());
    model.set_tags(&id, tags);
    Ok(json!({"launchTemplate": shape(&scope.view(), &template)}))
}

fn check_description(text: Option<&String>) -> Result<(), Fault> {
    if text.is_some_and(|text| text.chars().count() > 255) {
        return Err(fault::value("The version description may be up to 255 characters long."));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateVersion {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    source_version: Option<String>,
    version_description: Option<String>,
    launch_template_data: LaunchTemplateData,
}

/// A new version: the given data, over that of the source version if there is one.
pub(crate) fn create_version(scope: &mut Scope<'_>, input: CreateVersion) -> Result<Value, Fault> {
    let model = &scope.region.ec2;
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let (template, source) = find(model, id, name, input.source_version.as_deref())?;
    check_description(input.version_description.as_ref())?;
    let mut data = data(input.launch_template_data)?;
    if input.source_version.is_some()
        && let Some(source) = template.versions.get(&source)
    {
        data = over(data, source.data.clone());
    }
    if template.versions.len() >= MAX_VERSIONS {
        let message = "The maximum number of versions of the launch template has been reached.";
        return Err(Fault::new("LaunchTemplateVersionLimitExceeded", message));
    }
    let template_id = template.id.clone();
    let version = TemplateVersion {
        description: input.version_description,
        created_at: scope.now,
        created_by: scope.caller.arn.clone(),
        data,
    };
    let Some(template) = scope.region.ec2.launch_templates.get_mut(&template_id) else {
        return Err(fault::missing("LaunchTemplateId"));
    };
    template.latest_version += 1;
    let number = template.latest_version;
    template.versions.insert(number, version.clone());
    Ok(json!({"launchTemplateVersion": version_shape(template, number, &version)}))
}

/// New data over old: what is given replaces, the rest stays.
fn over(new: TemplateData, old: TemplateData) -> TemplateData {
    let given_profile = new.profile_arn.is_some() || new.profile_name.is_some();
    let list = |new: Vec<String>, old: Vec<String>| if new.is_empty() { old } else { new };
    TemplateData {
        image_id: new.image_id.or(old.image_id),
        instance_type: new.instance_type.or(old.instance_type),
        key_name: new.key_name.or(old.key_name),
        user_data: new.user_data.or(old.user_data),
        profile_arn: if given_profile { new.profile_arn } else { old.profile_arn },
        profile_name: if given_profile { new.profile_name } else { old.profile_name },
        security_group_ids: list(new.security_group_ids, old.security_group_ids),
        security_groups: list(new.security_groups, old.security_groups),
        interface: new.interface.or(old.interface),
        monitoring: new.monitoring.or(old.monitoring),
        tags: if new.tags.is_empty() { old.tags } else { new.tags },
        http_tokens: new.http_tokens.or(old.http_tokens),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifyLaunchTemplate {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    #[serde(alias = "DefaultVersion")]
    set_default_version: Option<String>,
}

pub(crate) fn modify(scope: &mut Scope<'_>, input: ModifyLaunchTemplate) -> Result<Value, Fault> {
    let version = input.set_default_version.ok_or_else(|| fault::missing("SetDefaultVersion"))?;
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let (template, number) = find(&scope.region.ec2, id, name, Some(&version))?;
    let id = template.id.clone();
    if let Some(template) = scope.region.ec2.launch_templates.get_mut(&id) {
        template.default_version = number;
    }
    let view = scope.view();
    Ok(json!({"launchTemplate": view.region.ec2.launch_templates.get(&id).map(|t| shape(&view, t))}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneTemplate {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: OneTemplate) -> Result<Value, Fault> {
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let view = scope.view();
    let (template, _) = find(&view.region.ec2, id, name, None)?;
    let (id, answer) = (template.id.clone(), shape(&view, template));
    scope.region.ec2.launch_templates.remove(&id);
    scope.region.ec2.tags.remove(&id);
    Ok(json!({"launchTemplate": answer}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteVersions {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    #[serde(default)]
    launch_template_version: Vec<String>,
}

/// Deletes versions, each for itself; the default one stays.
pub(crate) fn delete_versions(scope: &mut Scope<'_>, input: DeleteVersions) -> Result<Value, Fault> {
    if input.launch_template_version.is_empty() {
        return Err(fault::missing("LaunchTemplateVersion"));
    }
    if input.launch_template_version.len() > 200 {
        return Err(fault::value("At most 200 versions can be deleted in one request."));
    }
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let id = find(&scope.region.ec2, id, name, None)?.0.id.clone();
    let Some(template) = scope.region.ec2.launch_templates.get_mut(&id) else {
        return Err(fault::missing("LaunchTemplateId"));
    };
    let (mut gone, mut stayed) = (vec![], vec![]);
    for text in &input.launch_template_version {
        let number: Option<u64> = text.parse().ok();
        let mut item = json!({
            "launchTemplateId": template.id,
            "launchTemplateName": template.name,
            "versionNumber": number,
        });
        let error = match number {
            Some(number) if number == template.default_version => {
                Some(("unexpectedError", "The default version of a launch template cannot be deleted."))
            }
            Some(number) if template.versions.remove(&number).is_some() => None,
            _ => Some(("launchTemplateVersionDoesNotExist", "Could not find launch template version")),
        };
        match error {
            None => gone.push(item),
            Some((code, message)) => {
                item["responseError"] = json!({"code": code, "message": message});
                stayed.push(item);
            }
        }
    }
    Ok(json!({
        "successfullyDeletedLaunchTemplateVersionSet": gone,
        "unsuccessfullyDeletedLaunchTemplateVersionSet": stayed,
    }))
}

pub(crate) fn describe(view: &View<'_>, mut input: Asked) -> Result<Value, Fault> {
    let model = &view.region.ec2;
    let ids = std::mem::take(&mut input.ids);
    for id in ids {
        input.ids.push(find(model, Some(&id), None, None)?.0.id.clone());
    }
    for name in std::mem::take(&mut input.names) {
        input.ids.push(find(model, None, Some(&name), None)?.0.id.clone());
    }
    let page = select(view, model.launch_templates.values(), &input)?;
    let items = page.items.into_iter().map(|template| shape(view, template)).collect();
    Ok(listing("launchTemplates", items, page.next))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct DescribeVersions {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    launch_template_version: Vec<String>,
    min_version: Option<u64>,
    max_version: Option<u64>,
    max_results: Option<i64>,
    next_token: Option<String>,
    filter: Vec<Filter>,
}

/// A version with its template.
struct Numbered<'m> {
    template: &'m LaunchTemplate,
    number: u64,
    version: &'m TemplateVersion,
}

impl Noun for Numbered<'_> {
    const FILTERS: &'static [&'static str] =
        &["create-time", "iam-instance-profile", "image-id", "instance-type", "is-default-version"];
    const KIND: &'static str = "lt";

    fn id(&self) -> &str {
        &self.template.id
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        let data = &self.version.data;
        match filter {
            "create-time" => one(self.version.created_at.iso()),
            "iam-instance-profile" => data.profile_arn.iter().cloned().collect(),
            "image-id" => data.image_id.iter().cloned().collect(),
            "instance-type" => data.instance_type.iter().cloned().collect(),
            _ => flag(self.number == self.template.default_version),
        }
    }
}

pub(crate) fn describe_versions(view: &View<'_>, input: DescribeVersions) -> Result<Value, Fault> {
    ask::check_filters::<Numbered<'_>>(&input.filter)?;
    let model = &view.region.ec2;
    let (id, name) = (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
    let named = &input.launch_template_version;
    // Without a template: the latest or default version of every one.
    let templates: Vec<&LaunchTemplate> = if id.is_some() || name.is_some() {
        vec![find(model, id, name, None)?.0]
    } else if !named.is_empty() && named.iter().all(|v| v.starts_with('$')) {
        model.launch_templates.values().collect()
    } else {
        return Err(fault::missing("LaunchTemplateId or LaunchTemplateName"));
    };
    let mut found: Vec<Numbered<'_>> = Vec::new();
    for template in templates {
        let mut numbers: Vec<u64> = Vec::new();
        for text in named {
            numbers.push(find(model, Some(&template.id), None, Some(text))?.1);
        }
        let range = input.min_version.unwrap_or(0)..=input.max_version.unwrap_or(u64::MAX);
        let wanted = |number: &u64| range.contains(number) && (named.is_empty() || numbers.contains(number));
        let versions = template.versions.iter().filter(|(number, _)| wanted(number));
        found.extend(versions.map(|(number, version)| Numbered { template, number: *number, version }));
    }
    found.retain(|one| input.filter.iter().all(|filter| ask::passes(view, one, filter)));
    // The newest version of each template comes first.
    let key = |one: &Numbered<'_>| format!("{}/{:020}", one.template.id, u64::MAX - one.number);
    found.sort_by_cached_key(key);
    let asked = Asked { max_results: input.max_results, next_token: input.next_token, ..Asked::default() };
    let limit = ask::limit(&asked)?.min(200);
    let page = page(found, key, limit, ask::token(&asked)).map_err(|_| bad_token())?;
    let items = page.items.iter().map(|one| version_shape(one.template, one.number, one.version)).collect();
    Ok(listing("launchTemplateVersionSet", items, page.next))
}
