//! A browser on the simulated internet, for the checks: it looks at a page without the world noticing.

use async_trait::async_trait;
use practice::network::site::{SiteAnswer, SiteRequest};
use practice::{Command, Outcome, Time, World};
use tokio::sync::Mutex;

use super::host::{HostError, PracticeHost};
use crate::check::{MAX_BODY, Page, Probe, Target};

/// Looks at the sites of one account, for the length of one look. Its visits go to a copy of the world: containers
/// there remember them from one to the next, as the real ones would, and the world itself stays as it is.
#[derive(Debug)]
pub struct PracticeProbe {
    host: PracticeHost,
    account: String,
    copy: Mutex<Option<(World, Time)>>,
}

impl PracticeProbe {
    /// A probe of that account's world.
    pub fn new(host: PracticeHost, account: &str) -> Self {
        Self { host, account: account.to_owned(), copy: Mutex::new(None) }
    }

    async fn visit(&self, request: SiteRequest) -> Result<SiteAnswer, HostError> {
        let mut copy = self.copy.lock().await;
        if copy.is_none() {
            *copy = Some(self.host.look(&self.account, |world, now| (world.clone(), now)).await?);
        }
        let Some((world, now)) = copy.as_mut() else { return Ok(SiteAnswer::NoSuchHost) };
        match practice::apply(world, &Command::Visit(request), *now) {
            Outcome::Visited(answer) => Ok(answer),
            _ => Ok(SiteAnswer::NoSuchHost),
        }
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
            entropy: rand::random(),
            headers: Vec::new(),
            body: String::new(),
        };
        match self.visit(request).await {
            Ok(SiteAnswer::Page { status, body, headers }) => {
                let seen = body.get(..MAX_BODY).unwrap_or(&body);
                let location = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
                Page::Answered {
                    status,
                    body: String::from_utf8_lossy(seen).into_owned(),
                    location: location.map(|(_, to)| to),
                }
            }
            Ok(SiteAnswer::TimedOut(_)) => Page::TimedOut,
            Ok(SiteAnswer::Refused(_)) => Page::Refused,
            Ok(SiteAnswer::NoSuchHost) => Page::Broken { what: "the name does not resolve".to_owned() },
            Err(error) => Page::NotAsked { why: error.to_string() },
        }
    }
}
