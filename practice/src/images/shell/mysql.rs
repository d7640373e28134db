//! The client `mysql` of MySQL's images, which runs a dump in a database elsewhere: `mysql --host=H --user=U --password=P DB <
//! dump.sql`. What the database says to it is found out when the container starts, see `network::load`.

use super::{Builtin, Flow, Shell, Text};
use crate::images::sock_shop::{Kind, Login};

/// The dump in the image of the catalogue's database.
const DUMP: &str = "/docker-entrypoint-initdb.d/dump.sql";
/// How long it takes to run a dump, to be refused, and to give up a connection that nothing answers.
const LOADED_MS: i64 = 3_000;
const REFUSED_MS: i64 = 500;
const UNANSWERED_MS: i64 = 127_000;
/// What the client says in the last case.
pub(crate) const UNANSWERED: &str = "ERROR 2003 (HY000)";

/// Options with a value in the next word.
const WITH_VALUE: [&str; 10] = [
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

impl Shell<'_> {
    pub(super) fn has_mysql(&self) -> bool {
        matches!(self.image, Builtin::Shop(Kind::MySql | Kind::CatalogueDb | Kind::ZipkinMySql))
    }

    pub(super) fn mysql(&mut self, arguments: &[Text]) -> (Flow, Text) {
        let said = |text: &str| Text::plain(&format!("{text}\n"));
        let has = |file: &str| {
            (file == DUMP && self.image == Builtin::Shop(Kind::CatalogueDb)) || self.files.is_there(file)
        };
        match self.reads.as_deref() {
            // Nothing to run.
            None => return (Flow::Next(0), Text::default()),
            Some(file) if !has(file) => {
                return (Flow::Next(1), said(&format!("sh: 1: cannot open {file}: No such file")));
            }
            Some(_) => {}
        }
        let words: Vec<String> = arguments.iter().filter_map(Text::known).map(str::to_owned).collect();
        self.loads.get_or_insert_with(|| login(&words));
        let (status, lasts, words) = match self.loaded {
            None | Some("") => (0, LOADED_MS, Text::default()),
            Some(refusal) if refusal.starts_with(UNANSWERED) => (1, UNANSWERED_MS, said(refusal)),
            Some(refusal) => (1, REFUSED_MS, said(refusal)),
        };
        self.elapsed_ms = self.elapsed_ms.saturating_add(lasts);
        (Flow::Next(status), words)
    }
}

/// Whom the client signs in as, and where, by its arguments.
pub(crate) fn login(arguments: &[String]) -> Login {
    let value = |names| option(arguments, names).unwrap_or_default();
    let mut operand = None;
    let mut skip = false;
    for word in arguments {
        if std::mem::take(&mut skip) {
            continue;
        }
        // A password follows its flag without a space.
        if word.starts_with('-') {
            skip = WITH_VALUE.contains(&word.as_str()) && word != "--password";
        } else {
            operand = Some(word.clone());
        }
    }
    Login {
        host: value(["-h", "--host"]),
        port: option(arguments, ["-P", "--port"]).and_then(|port| port.parse().ok()).unwrap_or(3306),
        user: value(["-u", "--user"]),
        password: value(["-p", "--password"]),
        database: option(arguments, ["-D", "--database"]).or(operand).unwrap_or_default(),
    }
}

/// The value of an option: `--stack x`, `--stack=x`, `-s x`, `-sx`.
pub(crate) fn option(arguments: &[String], [short, long]: [&str; 2]) -> Option<String> {
    arguments.iter().enumerate().find_map(|(at, word)| {
        if word == short || word == long {
            return arguments.get(at + 1).cloned();
        }
        let glued = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
        let short = word.strip_prefix(short).filter(|rest| !word.starts_with("--") && !rest.is_empty());
        glued.or(short).map(str::to_owned)
    })
}
