//! Times of the command line: a date and time, or a distance from now.

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, OffsetDateTime};

/// A time before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(OffsetDateTime),
    /// This long ago.
    Ago(Duration),
}

impl Moment {
    /// Parses RFC 3339, a date, or a distance such as `2h`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(Self::At(time));
        }
        if let Some(date) = date(text) {
            return Ok(Self::At(date.midnight().assume_utc()));
        }
        let (number, unit) = text.split_at(text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len()));
        let seconds = match unit {
            "s" => 1,
            "m" | "min" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            "w" => 7 * 24 * 60 * 60,
            _ => 0,
        };
        let distance = number.parse::<i64>().ok().filter(|_| seconds > 0).and_then(|it| it.checked_mul(seconds));
        // A longer distance would lead before the year 1.
        let distance = distance.filter(|it| *it <= 100 * 366 * 24 * 60 * 60);
        distance.map(|seconds| Self::Ago(Duration::seconds(seconds))).ok_or_else(|| {
            "expected a time such as `2026-01-15T10:30:00Z` or `2026-01-15`, or a distance such as `30m`, `2h` or `3d`".to_owned()
        })
    }

    /// Returns the time.
    pub(crate) fn time(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::At(time) => time,
            Self::Ago(distance) => now.saturating_sub(distance),
        }
    }
}

/// Parses a date such as `2026-01-15`.
fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_written = [year, month, day].map(str::len) == [4, 2, 2];
    let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
    is_written.then(|| Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()).flatten()
}

/// Returns a time as RFC 3339 in whole seconds of UTC.
pub(crate) fn written(time: OffsetDateTime) -> String {
    format!("{}Z", crate::sender::date(time))
}

/// Returns a duration in its largest unit, in five characters at most if it is shorter than 100,000 days.
pub(crate) fn short(duration: Duration) -> String {
    let seconds = duration.whole_seconds().max(0);
    match seconds {
        0..100 => format!("{seconds}s"),
        100..6_000 => format!("{}m", seconds / 60),
        6_000..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date_or_a_distance() {
        let now = OffsetDateTime::from_unix_timestamp(1_768_473_000).unwrap();
        let at = |seconds| Some(OffsetDateTime::from_unix_timestamp(seconds).unwrap());
        let rows = [
            ("2026-01-15T10:30:00Z", at(1_768_473_000)),
            ("2026-01-15T11:30:00+01:00", at(1_768_473_000)),
            ("2026-01-15", at(1_768_435_200)),
            ("0s", at(1_768_473_000)),
            ("90s", at(1_768_472_910)),
            ("30m", at(1_768_471_200)),
            ("30min", at(1_768_471_200)),
            ("2h", at(1_768_465_800)),
            ("3d", at(1_768_213_800)),
            ("1w", at(1_767_868_200)),
            ("", None),
            ("2", None),
            ("h", None),
            ("-2h", None),
            ("2 h", None),
            ("2.5h", None),
            ("2y", None),
            ("yesterday", None),
            ("2026-13-01", None),
            ("2026-02-30", None),
            ("26-1-1", None),
            ("2026-01-15 10:30", None),
            ("99999999999999999999d", None),
            ("9223372036854775807w", None),
            ("99999999d", None),
        ];
        for (text, want) in rows {
            assert_eq!(Moment::parse(text).ok().map(|moment| moment.time(now)), want, "{text}");
        }
    }

    #[test]
    fn a_duration_is_short() {
        let rows = [
            (-5, "0s"),
            (0, "0s"),
            (99, "99s"),
            (100, "1m"),
            (5_999, "99m"),
            (6_000, "1h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (8_640_000, "100d"),
        ];
        for (seconds, want) in rows {
            assert_eq!(short(Duration::seconds(seconds)), want);
        }
    }
}
