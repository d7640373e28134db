//! As much of the shell as boot scripts need to write files: variables, quotes, `echo`, `printf`, `cat`, `tee`,
//! here-documents, redirections, pipes into `tee`, groups in braces. No conditions, loops or substitutions: their
//! bodies are read as if they ran once.

use std::collections::BTreeMap;

use super::effects;
use super::user_data::Files;

/// Lines read of one script.
const MAX_LINES: usize = 2000;
/// Bytes a script may write in all.
const MAX_WRITTEN: usize = 1 << 14;
/// How deep `sh -c` may nest.
const MAX_DEPTH: usize = 4;

/// Reads a script and writes what it would write.
pub(super) fn run(script: &str, files: &mut Files) {
    let mut shell = Shell { variables: BTreeMap::new(), files, group: None, written: 0, depth: 0 };
    let mut lines = script.lines().take(MAX_LINES);
    while let Some(line) = lines.next() {
        let mut line = line.trim_end_matches('\r').to_owned();
        while line.ends_with('\\') {
            line.pop();
            line.push_str(lines.next().unwrap_or_default());
            if line.len() > MAX_WRITTEN {
                return;
            }
        }
        let words = split(&line);
        let document = heredoc(&words).map(|mark| mark.read(&mut lines));
        if !shell.line(&words, document.as_ref()) {
            return;
        }
    }
}

struct Shell<'f> {
    variables: BTreeMap<String, String>,
    files: &'f mut Files,
    /// What the commands of an open `{` printed.
    group: Option<String>,
    written: usize,
    depth: usize,
}

/// A piece of a line: a word with its quoting, or an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Parts, and whether variables are replaced in each.
    Word(Vec<(String, bool)>),
    Operator(&'static str),
}

/// A here-document's end mark.
struct Mark {
    end: String,
    expand: bool,
    strip_tabs: bool,
}

impl Mark {
    fn read<'l>(&self, lines: &mut impl Iterator<Item = &'l str>) -> (String, bool) {
        let mut text = String::new();
        for line in lines {
            let line = if self.strip_tabs { line.trim_start_matches('\t') } else { line };
            if line.trim_end() == self.end || text.len() > MAX_WRITTEN {
                break;
            }
            text.push_str(line);
            text.push('\n');
        }
        (text, self.expand)
    }
}

fn heredoc(tokens: &[Token]) -> Option<Mark> {
    let at = tokens.iter().position(|t| matches!(t, Token::Operator("<<" | "<<-")))?;
    let Some(Token::Word(parts)) = tokens.get(at + 1) else { return None };
    Some(Mark {
        end: parts.iter().map(|(text, _)| text.as_str()).collect(),
        expand: parts.iter().all(|(_, expand)| *expand) && parts.len() == 1,
        strip_tabs: tokens.get(at) == Some(&Token::Operator("<<-")),
    })
}

const OPERATORS: [&str; 12] = ["<<-", "<<", ">>", "&&", "||", "2>&1", "&>", ">", "<", "|", ";", "&"];

/// Splits a line into words and operators; a comment ends it.
fn split(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Option<Vec<(String, bool)>> = None;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            tokens.extend(word.take().map(Token::Word));
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        }
        if c == '#' && word.is_none() {
            break;
        }
        if let Some(operator) = OPERATORS.iter().find(|op| rest.starts_with(**op)) {
            tokens.extend(word.take().map(Token::Word));
            tokens.push(Token::Operator(operator));
            rest = rest.get(operator.len()..).unwrap_or_default();
            continue;
        }
        let (text, expand, length) = piece(rest, c);
        let parts = word.get_or_insert_with(Vec::new);
        match parts.last_mut().filter(|(_, e)| *e == expand && !matches!(c, '"' | '\'')) {
            Some((last, _)) => last.push_str(&text),
            None => parts.push((text, expand)),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens.extend(word.take().map(Token::Word));
    tokens
}

/// The next part of a word: its text, whether variables are replaced in it, and its length in the line.
fn piece(rest: &str, first: char) -> (String, bool, usize) {
    let inside = rest.get(1..).unwrap_or_default();
    match first {
        '\'' => {
            let end = inside.find('\'').unwrap_or(inside.len());
            (inside.get(..end).unwrap_or_default().to_owned(), false, end + 2)
        }
        '"' => {
            let mut text = String::new();
            let mut chars = inside.char_indices();
            while let Some((at, c)) = chars.next() {
                match c {
                    '"' => return (text, true, at + 2),
                    '\\' => match chars.next() {
                        Some((_, next @ ('"' | '\\' | '`'))) => text.push(next),
                        Some((_, next)) => text.extend(['\\', next]),
                        None => {}
                    },
                    other => text.push(other),
                }
            }
            (text, true, rest.len())
        }
        '\\' => {
            let next = inside.chars().next();
            (next.map(String::from).unwrap_or_default(), false, 1 + next.map_or(0, char::len_utf8))
        }
        other => (other.to_string(), true, other.len_utf8()),
    }
}

impl Shell<'_> {
    /// Does a line; false when the script ends here.
    fn line(&mut self, tokens: &[Token], document: Option<&(String, bool)>) -> bool {
        for statement in tokens.split(|t| matches!(t, Token::Operator(";" | "&&" | "||" | "&"))) {
            if !self.statement(statement, document) {
                return false;
            }
        }
        true
    }

    fn statement(&mut self, tokens: &[Token], document: Option<&(String, bool)>) -> bool {
        let mut input = String::new();
        for command in tokens.split(|t| *t == Token::Operator("|")) {
            let (mut words, target) = self.redirections(command);
            while words
                .first()
                .is_some_and(|w| matches!(w.as_str(), "sudo" | "then" | "do" | "else" | "export"))
            {
                words.remove(0);
            }
            match words.first().map(String::as_str) {
                Some("exit") => return false,
                Some("{") => {
                    self.group = Some(String::new());
                    words.remove(0);
                }
                Some("}") => {
                    let printed = self.group.take().unwrap_or_default();
                    self.write(target, &printed);
                    continue;
                }
                _ => {}
            }
            if let Some((text, expand)) = document.filter(|_| has_heredoc(command)) {
                input = if *expand { self.expand(text) } else { text.clone() };
            } else if let Some(path) = self.source(command) {
                input = self.files.get(&path).cloned().unwrap_or_default();
            }
            let output = self.command(&words, &input);
            if let Some(target) = target {
                self.write(Some(target), &output);
                input = String::new();
            } else {
                input = output;
            }
        }
        if let Some(group) = self.group.as_mut().filter(|group| group.len() < MAX_WRITTEN) {
            group.push_str(&input);
        }
        true
    }

    /// Words of a command with variables replaced, and where its output goes: path and whether to append.
    fn redirections(&self, tokens: &[Token]) -> (Vec<String>, Option<(String, bool)>) {
        let (mut words, mut target) = (Vec::new(), None);
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            match token {
                Token::Word(parts) => words.push(self.word(parts)),
                Token::Operator("2>&1") => {}
                Token::Operator(operator) => {
                    let Some(Token::Word(parts)) = tokens.next() else { continue };
                    if matches!(*operator, ">" | ">>" | "&>") {
                        target = Some((self.word(parts), *operator == ">>"));
                    }
                }
            }
        }
        (words, target)
    }

    /// The file that a command reads: `< file`.
    fn source(&self, tokens: &[Token]) -> Option<String> {
        let at = tokens.iter().position(|token| *token == Token::Operator("<"))?;
        match tokens.get(at + 1)? {
            Token::Word(parts) => Some(self.word(parts)),
            Token::Operator(_) => None,
        }
    }

    fn command(&mut self, words: &[String], input: &str) -> String {
        let Some((name, arguments)) = words.split_first() else { return String::new() };
        if let Some(output) = effects::of(self.files, name, arguments, input) {
            return output;
        }
        match name.as_str() {
            "echo" => echo(arguments),
            "printf" => printf(arguments),
            "cat" if arguments.is_empty() || arguments == ["-"] => input.to_owned(),
            "cat" => arguments.iter().filter_map(|path| self.files.get(path)).cloned().collect(),
            "tee" => {
                let append = arguments.iter().any(|a| a == "-a" || a == "--append");
                for path in arguments.iter().filter(|a| !a.starts_with('-')) {
                    self.write(Some((path.clone(), append)), input);
                }
                input.to_owned()
            }
            "sh" | "bash" | "/bin/sh" | "/bin/bash" => {
                let script = arguments.iter().position(|a| a == "-c").and_then(|at| arguments.get(at + 1));
                if let Some(script) = script.filter(|_| self.depth < MAX_DEPTH) {
                    self.depth += 1;
                    self.line(&split(script), None);
                    self.depth -= 1;
                }
                String::new()
            }
            "rm" => {
                for path in arguments {
                    self.files.remove(path);
                }
                String::new()
            }
            _ => {
                for word in words {
                    let Some((name, value)) = word.split_once('=') else { break };
                    let is_name =
                        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                    if is_name && self.variables.len() < MAX_LINES {
                        self.variables.insert(name.to_owned(), value.to_owned());
                    }
                }
                String::new()
            }
        }
    }

    fn write(&mut self, target: Option<(String, bool)>, text: &str) {
        self.written = self.written.saturating_add(text.len());
        let Some((path, append)) = target else { return };
        if self.written > MAX_WRITTEN {
            return;
        }
        let file = self.files.entry(path).or_default();
        if !append {
            file.clear();
        }
        file.push_str(text);
    }

    fn word(&self, parts: &[(String, bool)]) -> String {
        let part = |(text, expand): &(String, bool)| if *expand { self.expand(text) } else { text.clone() };
        parts.iter().map(part).collect()
    }

    /// Replaces `$NAME` and `${NAME}`; unknown ones are empty, anything else stays as it is.
    fn expand(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let braced = after.strip_prefix('{');
            let body = braced.unwrap_or(after);
            let length = body.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(body.len());
            let (name, tail) = body.split_at_checked(length).unwrap_or((body, ""));
            let closed = braced.is_none() || tail.starts_with('}');
            if name.is_empty() || !closed {
                out.push('$');
                rest = after;
                continue;
            }
            out.push_str(self.variables.get(name).map_or("", String::as_str));
            rest = if braced.is_some() { tail.strip_prefix('}').unwrap_or(tail) } else { tail };
            if out.len() > MAX_WRITTEN {
                return out;
            }
        }
        out.push_str(rest);
        out
    }
}

fn has_heredoc(tokens: &[Token]) -> bool {
    tokens.iter().any(|t| matches!(t, Token::Operator("<<" | "<<-")))
}

fn echo(arguments: &[String]) -> String {
    let flags = arguments.iter().take_while(|a| matches!(a.as_str(), "-e" | "-n" | "-ne" | "-en")).count();
    let (flags, words) = arguments.split_at_checked(flags).unwrap_or((&[], arguments));
    let text = words.join(" ");
    let text = if flags.iter().any(|f| f.contains('e')) { escapes(&text) } else { text };
    if flags.iter().any(|f| f.contains('n')) { text } else { text + "\n" }
}

fn printf(arguments: &[String]) -> String {
    let Some((format, values)) = arguments.split_first() else { return String::new() };
    let mut values = values.iter();
    let mut pieces = format.split("%s");
    let mut out = escapes(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push_str(values.next().map_or("", String::as_str));
        out.push_str(&escapes(piece));
    }
    out
}

fn escapes(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}
