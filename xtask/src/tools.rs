//! What the tests need beside cargo: the AWS CLI and boto3, a browser, PostgreSQL. Python packages go into
//! `target/tools`; Debian packages are installed only when root, and otherwise named.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::run::{root, shown, target, works};

/// The folder of the AWS CLI and of a Python with boto3, at the versions of `tests/requirements.txt`.
pub(crate) fn python() -> anyhow::Result<PathBuf> {
    environment("python", "tests/requirements.txt")
}

/// The folder of moto's server and of the AWS CLI, at the versions of `tests/bench-requirements.txt`.
pub(crate) fn moto() -> anyhow::Result<PathBuf> {
    environment("moto", "tests/bench-requirements.txt")
}

/// The folder of CloudFormation's linter, at the version of `tests/cfn-lint-requirements.txt`.
pub(crate) fn cfn_lint() -> anyhow::Result<PathBuf> {
    environment("cfn-lint", "tests/cfn-lint-requirements.txt")
}

/// The programs of a Python environment under `target/tools`, made anew when its requirements have changed.
fn environment(name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let home = target().join("tools").join(name);
    let bin = home.join("bin");
    let wanted =
        std::fs::read(root().join(requirements)).with_context(|| format!("reading {requirements}"))?;
    let stamp = home.join("requirements.txt");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(bin);
    }
    if !works("python3", &["-m", "venv", "--help"]) {
        debian(&["python3", "python3-venv"])?;
    }
    shown(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    let options = ["install", "--quiet", "--disable-pip-version-check", "--requirement", requirements];
    shown(Command::new(bin.join("pip")).args(options))?;
    std::fs::write(&stamp, &wanted).context("noting what was installed")?;
    Ok(bin)
}

/// Chromium and its driver.
pub(crate) fn browser() -> anyhow::Result<()> {
    if works("chromium", &["--version"]) && works("chromedriver", &["--version"]) {
        return Ok(());
    }
    debian(&["chromium", "chromium-driver"])
}

/// PostgreSQL's server programs.
pub(crate) fn postgresql() -> anyhow::Result<()> {
    let debians =
        std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| versions.next().is_some());
    if debians || works("initdb", &["--version"]) {
        return Ok(());
    }
    debian(&["postgresql"])
}

/// Rust's formatter and linter.
pub(crate) fn rust_tools() -> anyhow::Result<()> {
    let missing = |tool: &str| !works(env!("CARGO"), &[tool, "--version"]);
    if missing("fmt") || missing("clippy") {
        bail!("cargo fmt and cargo clippy are needed: `rustup component add rustfmt clippy`");
    }
    Ok(())
}

/// Installs Debian packages, or says which are missing.
pub(crate) fn debian(packages: &[&str]) -> anyhow::Result<()> {
    let command = format!("apt-get install --yes {}", packages.join(" "));
    if !works("sh", &["-c", "test \"$(id -u)\" = 0 && command -v apt-get"]) {
        bail!("these programs are missing; install them with `sudo {command}` or your system's like of it");
    }
    let apt = |args: &[&str]| {
        shown(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(["-qq"]).args(args))
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

/// `PATH` with a folder in front.
pub(crate) fn path_with(first: PathBuf) -> anyhow::Result<OsString> {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(first).chain(std::env::split_paths(&rest))).context("extending PATH")
}
