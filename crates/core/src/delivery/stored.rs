//! The parts of a delivery that a store keeps.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use time::OffsetDateTime;

use crate::Delivery;
use crate::platform::{Facts, Platform};
use crate::proof::scheme::seal::seal;

/// The parts of a delivery that a store keeps, to [reopen](crate::Endpoint::reopen) it later.
///
/// [`Delivery::stored`] makes it, and [`new`](Self::new) puts it together again from a store's columns. Its fields
/// are public, because reopening verifies them. It holds no secret: the URL and a header with a token
/// are left out, and a token in the body is masked.
///
/// ```
/// use referral_webhooks::platform::refir::Refir;
/// use referral_webhooks::{Endpoint, Message, StoredDelivery};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let endpoint = Endpoint::<Refir>::new("rT7kQ2mX9vB4nL6pW3sY8zD5")?;
/// let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now))?, now)?;
///
/// let StoredDelivery { headers, body, received_at, seal, .. } = delivery.stored();
/// assert!(seal.is_some()); // Refir signs nothing
/// let reopened = endpoint.reopen(StoredDelivery::new(headers, body, received_at, seal))?;
/// assert_eq!(reopened.id(), delivery.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredDelivery {
    /// The headers that carry the proof or name the event, and `Content-Type`. Others are dropped, among them cookies and addresses.
    pub headers: HeaderMap,
    /// The body as it came. A token in it is masked.
    pub body: Bytes,
    /// The time of arrival, in whole microseconds. Only a seal protects it.
    pub received_at: OffsetDateTime,
    /// The HMAC-SHA256 of time and body under the token, if the platform does not sign. A reader of the store can
    /// neither seal other bytes nor find the token, provided that the token has 128 random bits.
    pub seal: Option<[u8; 32]>,
}

impl StoredDelivery {
    /// Makes a stored delivery from a store's columns.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, StoredDelivery, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let StoredDelivery { headers, body, received_at, seal, .. } = endpoint.receive(&request, now)?.stored();
    /// let row = StoredDelivery::new(headers, body, received_at, seal); // one column per argument
    /// assert_eq!(endpoint.reopen(row)?.id().as_str(), "msg_1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(headers: HeaderMap, body: Bytes, received_at: OffsetDateTime, seal: Option<[u8; 32]>) -> Self {
        Self { headers, body, received_at, seal }
    }
}

impl<P: Platform> Delivery<P> {
    /// Returns the parts to keep, to [reopen](crate::Endpoint::reopen) this delivery later.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let mut request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// request.headers_mut().insert("cookie", "session=1".parse()?);
    /// let stored = endpoint.receive(&request, now)?.stored();
    /// assert!(stored.headers.contains_key("svix-signature"));
    /// assert!(!stored.headers.contains_key("cookie"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stored(&self) -> StoredDelivery {
        let Facts { scheme, name_header, .. } = self.platform().facts();
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers() {
            let is_name = name_header.as_ref() == Some(name);
            if (scheme.reads(name) || is_name) && !scheme.hides(name) || name == CONTENT_TYPE {
                headers.append(name, value.clone());
            }
        }
        let received_at = in_microseconds(self.received_at());
        let seal = self.sealer().map(|key| *seal(key, received_at, self.body()).as_bytes());
        StoredDelivery { headers, body: self.body().clone(), received_at, seal }
    }
}

/// Truncates a time to the precision of the stores.
fn in_microseconds(time: OffsetDateTime) -> OffsetDateTime {
    let microsecond = time.microsecond();
    time.replace_microsecond(microsecond).expect("the microsecond is the time's own")
}

/// Prints sizes only, because headers and body hold signatures and personal data.
impl fmt::Debug for StoredDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredDelivery")
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .field("received_at", &self.received_at)
            .field("is_sealed", &self.seal.is_some())
            .finish()
    }
}
