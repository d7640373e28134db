//! `PutImage`: what ends a `docker push`, and the way to copy or retag an image with the AWS CLI alone.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::built_in::{self, digest};
use super::super::fault::{constraint, invalid, limit};
use super::super::model::{MAX_IMAGES, Repository, StoredImage};
use super::{find_mut, image};
use crate::core::fault::Fault;
use crate::world::Scope;

/// Longest manifest, in bytes; AWS's limit is 4 MiB.
const MAX_MANIFEST: usize = 32 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Put {
    registry_id: Option<String>,
    repository_name: String,
    image_manifest: String,
    image_manifest_media_type: Option<String>,
    image_tag: Option<String>,
    image_digest: Option<String>,
}

pub(crate) fn image(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let name = input.repository_name;
    let (account, now) = (scope.account, scope.now);
    let repository = find_mut(scope, &name, input.registry_id.as_ref())?;
    let stored = read(repository, &name, account, &input.image_manifest, input.image_manifest_media_type)?;
    let stored = StoredImage { pushed_at: now, ..stored };
    let digest = digest(input.image_manifest.as_bytes());
    if input.image_digest.is_some_and(|given| given != digest) {
        return Err(Fault::new(
            "ImageDigestDoesNotMatchException",
            "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
        ));
    }
    let tag = input.image_tag;
    if let Some(tag) = &tag {
        check_tag(tag)?;
        let holder = repository.image_tags.get(tag);
        if holder == Some(&digest) {
            let message = format!(
                "Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{name}' in registry with id '{account}'"
            );
            return Err(Fault::new("ImageAlreadyExistsException", message));
        }
        if holder.is_some() && repository.immutable {
            let message = format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the tag is immutable."
            );
            return Err(Fault::new("ImageTagAlreadyExistsException", message));
        }
    } else if repository.images.contains_key(&digest) {
        let message = format!(
            "Image with digest '{digest}' already exists in the repository with name '{name}' in registry with id '{account}'"
        );
        return Err(Fault::new("ImageAlreadyExistsException", message));
    }
    if repository.images.len() >= MAX_IMAGES && !repository.images.contains_key(&digest) {
        return Err(limit("images in a repository"));
    }
    let kept = repository.images.entry(digest.clone()).or_insert(stored).clone();
    if let Some(tag) = &tag {
        repository.image_tags.insert(tag.clone(), digest.clone());
    }
    Ok(json!({"image": image::shape(&scope.view(), &name, &digest, tag.as_deref(), &kept)}))
}

fn check_tag(tag: &str) -> Result<(), Fault> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-')) {
        return Ok(());
    }
    Err(constraint("imageTag", "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'"))
}

/// An image from its manifest, whose config and layers must be there.
fn read(
    repository: &Repository,
    name: &str,
    account: &str,
    manifest: &str,
    media_type: Option<String>,
) -> Result<StoredImage, Fault> {
    let bad = || {
        invalid("Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'")
    };
    if manifest.len() > MAX_MANIFEST {
        return Err(invalid("This practice cloud takes manifests of up to 32 KiB."));
    }
    let tree: Value = serde_json::from_str(manifest).map_err(|_| bad())?;
    let declared = tree.get("mediaType").and_then(Value::as_str).map(str::to_owned);
    let media_type = media_type.or(declared).unwrap_or_else(|| built_in::MANIFEST.to_owned());
    if media_type.contains("manifest.list") || media_type.contains("image.index") {
        return Err(invalid(
            "Manifest lists are not part of this practice cloud: put the manifest of one platform.",
        ));
    }
    let copied = built_in::traced(&tree);
    let config = tree.get("config").ok_or_else(bad)?;
    let layers = tree.get("layers").and_then(Value::as_array).ok_or_else(bad)?;
    let mut bytes = 0;
    let mut missing = Vec::new();
    for blob in [config].into_iter().chain(layers) {
        let digest = blob.get("digest").and_then(Value::as_str).ok_or_else(bad)?;
        let uploaded = repository.layers.get(digest).copied();
        let of_built_in =
            || copied.as_ref()?.blobs.iter().find(|(known, _)| known == digest).map(|(_, size)| *size);
        match uploaded.or_else(of_built_in) {
            Some(size) => bytes += size,
            None => missing.push(digest.to_owned()),
        }
    }
    if !missing.is_empty() {
        let message = format!(
            "Layers with digests '[{}]' required for pushed image into repository with name '{name}' in the registry with id '{account}' do not exist",
            missing.join(", ")
        );
        return Err(Fault::new("LayersNotFoundException", message));
    }
    Ok(StoredImage {
        manifest: manifest.to_owned(),
        media_type,
        artifact_type: config.get("mediaType").and_then(Value::as_str).map(str::to_owned),
        pushed_at: crate::Time::default(),
        bytes,
        built_in: copied.map(|copied| copied.reference),
    })
}
