//! The check that a connection has a session of the server to itself.
//!
//! - **Guarantees**: a pooler that shares sessions between its clients, such as pgbouncer with `pool_mode = transaction`
//!   or `statement`, is refused when a store is opened.
//! - **Assumes** that such a pooler gives a session to a client only for one transaction. It may have other clients, so
//!   a connection may get the same session several times by chance. Its notifications reach a client only within a
//!   transaction, so the last of the three observations does not depend on chance. Prepared statements fail in such
//!   sessions with misleading errors, so the statements here are not prepared.
//! - **Without it**, settings on which durability rests would belong to other clients, statements would fail when their
//!   preparation is in another session, and workers would hear of no delivery.

use std::io::{Error as IoError, ErrorKind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Error, PgConnection, Row as _};
use tokio::time::timeout;

use crate::OpenError;

/// The limit of the first connection.
const CONNECT: Duration = Duration::from_secs(30);

/// The limit of all observations.
const PATIENCE: Duration = Duration::from_secs(15);

/// The limit for one notification, which arrives within milliseconds.
const NOTIFICATION: Duration = Duration::from_secs(5);

/// The number of observations of two connections. Many, because a notification within a shared session would disturb
/// another client.
const ROUNDS: u32 = 5;

/// The next step.
const DIRECTLY: &str = "connect to PostgreSQL itself, or to a pooler in session mode (pgbouncer: `pool_mode = session`), \
                        because settings, prepared statements and LISTEN belong to a session";

/// Connects, and refuses a pooler that shares sessions.
pub(crate) async fn connect(options: &PgConnectOptions, database: &str) -> Result<PgConnection, OpenError> {
    let late = || Error::Io(IoError::new(ErrorKind::TimedOut, "no answer within 30 seconds"));
    let first = timeout(CONNECT, options.connect()).await.map_err(|_| late());
    let mut first = first?.map_err(|error| explain(database, error))?;
    match timeout(PATIENCE, observe(options, &mut first)).await {
        Ok(Ok(None)) => Ok(first),
        Ok(Ok(Some(seen))) => Err(refused(database, &format!("{seen}; {DIRECTLY}"))),
        Ok(Err(error)) => Err(explain(database, error)),
        Err(_) => Err(refused(
            database,
            "a second connection was not served within 15 seconds; give each process of the inbox as many sessions as it \
             has connections (pgbouncer: `default_pool_size`)",
        )),
    }
}

/// Returns the observation that shows a shared session.
async fn observe(options: &PgConnectOptions, first: &mut PgConnection) -> Result<Option<&'static str>, Error> {
    let session = session_of(first).await?;
    let mut second = options.connect().await?;
    let other = session_of(&mut second).await?;
    for _ in 0..ROUNDS {
        if session == other {
            return Ok(Some("two connections have the same session, as with `pool_mode = transaction`"));
        }
        // The transaction takes one session away from the pooler.
        sqlx::raw_sql("BEGIN").execute(&mut second).await?;
        let is_same = session_of(first).await? == session;
        sqlx::raw_sql("COMMIT").execute(&mut second).await?;
        if !is_same || session_of(&mut second).await? != other {
            return Ok(Some("the session of a connection changes, as with `pool_mode = transaction`"));
        }
    }
    second.close().await?;
    let is_notified = is_notified(options, first).await?;
    Ok((!is_notified).then_some("a notification does not arrive, as with `pool_mode = transaction`"))
}

/// Returns the number of the server's process that serves the connection.
async fn session_of(connection: &mut PgConnection) -> Result<i32, Error> {
    sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(connection).await?.try_get(0)
}

/// Returns whether a connection that listens gets a notification while it is between two transactions.
async fn is_notified(options: &PgConnectOptions, notifier: &mut PgConnection) -> Result<bool, Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let channel = format!("inbox_pooler_{}_{now}", std::process::id());
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(&channel).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("NOTIFY {channel}"))).execute(notifier).await?;
    let notified = timeout(NOTIFICATION, listener.recv()).await;
    Ok(matches!(notified, Ok(Ok(_))))
}

/// Returns the error of opening for an error of a pooler or the server.
fn explain(database: &str, error: Error) -> OpenError {
    let Some(said) = error.as_database_error().map(|error| error.message().to_owned()) else { return error.into() };
    if said.contains("unsupported startup parameter") {
        let why = format!(
            "it says `{said}`; without this parameter in the URL, set the search_path by `ALTER ROLE … SET search_path`"
        );
        return refused(database, &why);
    }
    if said.contains("statement pooling mode") {
        return refused(database, &format!("it says `{said}`; {DIRECTLY}"));
    }
    error.into()
}

fn refused(database: &str, why: &str) -> OpenError {
    OpenError::Pooler { database: database.to_owned(), why: why.to_owned() }
}
