//! `AWS::ECR::Repository` and `AWS::ECR::PullThroughCacheRule`.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{TagChanges, attributes, document, not_found, tag_list, unless_gone, with};
use crate::resource::{Api, Asked, Resource};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&PullThroughCacheRule, &Repository];

struct Repository;

/// What of the repository is set by itself: the members of the API, where the property is there.
fn settings(properties: &Value) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    if let Some(word) = properties.get("ImageTagMutability") {
        all.push(("imageTagMutability", word.clone()));
    }
    if let Some(scanning) = properties.get("ImageScanningConfiguration") {
        let on = scanning["ScanOnPush"].as_bool().unwrap_or(false);
        all.push(("imageScanningConfiguration", json!({"scanOnPush": on})));
    }
    all
}

/// Puts the policies that have changed, or takes them away.
fn policies(api: &mut Api<'_, '_>, name: &str, before: &Value, asked: &Value) -> Result<(), Fault> {
    let repository = json!({"repositoryName": name});
    let lifecycle = |of: &Value| of["LifecyclePolicy"]["LifecyclePolicyText"].as_str().map(str::to_owned);
    if lifecycle(before) != lifecycle(asked) {
        match lifecycle(asked) {
            Some(text) => api
                .call("ecr", "PutLifecyclePolicy", with(repository.clone(), "lifecyclePolicyText", text))
                .map(|_| ()),
            None => unless_gone(
                api.call("ecr", "DeleteLifecyclePolicy", repository.clone()),
                "LifecyclePolicyNotFoundException",
            ),
        }?;
    }
    let policy = |of: &Value| of.get("RepositoryPolicyText").map(document);
    if policy(before) != policy(asked) {
        match policy(asked) {
            Some(text) => {
                api.call("ecr", "SetRepositoryPolicy", with(repository, "policyText", text)).map(|_| ())
            }
            None => unless_gone(
                api.call("ecr", "DeleteRepositoryPolicy", repository),
                "RepositoryPolicyNotFoundException",
            ),
        }?;
    }
    Ok(())
}

impl Resource for Repository {
    fn type_name(&self) -> &'static str {
        "AWS::ECR::Repository"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let own = || asked.generated(256).to_ascii_lowercase();
        let name = asked.text("RepositoryName").map_or_else(own, str::to_owned);
        let mut input = json!({
            "repositoryName": name,
            "tags": tag_list(&asked.tags(), ("Key", "Value")),
        });
        for (member, value) in settings(asked.properties) {
            input[member] = value;
        }
        let encryption = asked.property("EncryptionConfiguration");
        if let Some(kind) = encryption.get("EncryptionType") {
            input["encryptionConfiguration"] = json!({"encryptionType": kind});
            if let Some(key) = encryption.get("KmsKey") {
                input["encryptionConfiguration"]["kmsKey"] = key.clone();
            }
        }
        api.call("ecr", "CreateRepository", input)?;
        if let Err(fault) = policies(api, &name, &Value::Null, asked.properties) {
            let _left = api.call("ecr", "DeleteRepository", json!({"repositoryName": name}));
            return Err(fault);
        }
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        let repository = json!({"repositoryName": id});
        if asked.changed(before, "ImageTagMutability") {
            let word = asked.text("ImageTagMutability").unwrap_or("MUTABLE");
            let input = with(repository.clone(), "imageTagMutability", word);
            api.call("ecr", "PutImageTagMutability", input)?;
        }
        if asked.changed(before, "ImageScanningConfiguration") {
            let on = asked.property("ImageScanningConfiguration")["ScanOnPush"].as_bool().unwrap_or(false);
            let input = with(repository, "imageScanningConfiguration", json!({"scanOnPush": on}));
            api.call("ecr", "PutImageScanningConfiguration", input)?;
        }
        policies(api, id, before, asked.properties)?;
        let view = api.view();
        let arn = view.arn("ecr", &format!("repository/{id}"));
        let has = view.region.ecr.repositories.get(id).map(|repository| repository.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        TagChanges::new(&has, before, asked, "Tags").apply(
            api,
            "ecr",
            ("TagResource", |set| json!({"resourceArn": arn, "tags": tag_list(set, ("Key", "Value"))})),
            ("UntagResource", |keys| json!({"resourceArn": arn, "tagKeys": keys})),
        )
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault> {
        let force = properties["EmptyOnDelete"].as_bool().unwrap_or(false);
        let input = json!({"repositoryName": id, "force": force});
        unless_gone(api.call("ecr", "DeleteRepository", input), "RepositoryNotFoundException")
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        let uri = format!("{}.dkr.ecr.{}.amazonaws.com/{id}", view.account, view.region.name);
        let arn = view.arn("ecr", &format!("repository/{id}"));
        attributes([("Arn", arn.into()), ("RepositoryUri", uri.into())])
    }

    fn takes_ms(&self) -> i64 {
        2_000
    }
}

/// Nothing of it can be updated: a change replaces it.
struct PullThroughCacheRule;

impl Resource for PullThroughCacheRule {
    fn type_name(&self) -> &'static str {
        "AWS::ECR::PullThroughCacheRule"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let members = [
            ("EcrRepositoryPrefix", "ecrRepositoryPrefix"),
            ("UpstreamRegistryUrl", "upstreamRegistryUrl"),
            ("UpstreamRepositoryPrefix", "upstreamRepositoryPrefix"),
            ("CredentialArn", "credentialArn"),
        ];
        let given = members.iter().filter_map(|(property, member)| {
            let value = asked.properties.get(property)?;
            Some(((*member).to_owned(), value.clone()))
        });
        let made = api.call("ecr", "CreatePullThroughCacheRule", Value::Object(given.collect()))?;
        Ok(made["ecrRepositoryPrefix"].as_str().unwrap_or_default().to_owned())
    }

    fn update(&self, _: &mut Api<'_, '_>, _: &str, _: &Value, _: &Asked<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let input = json!({"ecrRepositoryPrefix": id});
        unless_gone(
            api.call("ecr", "DeletePullThroughCacheRule", input),
            "PullThroughCacheRuleNotFoundException",
        )
    }

    fn attributes(&self, _view: &View<'_>, _id: &str, _properties: &Value) -> Map<String, Value> {
        Map::new()
    }
}
