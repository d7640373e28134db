//! Wait conditions.

use serde_json::{Value, json};

use super::Formation;
use crate::network::site::{SiteAnswer, SiteRequest};
use crate::{Command, Outcome, apply};

fn template(count: u32) -> Value {
    json!({
        "Resources": {
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Condition": {"Type": "AWS::CloudFormation::WaitCondition",
                "Properties": {"Handle": {"Ref": "Handle"}, "Count": count, "Timeout": "600"}}
        },
        "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["Condition", "Data"]}}}
    })
}

impl Formation {
    /// Sends a body to the stack's handle; the status.
    fn tell(&mut self, name: &str, body: &Value) -> u16 {
        let url = self.physical_id(name, "Handle");
        let (host, path) = url.strip_prefix("https://").unwrap().split_once('/').unwrap();
        self.send(host, &format!("/{path}"), &body.to_string())
    }

    fn send(&mut self, host: &str, path: &str, body: &str) -> u16 {
        let request = SiteRequest {
            host: host.to_owned(),
            port: 443,
            method: "PUT".to_owned(),
            path: path.to_owned(),
            entropy: 1,
            headers: Vec::new(),
            body: body.to_owned(),
        };
        match apply(&mut self.0.world, &Command::Visit(request), self.0.now) {
            Outcome::Visited(SiteAnswer::Page { status, .. }) => status,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_condition_is_met_by_as_many_signals_as_it_waits_for() {
    let mut lab = Formation::new();
    lab.create("shop", &template(2));
    lab.0.advance(30);
    let signal = |id: &str| json!({"Status": "SUCCESS", "UniqueId": id, "Data": "d", "Reason": "r"});
    assert_eq!(lab.tell("shop", &signal("a")), 200);
    assert_eq!(lab.tell("shop", &signal("a")), 200);
    lab.0.advance(10);
    assert_eq!(lab.status("shop"), "CREATE_IN_PROGRESS", "the same one does not count twice");
    assert_eq!(lab.tell("shop", &signal("b")), 200);
    lab.0.advance(1);
    assert_eq!(lab.status("shop"), "CREATE_COMPLETE");
    assert_eq!(lab.stack("shop")["Outputs"][0]["OutputValue"], r#"{"a":"d","b":"d"}"#);
    let host = "cloudformation-waitcondition-us-east-1.s3.amazonaws.com";
    assert_eq!(lab.send(host, "/x?X-Amz-Signature=0", "{}"), 403);
}

#[test]
fn a_condition_fails_by_a_failure_and_by_time() {
    let mut lab = Formation::new();
    lab.create("shop", &template(1));
    lab.0.advance(30);
    lab.tell("shop", &json!({"Status": "FAILURE", "UniqueId": "i-1", "Reason": "no disk"}));
    assert_eq!(lab.settle("shop"), "ROLLBACK_COMPLETE");
    let why = lab.reason("shop", "Condition", "CREATE_FAILED");
    assert_eq!(why, "WaitCondition received failed message: 'no disk' for uniqueId: i-1");

    lab.create("late", &template(3));
    assert_eq!(lab.settle("late"), "ROLLBACK_COMPLETE");
    let why = lab.reason("late", "Condition", "CREATE_FAILED");
    assert_eq!(why, "WaitCondition timed out. Received 0 conditions when expecting 3");
}

#[test]
fn a_machine_tells_a_handle_by_cfn_signal_and_by_curl() {
    for line in [
        "/opt/aws/bin/cfn-signal -e $? -i one --reason done '${Handle}'",
        "curl -X PUT -H 'Content-Type:' --data-binary '{\"Status\":\"SUCCESS\",\"UniqueId\":\"one\",\"Data\":\"d\"}' \"${Handle}\"",
    ] {
        let mut lab = Formation::new();
        let image = crate::services::ec2::images::amazon_linux("us-east-1", "x86_64").unwrap().id;
        let mut template = template(1);
        template["Resources"]["Machine"] = json!({"Type": "AWS::EC2::Instance", "Properties": {
            "ImageId": image, "InstanceType": "t3.micro",
            "UserData": {"Fn::Base64": {"Fn::Sub": format!("#!/bin/bash\ntrue\n{line}\n")}}}});
        lab.create("shop", &template);
        assert_eq!(lab.settle("shop"), "CREATE_COMPLETE", "{:#?}", lab.events("shop"));
    }
}
