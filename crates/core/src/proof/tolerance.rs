//! How far a signed time may be from now.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{Error, ErrorKind};

/// The allowed difference between a signed time and the receiver's clock, in whole seconds, for each direction.
///
/// Exactly the tolerance is accepted, one second more is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    past: u64,
    future: u64,
}

impl Tolerance {
    /// The most that an application can allow, unless the platform itself needs more: 24 hours. A wider tolerance
    /// would not check the age.
    pub const MOST: Self = Self::minutes(24 * 60);

    /// The same allowance for both directions.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self::seconds(minutes as u64 * 60)
    }

    /// The same allowance for both directions.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self { past: seconds, future: seconds }
    }

    /// At most `past` old and at most `future` ahead; fractions of a second are cut off.
    #[must_use]
    pub const fn past_and_future(past: Duration, future: Duration) -> Self {
        Self { past: past.as_secs(), future: future.as_secs() }
    }

    /// How old a delivery may be.
    #[must_use]
    pub const fn past(&self) -> Duration {
        Duration::from_secs(self.past)
    }

    /// How far ahead of our clock a delivery may be.
    #[must_use]
    pub const fn future(&self) -> Duration {
        Duration::from_secs(self.future)
    }

    /// The smaller allowance of the two, in each direction.
    pub(crate) fn at_most(self, other: Self) -> Self {
        Self { past: self.past.min(other.past), future: self.future.min(other.future) }
    }

    /// Compares a signed Unix time with the clock; any two numbers are comparable.
    pub(crate) fn check(&self, signed_at: i64, now: OffsetDateTime) -> Result<(), Error> {
        let age = seconds_since(signed_at, now);
        match self.judge(age) {
            Some(ErrorKind::TooNew) if self.judge(seconds_since(signed_at / 1000, now)).is_none() => {
                Err(Error::skewed(ErrorKind::TooNew, age).in_milliseconds())
            }
            Some(kind) => Err(Error::skewed(kind, age)),
            None => Ok(()),
        }
    }

    /// What is wrong with an age in seconds, if anything is.
    fn judge(&self, age: i64) -> Option<ErrorKind> {
        let too_old = age > i64::try_from(self.past).unwrap_or(i64::MAX);
        let too_new = age < i64::try_from(self.future).map_or(i64::MIN, |future| -future);
        if too_old { Some(ErrorKind::TooOld) } else { too_new.then_some(ErrorKind::TooNew) }
    }
}

/// Five minutes both ways, as the Svix and Standard Webhooks libraries have it.
impl Default for Tolerance {
    fn default() -> Self {
        Self::minutes(5)
    }
}

/// The seconds from a signed Unix time to the clock, negative where it is ahead.
fn seconds_since(signed_at: i64, now: OffsetDateTime) -> i64 {
    now.unix_timestamp().saturating_sub(signed_at)
}

/// A signed Unix time as a date, or nothing where the calendar ends.
pub(crate) fn date(unix_seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(unix_seconds).ok()
}
