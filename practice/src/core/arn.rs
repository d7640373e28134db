//! Amazon Resource Names. Follows "Identify AWS resources with ARNs" (AWS IAM reference).

/// `arn:aws:service:region:account:resource`. Region and account may be empty, as IAM's are in part.
pub fn arn(service: &str, region: &str, account: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{region}:{account}:{resource}")
}

/// The parts of a well-formed ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `ecs`, `iam`, ...
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Twelve digits, or empty or `aws` for AWS's own.
    pub account: &'a str,
    /// Everything after the fifth colon: `cluster/name`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// None when `text` is not an ARN of the `aws` partition.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" || parts.next()? != "aws" {
            return None;
        }
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next().filter(|r| !r.is_empty())?;
        Some(Self { service, region, account, resource })
    }

    /// What follows `kind/` in the resource, if it is of that kind.
    pub fn of_kind(&self, kind: &str) -> Option<&'a str> {
        self.resource.strip_prefix(kind)?.strip_prefix('/')
    }
}
