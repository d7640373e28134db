//! Database instances.

use serde::Deserialize;
use serde_json::{Value, json};

use super::snapshots;
use crate::core::fault::Fault;
use crate::core::secret::Secret;
use crate::core::tag::Tags;
use crate::services::iam;
use crate::services::rds::ask::{self, Tag};
use crate::services::rds::fault::{combination, no_group, no_instance, shown, state, unsupported, value};
use crate::services::rds::model::{Instance, Phase, SubnetGroup};
use crate::services::rds::shapes;
use crate::world::{Scope, View};

/// AWS's quota per region.
const MAX_INSTANCES: usize = 40;
/// How long AWS takes, in milliseconds.
const CREATES_MS: i64 = 360_000;
const MODIFIES_MS: i64 = 120_000;
const DELETES_MS: i64 = 180_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "DBInstanceClass")]
    class: String,
    engine: String,
    engine_version: Option<String>,
    allocated_storage: Option<i32>,
    storage_type: Option<String>,
    storage_encrypted: Option<bool>,
    master_username: Option<String>,
    master_user_password: Option<String>,
    manage_master_user_password: Option<bool>,
    #[serde(rename = "DBName")]
    database: Option<String>,
    port: Option<u16>,
    #[serde(rename = "DBSubnetGroupName")]
    subnet_group: Option<String>,
    #[serde(default)]
    vpc_security_group_ids: Vec<String>,
    availability_zone: Option<String>,
    backup_retention_period: Option<i32>,
    #[serde(rename = "MultiAZ")]
    multi_az: Option<bool>,
    publicly_accessible: Option<bool>,
    deletion_protection: Option<bool>,
    copy_tags_to_snapshot: Option<bool>,
    #[serde(rename = "DBClusterIdentifier")]
    cluster: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `CreateDBInstance`.
pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let view = scope.view();
    let id = ask::identifier(&input.id, "DBInstanceIdentifier", 63)?;
    if view.region.rds.instances.contains_key(&id) {
        return Err(Fault::new("DBInstanceAlreadyExists", "DB instance already exists"));
    }
    if view.region.rds.instances.len() >= MAX_INSTANCES {
        return Err(Fault::new("InstanceQuotaExceeded", "You have reached the quota of DB instances."));
    }
    let group = place(&view, input.subnet_group.as_deref())?;
    let wanted = wanted(&view, &input, id, &group)?;
    scope.region.rds.subnet_groups.entry(group.name.clone()).or_insert(group);
    iam::ensure_service_linked_role(scope, "rds.amazonaws.com");
    let ids = &mut scope.region.ids;
    let account = ids.hex(12);
    let one = Instance {
        resource_id: format!("db-{}", ids.base32(26)),
        address: format!("{}.{account}.{}.rds.amazonaws.com", wanted.id, scope.region.name),
        phase: Phase::Creating(scope.now.plus_ms(scope.settings.lasts(CREATES_MS))),
        ..wanted
    };
    let shape = shapes::instance(&scope.view(), &{
        let mut one = one.clone();
        one.socks = false;
        one
    });
    scope.region.rds.instances.insert(one.id.clone(), one);
    Ok(json!({"DBInstance": shape}))
}

/// The subnet group; without one the default of the default VPC.
fn place(view: &View<'_>, name: Option<&str>) -> Result<SubnetGroup, Fault> {
    if let Some(name) = name.filter(|name| *name != "default") {
        let found = view.region.rds.subnet_groups.get(&name.to_ascii_lowercase());
        return found.cloned().ok_or_else(|| no_group(name));
    }
    let ec2 = &view.region.ec2;
    let vpc = ec2.default_vpc().ok_or_else(|| {
        Fault::new("InvalidVPCNetworkStateFault", "No default VPC exists: name a DB subnet group.")
    })?;
    let subnets = ec2.subnets.values().filter(|subnet| subnet.vpc_id == vpc.id && subnet.default_for_az);
    Ok(SubnetGroup {
        name: "default".to_owned(),
        description: "default".to_owned(),
        vpc_id: vpc.id.clone(),
        subnets: subnets.map(|subnet| subnet.id.clone()).collect(),
        tags: Tags::new(),
    })
}

fn wanted(view: &View<'_>, input: &Create, id: String, group: &SubnetGroup) -> Result<Instance, Fault> {
    let engine_version = match (input.engine.as_str(), &input.engine_version) {
        ("mysql" | "mariadb", Some(version))
            if version.len() <= 16 && version.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            version.clone()
        }
        ("mysql", None) => "8.4.8".to_owned(),
        ("mariadb", None) => "11.4.5".to_owned(),
        ("mysql" | "mariadb", Some(version)) => {
            return Err(combination(format!("Cannot find version {} for {}", shown(version), input.engine)));
        }
        (other, _) => return Err(unsupported(&format!("The engine {} is", shown(other)))),
    };
    let class = input.class.strip_prefix("db.").filter(|rest| rest.contains('.') && rest.len() < 24);
    if class.is_none() {
        return Err(value(format!("Invalid DB Instance class: {}", shown(&input.class))));
    }
    if input.cluster.is_some() || input.manage_master_user_password == Some(true) {
        return Err(unsupported("Clusters and passwords that RDS manages are"));
    }
    let user = input.master_username.clone().unwrap_or_default();
    let password = input.master_user_password.clone().unwrap_or_default();
    let name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !name(&user) || user.len() > 32 {
        return Err(value(
            "The parameter MasterUsername must be provided, begin with a letter and have letters, digits and underscores only.",
        ));
    }
    password_is_good(&password)?;
    if input.database.as_ref().is_some_and(|database| !name(database) || database.len() > 64) {
        return Err(value("DBName must begin with a letter and contain only alphanumeric characters."));
    }
    let storage = input.allocated_storage.unwrap_or(20);
    if !(5..=65_536).contains(&storage) {
        return Err(value("Invalid storage size: must be between 5 and 65536"));
    }
    let zones: Vec<&String> =
        group.subnets.iter().filter_map(|id| view.region.ec2.subnet(id)).map(|s| &s.zone).collect();
    let zone = match &input.availability_zone {
        Some(zone) if zones.contains(&zone) => zone.clone(),
        Some(zone) => return Err(value(format!("The DB subnet group has no subnet in {}", shown(zone)))),
        None => zones.first().map(|zone| (*zone).clone()).unwrap_or_default(),
    };
    Ok(Instance {
        id,
        resource_id: String::new(),
        class: input.class.clone(),
        engine: input.engine.clone(),
        engine_version,
        storage,
        storage_type: input.storage_type.clone().unwrap_or_else(|| "gp2".to_owned()),
        encrypted: input.storage_encrypted.unwrap_or(false),
        user,
        password: Secret(password),
        database: input.database.clone(),
        port: input.port.unwrap_or(3306),
        address: String::new(),
        subnet_group: group.name.clone(),
        security_groups: groups(view, &group.vpc_id, &input.vpc_security_group_ids)?,
        vpc_id: group.vpc_id.clone(),
        zone,
        interface: None,
        phase: Phase::Available,
        created_at: view.now,
        backup_days: days(input.backup_retention_period.unwrap_or(1))?,
        multi_az: input.multi_az.unwrap_or(false),
        public: input.publicly_accessible.unwrap_or(false),
        protected: input.deletion_protection.unwrap_or(false),
        copy_tags: input.copy_tags_to_snapshot.unwrap_or(false),
        tags: ask::tags(&input.tags)?,
        socks: false,
    })
}

fn password_is_good(password: &str) -> Result<(), Fault> {
    if !(8..=41).contains(&password.len()) {
        return Err(value(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters or longer than 41.",
        ));
    }
    if password.chars().any(|c| matches!(c, '/' | '@' | '"' | ' ') || !c.is_ascii_graphic()) {
        return Err(value(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
        ));
    }
    Ok(())
}

fn days(days: i32) -> Result<i32, Fault> {
    if (0..=35).contains(&days) {
        Ok(days)
    } else {
        Err(value("Invalid backup retention period. Must be between 0 and 35."))
    }
}

fn groups(view: &View<'_>, vpc: &str, given: &[String]) -> Result<Vec<String>, Fault> {
    let ec2 = &view.region.ec2;
    for id in given {
        if ec2.security_group(id).is_none_or(|group| group.vpc_id != vpc) {
            return Err(value(format!("Invalid security group , groupId= {}, groupName=.", shown(id))));
        }
    }
    if given.is_empty() {
        return Ok(ec2
            .security_group_named(vpc, "default")
            .map(|group| group.id.clone())
            .into_iter()
            .collect());
    }
    Ok(given.to_vec())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Modify {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    allocated_storage: Option<i32>,
    #[serde(rename = "DBInstanceClass")]
    class: Option<String>,
    #[serde(default)]
    vpc_security_group_ids: Vec<String>,
    master_user_password: Option<String>,
    backup_retention_period: Option<i32>,
    #[serde(rename = "MultiAZ")]
    multi_az: Option<bool>,
    engine_version: Option<String>,
    storage_type: Option<String>,
    copy_tags_to_snapshot: Option<bool>,
    publicly_accessible: Option<bool>,
    deletion_protection: Option<bool>,
    #[serde(rename = "NewDBInstanceIdentifier")]
    new_id: Option<String>,
}

/// `ModifyDBInstance`. Everything is applied at once: there are no maintenance windows here.
pub(crate) fn modify(scope: &mut Scope<'_>, input: Modify) -> Result<Value, Fault> {
    let view = scope.view();
    let mut one = found(&view, &input.id)?.clone();
    if one.phase != Phase::Available {
        return Err(state(format!("Database instance {} is not in available state.", one.id)));
    }
    if input.new_id.is_some() {
        return Err(unsupported("A new identifier is"));
    }
    if let Some(password) = input.master_user_password {
        password_is_good(&password)?;
        one.password = Secret(password);
    }
    if !input.vpc_security_group_ids.is_empty() {
        one.security_groups = groups(&view, &one.vpc_id, &input.vpc_security_group_ids)?;
    }
    if let Some(storage) = input.allocated_storage {
        if storage < one.storage {
            return Err(value("Requested storage size must be at least the current one."));
        }
        one.storage = storage;
    }
    one.backup_days = days(input.backup_retention_period.unwrap_or(one.backup_days))?;
    one.class = input.class.unwrap_or(one.class);
    one.engine_version = input.engine_version.unwrap_or(one.engine_version);
    one.storage_type = input.storage_type.unwrap_or(one.storage_type);
    one.multi_az = input.multi_az.unwrap_or(one.multi_az);
    one.copy_tags = input.copy_tags_to_snapshot.unwrap_or(one.copy_tags);
    one.public = input.publicly_accessible.unwrap_or(one.public);
    one.protected = input.deletion_protection.unwrap_or(one.protected);
    one.phase = Phase::Modifying(scope.now.plus_ms(scope.settings.lasts(MODIFIES_MS)));
    let shape = shapes::instance(&view, &one);
    if let Some(interface) = one.interface.as_ref().and_then(|id| scope.region.ec2.interfaces.get_mut(id)) {
        interface.security_groups.clone_from(&one.security_groups);
    }
    scope.region.rds.instances.insert(one.id.clone(), one);
    Ok(json!({"DBInstance": shape}))
}

fn found<'v>(view: &View<'v>, id: &str) -> Result<&'v Instance, Fault> {
    view.region.rds.instances.get(&id.to_ascii_lowercase()).ok_or_else(|| no_instance(id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delete {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    skip_final_snapshot: Option<bool>,
    #[serde(rename = "FinalDBSnapshotIdentifier")]
    snapshot: Option<String>,
}

/// `DeleteDBInstance`. It leaves a snapshot, unless it is told not to.
pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let one = found(&scope.view(), &input.id)?.clone();
    let skip = input.skip_final_snapshot.unwrap_or(false);
    if one.protected {
        return Err(combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        ));
    }
    if matches!(one.phase, Phase::Deleting(_)) {
        return Err(state(format!("Instance {} is already being deleted.", one.id)));
    }
    match (&input.snapshot, skip) {
        (None, false) => {
            return Err(combination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            ));
        }
        (Some(_), true) => {
            return Err(combination(
                "FinalDBSnapshotIdentifier can not be specified when deleting a DB instance with SkipFinalSnapshot",
            ));
        }
        (Some(name), false) => {
            let name = ask::identifier(name, "FinalDBSnapshotIdentifier", 255)?;
            if matches!(one.phase, Phase::Creating(_)) {
                return Err(state(format!(
                    "Cannot create a snapshot because the database instance {} is not currently in the available state.",
                    one.id
                )));
            }
            snapshots::take(scope, &name, &one, Tags::new())?;
        }
        (None, true) => {}
    }
    let until = scope.now.plus_ms(scope.settings.lasts(DELETES_MS));
    let one = Instance { phase: Phase::Deleting(until), ..one };
    let shape = shapes::instance(&scope.view(), &one);
    scope.region.rds.instances.insert(one.id.clone(), one);
    Ok(json!({"DBInstance": shape}))
}

#[derive(Deserialize)]
pub(crate) struct Describe {
    #[serde(rename = "DBInstanceIdentifier")]
    id: Option<String>,
}

/// `DescribeDBInstances`: all of them fit one page.
pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    if let Some(id) = &input.id {
        let id = id.rsplit(':').next().unwrap_or(id);
        return Ok(json!({"DBInstances": [shapes::instance(view, found(view, id)?)]}));
    }
    let all: Vec<Value> = view.region.rds.instances.values().map(|one| shapes::instance(view, one)).collect();
    Ok(json!({"DBInstances": all}))
}
