//! The numbers for those who watch.

use futures_util::future::join_all;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use referral_webhooks_inbox::Store as _;

use crate::support::shop;

#[test]
fn commits_say_how_many_deliveries_they_had() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The recorder is this thread's, so everything runs on it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let shop = shop().await;
            // A change without deliveries says nothing.
            shop.store.probe().await.unwrap();
            join_all(["1", "2", "3", "4", "5"].map(|key| shop.accepted(key))).await;
        });
    });
    let told = snapshotter.snapshot().into_vec();
    let sizes = told.iter().find_map(|(key, _, _, value)| match value {
        DebugValue::Histogram(sizes) if key.key().name() == "inbox_commit_batch_size" => Some(sizes),
        _ => None,
    });
    let sizes: Vec<f64> = sizes.unwrap().iter().map(|size| size.into_inner()).collect();
    assert_eq!(sizes.iter().sum::<f64>(), 5.0, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size >= 1.0), "{sizes:?}");
}
