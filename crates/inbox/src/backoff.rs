//! The attempts of an entry, and the waits between them.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// The longest wait between two attempts, whether a handler or a back-off sets it.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The number of attempts of an entry, and the waits between them.
///
/// The wait doubles from the first to the longest, and jitter moves it by up to a quarter in both directions. Waits are
/// stored, so they survive restarts.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::{BackOff, Inbox, MemoryStore};
///
/// let back_off = BackOff::new(5, Duration::from_secs(10), Duration::from_secs(60 * 60));
/// assert_eq!(back_off.wait(3), Duration::from_secs(40));
/// let inbox = Inbox::new(MemoryStore::new()).back_off(back_off);
/// # let _ = inbox;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

/// 20 attempts over about 47 hours: 5 seconds, doubling to 6 hours.
impl Default for BackOff {
    fn default() -> Self {
        Self { attempts: 20, first: Duration::from_secs(5), longest: Duration::from_secs(6 * 60 * 60) }
    }
}

impl BackOff {
    /// Creates a schedule of at least one attempt, with waits of at most 30 days before jitter.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::BackOff;
    /// let back_off = BackOff::new(8, Duration::from_secs(30), Duration::from_secs(60 * 60));
    /// assert_eq!(back_off.attempts(), 8);
    /// ```
    #[must_use]
    pub fn new(attempts: u32, first: Duration, longest: Duration) -> Self {
        Self { attempts: attempts.max(1), first: first.min(LONGEST_WAIT), longest: longest.min(LONGEST_WAIT) }
    }

    /// Returns the number of attempts.
    ///
    /// ```
    /// assert_eq!(referral_webhooks_inbox::BackOff::default().attempts(), 20);
    /// ```
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the wait after the `failed`th failed attempt, counted from 1, without jitter.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::BackOff;
    /// assert_eq!(BackOff::default().wait(2), Duration::from_secs(10));
    /// ```
    #[must_use]
    pub fn wait(&self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    /// Returns the same wait with jitter, so that entries that failed together are not retried together.
    ///
    /// ```
    /// # use referral_webhooks_inbox::BackOff;
    /// assert!(BackOff::default().jittered(1).as_millis() <= 6_250);
    /// ```
    #[must_use]
    pub fn jittered(&self, failed: u32) -> Duration {
        // The keys of the standard library's hash maps suffice, because predicting a wait gains an attacker little.
        let random = RandomState::new().build_hasher().finish() % 1024;
        self.wait(failed).mul_f64(0.75 + random as f64 / 2048.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_attempts_take_about_47_hours() {
        let schedule = BackOff::default();
        let waits: Vec<Duration> = (1..schedule.attempts()).map(|failed| schedule.wait(failed)).collect();
        assert_eq!(waits[..3], [5, 10, 20].map(Duration::from_secs));
        assert_eq!(waits.last(), Some(&Duration::from_secs(6 * 60 * 60)));
        assert_eq!(waits.iter().sum::<Duration>().as_secs() / 3600, 47);
    }

    #[test]
    fn jitter_moves_a_wait_by_at_most_a_quarter() {
        let longest = BackOff::new(u32::MAX, Duration::MAX, Duration::MAX);
        for schedule in [BackOff::default(), longest, BackOff::new(0, Duration::ZERO, Duration::MAX)] {
            assert_jitter(schedule);
        }
    }

    fn assert_jitter(schedule: BackOff) {
        for failed in [1, 2, 13, 14, 19, 1000, u32::MAX] {
            let (wait, jittered) = (schedule.wait(failed), schedule.jittered(failed));
            assert!(jittered >= wait.mul_f64(0.75) && jittered <= wait.mul_f64(1.25), "{failed}: {jittered:?}");
        }
    }

    #[test]
    fn jitter_differs_between_calls() {
        let waits: Vec<Duration> = (0..8).map(|_| BackOff::default().jittered(10)).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
