//! What keeps data, and all that costs nothing or little and is asked for by its id: the services of the second kind have
//! lists without tags, so that only what the stack's record names is looked for there.

use serde_json::{Value, json};

use super::gather::{Found, batches, has, ids, is_missing, items, pages, tags, text, thousandths_of_gb};
use super::{Record, Thing};
use crate::cloud::thin::xml::Element;
use crate::cloud::thin::{Form, Json};
use crate::cloud::{Cloud, Trouble, code};

/// The types that are looked for here.
pub(super) const KINDS: [&str; 18] = [
    "AWS::ACM::Certificate",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::Events::Rule",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBSnapshot",
    "AWS::RDS::DBSubnetGroup",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
    "AWS::ServiceDiscovery::HttpNamespace",
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service",
];
/// Tables whose tags are asked for; those the record names are looked at in any case.
const MOST_TABLES: usize = 50;
const MARKERS: (&str, &str) = ("Marker", "Marker");

pub(super) async fn databases(cloud: &Cloud) -> Found {
    let api = &cloud.rds;
    let found = pages(api, "DescribeDBInstances", Form::new(), "DBInstances", MARKERS).await?;
    let mut all: Vec<Thing> = found.iter().map(database).collect();
    let found = pages(api, "DescribeDBSubnetGroups", Form::new(), "DBSubnetGroups", MARKERS).await?;
    all.extend(found.iter().map(|of| Thing {
        vpc: of.maybe("VpcId"),
        ..Thing::new("AWS::RDS::DBSubnetGroup", of.string("DBSubnetGroupName"))
    }));
    // What a database leaves behind whose template does not say otherwise.
    let found = pages(api, "DescribeDBSnapshots", Form::new(), "DBSnapshots", MARKERS).await?;
    let manual = found.iter().filter(|of| of.text("SnapshotType") != "automated");
    all.extend(manual.map(|of| {
        let one = Thing {
            tags: tag_list(of),
            of: vec![of.string("DBInstanceIdentifier")],
            ..Thing::new("AWS::RDS::DBSnapshot", of.string("DBSnapshotIdentifier"))
        };
        let size = of.number("AllocatedStorage").unwrap_or(0_i64);
        one.charged(&[], &[("size_gb", size.saturating_mul(1_000))])
    }));
    Ok(all)
}

fn database(of: &Element) -> Thing {
    let one = Thing {
        tags: tag_list(of),
        vpc: of.maybe("DBSubnetGroup.VpcId"),
        ..Thing::new("AWS::RDS::DBInstance", of.string("DBInstanceIdentifier"))
    };
    let features = [
        ("engine", of.text("Engine")),
        ("instance_class", of.text("DBInstanceClass")),
        ("multi_az", of.text("MultiAZ")),
        ("storage_type", of.text("StorageType")),
    ];
    let size = of.number("AllocatedStorage").unwrap_or(0_i64);
    one.charged(&features, &[("allocated_gb", size.saturating_mul(1_000))])
}

fn tag_list(of: &Element) -> std::collections::BTreeMap<String, String> {
    of.children_of("TagList").map(|tag| (tag.string("Key"), tag.string("Value"))).collect()
}

pub(super) async fn file_systems(cloud: &Cloud) -> Found {
    let page = cloud.efs.get("/2015-02-01/file-systems?MaxItems=100").await?;
    let there = items(&page, "FileSystems").filter(|of| text(of, "LifeCycleState") != "deleted");
    Ok(there
        .map(|of| {
            let one = Thing {
                tags: tags(of, "Tags"),
                ..Thing::new("AWS::EFS::FileSystem", text(of, "FileSystemId"))
            };
            let name = text(of, "Name");
            let one = if name.is_empty() { one } else { Thing { name, ..one } };
            let bytes = of.pointer("/SizeInBytes/Value").and_then(Value::as_u64).unwrap_or(0);
            one.charged(&[], &[("size_gb", thousandths_of_gb(bytes))])
        })
        .collect())
}

pub(super) async fn secrets(cloud: &Cloud) -> Found {
    let found: Vec<Value> =
        cloud.secrets.list("ListSecrets", json!({"MaxResults": 100}), "SecretList", "NextToken").await?;
    Ok(found
        .iter()
        .filter(|of| of.get("DeletedDate").is_none_or(Value::is_null))
        .map(|of| {
            let one = Thing::new("AWS::SecretsManager::Secret", text(of, "ARN"));
            Thing { name: text(of, "Name"), tags: tags(of, "Tags"), ..one }.charged(&[], &[])
        })
        .collect())
}

pub(super) async fn tables(cloud: &Cloud, record: &Record) -> Found {
    let api = &cloud.dynamodb;
    let listed = api.call("ListTables", &json!({"Limit": 100})).await?;
    let listed = items(&listed, "TableNames").filter_map(Value::as_str).take(MOST_TABLES).map(str::to_owned);
    let mut names: Vec<String> = ids(record, "AWS::DynamoDB::Table").map(str::to_owned).collect();
    names.extend(listed);
    names.sort();
    names.dedup();
    let mut all = Vec::new();
    for name in names {
        let answer = match api.call("DescribeTable", &json!({"TableName": name})).await {
            Err(trouble) if is_missing(&trouble) => continue,
            other => other?,
        };
        let of = answer.get("Table").cloned().unwrap_or_default();
        let arn = text(&of, "TableArn");
        let tagged = match api.call("ListTagsOfResource", &json!({"ResourceArn": arn})).await {
            Err(trouble) if is_missing(&trouble) => continue,
            other => other?,
        };
        all.push(table(
            &of,
            Thing { tags: tags(&tagged, "Tags"), ..Thing::new("AWS::DynamoDB::Table", name) },
        ));
    }
    Ok(all)
}

fn table(of: &Value, one: Thing) -> Thing {
    let mode = of.pointer("/BillingModeSummary/BillingMode").and_then(Value::as_str).unwrap_or("PROVISIONED");
    let units = |name: &str| {
        let units = of.pointer(&format!("/ProvisionedThroughput/{name}")).and_then(Value::as_i64);
        units.unwrap_or(0).saturating_mul(1_000)
    };
    let bytes = of.get("TableSizeBytes").and_then(Value::as_u64).unwrap_or(0);
    let amounts = [
        ("read_capacity_units", units("ReadCapacityUnits")),
        ("write_capacity_units", units("WriteCapacityUnits")),
        ("size_gb", thousandths_of_gb(bytes)),
    ];
    one.charged(&[("billing_mode", mode)], &amounts)
}

pub(super) async fn log_groups(cloud: &Cloud, record: &Record) -> Found {
    let mut all = Vec::new();
    for id in ids(record, "AWS::Logs::LogGroup") {
        let asked = json!({"logGroupNamePrefix": id});
        let page = cloud.logs.call("DescribeLogGroups", &asked).await?;
        let of = items(&page, "logGroups").find(|of| text(of, "logGroupName") == id);
        all.extend(of.map(|of| {
            let bytes = of.get("storedBytes").and_then(Value::as_u64).unwrap_or(0);
            Thing::new("AWS::Logs::LogGroup", id).charged(&[], &[("stored_gb", thousandths_of_gb(bytes))])
        }));
    }
    Ok(all)
}

/// What is asked for by its id, by service.
pub(super) async fn by_id(cloud: &Cloud, record: &Record) -> Vec<(&'static str, Found)> {
    let mut all = Vec::new();
    if has(record, "AWS::IAM::Role") || has(record, "AWS::IAM::InstanceProfile") {
        all.push(("IAM", identities(cloud, record).await));
    }
    for (kind, service, api, operation, asked) in [
        (
            "AWS::ServiceDiscovery::PrivateDnsNamespace",
            "AWS Cloud Map",
            &cloud.discovery,
            "GetNamespace",
            "Id",
        ),
        ("AWS::ServiceDiscovery::HttpNamespace", "AWS Cloud Map", &cloud.discovery, "GetNamespace", "Id"),
        ("AWS::ServiceDiscovery::Service", "AWS Cloud Map", &cloud.discovery, "GetService", "Id"),
        ("AWS::SSM::Parameter", "AWS Systems Manager", &cloud.ssm, "GetParameter", "Name"),
        (
            "AWS::ACM::Certificate",
            "AWS Certificate Manager",
            &cloud.acm,
            "DescribeCertificate",
            "CertificateArn",
        ),
        ("AWS::ECR::Repository", "Amazon ECR", &cloud.ecr, "DescribeRepositories", "repositoryNames"),
        ("AWS::Events::Rule", "Amazon EventBridge", &cloud.events, "DescribeRule", "Name"),
    ] {
        if has(record, kind) {
            all.push((service, one_by_one(api, record, kind, (operation, asked)).await));
        }
    }
    if has(record, "AWS::CloudWatch::Alarm") {
        all.push(("Amazon CloudWatch", alarms(cloud, record).await));
    }
    if has(record, "AWS::ApplicationAutoScaling::ScalableTarget") {
        all.push(("Application Auto Scaling", targets(cloud, record).await));
    }
    all
}

async fn one_by_one(api: &Json, record: &Record, kind: &str, (operation, asked): (&str, &str)) -> Found {
    let mut all = Vec::new();
    for id in ids(record, kind) {
        let mut input = json!({});
        input[asked] = match asked {
            "repositoryNames" => json!([id]),
            // `bus|rule`, where the bus is not the default one.
            "Name" if kind == "AWS::Events::Rule" => json!(id.rsplit('|').next()),
            _ => json!(id),
        };
        match api.call(operation, &input).await {
            Ok(_) => {
                let one = Thing::new(kind, id);
                all.push(match kind {
                    "AWS::ECR::Repository" => one.charged(&[], &[("size_gb", 0)]),
                    "AWS::ServiceDiscovery::PrivateDnsNamespace" => one.charged(&[], &[]),
                    _ => one,
                });
            }
            Err(trouble) if is_missing(&trouble) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(all)
}

async fn identities(cloud: &Cloud, record: &Record) -> Found {
    let mut all = Vec::new();
    for id in ids(record, "AWS::IAM::Role") {
        match cloud.iam.get_role().role_name(id).send().await {
            Ok(_) => all.push(Thing::new("AWS::IAM::Role", id)),
            Err(error) if code(&error).is_some_and(|code| code.starts_with("NoSuchEntity")) => {}
            Err(error) => return Err(Trouble::from_sdk(&error)),
        }
    }
    for id in ids(record, "AWS::IAM::InstanceProfile") {
        match cloud.iam.get_instance_profile().instance_profile_name(id).send().await {
            Ok(_) => all.push(Thing::new("AWS::IAM::InstanceProfile", id)),
            Err(error) if code(&error).is_some_and(|code| code.starts_with("NoSuchEntity")) => {}
            Err(error) => return Err(Trouble::from_sdk(&error)),
        }
    }
    Ok(all)
}

async fn alarms(cloud: &Cloud, record: &Record) -> Found {
    let names: Vec<String> = ids(record, "AWS::CloudWatch::Alarm").map(str::to_owned).collect();
    let mut all = Vec::new();
    for form in batches("AlarmNames", &names, 100) {
        let answer = cloud.cloudwatch.call("DescribeAlarms", form).await?;
        let result = answer.child("DescribeAlarmsResult").cloned().unwrap_or_default();
        let found = result.members("MetricAlarms");
        all.extend(
            found.map(|of| Thing::new("AWS::CloudWatch::Alarm", of.string("AlarmName")).charged(&[], &[])),
        );
    }
    Ok(all)
}

/// `service/cluster/name|ecs:service:DesiredCount|ecs`
async fn targets(cloud: &Cloud, record: &Record) -> Found {
    let mut all = Vec::new();
    for id in ids(record, "AWS::ApplicationAutoScaling::ScalableTarget") {
        let mut parts = id.split('|');
        let (resource, dimension, namespace) = (parts.next(), parts.next(), parts.next().unwrap_or("ecs"));
        let asked =
            json!({"ServiceNamespace": namespace, "ResourceIds": [resource], "ScalableDimension": dimension});
        let page = cloud.scaling.call("DescribeScalableTargets", &asked).await?;
        if items(&page, "ScalableTargets").next().is_some() {
            all.push(Thing::new("AWS::ApplicationAutoScaling::ScalableTarget", id));
        }
    }
    Ok(all)
}
