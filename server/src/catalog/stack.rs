//! `stack:` of a lab: the CloudFormation stack that the platform makes for each student, and what is wrong with it.
//!
//! The student's values go in as parameters only; what comes out, as outputs, are values again. Not here: making it
//! (`provision`), and whether AWS takes the templates' properties (cfn-lint, and the practice cloud's own schemas).

use super::fault::Fault;
use super::values::{NoValue, Piece, Values, pieces};
use super::yaml::{Data, Node};
use practice::services::cloudformation::template::Template;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The quota of a template that goes with the request, in bytes ("CloudFormation quotas").
pub const MAX_TEMPLATE: usize = 51_200;

/// The value that holds the stack's name.
pub(crate) const NAME: &str = "stack";

/// What lab.yaml says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackSpec {
    /// Path of the template in the lab's folder.
    pub template: String,
    /// By name, with `{{name}}` in them.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// What the template may do, as `CreateStack` wants it acknowledged.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Output key by the name of the value it becomes.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// When it is made.
    pub when: When,
    /// Then it is deleted, whatever the student is doing.
    pub lives_minutes: u32,
}

impl StackSpec {
    /// The template's parameters with a student's values in them.
    pub fn filled(&self, values: &Values) -> Result<BTreeMap<String, String>, NoValue> {
        self.parameters.iter().map(|(name, text)| Ok((name.clone(), values.fill(text)?))).collect()
    }

    /// A stack's outputs by the names of the lab's values. What it has not put out is not among them.
    pub fn named(&self, outputs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let named = |(name, key): (&String, &String)| Some((name.clone(), outputs.get(key)?.clone()));
        self.outputs.iter().filter_map(named).collect()
    }
}

/// When a student's stack is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// With the attempt.
    Start,
    /// When the student asks for it.
    Request,
}

/// A stack's name: the lab's slug, with the student's suffix where students share an account. A slug is a stack name
/// as it is.
pub fn name(slug: &str, suffix: Option<&str>) -> String {
    suffix.map_or_else(|| slug.to_owned(), |suffix| format!("{slug}-{suffix}"))
}

/// What is checked of `stack:` beyond the schema.
pub(super) struct Linting<'a> {
    /// The lab's folder's name.
    pub(super) slug: &'a str,
    /// The lab's own and the platform's values, without those that the stack makes.
    pub(super) names: &'a BTreeSet<String>,
    /// The `stack` member of lab.yaml.
    pub(super) node: &'a Node,
    /// The template's text, if there is one.
    pub(super) template: Option<&'a str>,
}

impl Linting<'_> {
    /// The names of the values that the stack adds.
    pub(super) fn adds(node: &Node) -> Vec<String> {
        let outputs = node.get("outputs").map(entries).unwrap_or_default();
        std::iter::once(NAME.to_owned()).chain(outputs.iter().map(|(name, ..)| name.clone())).collect()
    }

    /// Everything that is wrong with it.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.values(&mut faults);
        let (Some(text), Some(path)) = (self.template, self.node.get("template")) else { return faults };
        let file = path.text().unwrap_or_default();
        if text.len() > MAX_TEMPLATE {
            let message = format!("the template is longer than {MAX_TEMPLATE} bytes");
            faults.push(self.fault(file, 0, message));
            return faults;
        }
        for (at, row) in text.lines().enumerate().filter(|(_, row)| has_value(row)) {
            let message = format!("values go in as parameters only: {}", row.trim());
            faults.push(self.fault(file, at + 1, message));
        }
        match Template::parse(text) {
            Ok(template) => self.against(&template, &mut faults),
            Err(fault) => faults.push(self.fault(file, line_in(&fault.message), fault.message)),
        }
        faults
    }

    fn fault(&self, file: &str, line: usize, message: impl Into<String>) -> Fault {
        Fault { file: format!("{}/{file}", self.slug), line, message: message.into() }
    }

    fn here(&self, line: usize, message: impl Into<String>) -> Fault {
        self.fault("lab.yaml", line, message)
    }

    /// Parameters are made of values that are there before the stack; outputs are named like nothing else.
    fn values(&self, faults: &mut Vec<Fault>) {
        for (_, _, value) in self.node.get("parameters").map(entries).unwrap_or_default() {
            for piece in pieces(value.text().unwrap_or_default()) {
                match piece {
                    Ok(Piece::Name(name)) if name != NAME && !self.names.contains(name) => {
                        let message = format!("there is no value named {name} before the stack is there");
                        faults.push(self.here(value.line, message));
                    }
                    Err(error) => faults.push(self.here(value.line, error.to_string())),
                    Ok(_) => {}
                }
            }
        }
        for (name, line, _) in self.node.get("outputs").map(entries).unwrap_or_default() {
            if name == NAME || self.names.contains(name) {
                faults.push(self.here(*line, format!("there is a value named {name} already")));
            }
        }
    }

    /// What the template and lab.yaml say of each other.
    fn against(&self, template: &Template, faults: &mut Vec<Fault>) {
        let node = self.node;
        let given = node.get("parameters").map(entries).unwrap_or_default();
        for (name, line, _) in given.iter().filter(|(name, ..)| !template.parameters.contains_key(name)) {
            faults.push(self.here(*line, format!("the template has no parameter {name}")));
        }
        let missing = template.parameters.iter().filter(|(name, parameter)| {
            parameter.default.is_none() && !given.iter().any(|(given, ..)| given == *name)
        });
        for (name, _) in missing {
            let message = format!("the template's parameter {name} has no value and no default");
            faults.push(self.here(node.key_line("parameters"), message));
        }
        for (_, _, key) in node.get("outputs").map(entries).unwrap_or_default() {
            let key_text = key.text().unwrap_or_default();
            if !template.outputs.contains_key(key_text) {
                faults.push(self.here(key.line, format!("the template has no output {key_text}")));
            }
        }
        let said: Vec<&str> = node
            .get("capabilities")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::text)
            .collect();
        let needed = template.needed();
        let enough = |need: &str| {
            said.contains(&need) || need == "CAPABILITY_IAM" && said.contains(&"CAPABILITY_NAMED_IAM")
        };
        for need in needed.capabilities.iter().filter(|need| !enough(need)) {
            let why = needed.reason.clone().unwrap_or_default();
            let message = format!("`capabilities` lacks {need}. {why}");
            faults.push(self.here(node.key_line("capabilities"), message));
        }
    }
}

fn entries(node: &Node) -> &[(String, usize, Node)] {
    match &node.data {
        Data::Map(entries) => entries,
        _ => &[],
    }
}

/// `{{name}}`, but not CloudFormation's own `{{resolve:...}}`.
fn has_value(row: &str) -> bool {
    row.match_indices("{{").any(|(at, _)| {
        !row.get(at + 2..).unwrap_or_default().starts_with("resolve:")
            && pieces(row.get(at..).unwrap_or_default())
                .next()
                .is_some_and(|first| matches!(first, Ok(Piece::Name(_))))
    })
}

/// The line that a message of the template's reader names; 0 where it names none.
fn line_in(message: &str) -> usize {
    let Some((_, after)) = message.split_once("(line ") else { return 0 };
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
