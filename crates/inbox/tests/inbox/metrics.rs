//! The metrics of an inbox.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use referral_webhooks_inbox::{BackOff, Inbox, Outcome};

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
        ("inbox_depth{state=available}", 0.0),
        ("inbox_depth{state=parked}", 1.0),
        ("inbox_depth{state=discarded}", 2.0),
        ("inbox_conflicts{}", 1.0),
        ("inbox_oldest_due_seconds{}", 0.0),
        ("inbox_clock_ahead_seconds{}", 0.0),
        ("inbox_redeliveries_total{}", 1.0),
    ];
    for (line, value) in rows {
        assert_eq!(recorded.get(line), Some(&value), "{line}: {recorded:#?}");
    }
    let accepted_at = recorded["inbox_last_accepted_timestamp_seconds{platform=redpin,endpoint=shop}"];
    assert!(accepted_at > 1_700_000_000.0);
    assert!(recorded["inbox_store_errors_total{operation=accept}"] >= 1.0);
    assert!(!format!("{recorded:?}").contains("ada@"));
}
