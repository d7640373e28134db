use serde_json::json;

use super::{parsed, properties, pseudo, refused, values};
use crate::services::cloudformation::template::{Policy, Template};

const TRANSFORM: &str = "Transform: AWS::LanguageExtensions\n";

fn expanded(body: &str, given: &[(&str, &str)]) -> Result<Template, String> {
    let template = parsed(&format!("{TRANSFORM}{body}"));
    let values = values(&template, given);
    template.expanded(&values, &pseudo()).map_err(|fault| fault.message)
}

#[test]
fn loops_over_resources_and_outputs() {
    let body = "
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a-1,b'}}
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - 'Topic&{Name}':
        Type: T
        Properties:
          Display: !Sub 'x-${Name}-${AWS::Region}'
          Name: !Ref Name
          Plain: '${Name} &{Name}'
          Own: !Sub ['${Name}', {Name: mine}]
          '${Name}': key
      'Queue&{Name}': {Type: T, Properties: {Topic: !GetAtt [!Sub 'Topic${Short}', Arn]}}
  Last: {Type: T}
Outputs:
  Fn::ForEach::Out:
    - X
    - [a1, b]
    - Fn::ForEach::Inner:
        - Y
        - [Arn, Name]
        - 'Topic${X}${Y}': {Value: !GetAtt [!Sub 'Topic${X}', !Ref Y]}
";
    let body = body.replace("${Short}", "a1");
    let template = expanded(&body, &[]).unwrap();
    let ids: Vec<&str> = template.resources.keys().map(String::as_str).collect();
    assert_eq!(ids, ["Last", "Queuea1", "Queueb", "Topica1", "Topicb"]);
    assert_eq!(
        template.resources["Topica1"].properties,
        json!({"Display": {"Fn::Sub": "x-a-1-${AWS::Region}"}, "Name": "a-1", "Plain": "${Name} &{Name}",
            "Own": {"Fn::Sub": ["${Name}", {"Name": "mine"}]}, "${Name}": "key"})
    );
    assert_eq!(template.outputs["Topica1Arn"].value, json!({"Fn::GetAtt": ["Topica1", "Arn"]}));
    assert_eq!(template.outputs.len(), 4);
    assert!(template.document.get("Transform").is_none());
    let conditions = template.decide_conditions(&values(&template, &[]), &pseudo()).unwrap();
    assert_eq!(template.graph(&conditions).unwrap().needed_by("Topica1"), ["Queuea1", "Queueb"]);
    assert_eq!(
        expanded(&body, &[("Names", "a1")]).unwrap_err().as_str(),
        "Template error: instance of Fn::GetAtt references undefined resource Topicb"
    );
}

#[test]
fn loops_over_conditions_and_properties() {
    let template = expanded(
        "Parameters: {P: {Type: String, Default: a}}\nConditions:\n  Fn::ForEach::C:\n    - X\n    - [a, b]\n    - 'Is${X}': !Equals [!Ref P, !Ref X]\n\
         Resources:\n  A:\n    Type: T\n    Properties:\n      Tags:\n        Fn::ForEach::T:\n          - X\n          - !FindInMap [M, k, l]\n          - 'Tag${X}': !Ref X\n\
         Mappings: {M: {k: {l: [p, q]}}}\n",
        &[],
    )
    .unwrap();
    assert_eq!(template.resources["A"].properties, json!({"Tags": {"Tagp": "p", "Tagq": "q"}}));
    let decided = template.decide_conditions(&values(&template, &[]), &pseudo()).unwrap();
    assert_eq!((decided["Isa"], decided["Isb"]), (true, false));
}

#[test]
fn more_functions() {
    let body = format!(
        "{TRANSFORM}Parameters: {{L: {{Type: CommaDelimitedList, Default: 'a,b,c'}}, Keep: {{Type: String, Default: Retain}}}}\n\
         Mappings: {{M: {{k: {{v: x}}}}}}\nResources:\n  Other: {{Type: T, DeletionPolicy: !Ref Keep}}\n  It:\n    Type: T\n    Properties:\n      \
         N: {{Fn::Length: !Ref L}}\n      J: {{Fn::ToJsonString: {{a: !Ref Other, b: [1, true, !Ref AWS::NoValue]}}}}\n      \
         D: !FindInMap [M, nope, v, {{DefaultValue: !Sub '${{AWS::Region}}'}}]\n      R: !Ref {{'Fn::Sub': 'Ot${{H}}'}}\n"
    )
    .replace("Ot${H}", "Other");
    assert_eq!(
        properties(&body, "It", &[]).unwrap(),
        json!({"N": 3, "J": "{\"a\":\"Other-id\",\"b\":[1,true]}", "D": "eu-west-1", "R": "Other-id"})
    );
    let template = parsed(&body);
    let template = template.expanded(&values(&template, &[]), &pseudo()).unwrap();
    assert_eq!(template.resources["Other"].deletion_policy, Some(Policy::Retain));
}

#[test]
fn without_the_transform() {
    let property =
        |value: &str| refused(&format!("Resources:\n  A: {{Type: T, Properties: {{P: {value}}}}}\n"));
    assert!(
        property("{'Fn::Length': [a]}")
            .starts_with("Template Error: Encountered unsupported function: Fn::Length")
    );
    assert!(property("{'Fn::ToJsonString': {}}").contains("unsupported function: Fn::ToJsonString"));
    assert!(property("{'Fn::ForEach::X': [a, [b], {}]}").contains("unsupported function: Fn::ForEach::X"));
    assert_eq!(
        refused("Resources:\n  Fn::ForEach::X: [a, [b], {}]\n"),
        "Template format error: Resource name Fn::ForEach::X is non alphanumeric."
    );
    assert!(
        refused("Resources:\n  A: {Type: T, DeletionPolicy: !Ref AWS::Region}\n")
            .contains("must be a string")
    );
}

#[test]
fn loops_that_cannot_be() {
    let say = |each: &str| {
        expanded(&format!("Resources:\n  A: {{Type: T}}\n  Fn::ForEach::X: {each}\n"), &[]).unwrap_err()
    };
    assert_eq!(
        say("[N, [a, b], {Same: {Type: T}}]"),
        "Transform AWS::LanguageExtensions failed with: Duplicate key 'Same' when merging keys to parent object in Fn::ForEach"
    );
    // A loop may stand before or after what it collides with.
    assert!(say("[N, [a], {A: {Type: T}}]").contains("Duplicate key 'A'"));
    assert!(say("[N, [a], {Z: {Type: T}}]\n  Z: {Type: T}").contains("Duplicate key 'Z'"));
    assert!(
        say("[N, [a], {'B${N}': {Type: T, Properties: {P: !If [!Sub 'C${N}', 1, 2]}}}]")
            .ends_with("failed with: Fn::If layout is incorrect.")
    );
    assert!(say("[N, [a]]").contains("Fn::ForEach::X layout is incorrect"));
    assert!(say("[N, !GetAtt A.List, {'B${N}': {Type: T}}]").contains("Cannot reference resources"));
    assert!(say("[N, [a], {Fn::ForEach::Y: [N, [b], {}]}]").contains("uses the identifier N"));
    assert!(say("[N, [a.b], {'B${N}': {Type: T}}]").contains("Resource name Ba.b is non alphanumeric"));
    // Ten loops of ten in each other, of nothing.
    let mut each = "{}".to_owned();
    for at in 0..10 {
        each = format!("{{Fn::ForEach::L{at}: [N{at}, [1,2,3,4,5,6,7,8,9,0], {each}]}}");
    }
    assert!(say(&format!("[N, [a], {each}]")).contains("may not exceed 1000000 bytes"));
}
