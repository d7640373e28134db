//! `drydock practice`: one practice account as an AWS endpoint, in memory, for scripts and suites.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use practice::Auth;

use super::address::DOMAIN;
use super::door::{self, Accounts, Door, Reset};
use super::host::{HostError, Key, PracticeHost};
use super::store::{Memory, Store};
use crate::clock::Clock;
use crate::config::{PracticeArgs, PracticeAuth, PracticeClock};

/// The account of the standalone endpoint.
pub const ACCOUNT: &str = "123456789012";
/// Its ids and keys are the same at every start and after every reset: it listens on one machine, for one person.
const SEED: u64 = 20_160_430;

/// Serves until interrupted.
pub async fn run(args: PracticeArgs) -> anyhow::Result<()> {
    let Standalone { router, key, .. } = build(&args).await?;
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("listening on {}", args.listen))?;
    let address = listener.local_addr().context("reading the address listened on")?;
    announce(&address, &key);
    crate::serve::until_interrupted(listener, router).await
}

/// Tells whoever started it how to reach it. They may have stopped reading: it serves all the same.
fn announce(address: &std::net::SocketAddr, key: &Key) {
    let text = format!(
        "Practice cloud, account {ACCOUNT}. Point the AWS CLI at it:\n\n\
         export AWS_ENDPOINT_URL=http://{address}\n\
         export AWS_ACCESS_KEY_ID={}\n\
         export AWS_SECRET_ACCESS_KEY={}\n\
         export AWS_DEFAULT_REGION=us-east-1\n\
         export AWS_DISABLE_HOST_PREFIX_INJECTION=true\n",
        key.id,
        key.secret.expose()
    );
    if let Err(error) = std::io::stdout().write_all(text.as_bytes()) {
        tracing::debug!(%error, "telling where the endpoint is");
    }
}

/// The standalone endpoint, not yet listening.
pub struct Standalone {
    /// Its routes.
    pub router: axum::Router,
    /// The student's key.
    pub key: Key,
    /// The one world's host.
    pub host: PracticeHost,
}

/// Makes the account and its endpoint, in memory.
pub async fn build(args: &PracticeArgs) -> anyhow::Result<Standalone> {
    build_on(args, Arc::new(Memory::default())).await
}

/// The same, kept in a store.
pub async fn build_on(args: &PracticeArgs, store: Arc<dyn Store>) -> anyhow::Result<Standalone> {
    let wall = Clock::system();
    let clock = match args.clock {
        PracticeClock::Real => wall.clone(),
        PracticeClock::Manual => Clock::manual(wall.now()),
    };
    let speed = match args.clock {
        PracticeClock::Real => args.speed,
        PracticeClock::Manual => 1,
    };
    let host = PracticeHost::new(store, clock, wall);
    let key = host.create_seeded(ACCOUNT, speed, SEED).await.context("making the practice account")?;
    let reset: Reset = Arc::new(move |host: PracticeHost| {
        Box::pin(async move { host.create_seeded(ACCOUNT, speed, SEED).await.map(|_: Key| ()) })
            as futures::future::BoxFuture<'static, Result<(), HostError>>
    });
    let auth = match args.auth {
        PracticeAuth::Verify => Auth::Verify,
        PracticeAuth::Any => Auth::Any,
    };
    let door = Door {
        host: host.clone(),
        accounts: Accounts::Only(ACCOUNT.to_owned()),
        auth,
        domain: DOMAIN.to_owned(),
        reset: Some(reset),
    };
    Ok(Standalone { router: door::router(door), key, host })
}
