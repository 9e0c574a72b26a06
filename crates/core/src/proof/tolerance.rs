//! The allowed difference between a signed time and the clock.

use std::time::Duration;

use time::OffsetDateTime;

use super::error::Hint;
use super::signed_time::{SignedTime, TimeUnit};
use crate::{Error, ErrorKind};

/// The greatest age, in seconds, of a time whose unit is guessed. No platform repeats a delivery for longer.
const PLAUSIBLE_AGE: u64 = 31 * 24 * 60 * 60;

/// The greatest Unix time, in seconds, of a clock that was never set. Such a clock blames no sender.
const UNSET_CLOCK: i64 = 1_000_000_000;

/// The allowed difference between a signed time and the receiver's clock, in whole seconds, for each direction.
///
/// A difference equal to the tolerance is accepted. One unit of the signed time more is refused: a second, or a
/// millisecond if the sender signs milliseconds.
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

    /// Compares a signed time with the clock, in the unit of the time. Extreme values saturate.
    pub(crate) fn check(&self, signed_at: SignedTime, now: OffsetDateTime) -> Result<(), Error> {
        match self.judge(signed_at.age(now), signed_at.unit) {
            Some(kind) => Err(blame_unit(Error::skewed(kind, signed_at.age_in_seconds(now)), signed_at, now)),
            None => Ok(()),
        }
    }

    /// Returns the fault of an age, if it is outside the tolerance.
    fn judge(&self, age: i64, unit: TimeUnit) -> Option<ErrorKind> {
        let units = |seconds: u64| i64::try_from(seconds).ok()?.checked_mul(unit.per_second());
        let too_old = age > units(self.past).unwrap_or(i64::MAX);
        let too_new = age < units(self.future).map_or(i64::MIN, |future| -future);
        if too_old { Some(ErrorKind::TooOld) } else { too_new.then_some(ErrorKind::TooNew) }
    }
}

/// Five minutes in both directions, like the Svix and Standard Webhooks libraries.
impl Default for Tolerance {
    fn default() -> Self {
        Self::minutes(5)
    }
}

/// Adds the unit that the signed time is probably in, if it is another than the scheme's.
fn blame_unit(error: Error, signed_at: SignedTime, now: OffsetDateTime) -> Error {
    let is_plausible = now.unix_timestamp() > UNSET_CLOCK
        && signed_at.in_other_unit().age_in_seconds(now).unsigned_abs() <= PLAUSIBLE_AGE;
    match (error.kind(), signed_at.unit) {
        (ErrorKind::TooNew, TimeUnit::Seconds) if is_plausible => error.with(Hint::Milliseconds),
        (ErrorKind::TooOld, TimeUnit::Milliseconds) if is_plausible => error.with(Hint::Seconds),
        _ => error,
    }
}
