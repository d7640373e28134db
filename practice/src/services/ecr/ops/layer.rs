//! Layers: which are there, and small ones to upload. Of an uploaded layer only digest and size are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::built_in::{self, digest};
use super::super::fault::{invalid, limit};
use super::super::model::{MAX_LAYER_BYTES, MAX_LAYERS, MAX_UPLOADS, Repository, Upload};
use super::{One, find, find_mut};
use crate::core::fault::Fault;
use crate::world::{Scope, View};

/// The size of a layer that a repository has: uploaded, or part of a built-in image stored there.
fn size(repository: &Repository, layer: &str) -> Option<u64> {
    let of_built_in = || {
        let images = repository.built_ins().into_iter().filter_map(built_in::of);
        images.flat_map(|image| image.blobs).find(|(digest, _)| digest == layer).map(|(_, size)| size)
    };
    repository.layers.get(layer).copied().or_else(of_built_in)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    registry_id: Option<String>,
    repository_name: String,
    layer_digests: Vec<String>,
}

pub(crate) fn check(view: &View<'_>, input: Check) -> Result<Value, Fault> {
    let repository = find(view, &input.repository_name, input.registry_id.as_ref())?;
    if input.layer_digests.is_empty() || input.layer_digests.len() > 100 {
        return Err(invalid("layerDigests must have from 1 to 100 members."));
    }
    let (mut layers, mut failures) = (Vec::new(), Vec::new());
    for layer in input.layer_digests {
        if !layer.starts_with("sha256:") {
            failures.push(json!({"layerDigest": layer, "failureCode": "InvalidLayerDigest", "failureReason": "Invalid layer digest"}));
        } else if let Some(size) = size(repository, &layer) {
            layers.push(json!({"layerDigest": layer, "layerAvailability": "AVAILABLE", "layerSize": size}));
        } else {
            layers.push(json!({"layerDigest": layer, "layerAvailability": "UNAVAILABLE"}));
        }
    }
    Ok(json!({"layers": layers, "failures": failures}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Download {
    registry_id: Option<String>,
    repository_name: String,
    layer_digest: String,
}

/// Where AWS would serve a layer from. Nothing answers there in the practice cloud.
pub(crate) fn url(view: &View<'_>, input: Download) -> Result<Value, Fault> {
    let (name, layer) = (&input.repository_name, &input.layer_digest);
    let repository = find(view, name, input.registry_id.as_ref())?;
    if size(repository, layer).is_none() {
        let message = format!(
            "The layer with digest '{layer}' does not exist within the repository with name '{name}' in the registry with id '{}'",
            view.account
        );
        return Err(Fault::new("LayersNotFoundException", message));
    }
    let url = format!(
        "https://prod-{0}-starport-layer-bucket.s3.{0}.amazonaws.com/{1}/{layer}",
        view.region.name, view.account
    );
    Ok(json!({"downloadUrl": url, "layerDigest": layer}))
}

pub(crate) fn initiate(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    find(&scope.view(), &input.repository_name, input.registry_id.as_ref())?;
    let id = scope.region.ids.uuid();
    let uploads = &mut scope.region.ecr.uploads;
    if uploads.len() >= MAX_UPLOADS {
        let oldest = uploads.iter().min_by_key(|(_, upload)| upload.begun_at).map(|(id, _)| id.clone());
        oldest.map(|id| uploads.remove(&id));
    }
    let upload =
        Upload { repository: input.repository_name, begun_at: scope.now, received: String::new(), bytes: 0 };
    uploads.insert(id.clone(), upload);
    Ok(json!({"uploadId": id, "partSize": MAX_LAYER_BYTES}))
}

fn no_upload(id: &str) -> Fault {
    Fault::new("UploadNotFoundException", format!("The upload with id '{id}' could not be found."))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Piece {
    repository_name: String,
    upload_id: String,
    part_first_byte: u64,
    part_last_byte: u64,
    layer_part_blob: String,
}

pub(crate) fn upload(scope: &mut Scope<'_>, input: Piece) -> Result<Value, Fault> {
    let account = scope.account;
    let (id, name) = (input.upload_id, input.repository_name);
    let upload = scope.region.ecr.uploads.get_mut(&id).filter(|upload| upload.repository == name);
    let upload = upload.ok_or_else(|| no_upload(&id))?;
    let bad = || Fault::new("SerializationException", "layerPartBlob is not base 64.");
    let part = STANDARD.decode(&input.layer_part_blob).map_err(|_| bad())?;
    let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
    let expected = input.part_last_byte.checked_sub(input.part_first_byte).map(|last| last.saturating_add(1));
    if input.part_first_byte != upload.bytes || expected != Some(length) {
        return Err(Fault::new(
            "InvalidLayerPartException",
            "The layer part size is not valid, or the first byte specified is not consecutive to the last byte of a previous layer part upload.",
        ));
    }
    let mut received = STANDARD.decode(&upload.received).unwrap_or_default();
    if received.len() + part.len() > MAX_LAYER_BYTES {
        return Err(limit("bytes in an uploaded layer (512 KiB)"));
    }
    received.extend(part);
    upload.received = STANDARD.encode(received);
    upload.bytes += length;
    Ok(
        json!({"registryId": account, "repositoryName": name, "uploadId": id, "lastByteReceived": upload.bytes.saturating_sub(1)}),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Complete {
    repository_name: String,
    upload_id: String,
    layer_digests: Vec<String>,
}

pub(crate) fn complete(scope: &mut Scope<'_>, input: Complete) -> Result<Value, Fault> {
    let account = scope.account;
    let (id, name) = (input.upload_id, input.repository_name);
    let upload = scope.region.ecr.uploads.get(&id).filter(|upload| upload.repository == name);
    let upload = upload.ok_or_else(|| no_upload(&id))?.clone();
    if upload.bytes == 0 {
        return Err(Fault::new(
            "EmptyUploadException",
            "The specified layer upload does not contain any layer parts.",
        ));
    }
    let layer = digest(&STANDARD.decode(&upload.received).unwrap_or_default());
    if !input.layer_digests.contains(&layer) {
        let message = "The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified.";
        return Err(Fault::new("InvalidLayerException", message));
    }
    let repository = find_mut(scope, &name, None)?;
    if repository.layers.contains_key(&layer) {
        let message = format!(
            "The image layer with digest '{layer}' already exists in the repository with name '{name}'."
        );
        return Err(Fault::new("LayerAlreadyExistsException", message));
    }
    if repository.layers.len() >= MAX_LAYERS {
        return Err(limit("layers in a repository"));
    }
    repository.layers.insert(layer.clone(), upload.bytes);
    scope.region.ecr.uploads.remove(&id);
    Ok(json!({"registryId": account, "repositoryName": name, "uploadId": id, "layerDigest": layer}))
}
