//! A PostgreSQL server for one test: its own folder, a Unix socket and no port, gone with the value.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running server.
pub(crate) struct Postgres {
    bin: PathBuf,
    dir: tempfile::TempDir,
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Starts one. Fails loudly when PostgreSQL is not installed: both databases are tested, always.
    pub(crate) fn start() -> Self {
        let bin = find_bin().unwrap_or_else(|| {
            panic!("PostgreSQL's initdb and pg_ctl were not found. On Debian: apt-get install postgresql")
        });
        // Short, because a socket's path may have 107 bytes at most.
        let dir = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").unwrap();
        // initdb refuses to run as root.
        let root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        let user = root.then(|| other_user().expect("a user `postgres` or `nobody` to run PostgreSQL as"));
        if let Some((uid, gid)) = user {
            chown(dir.path(), Some(uid), Some(gid)).unwrap();
        }
        let server = Self { bin, dir, user };
        server.run("initdb", &["-A", "trust", "-U", "drydock", "-E", "UTF8", "--no-sync", "--locale=C"]);
        let socket = server.dir.path().display();
        let options = format!("-k {socket} -c listen_addresses='' -c fsync=off -c max_connections=40");
        let log = server.dir.path().join("log").display().to_string();
        server.run("pg_ctl", &["start", "-w", "-t", "60", "-l", &log, "-o", &options]);
        server
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("postgres://drydock@localhost/postgres?host={}", self.dir.path().display())
    }

    #[track_caller]
    fn run(&self, program: &str, args: &[&str]) {
        let mut command = Command::new(self.bin.join(program));
        command.arg("-D").arg(self.dir.path().join("data")).args(args).current_dir("/tmp");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        // Not `output()`: the server inherits the pipes and would keep them open.
        let log = self.dir.path().join(format!("{program}.out"));
        let out = std::fs::File::create(&log).unwrap();
        let status = command.stdout(out.try_clone().unwrap()).stderr(out).status().unwrap();
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        assert!(status.success(), "{program} failed: {said}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = std::panic::AssertUnwindSafe(|| self.run("pg_ctl", &["stop", "-m", "immediate", "-w"]));
        // A second panic while the first unwinds would hide it.
        let _ = std::panic::catch_unwind(stop);
    }
}

fn find_bin() -> Option<PathBuf> {
    let has = |dir: &Path| dir.join("initdb").exists() && dir.join("pg_ctl").exists();
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.and_then(|out| String::from_utf8(out.stdout).ok()).map(|dir| PathBuf::from(dir.trim()));
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let common = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"].map(PathBuf::from);
    asked.into_iter().chain(debian.into_iter().rev()).chain(common).find(|dir| has(dir))
}

fn other_user() -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
