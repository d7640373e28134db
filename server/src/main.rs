//! The `drydock` program: reads the settings and hands over.

use std::process::ExitCode;

use clap::Parser as _;
use server::config::{Cli, Command, LabCommand};
use server::practice::standalone;
use server::{serve, telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::init(&cli.log);
    let done = match cli.command {
        None => serve::run(cli.serve).await,
        Some(Command::Serve(args)) => serve::run(args).await,
        Some(Command::Practice(args)) => standalone::run(args).await,
        Some(Command::Lab { command: LabCommand::Lint { .. } }) => {
            Err(anyhow::anyhow!("`drydock lab lint` is not in this build"))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
