//! Sessions in our database. The cookie holds a random id; the table only its hash.

use std::fmt;

use async_trait::async_trait;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result, SessionStore};

use super::identity::PERSON;
use crate::clock::{Clock, EpochMs};
use crate::db::{self, Db, session};
use crate::secret::token_hash;

/// A store over [`Db`].
#[derive(Clone)]
pub(crate) struct Sessions {
    db: Db,
    clock: Clock,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut tx = self.db.begin().await.map_err(backend)?;
        let (person, data) = encoded(record)?;
        while !session::insert(&mut tx, &hashed(record.id), person.as_deref(), &data, expiry(record))
            .await
            .map_err(backend)?
        {
            record.id = Id::default();
        }
        session::delete_expired(&mut tx, self.clock.now()).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let mut tx = self.db.begin().await.map_err(backend)?;
        let (person, data) = encoded(record)?;
        session::save(&mut tx, &hashed(record.id), person.as_deref(), &data, expiry(record))
            .await
            .map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut conn = self.db.read().await.map_err(backend)?;
        let data = session::load(&mut conn, &hashed(*id), self.clock.now()).await.map_err(backend)?;
        data.map(|data| {
            let mut record: Record =
                serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
            record.id = *id;
            Ok(record)
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.db.begin().await.map_err(backend)?;
        session::delete(&mut tx, &hashed(*id)).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
}

/// The person a session belongs to, and its record without the id, which is the key to it.
fn encoded(record: &Record) -> Result<(Option<String>, String)> {
    let person = record.data.get(PERSON).and_then(|value| value.as_str()).map(str::to_owned);
    let mut record = record.clone();
    record.id = Id(0);
    let data = serde_json::to_string(&record).map_err(|error| Error::Encode(error.to_string()))?;
    Ok((person, data))
}

fn hashed(id: Id) -> String {
    token_hash(&id.to_string())
}

fn expiry(record: &Record) -> EpochMs {
    record.expiry_date.unix_timestamp().saturating_mul(1_000)
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn backend(error: db::Error) -> Error {
    tracing::error!(%error, "sessions");
    Error::Backend("the database".to_owned())
}
