//! Nothing of the lab is left.

use super::{Judge, Judged, one, seen};
use crate::catalog::check::{Gone, What};
use crate::check::explain::{because, converging};
use crate::check::facts::{Fact, LaunchFrom};
use crate::check::find::name_tag;
use crate::check::{Verdict, machine};
use crate::inventory::{Bond, Inventory, Row};

/// So many of a stack's things are named one by one.
const MOST_ROWS: usize = 6;

/// `AWS::EC2::SecurityGroup` in words.
fn noun(kind: &str) -> String {
    let name = kind.rsplit("::").next().unwrap_or(kind);
    name.chars().enumerate().fold(String::new(), |mut words, (at, c)| {
        if c.is_uppercase() && at > 0 && words.ends_with(char::is_lowercase) {
            words.push(' ');
        }
        words.push(c);
        words
    })
}

/// What takes a thing away, or shows it.
fn removal(row: &Row) -> String {
    let id = &row.id;
    match row.kind.as_str() {
        "AWS::EC2::SecurityGroup" => format!("aws ec2 delete-security-group --group-id {id}"),
        "AWS::EC2::Instance" => format!("aws ec2 terminate-instances --instance-ids {id}"),
        "AWS::EC2::NatGateway" => format!("aws ec2 delete-nat-gateway --nat-gateway-id {id}"),
        "AWS::EC2::NetworkInterface" => {
            format!("aws ec2 delete-network-interface --network-interface-id {id}")
        }
        "AWS::EC2::Subnet" => format!("aws ec2 delete-subnet --subnet-id {id}"),
        "AWS::EC2::VPC" => format!("aws ec2 delete-vpc --vpc-id {id}"),
        "AWS::EC2::Volume" => format!("aws ec2 delete-volume --volume-id {id}"),
        "AWS::EC2::EIP" => format!("aws ec2 release-address --public-ip {id}"),
        "AWS::RDS::DBInstance" => {
            format!("aws rds delete-db-instance --db-instance-identifier {id} --skip-final-snapshot")
        }
        "AWS::RDS::DBSnapshot" => format!("aws rds delete-db-snapshot --db-snapshot-identifier {id}"),
        "AWS::DynamoDB::Table" => format!("aws dynamodb delete-table --table-name {id}"),
        "AWS::Logs::LogGroup" => format!("aws logs delete-log-group --log-group-name {id}"),
        _ => format!("aws cloudformation describe-stack-resources --physical-resource-id {id}"),
    }
}

/// Something that is still there.
pub(super) struct Left {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) id: String,
    /// It is on its way out.
    pub(super) leaving: bool,
    /// It has to go before what was named before it.
    pub(super) in_the_way: bool,
    /// What takes it away.
    pub(super) command: String,
}

impl Left {
    /// Something that its name identifies, and that stays.
    pub(super) fn named(kind: &str, name: &str, command: impl Into<String>) -> Self {
        let (kind, id) = (kind.to_owned(), name.to_owned());
        Self { kind, name: id.clone(), id, leaving: false, in_the_way: false, command: command.into() }
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
        left.sort_by_key(|of| !of.in_the_way);
        let Some(first) = left.iter().find(|of| !of.leaving) else {
            return match left.first() {
                None => {
                    self.remark = self.receipt(gone);
                    Ok(Verdict::Passed)
                }
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
            cause = cause.seen(&of.kind, format!("{}{id}{state}", of.name));
        }
        Err(cause
            .next(format!(
                "Delete the {} {}: nothing else that is left depends on it.",
                first.kind, first.name
            ))
            .command(first.command.clone())
            .failed())
    }

    /// What there was of the lab's stacks, of which nothing is left.
    fn receipt(&self, gone: &[Gone]) -> Option<String> {
        let stacks = gone.iter().filter(|of| of.what == What::OfStack).filter_map(|of| {
            let Some(Fact::Known(Inventory { had, .. })) = self.facts.inventories.get(&of.name) else {
                return None;
            };
            (*had > 0).then(|| format!("{} ({had} resources)", of.name))
        });
        let stacks: Vec<String> = stacks.collect();
        (!stacks.is_empty()).then(|| {
            format!(
                "Receipt: every service was asked, whatever CloudFormation says. Nothing is left of {}.",
                stacks.join(", ")
            )
        })
    }

    fn left(&self, what: What, name: &str, cluster: &str) -> Result<Vec<Left>, Verdict> {
        match what {
            What::EcsService | What::TaskDefinition | What::EcsCluster => self.ecs_left(what, name, cluster),
            What::AutoScalingGroup | What::Instances | What::LaunchSource | What::KeyPair => {
                self.machines_left(what, name)
            }
            What::InstanceProfile | What::IamRole => self.iam_left(what, name),
            What::Stack => self.stack_left(name),
            What::OfStack => self.of_stack_left(name),
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

    /// What there is of a stack by the services' own word, each with what it costs.
    fn of_stack_left(&self, name: &str) -> Result<Vec<Left>, Verdict> {
        let inventory = seen(self.facts.inventories.get(name), "what is left of the stack")?;
        if let (true, Some(unseen)) = (inventory.rows.is_empty(), inventory.unseen.first()) {
            return Err(Verdict::CannotTell { reason: unseen.clone() });
        }
        let command = format!("aws cloudformation delete-stack --stack-name {name}");
        let mut left: Vec<Left> = inventory
            .rows
            .iter()
            .filter(|row| row.bond == Bond::InTheWay)
            .map(|row| Left {
                id: row.id.clone(),
                in_the_way: true,
                ..Left::named(
                    &format!("{} in the way of the stack {name}", noun(&row.kind)),
                    &row.name,
                    removal(row),
                )
            })
            .collect();
        let own: Vec<_> = inventory.rows.iter().filter(|row| row.bond != Bond::InTheWay).collect();
        if own.len() > MOST_ROWS {
            let together = format!("{} things, {} an hour", own.len(), inventory.hourly());
            left.push(Left::named(&format!("of the stack {name}"), &together, command));
            return Ok(left);
        }
        left.extend(own.into_iter().map(|row| {
            let kind = format!("{} of the stack {name}, {} an hour", noun(&row.kind), row.hourly);
            Left { id: row.id.clone(), ..Left::named(&kind, &row.name, removal(row)) }
        }));
        Ok(left)
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
