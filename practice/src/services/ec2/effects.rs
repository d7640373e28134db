//! Commands of boot scripts that reach beyond the machine: how each is called.

use super::user_data::{Effect, Files, Init, Signal, Status};
use crate::images::client::{self, option};
use crate::services::cloudformation::is_handle;

/// Notes a command that reaches beyond the machine, and what it prints; None for all other commands.
pub(super) fn of(files: &mut Files, name: &str, arguments: &[String], input: &str) -> Option<String> {
    let name = name.rsplit('/').next().unwrap_or_default();
    match name {
        "yum" | "dnf" | "apt" | "apt-get" if arguments.iter().any(|word| word == "install") => {
            let packages = arguments.iter().filter(|word| !word.starts_with('-') && *word != "install");
            files.does(Effect::Install(packages.cloned().collect()));
        }
        "curl" if arguments.iter().any(|word| is_handle(word)) => files.does(told(files, arguments)),
        "curl" | "wget" => return Some(download(files, name, arguments)),
        // Without anything to read it has nothing to do with a dump.
        "mysql" | "mariadb" if !input.is_empty() => files.does(Effect::Import(client::login(arguments))),
        "cfn-signal" => files.does(Effect::Signal(signal(arguments))),
        "cfn-init" => {
            let value = |names| option(arguments, names).unwrap_or_default();
            files.does(Effect::Init(Init {
                stack: value(["-s", "--stack"]),
                resource: value(["-r", "--resource"]),
                sets: value(["-c", "--configsets"])
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect(),
            }));
        }
        "shutdown" | "poweroff" | "halt" => files.does(Effect::Shutdown),
        _ => return None,
    }
    Some(String::new())
}

/// `curl -X PUT --data-binary '{...}' URL`, `curl -T FILE URL`.
fn told(files: &Files, arguments: &[String]) -> Effect {
    let url = arguments.iter().find(|word| is_handle(word)).cloned().unwrap_or_default();
    let data = ["--data-binary", "--data", "--data-raw"];
    let data = data.into_iter().find_map(|long| option(arguments, ["-d", long]));
    let file = option(arguments, ["-T", "--upload-file"])
        .or_else(|| data.as_deref().and_then(|text| text.strip_prefix('@')).map(str::to_owned));
    let body = match file {
        Some(file) => files.get(&file).cloned(),
        None => data,
    };
    Effect::Tell(url, body.unwrap_or_default())
}

/// A file from the internet: its content stands for itself.
fn download(files: &mut Files, name: &str, arguments: &[String]) -> String {
    files.does(Effect::Download);
    let Some(url) = arguments.iter().find(|word| word.contains("://")) else { return String::new() };
    let last = url.rsplit('/').next().unwrap_or_default().to_owned();
    let to = if name == "wget" {
        option(arguments, ["-O", "--output-document"]).or(Some(last))
    } else {
        let own_name = arguments.iter().any(|word| word == "-O" || word == "--remote-name");
        option(arguments, ["-o", "--output"]).or_else(|| own_name.then_some(last))
    };
    match to.filter(|path| path != "-") {
        Some(path) => {
            files.insert(path, format!("-- {url}\n"));
            String::new()
        }
        None => format!("-- {url}\n"),
    }
}

fn signal(arguments: &[String]) -> Signal {
    let value = |names| option(arguments, names);
    let code = value(["-e", "--exit-code"]);
    let said = value(["-s", "--success"]);
    let status = match (code.as_deref(), said.as_deref()) {
        (Some("$?"), _) => Status::OfCommandBefore,
        (Some(code), _) => Status::Is(code == "0"),
        (None, Some(said)) => Status::Is(said == "true"),
        (None, None) => Status::Is(true),
    };
    Signal {
        stack: arguments
            .iter()
            .position(|word| word == "--stack")
            .and_then(|at| arguments.get(at + 1).cloned())
            .or_else(|| arguments.iter().find_map(|word| word.strip_prefix("--stack=").map(str::to_owned)))
            .unwrap_or_default(),
        resource: value(["-r", "--resource"]).unwrap_or_default(),
        region: value(["--region", "--region"]),
        id: value(["-i", "--id"]),
        handle: arguments.iter().find(|word| is_handle(word)).map(|url| {
            let text = |names| value(names).unwrap_or_default();
            (url.clone(), text(["-r", "--reason"]), text(["-d", "--data"]))
        }),
        status,
    }
}
