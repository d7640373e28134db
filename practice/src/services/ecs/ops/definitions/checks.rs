//! What a task definition may say, apart from its containers. Follows "Task definition parameters".

use serde_json::Value;

use super::Register;
use crate::core::fault::Fault;
use crate::services::ecs::model::Constraint;
use crate::services::ecs::ops::{compatibility, is_name};
use crate::services::ecs::query::Query;
use crate::services::ecs::{fault, volumes};

pub(super) fn modes(input: &Register) -> Result<(), Fault> {
    if let Some(mode) = input.network_mode.as_deref()
        && !["bridge", "host", "awsvpc", "none"].contains(&mode)
    {
        return Err(fault::client(format!("Invalid network mode '{mode}'.")));
    }
    for name in &input.requires_compatibilities {
        match name.as_str() {
            "EC2" | "FARGATE" | "EXTERNAL" => {}
            "MANAGED_INSTANCES" => return Err(fault::unsupported("MANAGED_INSTANCES")),
            _ => return Err(fault::client(format!("Invalid compatibility '{name}'."))),
        }
    }
    let one_of = |name: &str, known: &[&str]| match input.other.get(name) {
        Some(Value::String(text)) if known.contains(&text.as_str()) => Ok(()),
        None => Ok(()),
        Some(_) => Err(fault::client(format!("Invalid setting for '{name}'."))),
    };
    one_of("pidMode", &["host", "task"])?;
    one_of("ipcMode", &["host", "task", "none"])?;
    platform(input.other.get("runtimePlatform"))
}

/// CPU units from `512` or `.5 vCPU`; MiB from `512` or `1 GB`.
pub(super) fn units(text: &str, name: &str, unit: &str) -> Result<i64, Fault> {
    let wrong = || fault::client(format!("Invalid '{name}' setting for task."));
    let plain = text.trim().to_ascii_lowercase();
    let value = match plain.strip_suffix(unit) {
        None => plain.parse::<i64>().map_err(|_| wrong())?,
        Some(number) => {
            // Thousandths, so that nothing is rounded.
            let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
            let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| wrong())? };
            let digits = format!("{fraction:0<3}");
            let thousandths: i64 = digits.get(..3).unwrap_or("0").parse().map_err(|_| wrong())?;
            whole
                .checked_mul(1024)
                .and_then(|w| w.checked_add(thousandths * 1024 / 1000))
                .ok_or_else(wrong)?
        }
    };
    let least = if name == "cpu" { 128 } else { 6 };
    let most = if name == "cpu" { 196_608 } else { 16 << 20 };
    if (least..=most).contains(&value) { Ok(value) } else { Err(wrong()) }
}

pub(super) fn fargate(input: &Register, cpu: Option<i64>, memory: Option<i64>) -> Result<(), Fault> {
    let on_fargate = input.requires_compatibilities.iter().any(|name| name == "FARGATE");
    let external = input.requires_compatibilities.iter().any(|name| name == "EXTERNAL");
    if external && input.network_mode.as_deref() == Some("awsvpc") {
        return Err(fault::client("External instances do not support network mode 'awsvpc'."));
    }
    if let Some(storage) = input.other.get("ephemeralStorage") {
        let size = storage.get("sizeInGiB").and_then(Value::as_i64);
        if !on_fargate {
            return Err(fault::client("Ephemeral storage is only supported on Fargate."));
        }
        if !size.is_some_and(|size| (21..=200).contains(&size)) {
            return Err(fault::client(
                "Invalid ephemeral storage size. The size must be between 21 GiB and 200 GiB.",
            ));
        }
    }
    if !on_fargate {
        return Ok(());
    }
    compatibility::fargate(&compatibility::Parts {
        network_mode: input.network_mode.as_deref(),
        cpu,
        memory,
        containers: &input.container_definitions,
        volumes: &input.volumes,
        has_constraints: !input.placement_constraints.is_empty(),
        has_execution_role: input.execution_role_arn.is_some(),
        ipc_mode: input.other.contains_key("ipcMode"),
    })
}

/// `RuntimePlatform`: only Linux is here.
fn platform(given: Option<&Value>) -> Result<(), Fault> {
    let Some(given) = given else { return Ok(()) };
    let wrong = || fault::client("Invalid setting for 'runtimePlatform'.");
    let members = given.as_object().ok_or_else(wrong)?;
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if !matches!(text("cpuArchitecture"), None | Some("X86_64" | "ARM64")) {
        return Err(wrong());
    }
    match text("operatingSystemFamily") {
        None | Some("LINUX") => Ok(()),
        Some(family) if family.starts_with("WINDOWS_SERVER_") => Err(fault::unsupported(family)),
        Some(_) => Err(wrong()),
    }
}

pub(super) fn constraints(given: &[Constraint]) -> Result<(), Fault> {
    if given.len() > 10 {
        return Err(fault::client("Placement constraints cannot be more than 10."));
    }
    for constraint in given {
        let expression = constraint.expression.as_deref().unwrap_or_default();
        if constraint.kind != "memberOf" || Query::parse(expression).is_err() {
            return Err(fault::client("Invalid placement constraint."));
        }
    }
    Ok(())
}

pub(super) fn volume_names(volumes: &[Value]) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for volume in volumes {
        let Some(name) = volume.get("name").and_then(Value::as_str).filter(|name| is_name(name)) else {
            return Err(fault::client("Volume.name should not be null or empty."));
        };
        let beyond = ["dockerVolumeConfiguration", "s3filesVolumeConfiguration"];
        let beyond = beyond.iter().chain(&["fsxWindowsFileServerVolumeConfiguration", "configuredAtLaunch"]);
        for member in beyond {
            if volume.get(*member).is_some_and(|value| !value.is_null()) {
                return Err(fault::unsupported(member));
            }
        }
        volumes::check(volume)?;
        if names.iter().any(|known| known == name) {
            return Err(fault::client(format!("Duplicate volume name '{name}'.")));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}
