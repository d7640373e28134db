use serde_json::{Value, json};

use super::{Fake, parsed, properties, pseudo, value, values, why};
use crate::services::cloudformation::template::{KNOWN_AFTER_APPLY, Referred, Scope};

fn is(expression: &str, expected: &Value) {
    assert_eq!(
        value(expression).unwrap_or_else(|fault| panic!("{expression}: {fault}")),
        *expected,
        "{expression}"
    );
}

#[test]
fn references() {
    is("!Ref Web", &json!("Web-id"));
    is("!Ref Names", &json!(["x", "y", "z"]));
    is("!Ref Two", &json!("2"));
    is("!Ref AWS::AccountId", &json!("123456789012"));
    is("!Ref AWS::Region", &json!("eu-west-1"));
    is("!Ref AWS::StackName", &json!("demo"));
    is("!Ref AWS::Partition", &json!("aws"));
    is("!Ref AWS::URLSuffix", &json!("amazonaws.com"));
    is("!Ref AWS::NotificationARNs", &json!(["arn:aws:sns:eu-west-1:123456789012:topic"]));
    is("{A: !Ref AWS::NoValue, B: [1, !Ref AWS::NoValue, 2]}", &json!({"B": [1, 2]}));
    is("!Ref AWS::NoValue", &Value::Null);
    is("!GetAtt Web.Endpoint.Address", &json!("Web/Endpoint.Address"));
    is("{'Fn::GetAtt': [Web, !Ref Two]}", &json!("Web/2"));
    is("{'Fn::GetAtt': Web.Arn}", &json!("Web/Arn"));
    assert_eq!(why("!Ref [a]"), "Template error: every Ref object must have a single String value.");
    assert!(why("!GetAtt Web").contains("if specifying one argument to Fn::GetAtt"));
    assert!(why("!GetAtt [Web, '']").contains("requires two non-empty parameters"));
}

#[test]
fn texts() {
    is("!Join ['-', [a, 1, !Ref Web, true]]", &json!("a-1-Web-id-true"));
    is("!Join ['', !Ref Names]", &json!("xyz"));
    is(
        "!Sub 'a ${AWS::Region} ${Web} ${Web.Arn} ${!Raw} $x ${Two}'",
        &json!("a eu-west-1 Web-id Web/Arn ${Raw} $x 2"),
    );
    is("!Sub ['${A}${ Web }', {A: !Join [',', !Ref Names], Web: own}]", &json!("x,y,zown"));
    is("!Split [',', 'a,,b']", &json!(["a", "", "b"]));
    is("!Select [1, !Ref Names]", &json!("y"));
    is("!Select ['0', !Split ['/', 'p/q']]", &json!("p"));
    is("!Select [!Ref Two, [a, b, !Ref Web]]", &json!("Web-id"));
    is("!Base64 hello", &json!("aGVsbG8="));
    is("{'Fn::Base64': !Sub 'x${Two}'}", &json!("eDI="));
    is("!ImportValue net-Vpc", &json!("imported net-Vpc"));
    is("{'Fn::ImportValue': !Sub '${AWS::StackName}-Vpc'}", &json!("imported demo-Vpc"));
    is("!GetAZs ''", &json!(["eu-west-1a", "eu-west-1b"]));
    is("!GetAZs us-east-1", &json!(["us-east-1a", "us-east-1b"]));
    is("!Select [0, !GetAZs {Ref: 'AWS::Region'}]", &json!("eu-west-1a"));
    assert_eq!(
        why("!Select [3, !Ref Names]"),
        "Template error: Fn::Select  cannot select nonexistent value at index 3"
    );
    assert!(why("!Select [-1, !Ref Names]").contains("nonexistent value at index -1"));
    assert!(why("!Select [x, !Ref Names]").contains("an integer index and a list"));
    assert!(why("!Join ['-', a]").contains("every Fn::Join object requires two parameters"));
    assert!(why("!Join ['-', !Ref Web]").contains("every Fn::Join object requires two parameters"));
    assert!(why("!Split ['', a]").contains("every Fn::Split object requires two parameters"));
    assert!(why("!Sub '${a-b}'").contains("variable names in Fn::Sub syntax must contain only"));
    assert!(why("!Sub [a, b]").contains("don't specify expected arguments"));
    assert!(why("!Sub '${Names}'").contains("must be a string"));
    assert_eq!(
        why("!ImportValue [a]"),
        "Template error: the attribute in Fn::ImportValue must be a string or a function that returns a string"
    );
    assert!(why("!ImportValue {Ref: Web}").contains("must not depend on any resources"));
    assert!(why("{'Fn::Transform': {Name: x}, Other: 1}").contains("Fn::Transform is not supported"));
    assert!(
        why("{'Fn::ForEach::X': [a, [b], {}], Other: 1}").contains("unsupported function: Fn::ForEach::X")
    );
    assert!(why("{'Fn::Transform': {Name: x}}").contains("Fn::Transform is not supported"));
    assert!(why("{'Fn::Foo': 1}").starts_with(
        "Template Error: Encountered unsupported function: Fn::Foo Supported functions are: [Fn::Base64, Fn::GetAtt"
    ));
    assert!(why("!Equals [a, b]").contains("Fn::Equals can only be used in Conditions and Rules"));
    // More than a function's name: an ordinary object, which the resource's schema will judge.
    is("{Ref: Web, Other: 1}", &json!({"Ref": "Web", "Other": 1}));
}

#[test]
fn maps_and_branches() {
    is("!FindInMap [Map, !Ref AWS::Region, One]", &json!(1));
    is("!FindInMap [Map, eu-west-1, List]", &json!(["p", "q"]));
    is("!If [On1, a, b]", &json!("a"));
    is("!If [Off1, a, !If [On1, {X: !Ref Web}, c]]", &json!({"X": "Web-id"}));
    is("[!If [Off1, a, !Ref AWS::NoValue], b]", &json!(["b"]));
    assert_eq!(
        why("!FindInMap [Map, us-east-1, One]"),
        "Template error: Unable to get mapping for Map::us-east-1::One"
    );
    assert_eq!(
        why("!FindInMap [!Select [0, !Ref Names], a, b]"),
        "Template error: Mapping named 'x' is not present in the 'Mappings' section of template."
    );
    assert!(why("!FindInMap [Map, a]").contains("requires three parameters, the map name, map key"));
    assert!(why("!FindInMap [Map, a, b, {DefaultValue: 1}]").contains("requires three parameters"));
    assert_eq!(why("!If [On1, a]"), "Template error: Fn::If requires a list argument with three elements");
}

#[test]
fn cidr_blocks() {
    is(
        "!Cidr ['192.168.0.0/24', 6, 5]",
        &json!([
            "192.168.0.0/27",
            "192.168.0.32/27",
            "192.168.0.64/27",
            "192.168.0.96/27",
            "192.168.0.128/27",
            "192.168.0.160/27"
        ]),
    );
    is("!Select [3, !Cidr [10.7.0.0/16, '256', '8']]", &json!("10.7.3.0/24"));
    is("!Cidr [10.0.0.77/24, 1, 8]", &json!(["10.0.0.0/24"]));
    is("!Select [1, !Cidr ['2001:db8:1:2::/56', 256, 64]]", &json!("2001:db8:1:1::/64"));
    is("!Cidr [0.0.0.0/0, 1, 1]", &json!(["0.0.0.0/31"]));
    assert!(why("!Cidr [10.0.0.0/24, 9, 5]").contains("there are 8"));
    assert!(why("!Cidr [10.0.0.0/24, 1, 9]").contains("there are 0"));
    assert!(why("!Cidr [10.0.0.0/24, 257, 1]").contains("between 1 and 256"));
    assert!(why("!Cidr [10.0.0.0/24, 1, 32]").contains("between 1 and 31"));
    assert!(why("!Cidr [10.0.0/24, 1, 8]").contains("not a valid CIDR block"));
    assert!(why("!Cidr [10.0.0.0/24, 1]").contains("requires three parameters"));
}

#[test]
fn dynamic_references() {
    is("'{{resolve:ssm:/a/b:2}}'", &json!("ssm /a/b Some(2)"));
    is("'x{{resolve:ssm:a}}y{{resolve:ssm-secure:b}}'", &json!("xssm a Noneysecure b"));
    is(
        "!Sub '{{resolve:secretsmanager:${Web}:SecretString:password}}'",
        &json!("secret Web-id Some(\"password\")"),
    );
    is(
        "'{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:SecretString:user::}}'",
        &json!("secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf Some(\"user\")"),
    );
    is("'{{resolve:secretsmanager:db}}'", &json!("secret db None"));
    is("'{{resolve:ssm'", &json!("{{resolve:ssm"));
    assert_eq!(
        why("'{{resolve:ssm:}}'"),
        "Incorrect format is used in the following SSM reference: [{{resolve:ssm:}}]"
    );
    assert!(why("'{{resolve:ssm:a:latest}}'").contains("Incorrect format"));
    assert!(why("'{{resolve:secretsmanager:a:SecretBinary}}'").contains("Secrets Manager reference"));
    assert!(why("'{{resolve:s3:a}}'").contains("unsupported dynamic reference [{{resolve:s3:a}}]"));
}

#[test]
fn what_is_known_only_after_apply_makes_a_whole() {
    for expression in [
        "!Ref New",
        "!GetAtt New.Arn",
        "!Sub 'a ${New.Arn} b'",
        "!Sub ['${X}', {X: !Ref New}]",
        "!Join [',', [a, !Ref New]]",
        "!Join [',', !GetAtt New.List]",
        "!Select [0, !GetAtt New.List]",
        "!Split [',', !Ref New]",
        "!Base64 {Ref: New}",
        "!Cidr [!GetAtt New.CidrBlock, 1, 8]",
    ] {
        is(expression, &json!(KNOWN_AFTER_APPLY));
    }
    is("{A: [!Ref New, b]}", &json!({"A": [KNOWN_AFTER_APPLY, "b"]}));
}

#[test]
fn outputs_of_the_conditions_that_hold() {
    let template = parsed(
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  Web: {Type: T}\n  Spare: {Type: T, Condition: Never}\nOutputs:\n  \
         A: {Value: !GetAtt Web.Arn, Description: d, Export: {Name: !Sub '${AWS::StackName}-A'}}\n  \
         B: {Value: !Ref Spare, Condition: Never}\n  C: {Value: 8080}\n",
    );
    let none = values(&template, &[]);
    let conditions = template.decide_conditions(&none, &pseudo()).unwrap();
    let scope = Scope { template: &template, values: &none, conditions: &conditions, pseudo: &pseudo() };
    let outputs = scope.outputs(&Fake).unwrap();
    let shown: Vec<_> = outputs.iter().map(|output| (output.key.as_str(), output.value.as_str())).collect();
    assert_eq!(shown, [("A", "Web/Arn"), ("C", "8080")]);
    assert_eq!(
        (outputs[0].export.as_deref(), outputs[0].description.as_deref()),
        (Some("demo-A"), Some("d"))
    );
    assert_eq!(scope.resources(), ["Web"]);
    let list = parsed("Resources: {Web: {Type: T}}\nOutputs: {A: {Value: !GetAZs ''}}\n");
    let scope = Scope { template: &list, values: &none, conditions: &conditions, pseudo: &pseudo() };
    assert_eq!(
        scope.outputs(&Fake).unwrap_err().message,
        "Template format error: The Value field of every Outputs member must evaluate to a String."
    );
}

#[test]
fn a_value_cannot_grow_without_bound() {
    let repeated = "${P}".repeat(4_000);
    let body = format!(
        "Parameters: {{P: {{Type: String}}}}\nResources:\n  It: {{Type: T, Properties: {{X: !Sub '{repeated}'}}}}\n"
    );
    let long = "x".repeat(4_096);
    let fault = properties(&body, "It", &[("P", &long)]).unwrap_err();
    assert!(fault.message.contains("more than 8388608 bytes"), "{fault}");
}

#[test]
fn references_of_a_value() {
    let template = parsed(
        "Conditions: {C: !Equals [a, b]}\nResources:\n  A: {Type: T}\n  B:\n    Type: T\n    Properties:\n      P: [!Ref A, !If [C, \
         {'Fn::GetAtt': A.X.Y}, !Sub '${AWS::Region} ${A.Z} ${A}']]\n",
    );
    let properties = &template.resources["B"].properties;
    assert_eq!(
        template.references(properties),
        [
            Referred::Name("A"),
            Referred::Attribute("A", "X.Y"),
            Referred::Attribute("A", "Z"),
            Referred::Name("A")
        ]
    );
    assert_eq!(properties["P"][1]["Fn::If"][1], json!({"Fn::GetAtt": ["A", "X.Y"]}));
}
