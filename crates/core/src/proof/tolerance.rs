//! The allowed difference between a signed time and the clock.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{Error, ErrorKind};

/// The allowed difference between a signed time and the receiver's clock, in whole seconds, for each direction.
///
/// A difference equal to the tolerance is accepted. One second more is refused.
///
/// ```
/// use std::time::Duration;
///
/// use referral_webhooks::Tolerance;
///
/// assert_eq!(Tolerance::default(), Tolerance::minutes(5));
/// let strict = Tolerance::past_and_future(Duration::from_secs(180), Duration::from_secs(10));
/// assert_eq!((strict.past().as_secs(), strict.future().as_secs()), (180, 10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    past: u64,
    future: u64,
}

impl Tolerance {
    /// The maximum of an application, unless the platform itself needs more: 24 hours. A wider tolerance would not
    /// limit the age.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, Svix, Tolerance, Verifier};
    /// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(verifier.with_tolerance(Tolerance::minutes(48 * 60)).tolerance(), Tolerance::MOST);
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    pub const MOST: Self = Self::minutes(24 * 60);

    /// Allows so many minutes in both directions.
    ///
    /// ```
    /// # use referral_webhooks::Tolerance;
    /// assert_eq!(Tolerance::minutes(3).past().as_secs(), 180);
    /// ```
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self::seconds(minutes as u64 * 60)
    }

    /// Allows so many seconds in both directions.
    ///
    /// ```
    /// # use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Tolerance, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let verifier = verifier.with_tolerance(Tolerance::seconds(90));
    /// assert!(verifier.verify(&request, now + time::Duration::seconds(90)).is_ok());
    /// let error = verifier.verify(&request, now + time::Duration::seconds(91)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TooOld);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self { past: seconds, future: seconds }
    }

    /// Allows an age of `past`, and `future` ahead of the clock. Fractions of a second are truncated.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks::Tolerance;
    /// let tolerance = Tolerance::past_and_future(Duration::from_secs(180), Duration::from_millis(1500));
    /// assert_eq!((tolerance.past().as_secs(), tolerance.future().as_secs()), (180, 1));
    /// ```
    #[must_use]
    pub const fn past_and_future(past: Duration, future: Duration) -> Self {
        Self { past: past.as_secs(), future: future.as_secs() }
    }

    /// Returns the greatest age that is accepted.
    ///
    /// ```
    /// # use referral_webhooks::Tolerance;
    /// assert_eq!(Tolerance::default().past().as_secs(), 300);
    /// ```
    #[must_use]
    pub const fn past(&self) -> Duration {
        Duration::from_secs(self.past)
    }

    /// Returns the greatest time ahead of the clock that is accepted.
    ///
    /// ```
    /// # use referral_webhooks::Tolerance;
    /// assert_eq!(Tolerance::MOST.future().as_secs(), 24 * 60 * 60);
    /// ```
    #[must_use]
    pub const fn future(&self) -> Duration {
        Duration::from_secs(self.future)
    }

    /// Returns the smaller of two tolerances in each direction.
    pub(crate) fn at_most(self, other: Self) -> Self {
        Self { past: self.past.min(other.past), future: self.future.min(other.future) }
    }

    /// Compares a signed Unix time with the clock. Extreme values saturate.
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

    /// Returns the fault of an age in seconds, if it is outside the tolerance.
    fn judge(&self, age: i64) -> Option<ErrorKind> {
        let too_old = age > i64::try_from(self.past).unwrap_or(i64::MAX);
        let too_new = age < i64::try_from(self.future).map_or(i64::MIN, |future| -future);
        if too_old { Some(ErrorKind::TooOld) } else { too_new.then_some(ErrorKind::TooNew) }
    }
}

/// Five minutes in both directions, like the Svix and Standard Webhooks libraries.
impl Default for Tolerance {
    fn default() -> Self {
        Self::minutes(5)
    }
}

/// Returns the seconds from a signed Unix time to the clock. They are negative if the signed time is ahead.
fn seconds_since(signed_at: i64, now: OffsetDateTime) -> i64 {
    now.unix_timestamp().saturating_sub(signed_at)
}

/// Returns a signed Unix time as a date, or `None` outside the calendar.
pub(crate) fn date(unix_seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(unix_seconds).ok()
}
