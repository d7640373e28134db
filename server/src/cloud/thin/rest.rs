//! restJson1, reads without a body.

use super::{Ask, Service, Settings, Thin};
use crate::cloud::Trouble;
use serde_json::Value;

/// A service that speaks restJson1. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    thin: Thin,
}

impl Rest {
    pub(in crate::cloud) fn new(service: Service, settings: &Settings<'_>) -> Self {
        Self { thin: Thin::new(service, settings) }
    }

    /// GET of a path with its query, both encoded.
    pub(crate) async fn get(&self, uri: &str) -> Result<Value, Trouble> {
        let bytes = self.thin.send(Ask { get: true, uri: uri.to_owned(), ..Ask::default() }).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::Other(format!("{uri} was answered with: {error}")))
    }
}
