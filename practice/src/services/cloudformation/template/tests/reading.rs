use std::sync::Arc;

use serde_json::json;

use super::{BUCKET, parsed, pseudo, refused, value};
use crate::services::cloudformation::template::{Template, Values};

fn tree(properties: &str) -> serde_json::Value {
    let body = format!("Resources:\n  Db: {{Type: T}}\n  It:\n    Type: T\n    Properties:\n{properties}\n");
    parsed(&body).resources["It"].properties.clone()
}

#[test]
fn yaml_and_json_are_one_template() {
    let yaml = parsed(
        "Description: d\nResources:\n  A:\n    Type: AWS::ECS::Cluster\n    Properties: {ClusterName: c}\n",
    );
    let json = parsed(
        r#"{"Description": "d", "Resources": {"A": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "c"}}}}"#,
    );
    assert_eq!(yaml, json);
    assert_eq!(yaml.resource_types(), ["AWS::ECS::Cluster"]);
}

#[test]
fn short_forms_are_long_forms() {
    let got = tree(
        "      A: !Ref AWS::Region\n      B: !GetAtt Db.Endpoint.Address\n      C: !Join ['-', [!Ref AWS::StackName, 'x']]\n\
         \x20     D: !Sub\n        - '${X}'\n        - {X: !GetAZs ''}\n      E:\n        Fn::Base64: !Sub |\n          #!/bin/bash\n\
         \x20     F: !GetAtt [Db, Arn]\n      G: !Select\n        - 0\n        - Fn::Split: [',', 'a,b']\n      H: !Ref 'AWS::AccountId'\n",
    );
    assert_eq!(
        got,
        json!({"A": {"Ref": "AWS::Region"}, "B": {"Fn::GetAtt": ["Db", "Endpoint.Address"]},
            "C": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, "x"]]},
            "D": {"Fn::Sub": ["${X}", {"X": {"Fn::GetAZs": ""}}]},
            "E": {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\n"}}, "F": {"Fn::GetAtt": ["Db", "Arn"]},
            "G": {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}, "H": {"Ref": "AWS::AccountId"}})
    );
}

#[test]
fn plain_texts_are_read_as_cloudformation_reads_them() {
    let got = tree(
        "      A: yes\n      B: 'yes'\n      C: 0755\n      D: 1.10\n      E: 2012-10-17\n      F: 012345678901\n      G: 80\n\
         \x20     H: 1.5\n      I: y\n      J: 1e3\n      K: 22:22\n      L: !!str 80\n      M: \"80\"\n      N: 0x1F\n      O: -1\n      P: Off\n",
    );
    assert_eq!(
        got,
        json!({"A": true, "B": "yes", "C": 493, "D": "1.10", "E": "2012-10-17", "F": "012345678901", "G": 80, "H": 1.5,
            "I": "y", "J": "1e3", "K": "22:22", "L": "80", "M": "80", "N": 31, "O": -1, "P": false})
    );
    assert_eq!(value("!Sub 80").unwrap(), json!("80"));
    // A key is read as a value is.
    assert!(parsed("Resources:\n  Yes: {Type: T}\n").resources.contains_key("true"));
}

#[test]
fn what_is_not_well_formed_names_its_place() {
    assert_eq!(
        refused("Resources:\n  A:\n    Type: T\n   Properties: x\n"),
        "Template format error: YAML not well-formed. (line 4, column 4)"
    );
    assert_eq!(
        refused("{\n  \"Resources\": {,}\n}"),
        "Template format error: JSON not well-formed. (line 2, column 17)"
    );
    assert_eq!(refused("file://template.yaml"), "Template format error: unsupported structure.");
    assert_eq!(refused("[1]"), "Template format error: unsupported structure.");
    assert_eq!(refused(""), "Template format error: unsupported structure.");
}

#[test]
fn what_yaml_has_and_cloudformation_has_not() {
    let aliases = "Template error: YAML aliases are not allowed in CloudFormation templates";
    assert_eq!(refused(&format!("Metadata: {{a: &x 1, b: *x}}{BUCKET}")), aliases);
    assert!(refused(&format!("Metadata: {{<<: {{a: 1}}}}{BUCKET}")).contains("merge keys"));
    assert!(refused(&format!("Metadata: {{a: !!set {{}}}}{BUCKET}")).contains("!!set (line 1, column 15)"));
    assert!(refused(&format!("Metadata: {{a: !Reff b}}{BUCKET}")).contains("!Reff"));
    assert!(
        refused(&format!("Metadata: {{a: 1, a: 2}}{BUCKET}")).contains("Duplicate key a (line 1, column 18)")
    );
    assert!(
        refused("{\"Resources\": {}, \"Resources\": {}}").contains("Duplicate key Resources (line 1, column")
    );
    assert!(refused(&format!("{BUCKET}\n---\na: 1\n")).contains("not well-formed"));
    assert!(
        refused("Resources:\n  A: {Type: T, Properties: {x: !Base64 !Sub y}}").contains("not well-formed")
    );
    // An anchor that nothing refers to is no harm.
    parsed(&format!("Metadata: {{a: &x 1}}{BUCKET}"));
}

#[test]
fn nulls_are_named() {
    assert_eq!(
        refused(&format!("Outputs:{BUCKET}")),
        "[/Outputs] 'null' values are not allowed in templates"
    );
    assert_eq!(
        refused("Resources:\n  A:\n    Type: T\n    DependsOn: [~]\n"),
        "[/Resources/A/DependsOn/0] 'null' values are not allowed in templates"
    );
    assert_eq!(
        refused("Resources:\n  A:\n    Type: T\n    Properties:\n      B:\n        C:\n"),
        "[/Resources/A/Type/B/C] 'null' values are not allowed in templates"
    );
    assert_eq!(
        refused(r#"{"Resources": {"A": {"Type": "T", "Properties": null}}}"#),
        "[/Resources/A/Properties] 'null' values are not allowed in templates"
    );
}

#[test]
fn size_and_depth_are_bounded() {
    assert_eq!(refused(&"x".repeat(1_000_001)), "Template may not exceed 1000000 bytes in size.");
    let deep = |open: &str, close: &str| {
        format!("Metadata: {{a: {}{}}}{BUCKET}", open.repeat(200), close.repeat(200))
    };
    assert!(refused(&deep("[", "]")).contains("nested deeper than 64"));
    assert!(
        refused(&format!("{{\"Metadata\": {}1{}}}", "[".repeat(200), "]".repeat(200)))
            .contains("nested deeper")
    );
    assert!(
        refused(&format!("{{\"Metadata\": [{}1]}}", "1,".repeat(250_000)))
            .contains("more than 200000 values")
    );
    assert!(refused(&format!("Metadata: [{}1]", "1,".repeat(250_000))).contains("more than 200000 values"));
}

#[test]
fn what_was_read_lately_is_not_read_again() {
    let body = format!("Description: remembered{BUCKET}");
    let first = Template::shared(&body).unwrap();
    assert_eq!(*first, parsed(&body));
    let again = |_| {
        let again = Template::shared(&body).unwrap().processed(&Values::default(), &pseudo()).unwrap();
        Arc::ptr_eq(&again, &Template::shared(&body).unwrap())
    };
    // Other tests read templates at the same time.
    assert!((0..100).any(again));
    for at in 0..40 {
        Template::shared(&format!("Description: other {at}{BUCKET}")).unwrap();
    }
    assert!(!Arc::ptr_eq(&first, &Template::shared(&body).unwrap()));
    assert!(Template::shared("[]").is_err());
}
