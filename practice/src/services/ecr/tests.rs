//! The registry through the front door.

use base64::Engine as _;
use serde_json::{Value, json};

use super::{PullError, find};
use crate::images;
use crate::testing::Lab;

const S: &str = "ecr";
const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// A lab with nginx in the repository `web`, put there the way that the module describes.
fn with_copy() -> (Lab, String) {
    let mut lab = Lab::new();
    let rule = json!({"ecrRepositoryPrefix": "ecr-public", "upstreamRegistryUrl": "public.ecr.aws"});
    lab.call(S, "CreatePullThroughCacheRule", rule);
    lab.call(S, "CreateRepository", json!({"repositoryName": "web", "imageTagMutability": "IMMUTABLE"}));
    let ids = json!({"repositoryName": "ecr-public/nginx/nginx", "imageIds": [{"imageTag": "1.27"}]});
    let got = lab.call(S, "BatchGetImage", ids);
    let manifest = got["images"][0]["imageManifest"].as_str().unwrap().to_owned();
    lab.call(S, "PutImage", json!({"repositoryName": "web", "imageManifest": manifest, "imageTag": "v1"}));
    (lab, manifest)
}

fn pulled(lab: &Lab, reference: &str) -> Result<String, PullError> {
    find(&lab.world.regions["us-east-1"].ecr, "123456789012", "us-east-1", reference).unwrap()
}

#[test]
fn a_built_in_image_is_copied_with_the_cli_alone() {
    let (mut lab, manifest) = with_copy();
    let reference = pulled(&lab, &format!("{HOST}/web:v1")).unwrap();
    assert_eq!(images::find(&reference).unwrap().repository, "nginx");
    let details = lab.call(S, "DescribeImages", json!({"repositoryName": "web"}));
    let digest = details["imageDetails"][0]["imageDigest"].as_str().unwrap().to_owned();
    assert_eq!(details["imageDetails"][0]["imageTags"], json!(["v1"]));
    assert_eq!(super::built_in::digest(manifest.as_bytes()), digest);
    assert!(pulled(&lab, &format!("{HOST}/web@{digest}")).is_ok());
    assert!(pulled(&lab, &format!("{HOST}/ecr-public/docker/library/redis:7")).is_ok());
    let tree: Value = serde_json::from_str(&manifest).unwrap();
    let layers = json!({"repositoryName": "web", "layerDigests": [tree["layers"][0]["digest"], format!("sha256:{}", "0".repeat(64))]});
    let layers = lab.call(S, "BatchCheckLayerAvailability", layers);
    assert_eq!(
        (&layers["layers"][0]["layerAvailability"], &layers["layers"][1]["layerAvailability"]),
        (&json!("AVAILABLE"), &json!("UNAVAILABLE"))
    );
}

#[test]
fn what_cannot_be_pulled_says_so_as_docker_does() {
    let (lab, _) = with_copy();
    for (reference, why) in [
        (
            format!("{HOST}/none:v1"),
            "repository 123456789012.dkr.ecr.us-east-1.amazonaws.com/none not found: name unknown: The repository with name 'none' does not exist in the registry with id '123456789012'",
        ),
        (
            format!("{HOST}/web:v2"),
            "manifest for 123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v2 not found: manifest unknown: Requested image not found",
        ),
        (
            format!("{HOST}/ecr-public/nginx/nginx:latset"),
            "manifest for 123456789012.dkr.ecr.us-east-1.amazonaws.com/ecr-public/nginx/nginx:latset not found: manifest unknown: Requested image not found",
        ),
        (
            "999999999999.dkr.ecr.us-east-1.amazonaws.com/web:v1".to_owned(),
            "repository 999999999999.dkr.ecr.us-east-1.amazonaws.com/web not found: name unknown: The repository with name 'web' does not exist in the registry with id '999999999999'",
        ),
    ] {
        assert_eq!(pulled(&lab, &reference).unwrap_err().to_string(), why);
    }
    assert!(find(&lab.world.regions["us-east-1"].ecr, "123456789012", "us-east-1", "nginx").is_none());
}

#[test]
fn tags_may_be_immutable_and_manifests_must_be_whole() {
    let (mut lab, manifest) = with_copy();
    let put = |manifest: &str, tag: &str| json!({"repositoryName": "web", "imageManifest": manifest, "imageTag": tag});
    assert_eq!(lab.refused(S, "PutImage", put(&manifest, "v1")), "ImageAlreadyExistsException");
    let other = json!({"repositoryName": "ecr-public/nginx/nginx", "imageIds": [{"imageTag": "latest"}, {"imageTag": "no"}]});
    let other = lab.call(S, "BatchGetImage", other);
    assert_eq!(other["failures"][0]["failureCode"], "ImageNotFound");
    let other = other["images"][0]["imageManifest"].as_str().unwrap().to_owned();
    assert_eq!(lab.refused(S, "PutImage", put(&other, "v1")), "ImageTagAlreadyExistsException");
    lab.call(S, "PutImageTagMutability", json!({"repositoryName": "web", "imageTagMutability": "MUTABLE"}));
    lab.call(S, "PutImage", put(&other, "v1"));
    let forged = manifest.replacen("\"sha256:", "\"sha256:0", 1);
    assert_eq!(lab.refused(S, "PutImage", put(&forged, "v3")), "LayersNotFoundException");
    assert_eq!(lab.refused(S, "PutImage", put("{", "v3")), "InvalidParameterException");
    // The first image has lost its tag and stays, untagged.
    let list =
        lab.call(S, "ListImages", json!({"repositoryName": "web", "filter": {"tagStatus": "UNTAGGED"}}));
    assert_eq!(list["imageIds"].as_array().unwrap().len(), 1);
    assert_eq!(
        lab.refused(S, "DeleteRepository", json!({"repositoryName": "web"})),
        "RepositoryNotEmptyException"
    );
    let gone = lab.call(
        S,
        "BatchDeleteImage",
        json!({"repositoryName": "web", "imageIds": [{"imageTag": "v1"}, list["imageIds"][0]]}),
    );
    assert_eq!(gone["imageIds"].as_array().unwrap().len(), 2);
    lab.call(S, "DeleteRepository", json!({"repositoryName": "web"}));
    assert_eq!(
        lab.refused(S, "DescribeRepositories", json!({"repositoryNames": ["web"]})),
        "RepositoryNotFoundException"
    );
}

#[test]
fn layers_are_uploaded_and_an_image_of_ones_own_is_stored_but_does_not_run() {
    let mut lab = Lab::new();
    lab.call(S, "CreateRepository", json!({"repositoryName": "own"}));
    let upload = |lab: &mut Lab, bytes: &[u8]| {
        let id = lab.call(S, "InitiateLayerUpload", json!({"repositoryName": "own"}))["uploadId"].clone();
        let blob = base64::engine::general_purpose::STANDARD.encode(bytes);
        let part = json!({"repositoryName": "own", "uploadId": id, "partFirstByte": 0, "partLastByte": bytes.len() - 1, "layerPartBlob": blob});
        lab.call(S, "UploadLayerPart", part);
        let digest = super::built_in::digest(bytes);
        let wrong = json!({"repositoryName": "own", "uploadId": id, "layerDigests": ["sha256:0"]});
        assert_eq!(lab.refused(S, "CompleteLayerUpload", wrong), "InvalidLayerException");
        lab.call(
            S,
            "CompleteLayerUpload",
            json!({"repositoryName": "own", "uploadId": id, "layerDigests": [digest]}),
        );
        digest
    };
    let (config, layer) = (upload(&mut lab, b"{}"), upload(&mut lab, b"layer"));
    let manifest =
        json!({"schemaVersion": 2, "config": {"digest": config}, "layers": [{"digest": layer}]}).to_string();
    lab.call(S, "PutImage", json!({"repositoryName": "own", "imageManifest": manifest, "imageTag": "v1"}));
    assert!(matches!(pulled(&lab, &format!("{HOST}/own:v1")), Err(PullError::NotRunnable { .. })));
}

#[test]
fn rules_want_what_aws_wants() {
    let mut lab = Lab::new();
    let rule = |prefix: &str, url: &str| json!({"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url});
    assert_eq!(
        lab.refused(S, "CreatePullThroughCacheRule", rule("hub", "registry-1.docker.io")),
        "InvalidParameterException"
    );
    assert_eq!(
        lab.refused(S, "CreatePullThroughCacheRule", rule("x", "example.com")),
        "InvalidParameterException"
    );
    assert_eq!(
        lab.refused(S, "CreatePullThroughCacheRule", rule("xx", "example.com")),
        "UnsupportedUpstreamRegistryException"
    );
    let secret = lab.call(
        "secretsmanager",
        "CreateSecret",
        json!({"Name": "ecr-pullthroughcache/hub", "SecretString": "{}"}),
    );
    let mut with = rule("hub", "registry-1.docker.io");
    with["credentialArn"] = secret["ARN"].clone();
    lab.call(S, "CreatePullThroughCacheRule", with.clone());
    assert_eq!(
        lab.refused(S, "CreatePullThroughCacheRule", with),
        "PullThroughCacheRuleAlreadyExistsException"
    );
    assert!(pulled(&lab, &format!("{HOST}/hub/2opremio/weaveecsdemo")).is_ok());
    assert!(pulled(&lab, &format!("{HOST}/hub/library/redis:alpine")).is_ok());
    lab.call(S, "DeletePullThroughCacheRule", json!({"ecrRepositoryPrefix": "hub"}));
    assert!(matches!(
        pulled(&lab, &format!("{HOST}/hub/library/redis")),
        Err(PullError::NoRepository { .. })
    ));
    assert_eq!(
        lab.refused(S, "CreateRepository", json!({"repositoryName": "Web"})),
        "InvalidParameterException"
    );
}
