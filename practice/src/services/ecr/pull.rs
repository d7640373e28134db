//! What a container engine gets when it pulls `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`. Whether the
//! puller may is for the caller to ask (`ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer` and
//! `ecr:GetAuthorizationToken`).

use super::built_in::{self, BuiltIn};
use super::model::Model;
use crate::images::Reference;

/// Why a pull from a registry of one's own fails. `Display` is the sentence of the Docker daemon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// The reference is not that of an image.
    #[error("invalid reference format")]
    Malformed,
    /// No such repository, or one of another account or region, which this practice account cannot see.
    #[error(
        "repository {host}/{repository} not found: name unknown: The repository with name '{repository}' does not exist in the registry with id '{registry}'"
    )]
    NoRepository {
        /// `123456789012.dkr.ecr.us-east-1.amazonaws.com`
        host: String,
        /// Its name.
        repository: String,
        /// Account of the registry.
        registry: String,
    },
    /// The repository has no image of that tag or digest.
    #[error("manifest for {reference} not found: manifest unknown: Requested image not found")]
    NoImage {
        /// As it was asked for.
        reference: String,
    },
    /// The image is there, and it is no copy of one that the practice cloud can run.
    #[error(
        "{reference}: the practice cloud can run copies of its own images only; this one was made elsewhere"
    )]
    NotRunnable {
        /// As it was asked for.
        reference: String,
    },
}

/// Account and region of a private ECR registry's host name.
pub fn registry_of(reference: &str) -> Option<(&str, &str)> {
    let host = reference.split('/').next()?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.strip_suffix(".amazonaws.com")?;
    let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    digits.then_some((account, region))
}

/// The built-in image (`docker.io/library/nginx:1.27`, for [`crate::images::find`]) that a reference to a private
/// registry comes to: the stored image of that tag or digest, or an upstream's through a pull through cache rule.
/// `account` and `region` are those of the puller's world. None when the reference names no private registry at all.
pub fn find(
    model: &Model,
    account: &str,
    region: &str,
    reference: &str,
) -> Option<Result<String, PullError>> {
    let (owner, at) = registry_of(reference)?;
    let Some(parsed) = Reference::parse(reference) else { return Some(Err(PullError::Malformed)) };
    let digest = reference.split_once('@').map(|(_, digest)| digest);
    let stored = model.repositories.get(parsed.path).filter(|_| owner == account && at == region);
    if let Some(repository) = stored {
        // A digest counts alone, as Docker has it.
        let tag = if digest.is_some() { None } else { Some(parsed.tag) };
        if let Some((_, image)) = repository.image(tag, digest) {
            let unknown = || PullError::NotRunnable { reference: reference.to_owned() };
            return Some(image.built_in.clone().ok_or_else(unknown));
        }
    }
    let tag = digest.map_or_else(|| format!(":{}", parsed.tag), |digest| format!("@{digest}"));
    let missing = || PullError::NoImage { reference: reference.to_owned() };
    if owner == account && at == region && rule_for(model, parsed.path).is_some() {
        return Some(
            upstream(model, parsed.path, &tag).map(|built_in| built_in.reference).ok_or_else(missing),
        );
    }
    if stored.is_some() {
        return Some(Err(missing()));
    }
    Some(Err(PullError::NoRepository {
        host: parsed.registry.to_owned(),
        repository: parsed.path.to_owned(),
        registry: owner.to_owned(),
    }))
}

/// The prefix of the rule that a repository falls under; the longest one.
pub(super) fn rule_for<'m>(model: &'m Model, repository: &str) -> Option<&'m str> {
    let fits = |prefix: &&String| {
        *prefix == "ROOT"
            || repository.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    let length = |prefix: &&String| if *prefix == "ROOT" { 0 } else { prefix.len() };
    model.rules.keys().filter(fits).max_by_key(length).map(String::as_str)
}

/// The upstream image of a repository under a rule. `version` is `:tag` or `@digest`.
pub(super) fn upstream(model: &Model, repository: &str, version: &str) -> Option<BuiltIn> {
    let prefix = rule_for(model, repository)?;
    let rule = model.rules.get(prefix)?;
    let rest =
        if prefix == "ROOT" { repository } else { repository.strip_prefix(prefix)?.strip_prefix('/')? };
    let host = if rule.upstream == "registry-1.docker.io" { "docker.io" } else { rule.upstream.as_str() };
    // Docker Hub's official images are below library/ and nowhere else.
    if host == "docker.io" && !rest.contains('/') {
        return None;
    }
    let path = match rule.upstream_prefix.as_deref() {
        Some(below) if below != "ROOT" => format!("{below}/{rest}"),
        _ => rest.to_owned(),
    };
    built_in::of(&format!("{host}/{path}{version}"))
}
