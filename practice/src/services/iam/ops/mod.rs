//! IAM's operations, by noun.

pub(crate) mod access_key;
pub(crate) mod boundary;
pub(crate) mod instance_profile;
pub(crate) mod managed_policy;
pub(crate) mod policy_version;
pub(crate) mod principal_policy;
pub(crate) mod role;
pub(crate) mod service_linked;
pub(crate) mod simulate;
pub(crate) mod tag;
pub(crate) mod user;
