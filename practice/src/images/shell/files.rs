//! The files that a script writes, and the commands that read and write them. What an image or a volume brings along
//! is not here: a file is there once the script has written it.

use super::{Flow, Shell, Text};
use crate::images::{Change, MAX_TEXT, Write};

/// Most changes of files that are kept; later ones are lost, as on a full disk.
const MAX_WRITES: usize = 64;
/// Most bytes of all of them together.
const MAX_BYTES: usize = 4 * MAX_TEXT;
/// Longest path.
const MAX_PATH: usize = 512;

/// A container's files, as far as its script wrote them, in the order in which it did.
#[derive(Debug, Default)]
pub(super) struct Files {
    writes: Vec<Write>,
    bytes: usize,
    /// Absolute, without a `/` at its end; empty for the root.
    directory: String,
}

impl Files {
    /// With what another process of the container has written.
    pub(super) fn of(writes: &[Write]) -> Self {
        Self { writes: writes.to_vec(), bytes: 0, directory: String::new() }
    }

    pub(super) fn into_writes(self) -> Vec<Write> {
        self.writes
    }

    /// An absolute path without `.`, `..` and doubled slashes; empty for the root.
    pub(super) fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { normal(path) } else { normal(&format!("{}/{path}", self.directory)) }
    }

    pub(super) fn write(&mut self, path: &str, appends: bool, text: Text) {
        let pieces = |text: Text| text.into_pieces();
        let (size, path) = (text.size(), self.absolute(path));
        let device = path.starts_with("/dev/") || path.starts_with("/proc/") || path.starts_with("/sys/");
        if !device {
            let change = if appends { Change::Append(pieces(text)) } else { Change::Replace(pieces(text)) };
            self.keep(Write { path, change }, size);
        }
    }

    fn keep(&mut self, write: Write, size: usize) {
        let size = size + write.path.len();
        if write.path.len() <= MAX_PATH && self.writes.len() < MAX_WRITES && self.bytes + size <= MAX_BYTES {
            self.bytes += size;
            self.writes.push(write);
        }
    }

    /// What a file holds; None when it is not there.
    fn read(&self, path: &str) -> Option<Text> {
        let path = self.absolute(path);
        let mut held: Option<Text> = None;
        for write in self.writes.iter().filter(|write| write.path == path) {
            let text = |pieces: &[crate::images::Piece]| {
                let mut text = Text::default();
                pieces.iter().cloned().for_each(|piece| text.push(piece));
                text
            };
            match &write.change {
                Change::Remove => held = None,
                Change::Replace(pieces) => held = Some(text(pieces)),
                Change::Append(pieces) => held.get_or_insert_default().append(text(pieces)),
            }
        }
        held
    }

    /// Whether a file is there. Those of the image are taken for good.
    pub(super) fn is_there(&self, path: &str) -> bool {
        const IMAGE: [&str; 8] = ["/bin/", "/dev/", "/etc/", "/lib", "/proc/", "/sbin/", "/sys/", "/usr/"];
        let absolute = self.absolute(path);
        let below =
            |write: &Write| write.path.strip_prefix(&absolute).is_some_and(|rest| rest.starts_with('/'));
        self.read(path).is_some()
            || IMAGE.iter().any(|start| absolute.starts_with(start))
            || self.writes.iter().any(below)
    }
}

/// Without `.`, `..` and doubled slashes; empty for the root.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.into_iter().flat_map(|part| ["/", part]).collect()
}

impl Shell<'_> {
    /// `cat`, `cp`, `mv`, `rm`, `touch`, `tee`, `cd`.
    pub(super) fn file_command(&mut self, name: &str, arguments: &[Text], input: Text) -> (Flow, Text) {
        let known = arguments.iter().filter_map(Text::known);
        let (flags, paths): (Vec<&str>, Vec<&str>) =
            known.partition(|word| word.starts_with('-') && *word != "-");
        let flow = match name {
            "cat" => return self.cat(&paths, input),
            "tee" => {
                let appends = flags.iter().any(|flag| flag.contains('a'));
                for path in paths {
                    self.files.write(path, appends, input.clone());
                }
                return (Flow::Next(0), input);
            }
            "cd" => {
                self.files.directory = self.files.absolute(paths.first().copied().unwrap_or("/root"));
                Flow::Next(0)
            }
            "touch" => {
                for path in paths {
                    self.files.write(path, true, Text::default());
                }
                Flow::Next(0)
            }
            "rm" => {
                for path in paths {
                    self.remove(path);
                }
                Flow::Next(0)
            }
            _ => self.copy(name == "mv", &paths),
        };
        (flow, Text::default())
    }

    fn cat(&self, paths: &[&str], input: Text) -> (Flow, Text) {
        if paths.is_empty() {
            return (Flow::Next(0), input);
        }
        let (mut output, mut status) = (Text::default(), 0);
        for path in paths {
            match self.files.read(path) {
                Some(text) => output.append(text),
                None if *path == "-" => output.append(input.clone()),
                None => status = 1,
            }
        }
        (Flow::Next(status), output)
    }

    fn remove(&mut self, path: &str) {
        if self.files.read(path).is_some() {
            let path = self.files.absolute(path);
            self.files.keep(Write { path, change: Change::Remove }, 0);
        }
    }

    fn copy(&mut self, moves: bool, paths: &[&str]) -> Flow {
        let Some((to, sources)) = paths.split_last() else { return Flow::Next(1) };
        for from in sources {
            let Some(text) = self.files.read(from) else { return Flow::Next(1) };
            let last = from.rsplit('/').next().unwrap_or_default();
            let to = if to.ends_with('/') || sources.len() > 1 {
                format!("{to}/{last}")
            } else {
                (*to).to_owned()
            };
            self.files.write(&to, false, text);
            if moves {
                self.remove(from);
            }
        }
        Flow::Next(0)
    }
}
