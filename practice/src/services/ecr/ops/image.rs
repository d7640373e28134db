//! Reading and removing images.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{constraint, no_repository};
use super::super::model::{MAX_IMAGES, MAX_REPOSITORIES, Repository, StoredImage};
use super::super::{built_in, pull};
use super::{ImageId, check_registry, find, find_mut, is_repository, paged};
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::world::{Scope, View};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filter {
    tag_status: Option<String>,
}

impl Filter {
    fn passes(&self, tagged: bool) -> bool {
        match self.tag_status.as_deref() {
            Some("TAGGED") => tagged,
            Some("UNTAGGED") => !tagged,
            _ => true,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    registry_id: Option<String>,
    repository_name: String,
    next_token: Option<String>,
    max_results: Option<i64>,
    #[serde(default)]
    filter: Filter,
    image_ids: Option<Vec<ImageId>>,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let repository = find(view, &input.repository_name, input.registry_id.as_ref())?;
    let tagged = repository.image_tags.iter().map(|(tag, digest)| (digest, Some(tag)));
    let bare = repository.images.keys().filter(|digest| repository.tags_of(digest).is_empty());
    let mut all: Vec<(&String, Option<&String>)> = tagged.chain(bare.map(|digest| (digest, None))).collect();
    all.retain(|(_, tag)| input.filter.passes(tag.is_some()));
    all.sort();
    let key =
        |(digest, tag): &(&String, Option<&String>)| format!("{digest} {}", tag.map_or("", String::as_str));
    let page = paged(all, key, input.max_results, input.next_token.as_deref())?;
    let id = |(digest, tag): (&String, Option<&String>)| ImageId {
        image_digest: Some(digest.clone()),
        image_tag: tag.cloned(),
    };
    let mut answer = json!({"imageIds": page.items.into_iter().map(id).collect::<Vec<_>>()});
    if let Some(next) = page.next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

fn no_image(name: &str, account: &str, id: &ImageId) -> Fault {
    let part = |value: &Option<String>| {
        value.clone().map_or_else(|| "null".to_owned(), |value| format!("'{value}'"))
    };
    let message = format!(
        "The image with imageId {{imageDigest:{}, imageTag:{}}} does not exist within the repository with name '{name}' in the registry with id '{account}'",
        part(&id.image_digest),
        part(&id.image_tag)
    );
    Fault::new("ImageNotFoundException", message)
}

fn found<'r>(repository: &'r Repository, id: &ImageId) -> Option<(&'r str, &'r StoredImage)> {
    repository.image(id.image_tag.as_deref(), id.image_digest.as_deref())
}

pub(crate) fn describe(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let name = &input.repository_name;
    let repository = find(view, name, input.registry_id.as_ref())?;
    let mut all: Vec<(&str, &StoredImage)> = Vec::new();
    if let Some(ids) = &input.image_ids {
        for id in ids {
            all.push(found(repository, id).ok_or_else(|| no_image(name, view.account, id))?);
        }
        all.sort_by_key(|(digest, _)| *digest);
        all.dedup_by_key(|(digest, _)| *digest);
    } else {
        let images = repository.images.iter().map(|(digest, image)| (digest.as_str(), image));
        all.extend(images.filter(|(digest, _)| input.filter.passes(!repository.tags_of(digest).is_empty())));
    }
    let page =
        paged(all, |(digest, _)| (*digest).to_owned(), input.max_results, input.next_token.as_deref())?;
    let shape = |(digest, image): (&str, &StoredImage)| {
        let mut shape = json!({
            "registryId": view.account,
            "repositoryName": name,
            "imageDigest": digest,
            "imageSizeInBytes": image.bytes,
            "imagePushedAt": Epoch(image.pushed_at),
            "imageManifestMediaType": image.media_type,
            "imageStatus": "ACTIVE",
        });
        if let Some(kind) = &image.artifact_type {
            shape["artifactMediaType"] = json!(kind);
        }
        let tags = repository.tags_of(digest);
        if !tags.is_empty() {
            shape["imageTags"] = json!(tags);
        }
        shape
    };
    let mut answer = json!({"imageDetails": page.items.into_iter().map(shape).collect::<Vec<_>>()});
    if let Some(next) = page.next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch {
    registry_id: Option<String>,
    repository_name: String,
    image_ids: Vec<ImageId>,
}

fn check_batch(ids: &[ImageId]) -> Result<(), Fault> {
    if (1..=100).contains(&ids.len()) {
        return Ok(());
    }
    Err(constraint("imageIds", "Member must have length between 1 and 100"))
}

fn failure(id: &ImageId) -> Value {
    let (code, reason) = if id.image_tag.is_none() && id.image_digest.is_none() {
        ("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
    } else {
        ("ImageNotFound", "Requested image not found")
    };
    json!({"imageId": id, "failureCode": code, "failureReason": reason})
}

/// `BatchGetImage`: manifests. Of a repository under a pull through cache rule, this fetches what is not there yet, which
/// is why it is an operation that changes the world.
pub(crate) fn get(scope: &mut Scope<'_>, input: Batch) -> Result<Value, Fault> {
    check_batch(&input.image_ids)?;
    let name = input.repository_name;
    check_registry(scope.account, &name, input.registry_id.as_ref())?;
    for id in &input.image_ids {
        fetch(scope, &name, id);
    }
    let view = scope.view();
    let repository = find(&view, &name, None)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in &input.image_ids {
        let Some((digest, image)) = found(repository, id) else {
            failures.push(failure(id));
            continue;
        };
        images.push(shape(&view, &name, digest, id.image_tag.as_deref(), image));
    }
    Ok(json!({"images": images, "failures": failures}))
}

pub(super) fn shape(
    view: &View<'_>,
    name: &str,
    digest: &str,
    tag: Option<&str>,
    image: &StoredImage,
) -> Value {
    json!({
        "registryId": view.account,
        "repositoryName": name,
        "imageId": ImageId { image_digest: Some(digest.to_owned()), image_tag: tag.map(str::to_owned) },
        "imageManifest": image.manifest,
        "imageManifestMediaType": image.media_type,
    })
}

/// Fills the cache: the repository, as AWS makes it with the first pull, and the image.
fn fetch(scope: &mut Scope<'_>, name: &str, id: &ImageId) {
    let Some(tag) = &id.image_tag else { return };
    let model = &scope.region.ecr;
    let existing = model.repositories.get(name);
    let full =
        existing.map_or(model.repositories.len() >= MAX_REPOSITORIES, |kept| kept.images.len() >= MAX_IMAGES);
    if full || !is_repository(name) || existing.is_some_and(|kept| kept.image_tags.contains_key(tag)) {
        return;
    }
    let Some(upstream) = pull::upstream(model, name, &format!(":{tag}")) else { return };
    let now = scope.now;
    let fresh = || Repository { created_at: now, ..Repository::default() };
    let repository = scope.region.ecr.repositories.entry(name.to_owned()).or_insert_with(fresh);
    let image = StoredImage {
        manifest: upstream.manifest,
        media_type: built_in::MANIFEST.to_owned(),
        artifact_type: Some(built_in::CONFIG.to_owned()),
        pushed_at: now,
        bytes: upstream.blobs.iter().map(|(_, bytes)| bytes).sum(),
        built_in: Some(upstream.reference),
    };
    repository.images.insert(upstream.digest.clone(), image);
    repository.image_tags.insert(tag.clone(), upstream.digest);
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Batch) -> Result<Value, Fault> {
    check_batch(&input.image_ids)?;
    let account = scope.account;
    let name = input.repository_name;
    let repository = find_mut(scope, &name, input.registry_id.as_ref()).map_err(|fault| {
        if fault.code == "RepositoryNotFoundException" { no_repository(&name, account) } else { fault }
    })?;
    let (mut gone, mut failures) = (Vec::new(), Vec::new());
    for id in input.image_ids {
        let Some(digest) = found(repository, &id).map(|(digest, _)| digest.to_owned()) else {
            failures.push(failure(&id));
            continue;
        };
        let tags: Vec<String> = match (&id.image_tag, &id.image_digest) {
            // By tag alone: the image stays while it has another tag.
            (Some(tag), None) => vec![tag.clone()],
            _ => repository.tags_of(&digest).into_iter().map(str::to_owned).collect(),
        };
        repository.image_tags.retain(|tag, _| !tags.contains(tag));
        if repository.tags_of(&digest).is_empty() {
            repository.images.remove(&digest);
        }
        if tags.is_empty() {
            gone.push(ImageId { image_digest: Some(digest), image_tag: None });
        } else {
            gone.extend(
                tags.into_iter()
                    .map(|tag| ImageId { image_digest: Some(digest.clone()), image_tag: Some(tag) }),
            );
        }
    }
    Ok(json!({"imageIds": gone, "failures": failures}))
}
