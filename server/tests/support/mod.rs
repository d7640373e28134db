//! A platform in this process, and browsers that ask it without a socket.

pub(crate) mod browser;
pub(crate) mod postgres;

use std::path::Path;

use clap::Parser as _;
use server::classroom::hub::CheckRequest;
use server::clock::Clock;
use server::config::Cli;
use server::serve;
use server::state::AppState;
use tokio::sync::{mpsc, watch};

use browser::Browser;

/// The platform, its data in a folder of its own.
pub(crate) struct Platform {
    pub(crate) state: AppState,
    pub(crate) clock: Clock,
    router: axum::Router,
    /// Held so that the channel stays open though nobody looks at checks.
    _requests: Option<mpsc::Receiver<CheckRequest>>,
    _stop: watch::Sender<bool>,
    _data: Option<tempfile::TempDir>,
}

impl Platform {
    /// A platform over the database with this URL; without one, SQLite in its own folder.
    pub(crate) async fn start(database: Option<&str>) -> Self {
        let data = tempfile::tempdir().unwrap();
        // Ahead of any real clock's session expiry would be wrong; behind it is not.
        let clock = Clock::manual(1_750_000_000_000);
        let (platform, requests) = Self::open(data.path(), database, clock).await;
        Self { _requests: Some(requests), _data: Some(data), ..platform }
    }

    /// One more server over this folder and database, and the requests to look at checks that nobody answers yet.
    pub(crate) async fn open(
        data: &Path,
        database: Option<&str>,
        clock: Clock,
    ) -> (Self, mpsc::Receiver<CheckRequest>) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        Self::open_with(&root.join("labs"), data, database, clock).await
    }

    /// The same with the labs of another folder.
    pub(crate) async fn open_with(
        labs: &Path,
        data: &Path,
        database: Option<&str>,
        clock: Clock,
    ) -> (Self, mpsc::Receiver<CheckRequest>) {
        let data_dir = data.display().to_string();
        let mut args = vec!["drydock", "--data", &data_dir, "--labs", labs.to_str().unwrap()];
        args.extend(["--public-url", "http://drydock.test", "--site", "/nonexistent"]);
        if let Some(url) = database {
            args.extend(["--database-url", url]);
        }
        let config = Cli::try_parse_from(args).unwrap().serve;
        let (stop, stopping) = watch::channel(false);
        let at = ("127.0.0.1:80".parse().unwrap(), "127.0.0.1:4566".parse().unwrap());
        let (state, requests) = serve::assemble(config, at, clock.clone(), stopping).await.unwrap();
        assert_eq!(state.catalog.faults, [], "the labs are right");
        let router = server::http::router::router(&state);
        (Self { state, clock, router, _requests: None, _stop: stop, _data: None }, requests)
    }

    /// Someone with a browser of their own.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }
}
