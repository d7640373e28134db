//! What a running container answers on which port.

use super::catalogue::Builtin;
use super::shell;
use super::sock_shop::{self, Service, Store};
use super::{Behaviour, Start};

/// A program that keeps running.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// Where it listens. Empty for a program that only waits.
    pub listeners: Vec<Listener>,
    /// The files it writes, in order.
    pub writes: Vec<Write>,
}

/// A change of a file by a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Absolute, without `.` and `..`.
    pub path: String,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It holds this and nothing else.
    Replace(Vec<Piece>),
    /// It holds this too, at its end; it is made if need be.
    Append(Vec<Piece>),
    /// It is not there any more.
    Remove,
}

/// What a program takes of its host for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// Whether it never waits: it uses all of a CPU that it can get.
    pub spins: bool,
    /// Memory it takes, MiB, where it says how much.
    pub memory_mib: Option<i64>,
}

/// A TCP port a program listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// The port inside the container.
    pub port: u16,
    /// Milliseconds after the start of the container.
    pub ready_ms: i64,
    /// What it does with a connection.
    pub serves: Serves,
}

/// What a listener does with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serves {
    /// netcat in a loop: composes this text, then waits for one connection and sends it.
    Text(Vec<Piece>),
    /// A web server: files that programs wrote below the first of these directories that has an `index.html`, or the
    /// first of all.
    Files {
        /// Directories, absolute, without a `/` at the end.
        roots: Vec<String>,
        /// What `/` shows when there is no `index.html`; empty when that is "not found".
        front: String,
    },
    /// Counts visits in a redis.
    HitCounter {
        /// The name it looks for.
        redis: String,
    },
    /// The redis protocol.
    Redis,
    /// A service of Sock Shop.
    Shop(Box<Service>),
    /// A database or queue of Sock Shop.
    Store(Store),
}

/// Longest text that a program composes, hears or remembers, in bytes. Longer ones are cut, so that no script, and no
/// chain of them, grows without bound.
pub const MAX_TEXT: usize = 16 * 1024;

/// A piece of a text that a shell composes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The container's own address: `hostname -i`.
    OwnAddress,
    /// What a connection answers: `nc host port`.
    Dialed {
        /// Which call of netcat it is: the same answer wherever it is used.
        serial: u32,
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// The length of a text: `${#VAR}`.
    Length(Vec<Piece>),
}

/// Most lines that a container says at its start.
const MAX_LINES: usize = 100;
/// How long a program that ends at once takes for it.
const AT_ONCE_MS: i64 = 200;

/// What a container does.
pub(super) fn of(start: &Start<'_>) -> Behaviour {
    let argv = argument_vector(start);
    let Some(program) = argv.first() else {
        return Behaviour::CannotStart("No command specified".to_owned());
    };
    let reading = shell::read(start, &argv);
    if reading.killed {
        return Behaviour::Exits { code: 137, after_ms: reading.after_ms, out_of_memory: true };
    }
    match reading.exit {
        None => Behaviour::Runs(Program { listeners: reading.listeners, writes: reading.writes }),
        // Without a shell in between, Docker itself does not find the program.
        Some(127) if !is_shell(program) => Behaviour::CannotStart(format!(
            "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"{program}\": executable file not found in $PATH: unknown"
        )),
        Some(code) => {
            let after_ms = reading.after_ms.saturating_add(AT_ONCE_MS);
            Behaviour::Exits { code, after_ms, out_of_memory: false }
        }
    }
}

/// See [`super::passes_from`].
pub(super) fn passes_from(start: &Start<'_>, check: &[String]) -> Option<i64> {
    let (kind, words) = check.split_first()?;
    let argv: Vec<String> = match kind.as_str() {
        "CMD-SHELL" => ["/bin/sh", "-c"].into_iter().map(str::to_owned).chain([words.join(" ")]).collect(),
        "CMD" => words.to_vec(),
        // A command without its kind is a shell's.
        _ => ["/bin/sh", "-c"].into_iter().map(str::to_owned).chain([check.join(" ")]).collect(),
    };
    let Program { listeners, writes } = match of(start) {
        Behaviour::Runs(program) => program,
        Behaviour::Exits { .. } | Behaviour::CannotStart(_) => Program::default(),
    };
    let mut moments: Vec<i64> = listeners.iter().map(|listener| listener.ready_ms).chain([0]).collect();
    moments.sort_unstable();
    moments.dedup();
    moments.into_iter().find(|from| {
        let open: Vec<Listener> = listeners.iter().filter(|l| l.ready_ms <= *from).cloned().collect();
        shell::probe(start, &argv, &open, &writes) == Some(0)
    })
}

/// See [`super::writes`].
pub(super) fn writes(start: &Start<'_>) -> Vec<Write> {
    shell::read(start, &argument_vector(start)).writes
}

/// See [`super::loads`].
pub(super) fn loads(start: &Start<'_>) -> Option<sock_shop::Login> {
    shell::read(start, &argument_vector(start)).loads
}

/// See [`super::demand`].
pub(super) fn demand(start: &Start<'_>) -> Demand {
    let reading = shell::read(start, &argument_vector(start));
    Demand { spins: reading.spins, memory_mib: reading.takes_mib }
}

/// See [`super::says`].
pub(super) fn says(start: &Start<'_>) -> Vec<Vec<Piece>> {
    let reading = shell::read(start, &argument_vector(start));
    let mut lines: Vec<Vec<Piece>> =
        reading.banner.iter().map(|line| vec![Piece::Text((*line).to_owned())]).collect();
    let mut line = Vec::new();
    for piece in reading.said {
        let Piece::Text(text) = piece else {
            line.push(piece);
            continue;
        };
        let mut parts = text.split('\n');
        if let Some(first) = parts.next().filter(|part| !part.is_empty()) {
            line.push(Piece::Text(first.to_owned()));
        }
        for part in parts {
            lines.push(std::mem::take(&mut line));
            if !part.is_empty() {
                line.push(Piece::Text(part.to_owned()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.truncate(MAX_LINES);
    lines
}

/// Entry point and command, each the image's own where the definition is silent. An entry point of the definition
/// drops the image's command, as Docker does. The entry points of the images in the catalogue only run their
/// command, so they are left out.
fn argument_vector(start: &Start<'_>) -> Vec<String> {
    let own = || -> Vec<String> {
        default_command(start.image.runs).iter().map(|word| (*word).to_owned()).collect()
    };
    match (start.entry_point.is_empty(), start.command.is_empty()) {
        (true, true) => own(),
        // The entry points of these run their own program with flags.
        (true, false)
            if matches!(start.image.runs, Builtin::Shop(_))
                && start.command.first().is_some_and(|word| word.starts_with('-')) =>
        {
            own().into_iter().take(1).chain(start.command.iter().cloned()).collect()
        }
        (true, false) => start.command.to_vec(),
        (false, _) => start.entry_point.iter().chain(start.command).cloned().collect(),
    }
}

fn default_command(runs: Builtin) -> &'static [&'static str] {
    match runs {
        Builtin::Shell => &["sh"],
        Builtin::Redis => &["redis-server"],
        Builtin::HitCounter => &["python", "app.py"],
        Builtin::Nginx => &["nginx", "-g", "daemon off;"],
        Builtin::Httpd | Builtin::EcsSample => &["httpd-foreground"],
        Builtin::Python => &["python3"],
        Builtin::Stress => &["stress", "--help"],
        Builtin::Shop(kind) => sock_shop::default_command(kind),
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"))
}
