//! Commands of boot scripts that reach beyond the machine: how each is called.

use super::user_data::{Effect, Files, Import, Signal, Status};

/// Notes a command that reaches beyond the machine, and what it prints; None for all other commands.
pub(super) fn of(files: &mut Files, name: &str, arguments: &[String], input: &str) -> Option<String> {
    let name = name.rsplit('/').next().unwrap_or_default();
    match name {
        "yum" | "dnf" | "apt" | "apt-get" if arguments.iter().any(|word| word == "install") => {
            let packages = arguments.iter().filter(|word| !word.starts_with('-') && *word != "install");
            files.does(Effect::Install(packages.cloned().collect()));
        }
        "curl" | "wget" => return Some(download(files, name, arguments)),
        // Without anything to read it has nothing to do with a dump.
        "mysql" | "mariadb" if !input.is_empty() => files.does(Effect::Import(import(arguments))),
        "cfn-signal" => files.does(Effect::Signal(signal(arguments))),
        "cfn-init" => {
            let value = |names| option(arguments, names).unwrap_or_default();
            files.does(Effect::Init {
                stack: value(["-s", "--stack"]),
                resource: value(["-r", "--resource"]),
            });
        }
        "shutdown" | "poweroff" | "halt" => files.does(Effect::Shutdown),
        _ => return None,
    }
    Some(String::new())
}

/// The value of an option: `--stack x`, `--stack=x`, `-s x`, `-sx`.
fn option(arguments: &[String], [short, long]: [&str; 2]) -> Option<String> {
    arguments.iter().enumerate().find_map(|(at, word)| {
        if word == short || word == long {
            return arguments.get(at + 1).cloned();
        }
        let glued = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
        let short = word.strip_prefix(short).filter(|rest| !word.starts_with("--") && !rest.is_empty());
        glued.or(short).map(str::to_owned)
    })
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

fn import(arguments: &[String]) -> Import {
    let value = |names| option(arguments, names).unwrap_or_default();
    let with_value = [
        "-h",
        "-u",
        "-P",
        "-D",
        "--host",
        "--user",
        "--port",
        "--database",
        "--password",
        "--default-character-set",
    ];
    let mut operand = None;
    let mut skip = false;
    for word in arguments {
        if std::mem::take(&mut skip) {
            continue;
        }
        // A password follows its flag without a space.
        if word.starts_with('-') {
            skip = with_value.contains(&word.as_str()) && word != "--password";
        } else {
            operand = Some(word.clone());
        }
    }
    Import {
        host: value(["-h", "--host"]),
        port: option(arguments, ["-P", "--port"]).and_then(|port| port.parse().ok()).unwrap_or(3306),
        user: value(["-u", "--user"]),
        password: value(["-p", "--password"]),
        database: option(arguments, ["-D", "--database"]).or(operand).unwrap_or_default(),
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
        status,
    }
}
