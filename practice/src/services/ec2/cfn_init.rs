//! `cfn-init`: what a resource's `AWS::CloudFormation::Init` wants of its machine, config by config: packages and sources, which
//! take a way to the internet; files; commands, of which is read what they do beyond the machine and to the ECS agent's file.
//! Follows "`AWS::CloudFormation::Init`". Users, groups and services are taken for done, and tests for passed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::boot::{carry_out, online, reaches_cloudformation};
use super::shell;
use super::user_data::{ECS_CONFIG, Effect, Files, Init};
use crate::operation::Run;
use crate::services::registry;
use crate::world::{Scope, View};

/// Deepest nesting of config sets, and most configs of one call.
const MAX_DEPTH: usize = 5;
const MAX_CONFIGS: usize = 50;
/// Longest file that is kept, in bytes.
const MAX_FILE: usize = 4_096;

/// Whether all went well.
pub(super) fn run(scope: &mut Scope<'_>, id: &str, wanted: &Init) -> bool {
    let view = scope.view();
    let Some(init) = reaches_cloudformation(&view, id).then(|| metadata(&view, wanted)).flatten() else {
        return false;
    };
    let Some(configs) = configs(&init, &wanted.sets) else { return false };
    let mut files = view.region.ec2.instance(id).map(|one| one.written.clone()).unwrap_or_default();
    let well = configs.into_iter().all(|config| apply(scope, id, config, &mut files));
    files.retain(|path, text| path == ECS_CONFIG && text.len() <= MAX_FILE);
    if let Some(instance) = scope.region.ec2.instances.get_mut(id) {
        instance.written = files;
    }
    well
}

/// `AWS::CloudFormation::Init` of a resource.
fn metadata(view: &View<'_>, wanted: &Init) -> Option<Value> {
    let operation = registry().operation("cloudformation", "DescribeStackResource")?;
    let Run::Read(read) = &operation.run else { return None };
    let asked = serde_json::json!({"StackName": wanted.stack, "LogicalResourceId": wanted.resource});
    let answer = read(view, asked).ok()?;
    let text = answer.pointer("/StackResourceDetail/Metadata").and_then(Value::as_str)?;
    let mut metadata: Value = serde_json::from_str(text).ok()?;
    Some(metadata["AWS::CloudFormation::Init"].take()).filter(|init| !init.is_null())
}

/// The configs of these config sets, in their order; None when there is no such set.
fn configs<'i>(init: &'i Value, sets: &[String]) -> Option<Vec<&'i Value>> {
    let mut found = Vec::new();
    match sets {
        [] if init["configSets"]["default"].is_null() => found.push(&init["config"]),
        [] => expand(init, "default", 0, &mut found)?,
        sets => {
            for set in sets {
                expand(init, set, 0, &mut found)?;
            }
        }
    }
    Some(found)
}

fn expand<'i>(init: &'i Value, set: &str, depth: usize, found: &mut Vec<&'i Value>) -> Option<()> {
    for one in init["configSets"][set].as_array()? {
        if depth >= MAX_DEPTH || found.len() >= MAX_CONFIGS {
            return None;
        }
        match one {
            Value::String(name) => found.push(init.get(name)?),
            other => expand(init, other["ConfigSet"].as_str()?, depth + 1, found)?,
        }
    }
    Some(())
}

/// One config, in the order in which `cfn-init` takes its parts.
fn apply(scope: &mut Scope<'_>, id: &str, config: &Value, files: &mut BTreeMap<String, String>) -> bool {
    let asks = |name: &str| config[name].as_object().is_some_and(|members| !members.is_empty());
    let fetched = |file: &Value| file.get("source").is_some();
    let listed = config["files"].as_object();
    let beyond = asks("packages") || asks("sources") || listed.is_some_and(|all| all.values().any(fetched));
    if beyond && !online(&scope.view(), id) {
        return false;
    }
    for (path, file) in listed.into_iter().flatten() {
        let text = match &file["content"] {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            tree => tree.to_string(),
        };
        files.insert(path.clone(), text);
    }
    // Their names say in which order.
    let commands: BTreeMap<&String, &Value> = config["commands"].as_object().into_iter().flatten().collect();
    commands.into_values().all(|command| {
        let mut run = Files::with(std::mem::take(files));
        shell::run(&script(command), &mut run);
        let (after, effects) = run.into_parts();
        *files = after;
        let effects = effects.into_iter().filter(|effect| !matches!(effect, Effect::Init(_))).collect();
        let ignored = command["ignoreErrors"] == true || command["ignoreErrors"] == "true";
        carry_out(scope, id, effects) == 0 || ignored
    })
}

/// A command with its environment, as a script.
fn script(command: &Value) -> String {
    let quoted = |word: &Value| format!("'{}'", word.as_str().unwrap_or_default().replace('\'', "'\\''"));
    let mut script = String::new();
    for (name, value) in command["env"].as_object().into_iter().flatten() {
        script.push_str(&format!("export {name}={}\n", quoted(value)));
    }
    match &command["command"] {
        Value::Array(words) => script.push_str(&words.iter().map(quoted).collect::<Vec<_>>().join(" ")),
        text => script.push_str(text.as_str().unwrap_or_default()),
    }
    script.push('\n');
    script
}
