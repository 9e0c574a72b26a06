//! The metrics of the doors, with the feature `metrics`.
//!
//! - Guarantees: labels are names of the merchant's, kinds and positions, so that a stranger creates no time series.
//! - Assumes: a recorder of the crate `metrics` is installed before the first request.
//! - Without it: a flood of forged requests, and a rotation that has not ended, show in the log only.

#[cfg(feature = "metrics")]
mod numbers {
    use std::sync::Once;

    use metrics::{Unit, counter, describe_counter};
    use referral_webhooks::platform::Platform;
    use referral_webhooks::{Delivery, Rejection};

    /// Describes the metrics of the doors to the installed recorder. The first value describes them too.
    ///
    /// ```
    /// referral_webhooks_door::describe_metrics();
    /// ```
    pub fn describe_metrics() {
        describe_counter!("webhook_refused_total", Unit::Count, "Refused requests, by kind");
        describe_counter!("webhook_genuine_total", Unit::Count, "Genuine deliveries, by the secret that matched");
    }

    fn describe_once() {
        static DESCRIBED: Once = Once::new();
        DESCRIBED.call_once(describe_metrics);
    }

    pub(crate) fn refused(rejection: &Rejection, endpoint: &str) {
        describe_once();
        let (platform, kind) = (rejection.platform(), rejection.error().kind().as_str());
        counter!("webhook_refused_total", "platform" => platform, "endpoint" => endpoint.to_owned(), "kind" => kind)
            .increment(1);
    }

    pub(crate) fn genuine<P: Platform>(endpoint: &str, delivery: &Delivery<P>) {
        describe_once();
        let secret_index = delivery.secret_index().to_string();
        let labels = [
            ("platform", delivery.platform().facts().name.to_owned()),
            ("endpoint", endpoint.to_owned()),
            ("secret_index", secret_index),
        ];
        counter!("webhook_genuine_total", &labels).increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod numbers {
    use referral_webhooks::platform::Platform;
    use referral_webhooks::{Delivery, Rejection};

    pub(crate) fn refused(_: &Rejection, _: &str) {}
    pub(crate) fn genuine<P: Platform>(_: &str, _: &Delivery<P>) {}
}

#[cfg(feature = "metrics")]
pub use numbers::describe_metrics;
pub(crate) use numbers::{genuine, refused};
