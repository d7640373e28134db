//! Nothing of the lab is left.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{Gone, What};
use crate::check::explain::{because, converging};
use crate::check::facts::LaunchFrom;
use crate::check::find::name_tag;
use crate::check::{Verdict, machine};

/// Something that is still there.
pub(super) struct Left {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) id: String,
    /// It is on its way out.
    pub(super) leaving: bool,
    /// What takes it away.
    pub(super) command: String,
}

impl Left {
    /// Something that its name identifies, and that stays.
    pub(super) fn named(kind: &'static str, name: &str, command: impl Into<String>) -> Self {
        Self { kind, name: name.to_owned(), id: name.to_owned(), leaving: false, command: command.into() }
    }

    pub(super) fn leaving(self, leaving: bool) -> Self {
        Self { leaving, ..self }
    }
}

impl Judge<'_> {
    pub(super) fn nothing_left(&mut self, gone: &[Gone], cluster: Option<&str>) -> Judged {
        let (mut left, mut untouched) = (Vec::new(), true);
        for of in gone {
            let of = self.left(of.what, &of.name, cluster.unwrap_or_default())?;
            untouched &= !of.is_empty() && of.iter().all(|of| !of.leaving);
            left.extend(of);
        }
        let Some(first) = left.iter().find(|of| !of.leaving) else {
            return match left.first() {
                None => Ok(Verdict::Passed),
                Some(first) => Err(converging(
                    self.check.waits.as_ref(),
                    &format!("{} {} to go", first.kind, first.name),
                    0,
                )),
            };
        };
        let mut cause = because(
            "left-over-resources",
            format!("{} of the lab's things {} left", left.len(), if left.len() == 1 { "is" } else { "are" }),
            "A delete command was left out, or was refused because something else still depended on its resource. On AWS what \
             is left may still cost money.",
        )
        .untouched(untouched);
        for of in &left {
            let state = if of.leaving {
                ", on its way out"
            } else if of.id == first.id && of.kind == first.kind {
                ", can be deleted now"
            } else {
                ", may have to wait for those above"
            };
            let id = if of.id == of.name { String::new() } else { format!(" ({})", of.id) };
            cause = cause.seen(of.kind, format!("{}{id}{state}", of.name));
        }
        Err(cause
            .next(format!(
                "Delete the {} {}: nothing else that is left depends on it.",
                first.kind, first.name
            ))
            .command(first.command.clone())
            .failed())
    }

    fn left(&self, what: What, name: &str, cluster: &str) -> Result<Vec<Left>, Verdict> {
        match what {
            What::EcsService | What::TaskDefinition | What::EcsCluster => self.ecs_left(what, name, cluster),
            What::AutoScalingGroup | What::Instances | What::LaunchSource | What::KeyPair => {
                self.machines_left(what, name)
            }
            What::InstanceProfile | What::IamRole => self.iam_left(what, name),
            What::Stack => self.stack_left(name),
            What::LoadBalancer
            | What::TargetGroup
            | What::Certificate
            | What::FileSystem
            | What::NatGateway
            | What::ElasticIp
            | What::RouteTable
            | What::LogGroup => self.around_left(what, name),
            What::CapacityProvider
            | What::ScalableTarget
            | What::Namespace
            | What::ContainerInstances
            | What::ManagedInstance
            | What::Activation => self.capacity_left(what, name, cluster),
            What::SecurityGroup | What::InternetGateway | What::Subnet | What::Vpc => Ok(self
                .network_left(what, name)?
                .into_iter()
                .map(|(kind, id, command)| Left { id, ..Left::named(kind, name, command) })
                .collect()),
        }
    }

    fn stack_left(&self, name: &str) -> Result<Vec<Left>, Verdict> {
        let stack = one(&self.facts.stacks, name, "the stack")?;
        Ok(stack
            .map(|stack| {
                let (delete, switch) = (
                    format!("aws cloudformation delete-stack --stack-name {name}"),
                    "aws cloudformation update-termination-protection --no-enable-termination-protection",
                );
                let command = if stack.termination_protection {
                    format!("{switch} --stack-name {name} && {delete}")
                } else {
                    delete
                };
                let kind = if stack.termination_protection { "protected stack" } else { "stack" };
                Left { id: stack.status.clone(), ..Left::named(kind, name, command) }
                    .leaving(stack.status == "DELETE_IN_PROGRESS")
            })
            .into_iter()
            .collect())
    }

    fn ecs_left(&self, what: What, name: &str, cluster: &str) -> Result<Vec<Left>, Verdict> {
        let facts = self.facts;
        let left = match what {
            What::EcsService => {
                let services = facts.services.get(cluster);
                let service = seen(services.and_then(|of| of.get(name)), "the service")?.as_ref();
                let command = format!("aws ecs delete-service --cluster {cluster} --service {name} --force");
                service
                    .filter(|s| s.status != "INACTIVE")
                    .map(|s| Left::named("service", name, command).leaving(s.status == "DRAINING"))
            }
            What::TaskDefinition => {
                let of = one(&facts.task_definitions, name, "the task definition")?;
                of.filter(|of| of.status == "ACTIVE").map(|of| {
                    let id = format!("{}:{}", of.family, of.revision);
                    let command = format!("aws ecs deregister-task-definition --task-definition {id}");
                    Left { id, ..Left::named("task definition", name, command) }
                })
            }
            _ => one(&facts.clusters, name, "the cluster")?.filter(|c| c.status != "INACTIVE").map(|c| {
                let command = format!("aws ecs delete-cluster --cluster {name}");
                Left::named("cluster", name, command).leaving(c.status == "DEPROVISIONING")
            }),
        };
        Ok(left.into_iter().collect())
    }

    fn machines_left(&self, what: What, name: &str) -> Result<Vec<Left>, Verdict> {
        let facts = self.facts;
        Ok(match what {
            What::AutoScalingGroup => {
                let groups = seen(facts.groups.as_ref(), "the Auto Scaling groups")?;
                let command = format!(
                    "aws autoscaling delete-auto-scaling-group --auto-scaling-group-name {name} --force-delete"
                );
                let group = |status: bool| Left::named("Auto Scaling group", name, &command).leaving(status);
                groups.iter().filter(|g| g.name == name).map(|g| group(g.status.is_some())).collect()
            }
            What::Instances => {
                let instances = seen(facts.instances.as_ref(), "the instances")?;
                let mine = instances.iter().filter(|i| machine::is_of(i, name) && i.state != "terminated");
                mine.map(|i| {
                    let id = &i.instance_id;
                    Left::named("instance", id, format!("aws ec2 terminate-instances --instance-ids {id}"))
                        .leaving(i.state == "shutting-down")
                })
                .collect()
            }
            What::LaunchSource => {
                let from = one(&facts.launches, name, "the launch configuration")?;
                let of = |from: &LaunchFrom| {
                    if from.template {
                        let command = format!("aws ec2 delete-launch-template --launch-template-name {name}");
                        Left::named("launch template", name, command)
                    } else {
                        let command = format!(
                            "aws autoscaling delete-launch-configuration --launch-configuration-name {name}"
                        );
                        Left::named("launch configuration", name, command)
                    }
                };
                from.map(of).into_iter().collect()
            }
            _ => {
                let pairs = seen(facts.key_pairs.as_ref(), "the key pairs")?;
                let command = format!("aws ec2 delete-key-pair --key-name {name}");
                let mine = pairs.iter().filter(|pair| pair.key_name == name);
                mine.map(|_| Left::named("key pair", name, &command)).collect()
            }
        })
    }

    fn iam_left(&self, what: What, name: &str) -> Result<Vec<Left>, Verdict> {
        let left = if what == What::IamRole {
            one(&self.facts.roles, name, "the role")?
                .map(|_| Left::named("role", name, format!("aws iam delete-role --role-name {name}")))
        } else {
            one(&self.facts.instance_profiles, name, "the instance profile")?.map(|_| {
                let command = format!("aws iam delete-instance-profile --instance-profile-name {name}");
                Left::named("instance profile", name, command)
            })
        };
        Ok(left.into_iter().collect())
    }

    fn network_left(&self, what: What, name: &str) -> Result<Vec<(&'static str, String, String)>, Verdict> {
        let facts = self.facts;
        let tagged = |tags| name_tag(tags) == Some(name);
        Ok(match what {
            What::SecurityGroup => seen(facts.security_groups.as_ref(), "the security groups")?
                .iter()
                .filter(|g| g.group_name == name)
                .map(|g| {
                    let command = format!("aws ec2 delete-security-group --group-id {}", g.group_id);
                    ("security group", g.group_id.clone(), command)
                })
                .collect(),
            What::InternetGateway => seen(facts.internet_gateways.as_ref(), "the internet gateways")?
                .iter()
                .filter(|g| tagged(&g.tags))
                .map(|g| {
                    let id = &g.internet_gateway_id;
                    let command = match g.attached_to.first() {
                        Some(vpc) => format!(
                            "aws ec2 detach-internet-gateway --internet-gateway-id {id} --vpc-id {vpc}"
                        ),
                        None => format!("aws ec2 delete-internet-gateway --internet-gateway-id {id}"),
                    };
                    ("internet gateway", id.clone(), command)
                })
                .collect(),
            What::Subnet => seen(facts.subnets.as_ref(), "the subnets")?
                .iter()
                .filter(|s| tagged(&s.tags))
                .map(|s| {
                    (
                        "subnet",
                        s.subnet_id.clone(),
                        format!("aws ec2 delete-subnet --subnet-id {}", s.subnet_id),
                    )
                })
                .collect(),
            _ => seen(facts.vpcs.as_ref(), "the VPCs")?
                .iter()
                .filter(|v| tagged(&v.tags))
                .map(|v| ("VPC", v.vpc_id.clone(), format!("aws ec2 delete-vpc --vpc-id {}", v.vpc_id)))
                .collect(),
        })
    }
}
