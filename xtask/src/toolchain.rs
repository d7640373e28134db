//! Finds, or installs, a toolchain that can compile the front end to WebAssembly: the first of five ways that fits.
//!
//! 1. the running toolchain has the target's library;
//! 2. it is rustup's and rustup can add it;
//! 3. it has the library's sources, and builds them;
//! 4. Debian's `rustc-web`, installed here if need be;
//! 5. none, and a word about what would help.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// The target of the front end.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// There may be no way to download anything: rustup is not waited for.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(30);

const DEBIAN: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld"];
const DEBIAN_CLIPPY: &str = "rust-web-clippy";

/// A cargo and its compiler.
#[derive(Debug)]
pub(crate) struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// Where the compiler's files are.
    sysroot: PathBuf,
    /// Whether the standard library is built too.
    build_std: bool,
}

impl Toolchain {
    /// A cargo that inherits nothing from the cargo that runs this.
    pub(crate) fn cargo(&self) -> Command {
        self.through(&self.cargo)
    }

    fn through(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_inherited(name)) {
            command.env_remove(name);
        }
        // An absolute path, or a dependency's rust-toolchain.toml switches the compiler.
        command.env("RUSTC", &self.rustc);
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--cfg=getrandom_backend=\"wasm_js\"");
        if let Some(linker) = self.linker() {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        if self.build_std {
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }

    /// Its clippy, as `cargo` above; installed if need be.
    pub(crate) fn clippy(&self) -> Result<Command> {
        let own = self.cargo.with_file_name("cargo-clippy");
        let beside = self.rustc.with_file_name("cargo-clippy");
        let found = || [&own, &beside].into_iter().find(|program| program.exists());
        if found().is_none() && self.cargo.starts_with("/usr/bin") {
            println!("  installing {DEBIAN_CLIPPY}");
            apt_install(&[DEBIAN_CLIPPY])?;
        }
        let Some(program) = found() else {
            bail!("{} is missing: `rustup component add clippy` would help", own.display());
        };
        // By its path: `cargo clippy` would take the first on PATH, and with it another compiler.
        let mut command = self.through(program);
        command.env("CARGO", &self.cargo).arg("clippy");
        Ok(command)
    }

    /// Cargo's further arguments.
    pub(crate) const fn arguments(&self) -> &'static [&'static str] {
        if self.build_std { &["-Z", "build-std=std,panic_abort"] } else { &[] }
    }

    /// What tells two toolchains apart.
    pub(crate) fn version(&self) -> Result<String> {
        output(Command::new(&self.rustc).arg("-vV"))
    }

    /// Any lld will do where the toolchain brings none of its own.
    fn linker(&self) -> Option<PathBuf> {
        let rustlib = self.sysroot.join("lib/rustlib");
        let own =
            std::fs::read_dir(rustlib).ok()?.flatten().any(|host| host.path().join("bin/rust-lld").exists());
        if own {
            return None;
        }
        let names = ["wasm-ld", "wasm-ld-19", "wasm-ld-16", "wasm-ld-15", "wasm-ld-14", "rust-lld"];
        names.into_iter().find_map(on_path)
    }
}

/// The first way that fits.
pub(crate) fn find(root: &Path) -> Result<Toolchain> {
    let running = running(root)?;
    if has_target(&running.sysroot) {
        return Ok(running);
    }
    if rustup_adds_target(&running.sysroot) && has_target(&running.sysroot) {
        return Ok(running);
    }
    if has_sources(&running.sysroot) {
        return Ok(Toolchain { build_std: true, ..running });
    }
    if let Some(debian) = debian()? {
        return Ok(debian);
    }
    bail!(
        "no toolchain here can compile to {TARGET}. One of these would help:\n    \
         rustup target add {TARGET}\n    apt-get install -y {}   (as root, on Debian)",
        DEBIAN.join(" ")
    )
}

/// The toolchain that runs this.
fn running(root: &Path) -> Result<Toolchain> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = PathBuf::from(output(Command::new(rustc).args(["--print", "sysroot"]).current_dir(root))?);
    let inside = |name: &str| sysroot.join("bin").join(name);
    let cargo = if inside("cargo").exists() {
        inside("cargo")
    } else {
        std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
    };
    Ok(Toolchain { cargo, rustc: inside("rustc"), build_std: false, sysroot })
}

fn has_target(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists()
}

fn rustup_adds_target(sysroot: &Path) -> bool {
    let (Some(rustup), Some(name)) = (on_path("rustup"), sysroot.file_name()) else { return false };
    if sysroot.parent().and_then(Path::file_name) != Some(OsStr::new("toolchains")) {
        return false;
    }
    println!("  asking rustup for {TARGET}");
    let child = Command::new(rustup)
        .args(["target", "add", TARGET, "--toolchain"])
        .arg(name)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child.is_ok_and(|child| ends_well_within(child, RUSTUP_PATIENCE))
}

fn ends_well_within(mut child: Child, patience: Duration) -> bool {
    // Nobody sends: receiving is a way to wait.
    let (_keep, never) = mpsc::channel::<()>();
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => drop(never.recv_timeout(Duration::from_millis(100))),
            Err(_) => return false,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Debian's own toolchain, whose sources build only with its own compiler.
fn debian() -> Result<Option<Toolchain>> {
    let (cargo, rustc) = (PathBuf::from("/usr/bin/cargo"), PathBuf::from("/usr/bin/rustc"));
    let found = || {
        let there = cargo.exists() && rustc.exists();
        let sysroot = there.then(|| output(Command::new(&rustc).args(["--print", "sysroot"])).ok())??;
        let sysroot = PathBuf::from(sysroot);
        let fits = has_sources(&sysroot) && (on_path("wasm-ld").is_some() || on_path("rust-lld").is_some());
        fits.then(|| Toolchain { cargo: cargo.clone(), rustc: rustc.clone(), sysroot, build_std: true })
    };
    if let Some(toolchain) = found() {
        return Ok(Some(toolchain));
    }
    println!("  installing {}", DEBIAN.join(" "));
    if !apt_install(&DEBIAN)? {
        return Ok(None);
    }
    Ok(found())
}

/// Installs Debian packages; false where that is not possible.
fn apt_install(packages: &[&str]) -> Result<bool> {
    let Some(apt) = on_path("apt-get") else { return Ok(false) };
    if output(Command::new("id").arg("-u"))? != "0" {
        return Ok(false);
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new(&apt);
        command
            .args(["-qq", "-y"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let install = [&["install", "--no-install-recommends"], packages].concat();
    Ok(apt_get(&install) || (apt_get(&["update"]) && apt_get(&install)))
}

/// What cargo sets for the programs it runs would mislead another cargo; what a person set for cargo stays.
fn is_inherited(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let stays =
        ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_", "CARGO_BUILD_JOBS"];
    let misleads = ["CARGO", "RUSTC", "RUSTFLAGS", "RUSTDOC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"];
    misleads.iter().any(|start| name.starts_with(start)) && !stays.iter().any(|start| name.starts_with(start))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path: OsString = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("running {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::is_inherited;

    #[test]
    fn the_outer_cargo_is_forgotten_and_the_person_is_not() {
        for name in
            ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_TARGET_DIR", "RUSTC", "RUSTFLAGS", "LD_LIBRARY_PATH"]
        {
            assert!(is_inherited(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "CARGO_REGISTRIES_X_INDEX", "PATH", "HOME"] {
            assert!(!is_inherited(OsStr::new(name)), "{name}");
        }
    }
}
