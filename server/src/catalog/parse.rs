//! The contents of a lab's folder to a `Lab`, or everything that is wrong with them.
//!
//! Pure: no file is opened here. The schema says what a single file may hold; this module adds what no schema can say,
//! from values that nothing defines to files that are missing.

use super::check::{Check, Kind, What};
use super::fault::Fault;
use super::lab::{After, Card, Deliverable, Lab, Needs, Rubric, Step, Words};
use super::stack::Linting;
use super::values::{NoValue, PLATFORM, pieces};
use super::yaml::{self, Node};
use super::{schema, text};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// The files of one lab, by path inside its folder with `/`.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// At most so long may one file of a lab be, in bytes.
pub(crate) const MAX_FILE: usize = 256 * 1024;

/// Reads a lab. `slug` is its folder's name; faults name files below it.
pub fn parse(slug: &str, folder: &Folder) -> Result<Lab, Vec<Fault>> {
    let mut reader = Reader { slug, folder, names: BTreeSet::new(), faults: Vec::new() };
    let lab = reader.lab();
    match lab {
        Some(lab) if reader.faults.is_empty() => Ok(lab),
        _ => {
            reader.faults.sort();
            reader.faults.dedup();
            Err(reader.faults)
        }
    }
}

#[derive(Deserialize)]
struct LabFile {
    #[serde(flatten)]
    card: Card,
    #[serde(default)]
    introduction: Option<String>,
    steps: Vec<StepFile>,
    #[serde(default)]
    deliverable: Option<DeliverableFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    id: String,
    title: String,
    minutes: u32,
    file: String,
    #[serde(default)]
    after: After,
    #[serde(default)]
    by_itself: bool,
    #[serde(default)]
    needs: Option<Needs>,
    #[serde(default)]
    files: Vec<String>,
    checks: Vec<Check>,
    hints: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliverableFile {
    question: String,
    #[serde(default)]
    guidance: Option<String>,
    #[serde(default)]
    words: Option<Words>,
    #[serde(rename = "rubric")]
    _rubric: String,
}

struct Reader<'a> {
    slug: &'a str,
    folder: &'a Folder,
    /// Every value that may be used.
    names: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, file: &str, line: usize, message: impl Into<String>) {
        let file = format!("{}/{file}", self.slug);
        self.faults.push(Fault { file, line, message: message.into() });
    }

    fn lab(&mut self) -> Option<Lab> {
        const FILE: &str = "lab.yaml";
        let root = self.tree(FILE, schema::LAB)?;
        self.names = PLATFORM.iter().map(|name| (*name).to_owned()).collect();
        if let Some(yaml::Data::Map(entries)) = root.get("values").map(|values| &values.data) {
            self.names.extend(entries.iter().map(|(name, ..)| name.clone()));
        }
        let stack_template = self.stack(FILE, &root);
        self.lab_yaml(FILE, &root);
        let files = self.files();
        let templates = self.templates();
        let introduction = root
            .get("introduction")
            .and_then(|node| Some((node.text()?.to_owned(), node.line)))
            .and_then(|(path, line)| self.markdown(FILE, line, &path));
        let texts = self.step_texts(FILE, &root);
        let rubric = self.rubric(FILE, &root);
        let file: LabFile = self.typed(FILE, &root)?;
        let deliverable = match (file.deliverable, rubric) {
            (Some(of), Some(rubric)) => {
                Some(Deliverable { question: of.question, guidance: of.guidance, words: of.words, rubric })
            }
            _ => None,
        };
        let steps = file
            .steps
            .into_iter()
            .map(|of| Step {
                markdown: texts.get(&of.file).cloned().unwrap_or_default(),
                id: of.id,
                title: of.title,
                minutes: of.minutes,
                after: of.after,
                by_itself: of.by_itself,
                needs: of.needs,
                files: of.files.iter().map(|path| path.trim_start_matches("files/").to_owned()).collect(),
                checks: of.checks,
                hints: of.hints,
            })
            .collect();
        Some(Lab {
            card: file.card,
            steps,
            introduction: introduction.filter(|_| file.introduction.is_some()),
            deliverable,
            files,
            templates,
            stack_template,
        })
    }

    /// The template of the students' stacks. From here on the values that the stack adds may be used.
    fn stack(&mut self, file: &str, root: &Node) -> Option<String> {
        let node = root.get("stack")?;
        let path = node.get("template").and_then(|path| Some((path.text()?.to_owned(), path.line)));
        let template = path.and_then(|(path, line)| self.text(file, line, &path));
        let linting = Linting { slug: self.slug, names: &self.names, node, template: template.as_deref() };
        let faults = linting.faults();
        self.faults.extend(faults);
        self.names.extend(Linting::adds(node));
        template
    }

    /// A YAML file's tree, checked against its schema.
    fn tree(&mut self, path: &str, with: &str) -> Option<Node> {
        let text = self.text("lab.yaml", 0, path)?;
        match yaml::parse(&text) {
            Ok(root) => {
                let name = format!("{}/{path}", self.slug);
                schema::check(with, &name, &root, &mut self.faults);
                Some(root)
            }
            Err(error) => {
                self.fault(path, error.line, error.message);
                None
            }
        }
    }

    /// A file's text; `file` and `line` are where it is asked for.
    fn text(&mut self, file: &str, line: usize, path: &str) -> Option<String> {
        let Some(bytes) = self.folder.get(path) else {
            self.fault(file, line, format!("there is no file {path}"));
            return None;
        };
        if bytes.len() > MAX_FILE {
            self.fault(path, 0, format!("the file is longer than {MAX_FILE} bytes"));
            return None;
        }
        match String::from_utf8(bytes.clone()) {
            Ok(text) => Some(text),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let line = 1 + bytes.iter().take(good).filter(|b| **b == b'\n').count();
                self.fault(path, line, "the file is not UTF-8");
                None
            }
        }
    }

    fn typed<T: DeserializeOwned>(&mut self, path: &str, root: &Node) -> Option<T> {
        match serde_json::from_value(root.to_value()) {
            Ok(value) => Some(value),
            // The schema has said so before, with a line; this is for where the two should ever differ.
            Err(_) if !self.faults.is_empty() => None,
            Err(error) => {
                self.fault(path, 0, error.to_string());
                None
            }
        }
    }

    /// A Markdown file with its values and links checked.
    fn markdown(&mut self, file: &str, line: usize, path: &str) -> Option<String> {
        let text = self.text(file, line, path)?;
        self.values_in(path, 1, &text);
        for (line, target) in text::file_links(&text) {
            if !self.folder.contains_key(&target) {
                self.fault(path, line, format!("there is no file {target}"));
            }
        }
        if text.trim().is_empty() {
            self.fault(path, 0, "the file is empty");
        }
        Some(text)
    }

    /// Every `{{name}}` of a text that begins on `line`.
    fn values_in(&mut self, path: &str, line: usize, text: &str) {
        for (offset, row) in text.split('\n').enumerate() {
            for piece in pieces(row) {
                match piece {
                    Ok(super::values::Piece::Name(name)) if !self.names.contains(name) => {
                        let message = NoValue::Unknown(name.to_owned()).to_string();
                        self.fault(path, line + offset, message);
                    }
                    Err(error) => self.fault(path, line + offset, error.to_string()),
                    Ok(_) => {}
                }
            }
        }
    }

    fn step_texts(&mut self, file: &str, root: &Node) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for step in root.get("steps").map(Node::items).unwrap_or_default() {
            if let Some((path, line)) = step.get("file").and_then(|f| Some((f.text()?.to_owned(), f.line)))
                && let Some(text) = self.markdown(file, line, &path)
            {
                texts.insert(path, text);
            }
            for listed in step.get("files").map(Node::items).unwrap_or_default() {
                let path = listed.text().unwrap_or_default();
                if !self.folder.contains_key(path) {
                    self.fault(file, listed.line, format!("there is no file {path}"));
                }
            }
        }
        texts
    }

    /// The downloads, each with its values checked.
    fn files(&mut self) -> BTreeMap<String, Vec<u8>> {
        let folder = self.folder;
        let mut files = BTreeMap::new();
        for (path, bytes) in folder {
            let Some(name) = path.strip_prefix("files/") else { continue };
            if bytes.len() > MAX_FILE {
                self.fault(path, 0, format!("the file is longer than {MAX_FILE} bytes"));
            } else if let Ok(text) = std::str::from_utf8(bytes) {
                self.values_in(path, 1, text);
            }
            files.insert(name.to_owned(), bytes.clone());
        }
        files
    }

    /// The templates as they are: `{{resolve:...}}` in one is CloudFormation's.
    fn templates(&mut self) -> BTreeMap<String, Vec<u8>> {
        let folder = self.folder;
        let mut templates = BTreeMap::new();
        for (path, bytes) in folder {
            let Some(name) = path.strip_prefix("templates/") else { continue };
            if bytes.len() > MAX_FILE {
                self.fault(path, 0, format!("the file is longer than {MAX_FILE} bytes"));
            }
            templates.insert(name.to_owned(), bytes.clone());
        }
        templates
    }

    /// What lab.yaml's schema cannot say.
    fn lab_yaml(&mut self, file: &str, root: &Node) {
        if let Some(node) = root.get("slug")
            && node.text().is_some_and(|slug| slug != self.slug)
        {
            self.fault(file, node.line, format!("the slug must be the folder's name, {}", self.slug));
        }
        let mut texts = Vec::new();
        for member in ["summary", "steps", "deliverable"] {
            if let Some(node) = root.get(member) {
                node.texts(&mut |line, text| texts.push((line, text.to_owned())));
            }
        }
        for (line, text) in texts {
            for piece in pieces(&text) {
                match piece {
                    Ok(super::values::Piece::Name(name)) if !self.names.contains(name) => {
                        let message = NoValue::Unknown(name.to_owned()).to_string();
                        self.fault(file, line, message);
                    }
                    Err(error) => self.fault(file, line, error.to_string()),
                    Ok(_) => {}
                }
            }
        }
        let steps = root.get("steps").map(Node::items).unwrap_or_default();
        self.once_each(file, "step", steps.iter());
        if root.get("stack").is_none() {
            for needs in steps.iter().filter_map(|step| step.get("needs")) {
                self.fault(file, needs.line, "the lab has no stack");
            }
        }
        let checks = steps.iter().flat_map(|s| s.get("checks").map(Node::items).unwrap_or_default());
        self.once_each(file, "check", checks.clone());
        for check in checks {
            self.one_check(file, check);
        }
        if let Some(first) =
            steps.first().and_then(|s| s.get("after")).filter(|a| a.text() == Some("previous"))
        {
            self.fault(file, first.line, "the first step has no step above");
        }
        if let Some(words) = root.get("deliverable").and_then(|d| d.get("words")) {
            let limit = |name| words.get(name).map(|node| node.data.clone());
            if let (Some(yaml::Data::Integer(least)), Some(yaml::Data::Integer(most))) =
                (limit("least"), limit("most"))
                && least > most
            {
                self.fault(file, words.line, "`least` is more than `most`");
            }
        }
    }

    fn once_each<'n>(&mut self, file: &str, what: &str, of: impl Iterator<Item = &'n Node>) {
        let mut seen = BTreeMap::new();
        for node in of {
            let Some(id) = node.get("id") else { continue };
            let text = id.text().unwrap_or_default().to_owned();
            if let Some(before) = seen.insert(text.clone(), id.line) {
                self.fault(file, id.line, format!("the {what} id {text} is taken on line {before}"));
            }
        }
    }

    fn one_check(&mut self, file: &str, check: &Node) {
        let Ok(typed) = serde_json::from_value::<Check>(check.to_value()) else { return };
        match typed.kind {
            Kind::Http(http) => {
                let line = check.key_line("matches");
                match regex_lite::Regex::new(&http.matches) {
                    Err(error) => self.fault(file, line, format!("not a regular expression: {error}")),
                    Ok(regex) if http.distinct.is_some() && regex.captures_len() < 2 => {
                        self.fault(file, line, "`distinct` counts the first group, and there is none");
                    }
                    Ok(_) => {}
                }
                if let Some(distinct) = http.distinct.filter(|d| d.requests < d.at_least) {
                    let message =
                        format!("{} requests cannot differ {} times", distinct.requests, distinct.at_least);
                    self.fault(file, check.key_line("distinct"), message);
                }
            }
            Kind::Site(site) => {
                let line = check.key_line("matches");
                match site.matches.as_deref().map(regex_lite::Regex::new) {
                    Some(Err(error)) => self.fault(file, line, format!("not a regular expression: {error}")),
                    None if site.distinct.is_some() => {
                        self.fault(
                            file,
                            check.key_line("distinct"),
                            "`distinct` counts the first group of `matches`",
                        );
                    }
                    Some(Ok(regex)) if site.distinct.is_some() && regex.captures_len() < 2 => {
                        self.fault(file, line, "`distinct` counts the first group, and there is none");
                    }
                    _ => {}
                }
            }
            Kind::TaskStopped(of) => {
                if let Some(Err(error)) = of.reason.as_deref().map(regex_lite::Regex::new) {
                    self.fault(file, check.key_line("reason"), format!("not a regular expression: {error}"));
                }
            }
            Kind::ServiceEvent(of) => {
                if let Err(error) = regex_lite::Regex::new(&of.matches) {
                    self.fault(file, check.key_line("matches"), format!("not a regular expression: {error}"));
                }
            }
            Kind::NothingLeft { gone, cluster: None }
                if gone.iter().any(|g| matches!(g.what, What::EcsService | What::ScalableTarget)) =>
            {
                self.fault(file, check.line, "`cluster` says where to look for the service");
            }
            _ => {}
        }
    }

    fn rubric(&mut self, file: &str, root: &Node) -> Option<Rubric> {
        let (path, line) = {
            let node = root.get("deliverable")?.get("rubric")?;
            (node.text()?.to_owned(), node.line)
        };
        if !self.folder.contains_key(&path) {
            self.fault(file, line, format!("there is no file {path}"));
            return None;
        }
        let tree = self.tree(&path, schema::RUBRIC)?;
        let rubric: Rubric = self.typed(&path, &tree)?;
        let sum: u32 = rubric.criteria.iter().fold(0, |sum, c| sum.saturating_add(c.points));
        if sum != rubric.points {
            self.fault(&path, tree.key_line("points"), format!("the criteria's points add up to {sum}"));
        }
        let criteria = tree.get("criteria").map(Node::items).unwrap_or_default();
        self.once_each(&path, "criterion", criteria.iter());
        for (criterion, node) in rubric.criteria.iter().zip(criteria) {
            let points: Vec<u32> = criterion.levels.iter().map(|level| level.points).collect();
            let falls = points.is_sorted_by(|a, b| a > b);
            if points.first() != Some(&criterion.points) || points.last() != Some(&0) || !falls {
                let message = format!("levels must fall from {} points to 0", criterion.points);
                self.fault(&path, node.key_line("levels"), message);
            }
        }
        if rubric.floor > rubric.points {
            self.fault(&path, tree.key_line("floor"), "the floor is above the sum of points");
        }
        Some(rubric)
    }
}
