//! The metrics of an inbox.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use referral_webhooks_inbox::{BackOff, Inbox, MemoryStore, Outcome};

use crate::support::{FaultyStore, Mode, UNKNOWN, accepted, delivery, finished, redpin, shop, start};

/// Returns the value of every metric under its name and labels; of a histogram, the number of its values.
fn recorded(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let line = |key: &metrics_util::CompositeKey| {
        let labels: Vec<String> =
            key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        format!("{}{{{}}}", key.key().name(), labels.join(","))
    };
    let value = |value| match value {
        DebugValue::Counter(count) => count as f64,
        DebugValue::Gauge(value) => value.into_inner(),
        DebugValue::Histogram(values) => values.len() as f64,
    };
    snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, recorded)| (line(&key), value(recorded))).collect()
}

#[test]
fn metrics_count_deliveries_and_attempts_by_outcome() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let store = FaultyStore::new();
            let inbox = Inbox::new(store.clone()).back_off(BackOff::new(2, Duration::ZERO, Duration::ZERO));
            let intake = shop(&inbox);
            let _running = start(inbox.worker().run(&intake, async |_, attempt| match attempt.id.as_str() {
                "good" => Outcome::Done,
                _ => Outcome::Retry("a fault about ada@example.org".into()),
            }));
            let good = accepted(&intake, "good").await;
            accepted(&intake, "good").await;
            let bad = accepted(&intake, "bad").await;
            for id in ["unknown", "good"] {
                intake.accept(&delivery(&intake.endpoint(), id, UNKNOWN)).await.unwrap();
            }
            store.set(Mode::Broken);
            assert!(intake.accept(&redpin("refused")).await.is_err());
            store.set(Mode::Working);
            finished(&store, good).await;
            finished(&store, bad).await;
            assert!(inbox.redeliver(good, "ada").await.unwrap().is_redelivered());
            finished(&store, good).await;
            tokio::time::sleep(Duration::from_secs(11)).await;
        });
    });
    let recorded = recorded(&snapshotter);
    let rows = [
        ("inbox_received_total{platform=redpin,endpoint=shop,outcome=stored,secret_index=0}", 3.0),
        ("inbox_received_total{platform=redpin,endpoint=shop,outcome=conflict,secret_index=0}", 1.0),
        ("inbox_received_total{platform=redpin,endpoint=shop,outcome=repeated,secret_index=0}", 1.0),
        ("inbox_received_total{platform=redpin,endpoint=shop,outcome=failed,secret_index=0}", 1.0),
        ("inbox_accept_seconds{platform=redpin,endpoint=shop}", 6.0),
        ("inbox_attempts_total{endpoint=shop,outcome=completed}", 2.0),
        ("inbox_attempts_total{endpoint=shop,outcome=retry}", 1.0),
        ("inbox_attempts_total{endpoint=shop,outcome=discarded}", 1.0),
        ("inbox_handler_seconds{endpoint=shop,outcome=completed}", 2.0),
        ("inbox_parked_total{platform=redpin,endpoint=shop}", 1.0),
        ("inbox_depth{endpoint=shop,state=available}", 0.0),
        ("inbox_depth{endpoint=shop,state=parked}", 1.0),
        ("inbox_depth{endpoint=shop,state=discarded}", 2.0),
        ("inbox_conflicts{endpoint=shop}", 1.0),
        ("inbox_oldest_due_seconds{endpoint=shop}", 0.0),
        ("inbox_signatures_fail_since_timestamp_seconds{platform=redpin,endpoint=shop}", 0.0),
        ("inbox_clock_ahead_seconds{}", 0.0),
        ("inbox_redeliveries_total{}", 1.0),
    ];
    for (line, value) in rows {
        assert_eq!(recorded.get(line), Some(&value), "{line}: {recorded:#?}");
    }
    let accepted_at = recorded["inbox_last_genuine_timestamp_seconds{platform=redpin,endpoint=shop}"];
    assert!(accepted_at > 1_700_000_000.0);
    // The last delivery from the platform was not stored.
    assert!(recorded["inbox_failing_since_timestamp_seconds{platform=redpin,endpoint=shop}"] > 1_700_000_000.0);
    assert!(recorded["inbox_disabling_share{platform=redpin,endpoint=shop}"] < 0.001);
    assert!(recorded["inbox_store_errors_total{operation=accept}"] >= 1.0);
    assert!(!format!("{recorded:?}").contains("ada@"));
}

/// A recorder that keeps the descriptions.
#[derive(Default)]
struct Described(Mutex<BTreeMap<String, (Option<Unit>, String)>>);

impl Described {
    fn add(&self, key: &KeyName, unit: Option<Unit>, text: &SharedString) {
        self.0.lock().unwrap().insert(key.as_str().to_owned(), (unit, text.to_string()));
    }
}

impl Recorder for Described {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add(&key, unit, &text);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add(&key, unit, &text);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add(&key, unit, &text);
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[cfg(all(feature = "tower", feature = "actix"))]
#[test]
fn every_documented_metric_is_described_with_a_unit() {
    let described = Described::default();
    metrics::with_local_recorder(&described, || drop(Inbox::new(MemoryStore::new())));
    let described = described.0.into_inner().unwrap();
    for (name, (unit, text)) in &described {
        assert!(unit.is_some() && text.len() > 10, "{name}: {unit:?} {text}");
    }
    let table = include_str!("../../src/lib.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
    let documented: Vec<&str> = table.filter_map(|line| line.split_once('`')).map(|(name, _)| name).collect();
    assert_eq!(documented.iter().copied().collect::<BTreeSet<_>>(), described.keys().map(String::as_str).collect());
    // A name in the source that is in neither is a metric without a description.
    for source in [
        include_str!("../../src/telemetry.rs"),
        include_str!("../../src/reception.rs"),
        include_str!("../../../inbox-sqlx/src/telemetry.rs"),
        include_str!("../../../door/src/metrics.rs"),
    ] {
        let names = source.split('"').filter(|text| text.starts_with("inbox_") || text.starts_with("webhook_"));
        names.for_each(|name| assert!(described.contains_key(name), "{name}"));
    }
}
