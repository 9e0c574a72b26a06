//! Answers of handlers, translated into a platform's contract.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::StatusCode;
use referral_webhooks::Reply;
use referral_webhooks::platform::Platform;

/// A mark that the handler of a request had a delivery. The contract layer inserts it into the request's extensions,
/// [`verify`](crate::verify) sets it, and [`Translation::of`] reads it.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_door::{Delivered, Translation};
///
/// // A handler's 404 stays, unless the handler had a delivery.
/// assert!(Translation::of::<Redpin>(404, &Delivered::new(false)).is_none());
/// assert!(Translation::of::<Redpin>(404, &Delivered::new(true)).is_some());
/// ```
#[derive(Debug, Clone)]
pub struct Delivered(Arc<AtomicBool>);

impl Delivered {
    /// Returns a mark. It is set at once if an outer layer has verified the request already.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_door::{Delivered, Translation};
    ///
    /// // An outer layer has verified the request, so the inner service's 401 asks for another attempt.
    /// let delivered = Delivered::new(true);
    /// assert_eq!(Translation::of::<Redpin>(401, &delivered).unwrap().status, 503);
    /// ```
    #[must_use]
    pub fn new(already: bool) -> Self {
        Self(Arc::new(AtomicBool::new(already)))
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The status that replaces the status of an answer, and the header `Retry-After` that goes with it.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_door::{Delivered, Translation};
///
/// let translation = Translation::of::<Redpin>(500, &Delivered::new(true)).unwrap();
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
    /// Translates the status of an answer into the platform's contract, and logs it. Returns `None` if the status stays.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::Prefinery;
    /// use referral_webhooks_door::{Delivered, Translation};
    ///
    /// let delivered = Delivered::new(true);
    /// assert_eq!(Translation::of::<Prefinery>(502, &delivered).unwrap().status, 429);
    /// assert!(Translation::of::<Prefinery>(200, &delivered).is_none());
    /// ```
    #[must_use]
    pub fn of<P: Platform>(answered: u16, delivered: &Delivered) -> Option<Self> {
        let contract = P::CONTRACT;
        let status = match StatusCode::from_u16(answered) {
            Ok(status) if delivered.0.load(Ordering::Relaxed) => contract.translate_for_delivery(status),
            Ok(status) => contract.translate(status),
            Err(_) => contract.transient,
        };
        if status == answered {
            return None;
        }
        tracing::debug!(
            target: "referral_webhooks",
            platform = P::NAME,
            answered,
            status = status.as_u16(),
            "answer translated into the platform's contract"
        );
        Some(Self { status, retry_after: contract.retry_after.filter(|_| status == contract.transient) })
    }
}

/// Logs that a handler panicked, and returns the reply. The log omits the panic's message, which may quote personal data;
/// the panic hook prints it.
///
/// ```
/// use referral_webhooks::platform::prefinery::Prefinery;
///
/// assert_eq!(referral_webhooks_door::after_panic::<Prefinery>().status(), 429);
/// ```
#[must_use]
pub fn after_panic<P: Platform>() -> Reply {
    let reply = Reply::retry_later_under(P::CONTRACT);
    tracing::error!(
        target: "referral_webhooks",
        platform = P::NAME,
        status = reply.status().as_u16(),
        "the handler panicked, and the platform was asked to send the event again"
    );
    reply
}
