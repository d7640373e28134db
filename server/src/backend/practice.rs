//! The student's practice account.

use app::api::{Answer, PracticeAccounts};
use app::error::ApiError;
use app::model::{Credentials, LabSlug, ShellExports, Site};
use async_trait::async_trait;

use super::{Backend, conflict};
use crate::classroom::attempt as attempts;
use crate::cloud::Cloud;
use crate::db::attempt::Attempt;
use crate::db::world;
use crate::secret::Secret;

/// What may answer on an instance of the lab: the front end, and Weave Scope, which also shows what DNS answers.
const SITES: [(u16, &str); 2] = [(80, ""), (4040, "(Weave Scope)")];

#[async_trait]
impl PracticeAccounts for Backend {
    async fn credentials(&self, slug: &LabSlug) -> Answer<Credentials> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        let account = account(&attempt)?;
        let mut conn = self.state.db.read().await?;
        let keys = world::keys(&mut conn, &self.state.sealer, account).await?;
        let (id, secret) = keys.into_iter().next().ok_or_else(|| conflict("This account has no key."))?;
        Ok(credentials(account, &id, &secret, &lab.card.region, &self.state.practice_at.endpoint))
    }

    async fn skip_ahead(&self, slug: &LabSlug) -> Answer<()> {
        let (_, attempt) = self.own_attempt(slug).await?;
        if self.state.practice.skip_ahead(account(&attempt)?).await? {
            Ok(())
        } else {
            Err(conflict("Nothing is under way in your account: the next move is yours."))
        }
    }

    async fn start_over(&self, slug: &LabSlug) -> Answer<()> {
        let (_, attempt) = self.own_attempt(slug).await?;
        // It goes on if the browser does not wait: an emptied account must not keep its old ticks.
        let (state, of) = (self.state.clone(), attempt.clone());
        let done = tokio::spawn(async move { attempts::start_over(&state, &of).await }).await;
        done.map_err(|error| crate::http::error::internal(&error, "starting over"))??;
        self.state.hub.set_waiting(&attempt.id, None);
        self.changed(&attempt);
        Ok(())
    }

    async fn sites(&self, slug: &LabSlug) -> Answer<Vec<Site>> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        let account = account(&attempt)?;
        let cloud = Cloud::new(&crate::practice::access(&self.state.practice, account, &lab.card.region));
        let instances = cloud.ec2.instances().await.map_err(|trouble| {
            tracing::error!(?trouble, "listing the instances of a practice account");
            ApiError::Internal
        })?;
        let running = instances.into_iter().filter(|instance| instance.state == "running");
        let sites = running.filter_map(|instance| {
            let name = instance.public_dns_name.filter(|name| !name.is_empty())?;
            Some(SITES.map(|(port, what)| Site {
                label: if what.is_empty() { name.clone() } else { format!("{name} {what}") },
                url: self.state.practice_at.site_url(account, &name, port),
                instance_id: instance.instance_id.clone(),
            }))
        });
        Ok(sites.flatten().collect())
    }
}

fn account(attempt: &Attempt) -> Answer<&str> {
    attempt.world_id.as_deref().ok_or_else(|| conflict("This attempt has no practice account."))
}

fn credentials(account: &str, id: &str, secret: &Secret, region: &str, endpoint: &str) -> Credentials {
    // Pagers stop a pasted list of commands; without them every command just answers.
    let variables = [
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret.expose()),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_REGION", region),
        ("AWS_ENDPOINT_URL", endpoint),
        // One host answers for all: `data-` before its name would lead nowhere.
        ("AWS_DISABLE_HOST_PREFIX_INJECTION", "true"),
        ("AWS_PAGER", ""),
    ];
    // Of ours only: letters, digits and `+/:.-`, so nothing in single quotes needs escaping.
    let lines = |line: fn(&str, &str) -> String| {
        variables.iter().map(|(name, value)| line(name, value)).collect::<Vec<_>>().join("\n")
    };
    // What another account has left in the terminal would win over these.
    let bash = lines(|name, value| format!("export {name}='{value}'"));
    let fish = lines(|name, value| format!("set -gx {name} '{value}'"));
    let powershell = lines(|name, value| format!("$env:{name} = '{value}'"));
    let shell = |shell: &str, text: String| ShellExports { shell: shell.to_owned(), text };
    Credentials {
        account_id: account.to_owned(),
        access_key_id: id.to_owned(),
        secret_access_key: secret.expose().to_owned(),
        region: region.to_owned(),
        endpoint_url: Some(endpoint.to_owned()),
        exports: vec![
            shell("bash", format!("unset AWS_PROFILE AWS_SESSION_TOKEN\n{bash}")),
            shell(
                "PowerShell",
                format!(
                    "Remove-Item Env:AWS_PROFILE, Env:AWS_SESSION_TOKEN -ErrorAction Ignore\n{powershell}"
                ),
            ),
            shell("fish", format!("set -e AWS_PROFILE; set -e AWS_SESSION_TOKEN\n{fish}")),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_ready_to_paste() {
        let secret = Secret::new("s3cr3t/+");
        let found = credentials("123456789012", "AKIAX", &secret, "us-east-1", "http://127.0.0.1:4566");
        assert!(found.exports[0].text.contains("export AWS_SECRET_ACCESS_KEY='s3cr3t/+'\n"));
        assert!(found.exports[1].text.contains("$env:AWS_REGION = 'us-east-1'\n"));
        assert!(!format!("{found:?}").contains("s3cr3t"));
    }
}
