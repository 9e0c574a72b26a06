//! The log events of a request.

use std::error::Error;
use std::fmt::Write as _;

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Rejection, Tenant};

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
    log_refused(rejection, None);
}

/// Logs the reason of a rejection, with the tenant that the request names.
pub(crate) fn log_refused(rejection: &Rejection, tenant: Option<&Tenant>) {
    let tenant = tenant.map(Tenant::as_str);
    let (platform, error, status) = (rejection.platform(), rejection.error(), rejection.status().as_u16());
    let (kind, advice) = (error.kind().as_str(), error.advice());
    if let ErrorKind::Misconfigured(mistake) = error.kind() {
        tracing::error!(target: "referral_webhooks", platform, tenant, kind, status, %advice, "{platform}: {mistake}");
    } else {
        tracing::warn!(target: "referral_webhooks", platform, tenant, kind, status, %advice, "refused: {error}");
    }
}

/// Logs the reason for which a genuine delivery has the event `Other`, if it has it.
pub(crate) fn log_other<P: Platform>(delivery: &Delivery<P>, tenant: Option<&Tenant>) {
    if let Some(why) = delivery.event().why_other() {
        let (id, tenant) = (delivery.id(), tenant.map(Tenant::as_str));
        tracing::warn!(target: "referral_webhooks", platform = P::NAME, tenant, %id, "genuine, and passed on as `Other`: {why}");
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

/// Logs that a secret of a tenant should be replaced, if this is the first endpoint of the tenant. Later endpoints of the
/// tenant have the same secrets.
pub(crate) fn log_weaknesses<P: Platform>(endpoint: &Endpoint<P>, tenant: &Tenant, is_first: bool) {
    for weakness in endpoint.unreported_weaknesses().iter().filter(|_| is_first) {
        let tenant = tenant.as_str();
        tracing::warn!(target: "referral_webhooks", platform = P::NAME, tenant, "weak secret: {weakness}");
    }
}

/// Logs that the endpoint of a tenant could not be looked up, with the sources of the error.
pub(crate) fn log_failed_lookup<P: Platform>(tenant: &Tenant, error: &(dyn Error + 'static)) {
    let (tenant, cause) = (tenant.as_str(), chain(error));
    tracing::error!(
        target: "referral_webhooks", platform = P::NAME, tenant, cause,
        "the endpoint of the tenant could not be looked up, and its platform is asked to send events again"
    );
}

/// Returns an error with its sources: at most 500 bytes.
fn chain(error: &(dyn Error + 'static)) -> String {
    const MOST: usize = 500;
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause.filter(|_| text.len() < MOST) {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    let end = (0..=MOST.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or_default());
    text
}
