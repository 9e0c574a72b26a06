//! Schemas of PostgreSQL, and the two alternatives to the inbox.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use referral_webhooks::Strength;
use referral_webhooks_inbox::store::{NewEntry, headers};
pub(crate) use referral_webhooks_inbox_sqlx::PostgresStore as Store;
pub(crate) use sqlx::PgConnection as Connection;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

use crate::shared::source::{Failure, Ids, micros};

/// The goal for 64 senders: the ratio to (a).
pub(crate) const TIMES_ONE_EACH: f64 = 3.0;

/// Prevents every write until it is rolled back.
pub(crate) const HANG: &[&str] = &["BEGIN", "LOCK TABLE inbox_entry IN EXCLUSIVE MODE"];

/// The numbers below `$1`, a digest of each, and the database's time in milliseconds.
pub(crate) const NUMBERS: &str = "WITH counted AS (SELECT generate_series(0, $1::BIGINT - 1) AS number)";
pub(crate) const DIGEST: &str = "sha256(number::TEXT::BYTEA)";
pub(crate) const NOW: &str = "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)";

/// Number of connections of (b). One of them saturates one of two cores.
pub(crate) const BATCHERS: i64 = 2;

/// A server: the one in `INBOX_TEST_POSTGRES`, or else a new one, which is stopped when this is dropped.
pub(crate) struct Place {
    folder: TempDir,
    server: String,
    is_ours: bool,
}

/// The program that starts servers.
fn scripts_postgres(act: &str, folder: &Path) -> Command {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres"));
    command.arg(act).arg(folder).stderr(Stdio::inherit());
    command
}

impl Place {
    /// The files are in the current folder, because a temporary folder may be in memory.
    pub(crate) async fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir_in(".")?;
        if let Ok(server) = std::env::var("INBOX_TEST_POSTGRES") {
            return Ok(Self { folder, server, is_ours: false });
        }
        // As root, the server runs as the user of PostgreSQL.
        #[cfg(unix)]
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let started = scripts_postgres("start", &folder.path().join("server")).output()?;
        if !started.status.success() {
            return Err("`scripts/postgres start` failed".into());
        }
        let server = String::from_utf8(started.stdout)?.trim().to_owned();
        Ok(Self { folder, server, is_ours: true })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn engine(&self) -> Result<String, Failure> {
        let mut connection = Connection::connect(&self.server).await?;
        let version: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await?;
        Ok(format!("PostgreSQL {version}{}", if self.is_ours { ", a server of our own" } else { "" }))
    }

    fn url(&self, name: &str) -> String {
        format!("{}?options[search_path]=bench_{name}", self.server)
    }

    /// Creates an empty schema, and removes the one of an earlier run.
    async fn schema(&self, name: &str) -> Result<(), Failure> {
        let mut connection = Connection::connect(&self.server).await?;
        for text in [format!("DROP SCHEMA IF EXISTS bench_{name} CASCADE"), format!("CREATE SCHEMA bench_{name}")] {
            sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await?;
        }
        Ok(connection.close().await?)
    }

    pub(crate) async fn store(&self, name: &str) -> Result<Store, Failure> {
        self.schema(name).await?;
        self.reopen(name).await
    }

    async fn reopen(&self, name: &str) -> Result<Store, Failure> {
        Ok(Store::options(&self.url(name)).create(true).open().await?)
    }

    pub(crate) async fn connect(&self, name: &str) -> Result<Connection, Failure> {
        Ok(Connection::connect(&self.url(name)).await?)
    }

    /// Returns the inbox's tables behind a pool with usual settings.
    pub(crate) async fn one_each(&self, name: &str) -> Result<OneEach, Failure> {
        drop(self.store(name).await?);
        let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(60));
        Ok(OneEach(pool.connect(&self.url(name)).await?))
    }

    /// Returns the inbox's tables with connections that commit asynchronously.
    pub(crate) async fn batches(&self, name: &str) -> Result<Vec<Batches>, Failure> {
        drop(self.store(name).await?);
        let mut batches = Vec::new();
        for number in 0..BATCHERS {
            batches.push(Batches::connect(&self.server, name, number).await?);
        }
        Ok(batches)
    }

    /// Removes a schema that is not written any more.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Failure> {
        self.schema(name).await
    }

    /// Lets this many handlers of a store write at once, each on its connection.
    pub(crate) fn with_handlers(store: Store, most: u32) -> Store {
        store.handlers(most)
    }

    /// Returns the server's processes, if it is on this machine.
    pub(crate) async fn others(&self) -> Result<Vec<i32>, Failure> {
        if !self.is_ours {
            return Ok(Vec::new());
        }
        let mut connection = Connection::connect(&self.server).await?;
        let others = sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
        Ok(others.fetch_all(&mut connection).await?)
    }

    /// Fills an inbox with completed entries of the last 90 days, their history lines, and the bodies of one in ten.
    pub(crate) async fn filled(&self, name: &str, entries: i64, ids: Ids, body: &str) -> Result<Store, Failure> {
        drop(self.store(name).await?);
        let mut connection = self.connect(name).await?;
        let delivery_id = match ids {
            Ids::InTime => "lpad(to_hex(at / 1000), 9, '0') || substr(md5(number::TEXT), 1, 18)",
            Ids::Random => "substr(md5(number::TEXT), 1, 27)",
        };
        let texts = [
            format!(
                "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, body_digest, state, attempt, \
             last_attempt, repeats, conflicts, received_at, last_seen_at, finished_at, worker, has_body, ordered_at, \
             run) SELECT 'shop', 'redpin', 'msg_' || {delivery_id}, FALSE, 'REFERRAL_CREATED', \
             sha256(number::TEXT::BYTEA), 'completed', 1, 20, 0, 0, at * 1000, at, at, 'worker-1-0', number % 10 = 0, \
             at * 1000, 1 FROM (SELECT number, (extract(epoch FROM now())::BIGINT - 7776000) * 1000 + \
             number * 7776000 / $1 * 1000 AS at FROM generate_series(1, $1) AS number) AS made WHERE $2 = $2"
            ),
            "INSERT INTO inbox_history (entry_id, at, what, attempt, actor) \
             SELECT id, finished_at, 'completed', 1, worker FROM inbox_entry WHERE $1 = $1 AND $2 = $2"
                .to_owned(),
            "INSERT INTO inbox_payload (entry_id, received_at, headers, body) SELECT id, received_at, \
             convert_to('svix-id:' || delivery_id || chr(10), 'UTF8'), convert_to($2, 'UTF8') FROM inbox_entry \
             WHERE has_body AND $1 = $1"
                .to_owned(),
        ];
        for text in texts {
            sqlx::query(AssertSqlSafe(text)).bind(entries).bind(body).execute(&mut connection).await?;
        }
        self.settle(name).await
    }

    /// Opens an inbox after it was filled, in the state that it would have some time later.
    pub(crate) async fn settle(&self, name: &str) -> Result<Store, Failure> {
        let mut connection = self.connect(name).await?;
        for text in ["VACUUM ANALYZE", "CHECKPOINT"] {
            sqlx::query(text).execute(&mut connection).await?;
        }
        self.reopen(name).await
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = scripts_postgres("stop", &self.folder.path().join("server")).arg("immediate").status();
        }
    }
}

/// (a): each delivery in a separate transaction.
#[derive(Clone)]
pub(crate) struct OneEach(PgPool);

impl OneEach {
    pub(crate) async fn store(&self, entry: &NewEntry) -> Result<(), Failure> {
        const ENTRY: &str = "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, body_digest, state, \
                             attempt, last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, worker, \
                             has_body, ordered_at, run) VALUES ($1, $2, $3, $4, $5, $6, 'available', 0, $7, 0, 0, $8, \
                             $9, $9, '', TRUE, $10, 1) RETURNING id";
        const PAYLOAD: &str =
            "INSERT INTO inbox_payload (entry_id, received_at, headers, body) VALUES ($1, $2, $3, $4)";
        let (delivery, received_at) = (&entry.delivery, micros(entry.delivery.received_at));
        let mut transaction = self.0.begin().await?;
        let new = sqlx::query_scalar::<_, i64>(ENTRY)
            .bind(&entry.endpoint)
            .bind(entry.platform)
            .bind(&entry.delivery_id)
            .bind(entry.strength == Strength::Digest)
            .bind(&entry.event)
            .bind(entry.body_digest.as_slice())
            .bind(i64::from(entry.attempts))
            .bind(received_at)
            .bind(received_at / 1_000)
            .bind(micros(entry.ordered_at));
        let id = new.fetch_one(&mut *transaction).await?;
        let payload = sqlx::query(PAYLOAD)
            .bind(id)
            .bind(received_at)
            .bind(headers::to_lines(&delivery.headers))
            .bind(delivery.body.as_ref());
        payload.execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn reward(&self) -> Result<(), Failure> {
        let mut transaction = self.0.begin().await?;
        sqlx::query("INSERT INTO reward (key) VALUES ('')").execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }
}

/// (b): batches in the fastest form for PostgreSQL, a binary `COPY`, with ids that are allocated here.
pub(crate) struct Batches {
    client: tokio_postgres::Client,
    next: i64,
}

impl Batches {
    async fn connect(server: &str, name: &str, number: i64) -> Result<Self, Failure> {
        let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path = bench_{name}; SET synchronous_commit = off")).await?;
        Ok(Self { client, next: number << 40 })
    }

    pub(crate) async fn store(&mut self, entries: &[NewEntry]) -> Result<(), Failure> {
        const ENTRY: &str = "COPY inbox_entry (id, endpoint, platform, delivery_id, is_derived, event, body_digest, state, \
                             attempt, last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, worker, \
                             has_body, ordered_at, run) FROM STDIN BINARY";
        const ENTRY_TYPES: [Type; 19] = [
            Type::INT8,
            Type::TEXT,
            Type::TEXT,
            Type::TEXT,
            Type::BOOL,
            Type::TEXT,
            Type::BYTEA,
            Type::TEXT,
            Type::INT8,
            Type::INT8,
            Type::INT8,
            Type::INT8,
            Type::INT8,
            Type::INT8,
            Type::INT8,
            Type::TEXT,
            Type::BOOL,
            Type::INT8,
            Type::INT8,
        ];
        const PAYLOAD: &str = "COPY inbox_payload (entry_id, received_at, headers, body) FROM STDIN BINARY";
        const PAYLOAD_TYPES: [Type; 4] = [Type::INT8, Type::INT8, Type::BYTEA, Type::BYTEA];
        let transaction = self.client.transaction().await?;
        let rows = BinaryCopyInWriter::new(transaction.copy_in(ENTRY).await?, &ENTRY_TYPES);
        tokio::pin!(rows);
        for (entry, id) in entries.iter().zip(self.next..) {
            let received_at = micros(entry.delivery.received_at);
            let (none, one, seen_at) = (0_i64, 1_i64, received_at / 1_000);
            rows.as_mut()
                .write(&[
                    &id,
                    &entry.endpoint,
                    &entry.platform,
                    &entry.delivery_id,
                    &(entry.strength == Strength::Digest),
                    &entry.event,
                    &entry.body_digest.as_slice(),
                    &"available",
                    &none,
                    &i64::from(entry.attempts),
                    &none,
                    &none,
                    &received_at,
                    &seen_at,
                    &seen_at,
                    &"",
                    &true,
                    &micros(entry.ordered_at),
                    &one,
                ])
                .await?;
        }
        rows.finish().await?;
        let rows = BinaryCopyInWriter::new(transaction.copy_in(PAYLOAD).await?, &PAYLOAD_TYPES);
        tokio::pin!(rows);
        for (entry, id) in entries.iter().zip(self.next..) {
            let (lines, received_at) = (headers::to_lines(&entry.delivery.headers), micros(entry.delivery.received_at));
            rows.as_mut().write(&[&id, &received_at, &lines, &entry.delivery.body.as_ref()]).await?;
        }
        rows.finish().await?;
        transaction.commit().await?;
        self.next += entries.len() as i64;
        Ok(())
    }
}
