//! The log lines of a whole run: door and inbox, every outcome.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::Request;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{Filter, Store as _};
use referral_webhooks_inbox::{BackOff, ByHand, Inbox, Outcome};
use time::OffsetDateTime;
use tower::ServiceExt as _;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{FaultyStore, Mode, OTHER_SECRET, REFERRAL, SECRET, UNKNOWN, finished, shop, start};

/// One line: its fields by name. The message is `message`, and the level is `level`.
type Line = BTreeMap<String, String>;

/// A subscriber that keeps the lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Line>>>);

struct Fields<'l>(&'l mut Line);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "referral_webhooks"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::from([("level".to_owned(), event.metadata().level().to_string())]);
        event.record(&mut Fields(&mut line));
        self.0.lock().unwrap().push(line);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Returns a request with this id and body that this secret signs.
fn signed(secret: &str, id: &str, body: &'static str) -> Request<Body> {
    let endpoint = Endpoint::<Redpin>::new(secret).unwrap();
    let mut request = endpoint.sign(&Message::new(body, OffsetDateTime::now_utc()).id(id)).unwrap();
    *request.uri_mut() = "/hooks/redpin?source=ada@example.org".parse().unwrap();
    request.map(Body::from)
}

/// The fields that each line has, by the beginning of its message and its delivery id.
const TABLE: [(&str, &str, &str, &str); 15] = [
    ("accepted", "done", "INFO", "platform endpoint delivery_id entry event secret_index result"),
    ("completed", "done", "INFO", "platform endpoint delivery_id entry attempt event secret_index"),
    ("completed", "ignored", "INFO", "platform endpoint delivery_id entry attempt event secret_index reason"),
    ("failed", "fails", "WARN", "platform endpoint delivery_id entry attempt event secret_index reason wait_seconds"),
    ("discarded", "fails", "WARN", "platform endpoint delivery_id entry attempt event secret_index reason"),
    ("discarded", "bad", "WARN", "platform endpoint delivery_id entry attempt event secret_index reason"),
    ("failed", "panics", "WARN", "platform endpoint delivery_id entry attempt event secret_index reason wait_seconds"),
    ("failed", "slow", "WARN", "platform endpoint delivery_id entry attempt event secret_index reason wait_seconds"),
    ("accepted", "unknown", "INFO", "platform endpoint delivery_id entry event secret_index result"),
    ("parked", "unknown", "WARN", "platform endpoint delivery_id entry event secret_index reason"),
    ("genuine", "unknown", "WARN", "platform endpoint delivery_id event secret_index reason"),
    ("discarded", "done", "WARN", "platform endpoint delivery_id entry event secret_index reason"),
    ("not stored", "broken", "ERROR", "platform endpoint delivery_id event secret_index result cause"),
    ("refused", "", "WARN", "platform endpoint path kind status reason advice"),
    ("weak secret", "", "WARN", "platform endpoint reason"),
];

#[tokio::test(start_paused = true)]
async fn every_line_of_a_run_has_the_fields_of_one_table() {
    let lines = Lines::default();
    let _logging = tracing::subscriber::set_default(lines.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(lines.clone());
    let store = FaultyStore::new();
    let inbox = Inbox::new(store.clone()).back_off(BackOff::new(2, Duration::ZERO, Duration::ZERO));
    let intake = shop(&inbox);
    let worker = inbox.worker().limit(Duration::from_secs(1)).run(&intake, async |_, attempt| match &*attempt.id {
        "done" => Outcome::Done,
        "ignored" => Outcome::Ignored("no reward".into()),
        "bad" => Outcome::Discard("no account of ada@example.org\nWARN forged".into()),
        "panics" => panic!("about ada@example.org"),
        "slow" => std::future::pending().await,
        _ => Outcome::Retry("the shop is down".into()),
    });
    let _running = start(worker);
    let send = async |request| intake.service().oneshot(request).await.unwrap().status().as_u16();
    for id in ["done", "ignored", "fails", "bad", "panics", "slow"] {
        assert_eq!(send(signed(SECRET, id, REFERRAL)).await, 200, "{id}");
    }
    for (id, body) in [("done", REFERRAL), ("done", "{}"), ("unknown", UNKNOWN)] {
        assert_eq!(send(signed(SECRET, id, body)).await, 200, "{id}");
    }
    assert_eq!(send(signed(OTHER_SECRET, "forged", REFERRAL)).await, 401);
    store.set(Mode::Broken);
    assert_eq!(send(signed(SECRET, "broken", REFERRAL)).await, 503);
    store.set(Mode::Working);
    let weak = Endpoint::<Prefinery>::new("qv7Lk2xPqv7");
    let _weak = inbox.intake("weak", weak.unwrap()).unwrap().service();
    for entry in store.list(Filter::new()).await.unwrap() {
        finished(&store, entry.id).await;
    }
    let lines = lines.0.lock().unwrap().clone();
    for (message, id, level, fields) in TABLE {
        let is_row = |line: &&Line| {
            line["message"].starts_with(message) && line.get("delivery_id").map_or("", String::as_str) == id
        };
        let mut found: Vec<&str> = fields.split(' ').chain(["level", "message"]).collect();
        found.sort_unstable();
        let row: Vec<&Line> = lines.iter().filter(is_row).filter(|line| line.keys().eq(&found)).collect();
        assert!(!row.is_empty(), "no line `{message}` of `{id}` with {found:?}: {lines:#?}");
        assert!(row.iter().all(|line| line["level"] == level), "{row:?}");
    }
    let count = |message: &str, id: &str| {
        let is_row =
            |line: &&Line| line["message"] == message && line.get("delivery_id").is_some_and(|found| found == id);
        lines.iter().filter(is_row).count()
    };
    assert_eq!((count("accepted", "ignored"), count("completed", "ignored")), (1, 1));
    assert_eq!((count("accepted", "done"), count("completed", "done")), (3, 1), "each time that it comes");
    let refused = lines.iter().find(|line| line["message"] == "refused").unwrap();
    assert_eq!((refused["endpoint"].as_str(), refused["path"].as_str()), ("shop", "/hooks/redpin"));
    assert_eq!(refused["kind"], "signature-mismatch");
    let not_stored = lines.iter().find(|line| line["message"] == "not stored").unwrap();
    assert_eq!(not_stored["cause"], "could not be stored: the store failed: the disk is on fire");
    let text = format!("{lines:?}");
    assert!(!text.contains("ada@") && !text.contains("\\nWARN"), "{text}");
    for line in &lines {
        for name in ["platform", "endpoint"] {
            assert!(line.contains_key(name) || !line.contains_key("delivery_id"), "{line:?}");
        }
        assert!(!line.contains_key("id"), "{line:?}");
    }
}

#[tokio::test]
async fn an_act_of_a_person_has_one_line_without_its_reason() {
    let lines = Lines::default();
    let _logging = tracing::subscriber::set_default(lines.clone());
    let inbox = Inbox::new(FaultyStore::new());
    let intake = shop(&inbox);
    let id = crate::support::accepted(&intake, "m1").await;
    let reason = "ada@example.org asked".into();
    let dana = ByHand::new("dana\r\nforged").because(&reason);
    assert!(inbox.cancel(id, dana).await.unwrap() && !inbox.cancel(id, dana).await.unwrap());
    assert!(inbox.redeliver(id, dana).await.unwrap().is_redelivered());
    assert!(inbox.discard(id, "why", dana).await.unwrap());
    assert!(inbox.mark_done(id, dana).await.unwrap());
    assert!(inbox.record(id, "revealed", dana).await.unwrap());
    assert!(inbox.erase(id, dana).await.unwrap().is_erased());
    let lines = lines.0.lock().unwrap();
    let acts: Vec<&Line> = lines.iter().filter(|line| line.contains_key("act")).collect();
    let words: Vec<&str> = acts.iter().map(|line| line["act"].as_str()).collect();
    assert_eq!(words, ["cancel", "redeliver", "discard", "mark_done", "revealed", "erase"], "one line a change");
    for line in acts {
        let fields = ["level", "by", "entry"].map(|field| line[field].as_str());
        assert_eq!(fields, ["INFO", "dana  forged", id.to_string().as_str()]);
        assert!(!line.values().any(|value| value.contains("ada@")), "{line:?}");
    }
}
