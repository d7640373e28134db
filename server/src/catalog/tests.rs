//! The loader as a whole: the labs of this repository, a lab with one of every mistake, and the schema against the types.

use super::check::Check;
use super::values::{Account, Values};
use super::{Folder, load, parse, schema, text, yaml};
use serde_json::{Value, json};
use std::path::Path;

fn labs() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../labs"))
}

#[test]
fn the_labs_of_this_repository_are_clean() {
    let catalog = load(labs());
    let faults: Vec<String> = catalog.faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let lab = catalog.labs.get("weave-by-hand").unwrap();
    let account =
        Account { region: "us-east-1".to_owned(), files_url: "/f/".to_owned(), ..Account::default() };
    let values = Values::of(&lab.card, &account).unwrap();
    for step in &lab.steps {
        let shown = text::step(&step.markdown, &values).unwrap();
        assert!(!shown.goal_html.is_empty() && !shown.why_html.is_empty(), "{}", step.id);
        assert!(shown.blocks.iter().any(|b| matches!(b, text::Block::Command { .. })), "{}", step.id);
        for hint in &step.hints {
            text::html(hint, &values).unwrap();
        }
        for check in &step.checks {
            let filled = values.fill_check(check).unwrap();
            assert!(!serde_json::to_string(&filled).unwrap().contains("{{"), "{}", check.id);
        }
    }
}

#[test]
fn values_follow_account_and_region() {
    let catalog = load(&labs().join("weave-by-hand"));
    let lab = catalog.labs.get("weave-by-hand").unwrap();
    let mut account = Account { region: "eu-west-1".to_owned(), ..Account::default() };
    account.suffix = Some("k3x9".to_owned());
    let values = Values::of(&lab.card, &account).unwrap();
    assert_eq!(values.get("ami"), Some("ami-13c8f475"));
    assert_eq!(values.get("cluster"), Some("weave-ecs-demo-cluster-k3x9"));
    account.region = "sa-east-1".to_owned();
    assert!(Values::of(&lab.card, &account).is_err());
}

const BROKEN: &str = r#"slug: other
title: A broken lab
summary: See {{nothing}}.
minutes: 0
audience: Nobody.
goals: [Learn]
region: us-east-1
introduction: intro.md
values:
  cluster: { about: Cluster, default: c, unique: true }
  region: { about: Reserved, default: x }
  both: { about: Both, default: x, by_region: { us-east-1: y } }
colour: blue
steps:
  - id: one
    title: One
    minutes: 3
    file: steps/one.md
    after: previous
    files: [files/none.json]
    checks:
      - id: a
        title: A
        kind: ecs_cluster
        cluster: "{{klusta}}"
      - id: a
        title: B
        kind: ecs_cluster
        name: c
      - id: c
        title: C
        kind: teapot
      - id: d
        title: D
        kind: http
        cluster: "{{cluster}}"
        port: 80
        matches: "no ( end"
      - id: e
        title: E
        kind: http
        cluster: "{{cluster}}"
        port: 80
        matches: no group
        distinct: { at_least: 5, requests: 3 }
    hints: [One, two]
  - id: one
    title: Two
    minutes: 3
    file: steps/missing.md
    checks:
      - id: f
        title: F
        kind: key_pair
        key_name: k
    hints: [One, two, "{{ three"]
deliverable:
  question: Why?
  words: { least: 9, most: 3 }
  rubric: rubric.yaml
sources:
  - { title: T, where: W, used_for: U }
"#;

const RUBRIC: &str = "title: R
points: 10
criteria:
  - id: a
    title: A
    points: 4
    levels:
      - { points: 3, title: Best, description: x }
      - { points: 0, title: None, description: x }
";

#[test]
fn a_broken_lab_tells_everything_at_once() {
    let folder: Folder = [
        ("lab.yaml", BROKEN.as_bytes()),
        ("rubric.yaml", RUBRIC.as_bytes()),
        ("intro.md", b"Hello\n\nto {{nobody}} and [this](files/gone.txt)\n"),
        ("steps/one.md", b"bad \xff bytes"),
        ("files/user-data.sh", b"#!/bin/sh\necho {{what}}\n"),
    ]
    .into_iter()
    .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
    .collect();
    let faults = parse("broken", &folder).unwrap_err();
    let seen: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let seen = seen.join("\n");
    for expected in [
        "broken/lab.yaml:1: the slug must be the folder's name, broken",
        "broken/lab.yaml:3: there is no value named nothing",
        "broken/lab.yaml:4: minutes must be at least 1",
        "broken/lab.yaml:11: values may not be named `region`",
        "broken/lab.yaml:12: values.both needs exactly one",
        "broken/lab.yaml:13: the file has no `colour`",
        "broken/lab.yaml:19: the first step has no step above",
        "broken/lab.yaml:20: there is no file files/none.json",
        "broken/lab.yaml:25: there is no value named klusta",
        "broken/lab.yaml:26: the check id a is taken on line 22",
        "broken/lab.yaml:26: steps[0].checks[1] lacks `cluster`",
        "broken/lab.yaml:29: steps[0].checks[1] has no `name`",
        "broken/lab.yaml:32: steps[0].checks[2].kind must be one of",
        "broken/lab.yaml:38: not a regular expression",
        "broken/lab.yaml:44: `distinct` counts the first group",
        "broken/lab.yaml:45: 3 requests cannot differ 5 times",
        "broken/lab.yaml:46: steps[0].hints needs at least 3 items",
        "broken/lab.yaml:47: the step id one is taken on line 15",
        "broken/lab.yaml:50: there is no file steps/missing.md",
        "broken/lab.yaml:56: `{{` is not followed by a name",
        "broken/lab.yaml:59: `least` is more than `most`",
        "broken/rubric.yaml:2: the criteria's points add up to 4",
        "broken/rubric.yaml:7: levels must fall from 4 points to 0",
        "broken/intro.md:3: there is no value named nobody",
        "broken/intro.md:3: there is no file files/gone.txt",
        "broken/steps/one.md:1: the file is not UTF-8",
        "broken/files/user-data.sh:2: there is no value named what",
    ] {
        assert!(seen.contains(expected), "missing: {expected}\n--- reported:\n{seen}");
    }
}

const WITH_STACK: &str = r#"slug: stacked
title: A lab with a stack
summary: In {{vpc_id}} of {{stack}}.
minutes: 3
audience: All.
goals: [Learn]
region: us-east-1
values:
  vpc: { about: VPC, default: demo }
stack:
  template: templates/network.yaml
  parameters: { VpcName: "{{vpc}}" }
  outputs: { vpc_id: VpcId }
  capabilities: [CAPABILITY_NAMED_IAM]
  when: start
  lives_minutes: 480
steps:
  - id: one
    title: One
    minutes: 3
    file: steps/one.md
    checks: [{ id: a, title: A, kind: ecs_cluster, cluster: "{{vpc_id}}" }]
    hints: [One, two, three]
sources:
  - { title: T, where: W, used_for: U }
"#;

const TEMPLATE: &str = "Parameters:
  VpcName: { Type: String }
  Size: { Type: String, Default: small }
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Role: { Type: AWS::IAM::Role, Properties: { RoleName: !Ref VpcName } }
Outputs:
  VpcId: { Value: !Ref Vpc }
";

fn stacked(lab: &str, template: Option<&str>) -> Result<super::lab::Lab, Vec<String>> {
    let mut folder: Folder = [("lab.yaml", lab), ("steps/one.md", "# Goal\n\nOne.\n")]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect();
    if let Some(text) = template {
        folder.insert("templates/network.yaml".to_owned(), text.as_bytes().to_vec());
    }
    parse("stacked", &folder).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn a_stack_is_typed_and_its_outputs_are_values() {
    let lab = stacked(WITH_STACK, Some(TEMPLATE)).unwrap();
    assert_eq!(lab.stack_template.as_deref(), Some(TEMPLATE));
    let mut account = Account { region: "us-east-1".to_owned(), ..Account::default() };
    let values = Values::of(&lab.card, &account).unwrap();
    assert_eq!((values.get("stack"), values.get("vpc_id")), (Some("stacked"), Some("")));
    let outputs = [("vpc_id", "vpc-1"), ("vpc_other", "no")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let values = values.with_outputs(&outputs.into());
    assert_eq!((values.get("vpc_id"), values.get("vpc_other")), (Some("vpc-1"), None));
    account.suffix = Some("k3x9".to_owned());
    assert_eq!(Values::of(&lab.card, &account).unwrap().get("stack"), Some("stacked-k3x9"));
}

#[test]
fn what_is_wrong_with_a_stack_is_said_with_its_line() {
    let without = |from: &str, to: &str| WITH_STACK.replace(from, to);
    for (lab, template, expected) in [
        (WITH_STACK.to_owned(), None, "stacked/lab.yaml:11: there is no file templates/network.yaml"),
        (
            WITH_STACK.to_owned(),
            Some(TEMPLATE.replace("Resources:", "Resources: [")),
            "stacked/templates/network.yaml:6: Template format error: YAML not well-formed.",
        ),
        (
            WITH_STACK.to_owned(),
            Some(format!("{TEMPLATE}# {}", "x".repeat(51_200))),
            "stacked/templates/network.yaml: the template is longer than 51200 bytes",
        ),
        (
            WITH_STACK.to_owned(),
            Some(TEMPLATE.replace("10.0.0.0/16", "\"{{vpc}}\"")),
            "stacked/templates/network.yaml:5: values go in as parameters only",
        ),
        (
            without("VpcName: \"{{vpc}}\"", "Other: x"),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:12: the template has no parameter Other",
        ),
        (
            without("VpcName: \"{{vpc}}\"", "Other: x"),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:12: the template's parameter VpcName has no value and no default",
        ),
        (
            without("VpcName: \"{{vpc}}\"", "VpcName: \"{{vpc_id}}\""),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:12: there is no value named vpc_id before the stack is there",
        ),
        (
            without("vpc_id: VpcId }", "vpc_id: Gone }"),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:13: the template has no output Gone",
        ),
        (
            without("{ vpc_id: VpcId }", "{ vpc_id: VpcId, vpc: VpcId }"),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:13: there is a value named vpc already",
        ),
        (
            without("NAMED_IAM", "IAM"),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:14: `capabilities` lacks CAPABILITY_NAMED_IAM",
        ),
        (
            without("when: start", "when: later"),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:15: stack.when must be one of",
        ),
        (
            without("lives_minutes: 480", "lives_minutes: 1"),
            Some(TEMPLATE.to_owned()),
            "stacked/lab.yaml:16: stack.lives_minutes must be at least 30",
        ),
    ] {
        let seen = stacked(&lab, template.as_deref()).unwrap_err().join("\n");
        assert!(seen.contains(expected), "missing: {expected}\n--- reported:\n{seen}");
    }
}

/// An instance of a schema: every member, or only the required ones.
fn example(schema: &Value, root: &Value, all: bool) -> Value {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return example(root.pointer(target.trim_start_matches('#')).unwrap(), root, all);
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(options) = schema.get("enum") {
        return options[0].clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => match schema.get("pattern").and_then(Value::as_str) {
            None => json!("text"),
            Some(pattern) => {
                let regex = regex_lite::Regex::new(pattern).unwrap();
                let tries = ["text", "/", "10.0.0.0/8", "us-east-1"];
                json!(tries.iter().find(|t| regex.is_match(t)).unwrap_or_else(|| panic!("{pattern}")))
            }
        },
        Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([example(&schema["items"], root, all)]),
        Some("object") => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let Some(members) = schema.get("properties").and_then(Value::as_object) else {
                return json!({"SOME_NAME": example(&schema["additionalProperties"], root, all)});
            };
            members
                .iter()
                .filter(|(name, _)| all || required.contains(&name.as_str()))
                .map(|(name, member)| (name.clone(), example(member, root, all)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        other => panic!("{other:?} in {schema}"),
    }
}

#[test]
fn the_schema_and_the_types_agree_on_every_kind() {
    let root: Value = serde_json::from_str(schema::LAB).unwrap();
    let kinds = root["$defs"]["check"]["properties"]["kind"]["enum"].as_array().unwrap();
    assert_eq!(kinds.len(), 40);
    for kind in kinds.iter().filter_map(Value::as_str) {
        let of = &root["$defs"][format!("check_{kind}")];
        for all in [false, true] {
            let value = example(of, &root, all);
            let typed: Check =
                serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{kind}: {e}: {value}"));
            // Nothing of it is lost: every member the schema knows is one the types keep.
            let mut back = serde_json::to_value(&typed).unwrap();
            let mut given = value.clone();
            for default in [&mut back, &mut given] {
                let object = default.as_object_mut().unwrap();
                object.retain(|name, v| !(name == "path" && v == "/" || name == "status" && v == 200));
                object.sort_keys();
            }
            assert_eq!(sorted(back), sorted(given), "{kind}");
        }
        for name in of["required"].as_array().unwrap().iter().filter_map(Value::as_str) {
            let mut value = example(of, &root, true);
            value.as_object_mut().unwrap().remove(name);
            assert!(serde_json::from_value::<Check>(value).is_err(), "{kind} without {name}");
        }
    }
    let mut unknown = example(&root["$defs"]["check_vpc"], &root, false);
    unknown["kind"] = json!("teapot");
    assert!(serde_json::from_value::<Check>(unknown).is_err());
    // And the other way round: the error of an unknown kind lists every kind the types have.
    let error =
        serde_json::from_value::<super::check::Kind>(json!({"kind": "teapot"})).unwrap_err().to_string();
    let listed = error.matches('`').count() / 2 - 1;
    assert_eq!(listed, kinds.len(), "{error}");
    for kind in kinds.iter().filter_map(Value::as_str) {
        assert!(error.contains(&format!("`{kind}`")), "{kind} is not in the types: {error}");
    }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        other => other,
    }
}

#[test]
fn hostile_labs_are_refused_quickly() {
    let started = std::time::Instant::now();
    for text in [
        "a: &a [x]\nb: [*a,*a,*a,*a]".to_owned(),
        "{".repeat(100_000),
        format!("slug: {}", "x".repeat(300_000)),
        "steps:\n".to_owned() + &"  - {}\n".repeat(10_000),
        "steps: 7\nvalues: []\nslug: {}\n".to_owned(),
    ] {
        let folder: Folder = [("lab.yaml".to_owned(), text.into_bytes())].into();
        assert!(parse("hostile", &folder).is_err());
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    assert!(yaml::parse("\u{feff}").is_err());
}
