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
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::ServeArgs;
use crate::db::Db;
use crate::http::router;
use crate::practice::PracticeHost;
use crate::practice::address::{PracticeAddress, Tags};
use crate::practice::door::{self, Accounts, Door};
use crate::practice::store::Database;
use crate::secret::Sealer;
use crate::state::{AppState, Parts};

/// How long requests under way may take once the server is to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until interrupted.
pub async fn run(config: ServeArgs) -> anyhow::Result<()> {
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
    let address = listener.local_addr().context("reading the address listened on")?;
    let door = TcpListener::bind(config.practice_listen)
        .await
        .with_context(|| format!("listening on {}", config.practice_listen))?;
    let door_address = door.local_addr().context("reading the address of the practice cloud")?;
    let state = open(config, address, door_address, stop_signal()).await?;
    announce(&state)?;

    let (platform, practice) = tokio::join!(
        until_stopped(listener, router::router(&state), state.stopping.clone()),
        until_stopped(door, practice_router(&state), state.stopping.clone()),
    );
    state.db.close().await;
    platform.and(practice)
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
    door::router(Door { host: state.practice.clone(), accounts, auth: Auth::Verify, reset: None })
}

/// Opens the parts the server is made of.
async fn open(
    config: ServeArgs,
    address: SocketAddr,
    door_address: SocketAddr,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<AppState> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("making the data folder {}", config.data.display()))?;
    let sealer = Sealer::open(&config.data.join("server.key")).context("reading the server's key")?;
    let db = Db::open(&config.database()).await.context("opening the database")?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let public_url = public_url.trim_end_matches('/').to_owned();
    let practice_url = config.practice_url.clone().unwrap_or_else(|| format!("http://{door_address}"));
    let practice_at = PracticeAddress::new(&practice_url, Tags::new(sealer.derive("site tags")));
    let clock = Clock::system();
    let store = Arc::new(Database::new(db.clone(), sealer.clone(), clock.clone()));
    let practice = PracticeHost::new(store, clock.clone(), clock.clone());
    Ok(AppState::new(Parts { config, public_url, clock, db, sealer, practice, practice_at, stopping }))
}

/// Tells the person who started the server where it is.
fn announce(state: &AppState) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Drydock is at {}", state.public_url).context("printing the address")?;
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
