//! The log events of a request.

use std::error::Error;

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Rejection, Tenant, chain};

use crate::label::label;
use crate::metrics;

/// Logs the reason of a rejection, with advice for the operator, and counts it: one event of `tracing`, target
/// `referral_webhooks`. It is an `error` if the application is misconfigured, and a `warn` otherwise. `path` is the
/// template of the route or a masked path. An endpoint without a name has its platform's.
///
/// ```
/// use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.named("redpin-main");
/// let rejection = endpoint.refuse(ErrorKind::SignatureMismatch.into());
/// referral_webhooks_door::log_rejection(&rejection, endpoint.name(), Some("/hooks/redpin"));
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub fn log_rejection(rejection: &Rejection, endpoint: Option<&str>, path: Option<&str>) {
    log_refused(rejection, endpoint, None, path);
}

/// Logs the reason of a rejection, with the tenant that the request names, and counts it. A tenant is no label.
pub(crate) fn log_refused(rejection: &Rejection, endpoint: Option<&str>, tenant: Option<&Tenant>, path: Option<&str>) {
    let (platform, error, status) = (rejection.platform(), rejection.error(), rejection.status().as_u16());
    let (kind, advice, endpoint) = (error.kind().as_str(), error.advice(), endpoint.unwrap_or(platform));
    let tenant = tenant.map(Tenant::as_str);
    metrics::refused(rejection, endpoint);
    if let ErrorKind::Misconfigured(_) = error.kind() {
        tracing::error!(
            target: "referral_webhooks", platform, endpoint, tenant, path, kind, status, reason = %error, %advice,
            "refused"
        );
    } else {
        tracing::warn!(
            target: "referral_webhooks", platform, endpoint, tenant, path, kind, status, reason = %error, %advice,
            "refused"
        );
    }
}

/// Logs the reason for which a genuine delivery has the event `Other`, if it has it.
pub(crate) fn log_other<P: Platform>(endpoint: &Endpoint<P>, delivery: &Delivery<P>, tenant: Option<&Tenant>) {
    if let Some(why) = delivery.event().why_other() {
        let tenant = tenant.map(Tenant::as_str);
        tracing::warn!(
            target: "referral_webhooks", platform = endpoint.facts().name, endpoint = label(endpoint), tenant,
            delivery_id = %delivery.id(), event = "Other", secret_index = delivery.secret_index(), reason = %why,
            "genuine, and passed on as `Other`"
        );
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
        let (platform, endpoint) = (endpoint.facts().name, label(endpoint));
        tracing::warn!(
            target: "referral_webhooks", platform, endpoint, reason = %weakness, "weak secret"
        );
    }
}

/// Logs that a secret of a tenant should be replaced, if this is the first endpoint of the tenant. Later endpoints of the
/// tenant have the same secrets.
pub(crate) fn log_weaknesses<P: Platform>(endpoint: &Endpoint<P>, tenant: &Tenant, is_first: bool) {
    for weakness in endpoint.unreported_weaknesses().iter().filter(|_| is_first) {
        let (platform, endpoint, tenant) = (endpoint.facts().name, label(endpoint), tenant.as_str());
        tracing::warn!(
            target: "referral_webhooks", platform, endpoint, tenant, reason = %weakness, "weak secret"
        );
    }
}

/// Logs that the endpoint of a tenant could not be looked up, with the sources of the error.
pub(crate) fn log_failed_lookup(platform: &impl Platform, tenant: &Tenant, error: &(dyn Error + 'static)) {
    let (platform, tenant, cause) = (platform.facts().name, tenant.as_str(), chain(error).to_string());
    tracing::error!(
        target: "referral_webhooks", platform, endpoint = platform, tenant, cause,
        "the endpoint of the tenant could not be looked up, and its platform is asked to send events again"
    );
}
