//! Amazon Elastic Container Registry: private repositories, and pull through caches of the public registries. Not in it:
//! scanning, replication, signing, and the registry's own HTTP protocol, so `docker push` has nothing to push to.
//!
//! A student without Docker puts an image into a repository with the AWS CLI alone, as in "Retagging an image in Amazon
//! ECR". A pull through cache of Amazon ECR Public supplies the manifest of a built-in image:
//!
//! ```text
//! aws ecr create-pull-through-cache-rule --ecr-repository-prefix ecr-public --upstream-registry-url public.ecr.aws
//! aws ecr create-repository --repository-name web
//! MANIFEST=$(aws ecr batch-get-image --repository-name ecr-public/nginx/nginx --image-ids imageTag=latest \
//!     --query 'images[0].imageManifest' --output text)
//! aws ecr put-image --repository-name web --image-tag v1 --image-manifest "$MANIFEST"
//! ```
//!
//! Images of Docker Hub come the same way through a rule for `registry-1.docker.io`, which wants a secret, as on AWS. The
//! layers of a built-in image count as there for whoever has its manifest.

use crate::operation::{Service, never, nothing, read, write};
use crate::wire::Protocol;

mod built_in;
mod fault;
pub mod model;
mod ops;
mod pull;
mod resource;
#[cfg(test)]
mod tests;

use ops::{cache, image, layer, policy, put, registry, repository, tag};
pub use pull::{PullError, find, registry_of};

const PROTOCOL: Protocol = Protocol::Json11;

/// The operation table.
pub fn service() -> Service {
    let operations = vec![
        read(PROTOCOL, "BatchCheckLayerAvailability", layer::check),
        write(PROTOCOL, "BatchDeleteImage", image::delete),
        write(PROTOCOL, "BatchGetImage", image::get),
        write(PROTOCOL, "CompleteLayerUpload", layer::complete),
        write(PROTOCOL, "CreatePullThroughCacheRule", cache::create),
        write(PROTOCOL, "CreateRepository", repository::create),
        write(PROTOCOL, "DeleteLifecyclePolicy", policy::delete_lifecycle),
        write(PROTOCOL, "DeletePullThroughCacheRule", cache::delete),
        write(PROTOCOL, "DeleteRepository", repository::delete),
        write(PROTOCOL, "DeleteRepositoryPolicy", policy::delete),
        read(PROTOCOL, "DescribeImages", image::describe),
        read(PROTOCOL, "DescribePullThroughCacheRules", cache::describe),
        read(PROTOCOL, "DescribeRegistry", registry::describe),
        read(PROTOCOL, "DescribeRepositories", repository::describe),
        read(PROTOCOL, "GetAuthorizationToken", registry::token),
        read(PROTOCOL, "GetDownloadUrlForLayer", layer::url),
        read(PROTOCOL, "GetLifecyclePolicy", policy::get_lifecycle),
        read(PROTOCOL, "GetRegistryPolicy", registry::policy),
        read(PROTOCOL, "GetRepositoryPolicy", policy::get),
        write(PROTOCOL, "InitiateLayerUpload", layer::initiate),
        read(PROTOCOL, "ListImages", image::list),
        read(PROTOCOL, "ListTagsForResource", tag::list),
        write(PROTOCOL, "PutImage", put::image),
        write(PROTOCOL, "PutImageScanningConfiguration", repository::put_scanning),
        write(PROTOCOL, "PutImageTagMutability", repository::put_mutability),
        write(PROTOCOL, "PutLifecyclePolicy", policy::put_lifecycle),
        write(PROTOCOL, "SetRepositoryPolicy", policy::set),
        write(PROTOCOL, "TagResource", tag::add),
        write(PROTOCOL, "UntagResource", tag::remove),
        write(PROTOCOL, "UploadLayerPart", layer::upload),
    ];
    Service {
        name: "ecr",
        protocol: PROTOCOL,
        operations,
        next_due: never,
        reconcile: nothing,
        resources: resource::ALL,
    }
}
