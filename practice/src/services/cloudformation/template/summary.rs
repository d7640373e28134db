//! What `GetTemplateSummary` and `ValidateTemplate` say of a template beside its parameters. Follows "Acknowledging IAM
//! resources in CloudFormation templates".

use std::collections::BTreeSet;

use super::model::{Resource, Template};

/// What the author of a request has to acknowledge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    /// `Capabilities`: `CAPABILITY_IAM` or `CAPABILITY_NAMED_IAM`, and `CAPABILITY_AUTO_EXPAND`.
    pub capabilities: Vec<&'static str>,
    /// `CapabilitiesReason`.
    pub reason: Option<String>,
    /// Without this one (or, for the first, the second) a stack or a change set is refused: `CAPABILITY_IAM` or
    /// `CAPABILITY_NAMED_IAM`. Nested stacks have to be acknowledged only for what is in them.
    pub iam: Option<&'static str>,
    /// It names a transform: `CAPABILITY_AUTO_EXPAND`, without which it can be used only through a change set.
    pub expand: bool,
}

/// Types that may change permissions, and the property that gives one a name of its own.
const IAM: [(&str, &str); 8] = [
    ("AWS::IAM::AccessKey", ""),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::UserToGroupAddition", ""),
];

const NESTED: &str = "AWS::CloudFormation::Stack";

impl Template {
    /// The types of its resources, without duplicates, in alphabetical order.
    pub fn resource_types(&self) -> Vec<String> {
        let types: BTreeSet<&String> = self.resources.values().map(|resource| &resource.kind).collect();
        types.into_iter().cloned().collect()
    }

    /// What has to be acknowledged to use it.
    pub fn needed(&self) -> Needed {
        let found: Vec<(&Resource, &str)> = self
            .resources
            .values()
            .filter_map(|resource| {
                let (_, name) = IAM.iter().find(|(kind, _)| *kind == resource.kind)?;
                Some((resource, *name))
            })
            .collect();
        let nested = self.resources.values().any(|resource| resource.kind == NESTED);
        let named = found.iter().any(|(resource, name)| resource.properties.get(name).is_some());
        let expand = !self.transforms.is_empty();
        let iam = match (found.is_empty(), named) {
            (true, _) => None,
            (false, false) => Some("CAPABILITY_IAM"),
            (false, true) => Some("CAPABILITY_NAMED_IAM"),
        };
        let mut capabilities: Vec<&'static str> =
            if nested { vec!["CAPABILITY_NAMED_IAM"] } else { iam.into_iter().collect() };
        if nested || expand {
            capabilities.push("CAPABILITY_AUTO_EXPAND");
        }
        let mut reasons: BTreeSet<&str> = found.iter().map(|(resource, _)| resource.kind.as_str()).collect();
        if nested {
            reasons.insert(NESTED);
        }
        reasons.extend(self.transforms.iter().map(String::as_str));
        let reason = (!capabilities.is_empty()).then(|| {
            format!("The following resource(s) require capabilities: {}", super::fault::listed(reasons))
        });
        Needed { capabilities, reason, iam, expand }
    }
}
