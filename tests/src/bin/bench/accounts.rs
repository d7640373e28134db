//! What a practice account takes: stored, in memory, when it is asked after a long silence, and while nothing happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser as _;
use practice::{Auth, HttpRequest};
use server::clock::Clock;
use server::config::Cli;
use server::practice::PracticeHost;
use server::practice::standalone::ACCOUNT;
use server::practice::store::{Database, Store};
use server::serve;
use tests::endpoint::{Endpoint, repository};
use tokio::sync::watch;

use crate::table::{Table, quantile, sorted};

const MOST_STORED: usize = 200_000;
const MOST_RESIDENT: usize = 1_000_000;
const MOST_COLD_MS: f64 = 10.0;
const COPIES: usize = 300;
const IDLE: u32 = 10_000;
const WATCHED: Duration = Duration::from_secs(5);
/// Of one core.
const MOST_IDLE_SHARE: f64 = 0.005;

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let (stop, stopping) = watch::channel(false);
    let args = ["drydock", "--listen", "127.0.0.1:0", "--practice-listen", "127.0.0.1:0", "--speed", "1"];
    let mut args: Vec<std::ffi::OsString> = args.into_iter().map(Into::into).collect();
    let labs = repository("labs");
    for (name, path) in [("--data", data.path()), ("--site", data.path()), ("--labs", labs.as_path())] {
        args.extend([name.into(), path.into()]);
    }
    let running = serve::start(Cli::try_parse_from(args)?.serve, stopping).await?;
    let state = &running.state;
    let store = || Arc::new(Database::new(state.db.clone(), state.sealer.clone(), Clock::system()));
    exercise(table, store()).await?;
    cold(table, store()).await?;
    idle(table, &state.practice).await?;
    let _ = stop.send(true);
    running.ended().await
}

/// The Weave exercise by the real AWS CLI, all but its clean-up; then what is kept of it, and what a copy takes.
async fn exercise(table: &mut Table, store: Arc<Database>) -> anyhow::Result<()> {
    let endpoint = Endpoint::start_on(store.clone()).await?;
    let lab = repository("labs/weave-by-hand/solution.sh");
    let steps = endpoint.run(&lab, &["steps"], "us-east-1", &[]).await?.ok()?;
    let steps: Vec<&str> = steps.lines().filter(|step| *step != "clean-up").collect();
    endpoint.run(&lab, &steps, "us-east-1", &[]).await?.ok().context("doing the exercise")?;
    let stored = store.load(ACCOUNT).await?.context("the account is stored")?;
    let journal: usize = stored.journal.iter().map(|entry| entry.command.len()).sum();
    let bytes = stored.snapshot.len() + journal;
    table.claim(
        format!("stored after the Weave exercise ({} journal entries)", stored.journal.len()),
        format!("{bytes} bytes"),
        format!("under {MOST_STORED}"),
        bytes < MOST_STORED,
    );
    let world = endpoint.host().look(ACCOUNT, |world, _| world.clone()).await?;
    table.tell("  its world alone, as a snapshot", format!("{} bytes", serde_json::to_vec(&world)?.len()));
    let before = resident()?;
    let copies: Vec<_> = (0..COPIES).map(|_| world.clone()).collect();
    let each = resident()?.saturating_sub(before) / copies.len();
    table.claim(
        "  in memory",
        format!("{each} bytes"),
        format!("under {MOST_RESIDENT}"),
        each < MOST_RESIDENT,
    );
    Ok(())
}

/// The first call of an account that is in no server's memory.
async fn cold(table: &mut Table, store: Arc<Database>) -> anyhow::Result<()> {
    let target = "AmazonEC2ContainerServiceV20141113.DescribeClusters".to_owned();
    let request = HttpRequest {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: vec![("x-amz-target".to_owned(), target)],
        body: b"{}".to_vec(),
        ..HttpRequest::default()
    };
    let mut took = Vec::new();
    for _ in 0..50 {
        // A host that has loaded nothing yet.
        let host = PracticeHost::new(store.clone(), Clock::system(), Clock::system());
        let begin = Instant::now();
        let answer = host.api(ACCOUNT, &request, Auth::Any).await?;
        took.push(begin.elapsed().as_secs_f64() * 1000.0);
        ensure!(answer.status == 200, "DescribeClusters was answered {}", answer.status);
    }
    let took = sorted(took);
    let (middle, worst) = (quantile(&took, 0.5), quantile(&took, 1.0));
    table.claim(
        format!("first call of a cold account (worst {worst:.2} ms)"),
        format!("{middle:.2} ms"),
        format!("under {MOST_COLD_MS} ms"),
        middle < MOST_COLD_MS,
    );
    Ok(())
}

/// A whole platform with accounts that nobody uses.
async fn idle(table: &mut Table, host: &PracticeHost) -> anyhow::Result<()> {
    let begin = Instant::now();
    for n in 0..IDLE {
        host.create(&format!("{:012}", 200_000_000_000 + u64::from(n)), 1).await?;
    }
    let each = begin.elapsed().as_secs_f64() * 1000.0 / f64::from(IDLE);
    table.tell(format!("making an account, of {IDLE}"), format!("{each:.2} ms"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = cpu()?;
    tokio::time::sleep(WATCHED).await;
    let share = (cpu()? - before) / WATCHED.as_secs_f64();
    table.claim(
        format!("CPU while {IDLE} accounts are idle"),
        format!("{:.2} % of a core", share * 100.0),
        format!("at most {} %", MOST_IDLE_SHARE * 100.0),
        share <= MOST_IDLE_SHARE,
    );
    table.tell("  memory of the whole process", format!("{} MB", resident()? / 1_000_000));
    Ok(())
}

/// Resident memory of this process in bytes (`/proc/self/statm`, proc(5)).
fn resident() -> anyhow::Result<usize> {
    let text = std::fs::read_to_string("/proc/self/status").context("this part needs Linux")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: usize = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Seconds of CPU that this process has used (`/proc/self/stat`, proc(5), in hundredths).
fn cpu() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").context("this part needs Linux")?;
    let (_, after) = text.rsplit_once(')').context("no command")?;
    let ticks: Vec<u32> = after.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    ensure!(ticks.len() == 2, "no times");
    Ok(f64::from(ticks.iter().sum::<u32>()) / 100.0)
}
