//! All the set-up there is: `cargo xtask serve` builds what is missing and starts the platform, `cargo xtask test`
//! installs what the tests need and runs everything.

mod run;
mod test;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask serve [arguments of `drydock serve`]   build the front end and start the platform
cargo xtask test [arguments of the test runner]    check format and lints, build, run every test
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let task = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match task.as_str() {
        "serve" => run::cargo(&["run", "--package", "server", "--bin", "drydock", "--", "serve"], &rest),
        "test" => test::all(&rest),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
