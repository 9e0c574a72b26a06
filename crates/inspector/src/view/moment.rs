//! Times and durations.

use maud::{Markup, html};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

/// How times are shown, as of the time of the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    now: OffsetDateTime,
}

impl Moments {
    pub(crate) const fn as_of(now: OffsetDateTime) -> Self {
        Self { now }
    }

    /// Returns a time: of the day alone if it is today, else with its date.
    pub(crate) fn short(&self, at: OffsetDateTime) -> Markup {
        let at = at.to_offset(UtcOffset::UTC);
        let format = if at.date() == self.now.to_offset(UtcOffset::UTC).date() {
            format_description!("[hour]:[minute]:[second]")
        } else if at.year() == self.now.year() {
            format_description!("[month repr:short] [day] [hour]:[minute]")
        } else {
            format_description!("[year]-[month]-[day] [hour]:[minute]")
        };
        let full = full(at);
        html! { time datetime=(machine(at)) title=(full) { (at.format(format).unwrap_or(full)) } }
    }

    /// Returns a time with its date and milliseconds.
    pub(crate) fn long(&self, at: OffsetDateTime) -> Markup {
        html! { time datetime=(machine(at)) { (full(at)) } }
    }

    /// Returns how long ago a time is, or in how long it comes: `4 min ago`, `in 4 min`.
    pub(crate) fn relative(&self, at: OffsetDateTime) -> Markup {
        html! { time datetime=(machine(at)) title=(full(at)) { (ago(at, self.now)) } }
    }
}

/// Returns a time in the form of RFC 3339.
fn machine(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

/// Returns a time with its date and milliseconds.
fn full(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3] UTC");
    at.to_offset(UtcOffset::UTC).format(format).unwrap_or_default()
}

/// Returns how long ago a time is: `4 min ago`, `in 4 min`, `now`.
pub(crate) fn ago(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let distance = now - at;
    match distance.whole_seconds() {
        0 => "now".to_owned(),
        ..0 => format!("in {}", duration(-distance)),
        1.. => format!("{} ago", duration(distance)),
    }
}

/// Returns a duration in its two largest units at most: `41 ms`, `12 s`, `4 min`, `2 h 9 min`, `3 d 4 h`.
pub(crate) fn duration(duration: Duration) -> String {
    let (seconds, milliseconds) =
        (duration.whole_seconds().unsigned_abs(), duration.whole_milliseconds().unsigned_abs());
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {small_unit}"),
    };
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", if seconds < 600 { seconds % 60 } else { 0 }, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        let rows = [
            (0, "0 ms"),
            (41, "41 ms"),
            (999, "999 ms"),
            (12_400, "12 s"),
            (60_000, "1 min"),
            (245_000, "4 min 5 s"),
            (700_000, "11 min"),
            (7_740_000, "2 h 9 min"),
            (277_200_000, "3 d 5 h"),
            (86_400_000, "1 d"),
        ];
        for (milliseconds, want) in rows {
            assert_eq!(duration(Duration::milliseconds(milliseconds)), want);
        }
        let now = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(ago(now + Duration::minutes(4), now), "in 4 min");
        assert_eq!(ago(now - Duration::minutes(4), now), "4 min ago");
        assert_eq!(ago(now, now), "now");
    }
}
