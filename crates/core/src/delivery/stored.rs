//! What has to be kept of a delivery, to open it again later.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use time::OffsetDateTime;

use crate::Delivery;
use crate::platform::Platform;
use crate::proof::scheme::url_token::seal;

/// What has to be kept of a delivery to [open it again](crate::Endpoint::reopen): made by [`Delivery::stored`], put
/// together again from a store's columns by [`new`](Self::new).
///
/// It proves nothing by itself, and so its parts may be anything: opening verifies them. It holds no secret. The URL
/// is not in it, for a token may stand there.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredDelivery {
    /// The headers that carry the proof, and `Content-Type`. No others are kept: no cookies, no addresses.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// The time at which it was received, in whole microseconds. Only a seal protects it.
    pub received_at: OffsetDateTime,
    /// Where the platform signs nothing: HMAC-SHA256 of time and body, made with the URL's token. Whoever reads it can
    /// neither seal other bytes nor find the token, if that has the 128 random bits that it should have.
    pub seal: Option<[u8; 32]>,
}

impl StoredDelivery {
    /// Puts the parts together again.
    #[must_use]
    pub const fn new(headers: HeaderMap, body: Bytes, received_at: OffsetDateTime, seal: Option<[u8; 32]>) -> Self {
        Self { headers, body, received_at, seal }
    }
}

impl<P: Platform> Delivery<P> {
    /// What has to be kept to [open this delivery again](crate::Endpoint::reopen).
    #[must_use]
    pub fn stored(&self) -> StoredDelivery {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers() {
            if P::SCHEME.reads(name) || name == CONTENT_TYPE {
                headers.append(name, value.clone());
            }
        }
        let received_at = in_microseconds(self.received_at());
        let seal = self.sealer().map(|key| *seal(key, received_at, self.body()).as_bytes());
        StoredDelivery { headers, body: self.body().clone(), received_at, seal }
    }
}

/// The time as stores keep it.
fn in_microseconds(time: OffsetDateTime) -> OffsetDateTime {
    let microsecond = time.microsecond();
    time.replace_microsecond(microsecond).expect("it is the time's own microsecond")
}

/// Sizes only: the headers hold signatures, the body people.
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
