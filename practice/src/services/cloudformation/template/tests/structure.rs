use super::{BUCKET, parsed, refused};
use crate::services::cloudformation::template::Policy;

fn with(section: &str) -> String {
    refused(&format!("{section}{BUCKET}"))
}

fn resource(attributes: &str) -> String {
    refused(&format!("Resources:\n  A: {{{attributes}}}\n"))
}

#[test]
fn sections() {
    assert_eq!(with("Foo: 1\nBar: 2"), "Invalid template property or properties [Foo, Bar]");
    assert_eq!(
        refused("Parameters: {}"),
        "Template format error: At least one Resources member must be defined."
    );
    assert_eq!(
        refused("Resources: {}"),
        "Template format error: At least one Resources member must be defined."
    );
    assert_eq!(
        with("AWSTemplateFormatVersion: 2012-01-01"),
        "Template format error: 2012-01-01 is not a supported value for AWSTemplateFormatVersion."
    );
    parsed(&format!("AWSTemplateFormatVersion: 2010-09-09{BUCKET}"));
    let long = "x".repeat(1_025);
    assert_eq!(
        with(&format!("Description: {long}")),
        "Template format error: 'Description' length is greater than 1024."
    );
    assert_eq!(
        with("Parameters: {Bucket: {Type: String}}"),
        "Template format error: Logical name Bucket is that of a parameter and of a resource."
    );
    assert!(
        with("Transform: AWS::Serverless-2016-10-31")
            .starts_with("Transform AWS::Serverless-2016-10-31 is not")
    );
    assert_eq!(with("Transform: [Mine]"), "No transform named Mine found.");
    assert!(with("Transform: {Name: 'AWS::Include', Parameters: {Location: x}}").contains("AWS::Include"));
}

#[test]
fn resources() {
    assert_eq!(
        refused("Resources:\n  foo-bar: {Type: T}\n"),
        "Template format error: Resource name foo-bar is non alphanumeric."
    );
    assert_eq!(
        resource("Properties: {}"),
        "Template format error: [/Resources/A] Every Resources object must contain a Type member."
    );
    assert_eq!(
        refused("Resources:\n  A: [1]\n"),
        "Template format error: [/Resources/A] resource definition is malformed"
    );
    assert_eq!(resource("Type: T, CidrBlock: x"), "Invalid template resource property 'CidrBlock'");
    assert_eq!(resource("Type: T, Condition: Nope"), "Template format error: Condition Nope is not defined.");
    assert_eq!(
        resource("Type: T, DependsOn: [B, C]"),
        "Template format error: Unresolved resource dependencies [B, C] in the Resources block of the template"
    );
    assert!(resource("Type: T, DependsOn: 1").contains("DependsOn must be a string or list of strings"));
    assert_eq!(
        resource("Type: T, DeletionPolicy: Keep"),
        "Template format error: Unrecognized DeletionPolicy Keep for resource A"
    );
    assert_eq!(
        resource("Type: 'AWS::S3::Bucket', DeletionPolicy: Snapshot"),
        "Template error: resource type AWS::S3::Bucket does not support deletion policy Snapshot"
    );
    assert!(
        resource("Type: T, UpdateReplacePolicy: RetainExceptOnCreate")
            .contains("Unrecognized UpdateReplacePolicy")
    );
    let policy = |attribute: &str| resource(&format!("Type: T, {attribute}"));
    assert_eq!(
        policy("CreationPolicy: {ResourceSignals: {Count: 1}}"),
        "Template format error: [/Resources/A/CreationPolicy] Encountered unsupported property ResourceSignals"
    );
    assert_eq!(
        policy("UpdatePolicy: {AutoScalingRollingUpdate: {MinInstanceInService: 1}}"),
        "Template format error: [/Resources/A/UpdatePolicy/AutoScalingRollingUpdate] Encountered unsupported property \
         MinInstanceInService"
    );
    assert!(policy("CreationPolicy: x").contains("Any CreationPolicy member must be an object."));
    parsed(
        "Resources:\n  A: {Type: T, UpdatePolicy: {AutoScalingReplacingUpdate: {WillReplace: !Ref 'AWS::Region'}}}\n",
    );
    parsed(
        "Resources:\n  A: {Type: T, CreationPolicy: {ResourceSignal: !If [C, {Count: 1}, {Count: 2}]}}\nConditions: {C: !Equals [a, b]}\n",
    );
    let one = parsed(
        "Resources:\n  A: {Type: 'AWS::RDS::DBInstance', DeletionPolicy: Snapshot, UpdateReplacePolicy: Retain, \
         DependsOn: B, CreationPolicy: {ResourceSignal: {Count: 2}}}\n  B: {Type: T, DeletionPolicy: RetainExceptOnCreate}\n",
    );
    let a = &one.resources["A"];
    assert_eq!((a.deletion_policy, a.update_replace_policy), (Some(Policy::Snapshot), Some(Policy::Retain)));
    assert_eq!((a.depends_on.as_slice(), a.creation_policy.is_object()), (&["B".to_owned()][..], true));
    assert_eq!(one.resources["B"].deletion_policy, Some(Policy::RetainExceptOnCreate));
}

#[test]
fn quotas() {
    let many = |count: usize, member: &str| -> String {
        (0..count).fold(String::new(), |all, at| format!("{all}  N{at}: {member}\n"))
    };
    assert_eq!(
        refused(&format!("Resources:\n{}", many(501, "{Type: T}"))),
        "Template format error: Number of resources, 501, is greater than maximum allowed, 500"
    );
    parsed(&format!("Resources:\n{}", many(500, "{Type: T}")));
    assert_eq!(
        with(&format!("Parameters:\n{}", many(201, "{Type: String}"))),
        "Template format error: Number of parameters, 201, is greater than maximum allowed, 200"
    );
    assert!(with(&format!("Outputs:\n{}", many(201, "{Value: x}"))).contains("Number of outputs, 201"));
    assert!(with(&format!("Mappings:\n{}", many(201, "{a: {b: c}}"))).contains("Number of mappings, 201"));
    assert!(
        with(&format!("Mappings:\n  M:\n{}", many(201, "{a: b}").replace("  N", "    N")))
            .contains("attributes of mapping M")
    );
    let long = "a".repeat(256);
    assert!(with(&format!("Outputs:\n  {long}: {{Value: x}}")).contains("longer than the maximum allowed"));
}

#[test]
fn outputs() {
    assert_eq!(
        with("Outputs: {a-b: {Value: x}}"),
        "Template format error: Output name a-b is non alphanumeric."
    );
    assert_eq!(
        with("Outputs: {A: {Value: x, Count: 1}}"),
        "Template format error: Invalid outputs property : [Count]"
    );
    assert_eq!(
        with("Outputs: {A: {Description: x}}"),
        "Template format error: Every Outputs member must contain a Value object"
    );
    assert_eq!(
        with("Outputs: {A: {Value: !Ref Nope}}"),
        "Template format error: Unresolved resource dependencies [Nope] in the Outputs block of the template"
    );
    assert!(
        with("Outputs: {A: {Value: x, Export: {Name: 'a b'}}}")
            .starts_with("Template format error: Output A is malformed. The Name")
    );
    assert_eq!(
        with("Outputs: {A: {Value: x, Export: {Name: !Sub '${AWS::StackName}-${Bucket}'}}}"),
        "Template format error: Output A is malformed.  The Name field of Export must not depend on any resources, \
         imported values, or Fn::GetAZs."
    );
}

#[test]
fn mappings() {
    assert_eq!(
        with("Mappings: {M: {key: {us-east-1: a}}}"),
        "Template format error: Mappings attribute name 'us-east-1' must contain only alphanumeric characters."
    );
    assert_eq!(
        with("Mappings: {M: {key: {a: {b: c}}}}"),
        "Template format error: Every Mappings attribute must be a String or a List."
    );
    assert!(with("Mappings: {M: {key: a}}").contains("[/Mappings/M]"));
    assert!(with("Mappings: {m_m: {key: {a: b}}}").contains("Mapping name m_m is non alphanumeric"));
    parsed(&format!("Mappings: {{M: {{us-east-1: {{a: [b, 1]}}}}}}{BUCKET}"));
}

#[test]
fn conditions() {
    let say = |expression: &str| with(&format!("Conditions: {{C: {expression}}}"));
    assert_eq!(
        say("true"),
        "Template format error: Conditions can only be boolean operations on parameters and other conditions"
    );
    assert_eq!(
        say("!Equals [!Ref Bucket, x]"),
        "Template format error: Unresolved dependencies [Bucket]. Cannot reference resources in the Conditions block of \
         the template"
    );
    assert_eq!(
        say("!Equals [!ImportValue x, x]"),
        "Template error: Cannot use Fn::ImportValue in Conditions"
    );
    assert_eq!(
        say("!Not [!Condition Nope]"),
        "Template error: unresolved condition dependency Nope in Fn::Not"
    );
    assert_eq!(
        say("!And [!Equals [a, a]]"),
        "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters."
    );
    let eleven = ["!Equals [a, a]"; 11].join(", ");
    assert!(say(&format!("!Or [{eleven}]")).contains("at least 2 and at most 10"));
    assert!(say("!Equals [a]").contains("every Fn::Equals object requires a list of 2 string parameters."));
    assert!(say("!Or [a, b]").contains("every Fn::Or object requires"));
    assert!(say("!Contains [[a], b]").contains("Fn::Contains can only be used in Rules"));
    assert_eq!(say("!Not [!Condition C]"), "Circular dependency between conditions: [C]");
    assert_eq!(
        with(
            "Conditions:\n  A: !Not [!Condition B]\n  B: !Or [!Condition A, !Equals [a, b]]\n  D: !Not [!Condition A]"
        ),
        "Circular dependency between conditions: [A, B]"
    );
}

#[test]
fn references_that_lead_nowhere() {
    let property = |value: &str| resource(&format!("Type: T, Properties: {{P: {value}}}"));
    assert_eq!(
        property("[!Ref Nope, !Sub '${AWS::Region} ${No}']"),
        "Template format error: Unresolved resource dependencies [No, Nope] in the Resources block of the template"
    );
    assert_eq!(
        property("!GetAtt Nope.Arn"),
        "Template error: instance of Fn::GetAtt references undefined resource Nope"
    );
    assert_eq!(
        property("!Sub '${Nope.Arn}'"),
        "Template error: instance of Fn::Sub references invalid resource attribute Nope.Arn"
    );
    assert_eq!(
        property("!If [Nope, 1, 2]"),
        "Template error: unresolved condition dependency Nope in Fn::If"
    );
    assert_eq!(
        property("!FindInMap [Nope, a, b]"),
        "Template error: Mapping named 'Nope' is not present in the 'Mappings' section of template."
    );
    assert_eq!(property("!Ref A"), "Circular dependency between resources: [A]");
    // A branch is looked into even when it is never taken.
    let body = "Conditions: {C: !Equals [a, b]}\nResources:\n  A: {Type: T, Properties: {P: !If [C, !Ref Nope, x]}}\n";
    assert!(refused(body).contains("[Nope] in the Resources block"));
    let circle = "Resources:\n  A: {Type: T, DependsOn: B}\n  B: {Type: T, Properties: {P: !Sub '${C.X}'}}\n  \
        C: {Type: T, Metadata: {M: !GetAtt A.Arn}}\n  D: {Type: T, DependsOn: C}\n  E: {Type: T}\n";
    assert_eq!(refused(circle), "Circular dependency between resources: [A, B, C]");
}
