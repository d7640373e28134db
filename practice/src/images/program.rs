//! What a running container answers on which port.

use super::catalogue::Builtin;
use super::{Behaviour, Start};

/// A program that keeps running.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// Milliseconds after its start before it listens.
    pub ready_ms: i64,
    /// Where it listens. Empty for a program that only waits.
    pub listeners: Vec<Listener>,
}

/// A TCP port a program listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// The port inside the container.
    pub port: u16,
    /// What it does with a connection.
    pub serves: Serves,
}

/// What a listener does with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serves {
    /// netcat in a loop: composes this text, then waits for one connection and sends it.
    Text(Vec<Piece>),
    /// A static page.
    Page(&'static str),
    /// Counts visits in the redis of that name.
    HitCounter {
        /// Name of the redis container.
        redis: String,
    },
    /// The redis protocol.
    Redis,
}

/// A piece of a text that a shell composes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The container's own address: `hostname -i`.
    OwnAddress,
    /// What a connection to a host and port answers: `nc host port`.
    Dialed {
        /// The host, composed itself.
        host: String,
        /// The port.
        port: u16,
    },
    /// The length of a text: `${#VAR}`.
    Length(Vec<Piece>),
}

/// What a container does.
pub(super) fn of(start: &Start<'_>) -> Behaviour {
    let listen = |port, serves| {
        Behaviour::Runs(Program { ready_ms: 1_000, listeners: vec![Listener { port, serves }] })
    };
    match start.image.runs {
        Builtin::Shell => Behaviour::Exits { code: 0, after_ms: 100 },
        Builtin::Redis => listen(6379, Serves::Redis),
        Builtin::HitCounter => listen(5000, Serves::HitCounter { redis: "redis".to_owned() }),
        Builtin::Nginx => listen(80, Serves::Page("")),
        Builtin::Httpd => listen(80, Serves::Page("")),
        Builtin::EcsSample => listen(80, Serves::Page("")),
    }
}
