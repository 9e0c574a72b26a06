//! Whether an endpoint is silent for longer than usual.

use time::{Duration, OffsetDateTime};

/// The minimum number of deliveries for a usual gap.
const ENOUGH: u64 = 10;

/// The share of the usual gap after which an endpoint is silent.
const TIMES: i32 = 10;

/// The shortest silence. A pause for less is usual.
const SHORTEST: Duration = Duration::minutes(10);

/// A silence, compared with the usual gap between deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Silence {
    pub(super) since: Duration,
    /// The mean time between two deliveries before the last one; `None` if there were too few.
    pub(super) usual: Option<Duration>,
}

impl Silence {
    /// Compares the time since the last delivery with the deliveries of a period that ended with it.
    pub(super) fn of(last: OffsetDateTime, now: OffsetDateTime, from: OffsetDateTime, received: u64) -> Self {
        let usual = (received >= ENOUGH && last > from).then(|| {
            let gaps = i32::try_from(received).unwrap_or(i32::MAX);
            (last - from) / gaps
        });
        Self { since: (now - last).max(Duration::ZERO), usual }
    }

    /// Returns whether the silence is longer than usual.
    pub(super) fn is_unusual(&self) -> bool {
        self.usual.is_some_and(|usual| self.since > (usual * TIMES).max(SHORTEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_unusual_by_the_deliveries_before_it() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(100);
        let day = now - Duration::DAY;
        for (last, received, want) in [
            (now - Duration::minutes(51), 1_200, true),
            (now - Duration::minutes(9), 100_000, false),
            (now - Duration::minutes(51), 20, false),
            (now - Duration::hours(23), 9, false),
            (now - Duration::hours(23), 10, true),
            (now - Duration::hours(12), 30, true),
            (now - Duration::hours(2), 30, false),
            (now + Duration::minutes(1), 1_200, false),
            (now - Duration::days(3), 0, false),
        ] {
            assert_eq!(Silence::of(last, now, day, received).is_unusual(), want, "{last}, {received}");
        }
    }
}
