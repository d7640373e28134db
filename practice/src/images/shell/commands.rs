//! The commands a server script is made of.

use super::{Builtin, Flow, Shell, Text};
use crate::images::{Listener, Piece, Serves};

/// Commands that only let their input through, as far as a page's text is concerned.
const FILTERS: [&str; 8] = ["awk", "cut", "grep", "head", "sed", "sort", "tr", "uniq"];
/// Commands without an output that matters.
const QUIET: [&str; 12] =
    ["chmod", "chown", "date", "env", "id", "kill", "ls", "mkdir", "pwd", "trap", "uname", "whoami"];
/// Commands that read and write files.
const ON_FILES: [&str; 7] = ["cat", "cd", "cp", "mv", "rm", "tee", "touch"];
/// Devices that never end: whoever reads one keeps a CPU busy.
const ENDLESS: [&str; 3] = ["/dev/zero", "/dev/urandom", "/dev/random"];

impl Shell<'_> {
    /// Runs a simple command.
    pub(super) fn run(&mut self, argv: Vec<Text>, input: Text) -> (Flow, Text) {
        let mut argv = argv.into_iter();
        let Some(first) = argv.next() else { return (Flow::Next(0), Text::default()) };
        let rest: Vec<Text> = argv.collect();
        let none = Text::default;
        let name = first.known().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        match name {
            ":" | "true" => (Flow::Next(0), none()),
            "echo" => (Flow::Next(0), echo(&rest)),
            "printf" => (Flow::Next(0), printf(&rest)),
            "false" => (Flow::Next(1), none()),
            "yes" => self.spin(),
            "dd" if rest.iter().filter_map(Text::known).any(|word| word.starts_with("count=")) => {
                (Flow::Next(0), none())
            }
            "cat" | "dd" | "gzip" | "md5sum" | "sha1sum" | "sha256sum" | "sha512sum"
                if rest.iter().filter_map(Text::known).any(is_endless) =>
            {
                self.spin()
            }
            "hostname" if rest.iter().any(|a| matches!(a.known(), Some("-i" | "-I"))) => {
                let mut own = Text::of(Piece::OwnAddress);
                own.push_str("\n");
                (Flow::Next(0), own)
            }
            "hostname" => (Flow::Next(0), Text::plain("container\n")),
            "sleep" => self.sleep(&rest),
            "tail" if rest.iter().any(|a| matches!(a.known(), Some("-f" | "-F"))) => (Flow::Stays, none()),
            // It keeps what it reads until the end, which never comes.
            "tail" if rest.iter().any(|a| a.known() == Some("/dev/zero")) => {
                (self.uses(i64::MAX).unwrap_or(Flow::Stays), none())
            }
            "tail" => (Flow::Next(0), input),
            "wait" if self.background_stays => (Flow::Stays, none()),
            "wait" | "export" | "readonly" | "local" => {
                self.declare(rest);
                (Flow::Next(0), none())
            }
            "set" => {
                self.exit_on_error |= rest
                    .iter()
                    .filter_map(Text::known)
                    .any(|flags| flags.starts_with('-') && flags.contains('e'));
                (Flow::Next(0), none())
            }
            "exit" => (Flow::Exit(rest.first().and_then(number).unwrap_or(0)), none()),
            "break" => (Flow::Break, none()),
            "exec" if !rest.is_empty() => match self.run(rest, input) {
                (Flow::Next(code), output) => (Flow::Exit(code), output),
                other => other,
            },
            "sh" | "bash" | "ash" | "dash" => self.shell(&rest),
            "test" | "[" | "[[" => (Flow::Next(self.test(&rest)), none()),
            "nc" | "netcat" | "ncat" => self.netcat(&rest, input),
            "busybox" if !rest.is_empty() => self.run(rest, input),
            name if ON_FILES.contains(&name) => self.file_command(name, &rest, input),
            name if FILTERS.contains(&name) => (Flow::Next(0), input),
            name if QUIET.contains(&name) => (Flow::Next(0), none()),
            "curl" | "wget" if self.has_client(name) => (self.fetch(name, &rest), none()),
            "redis-cli" if self.has_client(name) => {
                (Flow::Next(i32::from(self.is_open("localhost", 6379) == Some(false))), none())
            }
            "mysql" | "mariadb" if self.has_mysql() => self.mysql(&rest),
            "pgrep" | "pidof" | "ps" => (Flow::Next(0), none()),
            "stress" | "stress-ng" if self.image == Builtin::Stress => (self.stress(&rest), none()),
            "python" | "python3" if self.image == Builtin::Python => (self.python(&rest), none()),
            name => (self.server(name, &rest), none()),
        }
    }

    fn declare(&mut self, arguments: Vec<Text>) {
        for argument in arguments {
            let mut pieces = argument.into_pieces().into_iter();
            if let Some(Piece::Text(first)) = pieces.next()
                && let Some((name, value)) = first.split_once('=')
            {
                let mut text = Text::plain(value);
                pieces.for_each(|piece| text.push(piece));
                self.variables.insert(name.to_owned(), text);
            }
        }
    }

    /// A program that never waits and never ends.
    fn spin(&mut self) -> (Flow, Text) {
        self.spins = true;
        (Flow::Stays, Text::default())
    }

    pub(super) fn sleep(&mut self, arguments: &[Text]) -> (Flow, Text) {
        let text = arguments.first().and_then(Text::known).unwrap_or_default();
        if text == "infinity" || text == "inf" {
            return (Flow::Stays, Text::default());
        }
        let (digits, unit) = match text.char_indices().next_back() {
            Some((at, 's')) => (text.get(..at), 1_000),
            Some((at, 'm')) => (text.get(..at), 60_000),
            Some((at, 'h')) => (text.get(..at), 3_600_000),
            Some((at, 'd')) => (text.get(..at), 86_400_000),
            _ => (Some(text), 1_000),
        };
        let (whole, fraction) =
            digits.unwrap_or_default().split_once('.').unwrap_or((digits.unwrap_or_default(), ""));
        let tenths = fraction.chars().next().and_then(|c| c.to_digit(10)).map_or(0, i64::from);
        let Ok(whole) = whole.parse::<u32>() else { return (Flow::Next(1), Text::default()) };
        let ms = i64::from(whole).saturating_mul(unit) + tenths * unit / 10;
        self.elapsed_ms = self.elapsed_ms.saturating_add(ms);
        (Flow::Next(0), Text::default())
    }

    fn shell(&mut self, arguments: &[Text]) -> (Flow, Text) {
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.known() {
                Some(flags) if flags.starts_with('-') && flags.contains('c') => {
                    self.exit_on_error |= flags.contains('e');
                    let script = arguments.next().and_then(Text::known).unwrap_or_default().to_owned();
                    let before = self.exit_on_error;
                    let (flow, output) = self.script(&script);
                    self.exit_on_error = before && self.depth > 0;
                    let flow = match flow {
                        Flow::Exit(code) => Flow::Next(code),
                        Flow::Break => Flow::Next(0),
                        other => other,
                    };
                    return (flow, output);
                }
                Some(flags) if flags.starts_with('-') => {}
                // A script file that the image does not have.
                _ => return (Flow::Next(127), Text::default()),
            }
        }
        // No terminal: end of input at once.
        (Flow::Next(0), Text::default())
    }

    fn netcat(&mut self, arguments: &[Text], input: Text) -> (Flow, Text) {
        let Some(call) = Netcat::parse(arguments) else { return (Flow::Next(1), Text::default()) };
        if call.listens {
            let Some(port) = call.port else { return (Flow::Next(1), Text::default()) };
            if !self.listeners.iter().any(|listener| listener.port == port) {
                let serves = Serves::Text(input.into_pieces());
                self.listeners.push(Listener { port, ready_ms: self.elapsed_ms, serves });
            }
            return (Flow::Stays, Text::default());
        }
        let (Some(port), false) = (call.port, call.host.is_empty()) else {
            return (Flow::Next(1), Text::default());
        };
        if let Some(open) = self.is_open(&call.host, port) {
            return (Flow::Next(i32::from(!open)), Text::default());
        }
        self.dialed += 1;
        let answer = Piece::Dialed { serial: self.dialed, host: call.host, port };
        (Flow::Next(0), if call.scans { Text::default() } else { Text::of(answer) })
    }
}

struct Netcat {
    listens: bool,
    scans: bool,
    host: String,
    port: Option<u16>,
}

impl Netcat {
    fn parse(arguments: &[Text]) -> Option<Self> {
        let mut call = Self { listens: false, scans: false, host: String::new(), port: None };
        let mut operands = Vec::new();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let text = argument.known().unwrap_or_default();
            let Some(flags) = text.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                operands.push(text);
                continue;
            };
            for (at, flag) in flags.char_indices() {
                match flag {
                    'l' => call.listens = true,
                    'z' => call.scans = true,
                    // Flags with a value: attached, or the next argument.
                    'p' | 'q' | 'w' | 'i' | 's' | 'e' | 'c' | 'I' | 'O' | 'T' | 'X' | 'x' | 'm' | 'g'
                    | 'G' => {
                        let attached = flags.get(at + 1..).filter(|value| !value.is_empty());
                        let value = attached.or_else(|| arguments.next().and_then(Text::known));
                        if flag == 'p' {
                            call.port = Some(value?.parse().ok()?);
                        }
                        break;
                    }
                    _ => {}
                }
            }
        }
        let (first, second) = (operands.first().copied(), operands.get(1).copied());
        if call.listens {
            call.port = call.port.or_else(|| second.or(first)?.parse().ok());
        } else {
            first.unwrap_or_default().clone_into(&mut call.host);
            call.port = second.and_then(|port| port.parse().ok());
        }
        Some(call)
    }
}

pub(super) fn number(text: &Text) -> Option<i32> {
    text.known()?.parse().ok()
}

fn echo(arguments: &[Text]) -> Text {
    let (mut escapes, mut line_end, mut arguments) = (false, true, arguments);
    while let Some((first, rest)) = arguments.split_first() {
        let flags = first.known().and_then(|text| text.strip_prefix('-')).unwrap_or_default();
        if flags.is_empty() || !flags.chars().all(|c| matches!(c, 'n' | 'e' | 'E')) {
            break;
        }
        (escapes, line_end) = (escapes || flags.contains('e'), line_end && !flags.contains('n'));
        arguments = rest;
    }
    let mut text = Text::default();
    for (at, argument) in arguments.iter().enumerate() {
        if at > 0 {
            text.push_str(" ");
        }
        for piece in argument.pieces() {
            match piece {
                Piece::Text(plain) if escapes => text.push_str(&unescape(plain)),
                other => text.push(other.clone()),
            }
        }
    }
    if line_end {
        text.push_str("\n");
    }
    text
}

/// The first argument with each `%s`, `%d` and `%b` replaced by the next one.
fn printf(arguments: &[Text]) -> Text {
    let Some((format, rest)) = arguments.split_first() else { return Text::default() };
    let (mut rest, mut text) = (rest.iter(), Text::default());
    for piece in format.pieces() {
        let Piece::Text(plain) = piece else {
            text.push(piece.clone());
            continue;
        };
        let plain = unescape(plain);
        let mut parts = plain.split('%');
        text.push_str(parts.next().unwrap_or_default());
        let mut literal = false;
        for part in parts {
            if std::mem::take(&mut literal) {
                text.push_str(part);
                continue;
            }
            let mut after = part.chars();
            match after.next() {
                Some('s' | 'd' | 'b' | 'i' | 'u') => {
                    text.append(rest.next().cloned().unwrap_or_default());
                    text.push_str(after.as_str());
                }
                // `%%`: the split leaves nothing between the two.
                None => {
                    text.push_str("%");
                    literal = true;
                }
                Some(_) => {
                    text.push_str("%");
                    text.push_str(part);
                }
            }
        }
    }
    text
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, false) => out.push(c),
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('\\') | None => out.push('\\'),
                Some(other) => out.extend(['\\', other]),
            },
        }
    }
    out
}

/// `if=/dev/zero`, `/dev/zero`
fn is_endless(word: &str) -> bool {
    ENDLESS.contains(&word.strip_prefix("if=").unwrap_or(word))
}

impl Shell<'_> {
    /// `[ -n x ]`, `[ -z x ]`, `[ -f x ]`, `[ a = b ]`, `[ a != b ]`, `[ ! ... ]`; anything else is taken for true.
    fn test(&self, arguments: &[Text]) -> i32 {
        let words: Vec<&Text> = arguments.iter().filter(|a| !matches!(a.known(), Some("]" | "]]"))).collect();
        let (negated, words) = match words.split_first() {
            Some((first, rest)) if first.known() == Some("!") => (true, rest),
            _ => (false, words.as_slice()),
        };
        let holds = match words {
            [] => false,
            [one] => !one.is_empty(),
            [operator, value] => match operator.known() {
                Some("-n") => !value.is_empty(),
                Some("-z") => value.is_empty(),
                Some("-e" | "-f" | "-r" | "-s") => {
                    value.known().is_some_and(|path| self.files.is_there(path))
                }
                _ => true,
            },
            [left, operator, right] => match operator.known() {
                Some("=" | "==") => left == right,
                Some("!=") => left != right,
                _ => true,
            },
            _ => true,
        };
        i32::from(holds == negated)
    }
}
