//! The items of a body that holds several events.

use super::delivery::Delivery;
use crate::Strength;
use crate::platform::{Platform, Signed};

impl<P: Platform> Delivery<P> {
    /// Returns the items of a body that holds several events, each as a delivery with its own id and event, in the order
    /// of the body. Empty if the body is one event.
    ///
    /// The items share the headers, the body and the findings of the whole delivery.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new(r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#, now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert!(delivery.items().is_empty()); // Redpin sends one event in a body
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn items(&self) -> Vec<Self> {
        let message_id = (self.id().strength() == Strength::MessageId).then(|| self.id().as_str());
        let items = self.platform().items(self.event(), Signed { message_id, payload: self.payload() });
        items.into_iter().map(|item| self.with_item(item)).collect()
    }
}
