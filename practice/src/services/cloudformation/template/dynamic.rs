//! Dynamic references. Follows "Get values stored in other services using dynamic references".

use super::fault::{invalid, misused};
use crate::core::fault::Fault;

/// A dynamic reference: `{{resolve:service:reference}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dynamic {
    /// `{{resolve:ssm:name:version}}`; without a version the latest.
    Ssm {
        /// Name of the parameter.
        name: String,
        /// Its version.
        version: Option<u64>,
    },
    /// `{{resolve:ssm-secure:name:version}}`.
    Secure {
        /// Name of the parameter.
        name: String,
        /// Its version.
        version: Option<u64>,
    },
    /// `{{resolve:secretsmanager:secret:SecretString:key:stage:version}}`.
    Secret {
        /// Name or ARN.
        secret: String,
        /// A key of the secret's JSON; None: the whole text.
        key: Option<String>,
        /// Version stage; with neither, `AWSCURRENT`.
        stage: Option<String>,
        /// Version id.
        version: Option<String>,
    },
}

const OPENING: &str = "{{resolve:";

impl Dynamic {
    /// What is between `{{resolve:` and `}}`.
    fn parse(inside: &str) -> Result<Self, Fault> {
        let incorrect = |service: &str| {
            invalid(format!(
                "Incorrect format is used in the following {service} reference: [{OPENING}{inside}}}}}]"
            ))
        };
        match inside.split_once(':') {
            Some(("ssm", rest)) => {
                let (name, version) = parameter(rest).ok_or_else(|| incorrect("SSM"))?;
                Ok(Self::Ssm { name, version })
            }
            Some(("ssm-secure", rest)) => {
                let (name, version) = parameter(rest).ok_or_else(|| incorrect("SSM Secure"))?;
                Ok(Self::Secure { name, version })
            }
            Some(("secretsmanager", rest)) => secret(rest).ok_or_else(|| incorrect("Secrets Manager")),
            _ => Err(misused(format!("unsupported dynamic reference [{OPENING}{inside}}}}}]"))),
        }
    }
}

/// `name` or `name:version`.
fn parameter(text: &str) -> Option<(String, Option<u64>)> {
    let (name, version) = match text.split_once(':') {
        Some((name, version)) => (name, Some(version.parse().ok().filter(|version| *version > 0)?)),
        None => (text, None),
    };
    let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    (!name.is_empty() && name.chars().all(taken)).then(|| (name.to_owned(), version))
}

/// `secret:SecretString:key:stage:version`, of which all but the first may be left out. The secret may be an ARN.
fn secret(text: &str) -> Option<Dynamic> {
    let colons = if text.starts_with("arn:") { 7 } else { 1 };
    let mut parts = text.splitn(colons + 1, ':');
    let secret = parts.by_ref().take(colons).collect::<Vec<_>>().join(":");
    let rest: Vec<&str> = parts.next().map(|rest| rest.split(':').collect()).unwrap_or_default();
    let given = |at: usize| rest.get(at).filter(|part| !part.is_empty()).map(|part| (*part).to_owned());
    let (stage, version) = (given(2), given(3));
    let fits = !secret.is_empty()
        && rest.len() <= 4
        && rest.first().is_none_or(|kind| matches!(*kind, "" | "SecretString"))
        && (stage.is_none() || version.is_none());
    fits.then(|| Dynamic::Secret { secret, key: given(1), stage, version })
}

/// The text with its dynamic references replaced by what `resolve` answers.
pub(super) fn replaced(
    text: &str,
    resolve: &mut dyn FnMut(&Dynamic) -> Result<String, Fault>,
) -> Result<Option<String>, Fault> {
    if !text.contains(OPENING) {
        return Ok(None);
    }
    let mut done = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPENING) {
        let after = &rest[start + OPENING.len()..];
        let Some(end) = after.find("}}") else { break };
        done.push_str(&rest[..start]);
        done.push_str(&resolve(&Dynamic::parse(&after[..end])?)?);
        rest = &after[end + 2..];
    }
    done.push_str(rest);
    Ok(Some(done))
}
