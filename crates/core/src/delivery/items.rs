//! The items of a body that holds several events.

use super::delivery::Delivery;
use crate::Strength;
use crate::platform::{Item, Platform, Signed};

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
        self.read_items().into_iter().map(|item| self.with_item(item)).collect()
    }

    /// Returns the items, as [`items`](Self::items) does, if they are at most so many. Fails with their number otherwise.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert_eq!(delivery.items_up_to(100).map(|items| items.len()), Ok(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the body holds more items.
    pub fn items_up_to(&self, most: usize) -> Result<Vec<Self>, usize> {
        let items = self.read_items();
        if items.len() > most {
            return Err(items.len());
        }
        Ok(items.into_iter().map(|item| self.with_item(item)).collect())
    }

    /// Returns the item at a position, from 0.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now))?;
    /// let delivery = endpoint.receive(&request, now)?;
    /// assert!(delivery.item(0).is_none()); // Redpin sends one event in a body
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn item(&self, position: usize) -> Option<Self> {
        self.read_items().into_iter().nth(position).map(|item| self.with_item(item))
    }

    fn read_items(&self) -> Vec<Item<P::Event>> {
        let message_id = (self.id().strength() == Strength::MessageId).then(|| self.id().as_str());
        self.platform().items(self.event(), Signed { message_id, payload: self.payload() })
    }
}
