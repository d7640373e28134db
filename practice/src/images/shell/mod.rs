//! Reads a shell script for what it does as a server: which ports its netcats listen on, what text they send, whom it
//! asks for that, how long it sleeps first, and how it ends. Nothing is executed; what a host elsewhere would answer
//! stays a placeholder. Not here: arithmetic, functions, case, here documents, and commands that none of the
//! images has, which are "not found".

use std::collections::BTreeMap;

mod commands;
mod files;
mod lex;
mod mysql;
mod parse;
mod probe;
mod servers;
mod text;

use super::catalogue::Builtin;
use super::sock_shop::Login;
use super::{Listener, Piece, Serves, Start, Write};
use files::Files;
use lex::{Part, Word};
pub(crate) use mysql::{UNANSWERED, login, option};
use parse::{List, Node, Output, Simple, Stage, Then};
use text::Text;

/// Most commands that are read before the script is taken for one that never ends.
const MAX_STEPS: u32 = 4_000;
/// Most bytes of variables that are expanded; later ones are empty.
const MAX_EXPANDED: usize = 4 * 1024 * 1024;
/// Deepest nesting of command substitutions and shells.
const MAX_DEPTH: u32 = 8;

/// How a script ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Goes on, with an exit status.
    Next(i32),
    /// Leaves the loop it is in.
    Break,
    /// Ends the shell.
    Exit(i32),
    /// Never gets any further.
    Stays,
}

/// What a script comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// What its netcats and servers listen on.
    pub(super) listeners: Vec<Listener>,
    /// Exit code, unless it keeps running.
    pub(super) exit: Option<i32>,
    /// Milliseconds until it ends.
    pub(super) after_ms: i64,
    /// Whether it used too much memory.
    pub(super) killed: bool,
    /// What it writes to its standard output.
    pub(super) said: Vec<Piece>,
    /// What its server program says first.
    pub(super) banner: &'static [&'static str],
    /// The files it writes, in order.
    pub(super) writes: Vec<Write>,
    /// Whether it keeps a CPU busy for ever.
    pub(super) spins: bool,
    /// The memory it takes, MiB, where a program of it says how much.
    pub(super) takes_mib: Option<i64>,
    /// The database that it loads its dump into.
    pub(super) loads: Option<Login>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Shell<'a> {
    /// What the image has besides a shell.
    image: Builtin,
    /// Whether the image's busybox has its web server.
    has_httpd: bool,
    environment: &'a BTreeMap<String, String>,
    variables: BTreeMap<String, Text>,
    files: Files,
    listeners: Vec<Listener>,
    elapsed_ms: i64,
    steps: u32,
    /// Connections made so far.
    dialed: u32,
    expanded: usize,
    depth: u32,
    exit_on_error: bool,
    background_stays: bool,
    /// What listens, when it is a health check that runs.
    probe: Option<&'a [Listener]>,
    /// What the container may use.
    memory_mib: Option<i64>,
    killed: bool,
    spins: bool,
    takes_mib: Option<i64>,
    banner: &'static [&'static str],
    loads: Option<Login>,
    /// What the database said to it, once it was asked; empty when it was loaded.
    loaded: Option<&'a str>,
    /// The file that the command which runs now reads.
    reads: Option<String>,
}

/// Reads what a container's process does, given its argument vector.
pub(super) fn read(start: &Start<'_>, argv: &[String]) -> Reading {
    let mut shell = Shell::new(start, None, Files::default());
    let argv = argv.iter().map(|argument| Text::plain(argument)).collect();
    let (flow, said) = shell.run(argv, Text::default());
    let exit = match flow {
        Flow::Next(code) | Flow::Exit(code) => Some(code),
        Flow::Break => Some(0),
        Flow::Stays => None,
    };
    // Its background jobs die with a container's first process.
    let listeners = if exit.is_some() { Vec::new() } else { shell.listeners };
    Reading {
        listeners,
        exit,
        after_ms: shell.elapsed_ms,
        killed: shell.killed,
        said: said.into_pieces(),
        banner: shell.banner,
        writes: shell.files.into_writes(),
        spins: shell.spins && exit.is_none(),
        takes_mib: shell.takes_mib,
        loads: shell.loads,
    }
}

/// The exit code of a command that runs beside a container's process, which has written these files, and of which
/// `open` listen by now. None when it does not end.
pub(super) fn probe(start: &Start<'_>, argv: &[String], open: &[Listener], written: &[Write]) -> Option<i32> {
    let mut shell = Shell::new(start, Some(open), Files::of(written));
    let argv = argv.iter().map(|argument| Text::plain(argument)).collect();
    match shell.run(argv, Text::default()).0 {
        Flow::Next(code) | Flow::Exit(code) => Some(code),
        Flow::Break => Some(0),
        Flow::Stays => None,
    }
}

impl<'a> Shell<'a> {
    fn new(start: &Start<'a>, probe: Option<&'a [Listener]>, files: Files) -> Self {
        Self {
            image: start.image.runs,
            has_httpd: start.image.repository == "busybox",
            environment: start.environment,
            variables: BTreeMap::new(),
            files,
            listeners: Vec::new(),
            elapsed_ms: 0,
            steps: 0,
            dialed: 0,
            expanded: 0,
            depth: 0,
            exit_on_error: false,
            background_stays: false,
            probe,
            memory_mib: start.memory_mib,
            killed: false,
            spins: false,
            takes_mib: None,
            banner: &[],
            loads: None,
            loaded: start.loaded,
            reads: None,
        }
    }

    /// A server program begins to listen.
    fn serve(&mut self, port: u16, serves: Serves) {
        if !self.listeners.iter().any(|listener| listener.port == port) {
            self.listeners.push(Listener { port, ready_ms: self.elapsed_ms, serves });
        }
    }
}

impl Shell<'_> {
    fn script(&mut self, script: &str) -> (Flow, Text) {
        if self.depth >= MAX_DEPTH {
            return (Flow::Next(2), Text::default());
        }
        let Some(list) = lex::tokens(script).and_then(|tokens| parse::list(&tokens)) else {
            return (Flow::Exit(2), Text::default());
        };
        self.depth += 1;
        let result = self.list(&list, &Text::default());
        self.depth -= 1;
        result
    }

    fn list(&mut self, list: &List, input: &Text) -> (Flow, Text) {
        let (mut status, mut output, mut before) = (0, Text::default(), Then::Always);
        for entry in list {
            let runs = match before {
                Then::And => status == 0,
                Then::Or => status != 0,
                Then::Always | Then::Background => true,
            };
            if runs {
                let (flow, text) = self.node(&entry.node, input);
                output.append(text);
                match flow {
                    _ if entry.then == Then::Background => {
                        self.background_stays |= flow == Flow::Stays;
                        status = 0;
                    }
                    Flow::Next(code) => status = code,
                    other => return (other, output),
                }
                if status != 0 && self.exit_on_error && entry.then == Then::Always {
                    return (Flow::Exit(status), output);
                }
            }
            // `a && b || c`: what does not run passes the status on.
            before = entry.then;
        }
        (Flow::Next(status), output)
    }

    fn node(&mut self, node: &Node, input: &Text) -> (Flow, Text) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return (Flow::Stays, Text::default());
        }
        match node {
            Node::Pipeline(stages) => self.pipeline(stages, input),
            Node::Loop { until, condition, body } => self.repeat(*until, condition, body, input),
            Node::If { condition, body, otherwise } => {
                let (flow, mut output) = self.quietly(condition, input);
                let Flow::Next(status) = flow else { return (flow, output) };
                let (flow, text) = self.list(if status == 0 { body } else { otherwise }, input);
                output.append(text);
                (flow, output)
            }
        }
    }

    /// A condition: its failure is no error.
    fn quietly(&mut self, condition: &List, input: &Text) -> (Flow, Text) {
        let before = std::mem::replace(&mut self.exit_on_error, false);
        let result = self.list(condition, input);
        self.exit_on_error = before;
        result
    }

    /// One round of a loop tells what all of them do.
    fn repeat(&mut self, until: bool, condition: &List, body: &List, input: &Text) -> (Flow, Text) {
        let (began, dialed) = (self.elapsed_ms, self.dialed);
        let (flow, mut output) = self.quietly(condition, input);
        let Flow::Next(status) = flow else { return (flow, output) };
        if (status == 0) == until {
            return (Flow::Next(0), output);
        }
        let (flow, text) = self.list(body, input);
        output.append(text);
        match flow {
            Flow::Break => (Flow::Next(0), output),
            Flow::Exit(code) => (Flow::Exit(code), output),
            Flow::Next(_) => {
                // A round that neither sleeps nor asks anybody is followed by the next at once.
                self.spins |= self.elapsed_ms == began && self.dialed == dialed;
                (Flow::Stays, output)
            }
            Flow::Stays => (Flow::Stays, output),
        }
    }

    fn pipeline(&mut self, stages: &[Stage], input: &Text) -> (Flow, Text) {
        let (mut flow, mut text) = (Flow::Next(0), input.clone());
        let mut stays = false;
        for stage in stages {
            (flow, text) = match stage {
                Stage::Simple(simple) => self.simple(simple, text),
                Stage::Group(list, output) => {
                    let (flow, said) = self.list(list, &text);
                    (flow, self.redirected(output.as_ref(), said))
                }
            };
            stays |= flow == Flow::Stays;
        }
        // The stages of a pipe are processes of their own: `exit` in one does not end the script.
        match flow {
            _ if stays => (Flow::Stays, text),
            Flow::Exit(code) if stages.len() > 1 => (Flow::Next(code), text),
            other => (other, text),
        }
    }

    fn simple(&mut self, simple: &Simple, input: Text) -> (Flow, Text) {
        let mut words = simple.words.as_slice();
        while let Some((name, value)) = words.first().and_then(assignment) {
            let value = self.expand(&value);
            self.variables.insert(name, value);
            words = words.get(1..).unwrap_or_default();
        }
        let mut argv = Vec::new();
        for word in words {
            let text = self.expand(word);
            if word.quoted || !text.is_empty() {
                argv.push(text);
            }
        }
        if argv.is_empty() {
            self.redirected(simple.output.as_ref(), Text::default());
            return (Flow::Next(0), Text::default());
        }
        let reads = simple.input.as_ref().map(|file| self.expand(file));
        self.reads = reads.and_then(|file| file.known().map(str::to_owned));
        let (flow, output) = self.run(argv, input);
        (flow, self.redirected(simple.output.as_ref(), output))
    }

    /// What is left of a command's output after its redirection.
    fn redirected(&mut self, to: Option<&Output>, output: Text) -> Text {
        let Some(to) = to else { return output };
        let file = self.expand(&to.file);
        match file.known() {
            // The container's own output.
            Some("/dev/stdout" | "/dev/stderr" | "/proc/1/fd/1" | "/proc/1/fd/2" | "/proc/self/fd/1") => {
                output
            }
            Some(path) => {
                self.files.write(path, to.appends, output);
                Text::default()
            }
            None => Text::default(),
        }
    }

    fn expand(&mut self, word: &Word) -> Text {
        let mut text = Text::default();
        for part in &word.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Variable(name) => text.append(self.variable(name)),
                Part::Length(name) => match self.variable(name) {
                    value if value.known().is_some() => {
                        text.push_str(&value.known().unwrap_or_default().chars().count().to_string());
                    }
                    value => text.push(Piece::Length(value.into_pieces())),
                },
                Part::Command(script) => {
                    let before = self.listeners.len();
                    let variables = self.variables.clone();
                    let output = self.script(script).1;
                    // A subshell: what it sets is lost, and a netcat in it is no server for others.
                    self.variables = variables;
                    self.listeners.truncate(before);
                    text.append(output.trimmed());
                }
            }
        }
        text
    }

    /// `$NAME`, `${NAME:-default}` and `${NAME-default}`.
    fn variable(&mut self, text: &str) -> Text {
        if self.expanded > MAX_EXPANDED {
            return Text::default();
        }
        let end = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let value = match self.variables.get(name) {
            Some(value) => value.clone(),
            None => Text::plain(self.environment.get(name).map_or("", String::as_str)),
        };
        self.expanded += 1 + value.size();
        let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
        match default {
            Some(default) if value.is_empty() => Text::plain(default),
            _ => value,
        }
    }
}

/// `NAME=value` at the front of a command.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Part::Text(first) = word.parts.first()? else { return None };
    let (name, value) = first.split_once('=')?;
    let starts = name.chars().next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic());
    if !starts || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
        return None;
    }
    let mut parts = vec![Part::Text(value.to_owned())];
    parts.extend(word.parts.iter().skip(1).cloned());
    Some((name.to_owned(), Word { parts, quoted: true }))
}

#[cfg(test)]
mod tests;
