//! `cargo xtask test`: everything, in the order in which a mistake shows soonest.

use std::process::Command;

use crate::run::{cargo, cargo_command, part, shown, works};
use crate::tools;

/// Checks, builds and tests everything. `more` goes to the test runner (a filter, for example).
pub(crate) fn all(more: &[String]) -> anyhow::Result<()> {
    part("format", || {
        tools::rust_tools()?;
        cargo(&["fmt", "--all", "--check"], &[])
    })?;
    part("lints", || cargo(&["clippy", "--quiet", "--all-targets", "--", "--deny", "warnings"], &[]))?;
    part("lints of the browser's half", crate::wasm::lint)?;
    part("front end", crate::wasm::build)?;
    part("labs", || cargo(&["run", "--quiet", "--bin", "drydock", "--", "lab", "lint"], &[]))?;
    part("labs' templates", templates)?;
    let mut python = None;
    part("tools of the tests", || {
        python = Some(tools::python()?);
        tools::browser()?;
        tools::postgresql()
    })?;
    part("tests", || {
        let mut tests = cargo_command();
        // nextest runs the slow ones side by side; without it everything runs all the same.
        if works(env!("CARGO"), &["nextest", "--version"]) {
            tests.args(["nextest", "run", "--no-fail-fast"]);
        } else {
            tests.args(["test", "--no-fail-fast"]);
        }
        if let Some(bin) = python.take() {
            tests.env("PATH", tools::path_with(bin)?);
        }
        shown(tests.args(more))
    })
}

/// The labs' templates, as CloudFormation's own linter sees them: AWS may refuse what the practice cloud takes.
fn templates() -> anyhow::Result<()> {
    let linter = tools::cfn_lint()?.join("cfn-lint");
    shown(Command::new(linter).arg("labs/*/templates/*"))
}
