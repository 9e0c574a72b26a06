//! The mark that a layer puts on a request, and that the receiving step sets.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Acknowledges, Delivery, Endpoint, Tenant};

use crate::label::label;
use crate::terms::Terms;

/// A mark that the handler of a request had a delivery. The contract layers insert it into the request's extensions, and
/// [`verify`](crate::verify) sets it. Layers inside share the mark of the outermost one.
///
/// ```
/// # use referral_webhooks::{Endpoint, Message};
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_door::{Delivered, Terms, Translation};
///
/// # let now = time::OffsetDateTime::UNIX_EPOCH;
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// # let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now))?, now)?;
/// // A handler's 404 stays, unless the handler had a delivery.
/// let delivered = Delivered::default();
/// assert!(Translation::of(&Terms::of(&Redpin), 404, &delivered).is_none());
/// delivered.set(&delivery);
/// assert!(Translation::of(&Terms::of(&Redpin), 404, &delivered).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Delivered(Arc<Mark>);

#[derive(Debug, Default)]
struct Mark {
    is_delivered: AtomicBool,
    is_counted: AtomicBool,
    terms: OnceLock<Terms>,
    acknowledges: OnceLock<Acknowledges>,
    fields: OnceLock<Fields>,
}

/// The fields of log lines about an answered delivery.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) endpoint: String,
    pub(crate) tenant: Option<String>,
    pub(crate) delivery_id: String,
}

impl Delivered {
    /// Marks the request as this delivery.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message};
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_door::Delivered;
    ///
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now))?, now)?;
    /// let delivered = Delivered::default();
    /// delivered.set(&delivery);
    /// assert!(delivered.is_set());
    /// assert_eq!(delivered.terms().unwrap().platform(), "redpin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set<P: Platform>(&self, delivery: &Delivery<P>) {
        let platform = delivery.platform();
        self.claim(|| Terms::of(platform));
        self.0.acknowledges.get_or_init(|| platform.facts().contract.acknowledges(delivery.event().name()));
        self.0.is_delivered.store(true, Ordering::Relaxed);
    }

    /// Names the delivery for the log lines about its answer.
    pub(crate) fn name<P: Platform>(&self, endpoint: &Endpoint<P>, tenant: Option<&Tenant>, delivery: &Delivery<P>) {
        self.0.fields.get_or_init(|| Fields {
            endpoint: label(endpoint).to_owned(),
            tenant: tenant.map(ToString::to_string),
            delivery_id: delivery.id().to_string(),
        });
    }

    /// Returns what a success means to the platform after this delivery.
    pub(crate) fn acknowledges(&self) -> Acknowledges {
        self.0.acknowledges.get().copied().unwrap_or(Acknowledges::Receipt)
    }

    pub(crate) fn fields(&self) -> Option<&Fields> {
        self.0.fields.get()
    }

    /// Returns whether the handler had a delivery.
    ///
    /// ```
    /// assert!(!referral_webhooks_door::Delivered::default().is_set());
    /// ```
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.is_delivered.load(Ordering::Relaxed)
    }

    /// Names the platform whose route the request has reached. The first claim counts.
    ///
    /// ```
    /// use referral_webhooks::platform::refir::Refir;
    /// use referral_webhooks_door::{Delivered, Terms};
    ///
    /// let delivered = Delivered::default();
    /// delivered.claim(|| Terms::of(&Refir));
    /// assert_eq!(delivered.terms().unwrap().platform(), "refir");
    /// ```
    pub fn claim(&self, terms: impl FnOnce() -> Terms) {
        self.0.terms.get_or_init(terms);
    }

    /// Returns the terms of the claimed platform.
    ///
    /// ```
    /// assert!(referral_webhooks_door::Delivered::default().terms().is_none());
    /// ```
    #[must_use]
    pub fn terms(&self) -> Option<&Terms> {
        self.0.terms.get()
    }

    /// Returns true once, so that nested layers count one handler.
    pub(crate) fn count(&self) -> bool {
        !self.0.is_counted.swap(true, Ordering::Relaxed)
    }
}
