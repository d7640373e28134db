//! The `drydock` program: reads the settings and hands over.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use server::catalog;
use server::config::{Cli, Command, LabCommand, PracticeCommand};
use server::practice::standalone;
use server::{serve, telemetry};

/// Answers are trees of small texts: the allocator is a good part of what a call costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::init(&cli.log);
    let done = match cli.command {
        None => serve::run(cli.serve).await,
        Some(Command::Serve(args)) => serve::run(args).await,
        Some(Command::Practice { args, command: None }) => standalone::run(args).await,
        Some(Command::Practice { command: Some(PracticeCommand::Coverage { missing }), .. }) => {
            coverage(missing.as_deref());
            return ExitCode::SUCCESS;
        }
        Some(Command::Lab { command: LabCommand::Lint { dir } }) => return lint(&dir),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints how much of each service is there, and which operations of one (or `all`) are not.
fn coverage(missing: Option<&str>) {
    for of in practice::coverage() {
        let (there, all) = (of.there.len(), of.there.len() + of.missing.len());
        println!("{:<26}{there:>4} of {all}", of.service);
        if missing.is_some_and(|service| service == of.service || service == "all") {
            for operation in of.missing {
                println!("  - {operation}");
            }
        }
    }
}

/// Prints everything that is wrong with the labs in a folder.
fn lint(dir: &Path) -> ExitCode {
    let catalog = catalog::load(dir);
    for fault in &catalog.faults {
        println!("{fault}");
    }
    if catalog.faults.is_empty() {
        println!(
            "{} right: {}",
            catalog.labs.len(),
            catalog.labs.keys().cloned().collect::<Vec<_>>().join(", ")
        );
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
