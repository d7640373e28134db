//! Checks of what stands around ECS: load balancers, certificates, logs, file systems, and of how tasks end.

use serde::{Deserialize, Serialize};

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGroup {
    /// Its name.
    pub log_group: String,
    /// How long events are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<i32>,
}

/// A load balancer that must be active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// Its name.
    pub load_balancer: String,
    /// `application` or `network`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub of_type: Option<String>,
    /// `internet-facing` or `internal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Name of a group it must be in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group: Option<String>,
    /// At least so many Availability Zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<u32>,
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetGroup {
    /// Its name.
    pub target_group: String,
    /// `ip` or `instance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// `HTTP`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path of the health check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_path: Option<String>,
    /// Tag Name of its VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<String>,
}

/// A listener and what it does by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Of this load balancer.
    pub load_balancer: String,
    /// On this port.
    pub port: u16,
    /// `HTTP`, `HTTPS`, `TCP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Name of the target group it forwards to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwards_to: Option<String>,
    /// Where it redirects to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirects_to: Option<ListenerRedirect>,
    /// Domain name of its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// A listener's redirect, in its own terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerRedirect {
    /// `HTTPS`, ...
    pub protocol: String,
    /// As text: `443`.
    pub port: String,
    /// `HTTP_301` or `HTTP_302`.
    pub status: String,
}

/// Targets that must be healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetsHealthy {
    /// Name of the target group.
    pub target_group: String,
    /// At least so many.
    pub healthy: u32,
    /// The cluster of the service behind it.
    pub cluster: String,
    /// The service behind it.
    pub service: String,
}

/// A page behind a load balancer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Name of the load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<String>,
    /// Otherwise the stack that gives the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Key of the output that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// `http` unless stated, or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// The scheme's own unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `/` unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// 200 unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// A regular expression found in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// It is asked so many times, and every answer must be right; once unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How often its first group must differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<super::Distinct>,
    /// Where the browser must be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirects_to: Option<SiteRedirect>,
}

impl Site {
    /// What is asked for.
    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme.unwrap_or_default()
    }

    /// Where it is asked at a load balancer.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.scheme().port())
    }

    /// What is asked for there.
    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    /// The status that is right.
    pub(crate) fn status(&self) -> u16 {
        self.redirects_to.as_ref().map_or(self.status.unwrap_or(200), |to| to.status)
    }
}

/// How a browser speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// In clear.
    #[default]
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// The port it has of its own.
    pub fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// As in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// A redirect as a browser sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRedirect {
    /// Of the address it is sent to.
    pub scheme: Scheme,
    /// Of the address it is sent to; the scheme's own may be left out there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// 301 or 302.
    pub status: u16,
}

/// Tasks that have stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStopped {
    /// Their cluster.
    pub cluster: String,
    /// Their service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Their family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Their stop code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_code: Option<String>,
    /// A regular expression found in the task's or a container's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// One unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// Exit code of an essential container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
}

/// A file system and where it can be mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// Its tag Name.
    pub file_system: String,
    /// Tags Name of the subnets that must have a mount target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// Name of the group of the mount targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group: Option<String>,
}
