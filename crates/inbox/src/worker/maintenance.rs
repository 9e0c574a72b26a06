//! What a worker does beside its handlers.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::store::PruneRule;
use crate::store::Store;
use crate::telemetry;
use crate::worker::attempt::cause;

/// How often old entries are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// Forgets what is old, a little at a time.
pub(crate) async fn prune<S: Store>(store: S, rules: Vec<PruneRule>, shutdown: CancellationToken) {
    loop {
        for rule in &rules {
            let mut is_more = true;
            while is_more && !shutdown.is_cancelled() {
                let pruned = store.prune(rule.clone()).await.unwrap_or_else(|error| {
                    telemetry::store_failed("prune");
                    tracing::warn!(target: "referral_webhooks", cause = cause(&error), "could not prune: {error}");
                    Default::default()
                });
                telemetry::pruned(&rule.endpoint, pruned);
                is_more = pruned.is_more;
                // The load goes first.
                sleep(Duration::from_millis(20)).await;
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(PRUNE_EVERY) => {}
        }
    }
}

/// Finds the subjects that nothing keeps going.
pub(crate) async fn promote_orphans<S: Store>(store: S, endpoints: Vec<String>, shutdown: CancellationToken) {
    const EVERY: Duration = Duration::from_secs(60);
    loop {
        for endpoint in endpoints.iter().take_while(|_| !shutdown.is_cancelled()) {
            match store.promote_orphans(endpoint).await {
                Ok(0) => {}
                Ok(orphans) => tracing::warn!(
                    target: "referral_webhooks", endpoint, orphans,
                    "entries are due that had waited for one whose process died after it was completed"
                ),
                Err(error) => {
                    telemetry::store_failed("promote");
                    tracing::warn!(
                        target: "referral_webhooks", cause = cause(&error), "could not look for waiting subjects: {error}"
                    );
                }
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// Tells now and then what waits.
#[cfg(feature = "metrics")]
pub(crate) async fn tell<S: Store>(store: S, shutdown: CancellationToken) {
    const TELL_EVERY: Duration = Duration::from_secs(10);
    loop {
        match store.stats().await {
            Ok(stats) => telemetry::stats(&stats),
            Err(_) => telemetry::store_failed("stats"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(TELL_EVERY) => {}
        }
    }
}
