//! Spans and metrics. The crate's documentation lists the metrics.
//!
//! Labels and span names never come from a sender, because a stranger must not be able to create time series.

use std::time::Duration;

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use tracing::Span;

use crate::line::Line;
use crate::store::{ByHand, EntryId, Finish, Pruned};

/// Creates the span of storing a delivery, with the fields that OpenTelemetry defines for a producer.
pub(crate) fn accept_span<P: Platform>(line: &Line, delivery: &Delivery<P>) -> Span {
    tracing::info_span!(
        target: "referral_webhooks", "send", otel.kind = "producer", messaging.system = "webhook",
        messaging.destination.name = line.platform, messaging.message.id = line.delivery_id,
        messaging.message.body.size = delivery.body().len(), platform = line.platform, endpoint = line.endpoint,
        tenant = line.tenant, delivery_id = line.delivery_id, event = line.event, secret_index = line.secret_index,
        result = tracing::field::Empty,
    )
}

/// Creates the span of an attempt, with the fields that OpenTelemetry defines for a consumer.
pub(crate) fn attempt_span(line: &Line) -> Span {
    tracing::info_span!(
        target: "referral_webhooks", "process", otel.kind = "consumer", messaging.system = "webhook",
        messaging.operation.type = "process", messaging.destination.name = line.platform,
        messaging.message.id = line.delivery_id, platform = line.platform, endpoint = line.endpoint,
        delivery_id = line.delivery_id, entry = line.entry, attempt = line.attempt, event = line.event,
        secret_index = line.secret_index,
    )
}

/// Returns the end of an attempt as one word; `None` is an expired lease.
pub(crate) fn word(finish: Option<&Finish>, is_last: bool) -> &'static str {
    match finish {
        Some(Finish::Complete(_)) => "completed",
        Some(Finish::Retry(..)) if !is_last => "retry",
        Some(Finish::Retry(..) | Finish::Discard(_)) => "discarded",
        Some(Finish::Release) => "released",
        Some(Finish::Postpone(..)) => "postponed",
        Some(Finish::Park(_)) => "parked",
        Some(Finish::Hold(_)) => "held",
        None => "abandoned",
    }
}

/// Logs the act of a person on an entry. The reason stays in the history, because it may be personal.
pub(crate) fn acted(act: &str, id: EntryId, by: ByHand<'_>) {
    // One line, because the name may come from a header.
    let by: String = by.by.chars().map(|char| if char.is_control() { ' ' } else { char }).take(200).collect();
    tracing::info!(target: "referral_webhooks", act, entry = id.0, by, "by hand");
}

/// Logs the act of a person if it changed the entry, and returns whether it did.
pub(crate) fn acted_if(is_changed: bool, act: &str, id: EntryId, by: ByHand<'_>) -> bool {
    if is_changed {
        acted(act, id, by);
    }
    is_changed
}

#[cfg(feature = "metrics")]
mod numbers {
    use super::*;
    use metrics::{counter, gauge, histogram};

    use crate::store::{EndpointStats, State, Stats};

    pub(crate) fn received<P: Platform>(endpoint: &str, delivery: &Delivery<P>, outcome: &'static str, took: Duration) {
        let (platform, endpoint) = (delivery.platform().facts().name, endpoint.to_owned());
        // The number of secrets is the merchant's, so a stranger cannot create time series.
        let labels = [
            ("platform", platform.to_owned()),
            ("endpoint", endpoint.clone()),
            ("outcome", outcome.to_owned()),
            ("secret_index", delivery.secret_index().to_string()),
        ];
        counter!("inbox_received_total", &labels).increment(1);
        histogram!("inbox_accept_seconds", "platform" => platform, "endpoint" => endpoint).record(took);
    }

    pub(crate) fn items<P: Platform>(endpoint: &str, delivery: &Delivery<P>, outcome: &'static str, count: usize) {
        let labels = [
            ("platform", delivery.platform().facts().name.to_owned()),
            ("endpoint", endpoint.to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        counter!("inbox_items_total", &labels).increment(count as u64);
    }

    pub(crate) fn parked(line: &Line, count: usize) {
        let labels = [("platform", line.platform.to_owned()), ("endpoint", line.endpoint.clone())];
        counter!("inbox_parked_total", &labels).increment(count as u64);
    }

    pub(crate) fn attempted(line: &Line, outcome: &'static str, took: Duration) {
        let labels = [("endpoint", line.endpoint.clone()), ("outcome", outcome.to_owned())];
        counter!("inbox_attempts_total", &labels).increment(1);
        histogram!("inbox_handler_seconds", &labels).record(took);
        if matches!(outcome, "parked" | "held") {
            parked(line, 1);
        }
    }

    pub(crate) fn stats(stats: &Stats) {
        gauge!("inbox_log_pending").set(f64::from(u8::from(stats.log_pending)));
        gauge!("inbox_clock_ahead_seconds").set(stats.clock_ahead.as_secs_f64());
    }

    pub(crate) fn endpoint_stats(endpoint: &EndpointStats) {
        let EndpointStats { endpoint, stats, .. } = endpoint;
        for state in State::ALL {
            if let Some(depth) = stats.row(state) {
                gauge!("inbox_depth", "endpoint" => endpoint.clone(), "state" => state.as_str()).set(depth as f64);
            }
        }
        gauge!("inbox_conflicts", "endpoint" => endpoint.clone()).set(stats.conflicts as f64);
        gauge!("inbox_oldest_due_seconds", "endpoint" => endpoint.clone()).set(stats.oldest_due.as_secs_f64());
    }

    pub(crate) fn redelivered() {
        counter!("inbox_redeliveries_total").increment(1);
    }

    pub(crate) fn pruned(endpoint: &str, pruned: Pruned) {
        for (what, count) in [("body", pruned.bodies), ("entry", pruned.entries)] {
            counter!("inbox_pruned_total", "endpoint" => endpoint.to_owned(), "what" => what).increment(count);
        }
    }

    pub(crate) fn refused_dropped(endpoint: &str, dropped: u64) {
        counter!("inbox_refused_dropped_total", "endpoint" => endpoint.to_owned()).increment(dropped);
    }

    pub(crate) fn store_failed(operation: &'static str) {
        counter!("inbox_store_errors_total", "operation" => operation).increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod numbers {
    use super::*;

    pub(crate) fn received<P: Platform>(_: &str, _: &Delivery<P>, _: &'static str, _: Duration) {}
    pub(crate) fn items<P: Platform>(_: &str, _: &Delivery<P>, _: &'static str, _: usize) {}
    pub(crate) fn parked(_: &Line, _: usize) {}
    pub(crate) fn attempted(_: &Line, _: &'static str, _: Duration) {}
    pub(crate) fn redelivered() {}
    pub(crate) fn pruned(_: &str, _: Pruned) {}
    pub(crate) fn refused_dropped(_: &str, _: u64) {}
    pub(crate) fn store_failed(_: &'static str) {}
}

pub(crate) use numbers::*;
