//! Load balancer, target group, listener, certificate, healthy targets, and the page behind them.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{Listener, LoadBalancer, Site, TargetGroup, TargetsHealthy};
use crate::check::explain::{
    balanced, certificate, classic, converging, not_as_asked, not_there, targets, wait_or,
};
use crate::check::facts::{self, Visit};
use crate::check::find::At;
use crate::check::{Page, Verdict, find, machine};
use regex_lite::Regex;

impl<'a> Judge<'a> {
    /// The load balancer of that name, or the verdict that there is none.
    fn the_load_balancer(&self, name: &str) -> Result<&'a facts::LoadBalancer, Verdict> {
        let facts = self.facts;
        let all = seen(facts.load_balancers.as_ref(), "the load balancers")?;
        find::load_balancer(facts, name).ok_or_else(|| {
            let similar = find::similar(name, all.iter().map(|of| of.name.as_str()));
            not_there("load balancer", name, &facts.region)
                .near("Similar names", similar)
                .next("Create the load balancer; if you have, compare its name and your terminal's region.")
                .failed()
        })
    }

    /// The target group of that name, or the verdict that there is none.
    fn the_target_group(&self, name: &str) -> Result<&'a facts::TargetGroup, Verdict> {
        let facts = self.facts;
        let all = seen(facts.target_groups.as_ref(), "the target groups")?;
        find::target_group(facts, name).ok_or_else(|| {
            let similar = find::similar(name, all.iter().map(|of| of.name.as_str()));
            not_there("target group", name, &facts.region)
                .near("Similar names", similar)
                .next("Create the target group.")
                .failed()
        })
    }

    pub(super) fn load_balancer(&mut self, of: &LoadBalancer) -> Judged {
        let found = self.the_load_balancer(&of.load_balancer)?;
        let what = format!("The load balancer {}", of.load_balancer);
        let anew = "Delete the load balancer, and create it again: this cannot be changed.";
        for (property, is, should) in
            [("Type", &found.of_type, &of.of_type), ("Scheme", &found.scheme, &of.scheme)]
        {
            if let Some(should) = should.as_ref().filter(|should| *should != is) {
                return Err(not_as_asked(&what, property, is, should).next(anew).failed());
            }
        }
        if found.scheme == "internet-facing"
            && let Some(cause) = balanced::in_private_subnets(self.facts, found)
        {
            return Err(cause.failed());
        }
        if let Some(name) = &of.security_group {
            seen(self.facts.security_groups.as_ref(), "the security groups")?;
            let group = find::security_group(self.facts, name);
            if !group.is_some_and(|group| found.security_groups.contains(&group.group_id)) {
                let id = group.map_or("SECURITY_GROUP_ID", |group| group.group_id.as_str());
                return Err(not_as_asked(&what, "Security groups", found.security_groups.join(", "), name)
                    .next(format!("Put the load balancer into the group {name}."))
                    .command(format!(
                        "aws elbv2 set-security-groups --load-balancer-arn {} --security-groups {id}",
                        found.arn
                    ))
                    .failed());
            }
        }
        let zones = u32::try_from(found.subnets.len()).unwrap_or(u32::MAX);
        if let Some(wanted) = of.zones.filter(|wanted| zones < *wanted) {
            return Err(not_as_asked(
                &what,
                "Availability Zones",
                zones.to_string(),
                format!("at least {wanted}"),
            )
            .next("Give it a subnet in another Availability Zone.")
            .command(format!(
                "aws elbv2 set-subnets --load-balancer-arn {} --subnets SUBNET_ID SUBNET_ID",
                found.arn
            ))
            .failed());
        }
        if found.state.starts_with("active") {
            return Ok(Verdict::Passed);
        }
        let elapsed = found.created_at.map(|at| self.facts.age(at));
        Err(wait_or(self.check.waits.as_ref(), "the load balancer to be provisioned", elapsed, || {
            not_as_asked(&what, "State", &found.state, "active")
                .next("Look at the reason of its state.")
                .command(format!("aws elbv2 describe-load-balancers --names {}", found.name))
        }))
    }

    pub(super) fn target_group(&mut self, of: &TargetGroup) -> Judged {
        let found = self.the_target_group(&of.target_group)?;
        let what = format!("The target group {}", of.target_group);
        if let Some(wanted) = of.target_type.as_ref().filter(|wanted| **wanted != found.target_type) {
            if wanted == "ip" {
                return Err(targets::type_not_ip(found, None).failed());
            }
            return Err(not_as_asked(&what, "Target type", &found.target_type, wanted)
                .next("Delete the target group, and create it again: its type cannot be changed.")
                .failed());
        }
        let port = found.port.map(|port| port.to_string()).unwrap_or_default();
        let fixed = [
            ("Protocol", &found.protocol, of.protocol.clone()),
            ("Port", &port, of.port.map(|port| port.to_string())),
        ];
        for (property, is, should) in fixed {
            if let Some(should) = should.filter(|should| should != is) {
                return Err(not_as_asked(&what, property, is, should)
                    .next("Delete the target group, and create it again: this cannot be changed.")
                    .failed());
            }
        }
        if let Some(vpc) = &of.vpc {
            seen(self.facts.vpcs.as_ref(), "the VPCs")?;
            let wanted = find::vpc(self.facts).map(|found| found.it.vpc_id.as_str()).unwrap_or_default();
            if found.vpc_id != wanted {
                return Err(not_as_asked(&what, "VPC", &found.vpc_id, format!("{wanted} ({vpc})"))
                    .next("Delete the target group, and create it in your VPC.")
                    .failed());
            }
        }
        if let Some(path) = of.health_path.as_ref().filter(|path| **path != found.health_path) {
            return Err(not_as_asked(&what, "Health check path", &found.health_path, path)
                .next("Point the health check at this path.")
                .command(format!(
                    "aws elbv2 modify-target-group --target-group-arn {} --health-check-path {path}",
                    found.arn
                ))
                .failed());
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn listener(&mut self, of: &Listener) -> Judged {
        let balancer = self.the_load_balancer(&of.load_balancer)?;
        let listeners = seen(self.facts.listeners.get(&balancer.arn), "the listeners")?;
        let what = format!("The listener on port {} of {}", of.port, of.load_balancer);
        if let Some(domain) = &of.certificate {
            let certificate = one(&self.facts.certificates, domain, "the certificate")?;
            if certificate.is_none_or(|certificate| certificate.status != "ISSUED") {
                return Err(certificate::not_issued(domain, certificate).failed());
            }
        }
        let Some(found) = listeners.iter().find(|listener| listener.port == of.port) else {
            let ports: Vec<String> = listeners.iter().map(|listener| listener.port.to_string()).collect();
            return Err(not_there("listener on port", &of.port.to_string(), &self.facts.region)
                .seen("Of load balancer", &of.load_balancer)
                .seen(
                    "Listeners on ports",
                    if ports.is_empty() { "none".to_owned() } else { ports.join(", ") },
                )
                .next("Create the listener.")
                .failed());
        };
        if let Some(protocol) = of.protocol.as_ref().filter(|protocol| **protocol != found.protocol) {
            return Err(not_as_asked(&what, "Protocol", &found.protocol, protocol)
                .next("Modify the listener.")
                .command(format!(
                    "aws elbv2 modify-listener --listener-arn {} --protocol {protocol}",
                    found.arn
                ))
                .failed());
        }
        if let Some(to) = &of.redirects_to {
            let right = found.action == "redirect"
                && found.redirect.as_ref().is_some_and(|is| {
                    is.protocol == to.protocol && is.port == to.port && is.status == to.status
                });
            if !right {
                return Err(balanced::redirect_missing(found, &to.protocol, &to.port, &to.status).failed());
            }
        }
        if let Some(domain) = &of.certificate {
            let certificate = one(&self.facts.certificates, domain, "the certificate")?;
            let arn = certificate.map(|certificate| certificate.certificate_arn.clone()).unwrap_or_default();
            if !found.certificates.contains(&arn) {
                return Err(not_as_asked(&what, "Certificate", found.certificates.join(", "), &arn)
                    .next("Give the listener this certificate.")
                    .command(format!(
                        "aws elbv2 modify-listener --listener-arn {} --certificates CertificateArn={arn}",
                        found.arn
                    ))
                    .failed());
            }
        }
        if let Some(name) = &of.forwards_to {
            let group = self.the_target_group(name)?;
            if !found.forwards_to.contains(&group.arn) {
                let is: Vec<&str> = found.forwards_to.iter().map(|arn| machine::resource(arn)).collect();
                let is = if is.is_empty() { found.action.clone() } else { is.join(", ") };
                return Err(not_as_asked(&what, "Default action", is, format!("forward to {name}"))
                    .next("Let the listener forward to the target group.")
                    .command(format!(
                        "aws elbv2 modify-listener --listener-arn {} --default-actions Type=forward,TargetGroupArn={}",
                        found.arn, group.arn
                    ))
                    .failed());
            }
        }
        Ok(Verdict::Passed)
    }

    pub(super) fn certificate(&mut self, domain: &str) -> Judged {
        let Some(found) = one(&self.facts.certificates, domain, "the certificate")? else {
            return Err(not_there("certificate for", domain, &self.facts.region)
                .next("Request the certificate.")
                .command(format!(
                    "aws acm request-certificate --domain-name {domain} --validation-method DNS"
                ))
                .failed());
        };
        match found.status.as_str() {
            "ISSUED" => Ok(Verdict::Passed),
            "PENDING_VALIDATION" => {
                #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
                let elapsed = found.created_at.map(|at| self.facts.age(at as i64));
                Err(wait_or(self.check.waits.as_ref(), "the domain to be validated", elapsed, || {
                    certificate::not_issued(domain, Some(found))
                }))
            }
            _ => Err(certificate::not_issued(domain, Some(found)).failed()),
        }
    }

    pub(super) fn targets_healthy(&mut self, of: &TargetsHealthy) -> Judged {
        let group = self.the_target_group(&of.target_group)?;
        let health = seen(self.facts.target_health.get(&group.arn), "the targets' health")?;
        let healthy = health.iter().filter(|target| target.state == "healthy").count();
        if u32::try_from(healthy).unwrap_or(u32::MAX) >= of.healthy {
            return Ok(Verdict::Passed);
        }
        Err(targets::verdict(self.facts, of, group, health, self.check.waits.as_ref()))
    }

    pub(super) fn site(&mut self, of: &Site) -> Judged {
        let at = self.the_address(of)?;
        let visits: Vec<&Visit> = site_visits(self.facts.visits.as_slice(), of, &at).collect();
        let Some(pattern) = regex(of) else {
            return Err(Verdict::CannotTell { reason: "the check's expression is not one".to_owned() });
        };
        if site_done(of, &at, pattern.as_ref(), &visits) {
            return Ok(Verdict::Passed);
        }
        let waits = self.check.waits.as_ref();
        let facts = self.facts;
        if of.load_balancer.is_none()
            && let Some(balancer) = find::classic_at(facts, &at.host)
        {
            return Err(classic::verdict(facts, of, &at, balancer, &visits, waits));
        }
        let values = site_values(of, &at.host, pattern.as_ref(), visits.iter().map(|v| &v.page));
        if let Some(balancer) = find::balancer_at(facts, &at.host) {
            return Err(balanced::verdict(facts, (of, &at), balancer, &visits, &values, waits));
        }
        Err(not_there("load balancer with the DNS name", &at.host, &facts.region)
            .next("Look at what the stack's output names: no load balancer has this name.")
            .failed())
    }

    /// Where a site is asked, or why there is nowhere to.
    fn the_address(&self, of: &Site) -> Result<At, Verdict> {
        if let Some(name) = &of.load_balancer {
            self.the_load_balancer(name)?;
        }
        if let Some(name) = &of.stack {
            let stack = self.the_stack(name)?;
            let key = of.output.as_deref().unwrap_or_default();
            if !stack.outputs.contains_key(key) {
                if stack.in_progress() {
                    let elapsed = stack.since().map_or(0, |at| self.facts.age(at));
                    return Err(converging(self.check.waits.as_ref(), "the stack to be complete", elapsed));
                }
                return Err(not_there("output", &format!("{key} of the stack {name}"), &self.facts.region)
                    .seen("Stack", &stack.status)
                    .next("Outputs are there once the stack is complete: look why it is not.")
                    .failed());
            }
        }
        find::site(self.facts, of)
            .ok_or_else(|| Verdict::CannotTell { reason: "the check names no address".to_owned() })
    }
}

/// What was answered to a site's own question.
pub(in crate::check) fn site_visits<'v>(
    visits: &'v [Visit],
    of: &'v Site,
    at: &'v At,
) -> impl Iterator<Item = &'v Visit> {
    visits.iter().filter(move |visit| {
        let target = &visit.target;
        target.host == at.host
            && target.port == at.port
            && target.path == of.path()
            && target.scheme == at.scheme
    })
}

/// Whether the answers are as they should be.
pub(in crate::check) fn site_done(of: &Site, at: &At, regex: Option<&Regex>, visits: &[&Visit]) -> bool {
    let right = |visit: &&&Visit| !site_values(of, &at.host, regex, std::iter::once(&visit.page)).is_empty();
    if let Some(times) = of.times {
        let times = usize::try_from(times).unwrap_or(usize::MAX);
        return visits.len() >= times && visits.iter().rev().take(times).filter(right).count() == times;
    }
    let values = site_values(of, &at.host, regex, visits.iter().map(|visit| &visit.page));
    values.len() >= of.distinct.as_ref().map_or(1, |d| usize::try_from(d.at_least).unwrap_or(usize::MAX))
}

/// The site's expression, where there is one; none if it is not one.
#[expect(clippy::option_option, reason = "not one, or not asked for")]
pub(in crate::check) fn regex(of: &Site) -> Option<Option<Regex>> {
    match &of.matches {
        None => Some(None),
        Some(text) => Regex::new(text).ok().map(Some),
    }
}

/// The different values of the first group (or the match, or the whole page) among the answers that are as they should be.
pub(in crate::check) fn site_values<'p>(
    of: &Site,
    host: &str,
    regex: Option<&Regex>,
    pages: impl Iterator<Item = &'p Page>,
) -> Vec<String> {
    let mut values: Vec<String> = pages
        .filter_map(|page| {
            let Page::Answered { status, body, location } = page else { return None };
            if *status != of.status() || !redirected(of, host, location.as_deref()) {
                return None;
            }
            match regex {
                None => Some(String::new()),
                Some(regex) => {
                    let found = regex.captures(body)?;
                    found.get(1).or_else(|| found.get(0)).map(|m| m.as_str().to_owned())
                }
            }
        })
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Whether the browser is sent where it should be: that scheme and port of the same host.
fn redirected(of: &Site, host: &str, location: Option<&str>) -> bool {
    let Some(to) = &of.redirects_to else { return true };
    let Some((scheme, rest)) = location.and_then(|location| location.split_once("://")) else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
    let own = if scheme == "https" { 443 } else { 80 };
    let port: u16 = if port.is_empty() { own } else { port.parse().unwrap_or(0) };
    scheme == to.scheme.as_str()
        && name.eq_ignore_ascii_case(host)
        && to.port.is_none_or(|wanted| wanted == port)
}
