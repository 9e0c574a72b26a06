//! The stores' own number, with the feature `metrics`. It is listed with the others, in `referral-webhooks-inbox`.

/// So many deliveries were committed together.
#[cfg(feature = "metrics")]
pub(crate) fn committed(deliveries: usize) {
    if deliveries > 0 {
        metrics::histogram!("inbox_commit_batch_size").record(deliveries as f64);
    }
}

#[cfg(not(feature = "metrics"))]
pub(crate) const fn committed(_: usize) {}
