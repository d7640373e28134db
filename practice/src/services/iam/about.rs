//! The resources that a call is about, and the condition keys that its input gives: what policies are matched with.
//! Follows the "Actions, resources, and condition keys" pages of the Service Authorization Reference.

use serde_json::Value;

use super::about_table;
use super::model::find;
use super::policy::Context;
use crate::core::arn::arn;
use crate::world::{Principal, View};

/// Most resources looked at in one call; the rest of a longer list is refused by the operation itself.
const MAX_RESOURCES: usize = 1000;

/// ARNs (or `*`) on all of which the action must be allowed; never empty.
pub(crate) fn of(view: &View<'_>, service: &str, operation: &str, input: &Value) -> Vec<String> {
    let mut resources = match service {
        "iam" | "sts" => vec![iam(view, operation, input)],
        "ec2" => ec2(view, operation, input),
        _ => about_table::of(view, service, operation, input),
    };
    resources.truncate(MAX_RESOURCES);
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    resources
}

fn text<'i>(input: &'i Value, key: &str) -> Option<&'i str> {
    input.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// One text, or the texts of a list.
fn texts<'i>(input: &'i Value, key: &str) -> Vec<&'i str> {
    match input.get(key) {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).take(MAX_RESOURCES).collect(),
        _ => Vec::new(),
    }
}

fn iam(view: &View<'_>, operation: &str, input: &Value) -> String {
    if let Some(role) = text(input, "RoleArn") {
        return role.to_owned();
    }
    let path = text(input, "Path").unwrap_or("/");
    let made = |kind: &str, name: &str| arn("iam", "", view.account, &format!("{kind}{path}{name}"));
    if let Some(name) = text(input, "InstanceProfileName") {
        let known = find(&view.iam.instance_profiles, name).map(|profile| profile.arn.clone());
        return known.unwrap_or_else(|| made("instance-profile", name));
    }
    if let Some(name) = text(input, "RoleName") {
        return view.iam.role(name).map_or_else(|| made("role", name), |role| role.arn.clone());
    }
    if let Some(name) = text(input, "UserName") {
        return view.iam.user(name).map_or_else(|| made("user", name), |user| user.arn.clone());
    }
    if let Some(policy) = text(input, "PolicyArn") {
        return policy.to_owned();
    }
    if let Some(service) = text(input, "AWSServiceName") {
        let role = super::ops::service_linked::role_name(service).unwrap_or("*");
        return made("role", &format!("aws-service-role/{service}/{role}"));
    }
    match (operation, text(input, "PolicyName"), &view.caller.principal) {
        ("CreatePolicy", Some(name), _) => made("policy", name),
        // These speak of the caller when they name no user.
        (
            "GetUser" | "CreateAccessKey" | "DeleteAccessKey" | "ListAccessKeys" | "UpdateAccessKey",
            _,
            Principal::User(_),
        ) => view.caller.arn.clone(),
        _ => "*".to_owned(),
    }
}

/// Input members of EC2 that name a resource, and its type in the ARN.
const EC2_NAMED: [(&str, &str); 17] = [
    ("AllocationId", "elastic-ip"),
    ("GroupId", "security-group"),
    ("ImageId", "image"),
    ("InstanceId", "instance"),
    ("InternetGatewayId", "internet-gateway"),
    ("KeyName", "key-pair"),
    ("KeyPairId", "key-pair"),
    ("LaunchTemplateId", "launch-template"),
    ("NatGatewayId", "natgateway"),
    ("NetworkAclId", "network-acl"),
    ("NetworkInterfaceId", "network-interface"),
    ("RouteTableId", "route-table"),
    ("SecurityGroupId", "security-group"),
    ("SubnetId", "subnet"),
    ("VolumeId", "volume"),
    ("VpcEndpointId", "vpc-endpoint"),
    ("VpcId", "vpc"),
];

fn ec2(view: &View<'_>, operation: &str, input: &Value) -> Vec<String> {
    if operation.starts_with("Describe") {
        return Vec::new();
    }
    let named = |kind: &str, name: &str| {
        let account = if kind == "image" { "" } else { view.account };
        arn("ec2", &view.region.name, account, &format!("{kind}/{name}"))
    };
    let mut resources: Vec<String> = EC2_NAMED
        .iter()
        .flat_map(|(member, kind)| texts(input, member).into_iter().map(|name| named(kind, name)))
        .collect();
    match operation {
        "RunInstances" => {
            resources.extend(["instance", "network-interface", "volume"].map(|kind| named(kind, "*")));
        }
        "AllocateAddress" => resources.push(named("elastic-ip", "*")),
        "CreateTags" | "DeleteTags" => {
            let ids = texts(input, "ResourceId");
            resources.extend(ids.into_iter().map(|id| named(kind_of(id), id)));
        }
        "CreateKeyPair" | "ImportKeyPair" | "CreateLaunchTemplateVersion" => {}
        _ => {
            if let Some(made) = operation.strip_prefix("Create").filter(|made| *made != "Route") {
                resources.push(named(&kebab(made), "*"));
            }
        }
    }
    resources
}

/// The resource type of an EC2 id, from its prefix.
fn kind_of(id: &str) -> &str {
    match id.rsplit_once('-').map_or("*", |(prefix, _)| prefix) {
        "i" => "instance",
        "sg" => "security-group",
        "sgr" => "security-group-rule",
        "igw" => "internet-gateway",
        "rtb" => "route-table",
        "eni" => "network-interface",
        "ami" => "image",
        "eipalloc" => "elastic-ip",
        "lt" => "launch-template",
        "vol" => "volume",
        "acl" => "network-acl",
        "key" => "key-pair",
        "nat" => "natgateway",
        "vpce" => "vpc-endpoint",
        other => other,
    }
}

/// `InternetGateway` to `internet-gateway`.
fn kebab(name: &str) -> String {
    name.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
        out
    })
}

/// Adds the condition keys of the input: tags asked for, instance type, cluster, service linked role.
pub(crate) fn add_input(
    context: &mut Context,
    service: &str,
    operation: &str,
    input: &Value,
    view: &View<'_>,
) {
    let lists = [input.get("Tags"), input.get("tags")].into_iter().flatten();
    let specified = input.get("TagSpecification").and_then(Value::as_array).into_iter().flatten();
    let tags = lists.chain(specified.filter_map(|one| one.get("Tag"))).filter_map(Value::as_array).flatten();
    for tag in tags.take(MAX_RESOURCES) {
        let Some(key) = text(tag, "Key").or_else(|| text(tag, "key")) else { continue };
        let value = text(tag, "Value").or_else(|| text(tag, "value")).unwrap_or_default();
        context.insert(format!("aws:requesttag/{}", key.to_lowercase()), vec![value.to_owned()]);
        context.entry("aws:tagkeys".to_owned()).or_default().push(key.to_owned());
    }
    let mut set = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            context.insert(key.to_owned(), vec![value.to_owned()]);
        }
    };
    match service {
        "ec2" => {
            set("ec2:instancetype", text(input, "InstanceType"));
            set("ec2:region", Some(&view.region.name));
        }
        "ecs" => ecs_keys(&mut set, operation, input, view),
        "elasticloadbalancing" => {
            set("elasticloadbalancing:scheme", text(input, "Scheme"));
            set("elasticloadbalancing:listenerprotocol", text(input, "Protocol"));
        }
        "iam" => {
            set("iam:awsservicename", text(input, "AWSServiceName"));
            set("iam:policyarn", text(input, "PolicyArn"));
            set("iam:permissionsboundary", text(input, "PermissionsBoundary"));
        }
        "secretsmanager" => {
            set("secretsmanager:name", text(input, "Name"));
            set("secretsmanager:secretid", text(input, "SecretId"));
            set("secretsmanager:versionstage", text(input, "VersionStage"));
        }
        _ => {}
    }
}

/// "Condition keys for Amazon Elastic Container Service".
fn ecs_keys(set: &mut impl FnMut(&str, Option<&str>), operation: &str, input: &Value, view: &View<'_>) {
    let whole = |kind: &str, name: &str| {
        if name.starts_with("arn:") { name.to_owned() } else { view.arn("ecs", &format!("{kind}/{name}")) }
    };
    let cluster = text(input, "cluster").unwrap_or("default");
    if !operation.ends_with("Cluster") {
        set("ecs:cluster", Some(&whole("cluster", cluster)));
    }
    if let Some(definition) = text(input, "taskDefinition") {
        set("ecs:task-definition", Some(&whole("task-definition", definition)));
    }
    if let Some(service) = text(input, "service").or_else(|| text(input, "serviceName")) {
        let cluster_name = cluster.rsplit('/').next().unwrap_or(cluster);
        set("ecs:service", Some(&whole("service", &format!("{cluster_name}/{service}"))));
    }
    let command = input.get("enableExecuteCommand").and_then(Value::as_bool);
    set("ecs:enable-execute-command", command.map(|on| if on { "true" } else { "false" }));
    set("ecs:container-name", text(input, "container"));
    let provider = input.pointer("/capacityProviderStrategy/0/capacityProvider").and_then(Value::as_str);
    set("ecs:capacity-provider", provider);
}
