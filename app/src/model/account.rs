//! A student's account in the cloud, as pages show it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A student's own keys.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Twelve digits.
    pub account_id: String,
    /// Not secret.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// Where the AWS CLI is pointed to; none on AWS itself.
    pub endpoint_url: Option<String>,
    /// Ready to paste, one per shell, bash first.
    pub exports: Vec<ShellExports>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Environment variables in one shell's way of writing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellExports {
    /// `bash`, `PowerShell`, `fish`.
    pub shell: String,
    /// Lines to paste, the secret included.
    pub text: String,
}

impl fmt::Debug for ShellExports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShellExports").field("shell", &self.shell).finish_non_exhaustive()
    }
}

/// A front end of the simulated world, on an origin of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The public DNS name.
    pub label: String,
    /// Where to open it from the student's browser.
    pub url: String,
    /// Whose address it is: `i-0abc`, or a load balancer's name.
    pub belongs_to: String,
}
