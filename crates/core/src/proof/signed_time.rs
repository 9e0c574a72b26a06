//! A signed Unix time, in the unit of its sender.

use time::OffsetDateTime;

/// The unit of a Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    Seconds,
    Milliseconds,
}

/// A signed Unix time, in the unit of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignedTime {
    pub(crate) number: i64,
    pub(crate) unit: TimeUnit,
}

impl TimeUnit {
    pub(crate) const fn per_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1000,
        }
    }

    /// Returns a time as a number of this unit. Fractions are truncated.
    pub(crate) fn of(self, time: OffsetDateTime) -> i64 {
        match self {
            Self::Seconds => time.unix_timestamp(),
            // Every date of the calendar fits.
            Self::Milliseconds => i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX),
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Seconds => Self::Milliseconds,
            Self::Milliseconds => Self::Seconds,
        }
    }
}

impl SignedTime {
    pub(crate) const fn seconds(number: i64) -> Self {
        Self { number, unit: TimeUnit::Seconds }
    }

    /// Returns the units from this time to the clock. They are negative if this time is ahead. Extreme values saturate.
    pub(crate) fn age(self, now: OffsetDateTime) -> i64 {
        self.unit.of(now).saturating_sub(self.number)
    }

    /// Returns the age in seconds. Fractions are rounded away from zero, so that an age outside a tolerance looks so.
    pub(crate) fn age_in_seconds(self, now: OffsetDateTime) -> i64 {
        let (age, per_second) = (self.age(now), self.unit.per_second());
        age / per_second + (age % per_second).signum()
    }

    /// Returns the same number in the other unit.
    pub(crate) const fn in_other_unit(self) -> Self {
        Self { unit: self.unit.other(), ..self }
    }

    /// Returns the time as a date, or `None` outside the calendar.
    pub(crate) fn date(self) -> Option<OffsetDateTime> {
        match self.unit {
            TimeUnit::Seconds => OffsetDateTime::from_unix_timestamp(self.number).ok(),
            TimeUnit::Milliseconds => {
                OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.number) * 1_000_000).ok()
            }
        }
    }
}
