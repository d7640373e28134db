//! The faults of Amazon S3, in its words: "Error responses" of the API reference.

use crate::core::fault::Fault;

pub(super) fn no_such_bucket() -> Fault {
    Fault::new("NoSuchBucket", "The specified bucket does not exist").with_status(404)
}

pub(super) fn no_such_key() -> Fault {
    Fault::new("NoSuchKey", "The specified key does not exist.").with_status(404)
}

pub(super) fn no_such_tags() -> Fault {
    Fault::new("NoSuchTagSet", "The TagSet does not exist").with_status(404)
}

pub(super) fn invalid_name() -> Fault {
    Fault::new("InvalidBucketName", "The specified bucket is not valid.")
}

pub(super) fn owned() -> Fault {
    let message = "Your previous request to create the named bucket succeeded and you already own it.";
    Fault::new("BucketAlreadyOwnedByYou", message).with_status(409)
}

pub(super) fn not_empty() -> Fault {
    Fault::new("BucketNotEmpty", "The bucket you tried to delete is not empty").with_status(409)
}

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", message)
}

/// No more fits; not a limit of AWS's.
pub(super) fn full(what: &str) -> Fault {
    Fault::new("EntityTooLarge", format!("This practice cloud keeps at most {what} in a region."))
}
