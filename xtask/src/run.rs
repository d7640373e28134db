//! Running programs, with the repository as working directory and their output shown as it comes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that started this one, run to its end.
pub(crate) fn cargo(args: &[&str], more: &[String]) -> anyhow::Result<()> {
    shown(cargo_command().args(args).args(more))
}

/// The cargo that started this one, as if nobody had: some build scripts watch a variable that it sets, and half the
/// workspace would be built again each time somebody calls cargo without us.
pub(crate) fn cargo_command() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Runs a command to its end; an error says which command and how it ended.
pub(crate) fn shown(command: &mut Command) -> anyhow::Result<()> {
    let line = describe(command);
    let status = command.current_dir(root()).status().with_context(|| format!("starting `{line}`"))?;
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}

/// Whether a command can be run and ends well; its output is not shown.
pub(crate) fn works(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).current_dir(root()).output().is_ok_and(|output| output.status.success())
}

/// Announces a part of the work, does it, and says how long it took.
pub(crate) fn part(title: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    eprintln!("── {title}");
    let start = Instant::now();
    work().with_context(|| title.to_owned())?;
    eprintln!("── {title}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn describe(command: &Command) -> String {
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(command.get_program().to_string_lossy().into_owned())
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}
