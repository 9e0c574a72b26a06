//! Answers of handlers, translated into a platform's contract.

use std::time::{Duration, Instant};

use http::StatusCode;
use referral_webhooks::Reply;

use crate::delivered::Delivered;
use crate::quota::Quota;
use crate::terms::Terms;

/// The log events about answers to unproven requests, which strangers can cause.
static UNPROVEN: Quota = Quota::new();

/// The status that replaces the status of an answer, and the header `Retry-After` that goes with it.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_door::{Delivered, Terms, Translation};
///
/// let translation = Translation::of(&Terms::of(&Redpin), 500, &Delivered::default()).unwrap();
/// assert_eq!(translation.status, 503);
/// assert_eq!(translation.retry_after.unwrap().as_secs(), 60);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Translation {
    /// The status that the platform understands.
    pub status: StatusCode,
    /// The header `Retry-After`, if the platform reads it.
    pub retry_after: Option<Duration>,
}

impl Translation {
    /// Translates the status of an answer into a platform's contract. Returns `None` if the status stays.
    ///
    /// A translation is logged with the platform, the template of the path and both statuses: `info` if one success
    /// replaces another, `warn` otherwise. Answers to unproven requests are logged at a bounded rate.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::Prefinery;
    /// use referral_webhooks_door::{Delivered, Terms, Translation};
    ///
    /// let (terms, delivered) = (Terms::of(&Prefinery), Delivered::default());
    /// assert_eq!(Translation::of(&terms, 502, &delivered).unwrap().status, 429);
    /// assert!(Translation::of(&terms, 200, &delivered).is_none());
    /// ```
    #[must_use]
    pub fn of(terms: &Terms, answered: u16, delivered: &Delivered) -> Option<Self> {
        let contract = terms.contract();
        let status = match StatusCode::from_u16(answered) {
            Ok(status) if delivered.is_set() => contract.translate_as(delivered.acknowledges(), status),
            Ok(status) => contract.translate(status),
            Err(_) => contract.transient,
        };
        if status == answered {
            return None;
        }
        log_translation(terms, answered, status, delivered);
        Some(Self::to(terms, status))
    }

    /// Returns the answer "send it again later".
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::Prefinery;
    /// use referral_webhooks_door::{Terms, Translation};
    ///
    /// assert_eq!(Translation::transient(&Terms::of(&Prefinery)).status, 429);
    /// ```
    #[must_use]
    pub fn transient(terms: &Terms) -> Self {
        Self::to(terms, terms.contract().transient)
    }

    fn to(terms: &Terms, status: StatusCode) -> Self {
        let contract = terms.contract();
        Self { status, retry_after: contract.retry_after.filter(|_| status == contract.transient) }
    }
}

fn log_translation(terms: &Terms, from: u16, to: StatusCode, delivered: &Delivered) {
    let (platform, path, to) = (terms.platform(), terms.path(), to.as_u16());
    if delivered.is_set() {
        let (endpoint, tenant, delivery_id) = fields(delivered);
        if (200..300).contains(&from) {
            tracing::info!(
                target: "referral_webhooks", platform, endpoint, tenant, delivery_id, path, from, to, "answer translated"
            );
        } else {
            tracing::warn!(
                target: "referral_webhooks", platform, endpoint, tenant, delivery_id, path, from, to,
                "answer translated: the delivery is not stored, and the platform is asked to send it again"
            );
        }
    } else if let Some(omitted) = UNPROVEN.take(Instant::now()) {
        tracing::warn!(
            target: "referral_webhooks", platform, path, from, to, omitted,
            "answer translated: a layer answered before the endpoint had a delivery"
        );
    }
}

/// Returns endpoint, tenant and delivery id of an answered delivery.
fn fields(delivered: &Delivered) -> (Option<&str>, Option<&str>, Option<&str>) {
    let fields = delivered.fields();
    let endpoint = fields.map(|fields| fields.endpoint.as_str());
    (endpoint, fields.and_then(|fields| fields.tenant.as_deref()), fields.map(|fields| fields.delivery_id.as_str()))
}

/// Logs that a handler panicked, and returns the reply. The log omits the panic's message, which may quote personal data;
/// the panic hook prints it.
///
/// ```
/// use referral_webhooks::platform::prefinery::Prefinery;
/// use referral_webhooks_door::{Delivered, Terms, after_panic};
///
/// assert_eq!(after_panic(&Terms::of(&Prefinery), &Delivered::default()).status(), 429);
/// ```
#[must_use]
pub fn after_panic(terms: &Terms, delivered: &Delivered) -> Reply {
    let reply = Reply::retry_later_under(terms.contract());
    let (platform, path, status) = (terms.platform(), terms.path(), reply.status().as_u16());
    let (endpoint, tenant, delivery_id) = fields(delivered);
    tracing::error!(
        target: "referral_webhooks", platform, endpoint, tenant, delivery_id, path, status,
        "the handler panicked, and the platform was asked to send the event again"
    );
    reply
}

/// Logs that a layer failed without an answer, and returns the reply.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_door::{Terms, after_error};
///
/// assert_eq!(after_error(&Terms::of(&Redpin), "service overloaded").status(), 503);
/// ```
#[must_use]
pub fn after_error(terms: &Terms, error: &str) -> Reply {
    let reply = Reply::retry_later_under(terms.contract());
    if let Some(omitted) = UNPROVEN.take(Instant::now()) {
        let (platform, path, status) = (terms.platform(), terms.path(), reply.status().as_u16());
        tracing::warn!(
            target: "referral_webhooks", platform, path, status, cause = error, omitted,
            "a layer failed without an answer, and the platform was asked to send the event again"
        );
    }
    reply
}

/// Logs that a layer failed without an answer, on a path of no platform.
///
/// ```
/// referral_webhooks_door::log_layer_error("service overloaded");
/// ```
pub fn log_layer_error(error: &str) {
    if let Some(omitted) = UNPROVEN.take(Instant::now()) {
        tracing::warn!(target: "referral_webhooks", cause = error, omitted, "a layer failed without an answer");
    }
}
