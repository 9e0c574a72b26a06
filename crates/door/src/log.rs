//! The log events of a request.

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, ErrorKind, Refusal};

/// Logs why a request is refused, with advice on what to look at: one event of `tracing`, target `referral_webhooks`. It
/// is an `error` if the application is misconfigured, and a `warn` otherwise.
pub fn log_refusal(refusal: &Refusal) {
    let (platform, error, status) = (refusal.platform(), refusal.error(), refusal.status().as_u16());
    let (kind, advice) = (error.kind().as_str(), error.advice());
    if let ErrorKind::Misconfigured(mistake) = error.kind() {
        tracing::error!(target: "referral_webhooks", platform, kind, status, %advice, "{platform}: {mistake}");
    } else {
        tracing::warn!(target: "referral_webhooks", platform, kind, status, %advice, "refused: {error}");
    }
}

/// Logs why a genuine delivery is passed on as the event `Other`, if it is.
pub fn log_other<P: Platform>(delivery: &Delivery<P>) {
    if let Some(why) = delivery.event().why_other() {
        let id = delivery.id();
        tracing::warn!(target: "referral_webhooks", platform = P::NAME, %id, "genuine, and passed on as `Other`: {why}");
    }
}
