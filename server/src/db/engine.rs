//! One SQL text for two engines. `sqlx` types every call by its engine; this file is the only one that knows
//! both. The rest of `db` writes portable SQL: `$1` placeholders, text ids, `bigint` epoch milliseconds,
//! `boolean`, `bytea`, JSON as text, `on conflict`, `returning`.
//!
//! SQLite has one writer: all [`Tx`] go through a pool of one connection and begin `immediate`, so that no
//! transaction of ours ever meets "database is locked" half way; reads go through other connections, which
//! WAL lets run beside it. A task must therefore not begin a second [`Tx`] while it holds one.

use std::str::FromStr;
use std::time::Duration;

use futures::TryStreamExt as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Decode, Postgres, Row as _, Sqlite, Transaction, Type};

use super::Error;
use crate::secret::Secret;

const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
const WAIT: Duration = Duration::from_secs(10);

/// The database. Clones share its connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read.
        readers: SqlitePool,
    },
    /// A PostgreSQL server.
    Postgres(PgPool),
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…` and brings its tables up to date.
    pub async fn open(url: &Secret) -> Result<Self, Error> {
        let text = url.expose();
        let db = if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(text)?;
            let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(WAIT);
            Self::Postgres(pool.connect_with(options).await?)
        } else {
            Self::open_sqlite(text).await?
        };
        db.migrate().await?;
        Ok(db)
    }

    async fn open_sqlite(url: &str) -> Result<Self, Error> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL, `normal` can lose the last transactions on power loss but never corrupts;
            // `full` loses nothing, and a practice world's journal is answered for.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(WAIT);
        let writer = writer.connect_with(options.clone()).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(WAIT);
        let readers = readers.connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    async fn migrate(&self) -> Result<(), Error> {
        let migrator = sqlx::migrate!("../migrations");
        match self {
            Self::Sqlite { writer, .. } => migrator.run(writer).await?,
            Self::Postgres(pool) => migrator.run(pool).await?,
        }
        Ok(())
    }

    /// A connection to read with. Each statement sees the state at its own start.
    pub async fn read(&self) -> Result<Conn, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Conn::SqliteRead(readers.acquire().await?),
            Self::Postgres(pool) => Conn::PostgresRead(pool.acquire().await?),
        })
    }

    /// A transaction to write in; dropped without [`Tx::commit`], nothing has happened.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(Tx(match self {
            Self::Sqlite { writer, .. } => Conn::SqliteTx(writer.begin_with("begin immediate").await?),
            Self::Postgres(pool) => Conn::PostgresTx(pool.begin().await?),
        }))
    }

    /// Waits for what is running and closes.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Something to ask: a reading connection, or a transaction.
#[derive(Debug)]
pub enum Conn {
    /// One of SQLite's readers.
    SqliteRead(PoolConnection<Sqlite>),
    /// SQLite's writer, in a transaction.
    SqliteTx(Transaction<'static, Sqlite>),
    /// A PostgreSQL connection.
    PostgresRead(PoolConnection<Postgres>),
    /// A PostgreSQL transaction.
    PostgresTx(Transaction<'static, Postgres>),
}

/// A transaction. Derefs to [`Conn`], so that every read works in it too.
#[derive(Debug)]
pub struct Tx(Conn);

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Tx {
    /// Makes everything done in it so.
    pub async fn commit(self) -> Result<(), Error> {
        match self.0 {
            Conn::SqliteTx(tx) => tx.commit().await?,
            Conn::PostgresTx(tx) => tx.commit().await?,
            Conn::SqliteRead(_) | Conn::PostgresRead(_) => {}
        }
        Ok(())
    }

    /// Runs a statement and answers how many rows it touched.
    pub async fn execute(&mut self, sql: &'static str, args: Vec<Value>) -> Result<u64, Error> {
        Ok(match &mut self.0 {
            Conn::SqliteRead(c) => sqlite(sql, args).execute(&mut **c).await?.rows_affected(),
            Conn::SqliteTx(c) => sqlite(sql, args).execute(&mut **c).await?.rows_affected(),
            Conn::PostgresRead(c) => postgres(sql, args).execute(&mut **c).await?.rows_affected(),
            Conn::PostgresTx(c) => postgres(sql, args).execute(&mut **c).await?.rows_affected(),
        })
    }

    /// Holds the rows that `sql` finds, which ends in `for no key update`, until this transaction is over: another that
    /// holds one of them waits for it, and its next statement sees what this one did. In SQLite there is nothing to
    /// hold, because it has one writer at a time.
    pub async fn hold(&mut self, sql: &'static str, args: Vec<Value>) -> Result<(), Error> {
        if let Conn::PostgresTx(c) = &mut self.0 {
            postgres(sql, args).execute(&mut **c).await?;
        }
        Ok(())
    }
}

impl Conn {
    /// All rows, each mapped.
    pub async fn all<T>(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
        map: fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut out = Vec::new();
        match self {
            Self::SqliteRead(c) => {
                let mut rows = sqlite(sql, args).fetch(&mut **c);
                while let Some(row) = rows.try_next().await? {
                    out.push(map(&Row::Sqlite(row))?);
                }
            }
            Self::SqliteTx(c) => {
                let mut rows = sqlite(sql, args).fetch(&mut **c);
                while let Some(row) = rows.try_next().await? {
                    out.push(map(&Row::Sqlite(row))?);
                }
            }
            Self::PostgresRead(c) => {
                let mut rows = postgres(sql, args).fetch(&mut **c);
                while let Some(row) = rows.try_next().await? {
                    out.push(map(&Row::Postgres(row))?);
                }
            }
            Self::PostgresTx(c) => {
                let mut rows = postgres(sql, args).fetch(&mut **c);
                while let Some(row) = rows.try_next().await? {
                    out.push(map(&Row::Postgres(row))?);
                }
            }
        }
        Ok(out)
    }

    /// The first row, mapped, if there is one.
    pub async fn one<T>(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
        map: fn(&Row) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let row = match self {
            Self::SqliteRead(c) => sqlite(sql, args).fetch_optional(&mut **c).await?.map(Row::Sqlite),
            Self::SqliteTx(c) => sqlite(sql, args).fetch_optional(&mut **c).await?.map(Row::Sqlite),
            Self::PostgresRead(c) => postgres(sql, args).fetch_optional(&mut **c).await?.map(Row::Postgres),
            Self::PostgresTx(c) => postgres(sql, args).fetch_optional(&mut **c).await?.map(Row::Postgres),
        };
        row.as_ref().map(map).transpose()
    }
}

/// An argument of a statement. A missing one still has its type, which PostgreSQL wants to know.
#[derive(Clone)]
pub enum Value {
    /// Text.
    Text(Option<String>),
    /// A whole number.
    Int(Option<i64>),
    /// True or false.
    Bool(Option<bool>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($source:ty => |$x:ident| $make:expr;)*) => {$(
        impl From<$source> for Value {
            fn from($x: $source) -> Self {
                $make
            }
        }
    )*};
}

value_from! {
    &str => |x| Self::Text(Some(x.to_owned()));
    String => |x| Self::Text(Some(x));
    &String => |x| Self::Text(Some(x.clone()));
    Option<String> => |x| Self::Text(x);
    Option<&str> => |x| Self::Text(x.map(str::to_owned));
    i64 => |x| Self::Int(Some(x));
    u32 => |x| Self::Int(Some(i64::from(x)));
    Option<i64> => |x| Self::Int(x);
    bool => |x| Self::Bool(Some(x));
    Vec<u8> => |x| Self::Bytes(Some(x));
    &[u8] => |x| Self::Bytes(Some(x.to_vec()));
}

/// The arguments of a statement, each by its own type.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::engine::Value::from($value)),*] };
}
pub(crate) use args;

fn sqlite(sql: &'static str, args: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    args.into_iter().fold(sqlx::query(sql), |query, arg| match arg {
        Value::Text(x) => query.bind(x),
        Value::Int(x) => query.bind(x),
        Value::Bool(x) => query.bind(x),
        Value::Bytes(x) => query.bind(x),
    })
}

fn postgres(sql: &'static str, args: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    args.into_iter().fold(sqlx::query(sql), |query, arg| match arg {
        Value::Text(x) => query.bind(x),
        Value::Int(x) => query.bind(x),
        Value::Bool(x) => query.bind(x),
        Value::Bytes(x) => query.bind(x),
    })
}

/// A row of either engine.
#[derive(Debug)]
pub enum Row {
    /// SQLite's.
    Sqlite(SqliteRow),
    /// PostgreSQL's.
    Postgres(PgRow),
}

impl Row {
    /// A column by name.
    pub fn get<T: Column>(&self, column: &str) -> Result<T, Error> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A count or another number that cannot be negative nor large.
    pub fn count(&self, column: &str) -> Result<u32, Error> {
        u32::try_from(self.get::<i64>(column)?).map_err(|_| Error::Corrupt("a count is out of range"))
    }
}

/// What both engines can decode: `String`, `i64`, `bool`, `Vec<u8>` and options of them.
pub trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Column for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}
