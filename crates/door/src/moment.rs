//! A point in time by two clocks.

use std::ops::Add;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

/// A point in time by the runtime's clock and by the machine's.
///
/// The runtime's clock pauses while a virtual machine is suspended, and the machine's clock can be set. An end has passed
/// as soon as it has passed by one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    instant: Instant,
    clock: OffsetDateTime,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { instant: Instant::now(), clock: OffsetDateTime::now_utc() }
    }

    /// Returns the moment at which the machine's clock shows this time.
    pub(crate) fn at(self, clock: OffsetDateTime) -> Self {
        let left = Duration::try_from(clock - self.clock).unwrap_or_default();
        Self { instant: (self + left).instant, clock }
    }

    pub(crate) const fn instant(self) -> Instant {
        self.instant
    }

    pub(crate) fn is_before(self, end: Self) -> bool {
        self.instant < end.instant && self.clock < end.clock
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// Returns the later moment, at most a century later.
    fn add(self, time: Duration) -> Self {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        let time = time.min(CENTURY);
        Self { instant: self.instant + time, clock: self.clock.saturating_add(time.try_into().unwrap_or_default()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn an_end_has_passed_by_either_clock() {
        let now = Moment::now();
        let end = now + MINUTE;
        let at = |instant, clock| Moment { instant: now.instant + instant, clock: now.clock + clock };
        for (label, moment, is_before) in [
            ("now", now, true),
            ("by no clock", at(MINUTE / 2, MINUTE / 2), true),
            ("by both", at(MINUTE, MINUTE), false),
            ("after a suspension", at(MINUTE / 2, MINUTE), false),
            ("by a clock that was set back", at(MINUTE, Duration::ZERO), false),
        ] {
            assert_eq!(moment.is_before(end), is_before, "{label}");
        }
        assert!(now.is_before(now.at(now.clock + MINUTE)) && !now.is_before(now.at(now.clock - MINUTE)));
        assert!(now.is_before(now + Duration::MAX), "a time without an end does not overflow");
    }
}
