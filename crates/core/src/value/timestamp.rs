//! A date as a platform writes it.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use time::format_description::well_known::Iso8601;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::text::text_or_number;

/// A date with the text that the platform sent, and a lenient reading.
///
/// ```
/// use referral_webhooks::value::Timestamp;
///
/// let text: Timestamp = serde_json::from_str(r#""2026-01-15 10:30:00""#)?;
/// let milliseconds: Timestamp = serde_json::from_str("1768473000000")?;
/// assert_eq!(text.as_str(), "2026-01-15 10:30:00");
/// assert!(text.moment().is_some());
/// assert_eq!(text.moment(), milliseconds.moment());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(#[serde(deserialize_with = "text_or_number")] SmolStr);

impl Timestamp {
    /// Returns the text that the platform sent.
    ///
    /// ```
    /// use referral_webhooks::value::Timestamp;
    ///
    /// let date: Timestamp = serde_json::from_str(r#""yesterday""#)?;
    /// assert_eq!((date.as_str(), date.moment()), ("yesterday", None));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the moment, or `None` if the text has another format than these:
    ///
    /// - RFC 3339 and ISO 8601 with `Z`, `+00:00` or `+0000`.
    /// - The same without a zone (UTC is assumed), also with a blank instead of the `T`.
    /// - Seconds (up to 11 digits), milliseconds (12 to 15) or microseconds (16, 17) since 1970. A fraction is cut off.
    ///
    /// ```
    /// use referral_webhooks::value::Timestamp;
    ///
    /// let date: Timestamp = serde_json::from_str(r#""2026-01-15T12:30:00+02:00""#)?;
    /// assert_eq!(date.moment().unwrap().unix_timestamp(), 1_768_473_000);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn moment(&self) -> Option<OffsetDateTime> {
        let text = self.0.as_str();
        let number = text.strip_prefix('-').unwrap_or(text);
        if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            let (whole, _fraction) = number.split_once('.').unwrap_or((number, ""));
            let nanoseconds = match whole.len() {
                // A date without hyphens. Seconds with eight digits would lie in the years 1970 to 1973.
                8 => return None,
                1..=11 => 1_000_000_000,
                12..=15 => 1_000_000,
                16..=17 => 1_000,
                _ => return None,
            };
            let since = whole.parse::<i128>().ok()?.checked_mul(nanoseconds)?;
            return OffsetDateTime::from_unix_timestamp_nanos(if number == text { since } else { -since }).ok();
        }
        // Every date in these formats is far shorter.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_every_platform_has_its_moment() {
        // `date -ud @1768473000` prints 2026-01-15T10:30:00Z.
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
