//! Public parameters through the front door.

use serde_json::{Value, json};

use crate::services::ec2::images;
use crate::testing::Lab;

const ECS: &str = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended";

#[test]
fn the_recommended_image_is_one_that_ec2_has() {
    let mut lab = Lab::new();
    for region in ["us-east-1", "eu-west-1"] {
        region.clone_into(&mut lab.region);
        for name in [
            format!("{ECS}/image_id"),
            "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id".to_owned(),
            "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id".to_owned(),
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64".to_owned(),
        ] {
            let got = lab.call("ssm", "GetParameter", json!({"Name": name}));
            let id = got["Parameter"]["Value"].as_str().unwrap();
            assert!(images::find(region, id).is_some(), "{name} is {id}");
            assert_eq!(got["Parameter"]["DataType"], "aws:ec2:image");
            assert_eq!(got["Parameter"]["ARN"], format!("arn:aws:ssm:{region}::parameter{name}"));
        }
        let whole = lab.call("ssm", "GetParameter", json!({"Name": ECS}));
        let whole: Value = serde_json::from_str(whole["Parameter"]["Value"].as_str().unwrap()).unwrap();
        assert!(images::find(region, whole["image_id"].as_str().unwrap()).unwrap().has_ecs_agent);
        assert_eq!(whole["image_version"], "2023.0.20261030");
    }
}

#[test]
fn what_is_not_there_and_what_is_not_valid() {
    let mut lab = Lab::new();
    let get = |name: &str| json!({"Name": name});
    assert_eq!(lab.refused("ssm", "GetParameter", get("/mine")), "ParameterNotFound");
    assert_eq!(lab.refused("ssm", "GetParameter", get(&format!("{ECS}:7"))), "ParameterVersionNotFound");
    assert_eq!(lab.refused("ssm", "GetParameter", get("")), "ValidationException");
    let many = lab.call("ssm", "GetParameters", json!({"Names": [ECS, "/mine"]}));
    assert_eq!(
        (&many["Parameters"][0]["Name"], &many["InvalidParameters"]),
        (&json!(ECS), &json!(["/mine"]))
    );
    assert_eq!(lab.refused("ssm", "GetParameters", json!({"Names": vec!["/x"; 11]})), "ValidationException");
    assert_eq!(lab.refused("ssm", "GetParameters", json!({"Names": []})), "ValidationException");
}

#[test]
fn a_path_is_walked_page_by_page() {
    let mut lab = Lab::new();
    let path = "/aws/service/ecs/optimized-ami/amazon-linux-2023";
    let mut names = Vec::new();
    let mut token = Value::Null;
    loop {
        let input = json!({"Path": path, "Recursive": true, "MaxResults": 4, "NextToken": token});
        let page = lab.call("ssm", "GetParametersByPath", input);
        names.extend(page["Parameters"].as_array().unwrap().iter().map(|one| one["Name"].to_string()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    // Two images, each as recommended and by name, with six facts.
    assert_eq!(names.len(), 2 * 2 * 7);
    assert!(names.is_sorted());
    let direct = lab.call("ssm", "GetParametersByPath", json!({"Path": format!("{ECS}/")}));
    assert_eq!(direct["Parameters"].as_array().unwrap().len(), 6);
    assert_eq!(lab.refused("ssm", "GetParametersByPath", json!({"Path": "aws"})), "ValidationException");
    assert_eq!(
        lab.refused("ssm", "GetParametersByPath", json!({"Path": "/a", "MaxResults": 11})),
        "ValidationException"
    );
    assert_eq!(
        lab.refused("ssm", "GetParametersByPath", json!({"Path": "/a", "NextToken": "?"})),
        "InvalidNextToken"
    );
}
