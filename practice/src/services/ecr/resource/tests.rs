//! Repositories, driven by hand.

use serde_json::json;

use crate::testing::driver::Driver;

const RULES: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}"#;

#[test]
fn a_repository() {
    let mut driver = Driver::new();
    let statement =
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]});
    let properties = json!({
        "ImageTagMutability": "IMMUTABLE", "ImageScanningConfiguration": {"ScanOnPush": true},
        "LifecyclePolicy": {"LifecyclePolicyText": RULES}, "RepositoryPolicyText": statement,
        "Tags": [{"Key": "a", "Value": "1"}],
    });
    let mut made = driver.create("AWS::ECR::Repository", &properties);
    assert_eq!(driver.reference(&made), "demo-thing1-000000000001", "small letters");
    let arn = driver.attribute(&made, "Arn");
    assert_eq!(arn, format!("arn:aws:ecr:us-east-1:123456789012:repository/{}", made.id));
    let uri = format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/{}", made.id);
    assert_eq!(driver.attribute(&made, "RepositoryUri"), uri);
    let name = json!({"repositoryName": made.id});
    driver.lab.call("ecr", "GetLifecyclePolicy", name.clone());
    driver.lab.call("ecr", "GetRepositoryPolicy", name.clone());
    driver.update(&mut made, &json!({"EmptyOnDelete": true}));
    let told = driver.lab.call("ecr", "DescribeRepositories", json!({"repositoryNames": [made.id]}));
    assert_eq!(told["repositories"][0]["imageTagMutability"], "MUTABLE");
    assert_eq!(told["repositories"][0]["imageScanningConfiguration"]["scanOnPush"], false);
    assert_eq!(
        driver.lab.refused("ecr", "GetLifecyclePolicy", name.clone()),
        "LifecyclePolicyNotFoundException"
    );
    assert_eq!(driver.lab.refused("ecr", "GetRepositoryPolicy", name), "RepositoryPolicyNotFoundException");
    let tags = driver.lab.call("ecr", "ListTagsForResource", json!({"resourceArn": arn}));
    assert!(tags["tags"].as_array().unwrap().iter().all(|tag| tag["Key"] != "a"));
    driver.delete(&made);

    let nonsense = json!({"description": "no rules at all ".repeat(8)}).to_string();
    let wrong = json!({"RepositoryName": "repo", "LifecyclePolicy": {"LifecyclePolicyText": nonsense}});
    let fault = driver.try_create("AWS::ECR::Repository", &wrong).unwrap_err();
    assert!(fault.message.contains("LifecyclePolicyText"), "{fault}");
    driver.create("AWS::ECR::Repository", &json!({"RepositoryName": "repo"}));
    driver.be_user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}"#);
    let fault = driver.try_create("AWS::ECR::Repository", &json!({})).unwrap_err();
    assert!(fault.message.contains("ecr:CreateRepository"), "{fault}");
}

#[test]
fn a_pull_through_cache_rule() {
    let mut driver = Driver::new();
    let rule = |host: &str| json!({"EcrRepositoryPrefix": "cached", "UpstreamRegistryUrl": host});
    let made = driver.create("AWS::ECR::PullThroughCacheRule", &rule("public.ecr.aws"));
    assert_eq!(driver.reference(&made), "cached");
    let told = driver.lab.call("ecr", "DescribePullThroughCacheRules", json!({}));
    assert_eq!(told["pullThroughCacheRules"][0]["upstreamRegistryUrl"], "public.ecr.aws");
    let twice = driver.try_create("AWS::ECR::PullThroughCacheRule", &rule("quay.io")).unwrap_err();
    assert_eq!(twice.code, "PullThroughCacheRuleAlreadyExistsException");
    driver.delete(&made);
    assert_eq!(
        driver.lab.call("ecr", "DescribePullThroughCacheRules", json!({}))["pullThroughCacheRules"],
        json!([])
    );
}
