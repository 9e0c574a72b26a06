//! A shop with an inbox: deliveries, and a table of effects.

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message};
use referral_webhooks_inbox::store::{ClaimRequest, Entry, Lease, Store};
use referral_webhooks_inbox::{Attempt, CancellationToken, EntryId, Inbox, Intake, Outcome, Worker};
use time::OffsetDateTime;
use tokio::task::JoinHandle;

use crate::engine::{Connection, Database, Store as EngineStore, connect, new_database, open};

/// A lease or a limit that does not expire during a test.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An event that this version knows.
pub(crate) const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","data":{"referral_id":"r1","status":"CREATED"}}"#;

/// A store in a new database, with a table of effects.
pub(crate) struct Shop {
    pub(crate) database: Database,
    pub(crate) store: EngineStore,
    pub(crate) inbox: Inbox<EngineStore>,
    pub(crate) intake: Intake<Redpin, EngineStore>,
}

pub(crate) async fn shop() -> Shop {
    let database = new_database().await;
    let store = shop_at(&database.url).await;
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    Shop { database, store, inbox, intake }
}

/// Opens a store in this database, and creates a table of effects.
pub(crate) async fn shop_at(url: &str) -> EngineStore {
    let store = open(url).await;
    // Without a unique key, so that a second effect is visible instead of prevented.
    let rewards = sqlx::query("CREATE TABLE IF NOT EXISTS reward (key TEXT NOT NULL)");
    rewards.execute(&mut connect(url).await).await.unwrap();
    store
}

pub(crate) fn redpin(delivery_id: &str) -> Delivery<Redpin> {
    let (endpoint, now) = (Endpoint::new(SECRET).unwrap(), OffsetDateTime::now_utc());
    endpoint.receive(&endpoint.sign(&Message::new(REFERRAL, now).id(delivery_id)).unwrap(), now).unwrap()
}

impl Shop {
    /// Opens a connection of the application, separate from the store's.
    pub(crate) async fn connection(&self) -> Connection {
        connect(&self.database.url).await
    }

    pub(crate) async fn accepted(&self, delivery_id: &str) -> EntryId {
        self.intake.accept(&redpin(delivery_id)).await.unwrap().id()
    }

    pub(crate) async fn claimed(&self, lease: Duration) -> Lease {
        let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 1, lease);
        self.store.claim(wanted).await.unwrap().remove(0).lease
    }

    /// Returns every delivery id with the number of its effects.
    pub(crate) async fn rewards(&self) -> Vec<(String, i64)> {
        let counted = sqlx::query_as("SELECT key, COUNT(*) FROM reward GROUP BY key ORDER BY key");
        counted.fetch_all(&mut self.connection().await).await.unwrap()
    }
}

/// Writes the effect of the tests.
pub(crate) async fn reward(connection: &mut Connection, delivery_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO reward (key) VALUES ($1)").bind(delivery_id).execute(connection).await.map(|_| ())
}

/// A handler that pays, and behaves as the delivery id says.
pub(crate) async fn paying(_: Delivery<Redpin>, attempt: Attempt, connection: &mut Connection) -> Outcome {
    if let Err(error) = reward(connection, &attempt.id).await {
        return Err::<(), _>(error).into();
    }
    match attempt.id.as_str() {
        "ignored" => Outcome::Ignored("nothing more to do".into()),
        "discarded" => Outcome::Discard("never".into()),
        "retried" if attempt.number == 1 => Outcome::RetryAfter(Duration::ZERO, "once more".into()),
        "panics" if attempt.number == 1 => panic!("about ada@example.org"),
        "hangs" => std::future::pending().await,
        _ => Outcome::Done,
    }
}

pub(crate) fn working(worker: Worker<EngineStore>) -> (CancellationToken, JoinHandle<()>) {
    let shutdown = CancellationToken::new();
    (shutdown.clone(), tokio::spawn(worker.until(shutdown)))
}

/// Waits until an entry satisfies a condition.
pub(crate) async fn eventually(store: &EngineStore, id: EntryId, is_so: impl Fn(&Entry) -> bool) -> Entry {
    for _ in 0..1_000 {
        let entry = store.get(id).await.unwrap().unwrap();
        if is_so(&entry) {
            return entry;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never happens: {:?}", store.get(id).await);
}
