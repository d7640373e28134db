//! A visitor on the internet opens a page of the simulated world.

use serde::{Deserialize, Serialize};

use crate::world::Scope;

/// A visitor's HTTP request to a host of the simulated world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRequest {
    /// Public DNS name or address, without port.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Upper-case method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// This request's own randomness (the order of DNS answers).
    pub entropy: u64,
}

/// What the visitor's browser gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteAnswer {
    /// A page.
    Page {
        /// HTTP status.
        status: u16,
        /// Header names and values.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The name does not resolve.
    NoSuchHost,
    /// Packets vanish: the browser would wait until it gives up. Why, for the topology.
    TimedOut(String),
    /// The host answers, nothing listens.
    Refused(String),
}

/// Opens a page. May change what containers remember.
pub fn visit(_scope: &mut Scope<'_>, _request: &SiteRequest) -> SiteAnswer {
    SiteAnswer::NoSuchHost
}
