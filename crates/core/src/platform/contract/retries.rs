//! The retries of a platform.

use std::time::Duration;

/// The retries of a platform: a list of offsets, perhaps a constant step after them, and an end.
///
/// | The platform | The constructor |
/// |---|---|
/// | publishes its offsets | `Retries::at(&[...])` |
/// | gives up later than the last published offset | `Retries::at(&[...]).until(end)` |
/// | tries every 15 minutes for 24 hours | `Retries::every(step).until(end)` |
/// | tries every hour, 72 times | `Retries::every(step).times(72)` |
/// | waits the number of the attempt × 20 minutes | `Retries::at(&Retries::growing::<3>(step))` |
/// | goes on every 24 hours after its offsets, without an end | `Retries::at(&[...]).then_every(step)` |
/// | publishes its first offsets, and no end | `Retries::at(&[...]).without_end()` |
/// | publishes its end alone | `Retries::UNKNOWN.until(end)` |
/// | sends each delivery once | `Retries::NONE` |
/// | publishes nothing about retries | `Retries::UNKNOWN` |
///
/// The builder of the contract refuses contradictions, such as offsets that decrease.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks::platform::{Platform, redpin::Redpin};
///
/// let retries = Redpin.facts().contract.retries;
/// assert_eq!(retries.offsets.len(), 5);
/// assert_eq!(retries.offsets[0], Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retries {
    /// Offsets from the first attempt, without the time that attempts take. Empty if the platform publishes none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// const RETRIES: Retries = Retries::at(&[Duration::from_secs(5), Duration::from_secs(305)]);
    /// assert_eq!(RETRIES.offsets[1].as_secs(), 305);
    /// ```
    pub offsets: &'static [Duration],
    /// The step between further attempts, after the last offset or the first attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// let hour = Duration::from_secs(3_600);
    /// assert_eq!(Retries::every(hour).times(72).then_every, Some(hour));
    /// assert_eq!(Retries::UNKNOWN.then_every, None);
    /// ```
    pub then_every: Option<Duration>,
    /// The end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::{Retries, RetryEnd};
    ///
    /// let three_days = Duration::from_secs(3 * 86_400);
    /// assert_eq!(Retries::UNKNOWN.until(three_days).end, RetryEnd::After(three_days));
    /// ```
    pub end: RetryEnd,
}

/// The end of a platform's retries.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks::{Retries, RetryEnd};
///
/// const OFFSETS: Retries = Retries::at(&[Duration::from_secs(12), Duration::from_secs(160)]);
/// assert_eq!(OFFSETS.end, RetryEnd::LastOffset);
/// assert_eq!(OFFSETS.then_every(Duration::from_secs(86_400)).end, RetryEnd::Unpublished);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryEnd {
    /// The last offset is the last attempt. Without offsets, each delivery is sent once.
    LastOffset,
    /// The platform gives up after this time, counted from the first attempt.
    After(Duration),
    /// The platform has or publishes no end, so a repeat can come at any time.
    Unpublished,
}

impl Retries {
    /// Unpublished retries: a repeat can come at any time.
    ///
    /// ```
    /// use referral_webhooks::Retries;
    /// use referral_webhooks::platform::{Platform, refir::Refir};
    ///
    /// assert_eq!(Refir.facts().contract.retries, Retries::UNKNOWN);
    /// assert_eq!(Retries::UNKNOWN.horizon(), None);
    /// ```
    pub const UNKNOWN: Self = Self { offsets: &[], then_every: None, end: RetryEnd::Unpublished };

    /// No retries: each delivery is sent once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// assert_eq!(Retries::NONE.horizon(), Some(Duration::ZERO));
    /// ```
    pub const NONE: Self = Self { offsets: &[], then_every: None, end: RetryEnd::LastOffset };

    /// Makes retries at offsets from the first attempt. The last offset is the end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// const RETRIES: Retries = Retries::at(&[Duration::from_secs(5), Duration::from_secs(305)]);
    /// assert_eq!(RETRIES.horizon(), Some(Duration::from_secs(305)));
    /// ```
    #[must_use]
    pub const fn at(offsets: &'static [Duration]) -> Self {
        Self { offsets, then_every: None, end: RetryEnd::LastOffset }
    }

    /// Makes retries at a constant step, without an end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// const MINUTE: Duration = Duration::from_secs(60);
    /// const DAY: Duration = Duration::from_secs(86_400);
    /// const RETRIES: Retries = Retries::every(Duration::from_secs(15 * 60)).until(DAY);
    /// assert_eq!((RETRIES.schedule().count(), RETRIES.schedule().next()), (96, Some(15 * MINUTE)));
    /// ```
    #[must_use]
    pub const fn every(step: Duration) -> Self {
        Self::NONE.then_every(step)
    }

    /// Adds attempts at a constant step after the last offset, without an end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// const DAY: Duration = Duration::from_secs(86_400);
    /// const RETRIES: Retries = Retries::at(&[Duration::from_secs(12), Duration::from_secs(160)]).then_every(DAY);
    /// assert_eq!(RETRIES.schedule().nth(2), Some(Duration::from_secs(86_560)));
    /// assert_eq!(RETRIES.horizon(), None); // a repeat can come at any time
    /// ```
    #[must_use]
    pub const fn then_every(self, step: Duration) -> Self {
        Self { then_every: Some(step), end: RetryEnd::Unpublished, ..self }
    }

    /// Sets the time after which the platform gives up, counted from the first attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// let two_weeks = Duration::from_secs(14 * 86_400);
    /// assert_eq!(Retries::UNKNOWN.until(two_weeks).horizon(), Some(two_weeks));
    /// ```
    #[must_use]
    pub const fn until(self, end: Duration) -> Self {
        Self { end: RetryEnd::After(end), ..self }
    }

    /// Ends after this number of steps. Without a [step](Self::then_every) the end is the last offset.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// const HOUR: Duration = Duration::from_secs(3_600);
    /// const RETRIES: Retries = Retries::every(HOUR).times(72);
    /// assert_eq!((RETRIES.horizon(), RETRIES.schedule().count()), (Some(72 * HOUR), 72));
    /// ```
    #[must_use]
    pub const fn times(self, steps: u32) -> Self {
        match self.then_every {
            Some(step) => self.until(self.last_offset().saturating_add(step.saturating_mul(steps))),
            None => Self { end: RetryEnd::LastOffset, ..self },
        }
    }

    /// Declares that the platform has or publishes no end. Delivery ids are then kept without a limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// const FIRST: &[Duration] = &[Duration::from_secs(60), Duration::from_secs(600)];
    /// assert_eq!(Retries::at(FIRST).without_end().horizon(), None);
    /// ```
    #[must_use]
    pub const fn without_end(self) -> Self {
        Self { end: RetryEnd::Unpublished, ..self }
    }

    /// Returns the offsets of waits that grow by a step: one step before the first retry, two before the second.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// const MINUTE: Duration = Duration::from_secs(60);
    /// const RETRIES: Retries = Retries::at(&Retries::growing::<3>(Duration::from_secs(20 * 60)));
    /// assert_eq!(RETRIES.offsets, [20 * MINUTE, 60 * MINUTE, 120 * MINUTE]);
    /// ```
    #[must_use]
    pub const fn growing<const N: usize>(step: Duration) -> [Duration; N] {
        let mut offsets = [Duration::ZERO; N];
        let (mut wait, mut offset, mut attempt) = (step, step, 0);
        while attempt < N {
            offsets[attempt] = offset;
            wait = wait.saturating_add(step);
            offset = offset.saturating_add(wait);
            attempt += 1;
        }
        offsets
    }

    /// Returns the offsets of all retries, in order. The schedule of retries without an end has no end either.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Retries;
    ///
    /// let retries = Retries::every(Duration::from_secs(60)).times(3);
    /// let seconds: Vec<u64> = retries.schedule().map(|offset| offset.as_secs()).collect();
    /// assert_eq!(seconds, [60, 120, 180]);
    /// ```
    pub fn schedule(self) -> impl Iterator<Item = Duration> {
        let last = match self.end {
            RetryEnd::LastOffset => self.last_offset(),
            RetryEnd::After(end) => end,
            RetryEnd::Unpublished => Duration::MAX,
        };
        let step = self.then_every.filter(|step| !step.is_zero());
        let after = move |offset: Duration| offset.checked_add(step?);
        let further = std::iter::successors(after(self.last_offset()), move |offset| after(*offset));
        self.offsets.iter().copied().chain(further).take_while(move |offset| *offset <= last)
    }

    /// Returns the time from the first attempt to the last. `None` if the platform has or publishes no end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
    ///
    /// assert_eq!(Redpin.facts().contract.retries.horizon(), Some(Duration::from_secs(7 * 86_400)));
    /// assert_eq!(Prefinery.facts().contract.retries.horizon(), Some(Duration::from_secs(178_387)));
    /// ```
    #[must_use]
    pub const fn horizon(&self) -> Option<Duration> {
        match self.end {
            RetryEnd::LastOffset => Some(self.last_offset()),
            // An end before the last offset is a contradiction, and the later of both is safe.
            RetryEnd::After(end) if end.as_nanos() < self.last_offset().as_nanos() => Some(self.last_offset()),
            RetryEnd::After(end) => Some(end),
            RetryEnd::Unpublished => None,
        }
    }

    pub(super) const fn last_offset(&self) -> Duration {
        match self.offsets.last() {
            Some(last) => *last,
            None => Duration::ZERO,
        }
    }
}
