//! Manifests of the built-in images: what a registry would serve of `docker.io/library/nginx:1.27`. They are made up
//! from the reference alone, the same every time, and name it in an annotation, so that a copy of the manifest can be
//! traced back: a manifest whose config is that of a built-in image is a copy of it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::images::{self, Reference};

/// The media type of every built-in manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const NAME: &str = "org.opencontainers.image.ref.name";
/// Bytes of a config, about.
const CONFIG_BYTES: u64 = 7_682;

/// What a registry has of a built-in image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BuiltIn {
    /// `docker.io/library/nginx:1.27`
    pub(super) reference: String,
    pub(super) manifest: String,
    pub(super) digest: String,
    /// Digest and size: the config, then the layers.
    pub(super) blobs: Vec<(String, u64)>,
}

/// The digest of some bytes, as registries write it.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

/// The built-in image of a public reference, if there is one.
pub(super) fn of(reference: &str) -> Option<BuiltIn> {
    let image = images::find(reference)?;
    let tag = Reference::parse(reference)?.tag;
    let path = image.repository;
    let library = if path.contains('/') { "" } else { "library/" };
    let reference = format!("docker.io/{library}{path}:{tag}");
    let config = (digest(format!("config of {reference}").as_bytes()), CONFIG_BYTES);
    // A base, what was installed, and what was copied in; small images are one layer.
    let bytes = u64::from(image.megabytes) * 1_000_000;
    let sizes = if bytes < 10_000_000 { vec![bytes] } else { vec![bytes / 2, bytes / 2 - 1_024, 1_024] };
    let layers: Vec<(String, u64)> = sizes
        .into_iter()
        .enumerate()
        .map(|(at, size)| (digest(format!("layer {at} of {path}:{tag}").as_bytes()), size))
        .collect();
    let blob = |kind: &str, (digest, size): &(String, u64)| json!({"mediaType": kind, "digest": digest, "size": size});
    let tree = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blob(CONFIG, &config),
        "layers": layers.iter().map(|layer| blob(LAYER, layer)).collect::<Vec<_>>(),
        "annotations": {NAME: reference},
    });
    let manifest = serde_json::to_string_pretty(&tree).ok()?;
    let blobs = [config].into_iter().chain(layers).collect();
    Some(BuiltIn { reference, digest: digest(manifest.as_bytes()), manifest, blobs })
}

/// The built-in image that a manifest is a copy of.
pub(super) fn traced(manifest: &Value) -> Option<BuiltIn> {
    let found = of(manifest.get("annotations")?.get(NAME)?.as_str()?)?;
    let config = manifest.get("config")?.get("digest")?.as_str()?;
    (found.blobs.first()?.0 == config).then_some(found)
}
