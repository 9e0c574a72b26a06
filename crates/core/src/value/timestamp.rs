//! A date as a platform writes it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;
use time::format_description::well_known::Iso8601;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::text_or_number;

/// A date as it was sent, with a lenient reading.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(SmolStr);

impl Timestamp {
    /// The text, as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment, if the text is one of
    ///
    /// - RFC 3339 and ISO 8601 with `Z`, `+00:00` or `+0000`,
    /// - the same without a zone, taken as UTC (an assumption), also with a blank instead of the `T`,
    /// - seconds (up to 11 digits), milliseconds (12 to 15) or microseconds (16, 17) since 1970; a fraction is
    ///   cut off.
    #[must_use]
    pub fn moment(&self) -> Option<OffsetDateTime> {
        let text = self.0.as_str();
        let number = text.strip_prefix('-').unwrap_or(text);
        if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            let (whole, _fraction) = number.split_once('.').unwrap_or((number, ""));
            let nanoseconds = match whole.len() {
                // A date without hyphens, and not seconds of the year 1970.
                8 => return None,
                1..=11 => 1_000_000_000,
                12..=15 => 1_000_000,
                16..=17 => 1_000,
                _ => return None,
            };
            let since = whole.parse::<i128>().ok()?.checked_mul(nanoseconds)?;
            return OffsetDateTime::from_unix_timestamp_nanos(if number == text { since } else { -since }).ok();
        }
        // The longest date that any of these formats can write is far shorter.
        if text.len() > 64 {
            return None;
        }
        let with_t = text.replacen(' ', "T", 1);
        let zoned = OffsetDateTime::parse(&with_t, &Iso8601::DEFAULT).ok();
        zoned.or_else(|| Some(PrimitiveDateTime::parse(&with_t, &Iso8601::DEFAULT).ok()?.assume_utc()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_number(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_platforms_are_read() {
        // 2026-01-15T10:30:00Z is 1768473000, as `date -ud @1768473000` says.
        let moment = 1_768_473_000_000_i128;
        for (json, want) in [
            ("\"2026-01-15T10:30:00Z\"", Some(moment)),
            ("\"2026-01-15T10:30:00+0000\"", Some(moment)),
            ("\"2026-01-15T10:30:00.002+00:00\"", Some(moment + 2)),
            ("\"2026-01-15T12:30:00+02:00\"", Some(moment)),
            ("\"2026-01-15T10:30:00.878\"", Some(moment + 878)),
            ("\"2026-01-15 10:30:00\"", Some(moment)),
            ("1768473000", Some(moment)),
            ("1768473000207", Some(moment + 207)),
            ("\"1768473000\"", Some(moment)),
            ("1768473000207000", Some(moment + 207)),
            ("1768473000.207", Some(moment)),
            ("\"20260115\"", None),
            ("-1", Some(-1000)),
            ("\".5\"", None),
            ("1.5", Some(1000)),
            ("\"+1768473000\"", None),
            ("\"\"", None),
            ("\"yesterday\"", None),
            ("99999999999999999999999999999999999999", None),
        ] {
            let date: Timestamp = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
            let got = date.moment().map(|moment| moment.unix_timestamp_nanos() / 1_000_000);
            assert_eq!(got, want, "{json}");
        }
    }
}
