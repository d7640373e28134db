//! Commands that look at the container they run in, as health checks do, and those that use memory.

use super::{Builtin, Flow, Shell, Text};
use crate::images::Serves;

impl Shell<'_> {
    /// Whether the image has a client of that name.
    pub(super) fn has_client(&self, name: &str) -> bool {
        match name {
            "curl" => {
                matches!(
                    self.image,
                    Builtin::Nginx | Builtin::EcsSample | Builtin::HitCounter | Builtin::Python
                )
            }
            "wget" => matches!(self.image, Builtin::Shell | Builtin::HitCounter | Builtin::Shop(_)),
            _ => self.image == Builtin::Redis,
        }
    }

    /// `curl -f http://localhost/`, `wget -q --spider http://127.0.0.1:8080/health`. Outside a health check nothing is
    /// known of what answers, and it is taken for good.
    pub(super) fn fetch(&self, name: &str, arguments: &[Text]) -> Flow {
        let Some(open) = self.probe else { return Flow::Next(0) };
        let words: Vec<&str> = arguments.iter().filter_map(Text::known).collect();
        let is_url = |word: &&&str| {
            !word.starts_with('-')
                && (word.contains("://") || word.starts_with("localhost") || word.starts_with("127."))
        };
        let Some(url) = words.iter().find(is_url) else { return Flow::Next(2) };
        let rest = url.split_once("://").map_or(*url, |(_, rest)| rest);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
        let refused = if name == "curl" { 7 } else { 1 };
        if !is_local(host) {
            return Flow::Next(if name == "curl" { 6 } else { 1 });
        }
        let listener = port.parse::<u16>().ok().and_then(|port| open.iter().find(|l| l.port == port));
        let Some(listener) = listener else { return Flow::Next(refused) };
        let fails = words.iter().any(|word| {
            *word == "--fail" || word.starts_with('-') && !word.starts_with("--") && word.contains('f')
        });
        let path = path.split('?').next().unwrap_or_default();
        let missing = match &listener.serves {
            Serves::Files { roots, front } => {
                let is_front = matches!(path, "" | "index.html");
                let name = if path.is_empty() || path.ends_with('/') { "index.html" } else { "" };
                let mut paths = roots.iter().map(|root| format!("{root}/{path}{name}"));
                !(is_front && !front.is_empty() || paths.any(|path| self.files.is_there(&path)))
            }
            _ => false,
        };
        match (&listener.serves, name) {
            (Serves::Redis, "curl") => Flow::Next(52),
            (Serves::Redis, _) => Flow::Next(1),
            (_, "curl") if missing && fails => Flow::Next(22),
            (_, "wget") if missing => Flow::Next(1),
            _ => Flow::Next(0),
        }
    }

    /// Whether something listens there, as a health check sees it; None outside one.
    pub(super) fn is_open(&self, host: &str, port: u16) -> Option<bool> {
        self.probe.map(|open| is_local(host) && open.iter().any(|listener| listener.port == port))
    }

    /// `stress --vm 2 --vm-bytes 256M --timeout 60`, also of stress-ng. It runs on unless it has a timeout.
    pub(super) fn stress(&mut self, arguments: &[Text]) -> Flow {
        let words: Vec<&str> = arguments.iter().filter_map(Text::known).collect();
        let value = |names: [&str; 2]| {
            let at =
                words.iter().position(|word| names.contains(word)).and_then(|at| words.get(at + 1).copied());
            at.or_else(|| words.iter().find_map(|word| word.strip_prefix(names[0])?.strip_prefix('=')))
        };
        if words.is_empty() || words.contains(&"--version") || words.contains(&"--help") {
            return Flow::Next(0);
        }
        if let Some(workers) = value(["--vm", "-m"]) {
            let each = value(["--vm-bytes", "--vm-bytes"]).and_then(mebibytes).unwrap_or(256);
            let all = each.saturating_mul(workers.parse().unwrap_or(1));
            self.takes_mib = Some(all);
            if let Some(flow) = self.uses(all) {
                return flow;
            }
        }
        self.spins = true;
        match value(["--timeout", "-t"]) {
            Some(time) => {
                self.sleep(&[Text::plain(time)]);
                Flow::Next(0)
            }
            None => Flow::Stays,
        }
    }

    /// `python -c "x = bytearray(512 * 1024 * 1024)"`, `python -m http.server 8000`; scripts are not in the image.
    pub(super) fn python(&mut self, arguments: &[Text]) -> Flow {
        let words: Vec<&str> = arguments.iter().filter_map(Text::known).collect();
        match words.as_slice() {
            ["-m", "http.server", rest @ ..] => {
                let flag = rest.iter().position(|word| matches!(*word, "-d" | "--directory"));
                let home = flag.and_then(|at| rest.get(at + 1)).copied().unwrap_or(".");
                let port = rest.iter().find_map(|word| word.parse().ok()).unwrap_or(8000);
                let roots = vec![self.files.absolute(home)];
                let page = "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head><title>Directory listing for /</title></head>\n<body><h1>Directory listing for /</h1><hr></body>\n</html>\n";
                self.serve(port, Serves::Files { roots, front: page.to_owned() });
                Flow::Stays
            }
            ["-c", script, ..] => {
                let bytes = products(script).into_iter().max().unwrap_or(0);
                if let Some(flow) = self.uses(bytes >> 20) {
                    return flow;
                }
                let sleeps = self.slept(script);
                if script.contains("while True") {
                    self.spins |= !script.contains("sleep(");
                    return Flow::Stays;
                }
                sleeps
            }
            [] | ["--version" | "-V"] => Flow::Next(0),
            _ => Flow::Next(2),
        }
    }

    /// `time.sleep(60)` in a script.
    fn slept(&mut self, script: &str) -> Flow {
        let seconds = script.split("time.sleep(").nth(1).and_then(|rest| rest.split(')').next());
        if let Some(seconds) = seconds {
            self.sleep(&[Text::plain(seconds.trim())]);
        }
        Flow::Next(0)
    }

    /// A program takes so much memory: when that is more than the container may have, the kernel ends it.
    pub(super) fn uses(&mut self, mebibytes: i64) -> Option<Flow> {
        if self.memory_mib.is_none_or(|limit| mebibytes <= limit) {
            return None;
        }
        self.elapsed_ms = self.elapsed_ms.saturating_add(1_000);
        self.killed = true;
        Some(Flow::Exit(137))
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.") || host == "0.0.0.0"
}

/// `512M`, `1g`, `1048576`; also `90%` is not known and nothing.
fn mebibytes(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 = digits.parse().ok()?;
    Some(match text.chars().last()?.to_ascii_lowercase() {
        'g' => number.saturating_mul(1024),
        'm' => number,
        'k' => number / 1024,
        _ => number >> 20,
    })
}

/// The products of whole numbers in a script: `512 * 1024 * 1024`, `10**9`.
fn products(script: &str) -> Vec<i64> {
    let mut products = Vec::new();
    let plain: String = script.chars().filter(|c| !c.is_whitespace() && *c != '_').take(4_096).collect();
    for run in
        plain.replace("**", "^").split(|c: char| !(c.is_ascii_digit() || c == '*' || c == '^' || c == '\''))
    {
        let factors = run.split('*').filter_map(|factor| match factor.split_once('^') {
            Some((base, power)) => base.parse::<i64>().ok()?.checked_pow(power.parse().ok()?),
            None => factor.parse::<i64>().ok(),
        });
        products.push(factors.fold(1_i64, i64::saturating_mul));
    }
    products
}
