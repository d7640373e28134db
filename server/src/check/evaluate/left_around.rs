//! Whether load balancers, certificates, file systems and the like are left. Follows [`super::left`].

use super::left::Left;
use super::{Judge, one, seen};
use crate::catalog::check::What;
use crate::check::Verdict;
use crate::check::find::name_tag;

impl Judge<'_> {
    /// What is left of a name, of the kinds this module knows.
    pub(super) fn around_left(&self, what: What, name: &str) -> Result<Vec<Left>, Verdict> {
        let facts = self.facts;
        let left = |kind: &str, id: &str, leaving, command: String| Left {
            id: id.to_owned(),
            ..Left::named(kind, name, command).leaving(leaving)
        };
        Ok(match what {
            What::LoadBalancer => seen(facts.load_balancers.as_ref(), "the load balancers")?
                .iter()
                .filter(|of| of.name == name)
                .map(|of| {
                    let command = format!("aws elbv2 delete-load-balancer --load-balancer-arn {}", of.arn);
                    left("load balancer", name, false, command)
                })
                .collect(),
            What::TargetGroup => seen(facts.target_groups.as_ref(), "the target groups")?
                .iter()
                .filter(|of| of.name == name)
                .map(|of| {
                    let command = format!("aws elbv2 delete-target-group --target-group-arn {}", of.arn);
                    left("target group", name, false, command)
                })
                .collect(),
            What::Certificate => one(&facts.certificates, name, "the certificate")?
                .map(|of| {
                    let arn = &of.certificate_arn;
                    left(
                        "certificate",
                        arn,
                        false,
                        format!("aws acm delete-certificate --certificate-arn {arn}"),
                    )
                })
                .into_iter()
                .collect(),
            What::FileSystem => seen(facts.file_systems.as_ref(), "the file systems")?
                .iter()
                .filter(|of| of.name == name && of.state != "deleted")
                .map(|of| {
                    let target = of.mount_targets.iter().find(|target| target.state != "deleted");
                    let command = match target {
                        Some(target) => {
                            format!("aws efs delete-mount-target --mount-target-id {}", target.id)
                        }
                        None => format!("aws efs delete-file-system --file-system-id {}", of.id),
                    };
                    left("file system", &of.id, of.state == "deleting", command)
                })
                .collect(),
            What::NatGateway => seen(facts.nat_gateways.as_ref(), "the NAT gateways")?
                .iter()
                .filter(|of| {
                    name_tag(&of.tags) == Some(name) && of.state != "deleted" && of.state != "failed"
                })
                .map(|of| {
                    let command = format!("aws ec2 delete-nat-gateway --nat-gateway-id {}", of.id);
                    left("NAT gateway", &of.id, of.state == "deleting", command)
                })
                .collect(),
            What::ElasticIp => seen(facts.addresses.as_ref(), "the Elastic IP addresses")?
                .iter()
                .filter(|of| name_tag(&of.tags) == Some(name))
                .map(|of| {
                    let id = &of.allocation_id;
                    left(
                        "Elastic IP address",
                        id,
                        false,
                        format!("aws ec2 release-address --allocation-id {id}"),
                    )
                })
                .collect(),
            What::RouteTable => seen(facts.route_tables.as_ref(), "the route tables")?
                .iter()
                .filter(|of| name_tag(&of.tags) == Some(name))
                .map(|of| {
                    let id = &of.route_table_id;
                    left(
                        "route table",
                        id,
                        false,
                        format!("aws ec2 delete-route-table --route-table-id {id}"),
                    )
                })
                .collect(),
            What::LogGroup => seen(facts.log_groups.as_ref(), "the log groups")?
                .iter()
                .filter(|of| of.log_group_name == name)
                .map(|_| {
                    let command = format!("aws logs delete-log-group --log-group-name {name}");
                    left("log group", name, false, command)
                })
                .collect(),
            _ => Vec::new(),
        })
    }
}
