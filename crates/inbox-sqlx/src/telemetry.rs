//! The metric of the stores, with the feature `metrics`. `referral-webhooks-inbox` lists all metrics.

/// Records the number of deliveries of a commit.
#[cfg(feature = "metrics")]
pub(crate) fn committed(deliveries: usize) {
    if deliveries > 0 {
        metrics::histogram!("inbox_commit_batch_size").record(deliveries as f64);
    }
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn committed(_: usize) {}
