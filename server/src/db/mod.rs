//! All SQL, one file per noun, one text for SQLite and PostgreSQL. Functions take a connection or the use
//! case's transaction; they decide nothing. Who may see a row is decided in `backend`.

pub mod attempt;
pub(crate) mod deliverable;
pub mod engine;
pub mod job;
pub(crate) mod notice;
pub(crate) mod person;
pub mod progress;
pub(crate) mod session;
pub mod stack;
pub(crate) mod workshop;
pub mod world;

pub use engine::{Conn, Db, Tx};

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database or the way to it.
    #[error("database")]
    Sql(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("migrations")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row that our own code cannot have written.
    #[error("stored data: {0}")]
    Corrupt(&'static str),
}

/// Asks the database for nothing, to see that it answers.
pub async fn ping(db: &Db) -> Result<(), Error> {
    db.read().await?.one("select 1 as one", vec![], |_| Ok(())).await?;
    Ok(())
}
