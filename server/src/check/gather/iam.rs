//! IAM's answers. Policy documents come URL-encoded and are kept as JSON text.

use super::network::put;
use super::{Put, fact};
use crate::check::facts::{Policy, Role};
use crate::cloud::{Cloud, Trouble, code};

/// A role has at most ten managed policies unless its quota was raised; inline ones are bounded by their size.
const MAX_POLICIES: usize = 25;

pub(super) async fn role(cloud: &Cloud, name: String) -> Put {
    let answer = fact(read_role(cloud, &name).await);
    put(move |facts| {
        facts.roles.insert(name, answer);
    })
}

async fn read_role(cloud: &Cloud, name: &str) -> Result<Option<Role>, Trouble> {
    let iam = &cloud.iam;
    let answer = match iam.get_role().role_name(name).send().await {
        Ok(answer) => answer,
        Err(error) if code(&error).is_some_and(|c| c.starts_with("NoSuchEntity")) => return Ok(None),
        Err(error) => return Err(Trouble::from_sdk(&error)),
    };
    let trust = answer.role().and_then(|r| r.assume_role_policy_document()).unwrap_or_default();
    let (inline, attached) = futures::join!(
        iam.list_role_policies().role_name(name).send(),
        iam.list_attached_role_policies().role_name(name).send()
    );
    let mut role = Role { name: name.to_owned(), trust: decode(trust), ..Role::default() };
    match inline {
        Ok(list) => {
            for policy in list.policy_names().iter().take(MAX_POLICIES) {
                match iam.get_role_policy().role_name(name).policy_name(policy).send().await {
                    Ok(of) => role
                        .policies
                        .push(Policy { name: policy.clone(), document: decode(of.policy_document()) }),
                    Err(error) => role.unread.push((policy.clone(), Trouble::from_sdk(&error))),
                }
            }
        }
        Err(error) => role.unread.push(("inline policies".to_owned(), Trouble::from_sdk(&error))),
    }
    match attached {
        Ok(list) => {
            for policy in list.attached_policies().iter().take(MAX_POLICIES) {
                let name = policy.policy_name().unwrap_or_default().to_owned();
                match managed(cloud, policy.policy_arn().unwrap_or_default()).await {
                    Ok(document) => role.policies.push(Policy { name, document }),
                    Err(trouble) => role.unread.push((name, trouble)),
                }
            }
        }
        Err(error) => role.unread.push(("attached policies".to_owned(), Trouble::from_sdk(&error))),
    }
    Ok(Some(role))
}

/// The document of a managed policy's default version.
async fn managed(cloud: &Cloud, arn: &str) -> Result<String, Trouble> {
    let policy = cloud.iam.get_policy().policy_arn(arn).send().await.map_err(|e| Trouble::from_sdk(&e))?;
    let version = policy.policy().and_then(|p| p.default_version_id()).unwrap_or("v1");
    let version = cloud
        .iam
        .get_policy_version()
        .policy_arn(arn)
        .version_id(version)
        .send()
        .await
        .map_err(|e| Trouble::from_sdk(&e))?;
    Ok(decode(version.policy_version().and_then(|v| v.document()).unwrap_or_default()))
}

pub(super) async fn profile(cloud: &Cloud, name: String) -> Put {
    let answer = match cloud.iam.get_instance_profile().instance_profile_name(&name).send().await {
        Ok(answer) => Ok(answer
            .instance_profile()
            .map(|p| p.roles().iter().map(|role| role.role_name().to_owned()).collect::<Vec<_>>())),
        Err(error) if code(&error).is_some_and(|c| c.starts_with("NoSuchEntity")) => Ok(None),
        Err(error) => Err(Trouble::from_sdk(&error)),
    };
    put(move |facts| {
        facts.instance_profiles.insert(name, fact(answer));
    })
}

fn decode(document: &str) -> String {
    percent_encoding::percent_decode_str(document).decode_utf8_lossy().into_owned()
}
