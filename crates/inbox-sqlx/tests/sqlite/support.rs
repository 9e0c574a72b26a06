//! Files, deliveries, and a table of effects.

use std::path::Path;
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message};
use referral_webhooks_inbox::{
    Attempt, CancellationToken, ClaimRequest, Entry, EntryId, Inbox, Intake, Lease, Outcome, Store, Worker,
};
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A store in a file of its own, with a table of effects beside the inbox's.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    pub(crate) store: SqliteStore,
    pub(crate) inbox: Inbox<SqliteStore>,
    pub(crate) intake: Intake<Redpin, SqliteStore>,
}

pub(crate) async fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("shop.db")).await;
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    Shop { folder, store, inbox, intake }
}

pub(crate) async fn open(file: &Path) -> SqliteStore {
    let store = SqliteStore::open(file).await.unwrap();
    let mut connection = connect(file).await;
    // No unique key: a second effect shall be seen, not prevented.
    sqlx::query("CREATE TABLE IF NOT EXISTS reward (key TEXT NOT NULL)").execute(&mut connection).await.unwrap();
    store
}

/// A connection of the application, apart from the store's.
pub(crate) async fn connect(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10)).connect().await.unwrap()
}

pub(crate) fn redpin(key: &str) -> Delivery<Redpin> {
    let (endpoint, now) = (Endpoint::new(SECRET).unwrap(), OffsetDateTime::now_utc());
    endpoint.receive(&endpoint.sign(&Message::new(r#"{"event_name":"NEW"}"#, now).id(key)).unwrap(), now).unwrap()
}

impl Shop {
    pub(crate) async fn file(&self) -> SqliteConnection {
        connect(&self.folder.path().join("shop.db")).await
    }

    pub(crate) async fn accepted(&self, key: &str) -> EntryId {
        self.intake.accept(&redpin(key)).await.unwrap().id()
    }

    pub(crate) async fn claimed(&self, lease: Duration) -> Lease {
        let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 1, lease);
        self.store.claim(wanted).await.unwrap().remove(0).lease
    }

    /// Every key with the number of its effects.
    pub(crate) async fn rewards(&self) -> Vec<(String, i64)> {
        let counted = sqlx::query_as("SELECT key, COUNT(*) FROM reward GROUP BY key ORDER BY key");
        counted.fetch_all(&mut self.file().await).await.unwrap()
    }
}

/// What the tests pay out.
pub(crate) async fn reward(connection: &mut SqliteConnection, key: &str) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO reward (key) VALUES ($1)").bind(key).execute(connection).await.map(|_| ())
}

/// A handler that pays out, and says what the key says.
pub(crate) fn paying<'t>(
    _: Delivery<Redpin>,
    attempt: Attempt,
    connection: &'t mut SqliteConnection,
) -> futures_util::future::BoxFuture<'t, Outcome> {
    Box::pin(async move {
        if let Err(error) = reward(connection, &attempt.key).await {
            return Err::<(), _>(error).into();
        }
        match attempt.key.as_str() {
            "ignored" => Outcome::Ignored("nothing more to do".into()),
            "discarded" => Outcome::Discard("never".into()),
            "retried" if attempt.number == 1 => Outcome::RetryAfter(Duration::ZERO, "once more".into()),
            "panics" if attempt.number == 1 => panic!("about ada@example.org"),
            "hangs" => std::future::pending().await,
            "kills" => std::process::abort(),
            _ => Outcome::Done,
        }
    })
}

pub(crate) fn working(worker: Worker<SqliteStore>) -> (CancellationToken, JoinHandle<()>) {
    let shutdown = CancellationToken::new();
    (shutdown.clone(), tokio::spawn(worker.until(shutdown)))
}

/// Waits until an entry satisfies something.
pub(crate) async fn eventually(store: &SqliteStore, id: EntryId, is_so: impl Fn(&Entry) -> bool) -> Entry {
    for _ in 0..1_000 {
        let entry = store.get(id).await.unwrap().unwrap();
        if is_so(&entry) {
            return entry;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never happens: {:?}", store.get(id).await);
}
