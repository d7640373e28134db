//! Amazon S3 as far as templates need a place to lie: buckets, and small objects in them. Objects are the newest of their
//! key. Not in it: multipart uploads, versions, policies, ACLs, storage classes, metadata of one's own, presigned URLs,
//! websites; and a bucket of another region is not found instead of being redirected to.

use crate::operation::{Service, never, nothing, read, write};
use crate::wire::Protocol;

mod fault;
pub mod model;
mod ops;
mod resource;
mod url;

#[cfg(test)]
mod tests;

pub(crate) use url::text_at;

const PROTOCOL: Protocol = Protocol::RestXml;

/// The operation table.
pub fn service() -> Service {
    use ops::{buckets, listing, objects};
    let operations = vec![
        write(PROTOCOL, "CopyObject", objects::copy),
        write(PROTOCOL, "CreateBucket", buckets::create),
        write(PROTOCOL, "DeleteBucket", buckets::delete),
        write(PROTOCOL, "DeleteBucketTagging", buckets::untag),
        write(PROTOCOL, "DeleteObject", objects::delete),
        write(PROTOCOL, "DeleteObjects", objects::delete_many),
        read(PROTOCOL, "GetBucketLocation", buckets::location),
        read(PROTOCOL, "GetBucketTagging", buckets::tagging),
        read(PROTOCOL, "GetObject", objects::get),
        read(PROTOCOL, "HeadBucket", buckets::head),
        read(PROTOCOL, "HeadObject", objects::get),
        read(PROTOCOL, "ListBuckets", buckets::list),
        read(PROTOCOL, "ListObjects", listing::first),
        read(PROTOCOL, "ListObjectsV2", listing::second),
        write(PROTOCOL, "PutBucketTagging", buckets::tag),
        write(PROTOCOL, "PutObject", objects::put),
    ];
    Service {
        name: "s3",
        protocol: PROTOCOL,
        operations,
        next_due: never,
        reconcile: nothing,
        resources: resource::ALL,
    }
}
