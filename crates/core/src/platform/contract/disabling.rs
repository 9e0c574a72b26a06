//! The effect of failures on an endpoint.

use std::num::NonZeroU32;
use std::time::Duration;

/// The effect of failures on an endpoint.
///
/// ```
/// use referral_webhooks::Disabling;
/// use referral_webhooks::platform::{Platform, redpin::Redpin};
///
/// let Disabling::AfterFailingFor(time) = Redpin.facts().contract.disabling else { panic!("no limit") };
/// assert_eq!(time.as_secs(), 5 * 86_400);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disabling {
    /// No effect.
    Never,
    /// It is disabled after failing for this long.
    AfterFailingFor(Duration),
    /// It is disabled after this many failed attempts in a row, of any deliveries. One success begins a new count.
    AfterFailures(NonZeroU32),
    /// Not published, or disabled after an unpublished number of failures.
    Unknown,
}

impl Disabling {
    /// Returns [`AfterFailures`](Self::AfterFailures) with a literal number.
    ///
    /// # Panics
    ///
    /// If the number is zero. In a constant this is an error of the compiler.
    ///
    /// ```
    /// use referral_webhooks::Disabling;
    ///
    /// const DISABLING: Disabling = Disabling::after_failures(20);
    /// assert!(matches!(DISABLING, Disabling::AfterFailures(failures) if failures.get() == 20));
    /// ```
    #[must_use]
    pub const fn after_failures(failures: u32) -> Self {
        match NonZeroU32::new(failures) {
            Some(failures) => Self::AfterFailures(failures),
            None => panic!("`Disabling::after_failures`: an endpoint cannot be disabled after no failure"),
        }
    }

    /// Returns the share of the limit that an endpoint has used after a run of failures: from 0 to 1. The run has a
    /// duration and a number of failed attempts, and the limit is about one of them. `None` if the platform has or
    /// publishes no limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks::Disabling;
    /// use referral_webhooks::platform::{Platform, prefinery::Prefinery, redpin::Redpin};
    ///
    /// let day = Duration::from_secs(86_400);
    /// assert_eq!(Redpin.facts().contract.disabling.share(day, 7), Some(0.2)); // of five days
    /// assert_eq!(Redpin.facts().contract.disabling.share(30 * day, 7), Some(1.0));
    /// assert_eq!(Disabling::after_failures(20).share(day, 5), Some(0.25)); // of 20 failures
    /// assert_eq!(Prefinery.facts().contract.disabling.share(day, 7), None);
    /// ```
    #[must_use]
    pub fn share(&self, failing_for: Duration, failures: u32) -> Option<f64> {
        match self {
            // A limit of zero is used up by the first failure.
            Self::AfterFailingFor(limit) if limit.is_zero() => Some(f64::from(u8::from(!failing_for.is_zero()))),
            Self::AfterFailingFor(limit) => Some(failing_for.div_duration_f64(*limit).min(1.0)),
            Self::AfterFailures(limit) => Some((f64::from(failures) / f64::from(limit.get())).min(1.0)),
            Self::Never | Self::Unknown => None,
        }
    }
}
