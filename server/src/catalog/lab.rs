//! A lab as it is in memory once every file of it has been found right.

use super::check::Check;
use super::stack::StackSpec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lab {
    /// What lab.yaml says.
    pub card: Card,
    /// In the order they are shown.
    pub steps: Vec<Step>,
    /// Markdown shown before the first step.
    pub introduction: Option<String>,
    /// What is handed in, and how it is marked.
    pub deliverable: Option<Deliverable>,
    /// The content of `files/`, by name without the folder, values not filled in.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The content of `templates/`, by name without the folder; values are never filled in.
    pub templates: BTreeMap<String, Vec<u8>>,
    /// The template of the students' stacks, where the lab has `stack`.
    pub stack_template: Option<String>,
}

/// The lab's head: lab.yaml without its steps and deliverable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The folder's name and the lab's address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Two or three sentences.
    pub summary: String,
    /// Where it stands among the labs; those without a place come last.
    #[serde(default)]
    pub place: Option<u32>,
    /// How long it usually takes.
    pub minutes: u32,
    /// Who it is for.
    pub audience: String,
    /// What one can do afterwards.
    pub goals: Vec<String>,
    /// Region it is set in unless the account says otherwise.
    pub region: String,
    /// The student's named values.
    pub values: BTreeMap<String, ValueSpec>,
    /// Where its facts come from.
    pub sources: Vec<Source>,
    /// What the platform makes for each student.
    #[serde(default)]
    pub stack: Option<StackSpec>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueSpec {
    /// What it names.
    pub about: String,
    /// The value, or its stem when unique.
    #[serde(default)]
    pub default: Option<String>,
    /// Gets a suffix where students share an account.
    #[serde(default)]
    pub unique: bool,
    /// The value by region.
    #[serde(default)]
    pub by_region: BTreeMap<String, String>,
}

/// Where a lab's facts come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the source.
    pub title: String,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: String,
    /// Which facts come from it.
    pub used_for: String,
}

/// A step of a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Unique in the lab.
    pub id: String,
    /// An imperative.
    pub title: String,
    /// How long it usually takes.
    pub minutes: u32,
    /// Its text: Markdown, values not filled in.
    pub markdown: String,
    /// When its checks are looked at.
    pub after: After,
    /// Comes true with time, from what earlier steps did.
    pub by_itself: bool,
    /// What has to be there before its checks say anything.
    pub needs: Option<Needs>,
    /// Names in the lab's `files`.
    pub files: Vec<String>,
    /// All must pass.
    pub checks: Vec<Check>,
    /// Markdown, from a nudge to the command.
    pub hints: Vec<String>,
}

/// When a step's checks are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// From the start.
    #[default]
    Anything,
    /// Once every step above has passed in this attempt.
    Previous,
}

/// What a step's checks wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// The student's stack, complete.
    Stack,
}

/// What is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliverable {
    /// What the student writes about.
    pub question: String,
    /// Markdown shown beside the editor.
    pub guidance: Option<String>,
    /// Fewer, or more, draws a remark.
    pub words: Option<Words>,
    /// How it is marked.
    pub rubric: Rubric,
}

/// How long a text should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Fewer draws a remark.
    pub least: u32,
    /// More draws a remark.
    pub most: u32,
}

/// How a text is marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// For editors.
    #[serde(default, rename = "$schema", skip_serializing)]
    pub schema: Option<String>,
    /// Its name.
    pub title: String,
    /// Sum of the criteria's points.
    pub points: u32,
    /// What is marked.
    pub criteria: Vec<Criterion>,
    /// Common errors.
    #[serde(default)]
    pub penalties: Vec<Penalty>,
    /// The total never falls below this.
    #[serde(default)]
    pub floor: u32,
    /// What a full answer may draw on, for the marker's eyes.
    #[serde(default)]
    pub material: Option<Material>,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Unique in the rubric.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Most points to be had.
    pub points: u32,
    /// What the marker looks for.
    #[serde(default)]
    pub look_for: Option<String>,
    /// From best to worst.
    pub levels: Vec<Level>,
}

/// How well a criterion is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Points of this level.
    pub points: u32,
    /// Short name.
    pub title: String,
    /// What an answer at this level does.
    pub description: String,
}

/// A common error and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// Unique in the rubric.
    pub id: String,
    /// Points taken off, once.
    pub points: u32,
    /// The statement to look for.
    pub error: String,
    /// What is true instead.
    pub why: String,
}

/// Accepted material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Accepted similarities.
    pub similarities: Vec<String>,
    /// Accepted differences.
    pub differences: Vec<Difference>,
}

/// One accepted difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// What is compared.
    pub topic: String,
    /// On EC2.
    pub ec2: String,
    /// On ECS.
    pub ecs: String,
}
