//! All the set-up there is: `cargo xtask serve` builds what is missing and starts the platform, `cargo xtask test`
//! installs what the tests need and runs everything, `cargo xtask bench` measures what is claimed.

mod bench;
mod run;
mod test;
mod toolchain;
mod tools;
mod wasm;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask serve [arguments of `drydock serve`]   build the front end and start the platform
cargo xtask assets                                 build the front end only
cargo xtask lint-front-end                         lint what only the browser runs
cargo xtask test [arguments of the test runner]    check format and lints, build, run every test
cargo xtask bench [arguments of the bench]         build for release, measure, print a table
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let task = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match task.as_str() {
        "serve" => {
            // Pages work without scripts, so a front end that cannot be built does not stop the server.
            if let Err(error) = wasm::build() {
                eprintln!(
                    "xtask: the front end was not built: pages work, but do not move by themselves.\n  {error:#}"
                );
            }
            run::cargo(&["run", "--bin", "drydock", "--", "serve"], &rest)
        }
        "assets" => wasm::build(),
        "lint-front-end" => wasm::lint(),
        "test" => test::all(&rest),
        "bench" => bench::run(&rest),
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
