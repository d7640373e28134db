//! `AWS::S3::Bucket`. What a bucket could be told besides its tags has no operation here, and is refused unless it is what
//! every new bucket has.

use serde_json::{Map, Value, json};

use super::model::Bucket as Model;
use crate::core::fault::Fault;
use crate::form::{
    TagChanges, already_exists, attributes, not_found, refuse, shown_tags, tag_list, unless_gone,
};
use crate::resource::{Actual, Api, Asked, Resource};
use crate::world::View;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Bucket];

struct Bucket;

/// What the practice cloud cannot do.
const LACKING: [&str; 17] = [
    "AccelerateConfiguration",
    "AccessControl",
    "AnalyticsConfigurations",
    "CorsConfiguration",
    "IntelligentTieringConfigurations",
    "InventoryConfigurations",
    "LifecycleConfiguration",
    "LoggingConfiguration",
    "MetadataConfiguration",
    "MetadataTableConfiguration",
    "MetricsConfigurations",
    "NotificationConfiguration",
    "ObjectLockConfiguration",
    "ObjectLockEnabled",
    "ReplicationConfiguration",
    "VersioningConfiguration",
    "WebsiteConfiguration",
];

/// Refuses what would come to something else than a new bucket is: encrypted by S3 itself, closed to the public, with the
/// bucket's owner as the owner of all objects.
fn check(type_name: &str, properties: &Value) -> Result<(), Fault> {
    refuse(type_name, properties, &LACKING)?;
    let rules = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"];
    let by_s3 = |rule: &Value| {
        matches!(rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"].as_str(), None | Some("AES256"))
    };
    let open = properties["PublicAccessBlockConfiguration"].as_object().into_iter().flatten();
    let owners = properties["OwnershipControls"]["Rules"].as_array().into_iter().flatten();
    let mut owners = owners.filter_map(|rule| rule["ObjectOwnership"].as_str());
    let odd = if !rules.as_array().into_iter().flatten().all(by_s3) {
        "BucketEncryption by other keys than those of Amazon S3"
    } else if open.into_iter().any(|(_, closed)| *closed == false) {
        "A PublicAccessBlockConfiguration that opens the bucket"
    } else if owners.any(|owner| owner != "BucketOwnerEnforced") {
        "OwnershipControls other than BucketOwnerEnforced"
    } else {
        return Ok(());
    };
    let message = format!("{odd} of {type_name} is not available in this practice region yet.");
    Err(Fault::new("InvalidRequest", message))
}

impl Bucket {
    fn find<'w>(view: &View<'w>, id: &str) -> Option<&'w Model> {
        view.region.s3.buckets.get(id)
    }
}

impl Resource for Bucket {
    fn type_name(&self) -> &'static str {
        "AWS::S3::Bucket"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        check(self.type_name(), asked.properties)?;
        let name = asked.text("BucketName").map_or_else(|| asked.generated(63).to_lowercase(), str::to_owned);
        if Self::find(&api.view(), &name).is_some() {
            return Err(already_exists(self.type_name(), &name));
        }
        let region = api.view().region.name.clone();
        let mut input = json!({"Bucket": name});
        if region != "us-east-1" {
            input["LocationConstraint"] = region.into();
        }
        api.call("s3", "CreateBucket", input)?;
        let tags = asked.tags();
        let set = json!({"Bucket": name, "Tags": tag_list(&tags, ("Key", "Value"))});
        if let Err(fault) = api.call("s3", "PutBucketTagging", set) {
            let _left = api.call("s3", "DeleteBucket", json!({"Bucket": name}));
            return Err(fault);
        }
        Ok(name)
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        check(self.type_name(), asked.properties)?;
        let mut tags =
            Self::find(&api.view(), id).ok_or_else(|| not_found(self.type_name(), id))?.tags.clone();
        let changes = TagChanges::new(&tags, before, asked, "Tags");
        if changes.set.is_empty() && changes.removed.is_empty() {
            return Ok(());
        }
        tags.retain(|key, _| !changes.removed.contains(key));
        tags.extend(changes.set);
        let all: Vec<(String, String)> = tags.into_iter().collect();
        api.call("s3", "PutBucketTagging", json!({"Bucket": id, "Tags": tag_list(&all, ("Key", "Value"))}))?;
        Ok(())
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        unless_gone(api.call("s3", "DeleteBucket", json!({"Bucket": id})), "NoSuchBucket")
    }

    fn attributes(&self, view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        let region = &view.region.name;
        attributes([
            ("Arn", format!("arn:aws:s3:::{id}").into()),
            ("DomainName", format!("{id}.s3.amazonaws.com").into()),
            ("DualStackDomainName", format!("{id}.s3.dualstack.{region}.amazonaws.com").into()),
            ("RegionalDomainName", format!("{id}.s3.{region}.amazonaws.com").into()),
            ("WebsiteURL", format!("http://{id}.s3-website-{region}.amazonaws.com").into()),
        ])
    }

    fn actual(&self, view: &View<'_>, id: &str) -> Actual {
        match Self::find(view, id) {
            None => Actual::Gone,
            Some(bucket) => Actual::Is(json!({"BucketName": id, "Tags": shown_tags(&bucket.tags)})),
        }
    }

    fn takes_ms(&self) -> i64 {
        20_000
    }
}
