//! Builds the front end: WebAssembly, its script and their compressed forms in `target/site/pkg`, named by content,
//! with `manifest.json` to tell the server the names. Twice: what most pages need, and that with the islands of the
//! `desk`, for pages where one writes or teaches. Skipped when nothing it is made of has changed.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    run,
    toolchain::{self, TARGET, Toolchain},
};

/// What the front end is made of, besides its dependencies, which the lock file tells.
const SOURCES: [&str; 5] = ["app/src", "app/Cargo.toml", "app/client", "Cargo.toml", "Cargo.lock"];

/// Makes `target/site/pkg` what it should be.
pub(crate) fn build() -> Result<()> {
    let root = &run::root();
    let began = Instant::now();
    let site = root.join("target/site");
    let inputs = fingerprint(root)?;
    if is_current(&site.join("pkg"), &inputs) {
        return Ok(());
    }
    println!("Building the front end (two minutes the first time)");
    let toolchain = toolchain::find(root)?;
    println!("  {}", toolchain.version()?.lines().next().unwrap_or_default());
    // Made beside, then put in place whole: a stale file beside a new one would break the page in silence.
    let made = site.join("pkg.new");
    remove(&made)?;
    std::fs::create_dir_all(&made).with_context(|| format!("making {}", made.display()))?;
    let bundle = |features: &[&str]| -> Result<serde_json::Value> {
        let names = bind(root, &compile(root, &toolchain, features)?, &made)?;
        Ok(serde_json::json!({ "script": names.boot, "preload": [names.glue, names.wasm] }))
    };
    let page = bundle(&[])?;
    let desk = bundle(&["--features", "desk"])?;
    compress(&made)?;
    let manifest = serde_json::json!({ "page": page, "desk": desk, "inputs": inputs });
    write(&made.join("manifest.json"), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    let pkg = site.join("pkg");
    remove(&pkg)?;
    std::fs::rename(&made, &pkg).with_context(|| format!("putting {} in place", pkg.display()))?;
    println!("  done in {} s", began.elapsed().as_secs());
    Ok(())
}

fn is_current(pkg: &Path, inputs: &str) -> bool {
    let manifest = std::fs::read(pkg.join("manifest.json")).ok();
    let manifest = manifest.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    manifest
        .is_some_and(|manifest| manifest.get("inputs").and_then(serde_json::Value::as_str) == Some(inputs))
}

/// A hash of everything in [`SOURCES`] and of this program.
fn fingerprint(root: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(include_bytes!("wasm.rs"));
    hash.update(include_bytes!("toolchain.rs"));
    for source in SOURCES {
        let mut files = Vec::new();
        collect(&root.join(source), &mut files)?;
        files.sort();
        for file in files {
            let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            hash.update(file.strip_prefix(root).unwrap_or(&file).as_os_str().as_encoded_bytes());
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        }
    }
    Ok(hex(&hash.finalize()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).with_context(|| format!("listing {}", path.display()))?;
        for entry in entries {
            collect(&entry?.path(), files)?;
        }
    } else {
        files.push(path.to_path_buf());
    }
    Ok(())
}

/// Lints what only the browser runs, by the toolchain that compiles it.
pub(crate) fn lint() -> Result<()> {
    let root = &run::root();
    let toolchain = toolchain::find(root)?;
    let mut clippy = toolchain.clippy()?;
    clippy
        .args(["--quiet", "--package", "app", "--package", "client", "--no-default-features"])
        .args(["--features", "app/hydrate,client/desk", "--profile", "wasm-release", "--target", TARGET])
        .args(toolchain.arguments())
        .arg("--target-dir")
        // What runs on this machine (macros, build scripts) is compiled once for both.
        .arg(target_dir(root))
        .args(["--", "--deny", "warnings"]);
    run::shown(&mut clippy)
}

fn target_dir(root: &Path) -> PathBuf {
    root.join(run::target()).join("wasm")
}

/// Compiles in a target folder of its own: other flags would rebuild the server's dependencies each time.
fn compile(root: &Path, toolchain: &Toolchain, features: &[&str]) -> Result<PathBuf> {
    let target_dir = target_dir(root);
    let status = toolchain
        .cargo()
        .current_dir(root)
        .args(["build", "--quiet", "--package", "client", "--profile", "wasm-release", "--target", TARGET])
        .args(features)
        .args(toolchain.arguments())
        .arg("--target-dir")
        .arg(&target_dir)
        .status()
        .context("starting cargo for the front end")?;
    ensure!(status.success(), "the front end did not compile (see above)");
    Ok(target_dir.join(TARGET).join("wasm-release/client.wasm"))
}

struct Names {
    boot: String,
    glue: String,
    wasm: String,
}

/// Splits the module into WebAssembly and script, and names both by their content.
fn bind(root: &Path, module: &Path, folder: &Path) -> Result<Names> {
    Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .generate(folder)
        .context("wasm-bindgen")?;
    let wasm = rename(folder, "client_bg.wasm", "client", "wasm")?;
    let glue = rename(folder, "client.js", "client", "js")?;
    let source = root.join("app/client/boot.js");
    let boot = std::fs::read_to_string(&source).with_context(|| format!("reading {}", source.display()))?;
    let filled = boot.replace("CLIENT_JS", &glue).replace("CLIENT_WASM", &wasm);
    if filled == boot {
        bail!("{} names neither CLIENT_JS nor CLIENT_WASM", source.display());
    }
    write(&folder.join("boot.js"), filled.as_bytes())?;
    Ok(Names { boot: rename(folder, "boot.js", "boot", "js")?, glue, wasm })
}

fn rename(folder: &Path, from: &str, stem: &str, extension: &str) -> Result<String> {
    let path = folder.join(from);
    let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let hash = hex(&Sha256::digest(&bytes));
    let name = format!("{stem}.{}.{extension}", hash.get(..12).unwrap_or(&hash));
    std::fs::rename(&path, folder.join(&name)).with_context(|| format!("naming {name}"))?;
    Ok(name)
}

/// A `.br` beside every file: the best compression, once.
fn compress(folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    for file in files {
        let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let mut packed = Vec::new();
        let mut writer = brotli::CompressorWriter::new(&mut packed, 1 << 16, 11, 22);
        writer.write_all(&bytes).context("compressing")?;
        drop(writer);
        let mut name = file.into_os_string();
        name.push(".br");
        write(Path::new(&name), &packed)?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("deleting {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
