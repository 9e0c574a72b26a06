//! How long to wait before the next attempt.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use crate::outcome::LONGEST_WAIT;

/// How many attempts an entry gets, and how long it waits between them.
///
/// The wait doubles from the first to the longest, and half of its width is left to chance: between three and five
/// quarters of it. Waits are stored, so they last through restarts.
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
    /// A schedule of its own. At least one attempt is made, and no wait is longer than 30 days before chance moves it.
    #[must_use]
    pub fn new(attempts: u32, first: Duration, longest: Duration) -> Self {
        Self { attempts: attempts.max(1), first: first.min(LONGEST_WAIT), longest: longest.min(LONGEST_WAIT) }
    }

    /// How many attempts an entry gets.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The wait after the `failed`th failed attempt, from 1, without chance.
    #[must_use]
    pub fn wait(&self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    /// The same with chance, so that what failed together does not come back together.
    #[must_use]
    pub fn jittered(&self, failed: u32) -> Duration {
        // Nobody gains from guessing it: the keys of the standard library's hash maps are random enough.
        let chance = RandomState::new().build_hasher().finish() % 1024;
        self.wait(failed).mul_f64(0.75 + chance as f64 / 2048.0)
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
    fn chance_moves_a_wait_by_at_most_a_quarter() {
        let longest = BackOff::new(u32::MAX, Duration::MAX, Duration::MAX);
        for schedule in [BackOff::default(), longest, BackOff::new(0, Duration::ZERO, Duration::MAX)] {
            chance_moves(schedule);
        }
    }

    fn chance_moves(schedule: BackOff) {
        for failed in [1, 2, 13, 14, 19, 1000, u32::MAX] {
            let (wait, jittered) = (schedule.wait(failed), schedule.jittered(failed));
            assert!(jittered >= wait.mul_f64(0.75) && jittered <= wait.mul_f64(1.25), "{failed}: {jittered:?}");
        }
    }

    #[test]
    fn chance_differs() {
        let waits: Vec<Duration> = (0..8).map(|_| BackOff::default().jittered(10)).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
