//! The student's practice account.

use app::api::{Answer, PracticeAccounts};
use app::error::ApiError;
use app::model::{Credentials, LabSlug, ShellExports, Site};
use async_trait::async_trait;
use std::collections::BTreeSet;

use super::{Backend, conflict, view};
use crate::catalog::check::Kind;
use crate::catalog::lab::Lab;
use crate::classroom::attempt as attempts;
use crate::cloud::thin::Form;
use crate::cloud::thin::xml::Element;
use crate::cloud::{Cloud, Trouble};
use crate::db::attempt::Attempt;
use crate::db::world;
use crate::secret::Secret;

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
        let stacks = self.stacks_asked(lab, &attempt).await?;
        let places =
            if stacks.is_empty() { places(&cloud, lab).await } else { outputs(&cloud, &stacks).await };
        let places = places.map_err(|trouble| {
            tracing::error!(?trouble, "listing the sites of a practice account");
            ApiError::Internal
        })?;
        let url = |of: &Place| self.state.practice_at.site_url(account, &of.host, of.port);
        Ok(places
            .into_iter()
            .map(|of| Site { url: url(&of), label: of.label, belongs_to: of.belongs_to })
            .collect())
    }
}

impl Backend {
    /// The stacks whose outputs are the lab's pages.
    async fn stacks_asked(&self, lab: &Lab, attempt: &Attempt) -> Answer<BTreeSet<String>> {
        let checks = lab.steps.iter().flat_map(|step| &step.checks);
        let names: BTreeSet<&str> = checks
            .filter_map(|check| match &check.kind {
                Kind::Site(of) => of.stack.as_deref(),
                _ => None,
            })
            .collect();
        if names.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut conn = self.state.db.read().await?;
        let values = view::values_now(&self.state, &mut conn, lab, Some(attempt)).await?;
        Ok(names.into_iter().filter_map(|name| values.fill(name).ok()).collect())
    }
}

/// A page of the simulated world.
struct Place {
    label: String,
    host: String,
    port: u16,
    belongs_to: String,
}

/// What is open at a lab's load balancers, or at its instances where it has none.
async fn places(cloud: &Cloud, lab: &Lab) -> Result<Vec<Place>, Trouble> {
    let ports = open_ports(lab);
    if ports.is_empty() {
        return Ok(Vec::new());
    }
    let hosts = if has_load_balancer(lab) { balancers(cloud).await? } else { instances(cloud).await? };
    let at = |(host, belongs_to): (String, String)| {
        ports.iter().map(move |port| Place {
            label: match port {
                80 => host.clone(),
                443 => format!("https://{host}"),
                4040 => format!("{host} (Weave Scope)"),
                port => format!("{host}:{port}"),
            },
            host: host.clone(),
            port: *port,
            belongs_to: belongs_to.clone(),
        })
    };
    Ok(hosts.into_iter().flat_map(at).collect())
}

/// The addresses that stacks give as their outputs.
async fn outputs(cloud: &Cloud, stacks: &BTreeSet<String>) -> Result<Vec<Place>, Trouble> {
    let mut all = Vec::new();
    for name in stacks {
        let Some(stack) = cloud.cloudformation.stack(name).await? else { continue };
        all.extend(stack.outputs.into_iter().filter_map(|(key, value)| {
            let rest = value.strip_prefix("http://")?;
            let authority = rest.split('/').next()?;
            let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
            let (host, port) = (host.to_owned(), port.parse().ok()?);
            Some(Place { label: key, host, port, belongs_to: name.clone() })
        }));
    }
    Ok(all)
}

/// The TCP ports that a lab opens to the world, but for SSH.
fn open_ports(lab: &Lab) -> BTreeSet<u16> {
    let checks = lab.steps.iter().flat_map(|step| &step.checks);
    let rules = checks.flat_map(|check| match &check.kind {
        Kind::SecurityGroup { ingress, .. } => ingress.as_slice(),
        _ => &[],
    });
    rules
        .filter(|rule| rule.protocol == "tcp" && rule.from == "0.0.0.0/0" && rule.port != 22)
        .map(|rule| rule.port)
        .collect()
}

fn has_load_balancer(lab: &Lab) -> bool {
    let mut checks = lab.steps.iter().flat_map(|step| &step.checks);
    checks.any(|check| matches!(check.kind, Kind::LoadBalancer(_)))
}

/// Public names of running instances, and whose they are.
async fn instances(cloud: &Cloud) -> Result<Vec<(String, String)>, Trouble> {
    let all = cloud.ec2.instances().await?;
    let running = all.into_iter().filter(|instance| instance.state == "running");
    Ok(running
        .filter_map(|instance| {
            Some((instance.public_dns_name.filter(|name| !name.is_empty())?, instance.instance_id))
        })
        .collect())
}

/// Names of load balancers that face the internet, and whose they are.
async fn balancers(cloud: &Cloud) -> Result<Vec<(String, String)>, Trouble> {
    let read = |of: &Element| {
        let active = of.string("State.Code") == "active" && of.string("Scheme") == "internet-facing";
        active.then(|| (of.string("DNSName"), of.string("LoadBalancerName")))
    };
    let all = cloud.elbv2.list("DescribeLoadBalancers", Form::new(), "LoadBalancers", read).await?;
    Ok(all.into_iter().flatten().collect())
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
