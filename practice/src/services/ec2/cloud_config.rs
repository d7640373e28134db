//! As much of cloud-config as configures the ECS agent: `bootcmd`, `runcmd` and `write_files`, in the block and flow
//! forms of YAML that such files use. Follows cloud-init's module reference. Not a YAML reader: anchors, tags and
//! nested flow maps are not understood.

use super::shell;
use super::user_data::Files;

/// Lines read of one file.
const MAX_LINES: usize = 2000;

/// Applies a cloud-config. The order is cloud-init's: boot commands, files, run commands.
pub(super) fn apply(text: &str, files: &mut Files) {
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    for command in commands(&lines, "bootcmd") {
        shell::run(&command, files);
    }
    for file in entries(section(&lines, "write_files")) {
        write_file(&file, files);
    }
    for command in commands(&lines, "runcmd") {
        shell::run(&command, files);
    }
}

/// The lines under a top-level key.
fn section<'t>(lines: &[&'t str], key: &str) -> Vec<&'t str> {
    let is_key = |line: &&str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let under = lines.iter().skip_while(|line| !is_key(line)).skip(1);
    let top_level = |line: &&&str| line.starts_with([' ', '\t', '-', '#']) || line.trim().is_empty();
    under.take_while(top_level).copied().collect()
}

/// The items of a block list: each the lines after its dash, with the indentation of the text after the dash
/// taken away.
fn entries(lines: Vec<&str>) -> Vec<Vec<String>> {
    let mut items: Vec<Vec<String>> = Vec::new();
    let mut margin: Option<usize> = None;
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        let body = line.trim_start();
        let starts = body.starts_with("- ") || body == "-";
        if starts && margin.is_none_or(|m| indent <= m) {
            margin = Some(indent);
            items.push(vec![body.get(2..).unwrap_or_default().to_owned()]);
        } else if let Some(item) = items.last_mut() {
            let cut = margin.unwrap_or_default() + 2;
            let is_margin = line.get(..cut).is_some_and(|margin| margin.trim().is_empty());
            item.push(if is_margin { line.get(cut..).unwrap_or_default() } else { body }.to_owned());
        }
    }
    items
}

/// Commands as shell lines.
fn commands(lines: &[&str], key: &str) -> Vec<String> {
    entries(section(lines, key)).iter().map(|item| command(item)).collect()
}

fn command(item: &[String]) -> String {
    let first = item.first().map(|line| line.trim()).unwrap_or_default();
    if let Some(list) = first.strip_prefix('[').and_then(|l| l.trim_end().strip_suffix(']')) {
        return words(&flow(list));
    }
    if first.starts_with("- ") {
        let nested = entries(item.iter().map(String::as_str).collect());
        let parts: Vec<String> = nested.iter().map(|part| scalar(part)).collect();
        return words(&parts);
    }
    scalar(item)
}

/// A command given as a list: a script for a shell is that script, anything else its words.
fn words(list: &[String]) -> String {
    match list {
        [shell, flag, script, ..] if shell.ends_with("sh") && flag == "-c" => script.clone(),
        _ => list.join(" "),
    }
}

/// The members of a flow list.
fn flow(list: &str) -> Vec<String> {
    let mut members = vec![String::new()];
    let mut quote: Option<char> = None;
    for c in list.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ',') => members.push(String::new()),
            _ => {
                if let Some(last) = members.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    members.iter().map(|member| member.trim().to_owned()).collect()
}

/// The text of a scalar: plain, quoted, or a block after `|` or `>`.
fn scalar(lines: &[String]) -> String {
    let Some((first, rest)) = lines.split_first() else { return String::new() };
    let first = first.trim();
    if first.starts_with('|') || first.starts_with('>') {
        let filled = rest.iter().filter(|line| !line.trim().is_empty());
        let margin = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
        let body: Vec<&str> = rest.iter().map(|line| line.get(margin..).unwrap_or_default()).collect();
        return body.join("\n") + "\n";
    }
    if let Some(inner) = first.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        return inner.replace("\\n", "\n").replace("\\\"", "\"");
    }
    if let Some(inner) = first.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        return inner.replace("''", "'");
    }
    first.to_owned()
}

/// One entry of `write_files`.
fn write_file(item: &[String], files: &mut Files) {
    let value = |key: &str| {
        let at =
            item.iter().position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))?;
        let first = item.get(at)?.split_once(':')?.1.trim().to_owned();
        let indented = item.iter().skip(at + 1).take_while(|l| l.starts_with(' ') || l.trim().is_empty());
        let lines: Vec<String> = std::iter::once(first).chain(indented.cloned()).collect();
        Some(scalar(&lines))
    };
    let Some(path) = value("path") else { return };
    let content = value("content").unwrap_or_default();
    let file = files.entry(path).or_default();
    if value("append").as_deref() != Some("true") {
        file.clear();
    }
    file.push_str(&content);
}
