//! The state of one AWS account: serialisable, ordered, with every id drawn from its seed. It is the fold of the
//! commands applied to it; nothing in it comes from a clock or a random generator.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::arn::arn;
use crate::core::id::IdSource;
use crate::core::secret::Secret;
use crate::core::time::Time;
use crate::services::{
    acm, application_autoscaling, autoscaling, cloudformation, cloudtrail, cloudwatch, dynamodb, ec2, ecr,
    ecs, efs, elb, elbv2, events, iam, logs, rds, s3, secretsmanager, servicediscovery, ssm,
};

/// Everything in one AWS account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// Twelve digits.
    pub account: String,
    seed: Secret<u64>,
    /// How this world runs.
    pub settings: Settings,
    /// IAM is global.
    pub iam: iam::model::Model,
    /// What was refused, in all regions.
    #[serde(default, skip_serializing_if = "cloudtrail::model::Model::is_empty")]
    pub cloudtrail: cloudtrail::model::Model,
    /// Regions that were ever written to; all others are as AWS hands them out.
    pub regions: BTreeMap<String, Region>,
}

/// How a world runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// AWS's usual durations are divided by this; at least 1.
    pub speed: u32,
}

impl Settings {
    /// How long something that takes AWS `milliseconds` takes here; never less than one millisecond.
    pub fn lasts(&self, milliseconds: i64) -> i64 {
        (milliseconds / i64::from(self.speed.max(1))).max(1)
    }
}

/// One region of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// `us-east-1`, ...
    pub name: String,
    /// Where this region's ids come from.
    pub ids: IdSource,
    /// Networks and instances.
    pub ec2: ec2::model::Model,
    /// Launch configurations and groups.
    pub autoscaling: autoscaling::model::Model,
    /// Clusters, tasks, services.
    pub ecs: ecs::model::Model,
    /// Certificates.
    #[serde(default)]
    pub acm: acm::model::Model,
    /// Scalable targets and policies.
    #[serde(default)]
    pub application_autoscaling: application_autoscaling::model::Model,
    /// Stacks.
    #[serde(default)]
    pub cloudformation: cloudformation::model::Model,
    /// Metrics and alarms.
    #[serde(default)]
    pub cloudwatch: cloudwatch::model::Model,
    /// Tables.
    #[serde(default)]
    pub dynamodb: dynamodb::model::Model,
    /// Repositories and images.
    #[serde(default)]
    pub ecr: ecr::model::Model,
    /// File systems.
    #[serde(default)]
    pub efs: efs::model::Model,
    /// Classic load balancers.
    #[serde(default)]
    pub elb: elb::model::Model,
    /// Load balancers and target groups.
    #[serde(default)]
    pub elbv2: elbv2::model::Model,
    /// Rules.
    #[serde(default)]
    pub events: events::model::Model,
    /// Log groups and what is in them.
    #[serde(default)]
    pub logs: logs::model::Model,
    /// Databases.
    #[serde(default)]
    pub rds: rds::model::Model,
    /// Buckets.
    #[serde(default)]
    pub s3: s3::model::Model,
    /// Secrets.
    #[serde(default)]
    pub secretsmanager: secretsmanager::model::Model,
    /// Namespaces, their services and instances.
    #[serde(default)]
    pub servicediscovery: servicediscovery::model::Model,
    /// Parameters and activations.
    #[serde(default)]
    pub ssm: ssm::model::Model,
}

impl Region {
    fn new(account: &str, seed: u64, name: &str) -> Self {
        let mut ids = IdSource::new(seed, name);
        let ec2 = ec2::model::Model::new(account, name, &mut ids);
        Self {
            name: name.to_owned(),
            ids,
            ec2,
            autoscaling: autoscaling::model::Model::default(),
            ecs: ecs::model::Model::default(),
            acm: acm::model::Model::default(),
            application_autoscaling: application_autoscaling::model::Model::default(),
            cloudformation: cloudformation::model::Model::default(),
            cloudwatch: cloudwatch::model::Model::default(),
            dynamodb: dynamodb::model::Model::default(),
            ecr: ecr::model::Model::default(),
            efs: efs::model::Model::default(),
            elb: elb::model::Model::default(),
            elbv2: elbv2::model::Model::default(),
            events: events::model::Model::default(),
            logs: logs::model::Model::default(),
            rds: rds::model::Model::default(),
            s3: s3::model::Model::default(),
            secretsmanager: secretsmanager::model::Model::default(),
            servicediscovery: servicediscovery::model::Model::default(),
            ssm: ssm::model::Model::default(),
        }
    }
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// `arn:aws:iam::123456789012:user/student`
    pub arn: String,
    /// `AIDA...`, `AROA...:session`, or the account for its root.
    pub user_id: String,
    /// What IAM decides by.
    pub principal: Principal,
    /// Access key of a session that has policies of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
}

/// The kinds of caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Principal {
    /// The account itself: everything is allowed.
    Root,
    /// An IAM user, by name.
    User(String),
    /// A role, by name, with a session.
    Role(String),
    /// The simulation itself acting for AWS (the service linked roles).
    Service,
}

impl Caller {
    /// The account's root.
    pub fn root(account: &str) -> Self {
        let (arn, user_id) = (arn("iam", "", account, "root"), account.to_owned());
        Self { arn, user_id, principal: Principal::Root, session_key: None }
    }

    /// AWS itself.
    pub fn service() -> Self {
        let (arn, user_id) = (String::new(), String::new());
        Self { arn, user_id, principal: Principal::Service, session_key: None }
    }
}

/// What a handler that changes something works on: one region and the global IAM.
#[derive(Debug)]
pub struct Scope<'w> {
    /// Twelve digits.
    pub account: &'w str,
    /// How this world runs.
    pub settings: &'w Settings,
    /// IAM of the account.
    pub iam: &'w mut iam::model::Model,
    /// What was refused, in all regions. No handler adds to it.
    pub cloudtrail: &'w cloudtrail::model::Model,
    /// The region of the call.
    pub region: &'w mut Region,
    /// The present moment of this world.
    pub now: Time,
    /// Who asks.
    pub caller: &'w Caller,
}

/// What a handler that only looks works on. That it cannot change anything is what makes looking free.
#[derive(Debug, Clone, Copy)]
pub struct View<'w> {
    /// Twelve digits.
    pub account: &'w str,
    /// How this world runs.
    pub settings: &'w Settings,
    /// IAM of the account.
    pub iam: &'w iam::model::Model,
    /// What was refused, in all regions.
    pub cloudtrail: &'w cloudtrail::model::Model,
    /// The region of the call.
    pub region: &'w Region,
    /// The present moment of this world.
    pub now: Time,
    /// Who asks.
    pub caller: &'w Caller,
}

impl Scope<'_> {
    /// The same, only to look at.
    pub fn view(&self) -> View<'_> {
        View {
            account: self.account,
            settings: self.settings,
            iam: self.iam,
            cloudtrail: self.cloudtrail,
            region: self.region,
            now: self.now,
            caller: self.caller,
        }
    }

    /// An ARN in this account and region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        arn(service, &self.region.name, self.account, resource)
    }
}

impl View<'_> {
    /// An ARN in this account and region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        arn(service, &self.region.name, self.account, resource)
    }
}

impl World {
    /// An empty account. `seed` determines every id it will ever hand out, secrets included: keep it secret.
    pub fn new(account: &str, seed: u64) -> Self {
        Self {
            account: account.to_owned(),
            seed: Secret(seed),
            settings: Settings { speed: 1 },
            iam: iam::model::Model::new(account, seed),
            cloudtrail: cloudtrail::model::Model::default(),
            regions: BTreeMap::new(),
        }
    }

    /// Makes the IAM user `student` with `AdministratorAccess`, if need be, and a new access key for it: the way into
    /// a new account, and back into one whose keys were lost.
    pub fn create_student(&mut self, now: Time) -> iam::credentials::AccessKey {
        iam::credentials::bootstrap(&mut self.iam, now)
    }

    /// Looks at a region. One that was never written to is made up on the spot, the same every time.
    pub fn look<T>(&self, region: &str, now: Time, caller: &Caller, see: impl FnOnce(&View<'_>) -> T) -> T {
        let fresh;
        let region = if let Some(region) = self.regions.get(region) {
            region
        } else {
            fresh = Region::new(&self.account, self.seed.0, region);
            &fresh
        };
        let Self { account, settings, iam, cloudtrail, .. } = self;
        see(&View { account, settings, iam, cloudtrail, region, now, caller })
    }

    /// Works on a region.
    pub fn work<T>(
        &mut self,
        region: &str,
        now: Time,
        caller: &Caller,
        act: impl FnOnce(&mut Scope<'_>) -> T,
    ) -> T {
        let Self { account, seed, settings, iam, cloudtrail, regions } = self;
        let region = regions.entry(region.to_owned()).or_insert_with(|| Region::new(account, seed.0, region));
        act(&mut Scope { account, settings, iam, cloudtrail, region, now, caller })
    }
}
