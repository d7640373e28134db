//! How much of its CPU and memory a task uses, in percent of what it reserves. What its programs do is read from their
//! scripts ([`crate::images::demand`]); the rest is a model, with all its numbers here:
//!
//! | program | CPU | memory |
//! |---|---|---|
//! | one that never waits | all the task has; without a limit of the task, a vCPU for each such container | 10 %, or what it says it takes |
//! | anything else | 2 units and 10 units for each request per second | 25 %, and 1 % for each request per second |

use crate::images::Demand;

/// CPU units of a program that waits.
const IDLE_UNITS: f64 = 2.0;
/// CPU units for a request per second: a hundredth of a vCPU.
const UNITS_PER_RATE: f64 = 10.0;
const IDLE_MEMORY: f64 = 25.0;
const BUSY_MEMORY: f64 = 10.0;
const MEMORY_PER_RATE: f64 = 1.0;
/// What Docker gives a task that asks for nothing.
const LEAST_UNITS: f64 = 128.0;
/// A vCPU: what one thread can use.
const CPU_UNITS: f64 = 1_024.0;

/// Percent of what is reserved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Load {
    pub(super) cpu: f64,
    pub(super) memory: f64,
}

/// What a task does with its CPU and memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Uses {
    /// CPU units that it uses whatever it is asked; None when it waits for requests.
    pub(super) spinning: Option<f64>,
    /// Memory that its programs say they take, MiB.
    pub(super) mebibytes: Option<f64>,
}

impl Uses {
    /// Of a task with these containers. `limit` are the units that it cannot get past, as on Fargate.
    #[expect(clippy::cast_precision_loss, reason = "ten containers, MiB far below 2^52")]
    pub(super) fn of(demands: &[Demand], limit: Option<f64>) -> Self {
        let busy = demands.iter().filter(|demand| demand.spins).count() as f64;
        let takes: Vec<i64> = demands.iter().filter_map(|demand| demand.memory_mib).collect();
        Self {
            spinning: (busy > 0.0).then(|| limit.unwrap_or(f64::INFINITY).min(busy * CPU_UNITS)),
            mebibytes: (!takes.is_empty()).then(|| takes.iter().sum::<i64>() as f64),
        }
    }
}

/// The load of a task with so many CPU units and MiB reserved and so many requests per second.
pub(super) fn of(uses: Uses, units: f64, mebibytes: f64, rate: f64) -> Load {
    let units_used = uses.spinning.unwrap_or(IDLE_UNITS + UNITS_PER_RATE * rate);
    let share = units_used / units.max(LEAST_UNITS) * 100.0;
    let memory = match (uses.mebibytes, uses.spinning) {
        (Some(takes), _) => takes / mebibytes.max(1.0) * 100.0,
        (None, Some(_)) => BUSY_MEMORY,
        (None, None) => IDLE_MEMORY + MEMORY_PER_RATE * rate,
    };
    // Requests are answered later before they take what others have.
    let cpu = if uses.spinning.is_some() { share } else { share.min(100.0) };
    Load { cpu, memory: memory.min(100.0) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::images::{Start, demand, find};

    fn runs(image: &str, script: &str, limit: Option<f64>) -> Uses {
        let (entry_point, command) = (["sh", "-c"].map(str::to_owned), [script.to_owned()]);
        let image = find(image).unwrap();
        let environment = BTreeMap::new();
        let start = Start {
            image,
            entry_point: &entry_point,
            command: &command,
            environment: &environment,
            memory_mib: None,
            loaded: None,
        };
        Uses::of(&[demand(&start)], limit)
    }

    fn cpu(uses: Uses, rate: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "percent")]
        let percent = of(uses, 256.0, 512.0, rate).cpu.round() as i64;
        percent
    }

    #[test]
    fn busy_loops_use_everything_and_servers_by_request() {
        for busy in [
            "while true; do :; done",
            "while :; do :; done",
            "while : ; do true; done",
            "until false; do A=$((1)); done",
            "yes > /dev/null",
            "sleep 30; cat /dev/zero > /dev/null",
            "dd if=/dev/zero of=/dev/null",
            "yes >/dev/null & wait",
        ] {
            assert_eq!(cpu(runs("busybox", busy, None), 0.0), 400, "{busy}");
            assert_eq!(cpu(runs("busybox", busy, Some(256.0)), 0.0), 100, "{busy}");
        }
        assert_eq!(cpu(runs("polinux/stress", "stress --cpu 1", None), 0.0), 400);
        for calm in [
            "while true; do sleep 1; done",
            "while true; do echo the hall is warm; sleep 60; done",
            "sleep infinity",
            "while true; do echo hi | nc -l -p 80; done",
            "while true; do nc -w 3 a 80; done",
            "exec httpd -f -p 8080",
        ] {
            assert_eq!(cpu(runs("busybox", calm, None), 0.0), 1, "{calm}");
        }
        let waits = runs("busybox", "sleep infinity", None);
        assert_eq!(cpu(waits, 10.0), 40);
        assert_eq!(cpu(waits, 1_000.0), 100);
        let eats = runs("polinux/stress", "stress --vm 1 --vm-bytes 256M", None);
        assert!((of(eats, 256.0, 512.0, 0.0).memory - 50.0).abs() < 1e-9);
    }
}
