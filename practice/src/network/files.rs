//! The files of containers: what their programs wrote, and where that is kept. A file on no volume is the container's
//! own, one on a bind mount or Docker volume is its task's, one on a file system of Amazon EFS is everybody's who mounts
//! it and outlives tasks. Follows "Storage options for Amazon ECS tasks". Not here: files of a host that outlive a
//! task (`host.sourcePath`), and what a program writes after its first round.

use std::collections::BTreeMap;

use serde_json::Value;

use super::dial::{Dialer, render};
use crate::core::id::mix;
use crate::images::{self, Change, Piece, Write};
use crate::services::ecs::model::{Container, ContainerDefinition, RunningContainer};
use crate::services::ecs::tasks;
use crate::services::efs::model::FileSystem;
use crate::world::{Scope, View};

/// Files of one file system that are kept.
const MAX_FILES: usize = 64;
/// Lines of each, the last ones, and bytes.
const MAX_LINES: usize = 64;
const MAX_BYTES: usize = 8 * 1024;

/// Where a path of a container leads.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// The container's own writable layer.
    Own(String),
    /// A volume of the task, and the path on it.
    Volume { name: String, path: String },
    /// A file system, and the path on it.
    FileSystem { id: String, path: String },
}

/// What a web server with these document roots answers to a path: the content type and the file. None when nothing is
/// there.
pub(super) fn served(
    view: &View<'_>,
    at: &RunningContainer<'_>,
    roots: &[String],
    front: &str,
    path: &str,
) -> Option<(&'static str, String)> {
    let path = path.split('?').next().unwrap_or_default();
    let file =
        if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let file = file.trim_start_matches('/');
    if file.split('/').any(|part| matches!(part, ".." | ".")) {
        return None;
    }
    let index = |root: &&String| content(view, at, &format!("{root}/index.html")).is_some();
    let root = if roots.len() > 1 { roots.iter().find(index).or(roots.first()) } else { roots.first() }?;
    if let Some(text) = content(view, at, &format!("{root}/{file}")) {
        return Some((media_type(file), text));
    }
    (file == "index.html" && !front.is_empty()).then(|| (media_type(file), front.to_owned()))
}

fn media_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("txt" | "log") => "text/plain; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "application/javascript",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("xml") => "text/xml",
        _ => "application/octet-stream",
    }
}

/// What a file of a container holds by now.
fn content(view: &View<'_>, at: &RunningContainer<'_>, path: &str) -> Option<String> {
    match place(view, at, path)?.0 {
        Place::FileSystem { id, path } => view.region.efs.file_systems.get(&id)?.files.get(&path).cloned(),
        Place::Own(path) => folded(view, at, writes(at).into_iter().filter(|write| write.path == path)),
        wanted @ Place::Volume { .. } => {
            let mut text = None;
            for one in in_order(at) {
                let here = |write: &Write| {
                    place(view, &one, &write.path)
                        .is_some_and(|(place, writable)| writable && place == wanted)
                };
                for write in writes(&one).into_iter().filter(here) {
                    change(&mut text, composed(view, &one, write.change));
                }
            }
            text
        }
    }
}

fn folded(view: &View<'_>, at: &RunningContainer<'_>, all: impl Iterator<Item = Write>) -> Option<String> {
    let mut text = None;
    all.for_each(|write| change(&mut text, composed(view, at, write.change)));
    text
}

/// The containers of a task that have begun, in the order in which they did.
fn in_order<'w>(at: &RunningContainer<'w>) -> Vec<RunningContainer<'w>> {
    let definition = |container: &Container| at.revision.containers.iter().find(|d| d.name == container.name);
    let begun = at.task.containers.iter().filter(|container| container.runtime_id.is_some());
    let mut all: Vec<RunningContainer<'w>> = begun
        .filter_map(|container| {
            Some(RunningContainer { container, definition: definition(container)?, ..*at })
        })
        .collect();
    all.sort_by_key(|one| one.container.started_at);
    all
}

fn writes(at: &RunningContainer<'_>) -> Vec<Write> {
    tasks::with_start(at.task, at.definition, images::writes).unwrap_or_default()
}

/// A change with its text filled in.
enum Filled {
    Replace(String),
    Append(String),
    Remove,
}

fn composed(view: &View<'_>, at: &RunningContainer<'_>, change: Change) -> Filled {
    let text = |pieces: &[Piece]| {
        // It was composed at the start of the container, by nobody's request.
        let entropy = at.container.id.bytes().fold(1, |hash, byte| mix(hash ^ u64::from(byte)));
        let answers = Dialer::new(view, entropy).ask(at, pieces);
        render(at, pieces, &answers)
    };
    match change {
        Change::Replace(pieces) => Filled::Replace(text(&pieces)),
        Change::Append(pieces) => Filled::Append(text(&pieces)),
        Change::Remove => Filled::Remove,
    }
}

fn change(held: &mut Option<String>, by: Filled) {
    match by {
        Filled::Remove => *held = None,
        Filled::Replace(text) => *held = Some(text),
        Filled::Append(text) => held.get_or_insert_default().push_str(&text),
    }
}

/// Where a path leads and whether it may be written there. None when its volume is not defined.
fn place(view: &View<'_>, at: &RunningContainer<'_>, path: &str) -> Option<(Place, bool)> {
    let mounts = mounts(at.definition, &at.revision.containers);
    let within = |mount: &&Mount<'_>| {
        path.strip_prefix(mount.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let Some(mount) = mounts.iter().filter(within).max_by_key(|mount| mount.path.len()) else {
        return Some((Place::Own(path.to_owned()), true));
    };
    let rest = path.get(mount.path.len()..).unwrap_or_default();
    let named = |volume: &&Value| volume.get("name").and_then(Value::as_str) == Some(mount.volume);
    let volume = at.revision.volumes.iter().find(named)?;
    let Some(efs) = volume.get("efsVolumeConfiguration").filter(|efs| !efs.is_null()) else {
        let (name, path) = (mount.volume.to_owned(), rest.to_owned());
        return Some((Place::Volume { name, path }, !mount.read_only));
    };
    let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
    let id = text(efs, "fileSystemId")?;
    let point = efs.get("authorizationConfig").and_then(|auth| text(auth, "accessPointId"));
    let root = match point {
        Some(point) => text(&view.region.efs.access_points.get(&point)?.root, "Path"),
        None => text(efs, "rootDirectory"),
    };
    let root = root.unwrap_or_default();
    let path = format!("{}{rest}", root.trim_end_matches('/'));
    Some((Place::FileSystem { id, path }, !mount.read_only))
}

struct Mount<'a> {
    volume: &'a str,
    path: &'a str,
    read_only: bool,
}

/// The mounts of a container, those of `volumesFrom` among them.
fn mounts<'a>(of: &'a ContainerDefinition, all: &'a [ContainerDefinition]) -> Vec<Mount<'a>> {
    fn own(of: &ContainerDefinition, read_only: bool) -> impl Iterator<Item = Mount<'_>> {
        of.mount_points.iter().filter_map(move |mount| {
            Some(Mount {
                volume: mount.get("sourceVolume")?.as_str()?,
                path: mount.get("containerPath")?.as_str()?.trim_end_matches('/'),
                read_only: read_only || mount.get("readOnly").and_then(Value::as_bool).unwrap_or(false),
            })
        })
    }
    let from = of.volumes_from.iter().filter_map(|from| {
        let name = from.get("sourceContainer")?.as_str()?;
        let read_only = from.get("readOnly").and_then(Value::as_bool).unwrap_or(false);
        Some(own(all.iter().find(|other| other.name == name)?, read_only))
    });
    own(of, false).chain(from.flatten()).collect()
}

/// A container of a task has begun: what it writes to file systems is kept there.
pub(crate) fn begun(scope: &mut Scope<'_>, cluster: &str, task: &str, container: &str) {
    let view = scope.view();
    let ecs = &view.region.ecs;
    let found = ecs.clusters.get(cluster).and_then(|cluster| Some((cluster, cluster.tasks.get(task)?)));
    let Some((cluster, task)) = found else { return };
    let on_efs = |volume: &Value| volume.get("efsVolumeConfiguration").is_some_and(|efs| !efs.is_null());
    if !ecs.revision(&task.definition).is_some_and(|revision| revision.volumes.iter().any(on_efs)) {
        return;
    }
    let at = ecs.containers_of(cluster, task).find(|at| at.container.name == container);
    let Some(at) = at else { return };
    let changes = writes(&at).into_iter().filter_map(|write| match place(&view, &at, &write.path)? {
        (Place::FileSystem { id, path }, true) => Some((id, path, composed(&view, &at, write.change))),
        _ => None,
    });
    let changes: Vec<(String, String, Filled)> = changes.collect();
    for (id, path, by) in changes {
        if let Some(system) = scope.region.efs.file_systems.get_mut(&id) {
            keep(system, path, by);
        }
    }
}

fn keep(system: &mut FileSystem, path: String, by: Filled) {
    let files: &mut BTreeMap<String, String> = &mut system.files;
    let mut held = files.remove(&path);
    change(&mut held, by);
    let Some(text) = held.filter(|_| files.len() < MAX_FILES) else { return };
    files.insert(path, bounded(&text));
}

/// The last lines of a text that there is room for.
fn bounded(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = lines.len().saturating_sub(MAX_LINES);
    let mut kept: String = lines.into_iter().skip(from).collect();
    if kept.len() > MAX_BYTES {
        let cut = kept.ceil_char_boundary(kept.len() - MAX_BYTES);
        kept.drain(..cut);
    }
    kept
}
