//! Repositories.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{constraint, invalid, limit, no_repository};
use super::super::model::{MAX_REPOSITORIES, Repository};
use super::tag::{Tag, tags};
use super::{check_registry, find, find_mut, is_repository, paged};
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::world::{Scope, View};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scanning {
    #[serde(default)]
    scan_on_push: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Encryption {
    encryption_type: String,
    kms_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    registry_id: Option<String>,
    repository_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    image_tag_mutability: Option<String>,
    #[serde(default)]
    image_scanning_configuration: Scanning,
    encryption_configuration: Option<Encryption>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let name = input.repository_name;
    check_registry(scope.account, &name, input.registry_id.as_ref())?;
    if !is_repository(&name) {
        return Err(constraint(
            "repositoryName",
            "must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'",
        ));
    }
    let immutable = mutability(input.image_tag_mutability.as_deref())?;
    let kms_key = match input.encryption_configuration {
        Some(Encryption { encryption_type, kms_key }) if encryption_type == "KMS" => {
            Some(kms_key.unwrap_or_else(|| scope.arn("kms", "alias/aws/ecr")))
        }
        Some(Encryption { encryption_type, .. }) if encryption_type != "AES256" => {
            return Err(constraint(
                "encryptionConfiguration.encryptionType",
                "Member must satisfy enum value set: [AES256, KMS]",
            ));
        }
        _ => None,
    };
    let tags = tags(&input.tags)?;
    let repositories = &mut scope.region.ecr.repositories;
    if repositories.contains_key(&name) {
        let message = format!(
            "The repository with name '{name}' already exists in the registry with id '{}'",
            scope.account
        );
        return Err(Fault::new("RepositoryAlreadyExistsException", message));
    }
    if repositories.len() >= MAX_REPOSITORIES {
        return Err(limit("repositories"));
    }
    let scan_on_push = input.image_scanning_configuration.scan_on_push;
    let repository =
        Repository { created_at: scope.now, immutable, scan_on_push, kms_key, tags, ..Repository::default() };
    repositories.insert(name.clone(), repository.clone());
    Ok(json!({"repository": shape(&scope.view(), &name, &repository)}))
}

fn mutability(asked: Option<&str>) -> Result<bool, Fault> {
    match asked {
        None | Some("MUTABLE") => Ok(false),
        Some("IMMUTABLE") => Ok(true),
        Some("IMMUTABLE_WITH_EXCLUSION" | "MUTABLE_WITH_EXCLUSION") => {
            Err(invalid("Exclusion filters of tag mutability are not part of this practice cloud."))
        }
        Some(_) => {
            Err(constraint("imageTagMutability", "Member must satisfy enum value set: [MUTABLE, IMMUTABLE]"))
        }
    }
}

fn word(immutable: bool) -> &'static str {
    if immutable { "IMMUTABLE" } else { "MUTABLE" }
}

pub(super) fn arn(view: &View<'_>, name: &str) -> String {
    view.arn("ecr", &format!("repository/{name}"))
}

fn shape(view: &View<'_>, name: &str, repository: &Repository) -> Value {
    let encryption = repository.kms_key.as_ref().map_or_else(
        || json!({"encryptionType": "AES256"}),
        |key| json!({"encryptionType": "KMS", "kmsKey": key}),
    );
    json!({
        "repositoryArn": arn(view, name),
        "registryId": view.account,
        "repositoryName": name,
        "repositoryUri": format!("{}.dkr.ecr.{}.amazonaws.com/{name}", view.account, view.region.name),
        "createdAt": Epoch(repository.created_at),
        "imageTagMutability": word(repository.immutable),
        "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push},
        "encryptionConfiguration": encryption,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    registry_id: Option<String>,
    repository_names: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    if let Some(names) = &input.repository_names {
        if names.is_empty() || names.len() > 100 {
            return Err(constraint("repositoryNames", "Member must have length between 1 and 100"));
        }
        for name in names {
            find(view, name, input.registry_id.as_ref())?;
        }
    }
    let wanted = |name: &String| input.repository_names.as_ref().is_none_or(|names| names.contains(name));
    let all = view.region.ecr.repositories.iter().filter(|(name, _)| wanted(name));
    let page = paged(all, |(name, _)| (*name).clone(), input.max_results, input.next_token.as_deref())?;
    let shapes: Vec<Value> =
        page.items.into_iter().map(|(name, repository)| shape(view, name, repository)).collect();
    let mut answer = json!({"repositories": shapes});
    if let Some(next) = page.next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delete {
    registry_id: Option<String>,
    repository_name: String,
    #[serde(default)]
    force: bool,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let name = input.repository_name;
    let view = scope.view();
    let repository = find(&view, &name, input.registry_id.as_ref())?;
    if !repository.images.is_empty() && !input.force {
        let message = format!(
            "The repository with name '{name}' in registry with id '{}' cannot be deleted because it still contains images",
            view.account
        );
        return Err(Fault::new("RepositoryNotEmptyException", message));
    }
    let answer = json!({"repository": shape(&view, &name, repository)});
    let account = scope.account;
    scope.region.ecr.uploads.retain(|_, upload| upload.repository != name);
    let removed = scope.region.ecr.repositories.remove(&name);
    removed.map(|_| answer).ok_or_else(|| no_repository(&name, account))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PutMutability {
    registry_id: Option<String>,
    repository_name: String,
    image_tag_mutability: String,
}

pub(crate) fn put_mutability(scope: &mut Scope<'_>, input: PutMutability) -> Result<Value, Fault> {
    let immutable = mutability(Some(&input.image_tag_mutability))?;
    let account = scope.account.to_owned();
    find_mut(scope, &input.repository_name, input.registry_id.as_ref())?.immutable = immutable;
    Ok(
        json!({"registryId": account, "repositoryName": input.repository_name, "imageTagMutability": word(immutable)}),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PutScanning {
    registry_id: Option<String>,
    repository_name: String,
    image_scanning_configuration: Scanning,
}

pub(crate) fn put_scanning(scope: &mut Scope<'_>, input: PutScanning) -> Result<Value, Fault> {
    let on = input.image_scanning_configuration.scan_on_push;
    let account = scope.account.to_owned();
    find_mut(scope, &input.repository_name, input.registry_id.as_ref())?.scan_on_push = on;
    Ok(json!({
        "registryId": account,
        "repositoryName": input.repository_name,
        "imageScanningConfiguration": {"scanOnPush": on},
    }))
}
