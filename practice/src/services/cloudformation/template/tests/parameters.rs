use std::collections::BTreeMap;

use serde_json::json;

use super::{BUCKET, Fake, given, parsed, pseudo, refused, values};
use crate::services::cloudformation::template::{Given, Template, Values};

fn template(declarations: &str) -> Template {
    parsed(&format!("Parameters:\n{declarations}{BUCKET}"))
}

/// The refusal of one value of the parameter `P`.
fn why(declaration: &str, value: &str) -> String {
    let template = template(&format!("  P: {{{declaration}}}\n"));
    template.resolve_parameters(&given(&[("P", value)]), &Values::default(), &Fake).unwrap_err().message
}

fn takes(declaration: &str, value: &str) {
    let template = template(&format!("  P: {{{declaration}}}\n"));
    values(&template, &[("P", value)]);
}

#[test]
fn declarations() {
    let say = |declaration: &str| refused(&format!("Parameters: {{P: {declaration}}}{BUCKET}"));
    assert_eq!(
        say("{Default: a}"),
        "Template format error: Every Parameters object must contain a Type member."
    );
    assert_eq!(say("{Type: Boolean}"), "Template format error: Unrecognized parameter type: Boolean");
    assert_eq!(
        say("{Type: 'List<AWS::EC2::KeyPair::KeyName>'}"),
        "Template format error: Unrecognized parameter type: List<AWS::EC2::KeyPair::KeyName>"
    );
    assert_eq!(say("{Type: String, Foo: a}"), "Invalid template parameter property 'Foo'");
    assert_eq!(
        say("{Type: String, Default: [a]}"),
        "Template format error: Every Default member must be a string."
    );
    assert_eq!(
        say("{Type: String, Default: !Ref AWS::Region}"),
        "Template format error: Every Default member must be a string."
    );
    assert!(say("{Type: String, MinLength: x}").contains("Every MinLength member must be a number"));
    assert!(say("{Type: String, MinLength: 3, MaxLength: 2}").contains("[/Parameters/P]"));
    assert!(say("{Type: String, AllowedPattern: '['}").contains("[/Parameters/P/AllowedPattern]"));
    assert!(say("{Type: String, AllowedValues: []}").contains("AllowedValues"));
    assert!(
        refused(&format!("Parameters: {{a_b: {{Type: String}}}}{BUCKET}"))
            .contains("Parameter name a_b is non alphanumeric.")
    );
    for kind in [
        "String",
        "Number",
        "List<Number>",
        "CommaDelimitedList",
        "AWS::EC2::KeyPair::KeyName",
        "List<AWS::EC2::Subnet::Id>",
        "AWS::SSM::Parameter::Name",
        "AWS::SSM::Parameter::Value<String>",
        "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
        "AWS::SSM::Parameter::Value<List<String>>",
    ] {
        template(&format!("  P: {{Type: '{kind}', Default: 1, NoEcho: true}}\n"));
    }
}

#[test]
fn values_given_kept_and_by_default() {
    let template = template(
        "  KeyName: {Type: 'AWS::EC2::KeyPair::KeyName'}\n  Size: {Type: Number, Default: 3}\n  Secret: {Type: String, NoEcho: true}\n",
    );
    let resolve = |given: &BTreeMap<String, Given>, earlier: &Values| {
        template.resolve_parameters(given, earlier, &Fake)
    };
    let none = Values::default();
    assert_eq!(
        resolve(&given(&[]), &none).unwrap_err().message,
        "Parameters: [KeyName, Secret] must have values"
    );
    assert_eq!(
        resolve(&given(&[("Foo", "a"), ("Bar", "b")]), &none).unwrap_err().message,
        "Parameters: [Bar, Foo] do not exist in the template"
    );
    let first = resolve(&given(&[("KeyName", "key"), ("Secret", "s"), ("Size", "5")]), &none).unwrap();
    assert_eq!(first.reference("Size"), Some(json!("5")));
    assert_eq!(
        (first.0["Secret"].shown(), first.0["Secret"].effective(), first.0["Size"].shown()),
        ("****", "s", "5")
    );
    let kept =
        BTreeMap::from([("KeyName".to_owned(), Given::Previous), ("Secret".to_owned(), Given::Previous)]);
    let second = resolve(&kept, &first).unwrap();
    assert_eq!((second.0["Secret"].effective(), second.0["Size"].effective()), ("s", "3"));
    assert!(
        resolve(&kept, &none)
            .unwrap_err()
            .message
            .contains("Cannot specify usePreviousValue as true for a parameter key not in")
    );
    assert_eq!(serde_json::from_value::<Values>(serde_json::to_value(&first).unwrap()).unwrap(), first);
}

#[test]
fn constraints_in_aws_words() {
    assert_eq!(why("Type: String, AllowedValues: [a, b]", "c"), "Parameter 'P' must be one of AllowedValues");
    assert_eq!(
        why("Type: String, AllowedValues: [a], ConstraintDescription: must be a.", "c"),
        "Parameter P failed to satisfy constraint: must be a."
    );
    assert_eq!(
        why("Type: String, AllowedPattern: '[a-z]+'", "ab1"),
        "Parameter 'P' must match pattern [a-z]+"
    );
    assert_eq!(why("Type: String, AllowedPattern: 'a|b'", "ax"), "Parameter 'P' must match pattern a|b");
    assert_eq!(why("Type: String, MinLength: 3", "ab"), "Parameter 'P' must contain at least 3 characters");
    assert_eq!(
        why("Type: String, MaxLength: '3'", "abcd"),
        "Parameter 'P' must contain at most 3 characters"
    );
    assert_eq!(why("Type: Number", "x"), "Parameter 'P' must be a number");
    assert_eq!(why("Type: Number, MinValue: 5", "4"), "Parameter 'P' must be a number not less than 5");
    assert_eq!(
        why("Type: Number, MaxValue: 0.5", "1"),
        "Parameter 'P' must be a number not greater than 0.5"
    );
    assert_eq!(why("Type: 'List<Number>'", "1, x"), "Parameter 'P' must be a number");
    assert_eq!(
        why("Type: CommaDelimitedList, AllowedValues: [a, b]", "a,c"),
        "Parameter 'P' must be one of AllowedValues"
    );
    assert!(why("Type: String", &"x".repeat(4_097)).contains("at most 4096"));
    takes("Type: String", &"x".repeat(4_096));
    takes("Type: CommaDelimitedList, AllowedValues: [a, b]", "a, b");
    takes("Type: String, AllowedValues: [true, false]", "true");
    takes("Type: Number, MinValue: 1, MaxValue: 3", "2.5");
}

#[test]
fn things_that_have_to_exist() {
    let template = template(
        "  Key: {Type: 'AWS::EC2::KeyPair::KeyName'}\n  Nets: {Type: 'List<AWS::EC2::Subnet::Id>'}\n",
    );
    let good = values(&template, &[("Key", "key"), ("Nets", "subnet-1, subnet-2")]);
    template.check_existing(&good, &Fake).unwrap();
    let bad = values(&template, &[("Key", ""), ("Nets", "subnet-1,subnet-9")]);
    assert_eq!(
        template.check_existing(&bad, &Fake).unwrap_err().message,
        "Parameter validation failed: parameter value  for parameter name Key does not exist, parameter value subnet-9 for \
         parameter name Nets does not exist"
    );
}

#[test]
fn ssm_parameters_are_looked_up() {
    let template =
        template("  Ami: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /ami}\n");
    let found = values(&template, &[]);
    assert_eq!(found.reference("Ami"), Some(json!("ami-1")));
    assert_eq!((found.0["Ami"].shown(), found.0["Ami"].resolved.as_deref()), ("/ami", Some("ami-1")));
    template.check_existing(&found, &Fake).unwrap();
    let fault =
        template.resolve_parameters(&given(&[("Ami", "/nope")]), &Values::default(), &Fake).unwrap_err();
    assert_eq!(fault.message, "Unable to fetch parameters [/nope] from parameter store for this account.");
}

#[test]
fn rules() {
    let body = |rule: &str| {
        format!(
            "Parameters:\n  Stage: {{Type: String}}\n  Nets: {{Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1,subnet-2'}}\n\
             Rules:\n  R: {rule}{BUCKET}"
        )
    };
    let check = |rule: &str, stage: &str| {
        let template = parsed(&body(rule));
        let values = values(&template, &[("Stage", stage)]);
        template.check_rules(&values, &pseudo(), &Fake).map_err(|fault| fault.message)
    };
    let rule = "{RuleCondition: !Equals [!Ref Stage, prod], Assertions: [{Assert: !Contains [[eu-west-1], !Ref AWS::Region]}, \
        {Assert: !Not [!Equals [!Ref Stage, prod]], AssertDescription: not here}]}";
    assert_eq!(check(rule, "test"), Ok(()));
    assert_eq!(check(rule, "prod"), Err("not here".to_owned()));
    let one = |assert: &str| format!("{{Assertions: [{{Assert: {assert}}}]}}");
    assert_eq!(check(&one("!EachMemberIn [!Ref Nets, !RefAll 'AWS::EC2::Subnet::Id']"), "x"), Ok(()));
    assert!(
        check(&one("!EachMemberEquals [!ValueOf [Nets, VpcId], vpc-1]"), "x")
            .unwrap_err()
            .contains("rule R failed")
    );
    assert_eq!(
        check(
            &one("!EachMemberIn [!ValueOf [Nets, VpcId], !ValueOfAll ['AWS::EC2::Subnet::Id', VpcId]]"),
            "x"
        ),
        Ok(())
    );
    assert!(
        check(&one("!Contains [!RefAll 'AWS::EC2::VPC::Id', a]"), "x")
            .unwrap_err()
            .contains("not supported in the practice cloud")
    );
    assert!(
        refused(&body(&one("!Equals [!Ref Bucket, a]")))
            .contains("Cannot reference resources in the Rules block")
    );
    assert!(refused(&body(&one("!Ref Stage"))).contains("Rules can only be boolean operations"));
    assert!(refused(&body("{}")).contains("[/Rules/R]"));
}
