//! How much of its CPU and memory a task uses, in percent of what it reserves. A model, with all its numbers here:
//!
//! | program | CPU | memory |
//! |---|---|---|
//! | a loop that never waits, `yes`, `stress`, reading `/dev/zero` for ever | all the task has | 10 % |
//! | the same with `--vm`, `--vm-bytes` | all the task has | 90 % |
//! | anything else | 2 units and 10 units for each request per second | 25 %, and 1 % for each request per second |

/// CPU units of a program that waits.
const IDLE_UNITS: f64 = 2.0;
/// CPU units for a request per second: a hundredth of a vCPU.
const UNITS_PER_RATE: f64 = 10.0;
const IDLE_MEMORY: f64 = 25.0;
const MEMORY_PER_RATE: f64 = 1.0;
/// What Docker gives a task that asks for nothing.
const LEAST_UNITS: f64 = 128.0;

/// Percent of what is reserved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Load {
    pub(super) cpu: f64,
    pub(super) memory: f64,
}

/// Whether a command keeps a CPU busy for ever.
fn spins(command: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "yes >",
        "yes>",
        "stress",
        "/dev/zero of=/dev/null",
        "sum /dev/zero",
        "gzip -c /dev/zero",
        "cat /dev/zero >",
        "cat /dev/urandom >",
    ];
    let tight: String = command.split_whitespace().collect::<Vec<_>>().join(" ");
    let empty = |start: &str| {
        tight.match_indices(start).any(|(at, _)| {
            let body = tight.get(at + start.len()..).unwrap_or_default().trim_start_matches([';', ' ']);
            let body = body.strip_prefix("do").unwrap_or(body).trim_start();
            [":;", ": ;", "true;", "true ;", ": done", "true done"].iter().any(|idle| body.starts_with(idle))
        })
    };
    tight == "yes" || SIGNS.iter().any(|sign| tight.contains(sign)) || empty("while true") || empty("while :")
}

/// What a task does with its CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It waits for requests.
    Waits,
    /// It never waits.
    Spins,
    /// And takes all the memory.
    Eats,
}

impl Kind {
    /// Of a task whose containers run these commands: entry point and command, joined by blanks.
    pub(super) fn of(commands: &[String]) -> Self {
        let spinning: Vec<&String> = commands.iter().filter(|command| spins(command)).collect();
        match spinning.as_slice() {
            [] => Self::Waits,
            all if all.iter().any(|command| command.contains("--vm")) => Self::Eats,
            _ => Self::Spins,
        }
    }
}

/// The load of a task with so many CPU units reserved and so many requests per second.
pub(super) fn of(kind: Kind, units: f64, rate: f64) -> Load {
    let memory = match kind {
        Kind::Spins => 10.0,
        Kind::Eats => 90.0,
        Kind::Waits => {
            let cpu = (IDLE_UNITS + UNITS_PER_RATE * rate) / units.max(LEAST_UNITS) * 100.0;
            return Load { cpu: cpu.min(100.0), memory: (IDLE_MEMORY + MEMORY_PER_RATE * rate).min(100.0) };
        }
    };
    Load { cpu: 100.0, memory }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_loops_use_everything_and_servers_by_request() {
        for busy in [
            "sh -c while true; do :; done",
            "yes > /dev/null",
            "stress --cpu 2",
            "sh -c while : ; do true; done",
        ] {
            assert!((of(Kind::of(&[busy.to_owned()]), 256.0, 0.0).cpu - 100.0).abs() < 1e-9, "{busy}");
        }
        let waits = of(Kind::of(&["sh -c while true; do sleep 1; done".to_owned()]), 256.0, 0.0);
        assert!(waits.cpu < 1.0);
        let asked = of(Kind::Waits, 256.0, 10.0);
        assert!((asked.cpu - 102.0 / 256.0 * 100.0).abs() < 1e-9);
        assert!(of(Kind::Waits, 256.0, 1_000.0).cpu <= 100.0);
    }
}
