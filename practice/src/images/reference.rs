//! Image references: `[registry/]path[:tag][@digest]`. Follows the grammar of the distribution project.

/// The parts of a reference, with Docker's defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// `docker.io`, `public.ecr.aws`, ...
    pub(crate) registry: &'a str,
    /// Without the registry: `library/redis` or `redis`.
    pub(crate) path: &'a str,
    /// `latest` when absent.
    pub(crate) tag: &'a str,
    /// The name as Docker's messages write it: without tag and digest.
    pub(crate) familiar: &'a str,
}

impl<'a> Reference<'a> {
    /// None for what Docker calls an invalid reference format.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > 512 {
            return None;
        }
        let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return None;
        }
        let (familiar, tag) = match rest.rsplit_once(':') {
            // A colon before the last slash is a registry's port.
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return None;
        }
        let (registry, path) = match familiar.split_once('/') {
            Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (first, path),
            _ => ("docker.io", familiar),
        };
        let registry = if matches!(registry, "index.docker.io" | "registry-1.docker.io") {
            "docker.io"
        } else {
            registry
        };
        path.split('/').all(is_component).then_some(Self {
            registry,
            path,
            tag: tag.unwrap_or("latest"),
            familiar,
        })
    }
}

fn is_component(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(word) && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}
