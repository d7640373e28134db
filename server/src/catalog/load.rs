//! Reading the folder of labs from disk. Bounded: a lab has few files, and each is small.

use super::fault::Fault;
use super::lab::Lab;
use super::parse::{Folder, MAX_FILE, parse};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

const MAX_FILES: usize = 500;
const MAX_DEPTH: usize = 4;

/// Every lab that is right, and everything that is wrong with the others.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// By slug.
    pub labs: BTreeMap<String, Lab>,
    /// In the order of files and lines.
    pub faults: Vec<Fault>,
}

/// Reads the labs in a folder, or the one lab the folder is.
pub fn load(dir: &Path) -> Catalog {
    let mut catalog = Catalog::default();
    let folders = if dir.join("lab.yaml").is_file() {
        vec![dir.to_path_buf()]
    } else {
        match fs::read_dir(dir) {
            Ok(entries) => {
                let mut found: Vec<_> = entries
                    .filter_map(Result::ok)
                    .map(|entry| entry.path())
                    .filter(|path| path.is_dir() && path.join("lab.yaml").exists())
                    .collect();
                found.sort();
                found
            }
            Err(error) => {
                catalog.faults.push(fault(dir, &error.to_string()));
                return catalog;
            }
        }
    };
    if folders.is_empty() {
        catalog.faults.push(fault(dir, "there is no lab here (no folder with a lab.yaml)"));
    }
    for path in folders {
        let path = path.canonicalize().unwrap_or(path);
        let slug = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut folder = Folder::new();
        match read(&path, "", 0, &mut folder) {
            Err(message) => catalog.faults.push(fault(&path, &message)),
            Ok(()) => match parse(&slug, &folder) {
                Ok(lab) => {
                    catalog.labs.insert(slug, lab);
                }
                Err(faults) => catalog.faults.extend(faults),
            },
        }
    }
    catalog
}

fn fault(path: &Path, message: &str) -> Fault {
    Fault { file: path.display().to_string(), line: 0, message: message.to_owned() }
}

/// Reads a folder's files, each up to one byte more than is accepted, so that the parser can say which is too long. What is not a
/// plain file or folder (a link, a socket) is left out.
fn read(dir: &Path, prefix: &str, depth: usize, into: &mut Folder) -> Result<(), String> {
    let entries = fs::read_dir(dir).map_err(|e| e.to_string())?;
    for entry in entries {
        let entry = entry.map_err(|e| e.to_string())?;
        let kind = entry.file_type().map_err(|e| e.to_string())?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if kind.is_dir() && depth < MAX_DEPTH {
            read(&entry.path(), &format!("{path}/"), depth + 1, into)?;
        } else if kind.is_file() {
            if into.len() >= MAX_FILES {
                return Err(format!("more than {MAX_FILES} files"));
            }
            let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
            let mut bytes = Vec::new();
            fs::File::open(entry.path())
                .and_then(|file| file.take(limit).read_to_end(&mut bytes))
                .map_err(|e| format!("{path}: {e}"))?;
            into.insert(path, bytes);
        }
    }
    Ok(())
}
