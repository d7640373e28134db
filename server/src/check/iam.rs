//! Whether policies allow an action: Allow and Deny with wildcards, as AWS's policy evaluation logic describes it for one
//! account.
//!
//! Conditions cannot be judged from outside: an Allow with a condition counts, a Deny with one does not. Not here: permission
//! boundaries, service control policies, sessions.

use serde_json::Value;

/// What a set of policies says about an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Allowed,
    /// An explicit Deny, which wins.
    Denied,
    /// Nothing, which is a refusal too.
    Nothing,
}

/// What the policies say about an action (it may end in `*`: then the whole family must be allowed) on a resource (`*`, or an
/// ARN with wildcards of its own).
pub(super) fn evaluate<'a>(documents: impl Iterator<Item = &'a str>, action: &str, resource: &str) -> Says {
    let mut says = Says::Nothing;
    for document in documents {
        let Ok(policy) = serde_json::from_str::<Value>(document) else { continue };
        for statement in listed(policy.get("Statement")) {
            if !concerns(statement, action, resource) {
                continue;
            }
            match statement.get("Effect").and_then(Value::as_str) {
                Some("Deny") if statement.get("Condition").is_none() => return Says::Denied,
                Some("Allow") => says = Says::Allowed,
                _ => {}
            }
        }
    }
    says
}

/// Whether a trust policy lets a service assume the role.
pub(super) fn trusts(document: &str, service: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(document) else { return false };
    let matches = |effect: &str| {
        listed(policy.get("Statement")).any(|statement| {
            let principals = statement.get("Principal");
            let named = principals.and_then(Value::as_str) == Some("*")
                || listed(principals.and_then(|p| p.get("Service"))).any(|p| p.as_str() == Some(service));
            let acts = listed(statement.get("Action")).filter_map(Value::as_str);
            statement.get("Effect").and_then(Value::as_str) == Some(effect)
                && named
                && acts.into_iter().any(|pattern| glob(pattern, "sts:AssumeRole"))
        })
    };
    matches("Allow") && !matches("Deny")
}

/// The services a trust policy names.
pub(super) fn trusted_services(document: &str) -> Vec<String> {
    let Ok(policy) = serde_json::from_str::<Value>(document) else { return Vec::new() };
    listed(policy.get("Statement"))
        .flat_map(|s| listed(s.get("Principal").and_then(|p| p.get("Service"))))
        .filter_map(|p| p.as_str().map(str::to_owned))
        .collect()
}

/// A list, or the one thing that stands where a list may.
fn listed(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Some(Value::Array(items)) => Box::new(items.iter()),
        Some(one) => Box::new(std::iter::once(one)),
        None => Box::new(std::iter::empty()),
    }
}

fn concerns(statement: &Value, action: &str, resource: &str) -> bool {
    let deny = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    let covers = |patterns: Option<&Value>, of: &str| {
        listed(patterns).filter_map(Value::as_str).any(|pattern| {
            glob(pattern, of) || (deny && of.len() > 1 && of.contains('*') && glob(of, pattern))
        })
    };
    let acts = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(actions), _) => covers(Some(actions), action),
        (None, Some(but)) => !covers(Some(but), action),
        (None, None) => false,
    };
    let reaches = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(resources), _) => covers(Some(resources), resource),
        (None, Some(but)) => !covers(Some(but), resource),
        (None, None) => false,
    };
    acts && reaches
}

/// `*` is any text, `?` any one character; letters match in either case, as IAM matches actions. Linear in memory, and in time
/// the product of both lengths at most.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_ascii_lowercase().chars().collect();
    let text: Vec<char> = text.to_ascii_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    p = star;
                    t = from + 1;
                    retry = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(statements: &str, action: &str) -> Says {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
        evaluate([document.as_str()].into_iter(), action, "*")
    }

    #[test]
    fn allow_and_deny_with_wildcards() {
        let submit = r#"{"Effect":"Allow","Action":["ecs:Submit*","ec2:Describe*"],"Resource":"*"}"#;
        assert_eq!(says(submit, "ecs:SubmitTaskStateChange"), Says::Allowed);
        assert_eq!(says(submit, "ecs:Submit*"), Says::Allowed);
        assert_eq!(says(submit, "ecs:*"), Says::Nothing);
        assert_eq!(says(submit, "ECS:submitx"), Says::Allowed);
        assert_eq!(says(submit, "ecs:Poll"), Says::Nothing);
        let only_one = r#"{"Effect":"Allow","Action":"ecs:SubmitTaskStateChange","Resource":"*"}"#;
        assert_eq!(says(only_one, "ecs:Submit*"), Says::Nothing);
        let denied = r#"[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ecs:Register*","Resource":"*"}]"#;
        assert_eq!(says(denied, "ecs:RegisterContainerInstance"), Says::Denied);
        assert_eq!(says(denied, "ecs:*"), Says::Denied);
        assert_eq!(says(denied, "ecs:Poll"), Says::Allowed);
        let but = r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#;
        assert_eq!(says(but, "ecs:Poll"), Says::Allowed);
        assert_eq!(says(but, "iam:PassRole"), Says::Nothing);
        let elsewhere = r#"{"Effect":"Allow","Action":"ecs:*","Resource":"arn:aws:ecs:*:*:cluster/x"}"#;
        assert_eq!(says(elsewhere, "ecs:Poll"), Says::Nothing);
        assert_eq!(says("7", "ecs:Poll"), Says::Nothing);
    }

    #[test]
    fn trust_is_per_service() {
        let document = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#;
        assert!(trusts(document, "ecs-tasks.amazonaws.com"));
        assert!(!trusts(document, "ec2.amazonaws.com"));
        assert!(!trusts("not json", "ec2.amazonaws.com"));
        assert_eq!(trusted_services(document), ["ecs-tasks.amazonaws.com"]);
    }

    #[test]
    fn a_pattern_of_stars_ends() {
        let started = std::time::Instant::now();
        assert!(!glob(&"*a".repeat(200), &"b".repeat(5_000)));
        assert!(started.elapsed().as_secs() < 5);
    }
}
