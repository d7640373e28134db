//! Practice worlds at rest: snapshot, journal, keys. The journal's primary key `(world, seq)` is what servers that share
//! a database compete for: whoever loses [`append`] must [`load`] again before it goes on.
//! What the bytes mean is known to `practice` alone.

use super::Error;
use super::engine::{Conn, Row, Tx, args};
use crate::clock::EpochMs;
use crate::secret::{Sealer, Secret};

/// A world's row without its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// Its id.
    pub id: String,
    /// Twelve digits, unique among the worlds of this database.
    pub account_id: String,
    /// Added to the server's time to get the world's, milliseconds.
    pub skew_ms: i64,
}

/// A world's state: rebuild it from the snapshot (none: an empty world), then apply the journal in order.
#[derive(Debug)]
pub struct Stored {
    /// The row.
    pub world: World,
    /// The state after the request `snapshot_seq`.
    pub snapshot: Option<Vec<u8>>,
    /// 0 before the first snapshot.
    pub snapshot_seq: i64,
    /// `(seq, at_ms, request)`, ascending from `snapshot_seq + 1`.
    pub journal: Vec<(i64, EpochMs, Vec<u8>)>,
}

/// Why a request was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another server has appended this number: the state in memory is behind.
    #[error("journal entry {seq} exists already")]
    Conflict {
        /// The number.
        seq: i64,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] Error),
}

fn world(row: &Row) -> Result<World, Error> {
    Ok(World { id: row.get("id")?, account_id: row.get("account_id")?, skew_ms: row.get("skew_ms")? })
}

/// Makes a world without state. `false` if its account id is taken: try another.
pub async fn create(tx: &mut Tx, world: &World, now: EpochMs) -> Result<bool, Error> {
    let made = tx
        .execute(
            "insert into world (id, account_id, skew_ms, snapshot_seq, created_at)
             values ($1, $2, $3, 0, $4) on conflict (account_id) do nothing",
            args![&world.id, &world.account_id, world.skew_ms, now],
        )
        .await?;
    Ok(made == 1)
}

/// The world with this id.
pub async fn find(conn: &mut Conn, id: &str) -> Result<Option<World>, Error> {
    conn.one("select id, account_id, skew_ms from world where id = $1", args![id], world).await
}

/// The world of this account.
pub async fn find_account(conn: &mut Conn, account_id: &str) -> Result<Option<World>, Error> {
    let sql = "select id, account_id, skew_ms from world where account_id = $1";
    conn.one(sql, args![account_id], world).await
}

/// Forgets a world and all that was asked of it.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<(), Error> {
    tx.execute("delete from world where id = $1", args![id]).await?;
    Ok(())
}

/// Nobody else writes the world's journal or snapshot until the transaction is over.
async fn hold(tx: &mut Tx, world: &str) -> Result<(), Error> {
    tx.hold("select 1 from world where id = $1 for no key update", args![world]).await
}

/// Appends the request numbered `seq` (from 1, without gaps).
pub async fn append(
    tx: &mut Tx,
    world: &str,
    seq: i64,
    at_ms: EpochMs,
    request: &[u8],
) -> Result<(), AppendError> {
    // A snapshot that another server takes right now prunes numbers: by the journal's key alone they would be free again.
    hold(tx, world).await?;
    // `do nothing` and a count instead of an error, which would end a PostgreSQL transaction.
    let sql = "insert into world_journal (world_id, seq, at_ms, request)
               select $1, $2, $3, $4 from world where id = $1 and snapshot_seq < $2
               on conflict (world_id, seq) do nothing";
    match tx.execute(sql, args![world, seq, at_ms, request]).await? {
        1 => Ok(()),
        _ => Err(AppendError::Conflict { seq }),
    }
}

/// The highest number there was, in the journal or folded into the snapshot; 0 for a world without either. It stays so
/// until the transaction is over.
pub async fn last_seq(tx: &mut Tx, id: &str) -> Result<i64, Error> {
    hold(tx, id).await?;
    let sql = "select coalesce((select max(seq) from world_journal where world_id = $1),
               (select snapshot_seq from world where id = $1), 0) as seq";
    Ok(tx.one(sql, args![id], |row| row.get("seq")).await?.unwrap_or_default())
}

/// `(last seq, skew_ms)` of the world. None if there is no such world.
pub async fn head(conn: &mut Conn, id: &str) -> Result<Option<(i64, EpochMs)>, Error> {
    let sql =
        "select coalesce((select max(seq) from world_journal where world_id = $1), snapshot_seq) as seq,
               skew_ms from world where id = $1";
    conn.one(sql, args![id], |row| Ok((row.get("seq")?, row.get("skew_ms")?))).await
}

/// The world's state. None if there is no such world.
pub async fn load(conn: &mut Conn, id: &str) -> Result<Option<Stored>, Error> {
    loop {
        let head = "select id, account_id, skew_ms, snapshot, snapshot_seq from world where id = $1";
        let map = |row: &Row| {
            let (snapshot, snapshot_seq) = (row.get("snapshot")?, row.get("snapshot_seq")?);
            Ok(Stored { world: world(row)?, snapshot, snapshot_seq, journal: Vec::new() })
        };
        let Some(mut stored) = conn.one(head, args![id], map).await? else { return Ok(None) };
        let tail =
            "select seq, at_ms, request from world_journal where world_id = $1 and seq > $2 order by seq";
        let entry = |row: &Row| Ok((row.get("seq")?, row.get("at_ms")?, row.get("request")?));
        stored.journal = conn.all(tail, args![id, stored.snapshot_seq], entry).await?;
        // A snapshot taken between the two reads has pruned what the second should have found.
        let again = "select snapshot_seq from world where id = $1";
        let seq: Option<i64> = conn.one(again, args![id], |row| row.get("snapshot_seq")).await?;
        if seq == Some(stored.snapshot_seq) {
            return Ok(Some(stored));
        }
    }
}

/// Keeps the state after request `seq` and forgets the journal up to it. `false`, and nothing changed, if a
/// later snapshot is there already.
pub async fn store_snapshot(tx: &mut Tx, world: &str, seq: i64, snapshot: &[u8]) -> Result<bool, Error> {
    let sql = "update world set snapshot = $3, snapshot_seq = $2 where id = $1 and snapshot_seq < $2";
    let stored = tx.execute(sql, args![world, seq, snapshot]).await? == 1;
    if stored {
        tx.execute("delete from world_journal where world_id = $1 and seq <= $2", args![world, seq]).await?;
    }
    Ok(stored)
}

/// Keeps how far the world's time is ahead of the server's.
pub async fn set_skew(tx: &mut Tx, world: &str, skew_ms: i64) -> Result<(), Error> {
    tx.execute("update world set skew_ms = $2 where id = $1", args![world, skew_ms]).await?;
    Ok(())
}

/// Adds an access key to the world; its secret is sealed. `false` if the id is taken.
pub async fn add_key(
    tx: &mut Tx,
    sealer: &Sealer,
    world: &str,
    access_key_id: &str,
    secret: &Secret,
) -> Result<bool, Error> {
    let hidden = sealer.seal(&purpose(access_key_id), secret);
    let sql = "insert into world_key (access_key_id, world_id, sealed_secret) values ($1, $2, $3)
               on conflict (access_key_id) do nothing";
    Ok(tx.execute(sql, args![access_key_id, world, hidden]).await? == 1)
}

/// Forgets an access key.
pub async fn remove_key(tx: &mut Tx, access_key_id: &str) -> Result<(), Error> {
    tx.execute("delete from world_key where access_key_id = $1", args![access_key_id]).await?;
    Ok(())
}

/// The world's access keys and their secrets.
pub async fn keys(conn: &mut Conn, sealer: &Sealer, world: &str) -> Result<Vec<(String, Secret)>, Error> {
    let sql = "select access_key_id, world_id, sealed_secret from world_key where world_id = $1
               order by access_key_id";
    let found = conn.all(sql, args![world], sealed_key).await?;
    found
        .into_iter()
        .map(|(id, _, sealed)| {
            let secret = open(sealer, &id, &sealed)?;
            Ok((id, secret))
        })
        .collect()
}

type SealedKey = (String, String, Vec<u8>);

fn sealed_key(row: &Row) -> Result<SealedKey, Error> {
    Ok((row.get("access_key_id")?, row.get("world_id")?, row.get("sealed_secret")?))
}

fn open(sealer: &Sealer, access_key_id: &str, hidden: &[u8]) -> Result<Secret, Error> {
    sealer.unseal(&purpose(access_key_id), hidden).map_err(|_| Error::Corrupt("a key that does not open"))
}

fn purpose(access_key_id: &str) -> String {
    format!("world_key:{access_key_id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    async fn open() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().unwrap();
        let url = Secret::new(format!("sqlite:{}", dir.path().join("t.sqlite").display()));
        let db = Db::open(&url).await.unwrap();
        (dir, db)
    }

    fn a_world() -> World {
        World { id: "w1".into(), account_id: "111122223333".into(), skew_ms: 0 }
    }

    #[tokio::test]
    async fn a_world_is_its_snapshot_and_its_journal() {
        let (_dir, db) = open().await;
        let mut tx = db.begin().await.unwrap();
        assert!(create(&mut tx, &a_world(), 5).await.unwrap());
        assert!(!create(&mut tx, &World { id: "w2".into(), ..a_world() }, 5).await.unwrap());
        for seq in 1..=3 {
            append(&mut tx, "w1", seq, 10 * seq, &[u8::try_from(seq).unwrap()]).await.unwrap();
        }
        let again = append(&mut tx, "w1", 3, 40, b"x").await;
        assert!(matches!(again, Err(AppendError::Conflict { seq: 3 })));
        tx.commit().await.unwrap();

        let mut tx = db.begin().await.unwrap();
        assert!(store_snapshot(&mut tx, "w1", 2, b"two").await.unwrap());
        assert!(!store_snapshot(&mut tx, "w1", 1, b"one").await.unwrap());
        let pruned = append(&mut tx, "w1", 2, 40, b"x").await;
        assert!(matches!(pruned, Err(AppendError::Conflict { seq: 2 })), "a pruned number stays taken");
        tx.commit().await.unwrap();

        let stored = load(&mut db.read().await.unwrap(), "w1").await.unwrap().unwrap();
        assert_eq!(stored.snapshot.as_deref(), Some(b"two".as_slice()));
        assert_eq!((stored.snapshot_seq, stored.journal), (2, vec![(3, 30, vec![3])]));
        assert!(load(&mut db.read().await.unwrap(), "none").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_abandoned_transaction_leaves_nothing() {
        let (_dir, db) = open().await;
        let mut tx = db.begin().await.unwrap();
        create(&mut tx, &a_world(), 5).await.unwrap();
        drop(tx);
        assert!(find(&mut db.read().await.unwrap(), "w1").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn keys_are_sealed_at_rest() {
        let (_dir, db) = open().await;
        let sealer = Sealer::ephemeral();
        let mut tx = db.begin().await.unwrap();
        create(&mut tx, &a_world(), 5).await.unwrap();
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG");
        assert!(add_key(&mut tx, &sealer, "w1", "AKIA1", &secret).await.unwrap());
        assert!(!add_key(&mut tx, &sealer, "w1", "AKIA1", &secret).await.unwrap());
        tx.commit().await.unwrap();
        let mut conn = db.read().await.unwrap();
        let found = keys(&mut conn, &sealer, "w1").await.unwrap();
        assert_eq!(found, [("AKIA1".to_owned(), secret)]);
        assert!(keys(&mut conn, &Sealer::ephemeral(), "w1").await.is_err());
    }
}
