//! The metrics with their units and descriptions. The crate's documentation has the same table, and a test compares both
//! with the metrics of a running program.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Describes all metrics to the installed recorder. Repeated calls have no further effect.
pub(crate) fn describe() {
    use Unit::{Count, Seconds};
    #[cfg(feature = "actix")]
    referral_webhooks_actix::describe_metrics();
    #[cfg(feature = "tower")]
    referral_webhooks_tower::describe_metrics();
    describe_counter!("inbox_received_total", Count, "Deliveries that reached the inbox, by outcome");
    describe_counter!("inbox_items_total", Count, "Events of bodies that hold several, by outcome");
    describe_histogram!("inbox_accept_seconds", Seconds, "Time from verification to the answer");
    describe_histogram!("inbox_commit_batch_size", Count, "Deliveries that an SQL store committed together");
    describe_counter!(
        "inbox_parked_total",
        Count,
        "Deliveries that were parked, because this version cannot read them"
    );
    describe_counter!("inbox_attempts_total", Count, "Ends of attempts, by outcome");
    describe_histogram!("inbox_handler_seconds", Seconds, "Time from the claim to the end of the attempt");
    describe_counter!("inbox_redeliveries_total", Count, "Entries that an operator redelivered");
    describe_counter!("inbox_pruned_total", Count, "Bodies and entries that were deleted");
    describe_counter!(
        "inbox_refused_dropped_total",
        Count,
        "Refused requests that were not kept, because too many came"
    );
    describe_counter!("inbox_store_errors_total", Count, "Errors of the store, by operation");
    describe_gauge!("inbox_depth", Count, "Unfinished entries, parked entries and dead letters, by endpoint and state");
    describe_gauge!("inbox_conflicts", Count, "Conflicts, a part of the dead letters");
    describe_gauge!("inbox_oldest_due_seconds", Seconds, "Time since the oldest entry of the endpoint became due");
    describe_gauge!("inbox_clock_ahead_seconds", Seconds, "How far the store's clock is ahead of proven time");
    describe_gauge!("inbox_log_pending", Count, "1 while erased text remains in the write-ahead log");
    describe_gauge!("inbox_last_genuine_timestamp_seconds", Seconds, "Time of the last genuine delivery");
    describe_gauge!(
        "inbox_failing_since_timestamp_seconds",
        Seconds,
        "Time since which all answers of this process have been failures, or 0"
    );
    describe_gauge!(
        "inbox_signatures_fail_since_timestamp_seconds",
        Seconds,
        "Time of the first wrong signature or token after the last genuine delivery, or 0"
    );
    describe_gauge!(
        "inbox_disabling_share",
        Count,
        "Share of the time after which the platform disables a failing endpoint, from 0 to 1"
    );
}
