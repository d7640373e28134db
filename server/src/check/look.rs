//! One look at some steps of a lab: gather what judging needs, judge, and gather what explaining needs only for what has not passed.

use super::facts::{Facts, Names, Now, Visit};
use super::needs::{Need, to_explain, to_judge};
use super::{CheckReport, Page, Probe, StepReport, Target, Verdict, evaluate, explain, find, gather};
use crate::catalog::check::{Check, Http, Kind, Scheme, Site, Stack, StackDrift, StackEvent};
use crate::catalog::lab::Lab;
use crate::catalog::values::Values;
use crate::cloud::Cloud;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What one question leads to is asked in the next round; the longest chain (group, launch source, profile, role) has four.
const ROUNDS: usize = 6;
/// So many machines of a cluster are visited.
const HOSTS: usize = 6;

/// What a look found, and what it was judged on.
#[derive(Debug, Clone)]
pub struct Look {
    /// One for each step asked for, in that order.
    pub reports: Vec<StepReport>,
    /// The evidence; serialise it to keep it.
    pub facts: Facts,
}

/// Looks at the steps with these indexes. `now` is the account's own time. Durations in the reports are AWS's usual ones.
///
/// Steps the lab does not have are left out. Never fails: what could not be looked at is `CannotTell`.
pub async fn look(
    cloud: &Cloud,
    probe: &dyn Probe,
    lab: &Lab,
    values: &Values,
    steps: &[usize],
    now: Now,
) -> Look {
    let mut facts = Facts {
        at: now.seconds,
        speed: now.speed,
        region: cloud.region().to_owned(),
        names: names(lab, values),
        ..Facts::default()
    };
    let wanted: Vec<(usize, Vec<Result<Check, CheckReport>>)> = steps
        .iter()
        .filter_map(|index| Some((*index, lab.steps.get(*index)?)))
        .map(|(index, step)| (index, all_filled(&step.checks, values)))
        .collect();
    let checks: Vec<&Check> = wanted.iter().flat_map(|(_, checks)| checks.iter().flatten()).collect();
    rounds(cloud, &mut facts, |facts| checks.iter().flat_map(|c| to_judge(&c.kind, facts)).collect()).await;
    visit(probe, &mut facts, &checks).await;
    let open: Vec<&Check> = checks
        .iter()
        .copied()
        .filter(|check| !matches!(evaluate::check(&facts, check).verdict, Verdict::Passed))
        .collect();
    if !open.is_empty() {
        rounds(cloud, &mut facts, |facts| {
            open.iter().flat_map(|c| to_explain(&c.kind, facts, explain::usual(c.waits.as_ref()))).collect()
        })
        .await;
    }
    let reports = wanted
        .iter()
        .map(|(step, checks)| StepReport {
            step: *step,
            checks: checks
                .iter()
                .map(|check| match check {
                    Ok(check) => evaluate::check(&facts, check),
                    Err(report) => report.clone(),
                })
                .collect(),
        })
        .collect();
    Look { reports, facts }
}

/// Judges a check, its values filled in, on facts that were kept.
pub fn regrade(facts: &str, check: &Check) -> Result<CheckReport, serde_json::Error> {
    let facts: Facts = serde_json::from_str(facts)?;
    Ok(evaluate::check(&facts, check))
}

#[expect(clippy::result_large_err, reason = "made once for each check")]
fn filled(check: &Check, values: &Values) -> Result<Check, CheckReport> {
    values.fill_check(check).map_err(|error| CheckReport {
        id: check.id.clone(),
        verdict: Verdict::CannotTell { reason: error.to_string() },
        remark: None,
    })
}

fn all_filled(checks: &[Check], values: &Values) -> Vec<Result<Check, CheckReport>> {
    let mut all = Vec::with_capacity(checks.len());
    for check in checks {
        all.push(filled(check, values));
    }
    all
}

/// Asks until nothing new is needed.
async fn rounds(cloud: &Cloud, facts: &mut Facts, needs: impl Fn(&Facts) -> BTreeSet<Need>) {
    for _ in 0..ROUNDS {
        let open: BTreeSet<Need> = needs(facts).into_iter().filter(|need| !need.is_met(facts)).collect();
        if open.is_empty() {
            return;
        }
        gather::gather(cloud, &open, facts).await;
    }
}

/// The lab's own names, from all of its checks.
fn names(lab: &Lab, values: &Values) -> Names {
    let mut names = Names::default();
    let note = |place: &mut Option<String>, name: &str| {
        if place.is_none() {
            *place = values.fill(name).ok();
        }
    };
    for check in lab.steps.iter().flat_map(|step| &step.checks) {
        match &check.kind {
            Kind::EcsCluster { cluster } => note(&mut names.cluster, cluster),
            Kind::Vpc { vpc, .. } | Kind::SecurityGroup { vpc, .. } => note(&mut names.vpc, vpc),
            Kind::Subnet { subnet, vpc } => {
                note(&mut names.subnet, subnet);
                note(&mut names.vpc, vpc);
            }
            Kind::AutoScalingGroup { group, .. } => note(&mut names.group, group),
            Kind::EcsService(of) => {
                note(&mut names.service, &of.service);
                note(&mut names.cluster, &of.cluster);
                add(&mut names.services, &of.service, values);
            }
            Kind::Stack(Stack { stack, .. })
            | Kind::StackEvent(StackEvent { stack, .. })
            | Kind::StackDrift(StackDrift { stack, .. }) => add(&mut names.stacks, stack, values),
            Kind::ChangeSet(of) => {
                add(&mut names.stacks, &of.stack, values);
                let filled = values.fill(&of.stack).ok().zip(values.fill(&of.change_set).ok());
                names.change_sets.extend(filled.filter(|set| !names.change_sets.contains(set)));
            }
            Kind::LogGroup(of) => add(&mut names.log_groups, &of.log_group, values),
            Kind::Activation(of) => note(&mut names.machine_role, &of.role),
            Kind::TaskDefinition(of) => {
                names.keeps_data |= of.volumes.iter().any(|volume| volume.efs.is_some());
            }
            _ => {}
        }
    }
    names
}

/// One name more, if it is not there yet.
fn add(names: &mut Vec<String>, name: &str, values: &Values) {
    let name = values.fill(name).ok();
    names.extend(name.filter(|name| !names.contains(name)));
}

/// Visits the front ends that the checks ask for, one request after the other: the demo's server answers one at a time.
async fn visit(probe: &dyn Probe, facts: &mut Facts, checks: &[&Check]) {
    for check in checks {
        if let Kind::Site(of) = &check.kind {
            visit_site(probe, facts, of).await;
        }
        let Kind::Http(of) = &check.kind else { continue };
        let hosts = targets(facts, of);
        if hosts.is_empty() {
            continue;
        }
        let limit = match &of.distinct {
            Some(distinct) => usize::try_from(distinct.requests).unwrap_or(HOSTS),
            None => hosts.len(),
        };
        for (instance_id, target) in hosts.iter().cycle().take(limit) {
            if enough(facts, of) {
                break;
            }
            let page = probe.get(target).await;
            let silent = !matches!(page, Page::Answered { .. });
            facts.visits.push(Visit { instance_id: instance_id.clone(), target: target.clone(), page });
            // A host that says nothing is not asked eighteen times.
            if silent
                && facts.visits.iter().filter(|v| !matches!(v.page, Page::Answered { .. })).count() >= HOSTS
            {
                break;
            }
        }
    }
}

/// Visits a load balancer's page, until the answers are as they should be or it has been asked often enough.
async fn visit_site(probe: &dyn Probe, facts: &mut Facts, of: &Site) {
    let Some(at) = find::site(facts, of) else { return };
    let Some(regex) = evaluate::regex(of) else { return };
    let most = match (&of.distinct, of.times) {
        (Some(distinct), _) => distinct.requests,
        (None, times) => times.unwrap_or(1),
    };
    let path = of.path().to_owned();
    let target = Target { host: at.host.clone(), address: None, scheme: at.scheme, port: at.port, path };
    for _ in 0..most {
        let visits: Vec<&Visit> = evaluate::site_visits(&facts.visits, of, &at).collect();
        if evaluate::site_done(of, &at, regex.as_ref(), &visits) {
            return;
        }
        let page = probe.get(&target).await;
        let silent = !matches!(page, Page::Answered { .. });
        facts.visits.push(Visit { instance_id: String::new(), target: target.clone(), page });
        if silent {
            return;
        }
    }
}

fn enough(facts: &Facts, of: &Http) -> bool {
    let pages = facts.visits.iter().filter(|v| v.target.port == of.port && v.target.path == of.path);
    let values = evaluate::values(of, pages.map(|v| &v.page)).unwrap_or_default();
    let wanted = of.distinct.as_ref().map_or(1, |d| usize::try_from(d.at_least).unwrap_or(usize::MAX));
    values.len() >= wanted
}

/// The public addresses of the cluster's machines, those that carry tasks first.
fn targets(facts: &Facts, of: &Http) -> Vec<(String, Target)> {
    let joined = find::joined(facts, &of.cluster);
    let busy: Vec<&str> = find::running_tasks(facts, &of.cluster)
        .iter()
        .filter_map(|t| t.container_instance.as_deref())
        .collect();
    let mut hosts: Vec<(bool, String, Target)> = find::all(facts.instances.as_ref())
        .iter()
        .filter_map(|instance| {
            let at = joined.iter().find(|c| c.instance_id == instance.instance_id)?;
            let address: Option<IpAddr> = instance.public_ip.as_deref().and_then(|ip| ip.parse().ok());
            let host = instance.public_dns_name.clone().or_else(|| instance.public_ip.clone())?;
            let (scheme, port) = (Scheme::Http, of.port);
            let target = Target { host, address, scheme, port, path: of.path.clone() };
            Some((!busy.contains(&at.arn.as_str()), instance.instance_id.clone(), target))
        })
        .collect();
    hosts.sort();
    hosts.into_iter().take(HOSTS).map(|(_, id, target)| (id, target)).collect()
}
