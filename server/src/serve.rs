//! `drydock serve`: opens what is needed, listens, and stops in order when told to.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::serve::ListenerExt as _;
use practice::Auth;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::account::invite;
use crate::catalog;
use crate::classroom::hub::{CheckRequest, LiveHub};
use crate::clock::Clock;
use crate::config::ServeArgs;
use crate::db::Db;
use crate::http::router;
use crate::live;
use crate::practice::PracticeHost;
use crate::practice::address::{PracticeAddress, Tags};
use crate::practice::door::{self, Accounts, Door};
use crate::practice::store::Database;
use crate::provision;
use crate::secret::{Sealer, Secret};
use crate::state::{AppState, Parts};

/// How long requests under way may take once the server is to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until interrupted.
pub async fn run(config: ServeArgs) -> anyhow::Result<()> {
    let running = start(config, stop_signal()).await?;
    announce(&running.state).await?;
    running.ended().await
}

/// A platform that listens.
pub struct Running {
    /// Its parts.
    pub state: AppState,
    serving: JoinSet<anyhow::Result<()>>,
}

/// Starts the platform, its practice cloud and the looks at what students do.
pub async fn start(config: ServeArgs, stopping: watch::Receiver<bool>) -> anyhow::Result<Running> {
    let listen = async |at: SocketAddr| {
        let listener = TcpListener::bind(at).await.with_context(|| format!("listening on {at}"))?;
        let address = listener.local_addr().context("reading the address listened on")?;
        anyhow::Ok((listener, address))
    };
    let (platform, address) = listen(config.listen).await?;
    let (door, door_address) = listen(config.practice_listen).await?;
    let (state, requests) = assemble(config, (address, door_address), Clock::system(), stopping).await?;
    let mut serving = JoinSet::new();
    serving.spawn(until_stopped(platform, router::router(&state), state.stopping.clone()));
    serving.spawn(until_stopped(door, practice_router(&state), state.stopping.clone()));
    let (looks, between) = (live::run(state.clone(), requests), live::between::run(state.clone()));
    let stacks = provision::run::run(state.clone());
    serving.spawn(async {
        tokio::join!(looks, between, stacks);
        Ok(())
    });
    Ok(Running { state, serving })
}

impl Running {
    /// Waits until everything has stopped.
    pub async fn ended(mut self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        while let Some(part) = self.serving.join_next().await {
            outcome = outcome.and(part.context("a part of the server ended badly").and_then(|done| done));
        }
        self.state.db.close().await;
        outcome
    }
}

/// Serves one router until interrupted.
pub async fn until_interrupted(listener: TcpListener, app: Router) -> anyhow::Result<()> {
    until_stopped(listener, app, stop_signal()).await
}

/// Becomes true when the process is told to stop.
fn stop_signal() -> watch::Receiver<bool> {
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        interrupted().await;
        // No receiver left means that nothing has to be told.
        let _ = stop.send(true);
    });
    stopping
}

/// The practice cloud's port, for every account of this server.
fn practice_router(state: &AppState) -> Router {
    let accounts = Accounts::Many(state.practice_at.tags.clone());
    let domain = state.practice_at.domain.clone();
    door::router(Door { host: state.practice.clone(), accounts, auth: Auth::Verify, domain, reset: None })
}

/// Opens the parts the server is made of. `at` is where it and its practice cloud listen. Requests to look at
/// checks arrive at the receiver.
pub async fn assemble(
    config: ServeArgs,
    at: (SocketAddr, SocketAddr),
    clock: Clock,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<(AppState, mpsc::Receiver<CheckRequest>)> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("making the data folder {}", config.data.display()))?;
    let sealer = Sealer::open(&config.data.join("server.key")).context("reading the server's key")?;
    let db = Db::open(&config.database()).await.context("opening the database")?;
    let catalog = catalog::load(&config.labs);
    for fault in &catalog.faults {
        tracing::error!("{fault}");
    }
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", at.0));
    let public_url = public_url.trim_end_matches('/').to_owned();
    let practice_url = config.practice_url.clone().unwrap_or_else(|| format!("http://{}", at.1));
    let tags = Tags::new(sealer.derive("site tags"));
    let practice_at = PracticeAddress::new(&practice_url, &config.sites_domain, tags);
    let store = Arc::new(Database::new(db.clone(), sealer.clone(), clock.clone()));
    // Requests are signed by clients' clocks, whatever the platform's own says.
    let practice = PracticeHost::new(store, clock.clone(), Clock::system());
    let (hub, requests) = LiveHub::new();
    let parts = Parts {
        config,
        public_url,
        clock,
        catalog,
        hub,
        db,
        sealer,
        practice,
        practice_at,
        provisioning: provision::wake::Wake::default(),
        stopping,
    };
    Ok((AppState::new(parts), requests))
}

/// A fresh one-time link that makes an instructor, if there is none yet. Those made before stop working.
pub async fn instructor_link(state: &AppState) -> anyhow::Result<Option<Secret>> {
    let token = invite::first(&state.db, state.clock.now()).await.context("making the instructor link")?;
    Ok(token.map(|token| Secret::new(format!("{}/invite/{}", state.public_url, token.expose()))))
}

/// Tells the person who started the server where it is. The link goes to the terminal, never to the log.
async fn announce(state: &AppState) -> anyhow::Result<()> {
    let link = instructor_link(state).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Drydock is at {}", state.public_url).context("printing the address")?;
    if let Some(link) = link {
        writeln!(out, "Instructor, once: {}", link.expose()).context("printing the instructor link")?;
    }
    Ok(())
}

/// Serves `app` until `stopping` says so, then lets requests under way end within [`GRACE`].
pub async fn until_stopped(
    listener: TcpListener,
    app: Router,
    mut stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    // With Nagle's algorithm and delayed acknowledgement a streamed page takes 40 ms longer.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let mut deadline = stopping.clone();
    let serving = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        });
    tokio::select! {
        served = serving.into_future() => served.context("serving"),
        () = async {
            let _ = deadline.wait_for(|stop| *stop).await;
            tokio::time::sleep(GRACE).await;
        } => {
            tracing::warn!("some requests did not end in time");
            Ok(())
        }
    }
}

/// Waits for Ctrl-C or a termination signal.
async fn interrupted() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = ctrl_c => {}
        () = terminated => {}
    }
}
