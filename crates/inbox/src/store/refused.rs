//! Refused requests that a store keeps.
//!
//! - Guarantees: an endpoint has a bounded number of slots, and a new request overwrites one in place. A flood of one kind
//!   of refusal does not overwrite the only request of another kind.
//! - Assumes: the kinds of refusals are few, because they come from the proof and not from the sender.
//! - Without it: forged requests fill the disk, or push out the one request that an operator needs.

use std::collections::HashMap;
use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use referral_webhooks::{Refused, http_message};
use time::OffsetDateTime;

use crate::reason::truncated;

/// A refused request that a store keeps.
///
/// URL tokens and credentials are masked. The body and the other headers are as they came, and may hold personal data, so
/// `Debug` omits them.
///
/// ```
/// use referral_webhooks_inbox::store::RefusedRequest;
///
/// fn line(refused: &RefusedRequest) -> String {
///     format!("{}: {} {} ({})", refused.at, refused.method, refused.path, refused.reason)
/// }
/// # let _ = line;
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedRequest {
    /// The endpoint's name.
    pub endpoint: String,
    /// The platform's name.
    pub platform: String,
    /// The kind of the error, `missing-header` for example. An endpoint keeps requests of every kind.
    pub kind: String,
    /// The reason, for people.
    pub reason: String,
    /// The status of the answer.
    pub status: u16,
    /// The time of the refusal, in whole microseconds of the receiver's clock.
    pub at: OffsetDateTime,
    /// The method.
    pub method: String,
    /// The masked path and query.
    pub path: String,
    /// The headers, with masked credentials.
    pub headers: HeaderMap,
    /// The first bytes of the body.
    pub body: Bytes,
    /// The length of the whole body in bytes, if it is known.
    pub body_length: Option<u64>,
    /// Whether headers and body are encrypted. A [`Sealed`](crate::Sealed) store decrypts them.
    pub is_sealed: bool,
}

impl RefusedRequest {
    /// Copies a refused request, with at most this many bytes of its body.
    ///
    /// ```
    /// use referral_webhooks::Refused;
    /// use referral_webhooks_inbox::store::RefusedRequest;
    ///
    /// fn copy(refused: &Refused<'_>) -> RefusedRequest {
    ///     RefusedRequest::of("redpin-main", refused, 64 * 1024)
    /// }
    /// # let _ = copy;
    /// ```
    #[must_use]
    pub fn of(endpoint: &str, refused: &Refused<'_>, body_bytes: usize) -> Self {
        let microsecond = refused.at.microsecond();
        Self {
            endpoint: endpoint.to_owned(),
            platform: refused.platform.to_owned(),
            kind: refused.error.kind().as_str().to_owned(),
            reason: refused.error.to_string(),
            status: refused.status.as_u16(),
            at: refused.at.replace_microsecond(microsecond).unwrap_or(refused.at),
            method: truncated(refused.method.as_str(), 100),
            path: truncated(&refused.path, 8_000),
            headers: refused.headers.clone().into_owned(),
            // A copy, because a slice would keep the buffer of the connection.
            body: Bytes::copy_from_slice(&refused.body[..refused.body.len().min(body_bytes)]),
            body_length: refused.body_length,
            is_sealed: false,
        }
    }

    /// Makes a refused request of a store's columns, without headers, body and length.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::RefusedRequest;
    ///
    /// let mut row = RefusedRequest::new("redpin-main", "redpin", "too-old", time::OffsetDateTime::UNIX_EPOCH);
    /// row.status = 401;
    /// assert!(!row.is_whole());
    /// ```
    #[must_use]
    pub fn new(endpoint: &str, platform: &str, kind: &str, at: OffsetDateTime) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            platform: platform.to_owned(),
            kind: kind.to_owned(),
            reason: String::new(),
            status: 0,
            at,
            method: String::new(),
            path: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            body_length: None,
            is_sealed: false,
        }
    }

    /// Returns whether [`body`](Self::body) is the whole body.
    ///
    /// ```
    /// # use referral_webhooks_inbox::store::RefusedRequest;
    /// # let mut row = RefusedRequest::new("redpin-main", "redpin", "too-old", time::OffsetDateTime::UNIX_EPOCH);
    /// (row.body, row.body_length) = ("{}".into(), Some(2));
    /// assert!(row.is_whole());
    /// ```
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.body_length == Some(self.body.len() as u64)
    }

    /// Returns the request as a `.http` file, which `refhook doctor` and `refhook verify` read. Pass the time of the
    /// refusal as their `--now`.
    ///
    /// ```
    /// # use referral_webhooks_inbox::store::RefusedRequest;
    /// # let mut row = RefusedRequest::new("redpin-main", "redpin", "too-old", time::OffsetDateTime::UNIX_EPOCH);
    /// (row.method, row.path) = ("POST".to_owned(), "/hooks/redpin".to_owned());
    /// (row.body, row.body_length) = ("{}".into(), Some(2));
    /// let file = String::from_utf8(row.to_http())?;
    /// assert_eq!(file, "POST /hooks/redpin HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}");
    /// # Ok::<(), std::string::FromUtf8Error>(())
    /// ```
    #[must_use]
    pub fn to_http(&self) -> Vec<u8> {
        http_message(&self.method, &self.path, &self.headers, &self.body, self.body_length)
    }
}

impl fmt::Debug for RefusedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusedRequest")
            .field("endpoint", &self.endpoint)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("at", &self.at)
            .field("body", &self.body.len())
            .field("body_length", &self.body_length)
            .finish_non_exhaustive()
    }
}

/// An occupied slot of an endpoint: its number, the kind of its request, and the order of its writing.
///
/// ```
/// use referral_webhooks_inbox::store::Slot;
///
/// let slot = Slot { number: 0, kind: "missing-header".to_owned(), written: 1 };
/// assert_eq!(Slot::for_new(&[slot], "too-old", 100), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The number of the slot, from 0.
    pub number: u32,
    /// The kind of the kept request.
    pub kind: String,
    /// A number that grows from write to write.
    pub written: i64,
}

impl Slot {
    /// Returns the slot for a new request: a free one, or else that of the oldest request of the kind with the most
    /// requests. A kind that has its share overwrites itself.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Slot;
    ///
    /// let kinds = ["too-old", "missing-header", "missing-header", "missing-header"];
    /// let slots = kinds.iter().enumerate();
    /// let slot = |(number, kind): (usize, &&str)| Slot { number: number as u32, kind: kind.to_string(), written: 0 };
    /// let slots: Vec<_> = slots.map(slot).collect();
    /// assert_eq!(Slot::for_new(&slots, "signature-mismatch", 4), 1); // a missing header is overwritten
    /// ```
    #[must_use]
    pub fn for_new(slots: &[Self], kind: &str, most: u32) -> u32 {
        let most = most.max(1);
        let within = |slot: &&Self| slot.number < most;
        let is_free = |number: &u32| !slots.iter().any(|slot| slot.number == *number);
        if let Some(free) = (0..most).find(is_free) {
            return free;
        }
        let mut numbers: HashMap<&str, usize> = HashMap::from([(kind, 0)]);
        for slot in slots.iter().filter(within) {
            *numbers.entry(&slot.kind).or_default() += 1;
        }
        // The new request counts, so that a kind cannot grow at the expense of one with as many requests.
        *numbers.entry(kind).or_default() += 1;
        let number_of = |slot: &&Self| numbers.get(slot.kind.as_str()).copied().unwrap_or_default();
        let largest = slots.iter().filter(within).map(|slot| number_of(&slot)).max().unwrap_or_default();
        let overwritten = slots.iter().filter(within).filter(|slot| number_of(slot) == largest);
        overwritten.min_by_key(|slot| (slot.written, slot.number)).map_or(0, |slot| slot.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_kind_leaves_the_others() {
        let mut slots: Vec<Slot> = Vec::new();
        let mut write = |kind: &str, written: i64| {
            let number = Slot::for_new(&slots, kind, 10);
            slots.retain(|slot| slot.number != number);
            slots.push(Slot { number, kind: kind.to_owned(), written });
            slots.clone()
        };
        for (written, kind) in ["missing-header", "too-old", "token-mismatch"].iter().enumerate() {
            write(kind, written as i64);
        }
        for written in 3..1_000 {
            write("signature-mismatch", written);
        }
        let slots = write("missing-header", 1_000);
        let count = |kind: &str| slots.iter().filter(|slot| slot.kind == kind).count();
        assert_eq!(slots.len(), 10);
        let counts = ["missing-header", "too-old", "token-mismatch", "signature-mismatch"].map(count);
        assert_eq!(counts, [2, 1, 1, 6]);
        let newest = slots.iter().filter(|slot| slot.kind == "signature-mismatch").map(|slot| slot.written).min();
        assert_eq!(newest, Some(994), "the oldest of the flood are overwritten");
    }
}
