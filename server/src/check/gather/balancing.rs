//! Elastic Load Balancing's answers, and Certificate Manager's.

use super::network::put;
use super::{Put, fact};
use crate::check::facts::{Certificate, Listener, LoadBalancer, Redirect, TargetGroup, TargetHealth};
use crate::cloud::thin::xml::Element;
use crate::cloud::thin::{Form, form};
use crate::cloud::{Cloud, Trouble};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::json;

/// Certificates of one domain that are looked at.
const MOST_CERTIFICATES: usize = 5;
const STATUSES: [&str; 7] =
    ["PENDING_VALIDATION", "ISSUED", "INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"];

pub(super) async fn load_balancers(cloud: &Cloud) -> Put {
    let answer = cloud.elbv2.list("DescribeLoadBalancers", Form::new(), "LoadBalancers", load_balancer).await;
    put(move |facts| facts.load_balancers = Some(fact(answer)))
}

fn load_balancer(of: &Element) -> LoadBalancer {
    LoadBalancer {
        arn: of.string("LoadBalancerArn"),
        name: of.string("LoadBalancerName"),
        dns_name: of.string("DNSName"),
        of_type: of.string("Type"),
        scheme: of.string("Scheme"),
        state: of.string("State.Code"),
        vpc_id: of.string("VpcId"),
        subnets: of.members("AvailabilityZones").map(|zone| zone.string("SubnetId")).collect(),
        security_groups: of.members("SecurityGroups").map(|id| id.own_text().to_owned()).collect(),
        created_at: seconds(of.text("CreatedTime")),
    }
}

pub(super) async fn target_groups(cloud: &Cloud) -> Put {
    let answer = cloud.elbv2.list("DescribeTargetGroups", Form::new(), "TargetGroups", target_group).await;
    put(move |facts| facts.target_groups = Some(fact(answer)))
}

fn target_group(of: &Element) -> TargetGroup {
    TargetGroup {
        arn: of.string("TargetGroupArn"),
        name: of.string("TargetGroupName"),
        target_type: of.string("TargetType"),
        protocol: of.string("Protocol"),
        port: of.number("Port"),
        vpc_id: of.string("VpcId"),
        health_path: of.string("HealthCheckPath"),
        matcher: of.string("Matcher.HttpCode"),
        interval: of.number("HealthCheckIntervalSeconds").unwrap_or(30),
        unhealthy_threshold: of.number("UnhealthyThresholdCount").unwrap_or(2),
        load_balancers: of.members("LoadBalancerArns").map(|arn| arn.own_text().to_owned()).collect(),
    }
}

pub(super) async fn listeners(cloud: &Cloud, load_balancer: String) -> Put {
    let asked = form(&[("LoadBalancerArn", &load_balancer)]);
    let answer = cloud.elbv2.list("DescribeListeners", asked, "Listeners", listener).await;
    put(move |facts| {
        facts.listeners.insert(load_balancer, fact(answer));
    })
}

fn listener(of: &Element) -> Listener {
    let action = of.members("DefaultActions").last().cloned().unwrap_or_default();
    let mut forwards_to: Vec<String> = action
        .child("ForwardConfig")
        .into_iter()
        .flat_map(|config| config.members("TargetGroups"))
        .map(|group| group.string("TargetGroupArn"))
        .collect();
    forwards_to.extend(action.maybe("TargetGroupArn"));
    forwards_to.sort();
    forwards_to.dedup();
    Listener {
        arn: of.string("ListenerArn"),
        port: of.number("Port").unwrap_or_default(),
        protocol: of.string("Protocol"),
        certificates: of.members("Certificates").map(|one| one.string("CertificateArn")).collect(),
        action: action.string("Type"),
        forwards_to,
        redirect: action.child("RedirectConfig").map(|to| Redirect {
            protocol: to.string("Protocol"),
            port: to.string("Port"),
            status: to.string("StatusCode"),
        }),
    }
}

pub(super) async fn target_health(cloud: &Cloud, target_group: String) -> Put {
    let asked = form(&[("TargetGroupArn", &target_group)]);
    let answer = cloud
        .elbv2
        .list("DescribeTargetHealth", asked, "TargetHealthDescriptions", |of| TargetHealth {
            id: of.string("Target.Id"),
            port: of.number("Target.Port"),
            state: of.string("TargetHealth.State"),
            reason: of.string("TargetHealth.Reason"),
            description: of.string("TargetHealth.Description"),
        })
        .await;
    put(move |facts| {
        facts.target_health.insert(target_group, fact(answer));
    })
}

pub(super) async fn certificate(cloud: &Cloud, domain: String) -> Put {
    let answer = best_certificate(cloud, &domain).await;
    put(move |facts| {
        facts.certificates.insert(domain, fact(answer));
    })
}

/// The issued certificate of a domain; failing that, the newest.
async fn best_certificate(cloud: &Cloud, domain: &str) -> Result<Option<Certificate>, Trouble> {
    let asked = json!({"CertificateStatuses": STATUSES});
    let all: Vec<Certificate> =
        cloud.acm.list("ListCertificates", asked, "CertificateSummaryList", "NextToken").await?;
    let mut found: Vec<Certificate> = Vec::new();
    for summary in all.into_iter().filter(|one| one.domain_name == domain).take(MOST_CERTIFICATES) {
        let asked = json!({"CertificateArn": summary.certificate_arn});
        let mut answer = cloud.acm.call("DescribeCertificate", &asked).await?;
        let certificate = answer.get_mut("Certificate").map(serde_json::Value::take).unwrap_or_default();
        found.push(serde_json::from_value(certificate).map_err(|e| Trouble::Other(e.to_string()))?);
    }
    let newest = |a: &Certificate, b: &Certificate| {
        let rank = |of: &Certificate| (of.status == "ISSUED", of.created_at.unwrap_or_default());
        rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal)
    };
    Ok(found.into_iter().max_by(newest))
}

pub(super) fn seconds(timestamp: &str) -> Option<i64> {
    DateTime::from_str(timestamp, Format::DateTimeWithOffset).ok().map(|time| time.secs())
}
