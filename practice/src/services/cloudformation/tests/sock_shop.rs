//! The exercise's own stack, whole: the shop opens, and what is deleted leaves nothing.

use serde_json::{Value, json};

use super::Formation;
use crate::network::site::{SiteAnswer, SiteRequest};
use crate::{Command, Outcome, apply};

const TEMPLATE: &str = include_str!("../../../../../labs/sock-shop/templates/sock-shop.yaml");

fn launch(lab: &mut Formation, name: &str) {
    lab.0.call("ec2", "CreateKeyPair", json!({"KeyName": format!("{name}-key")}));
    lab.0.call("logs", "CreateLogGroup", json!({"logGroupName": name}));
    let parameter = |key: &str, value: &str| json!({"ParameterKey": key, "ParameterValue": value});
    let input = json!({
        "StackName": name, "TemplateBody": TEMPLATE, "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [parameter("KeyName", &format!("{name}-key")), parameter("CataloguePassword", "wool-and-cotton")],
    });
    lab.call("CreateStack", input);
}

fn failures(lab: &mut Formation, name: &str) -> Vec<(String, String, String)> {
    lab.events(name)
        .into_iter()
        .filter(|event| event.1.contains("FAILED") || event.1.contains("ROLLBACK"))
        .collect()
}

fn visit(lab: &mut Formation, address: &str, path: &str) -> (u16, String) {
    let host = address.trim_start_matches("http://").split(':').next().unwrap().to_owned();
    let request = SiteRequest {
        host,
        port: 80,
        method: "GET".to_owned(),
        path: path.to_owned(),
        entropy: 7,
        headers: Vec::new(),
        body: String::new(),
    };
    match apply(&mut lab.0.world, &Command::Visit(request), lab.0.now) {
        Outcome::Visited(SiteAnswer::Page { status, body, .. }) => (status, String::from_utf8(body).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_shop_opens_and_closes() {
    let mut lab = Formation::new();
    launch(&mut lab, "shop");
    let status = lab.settle("shop");
    assert_eq!(status, "CREATE_COMPLETE", "{:#?}", failures(&mut lab, "shop"));
    let listed = lab.call("ListStackResources", json!({"StackName": "shop"}));
    assert_eq!(listed["StackResourceSummaries"].as_array().unwrap().len(), 62);
    let outputs = lab.stack("shop")["Outputs"].clone();
    let output = |key: &str| {
        let all = outputs.as_array().unwrap();
        let found = all.iter().find(|output| output["OutputKey"] == key).unwrap();
        found["OutputValue"].as_str().unwrap().to_owned()
    };
    let (status, page) = visit(&mut lab, &output("AppFrontend"), "/");
    assert_eq!(status, 200, "{page}");
    let stored = serde_json::to_vec(&lab.0.world).unwrap().len();
    assert!(stored < 1_000_000, "{stored} bytes");
    let id = lab.stack("shop")["StackId"].as_str().unwrap().to_owned();
    lab.call("DeleteStack", json!({"StackName": "shop"}));
    lab.0.settle();
    assert_eq!(lab.status(&id), "DELETE_COMPLETE", "{:#?}", failures(&mut lab, &id));
    let instances = lab.0.call("ec2", "DescribeInstances", json!({}));
    let left: Vec<&Value> = instances["Reservations"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|reservation| reservation["Instances"].as_array().unwrap())
        .filter(|instance| instance["State"]["Name"] != "terminated")
        .collect();
    assert_eq!(left, Vec::<&Value>::new());
    assert_eq!(lab.clusters(), 0);
}
