//! The log events of a request.

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Rejection};

/// Logs the reason of a rejection, with advice for the operator: one event of `tracing`, target `referral_webhooks`. It
/// is an `error` if the application is misconfigured, and a `warn` otherwise.
///
/// ```
/// use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let rejection = endpoint.refuse(ErrorKind::SignatureMismatch.into());
/// referral_webhooks_door::log_rejection(&rejection);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub fn log_rejection(rejection: &Rejection) {
    let (platform, error, status) = (rejection.platform(), rejection.error(), rejection.status().as_u16());
    let (kind, advice) = (error.kind().as_str(), error.advice());
    if let ErrorKind::Misconfigured(mistake) = error.kind() {
        tracing::error!(target: "referral_webhooks", platform, kind, status, %advice, "{platform}: {mistake}");
    } else {
        tracing::warn!(target: "referral_webhooks", platform, kind, status, %advice, "refused: {error}");
    }
}

/// Logs the reason for which a genuine delivery has the event `Other`, if it has it.
pub(crate) fn log_other<P: Platform>(delivery: &Delivery<P>) {
    if let Some(why) = delivery.event().why_other() {
        let id = delivery.id();
        tracing::warn!(target: "referral_webhooks", platform = P::NAME, %id, "genuine, and passed on as `Other`: {why}");
    }
}

/// Logs once an endpoint that a secret should be replaced. The web crates call it when they mount the endpoint and at
/// each request; the first call logs.
///
/// ```
/// use referral_webhooks::{Endpoint, platform::prefinery::Prefinery};
///
/// let endpoint = Endpoint::<Prefinery>::new("k3v9x2m7q1")?;
/// assert!(!endpoint.weaknesses().is_empty());
/// referral_webhooks_door::warn_of_weak_secrets(&endpoint);
/// assert!(endpoint.unreported_weaknesses().is_empty());
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub fn warn_of_weak_secrets<P: Platform>(endpoint: &Endpoint<P>) {
    for weakness in endpoint.unreported_weaknesses() {
        tracing::warn!(target: "referral_webhooks", platform = P::NAME, "weak secret: {weakness}");
    }
}
