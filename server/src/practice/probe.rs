//! A browser on the simulated internet, for the checks: it looks at a page without the world noticing.

use async_trait::async_trait;
use practice::network::site::{SiteAnswer, SiteRequest};

use super::host::PracticeHost;
use crate::check::{MAX_BODY, Page, Probe, Target};

/// Looks at the sites of one account.
#[derive(Debug, Clone)]
pub struct PracticeProbe {
    host: PracticeHost,
    account: String,
}

impl PracticeProbe {
    /// A probe of that account's world.
    pub fn new(host: PracticeHost, account: &str) -> Self {
        Self { host, account: account.to_owned() }
    }
}

#[async_trait]
impl Probe for PracticeProbe {
    async fn get(&self, target: &Target) -> Page {
        let request = SiteRequest {
            host: target.host.clone(),
            port: target.port,
            method: "GET".to_owned(),
            path: target.path.clone(),
            headers: vec![("host".to_owned(), target.host.clone())],
            body: Vec::new(),
            entropy: rand::random(),
        };
        match self.host.peek(&self.account, request).await {
            Ok(SiteAnswer::Page { status, body, .. }) => {
                let seen = body.get(..MAX_BODY).unwrap_or(&body);
                Page::Answered { status, body: String::from_utf8_lossy(seen).into_owned() }
            }
            Ok(SiteAnswer::TimedOut(_)) => Page::TimedOut,
            Ok(SiteAnswer::Refused(_)) => Page::Refused,
            Ok(SiteAnswer::NoSuchHost) => Page::Broken { what: "the name does not resolve".to_owned() },
            Err(error) => Page::NotAsked { why: error.to_string() },
        }
    }
}
