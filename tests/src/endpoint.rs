//! A practice endpoint in this process, with a manual clock, on a port of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use server::catalog::lab::Lab;
use server::catalog::values::Values;
use server::check::{self, Look, Now};
use server::cloud::Cloud;
use server::config::{PracticeArgs, PracticeAuth, PracticeClock};
use server::practice::PracticeHost;
use server::practice::probe::PracticeProbe;
use server::practice::standalone::{self, ACCOUNT, Standalone};
use server::practice::store::{Memory, Store};
use tokio::net::TcpListener;
use tokio::process::Command;

/// A running endpoint. It stops with the runtime of the test.
pub struct Endpoint {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    standalone: Standalone,
    work: tempfile::TempDir,
}

/// What a script printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Whether it ended with 0.
    pub success: bool,
}

impl Endpoint {
    /// Starts one in memory. Signatures are verified.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_on(Arc::new(Memory::default())).await
    }

    /// Starts one that is kept in a store.
    pub async fn start_on(store: Arc<dyn Store>) -> anyhow::Result<Self> {
        let args = PracticeArgs {
            listen: ([127, 0, 0, 1], 0).into(),
            clock: PracticeClock::Manual,
            speed: 1,
            auth: PracticeAuth::Verify,
        };
        let standalone = standalone::build_on(&args, store).await?;
        let listener = TcpListener::bind(args.listen).await.context("listening on loopback")?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = standalone.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, standalone, work: tempfile::tempdir()? })
    }

    /// Another one, whose world and work folder are as this one's are now. What happens in one is not known to the other.
    pub async fn copy(&self) -> anyhow::Result<Self> {
        let store = Arc::new(Memory::default());
        let copy = Self::start_on(store.clone()).await?;
        let (world, now) = self.host().look(ACCOUNT, |world, now| (serde_json::to_vec(world), now)).await?;
        store.create(ACCOUNT, &world?).await?;
        let begins = copy.host().look(ACCOUNT, |_, now| now).await?;
        copy.host().advance(ACCOUNT, now.since(begins)).await?;
        for file in std::fs::read_dir(self.work.path())? {
            let file = file?;
            if file.file_type()?.is_file() {
                std::fs::copy(file.path(), copy.work.path().join(file.file_name()))?;
            }
        }
        Ok(copy)
    }

    /// Runs a program with the AWS environment of this endpoint and nothing else of AWS's.
    pub async fn run(
        &self,
        program: impl AsRef<OsStr>,
        args: &[&str],
        region: &str,
        vars: &[(String, String)],
    ) -> anyhow::Result<Ran> {
        let key = &self.standalone.key;
        let advance = format!("{}/_drydock/advance", self.url);
        let output = Command::new(program.as_ref())
            .args(args)
            .env_remove("AWS_PROFILE")
            .env_remove("http_proxy")
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", &key.id)
            .env("AWS_SECRET_ACCESS_KEY", key.secret.expose())
            .env("AWS_DEFAULT_REGION", region)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
            .env("DRYDOCK_ADVANCE_URL", advance)
            .env("LAB_WORK", self.work.path())
            .envs(vars.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("starting {}", program.as_ref().display()))?;
        Ok(Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            success: output.status.success(),
        })
    }

    /// Looks at some steps of a lab with the platform's own checks.
    pub async fn look(
        &self,
        lab: &Lab,
        values: &Values,
        region: &str,
        steps: &[usize],
    ) -> anyhow::Result<Look> {
        let host = &self.standalone.host;
        let cloud = Cloud::new(&server::practice::access(host, ACCOUNT, region));
        let probe = PracticeProbe::new(host.clone(), ACCOUNT);
        let now = host
            .look(ACCOUNT, |world, now| Now { seconds: now.0 / 1000, speed: world.settings.speed })
            .await?;
        Ok(check::look(&cloud, &probe, lab, values, steps, now).await)
    }

    /// What hosts the account.
    pub fn host(&self) -> &PracticeHost {
        &self.standalone.host
    }

    /// Lets the world's time pass.
    pub async fn advance(&self, seconds: i64) -> anyhow::Result<()> {
        Ok(self.standalone.host.advance(ACCOUNT, seconds * 1000).await?)
    }
}

impl Ran {
    /// The output of a run that must have succeeded.
    pub fn ok(self) -> anyhow::Result<String> {
        ensure!(self.success, "it failed\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        Ok(self.stdout)
    }
}

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
