//! Key pairs. Drydock's instances have no SSH server: the private key handed out has the shape of a real one and
//! opens nothing. Fingerprints have the right length; they are not AWS's SHA-1 and MD5.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::core::fault::Fault;
use crate::core::id::IdSource;
use crate::core::tag::Tags;
use crate::core::time::Iso;
use crate::services::ec2::ask::{Asked, Noun, TagSpecification, one, select, tag_set, tags_for};
use crate::services::ec2::fault;
use crate::services::ec2::model::KeyPair;
use crate::world::{Scope, View};

/// Key pairs per region (Amazon EC2 quotas).
const MAX_PAIRS: usize = 100;

impl Noun for KeyPair {
    const FILTERS: &'static [&'static str] = &["fingerprint", "key-name", "key-pair-id"];
    const KIND: &'static str = "key";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "fingerprint" => one(&self.fingerprint),
            "key-name" => one(&self.name),
            _ => one(&self.id),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateKeyPair {
    key_name: String,
    key_type: Option<String>,
    key_format: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: CreateKeyPair) -> Result<Value, Fault> {
    let kind = input.key_type.unwrap_or_else(|| "rsa".to_owned());
    if !matches!(kind.as_str(), "rsa" | "ed25519") {
        return Err(fault::invalid("keyType", &kind, "The key type must be rsa or ed25519."));
    }
    if let Some(format) = input.key_format.filter(|format| format != "pem") {
        return Err(fault::invalid("keyFormat", &format, "This practice cloud hands out pem keys only."));
    }
    check_new(scope, &input.key_name)?;
    let tags = tags_for(&input.tag_specification, "key-pair")?;
    let bytes = secret(&mut IdSource::new(scope.region.ids.bits(), "private key"), &kind);
    let (material, fingerprint) = if kind == "rsa" {
        (pem("RSA PRIVATE KEY", &bytes), hex(&bytes, 20))
    } else {
        (pem("OPENSSH PRIVATE KEY", &bytes), STANDARD_NO_PAD.encode(Sha256::digest(&bytes)) + "=")
    };
    let mut answer = add(scope, input.key_name, fingerprint, kind, tags);
    answer["keyMaterial"] = json!(material);
    Ok(answer)
}

/// The bytes of a private key of that kind: the right header and length, and noise.
fn secret(noise: &mut IdSource, kind: &str) -> Vec<u8> {
    let (head, length): (&[u8], usize) = if kind == "rsa" {
        // PKCS #1: SEQUENCE, version 0, a modulus of 2048 bits.
        (&[0x30, 0x82, 0x04, 0xa4, 0x02, 0x01, 0x00, 0x02, 0x82, 0x01, 0x01, 0x00], 1192)
    } else {
        (b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01\0\0\x003\0\0\0\x0bssh-ed25519", 276)
    };
    let mut bytes = head.to_vec();
    while bytes.len() < length {
        bytes.extend(noise.bits().to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn pem(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).filter_map(|at| text.get(at..text.len().min(at + 64))).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

fn hex(bytes: &[u8], length: usize) -> String {
    let pairs: Vec<String> = Sha256::digest(bytes).iter().take(length).map(|b| format!("{b:02x}")).collect();
    pairs.join(":")
}

fn check_new(scope: &Scope<'_>, name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() {
        return Err(fault::missing("KeyName"));
    }
    if name.len() > 255 || !name.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Err(fault::invalid("keyName", name, "It must be up to 255 ASCII characters."));
    }
    if scope.region.ec2.key_pair(name).is_some() {
        return Err(Fault::new("InvalidKeyPair.Duplicate", "The keypair already exists"));
    }
    if scope.region.ec2.key_pairs.len() >= MAX_PAIRS {
        let message = "The maximum number of key pairs has been reached.";
        return Err(Fault::new("KeyPairLimitExceeded", message));
    }
    Ok(())
}

fn add(scope: &mut Scope<'_>, name: String, fingerprint: String, kind: String, tags: Tags) -> Value {
    let id = scope.region.ids.resource("key");
    let answer = json!({
        "keyName": name,
        "keyFingerprint": fingerprint,
        "keyPairId": id,
        "tagSet": tag_set(&tags),
    });
    let pair = KeyPair { id: id.clone(), name, fingerprint, kind, created_at: scope.now };
    scope.region.ec2.key_pairs.insert(id.clone(), pair);
    scope.region.ec2.set_tags(&id, tags);
    answer
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportKeyPair {
    key_name: String,
    public_key_material: String,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

pub(crate) fn import(scope: &mut Scope<'_>, input: ImportKeyPair) -> Result<Value, Fault> {
    let (kind, bytes) = public_key(&input.public_key_material)
        .ok_or_else(|| Fault::new("InvalidKey.Format", "Key is not in valid OpenSSH public key format"))?;
    check_new(scope, &input.key_name)?;
    let tags = tags_for(&input.tag_specification, "key-pair")?;
    let fingerprint =
        if kind == "rsa" { hex(&bytes, 16) } else { STANDARD_NO_PAD.encode(Sha256::digest(&bytes)) + "=" };
    Ok(add(scope, input.key_name, fingerprint, kind.to_owned(), tags))
}

/// Kind and bytes of an OpenSSH public key in base64.
fn public_key(material: &str) -> Option<(&'static str, Vec<u8>)> {
    let text = String::from_utf8(STANDARD.decode(material.trim()).ok()?).ok()?;
    let mut words = text.split_whitespace();
    let kind = match words.next()? {
        "ssh-rsa" => "rsa",
        "ssh-ed25519" => "ed25519",
        _ => return None,
    };
    let bytes = STANDARD.decode(words.next()?).ok()?;
    Some((kind, bytes))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteKeyPair {
    key_name: Option<String>,
    key_pair_id: Option<String>,
}

/// Deleting what is not there succeeds, as on AWS.
pub(crate) fn delete(scope: &mut Scope<'_>, input: DeleteKeyPair) -> Result<Value, Fault> {
    let model = &mut scope.region.ec2;
    let id = match (&input.key_pair_id, &input.key_name) {
        (Some(id), _) => model.key_pairs.contains_key(id).then(|| id.clone()),
        (None, Some(name)) => model.key_pair(name).map(|pair| pair.id.clone()),
        (None, None) => return Err(fault::missing("KeyName")),
    };
    if let Some(id) = &id {
        model.key_pairs.remove(id);
        model.tags.remove(id);
    }
    Ok(json!({"return": true, "keyPairId": id}))
}

pub(crate) fn describe(view: &View<'_>, mut input: Asked) -> Result<Value, Fault> {
    let model = &view.region.ec2;
    for name in std::mem::take(&mut input.names) {
        let pair = model.key_pair(&name).ok_or_else(|| fault::not_found("key", &name))?;
        input.ids.push(pair.id.clone());
    }
    let page = select(view, model.key_pairs.values(), &input)?;
    let shape = |pair: &KeyPair| {
        json!({
            "keyPairId": pair.id,
            "keyFingerprint": pair.fingerprint,
            "keyName": pair.name,
            "keyType": pair.kind,
            "tagSet": tag_set(model.tags_of(&pair.id)),
            "createTime": Iso(pair.created_at),
        })
    };
    Ok(json!({"keySet": page.items.into_iter().map(shape).collect::<Value>()}))
}
