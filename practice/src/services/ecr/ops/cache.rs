//! Pull through cache rules. Follows "Sync an upstream registry with an Amazon ECR private registry".

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{constraint, invalid, limit};
use super::super::model::{MAX_RULES, Rule};
use super::{is_repository, paged};
use crate::core::arn::Arn;
use crate::core::fault::Fault;
use crate::core::time::Epoch;
use crate::world::{Scope, View};

/// Upstreams, their names, and whether they want a secret.
const UPSTREAMS: [(&str, &str, bool); 6] = [
    ("public.ecr.aws", "ecr-public", false),
    ("registry-1.docker.io", "docker-hub", true),
    ("quay.io", "quay", false),
    ("registry.k8s.io", "k8s", false),
    ("ghcr.io", "github-container-registry", true),
    ("registry.gitlab.com", "gitlab-container-registry", true),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    ecr_repository_prefix: String,
    upstream_registry_url: String,
    credential_arn: Option<String>,
    upstream_repository_prefix: Option<String>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let prefix = input.ecr_repository_prefix.trim_end_matches('/').to_owned();
    if prefix != "ROOT" && (prefix.len() > 30 || !is_repository(&prefix)) {
        return Err(constraint(
            "ecrRepositoryPrefix",
            "must satisfy regular expression '^([a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*\\/?|ROOT)$'",
        ));
    }
    let url = input.upstream_registry_url.trim_start_matches("https://").trim_end_matches('/').to_owned();
    let known = UPSTREAMS.iter().find(|(host, ..)| *host == url).ok_or_else(|| {
        Fault::new(
            "UnsupportedUpstreamRegistryException",
            format!("The specified upstream registry '{url}' isn't supported."),
        )
    })?;
    match &input.credential_arn {
        Some(arn) => check_secret(scope, arn)?,
        None if known.2 => {
            return Err(invalid(format!(
                "The upstream registry '{url}' requires a credentialArn: a secret of Secrets Manager whose name begins with ecr-pullthroughcache/."
            )));
        }
        None => {}
    }
    let account = scope.account;
    let rules = &mut scope.region.ecr.rules;
    if rules.contains_key(&prefix) {
        let message = format!(
            "A pull through cache rule with a repository prefix of '{prefix}' already exists in registry '{account}'."
        );
        return Err(Fault::new("PullThroughCacheRuleAlreadyExistsException", message));
    }
    if rules.len() >= MAX_RULES {
        return Err(limit("pull through cache rules"));
    }
    let rule = Rule {
        upstream: url,
        credential: input.credential_arn,
        upstream_prefix: input.upstream_repository_prefix,
        created_at: scope.now,
        updated_at: scope.now,
    };
    let answer = shape(account, &prefix, &rule);
    rules.insert(prefix, rule);
    Ok(answer)
}

fn check_secret(scope: &Scope<'_>, arn: &str) -> Result<(), Fault> {
    let named = Arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("secret:ecr-pullthroughcache/"));
    if !named {
        return Err(constraint(
            "credentialArn",
            "must be the ARN of a secret whose name begins with ecr-pullthroughcache/",
        ));
    }
    if scope.region.secretsmanager.find(arn).is_none() {
        return Err(Fault::new(
            "SecretNotFoundException",
            "The ARN of the secret specified in the pull through cache rule was not found.",
        ));
    }
    Ok(())
}

fn shape(account: &str, prefix: &str, rule: &Rule) -> Value {
    let name = UPSTREAMS.iter().find(|(host, ..)| *host == rule.upstream).map(|(_, name, _)| name);
    let mut shape = json!({
        "ecrRepositoryPrefix": prefix,
        "upstreamRegistryUrl": rule.upstream,
        "upstreamRegistry": name,
        "createdAt": Epoch(rule.created_at),
        "updatedAt": Epoch(rule.updated_at),
        "registryId": account,
        "upstreamRepositoryPrefix": rule.upstream_prefix.as_deref().unwrap_or("ROOT"),
    });
    if let Some(arn) = &rule.credential {
        shape["credentialArn"] = json!(arn);
    }
    shape
}

fn missing(account: &str, prefix: &str) -> Fault {
    let message =
        format!("The pull through cache rule with prefix '{prefix}' was not found in registry '{account}'.");
    Fault::new("PullThroughCacheRuleNotFoundException", message)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    ecr_repository_prefixes: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let rules = &view.region.ecr.rules;
    let wanted = input.ecr_repository_prefixes;
    let lost = wanted.iter().flatten().find(|prefix| !rules.contains_key(*prefix));
    if let Some(lost) = lost {
        return Err(missing(view.account, lost));
    }
    let all = rules.iter().filter(|(prefix, _)| wanted.as_ref().is_none_or(|wanted| wanted.contains(prefix)));
    let page = paged(all, |(prefix, _)| (*prefix).clone(), input.max_results, input.next_token.as_deref())?;
    let shapes: Vec<Value> =
        page.items.into_iter().map(|(prefix, rule)| shape(view.account, prefix, rule)).collect();
    let mut answer = json!({"pullThroughCacheRules": shapes});
    if let Some(next) = page.next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delete {
    ecr_repository_prefix: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let prefix = input.ecr_repository_prefix;
    let rule = scope.region.ecr.rules.remove(&prefix).ok_or_else(|| missing(scope.account, &prefix))?;
    Ok(shape(scope.account, &prefix, &rule))
}
