//! Schemas of a PostgreSQL server.

use std::sync::atomic::{AtomicU32, Ordering};

use referral_webhooks_inbox::Completion;
pub(crate) use referral_webhooks_inbox_sqlx::PostgresStore as Store;
pub(crate) use sqlx::PgConnection as Connection;
use sqlx::{AssertSqlSafe, Connection as _};

/// A schema of its own.
pub(crate) struct Database {
    pub(crate) url: String,
}

impl Database {
    /// It goes with the server.
    pub(crate) fn keep(self) {}
}

/// The server that the tests share.
pub(crate) fn server() -> String {
    std::env::var("INBOX_TEST_POSTGRES").expect("INBOX_TEST_POSTGRES names no server: run `scripts/test`")
}

pub(crate) async fn new_database() -> Database {
    static MADE: AtomicU32 = AtomicU32::new(0);
    // The process's number comes again some day, and the server may still be there.
    let now = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
    let name = format!("inbox_{now}_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let server = server();
    let create = sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {name}")));
    create.execute(&mut connect(&server).await).await.unwrap();
    Database { url: format!("{server}?options[search_path]={name}") }
}

pub(crate) async fn open(url: &str) -> Store {
    Store::connect(url).await.unwrap()
}

/// A connection of the application, apart from the store's.
pub(crate) async fn connect(url: &str) -> Connection {
    Connection::connect(url).await.unwrap()
}

/// What the database says of itself after an accident.
pub(crate) async fn check(connection: &mut Connection) {
    let bodies: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM inbox_entry LEFT JOIN inbox_payload ON entry_id = id WHERE has_body AND entry_id IS NULL",
    )
    .fetch_one(connection)
    .await
    .unwrap();
    assert_eq!(bodies, 0, "every entry has its body");
}

/// Another driver of PostgreSQL.
pub(crate) struct Other;

impl Other {
    /// Pays and completes in one transaction; says how many rows the completion changed, and commits only if it is one.
    pub(crate) async fn pays(url: &str, key: &str, completion: Completion, commits: bool) -> usize {
        // The same URL in this driver's words.
        let url = url.replace("options[search_path]=", "options=-c%20search_path%3D");
        let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let transaction = client.transaction().await.unwrap();
        transaction.execute("INSERT INTO reward (key) VALUES ($1)", &[&key]).await.unwrap();
        let [entry, attempt] = completion.parameters;
        let changed = transaction.execute(completion.statement, &[&entry, &attempt]).await.unwrap();
        if changed == 1 && commits {
            transaction.commit().await.unwrap()
        } else {
            transaction.rollback().await.unwrap()
        }
        usize::try_from(changed).unwrap()
    }
}
