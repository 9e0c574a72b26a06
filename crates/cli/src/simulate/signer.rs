//! The signing of attempts, so that the endpoint's real clock sees the ages of the virtual one.
//!
//! - It guarantees that a signed time has the same age at the endpoint as at the platform: a fresh time is signed as the
//!   real present, and a kept one as the real present minus the virtual age.
//! - It assumes that the endpoint's clock agrees with this machine's.
//! - Without this, the endpoint would refuse a fresh retry, signed 20 virtual hours ahead, as one of the future.
//!
//! A time inside the body is a part of the body and often of the delivery id, so that all attempts have the same bytes
//! while the virtual age is within the platform's tolerance. Beyond it, the real age is written, because the endpoint
//! refuses such an attempt under every id.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use clap::ValueEnum;
use http::{Request, Uri};
use referral_webhooks::{Message, RetryTime, Scheme, SignError, Verifier};
use time::OffsetDateTime;

use super::made::Made;
use crate::failure::Failure;
use crate::sender::Sender;

/// The time for which Svix signs with the previous secret too.
const OVERLAP: Duration = Duration::from_secs(86_400);

/// The signed time of retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Timestamps {
    /// The time of the attempt.
    Fresh,
    /// The time of the first attempt.
    Kept,
}

impl Timestamps {
    /// Returns the times of a platform, and whether they are assumed.
    pub(super) const fn of(retry_time: RetryTime) -> (Self, bool) {
        match retry_time {
            RetryTime::Renewed => (Self::Fresh, false),
            RetryTime::Kept => (Self::Kept, false),
            _ => (Self::Fresh, true),
        }
    }
}

/// The keys of a platform.
pub(super) struct Keys {
    current: Verifier,
    rotation: Option<Rotation>,
}

/// A change of keys.
struct Rotation {
    at: Duration,
    previous: Verifier,
    both: Verifier,
}

impl Keys {
    /// Returns keys that do not change.
    pub(super) const fn constant(current: Verifier) -> Self {
        Self { current, rotation: None }
    }

    /// Returns the previous key until this time, and then the current one.
    pub(super) const fn rotated(at: Duration, previous: Verifier, both: Verifier, current: Verifier) -> Self {
        Self { current, rotation: Some(Rotation { at, previous, both }) }
    }

    /// Returns the keys at a virtual time. A header of Svix holds both signatures for a day.
    fn at(&self, now: Duration) -> &Verifier {
        match &self.rotation {
            Some(rotation) if now < rotation.at => &rotation.previous,
            Some(Rotation { at, both, .. }) if matches!(both.scheme(), Scheme::Svix(_)) && now < *at + OVERLAP => both,
            _ => &self.current,
        }
    }
}

/// The signing side of a platform.
pub(super) struct Signer<'s> {
    pub(super) sender: &'s Sender,
    pub(super) keys: Keys,
    pub(super) timestamps: Timestamps,
    pub(super) to: Uri,
}

/// The times of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// The virtual time.
    pub(super) now: Duration,
    /// The virtual time since the first attempt.
    pub(super) age: Duration,
    /// The real time of the first attempt.
    pub(super) first: OffsetDateTime,
    /// The real time.
    pub(super) real: OffsetDateTime,
}

impl Signer<'_> {
    /// Returns the request of an attempt.
    pub(super) fn request(&self, event: &Made<'_>, times: Times) -> Result<Request<Bytes>, Failure> {
        let tolerance = event.has_time.then(|| self.sender.tolerance.past());
        let at = signed_time(self.timestamps, tolerance, times);
        let body = self.sender.dated(&event.body, at);
        let message = Message::new(&body, at).id(&event.message_id).uri(self.to.clone());
        sign(self.keys.at(times.now), &message)
    }
}

/// Returns the time to sign. A body with a time is signed as one of this tolerance.
fn signed_time(timestamps: Timestamps, tolerance: Option<Duration>, times: Times) -> OffsetDateTime {
    let Times { age, first, real, .. } = times;
    let aged = || real - age;
    match (tolerance, timestamps) {
        (Some(tolerance), _) if age <= tolerance => first,
        (Some(_), _) | (None, Timestamps::Kept) => aged(),
        (None, Timestamps::Fresh) => real,
    }
}

/// Signs a message.
pub(super) fn sign(verifier: &Verifier, message: &Message) -> Result<Request<Bytes>, Failure> {
    verifier.sign(message).map_err(|error| match error {
        SignError::NoSigningKey => {
            Failure::new("the secret is a public key", "give the private key with `--secret-file`: only it can sign")
        }
        error => Failure::from(io::Error::other(error)),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::OffsetDateTime;

    use super::{Times, Timestamps, signed_time};

    #[test]
    fn the_signed_time_has_the_virtual_age() {
        let first = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_768_473_000);
        let second = |second: i64| first + time::Duration::seconds(second);
        let (day, hour) = (86_400, 3_600);
        for (timestamps, tolerance, age, real, want) in [
            // Fresh: the real time at every age.
            (Timestamps::Fresh, None, 0, 0, 0),
            (Timestamps::Fresh, None, 20 * hour, 3, 3),
            // Kept: 20 virtual hours after 3 real seconds, and a retry within the tolerance of most endpoints.
            (Timestamps::Kept, None, 0, 0, 0),
            (Timestamps::Kept, None, 20 * hour, 3, 3 - 20 * 3_600),
            (Timestamps::Kept, None, 113, 1, -112),
            // A time in the body is the same in every attempt, until it is too old.
            (Timestamps::Kept, Some(14 * day), 0, 0, 0),
            (Timestamps::Kept, Some(14 * day), 13 * day, 5, 0),
            (Timestamps::Kept, Some(14 * day), 14 * day, 5, 0),
            (Timestamps::Kept, Some(14 * day), 15 * day, 5, 5 - 15 * 86_400),
        ] {
            let times = Times { now: Duration::ZERO, age: Duration::from_secs(age), first, real: second(real) };
            let signed = signed_time(timestamps, tolerance.map(Duration::from_secs), times);
            assert_eq!(signed, second(want), "{timestamps:?} {tolerance:?} {age}");
        }
    }
}
