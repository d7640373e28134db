//! The whole platform in this process, on ports of its own, with a database of its own.

use anyhow::{Context as _, ensure};
use clap::Parser as _;
use server::config::Cli;
use server::serve::{self, Running};
use tokio::sync::watch;

use crate::endpoint::repository;

/// A running platform. It stops when dropped.
pub struct Platform {
    /// Where a browser goes.
    pub url: String,
    /// The one-time link that makes the instructor.
    pub instructor_link: String,
    _running: Running,
    _stop: watch::Sender<bool>,
    _data: tempfile::TempDir,
}

impl Platform {
    /// Starts one whose practice accounts run `speed` times faster than AWS. The front end must have been built.
    pub async fn start(speed: u32) -> anyhow::Result<Self> {
        let site = repository("target/site");
        ensure!(site.join("pkg/manifest.json").exists(), "no front end: run `cargo xtask assets` first");
        let data = tempfile::tempdir()?;
        let speed = speed.to_string();
        let labs = repository("labs");
        let paths = [("--data", data.path()), ("--site", site.as_path()), ("--labs", labs.as_path())];
        let mut args = vec!["drydock".into(), "--listen".into(), "127.0.0.1:0".into()];
        args.extend(["--practice-listen", "127.0.0.1:0", "--speed", &speed].map(std::ffi::OsString::from));
        for (name, path) in paths {
            args.extend([name.into(), path.into()]);
        }
        let (stop, stopping) = watch::channel(false);
        let running = serve::start(Cli::try_parse_from(args)?.serve, stopping).await?;
        let link =
            serve::instructor_link(&running.state).await?.context("a fresh platform has no instructor")?;
        Ok(Self {
            url: running.state.public_url.clone(),
            instructor_link: link.expose().to_owned(),
            _running: running,
            _stop: stop,
            _data: data,
        })
    }
}
