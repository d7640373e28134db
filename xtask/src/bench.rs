//! `cargo xtask bench`: the release build, moto's server to compare with, and the figures.

use std::process::Command;

use crate::run::{cargo, part, shown, target};
use crate::tools;

/// Builds, installs, measures. `more` goes to the bench (`--only requests`, `--seconds 10`).
pub(crate) fn run(more: &[String]) -> anyhow::Result<()> {
    // The default members, as everywhere: other features would build the SDKs once more.
    part("release build", || cargo(&["build", "--quiet", "--release"], &[]))?;
    let mut moto = None;
    part("moto_server", || {
        moto = Some(tools::moto()?);
        Ok(())
    })?;
    let mut bench = Command::new(target().join("release/bench"));
    if let Some(moto) = moto {
        bench.arg("--tools").arg(&moto).env("PATH", tools::path_with(moto)?);
    }
    part("figures", || shown(bench.args(more)))
}
