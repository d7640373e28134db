//! `cargo xtask bench`: what Drydock claims about speed and size, measured beside the alternative in one run. Prints a
//! table; every line that has a bound says whether it holds. Figures are of this machine at this moment, so
//! comparisons are ratios. Not in it: the browser's side.
//!
//! - [`requests`]: the practice endpoint and moto's server over HTTP
//! - [`accounts`]: what an account takes on disk, in memory and while nothing happens
//! - [`time`]: letting an hour pass in a busy world
//! - [`stacks`]: Sock Shop by CloudFormation, once and two hundred times at once

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

mod accounts;
mod load;
mod requests;
mod signing;
mod stacks;
mod table;
mod time;

/// Measures, and prints a table.
#[derive(Debug, Parser)]
struct Args {
    /// The folder of `moto_server`. Without it, nothing is compared.
    #[arg(long)]
    tools: Option<PathBuf>,
    /// Seconds per measurement of requests.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Only the parts of these names: requests, accounts, time, stacks.
    #[arg(long)]
    only: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let wanted = |part: &str| args.only.is_empty() || args.only.iter().any(|only| only == part);
    let mut table = table::Table::default();
    let mut failed = false;
    let mut note = |part: &str, result: anyhow::Result<()>| {
        if let Err(error) = result {
            eprintln!("bench: {part}: {error:#}");
            failed = true;
        }
    };
    if wanted("time") {
        note("time", time::measure(&mut table));
    }
    if wanted("accounts") {
        note("accounts", accounts::measure(&mut table).await);
    }
    if wanted("stacks") {
        note("stacks", stacks::measure(&mut table).await);
    }
    if wanted("requests") {
        note("requests", requests::measure(&mut table, args.tools.as_deref(), args.seconds).await);
    }
    print!("{table}");
    if failed || !table.holds() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
