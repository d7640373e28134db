//! Word of changes between servers that share a PostgreSQL: `NOTIFY` and `LISTEN`. SQLite has one server, which needs none.

use sqlx::postgres::{PgListener, PgPool};

use super::{Db, Error};

const CHANNEL: &str = "drydock";

/// A way to tell all servers of this database, and to hear them.
#[derive(Debug)]
pub(crate) struct Notices {
    pool: PgPool,
    listener: PgListener,
}

impl Notices {
    /// None where there can be no other server.
    pub(crate) async fn open(db: &Db) -> Result<Option<Self>, Error> {
        let Db::Postgres(pool) = db else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Self { pool: pool.clone(), listener }))
    }

    /// Tells everyone, oneself included.
    pub(crate) async fn send(&self, text: &str) -> Result<(), Error> {
        sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(text).execute(&self.pool).await?;
        Ok(())
    }

    /// What is heard next; None when the connection was lost and found again, so that anything may have been missed.
    /// Nothing is lost when this is dropped while it waits.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Error> {
        Ok(self.listener.try_recv().await?.map(|notice| notice.payload().to_owned()))
    }
}
