//! What user data makes of an instance: a pure reading of shell scripts and cloud-config, as far as they configure
//! the ECS agent. Nothing is executed; what it does not understand is left out. Follows "Run commands when you
//! launch an EC2 instance with user data input" and "Bootstrapping Amazon ECS Linux container instances". Gzip is
//! not read.

use std::collections::BTreeMap;

use super::cloud_config;
use super::instance::Instance;
use super::launch::decode;
use super::shell;
use crate::images::sock_shop::Login;

/// The file that configures the ECS agent.
pub(super) const ECS_CONFIG: &str = "/etc/ecs/ecs.config";

/// The ECS agent's configuration, `/etc/ecs/ecs.config`, after the boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AgentConfig {
    /// `ECS_CLUSTER`; `default` when not set.
    pub(crate) cluster: String,
    /// `ECS_INSTANCE_ATTRIBUTES`
    pub(crate) attributes: BTreeMap<String, String>,
    /// `ECS_RESERVED_MEMORY`, in MiB.
    pub(crate) reserved_memory: u32,
    /// Every variable of the file.
    pub(crate) variables: BTreeMap<String, String>,
}

/// What cloud-init did with user data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There was none.
    Nothing,
    /// A script ran.
    Script,
    /// A cloud-config was applied.
    CloudConfig,
    /// Several parts, each a script or a cloud-config.
    Multipart,
    /// Neither a script nor a cloud-config: nothing of it ran. Its first line.
    Unhandled(String),
}

/// Files written at boot, by path, and what else the boot did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Files {
    by_path: BTreeMap<String, String>,
    effects: Vec<Effect>,
}

impl Files {
    #[cfg(test)]
    fn new() -> Self {
        Self::default()
    }

    /// Those that are there already.
    pub(super) fn with(by_path: BTreeMap<String, String>) -> Self {
        Self { by_path, effects: Vec::new() }
    }

    /// Files, and what was done besides.
    pub(super) fn into_parts(self) -> (BTreeMap<String, String>, Vec<Effect>) {
        (self.by_path, self.effects)
    }

    /// Something that reaches beyond the machine.
    pub(super) fn does(&mut self, effect: Effect) {
        if self.effects.len() < MAX_EFFECTS {
            self.effects.push(effect);
        }
    }
}

impl std::ops::Deref for Files {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.by_path
    }
}

impl std::ops::DerefMut for Files {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.by_path
    }
}

/// Most commands of one user data that reach beyond the machine.
const MAX_EFFECTS: usize = 100;

/// A command that reaches beyond the machine; see [`super::boot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// `yum install`
    Install(Vec<String>),
    /// `curl`, `wget`
    Download,
    /// `mysql < dump.sql`
    Import(Login),
    /// `cfn-signal`
    Signal(Signal),
    /// A request to a wait condition handle: its URL and its body.
    Tell(String, String),
    /// `cfn-init`
    Init(Init),
    /// `shutdown`
    Shutdown,
}

/// What `cfn-init` is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Init {
    /// Name of the stack.
    pub(super) stack: String,
    /// Logical id.
    pub(super) resource: String,
    /// Names of config sets; none for the default one.
    pub(super) sets: Vec<String>,
}

/// What `cfn-signal` is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signal {
    pub(super) stack: String,
    pub(super) resource: String,
    pub(super) region: Option<String>,
    /// Instead of the instance's id.
    pub(super) id: Option<String>,
    /// The wait condition handle that it is for, with reason and data.
    pub(super) handle: Option<(String, String, String)>,
    pub(super) status: Status,
}

/// Whether a signal is one of success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// `-e $?`
    OfCommandBefore,
    /// `-e 0`, `-s true`
    Is(bool),
}

/// What an instance's user data does beyond the machine, in order.
pub(super) fn effects(instance: &Instance) -> Vec<Effect> {
    read(instance.user_data.as_deref()).1.effects
}

/// The agent's configuration after an instance's first boot.
pub(crate) fn agent_config(instance: &Instance) -> AgentConfig {
    let files = read(instance.user_data.as_deref()).1;
    let text = |path: &str| files.get(path).map_or("", String::as_str);
    // What `cfn-init` wrote comes first: scripts append to it.
    let first = instance.written.get(ECS_CONFIG).map_or("", String::as_str);
    config(&format!("{first}\n{}", text(ECS_CONFIG)))
}

/// What cloud-init did with an instance's user data.
pub(crate) fn outcome(instance: &Instance) -> Outcome {
    read(instance.user_data.as_deref()).0
}

fn read(user_data: Option<&str>) -> (Outcome, Files) {
    let bytes = user_data.and_then(decode).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut files = Files::default();
    let outcome = apply(&text, &mut files);
    (outcome, files)
}

fn apply(text: &str, files: &mut Files) -> Outcome {
    if text.trim().is_empty() {
        return Outcome::Nothing;
    }
    if let Some(parts) = multipart(text) {
        for part in parts {
            single(part, files);
        }
        return Outcome::Multipart;
    }
    single(text, files)
}

fn single(text: &str, files: &mut Files) -> Outcome {
    if text.starts_with("#!") {
        shell::run(text, files);
        Outcome::Script
    } else if text.starts_with("#cloud-config") {
        cloud_config::apply(text, files);
        Outcome::CloudConfig
    } else {
        Outcome::Unhandled(text.lines().next().unwrap_or_default().to_owned())
    }
}

/// The bodies of a MIME multipart archive.
fn multipart(text: &str) -> Option<Vec<&str>> {
    let (headers, body) = text.split_once("\n\n").or_else(|| text.split_once("\r\n\r\n"))?;
    if !headers.to_ascii_lowercase().contains("content-type: multipart/") {
        return None;
    }
    let (_, after) = headers.split_once("boundary=")?;
    let boundary =
        after.trim_start_matches('"').split(['"', '\n', '\r', ';']).next().filter(|b| !b.is_empty())?;
    let marker = format!("--{boundary}");
    let parts = body.split(marker.as_str()).skip(1).filter_map(|part| {
        let part = part.trim_start_matches(['\r', '\n']);
        part.split_once("\n\n").or_else(|| part.split_once("\r\n\r\n")).map(|(_, body)| body.trim_start())
    });
    Some(parts.collect())
}

/// Reads the agent's file: `NAME=value` lines; the last one wins, as Docker's `--env-file` has it.
fn config(text: &str) -> AgentConfig {
    let mut variables = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some((name, value)) = line.split_once('=') {
            variables.insert(name.trim().to_owned(), value.to_owned());
        }
    }
    let cluster = variables.get("ECS_CLUSTER").map(|name| name.trim()).filter(|name| !name.is_empty());
    let attributes = variables.get("ECS_INSTANCE_ATTRIBUTES").map_or("", String::as_str);
    let reserved_memory = variables.get("ECS_RESERVED_MEMORY").and_then(|text| text.trim().parse().ok());
    AgentConfig {
        cluster: cluster.unwrap_or("default").to_owned(),
        attributes: serde_json::from_str(attributes).unwrap_or_default(),
        reserved_memory: reserved_memory.unwrap_or_default(),
        variables,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster_of(text: &str) -> (Outcome, String) {
        let mut files = Files::new();
        let outcome = apply(text, &mut files);
        (outcome, config(files.get(ECS_CONFIG).map_or("", String::as_str)).cluster)
    }

    #[test]
    fn scripts() {
        for body in [
            "echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config",
            "echo 'ECS_CLUSTER=demo' >>/etc/ecs/ecs.config",
            "echo \"ECS_CLUSTER=demo\" > /etc/ecs/ecs.config # done",
            "set -e; mkdir -p /etc/ecs && echo ECS_CLUSTER=demo | sudo tee -a /etc/ecs/ecs.config",
            "NAME=demo\necho ECS_CLUSTER=${NAME} >> /etc/ecs/ecs.config",
            "cat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=demo\nECS_LOGLEVEL=debug\nEOF",
            "F=/etc/ecs/ecs.config\ncat > $F <<-EOF\n\tECS_CLUSTER=demo\n\tEOF\nyum update -y",
            "printf 'ECS_CLUSTER=%s\\n' demo >> /etc/ecs/ecs.config",
            "{\n  echo \"ECS_CLUSTER=demo\"\n  echo \"ECS_LOGLEVEL=debug\"\n} >> /etc/ecs/ecs.config",
            "echo ECS_CLUSTER=first >> /etc/ecs/ecs.config\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config",
            "echo ECS_LOGLEVEL=x > /etc/ecs/ecs.config\necho \\\n  ECS_CLUSTER=demo >> /etc/ecs/ecs.config",
        ] {
            let found = cluster_of(&format!("#!/bin/bash\n{body}\n"));
            assert_eq!(found, (Outcome::Script, "demo".to_owned()), "{body}");
        }
        for body in [
            "echo ECS_CLUSTER=demo >> /etc/ecs.config",
            "# echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config",
            "echo ECS_CLUSTER=demo",
            "exit 0\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config",
            "export ECS_CLUSTER=demo",
            "echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config\necho x=y > /etc/ecs/ecs.config",
        ] {
            assert_eq!(cluster_of(&format!("#!/bin/bash\n{body}\n")).1, "default", "{body}");
        }
    }

    #[test]
    fn text_without_a_first_line_of_its_kind_does_nothing() {
        let text = "echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config";
        assert_eq!(cluster_of(text), (Outcome::Unhandled(text.to_owned()), "default".to_owned()));
        assert_eq!(cluster_of(""), (Outcome::Nothing, "default".to_owned()));
    }

    #[test]
    fn cloud_configs() {
        for body in [
            "bootcmd:\n  - echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n",
            "runcmd:\n- [ sh, -c, 'echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config' ]\n",
            "runcmd:\n  - - sh\n    - -c\n    - echo ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n",
            "write_files:\n  - path: /etc/ecs/ecs.config\n    content: |\n      ECS_CLUSTER=demo\n      ECS_LOGLEVEL=x\n",
            "packages: [jq]\nwrite_files:\n- content: \"ECS_CLUSTER=demo\\n\"\n  path: /etc/ecs/ecs.config\n  append: true\n",
            "runcmd:\n  - |\n    X=demo\n    echo ECS_CLUSTER=$X >> /etc/ecs/ecs.config\n",
        ] {
            let found = cluster_of(&format!("#cloud-config\n{body}"));
            assert_eq!(found, (Outcome::CloudConfig, "demo".to_owned()), "{body}");
        }
    }

    #[test]
    fn multipart_archives() {
        let text = "Content-Type: multipart/mixed; boundary=\"==B==\"\nMIME-Version: 1.0\n\n--==B==\nContent-Type: text/cloud-config\n\n#cloud-config\nruncmd: []\n\n--==B==\nContent-Type: text/x-shellscript\n\n#!/bin/bash\necho ECS_CLUSTER=demo >> /etc/ecs/ecs.config\n--==B==--\n";
        assert_eq!(cluster_of(text), (Outcome::Multipart, "demo".to_owned()));
    }

    #[test]
    fn attributes_and_memory() {
        let found = config("ECS_INSTANCE_ATTRIBUTES={\"tier\":\"web\"}\nECS_RESERVED_MEMORY=256\n");
        assert_eq!(found.attributes, BTreeMap::from([("tier".to_owned(), "web".to_owned())]));
        assert_eq!(found.reserved_memory, 256);
    }
}
