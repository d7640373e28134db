//! `cfn-init` on a machine of a stack.

use serde_json::{Value, json};

use super::Formation;

fn machine(init: &Value, arguments: &str) -> Value {
    let image = crate::services::ec2::images::amazon_linux("us-east-1", "x86_64").unwrap().id;
    let script = format!(
        "#!/bin/bash\n/opt/aws/bin/cfn-init -v --stack ${{AWS::StackName}} --resource Machine --region us-east-1{arguments}\n/opt/aws/bin/cfn-signal -e $? --stack ${{AWS::StackName}} --resource Machine --region us-east-1\n"
    );
    json!({"Resources": {"Machine": {
        "Type": "AWS::EC2::Instance",
        "Metadata": {"AWS::CloudFormation::Init": init},
        "CreationPolicy": {"ResourceSignal": {"Timeout": "PT10M"}},
        "Properties": {"ImageId": image, "InstanceType": "t3.micro", "UserData": {"Fn::Base64": {"Fn::Sub": script}}}
    }}})
}

fn config() -> Value {
    json!({
        "packages": {"yum": {"jq": []}},
        "files": {"/etc/ecs/ecs.config": {"content": "ECS_LOGLEVEL=debug\n"}},
        "commands": {
            "02-cluster": {"command": "echo ECS_CLUSTER=$NAME >> /etc/ecs/ecs.config", "env": {"NAME": "demo"}},
            "01-fails": {"command": ["curl", "https://10.0.0.1/x"], "ignoreErrors": "true"}
        }
    })
}

#[test]
fn files_and_commands_are_carried_out() {
    for (init, arguments) in [
        (json!({"config": config()}), ""),
        (
            json!({"configSets": {"all": ["one", {"ConfigSet": "more"}], "more": ["two"]}, "one": {}, "two": config()}),
            " -c all",
        ),
    ] {
        let mut lab = Formation::new();
        lab.create("shop", &machine(&init, arguments));
        assert_eq!(lab.settle("shop"), "CREATE_COMPLETE", "{:#?}", lab.events("shop"));
        let id = lab.physical_id("shop", "Machine");
        let written = &lab.0.world.regions["us-east-1"].ec2.instances[&id].written;
        let text = written.values().next().unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), ["ECS_LOGLEVEL=debug", "ECS_CLUSTER=demo"]);
    }
}

#[test]
fn what_cannot_be_had_is_a_failure() {
    let mut lab = Formation::new();
    lab.create("shop", &machine(&json!({"config": config()}), " --configsets none"));
    assert_eq!(lab.settle("shop"), "ROLLBACK_COMPLETE");
    let why = lab.reason("shop", "Machine", "CREATE_FAILED");
    assert!(why.starts_with("Failed to receive 1 resource signal(s) for the current batch."), "{why}");
}
