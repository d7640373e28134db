//! What a running container answers on which port.

use super::catalogue::Builtin;
use super::shell;
use super::{Behaviour, Start};

/// A program that keeps running.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// Where it listens. Empty for a program that only waits.
    pub listeners: Vec<Listener>,
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
    /// A web server with one page.
    Page(String),
    /// Counts visits in a redis.
    HitCounter {
        /// The name it looks for.
        redis: String,
    },
    /// The redis protocol.
    Redis,
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

/// How long a program that ends at once takes for it.
const AT_ONCE_MS: i64 = 200;

/// What a container does.
pub(super) fn of(start: &Start<'_>) -> Behaviour {
    let argv = argument_vector(start);
    let Some(program) = argv.first() else {
        return Behaviour::CannotStart("No command specified".to_owned());
    };
    let reading = shell::read(start.image.runs, &argv, start.environment);
    match reading.exit {
        None => Behaviour::Runs(Program { listeners: reading.listeners }),
        // Without a shell in between, Docker itself does not find the program.
        Some(127) if !is_shell(program) => Behaviour::CannotStart(format!(
            "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"{program}\": executable file not found in $PATH: unknown"
        )),
        Some(code) => Behaviour::Exits { code, after_ms: reading.after_ms.saturating_add(AT_ONCE_MS) },
    }
}

/// Entry point and command, each the image's own where the definition is silent. An entry point of the definition
/// drops the image's command, as Docker does. The entry points of the images in the catalogue only run their
/// command, so they are left out.
fn argument_vector(start: &Start<'_>) -> Vec<String> {
    let own = || default_command(start.image.runs).iter().map(|word| (*word).to_owned()).collect();
    match (start.entry_point.is_empty(), start.command.is_empty()) {
        (true, true) => own(),
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
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"))
}
