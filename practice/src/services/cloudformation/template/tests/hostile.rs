//! Text of any kind: it is refused or taken, nothing panics, and what is taken can be evaluated or is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::{Fake, pseudo};
use crate::services::cloudformation::template::{Scope, Template, Values};

const WORDS: [&str; 62] = [
    "Resources:",
    "\n  A:",
    "\n    Type: T",
    "\n    Properties:",
    "\n      P: ",
    "\nOutputs:",
    "\n  B: {Value: ",
    "}",
    "{",
    "[",
    "]",
    ", ",
    ": ",
    "- ",
    "\n",
    "  ",
    "\t",
    "'",
    "\"",
    "|",
    ">",
    "&a ",
    "*a",
    "!Ref ",
    "!GetAtt ",
    "!Sub ",
    "!Join ",
    "!Select ",
    "!Split ",
    "!If ",
    "!Cidr ",
    "!FindInMap ",
    "!Equals ",
    "!Not ",
    "!And ",
    "!Condition ",
    "!Base64 ",
    "!Foo ",
    "'Fn::ForEach::X': ",
    "'Fn::Length': ",
    "'Fn::Sub': ",
    "Transform: AWS::LanguageExtensions\n",
    "Parameters:",
    "\nConditions:",
    "\nMappings:",
    "\nRules:",
    "AWS::Region",
    "AWS::NoValue",
    "A",
    "A.b",
    "${A}",
    "${",
    "${!",
    "{{resolve:ssm:a:1}}",
    "{{resolve:",
    "10.0.0.0/8",
    "-1",
    "0",
    "99999999999999999999",
    "~",
    "\u{0}é",
    "---\n",
];

fn try_all(body: &str) {
    let Ok(template) = Template::parse(body) else { return };
    let _ = (template.needed(), template.resource_types());
    let Ok(values) = template.resolve_parameters(&BTreeMap::new(), &Values::default(), &Fake) else { return };
    let Ok(template) = template.expanded(&values, &pseudo()) else { return };
    let _ = template.check_rules(&values, &pseudo(), &Fake);
    let Ok(conditions) = template.decide_conditions(&values, &pseudo()) else { return };
    let Ok(graph) = template.graph(&conditions) else { return };
    let scope = Scope { template: &template, values: &values, conditions: &conditions, pseudo: &pseudo() };
    for id in graph.order() {
        let _ = scope.properties(id, &Fake);
    }
    let _ = scope.outputs(&Fake);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(body in any::<String>()) {
        try_all(&body);
    }

    #[test]
    fn words_of_the_language(words in proptest::collection::vec(select(&WORDS[..]), 0..40)) {
        try_all(&words.concat());
        try_all(&format!("Resources:\n  A:\n    Type: T\n    Properties:\n      P: {}", words.concat()));
        try_all(&format!("Transform: AWS::LanguageExtensions\nResources:\n  A: {{Type: T, Properties: {{P: [{}]}}}}", words.concat()));
        try_all(&format!("{{\"Resources\": {{\"A\": {{\"Type\": \"T\", \"Properties\": {}", words.concat()));
    }

    #[test]
    fn cidr_of_anything(block in "[0-9a-f.:/]{0,20}", count in "[0-9-]{0,4}", bits in "[0-9-]{0,4}") {
        try_all(&format!("Resources:\n  A: {{Type: T, Properties: {{P: !Cidr ['{block}', '{count}', '{bits}']}}}}"));
    }
}
