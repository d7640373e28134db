//! Asking a front end over HTTP, as a browser somewhere on the internet would.
//!
//! The trait is what checks know; a practice account's probe goes through its simulated network. `PublicProbe` is for AWS:
//! it connects only to public addresses, so that what a student writes into an account can never make this host talk to
//! itself or to its neighbours.

use crate::catalog::check::Scheme;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Something that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The public DNS name, or the public address where there is no name. The `Host` header.
    pub host: String,
    /// The public IPv4 address EC2 gives for it.
    pub address: Option<IpAddr>,
    /// How it is asked.
    #[serde(default)]
    pub scheme: Scheme,
    /// TCP port.
    pub port: u16,
    /// Begins with `/`.
    pub path: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Page {
    /// An answer over HTTP.
    Answered {
        /// The status code.
        status: u16,
        /// The body as text, at most `MAX_BODY` bytes of it.
        body: String,
        /// Where a redirect leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<String>,
    },
    /// Nothing came back in time.
    TimedOut,
    /// The host answered that nobody listens there.
    Refused,
    /// Something came back that is not HTTP, or the connection broke.
    Broken {
        /// In a few words.
        what: String,
    },
    /// The probe did not ask.
    NotAsked {
        /// Why.
        why: String,
    },
}

/// At most so much of a body is read.
pub const MAX_BODY: usize = 16 * 1024;

/// Asks front ends.
#[async_trait]
pub trait Probe: Send + Sync {
    /// One GET without following redirects.
    async fn get(&self, target: &Target) -> Page;
}
