//! The background tasks of a worker: pruning, orphans, gauges.
//!
//! - Guarantees: old bodies and ids are deleted in small calls, and a subject whose worker died between two entries
//!   continues within a minute.
//! - Assumes: every worker of every process runs these tasks. The calls are idempotent, so that they may overlap.
//! - Without it: the database grows without bound, and a subject whose worker died waits until its next delivery.

#[cfg(feature = "metrics")]
use std::collections::BTreeSet;
use std::time::Duration;

use referral_webhooks::chain;
#[cfg(feature = "metrics")]
use time::OffsetDateTime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "metrics")]
use crate::reception::Receptions;
use crate::store::{PruneRule, Store};
use crate::telemetry;

/// The interval of pruning, and of the search for orphans.
const INTERVAL: Duration = Duration::from_secs(60);

/// The pause between two pruning calls, so that deliveries are accepted meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

/// Prunes each endpoint by its rule, a bounded number of bodies in one call.
pub(super) async fn prune<S: Store>(store: S, rules: Vec<PruneRule>, shutdown: CancellationToken) {
    loop {
        for rule in &rules {
            let mut is_more = true;
            while is_more && !shutdown.is_cancelled() {
                let pruned = store.prune(rule.clone()).await.unwrap_or_else(|error| {
                    telemetry::store_failed("prune");
                    let (endpoint, cause) = (&*rule.endpoint, chain(&error));
                    tracing::warn!(target: "referral_webhooks", endpoint, %cause, "could not prune");
                    Default::default()
                });
                telemetry::pruned(&rule.endpoint, pruned);
                is_more = pruned.is_more;
                sleep(PAUSE).await;
            }
        }
        if shutdown.run_until_cancelled(sleep(INTERVAL)).await.is_none() {
            return;
        }
    }
}

/// Makes the entries due that wait for an entry whose worker died after completing it.
pub(super) async fn promote_orphans<S: Store>(store: S, endpoints: Vec<String>, shutdown: CancellationToken) {
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
                    let cause = chain(&error);
                    tracing::warn!(target: "referral_webhooks", endpoint, %cause, "could not look for waiting subjects");
                }
            }
        }
        if shutdown.run_until_cancelled(sleep(INTERVAL)).await.is_none() {
            return;
        }
    }
}

/// Reports the numbers of entries as gauges.
#[cfg(feature = "metrics")]
pub(super) async fn report_stats<S: Store>(store: S, receptions: Receptions, shutdown: CancellationToken) {
    const INTERVAL: Duration = Duration::from_secs(10);
    // A recorder may have been installed after the inbox was made.
    crate::metric_table::describe();
    // Endpoints that were reported once are reported until the end, because a gauge keeps its last value.
    let mut reported = BTreeSet::new();
    loop {
        reported.extend(receptions.all().into_iter().map(|reception| reception.endpoint.to_string()));
        let names: Vec<String> = reported.iter().cloned().collect();
        match (store.stats().await, store.endpoint_stats(&names).await) {
            (Ok(stats), Ok(endpoints)) => {
                telemetry::stats(&stats);
                endpoints.iter().for_each(telemetry::endpoint_stats);
                receptions.refresh(&endpoints, OffsetDateTime::now_utc());
                reported.extend(endpoints.into_iter().map(|endpoint| endpoint.endpoint));
            }
            _ => telemetry::store_failed("stats"),
        }
        if shutdown.run_until_cancelled(sleep(INTERVAL)).await.is_none() {
            return;
        }
    }
}
