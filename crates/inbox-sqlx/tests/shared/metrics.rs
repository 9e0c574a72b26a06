//! Metrics of commits and attempts.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use metrics::Key;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox::{Attempt, Outcome};

use crate::engine::Connection;

use super::support::{LONG, eventually, reward, shop, working};

/// Returns the metrics recorded meanwhile. The recorder is local to the thread, so everything runs on it.
fn recorded_by(doing: impl Future<Output = ()>) -> Vec<(Key, DebugValue)> {
    let recorder = DebuggingRecorder::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(doing));
    let recorded = recorder.snapshotter().snapshot().into_vec().into_iter();
    recorded.map(|(key, _, _, value)| (key.into_parts().1, value)).collect()
}

#[test]
fn commits_record_their_number_of_deliveries() {
    let recorded = recorded_by(async {
        let shop = shop().await;
        // A change without deliveries records no batch.
        shop.store.probe().await.unwrap();
        join_all(["1", "2", "3", "4", "5"].map(|delivery_id| shop.accepted(delivery_id))).await;
    });
    let sizes = recorded.iter().find_map(|(key, value)| match value {
        DebugValue::Histogram(sizes) if key.name() == "inbox_commit_batch_size" => Some(sizes),
        _ => None,
    });
    let sizes: Vec<f64> = sizes.unwrap().iter().map(|size| size.into_inner()).collect();
    assert_eq!(sizes.iter().sum::<f64>(), 5.0, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size >= 1.0), "{sizes:?}");
}

/// On SQLite they may share a transaction, which is committed after the last of them was stopped.
#[test]
fn entries_completed_during_a_shutdown_are_counted_as_completed() {
    let recorded = recorded_by(async {
        let shop = shop().await;
        let ids = join_all(["a", "b", "lingers"].map(|delivery_id| shop.accepted(delivery_id))).await;
        let worker = shop.inbox.worker().limit_in_tx(LONG).grace(Duration::from_secs(1));
        let (shutdown, worked) =
            working(worker.run_in_tx(&shop.intake, async |_, attempt: Attempt, connection: &mut Connection| {
                reward(connection, &attempt.id).await.unwrap();
                if attempt.id == "lingers" {
                    tokio::time::sleep(LONG).await;
                }
                Outcome::Done
            }));
        for id in ids {
            eventually(&shop.store, id, |entry| entry.state != State::Available).await;
        }
        shutdown.cancel();
        worked.await.unwrap();
        assert_eq!(shop.rewards().await.len(), 2);
    });
    let attempts = recorded.iter().filter_map(|(key, value)| match value {
        DebugValue::Counter(count) if key.name() == "inbox_attempts_total" => {
            let outcome = key.labels().find(|label| label.key() == "outcome")?;
            Some((outcome.value(), *count))
        }
        _ => None,
    });
    assert_eq!(attempts.collect::<BTreeMap<_, _>>(), BTreeMap::from([("completed", 2), ("released", 1)]));
}
