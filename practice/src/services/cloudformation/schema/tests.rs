use serde_json::json;

use super::node::{Additional, Node, Pattern};
use super::*;

#[test]
fn every_type_is_read_and_every_pattern_that_does_not_look_around() {
    fn patterns<'n>(node: &'n Node, found: &mut Vec<&'n Pattern>) {
        found.extend(&node.pattern);
        found.extend(node.pattern_properties.0.iter().map(|(pattern, _)| pattern));
        let inner = node.properties.values().chain(node.pattern_properties.0.iter().map(|(_, inner)| inner));
        let choices = node.one_of.iter().chain(&node.any_of).chain(&node.all_of);
        let more = match &node.additional_properties {
            Additional::Are(inner) => Some(inner.as_ref()),
            Additional::Allowed(_) => None,
        };
        for inner in inner.chain(choices).chain(node.items.as_deref()).chain(more) {
            patterns(inner, found);
        }
    }
    assert!(types().count() > 75);
    for name in types() {
        let schema = of(name).unwrap_or_else(|| panic!("{name} is not read"));
        assert_eq!(schema.type_name(), name);
        let mut found = Vec::new();
        schema.definitions.values().chain([&schema.root]).for_each(|node| patterns(node, &mut found));
        for pattern in found {
            let around = ["(?=", "(?!", "(?<"].iter().any(|sign| pattern.text.contains(sign));
            assert_eq!(pattern.is_read(), !around, "{name}: {}", pattern.text);
        }
    }
}

#[test]
fn texts_become_what_the_type_wants_and_numbers_texts() {
    let group = of("AWS::ElasticLoadBalancingV2::TargetGroup").unwrap();
    let asked = json!({"Port": "80", "HealthCheckEnabled": "true", "HealthCheckPort": 8080, "Name": true,
        "Tags": [{"Key": "n", "Value": 1}]});
    let is = json!({"Port": 80, "HealthCheckEnabled": true, "HealthCheckPort": "8080", "Name": "true",
        "Tags": [{"Key": "n", "Value": "1"}]});
    assert_eq!(group.check("Group", &asked), Ok(is));
}

#[test]
fn what_does_not_fit_is_told_in_cloudformations_words() {
    let wrong = |name: &str, properties| of(name).unwrap().check("It", &properties).unwrap_err();
    let told = |what: &str| format!("Properties validation failed for resource It with message:\n[{what}]");
    assert_eq!(
        wrong("AWS::ECS::Cluster", json!({"ClusterNmae": "x"})),
        told("#: extraneous key [ClusterNmae] is not permitted")
    );
    assert_eq!(
        wrong("AWS::EC2::SecurityGroup", json!({})),
        told("#: required key [GroupDescription] not found")
    );
    assert_eq!(
        wrong("AWS::EC2::VPC", json!({"CidrBlock": ["10.0.0.0/16"], "VpcId": "vpc-1"})),
        told(
            "#/CidrBlock: expected type: String, found: JSONArray, #: extraneous key [VpcId] is not permitted"
        )
    );
    assert_eq!(
        wrong("AWS::ECS::Service", json!({"DesiredCount": "three", "LaunchType": "EC3"})),
        told(
            "#/DesiredCount: expected type: Integer, found: String, #/LaunchType: EC3 is not a valid enum value"
        )
    );
    assert_eq!(
        wrong("AWS::ElasticLoadBalancingV2::TargetGroup", json!({"Port": 0, "Tags": [{"Key": "a"}]})),
        told("#/Port: 0 is not greater or equal to 1, #/Tags/0: required key [Value] not found")
    );
    let role = wrong("AWS::IAM::Role", json!({"AssumeRolePolicyDocument": {}, "RoleName": "a b"}));
    assert_eq!(role, told(r"#/RoleName: string [a b] does not match pattern ^[\w+=,.@-]+$"));
    let policy = wrong("AWS::IAM::Policy", json!({"PolicyName": "p", "PolicyDocument": {}}));
    assert_eq!(policy, told("#: #: no subschema matched out of the total 3 subschemas"));
}

#[test]
fn replacement_is_as_the_types_page_says() {
    let vpc = of("AWS::EC2::VPC").unwrap();
    assert_eq!(vpc.replaces("CidrBlock"), Replacement::Always);
    assert_eq!(vpc.replaces("InstanceTenancy"), Replacement::Conditionally);
    assert_eq!(vpc.replaces("EnableDnsSupport"), Replacement::Never);
    let provider = of("AWS::ECS::CapacityProvider").unwrap();
    assert_eq!(provider.replaces("AutoScalingGroupProvider/AutoScalingGroupArn"), Replacement::Always);
    assert_eq!(provider.replaces("AutoScalingGroupProvider/ManagedDraining"), Replacement::Never);
    let before =
        json!({"AutoScalingGroupProvider": {"AutoScalingGroupArn": "a", "ManagedDraining": "ENABLED"}});
    let drained = json!({"AutoScalingGroupProvider": {"AutoScalingGroupArn": "a"}, "Tags": []});
    let property = "AutoScalingGroupProvider".to_owned();
    assert_eq!(
        provider.changes(&before, &drained),
        [
            Change { property: property.clone(), replacement: Replacement::Never },
            Change { property: "Tags".to_owned(), replacement: Replacement::Never }
        ]
    );
    let other = json!({"AutoScalingGroupProvider": {"AutoScalingGroupArn": "b"}});
    let replacement = Replacement::Always;
    assert_eq!(provider.changes(&before, &other), [Change { property, replacement }]);
}

#[test]
fn attributes_and_properties() {
    let instance = of("AWS::RDS::DBInstance").unwrap();
    assert!(instance.attributes().contains("Endpoint.Address"));
    let vpc = of("AWS::EC2::VPC").unwrap();
    assert!(
        vpc.attributes().contains("DefaultSecurityGroup") && vpc.properties().all(|name| name != "VpcId")
    );
    assert_eq!(vpc.primary_identifier().collect::<Vec<_>>(), ["VpcId"]);
    assert!(of("AWS::EC2::Volume").is_none());
}
