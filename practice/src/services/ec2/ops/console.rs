//! The system log of an instance, made up from what the instance is at the moment of reading: the boot, what
//! cloud-init did with the user data, and where the ECS agent stands. Follows the forms of cloud-init's and the
//! agent's own logs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::core::time::{Iso, Time};
use crate::services::ec2::fault;
use crate::services::ec2::images::{self, Image};
use crate::services::ec2::instance::{Instance, State};
use crate::services::ec2::user_data::{AgentConfig, Outcome, agent_config, outcome};
use crate::services::ecs::agent::{self, AgentStatus};
use crate::world::View;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetConsoleOutput {
    instance_id: String,
}

pub(crate) fn get_output(view: &View<'_>, input: GetConsoleOutput) -> Result<Value, Fault> {
    let id = &input.instance_id;
    let instance = view.region.ec2.instance(id).ok_or_else(|| fault::no_such("i", id))?;
    let log = log(view, instance);
    let timestamp = instance.boot_done_at.min(view.now);
    Ok(json!({
        "instanceId": id,
        "timestamp": Iso(timestamp),
        "output": (!log.is_empty()).then(|| STANDARD.encode(log)),
    }))
}

/// The log up to now; empty while the instance is pending.
pub(crate) fn log(view: &View<'_>, instance: &Instance) -> String {
    let Some(image) = images::find(&view.region.name, &instance.image_id) else { return String::new() };
    if matches!(instance.state, State::Pending { .. }) {
        return String::new();
    }
    let host = instance.private_dns_name(&view.region.name).unwrap_or_else(|| "localhost".to_owned());
    let mut lines = boot(instance, &image);
    if instance.boot_done_at <= view.now {
        let config = agent_config(instance);
        lines.extend(cloud_init(instance));
        lines.extend(agent_lines(view, instance, &image, &config));
        lines.push(String::new());
        lines.push(image.os.to_owned());
        lines.push(format!("Kernel {} on an {} (-)", image.kernel, image.architecture));
        lines.push(String::new());
        let name = host.split('.').next().unwrap_or_default();
        lines.push(format!("{name} login: "));
    }
    lines.join("\n") + "\n"
}

fn boot(instance: &Instance, image: &Image) -> Vec<String> {
    let console = "root=UUID=6c9a5b1e ro console=tty0 console=ttyS0,115200n8";
    vec![
        format!("[    0.000000] Linux version {} (mockbuild@buildhost)", image.kernel),
        format!("[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-{} {console}", image.kernel),
        "[    0.000000] Hypervisor detected: Xen HVM".to_owned(),
        "[    1.804221] xvda: xvda1".to_owned(),
        "[    3.118906] EXT4-fs (xvda1): mounted filesystem with ordered data mode".to_owned(),
        format!("Welcome to {}!", image.os),
        format!("ci-info: eth0: {:?}", instance.private_ip.map(|ip| ip.to_string()).unwrap_or_default()),
    ]
}

fn cloud_init(instance: &Instance) -> Vec<String> {
    let done = clock(instance.boot_done_at);
    let key = instance.key_name.as_ref().map_or_else(
        || "ci-info: no authorized SSH keys fingerprints found for user ec2-user.".to_owned(),
        |name| format!("ci-info: authorized keys from key pair {name} for user ec2-user"),
    );
    let data = match outcome(instance) {
        Outcome::Nothing => "cloud-init: no user data".to_owned(),
        Outcome::Script => {
            "cloud-init: running user data script /var/lib/cloud/instance/scripts/part-001: done, exit code 0"
                .to_owned()
        }
        Outcome::CloudConfig => "cloud-init: applied user data cloud-config: done".to_owned(),
        Outcome::Multipart => "cloud-init: ran every part of the multipart user data: done".to_owned(),
        Outcome::Unhandled(first) => {
            format!(
                "cloud-init: WARNING: Unhandled non-multipart (text/x-not-multipart) userdata: 'b'{first}'...'"
            )
        }
    };
    vec![key, data, format!("cloud-init: Cloud-init finished at {done}. Datasource DataSourceEc2Local.")]
}

/// `Sat, 21 Nov 2026 09:12:33 +0000` would be cloud-init's; ISO is shorter and as clear.
fn clock(at: Time) -> String {
    at.iso()
}

fn agent_lines(view: &View<'_>, instance: &Instance, image: &Image, config: &AgentConfig) -> Vec<String> {
    if !image.has_ecs_agent {
        return vec![
            "systemd: no unit ecs.service on this image: the Amazon ECS agent is not installed".to_owned(),
        ];
    }
    let mut lines = Vec::new();
    if image.has_weave {
        lines.push("init: weave main process started: Weave Net 1.9.4, Docker API proxy on /var/run/weave/weave.sock".to_owned());
    }
    lines.push(format!(
        "ecs-agent: level=info msg=\"Loading configuration\" file=/etc/ecs/ecs.config variables={}",
        config.variables.len()
    ));
    if !config.variables.contains_key("ECS_CLUSTER") {
        lines.push(
            "ecs-agent: level=info msg=\"ECS_CLUSTER is not set, using the cluster default\"".to_owned(),
        );
    }
    lines.push(format!(
        "ecs-agent: level=info msg=\"Amazon ECS agent Version: {}, Docker: {}, Cluster: {}\"",
        image.agent_version, image.docker_version, config.cluster
    ));
    lines.push(outcome_line(view, instance, config));
    lines
}

fn outcome_line(view: &View<'_>, instance: &Instance, config: &AgentConfig) -> String {
    match agent::status(view, &instance.id) {
        AgentStatus::Joined { cluster, arn } => {
            format!(
                "ecs-agent: level=info msg=\"Registration completed successfully\" instance={arn} cluster={cluster}"
            )
        }
        AgentStatus::Starting => {
            format!("ecs-agent: level=info msg=\"Registering instance with ECS\" cluster={}", config.cluster)
        }
        AgentStatus::NoAgent => "ecs-agent: level=info msg=\"Agent stopped\"".to_owned(),
        AgentStatus::NotJoined(reason) => {
            format!("ecs-agent: level=error msg=\"{}\"", reason.log(view, &instance.id).replace('"', "'"))
        }
    }
}
