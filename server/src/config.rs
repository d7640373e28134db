//! The settings: arguments, or environment variables `DRYDOCK_*`. Read once, here, and passed down.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::secret::Secret;

/// The command line of `drydock`.
#[derive(Debug, Parser)]
#[command(
    name = "drydock",
    version,
    about = "A guided lab platform for Amazon ECS",
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to log, e.g. `info,server=debug`.
    #[arg(long, env = "DRYDOCK_LOG", default_value = "info,sqlx=warn", global = true)]
    pub log: String,
    /// What to do; without one, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Settings of `serve` when no subcommand is named.
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// What `drydock` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the platform, with the practice cloud in it.
    Serve(ServeArgs),
    /// Serve one practice account alone, as an AWS endpoint.
    #[command(args_conflicts_with_subcommands = true)]
    Practice {
        /// How to serve it.
        #[command(flatten)]
        args: PracticeArgs,
        /// What else to do with it.
        #[command(subcommand)]
        command: Option<PracticeCommand>,
    },
    /// Work on lab content.
    Lab {
        /// What to do with it.
        #[command(subcommand)]
        command: LabCommand,
    },
}

/// About the practice cloud.
#[derive(Debug, Subcommand)]
pub enum PracticeCommand {
    /// List, service by service, which operations of AWS's own models are there.
    Coverage {
        /// Also name those that are not, of this service or of `all`.
        #[arg(long, value_name = "SERVICE")]
        missing: Option<String>,
    },
}

/// Work on lab content.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Report every error in the labs, with file and line.
    Lint {
        /// The folder of labs, or one lab.
        #[arg(default_value = "labs")]
        dir: PathBuf,
    },
}

/// Settings of the platform.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Where to listen. Port 0 picks a free one.
    #[arg(long, env = "DRYDOCK_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where the practice cloud listens: the AWS endpoint and the sites of the simulated worlds, on an origin of
    /// their own. Port 0 picks a free one.
    #[arg(long, env = "DRYDOCK_PRACTICE_LISTEN", default_value = "127.0.0.1:4566")]
    pub practice_listen: SocketAddr,
    /// The address students use for it, e.g. `https://aws.labs.example.edu`; without it, the address listened on.
    #[arg(long, env = "DRYDOCK_PRACTICE_URL")]
    pub practice_url: Option<String>,
    /// The domain of the simulated worlds' sites, e.g. `sites.labs.example.edu`, whose names all lead to the practice
    /// cloud. Not one that shares cookies with the platform's own address.
    #[arg(long, env = "DRYDOCK_SITES_DOMAIN", default_value = crate::practice::address::DOMAIN)]
    pub sites_domain: String,
    /// Where the SQLite database and the server's key live.
    #[arg(long, env = "DRYDOCK_DATA", default_value = "data")]
    pub data: PathBuf,
    /// `postgres://…` or `sqlite:…`; without it, `drydock.sqlite` under the data folder.
    #[arg(long, env = "DRYDOCK_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<Secret>,
    /// The folder of labs.
    #[arg(long, env = "DRYDOCK_LABS", default_value = "labs")]
    pub labs: PathBuf,
    /// The folder of built assets (wasm, script, style).
    #[arg(long, env = "DRYDOCK_SITE", default_value = "target/site")]
    pub site: PathBuf,
    /// The address people use, e.g. `https://labs.example.edu`; without it, the address listened on.
    #[arg(long, env = "DRYDOCK_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// How many times faster than AWS the practice cloud lets time pass.
    #[arg(long, env = "DRYDOCK_SPEED", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub speed: u32,
    /// A proxy in front sets X-Forwarded-For (its last entry is believed) and ends TLS.
    #[arg(long, env = "DRYDOCK_BEHIND_PROXY")]
    pub behind_proxy: bool,
}

/// Settings of the standalone practice cloud.
#[derive(Clone, Debug, Args)]
pub struct PracticeArgs {
    /// Where to listen. Port 0 picks a free one.
    #[arg(long, env = "DRYDOCK_PRACTICE_LISTEN", default_value = "127.0.0.1:4566")]
    pub listen: SocketAddr,
    /// With `manual`, nothing happens until the world is advanced.
    #[arg(long, value_enum, default_value_t = PracticeClock::Real)]
    pub clock: PracticeClock,
    /// How many times faster than AWS time passes.
    #[arg(long, env = "DRYDOCK_SPEED", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub speed: u32,
    /// With `any`, signatures are not verified.
    #[arg(long, value_enum, default_value_t = PracticeAuth::Verify)]
    pub auth: PracticeAuth,
}

/// How time passes in a standalone practice cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PracticeClock {
    /// With the machine's clock.
    Real,
    /// Only by `/_drydock/advance` and `/_drydock/settle`.
    Manual,
}

/// Whether a standalone practice cloud verifies signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PracticeAuth {
    /// As AWS does.
    Verify,
    /// Any credentials are the account's own.
    Any,
}

impl ServeArgs {
    /// The database to open.
    pub fn database(&self) -> Secret {
        self.database_url
            .clone()
            .unwrap_or_else(|| Secret::new(format!("sqlite:{}", self.data.join("drydock.sqlite").display())))
    }

    /// Whether the session cookie may only travel over TLS.
    pub fn secure_cookies(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default() {
        let cli = Cli::try_parse_from(["drydock", "--listen", "127.0.0.1:0"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.serve.listen.port(), 0);
        let cli = Cli::try_parse_from(["drydock", "practice", "--clock", "manual", "--auth", "any"]).unwrap();
        let manual = |command| matches!(command, Some(Command::Practice { args, command: None }) if args.clock == PracticeClock::Manual);
        assert!(manual(cli.command));
        let cli = Cli::try_parse_from(["drydock", "practice", "coverage", "--missing", "ecs"]).unwrap();
        let Some(Command::Practice { command: Some(PracticeCommand::Coverage { missing }), .. }) =
            cli.command
        else {
            panic!("coverage is a command of its own");
        };
        assert_eq!(missing.as_deref(), Some("ecs"));
    }

    #[test]
    fn a_database_url_is_not_printed() {
        let cli = Cli::try_parse_from(["drydock", "--database-url", "postgres://u:hunter2@h/d"]).unwrap();
        assert!(!format!("{cli:?}").contains("hunter2"));
    }
}
