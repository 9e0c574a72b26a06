//! A handler in the inbox's transaction: signed deliveries, an inbox in memory, and a worker that runs until no entry is
//! due.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message, Reply};
use referral_webhooks_inbox::store::{Entry, Filter, State, Store as _};
use referral_webhooks_inbox::{Attempt, BackOff, Inbox, Intake, Outcome, WithState as _, Worker};
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use test_your_handler::in_the_inbox::{REWARDS, pay};
use time::OffsetDateTime;

const REFERRAL: &str = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;

fn endpoint() -> Endpoint<Redpin> {
    Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

fn delivery(id: &str, body: &str) -> Delivery<Redpin> {
    let now = OffsetDateTime::now_utc();
    endpoint().receive(&endpoint().sign(&Message::new(body, now).id(id)).unwrap(), now).unwrap()
}

/// A shop with an inbox in memory, and a connection to the same tables.
struct Shop {
    inbox: Inbox<SqliteStore>,
    redpin: Intake<Redpin, SqliteStore>,
    tables: SqliteConnection,
}

impl Shop {
    async fn new() -> Self {
        let store = SqliteStore::in_memory().await.unwrap();
        let mut tables = SqliteConnectOptions::new().filename(store.file()).connect().await.unwrap();
        sqlx::query(REWARDS).execute(&mut tables).await.unwrap();
        // Three attempts without waits, so that a worker makes all of them in one run.
        let inbox = Inbox::new(store).back_off(BackOff::new(3, Duration::ZERO, Duration::ZERO));
        let redpin = inbox.intake("redpin-main", endpoint()).unwrap();
        Self { inbox, redpin, tables }
    }

    fn worker(&self) -> Worker<SqliteStore> {
        self.inbox.worker().run_in_tx(&self.redpin, pay.with_state(500))
    }

    async fn receives(&self, id: &str, body: &str) {
        assert_eq!(self.redpin.receive(&delivery(id, body)).await, Reply::Accepted, "{id}");
    }

    /// Returns the ids that were paid.
    async fn paid(&mut self) -> Vec<String> {
        let paid = sqlx::query_scalar("SELECT delivery FROM reward ORDER BY delivery");
        paid.fetch_all(&mut self.tables).await.unwrap()
    }

    async fn entry(&self, id: &str) -> Entry {
        let entries = self.inbox.store().list(Filter::new()).await.unwrap();
        entries.into_iter().find(|entry| entry.delivery_id == id).unwrap()
    }

    async fn executes(&mut self, statement: &'static str) {
        sqlx::query(statement).execute(&mut self.tables).await.unwrap();
    }
}

#[tokio::test]
async fn a_referral_is_paid_once() {
    let mut shop = Shop::new().await;
    shop.receives("msg_1", REFERRAL).await;
    assert_eq!(shop.worker().run_until_idle().await.unwrap(), 1);
    assert_eq!(shop.paid().await, ["msg_1"]);
}

#[tokio::test]
async fn a_repeat_is_accepted_and_not_paid() {
    let mut shop = Shop::new().await;
    for attempts in [1, 0, 0] {
        shop.receives("msg_1", REFERRAL).await;
        assert_eq!(shop.worker().run_until_idle().await.unwrap(), attempts);
    }
    assert_eq!(shop.paid().await, ["msg_1"]);
}

#[tokio::test]
async fn a_failed_attempt_is_rolled_back_and_its_retry_pays() {
    let mut shop = Shop::new().await;
    shop.receives("msg_1", REFERRAL).await;
    shop.executes("ALTER TABLE reward RENAME TO away").await;
    assert_eq!(shop.worker().run_until_idle().await.unwrap(), 3);
    let entry = shop.entry("msg_1").await;
    assert_eq!((entry.state, entry.attempt), (State::Discarded, 3));
    assert!(entry.reason.unwrap().contains("no such table: reward"));

    // The table is back, and the platform sends the delivery again: its dead letter is revived.
    shop.executes("ALTER TABLE away RENAME TO reward").await;
    shop.receives("msg_1", REFERRAL).await;
    assert_eq!(shop.worker().run_until_idle().await.unwrap(), 1);
    assert_eq!(shop.paid().await, ["msg_1"]);
}

#[tokio::test]
async fn an_unknown_event_is_parked_and_not_paid() {
    let mut shop = Shop::new().await;
    shop.receives("msg_1", r#"{"event_name":"SOMETHING_NEW","status":"CREATED"}"#).await;
    assert_eq!(shop.worker().run_until_idle().await.unwrap(), 0);
    assert_eq!(shop.entry("msg_1").await.state, State::Parked);
    assert!(shop.paid().await.is_empty());
}

/// Pays, and then panics at one event.
async fn poisoned(
    delivery: Delivery<Redpin>,
    attempt: Attempt,
    shop: &mut SqliteConnection,
) -> Result<Outcome, sqlx::Error> {
    let is_poison = attempt.id == "msg_poison";
    let outcome = pay(delivery, attempt, shop, 500).await?;
    assert!(!is_poison, "a poisonous event");
    Ok(outcome)
}

#[tokio::test]
async fn a_poisonous_event_becomes_a_dead_letter_and_delays_no_other() {
    let mut shop = Shop::new().await;
    for id in ["msg_1", "msg_poison", "msg_2"] {
        shop.receives(id, REFERRAL).await;
    }
    let worker = shop.inbox.worker().run_in_tx(&shop.redpin, poisoned);
    assert_eq!(worker.run_until_idle().await.unwrap(), 2 + 3);
    assert_eq!(shop.paid().await, ["msg_1", "msg_2"]);
    let entry = shop.entry("msg_poison").await;
    assert_eq!((entry.state, entry.reason.as_deref()), (State::Discarded, Some("the handler panicked")));
}

#[tokio::test]
async fn the_handler_alone_is_an_async_function() {
    let mut shop = Shop::new().await;
    let rows = [
        ("msg_1", REFERRAL, Outcome::Done),
        (
            "msg_2",
            r#"{"event_name":"REFERRAL_CREATED","status":"FAILED"}"#,
            Outcome::Ignored("no reward for it".into()),
        ),
    ];
    for (id, body, want) in rows {
        let delivery = delivery(id, body);
        let attempt = Attempt::for_test(&delivery);
        assert_eq!(pay(delivery, attempt, &mut shop.tables, 500).await.unwrap(), want, "{id}");
    }
    assert_eq!(shop.paid().await, ["msg_1"]);
}
