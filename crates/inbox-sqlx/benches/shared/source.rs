//! Genuine deliveries with unique ids.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message};
use referral_webhooks_inbox::store::NewEntry;
use time::OffsetDateTime;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The path of deliveries, and the name of their endpoint.
pub(crate) const PATH: &str = "/hooks/redpin";
pub(crate) const NAME: &str = "shop";

/// The order of delivery ids.
#[derive(Clone, Copy)]
pub(crate) enum Ids {
    /// By the second, as Redpin's, and random within it.
    InTime,
    /// Random, as digests: the hard case for an index.
    Random,
}

/// Deliveries of Redpin with bodies of one length.
pub(crate) struct Source {
    pub(crate) endpoint: Endpoint<Redpin>,
    body: String,
    ids: Ids,
    next: AtomicU64,
}

impl Source {
    pub(crate) fn new(length: usize, ids: Ids) -> Result<Self, Failure> {
        // The filler is in a member that is not decoded. A decoded event would hold it a second time.
        let known = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED","partner_id":"4417123456789113","filler":""#;
        let body = format!("{known}{}\"}}", "x".repeat(length.saturating_sub(known.len() + 2)));
        let endpoint = Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
        Ok(Self { endpoint, body, ids, next: AtomicU64::new(0) })
    }

    pub(crate) fn request(&self) -> Result<Request<Bytes>, Failure> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (now, chance) = (OffsetDateTime::now_utc(), mixed(number));
        let id = match self.ids {
            Ids::InTime => format!("msg_{:09x}{chance:016x}{:02x}", now.unix_timestamp(), number & 0xff),
            Ids::Random => format!("msg_{chance:016x}{:011x}", mixed(!number) >> 20),
        };
        Ok(self.endpoint.sign(&Message::new(&self.body, now).id(id))?)
    }

    pub(crate) fn delivery(&self) -> Result<Delivery<Redpin>, Failure> {
        Ok(self.endpoint.receive_owned(self.request()?, OffsetDateTime::now_utc())?)
    }

    pub(crate) fn entry(&self) -> Result<NewEntry, Failure> {
        Ok(NewEntry::of(NAME, &self.delivery()?, 20))
    }
}

/// Maps each number to another one in random order (SplitMix64).
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Returns a time in the unit of the tables.
pub(crate) fn micros(time: OffsetDateTime) -> i64 {
    (time.unix_timestamp_nanos() / 1_000) as i64
}
