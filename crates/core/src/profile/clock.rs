//! The time in a body, and the tolerance: `time` and `tolerance`.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::duration::duration;
use super::fault::Fault;
use super::node::Node;
use super::pointer::Pointer;
use super::proof::Proof;
use super::scan::scalar;
use super::table::Value;
use crate::Tolerance;
use crate::value::Timestamp;

/// The longest tolerance of a platform.
const MOST: Duration = Duration::from_secs(31 * 86_400);

/// A time in the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TimeRule {
    pub(super) at: Pointer,
    pub(super) unit: Unit,
    pub(super) of: Meaning,
}

/// The notation of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unit {
    Rfc3339,
    S,
    Ms,
}

/// The meaning of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Meaning {
    /// The event happened then. It may be long before the delivery.
    Event,
    /// The delivery was sent then.
    Sending,
}

impl TimeRule {
    pub(super) fn read(value: Value) -> Result<Self, Fault> {
        let mut table = value.clone().table(&["at", "unit", "of"])?;
        let at = table.take("at").ok_or_else(|| value.fault("`at` is missing; point to the time"))?;
        let unit = table.take("unit").ok_or_else(|| value.fault("`unit` is missing: `rfc3339`, `s` or `ms`"))?;
        let of = table.take("of").ok_or_else(|| {
            value.fault("`of` is missing: the time of the `event`, which may be old, or of the `sending`")
        })?;
        Ok(Self {
            at: Pointer::read(&at)?,
            unit: unit.word(&[("rfc3339", Unit::Rfc3339), ("s", Unit::S), ("ms", Unit::Ms)])?,
            of: of.word(&[("event", Meaning::Event), ("sending", Meaning::Sending)])?,
        })
    }

    /// Returns the moment of a JSON value in this notation.
    pub(super) fn moment(&self, json: &str) -> Option<OffsetDateTime> {
        let text = scalar(json)?;
        let nanoseconds = match self.unit {
            Unit::Rfc3339 => {
                let is_date = text.get(4..5) == Some("-") && text.len() <= 64;
                let date = is_date.then(|| serde_json::from_str::<Timestamp>(json).ok())??;
                return date.moment();
            }
            Unit::S => 1_000_000_000,
            Unit::Ms => 1_000_000,
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let is_number = !whole.is_empty() && whole.len() <= 15 && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let since = whole.parse::<i128>().ok().filter(|_| is_number && !whole.starts_with('+'))?;
        OffsetDateTime::from_unix_timestamp_nanos(since.checked_mul(nanoseconds)?).ok()
    }
}

/// Reads the tolerance, in both directions or separately.
pub(super) fn tolerance(value: Value, proof: &Proof, time: Option<&TimeRule>) -> Result<(Duration, Duration), Fault> {
    let is_dated = proof.signs_time() || (proof.signs_body() && time.is_some_and(|time| time.of == Meaning::Sending));
    if !is_dated {
        return Err(value.fault(match time {
            Some(time) if time.of == Meaning::Event => {
                "a tolerance needs the time of the `sending`; the time of the `event` may be old in a genuine delivery, \
                 so an age check would lose it"
            }
            _ if !proof.signs_body() => "a tolerance needs a signed time, and this scheme signs none",
            _ => "a tolerance needs a signed time: of the scheme, or `time` in the body with `of = \"sending\"`",
        }));
    }
    let (past, future) = if matches!(value.node, Node::Table(_)) {
        let mut table = value.clone().table(&["past", "future"])?;
        let mut take = |key: &str| {
            let value = table.take(key).ok_or_else(|| value.fault(format!("`{key}` is missing")))?;
            bounded(&value)
        };
        (take("past")?, take("future")?)
    } else {
        let both = bounded(&value)?;
        (both, both)
    };
    Ok((past, future))
}

fn bounded(value: &Value) -> Result<Duration, Fault> {
    let duration = duration(value)?;
    if duration > MOST {
        return Err(value.fault("a tolerance is at most 31 days"));
    }
    if duration.subsec_nanos() > 0 {
        return Err(value.fault("a tolerance has whole seconds"));
    }
    Ok(duration)
}

/// Returns the tolerance of the facts.
pub(super) fn allowed((past, future): (Duration, Duration)) -> Tolerance {
    Tolerance::past_and_future(past, future)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_notation() {
        let rule = |unit| TimeRule { at: Pointer::whole(), unit, of: Meaning::Event };
        let moment = 1_768_473_000_000_i128;
        for (json, seconds, milliseconds, date) in [
            ("\"2026-01-15T10:30:00.000Z\"", None, None, Some(moment)),
            ("\"2026-01-15T12:30:00+02:00\"", None, None, Some(moment)),
            ("\"2026-01-15T10:30:00.000000Z\"", None, None, Some(moment)),
            ("1768473000", Some(moment), Some(1_768_473_000), None),
            ("\"1768473000\"", Some(moment), Some(1_768_473_000), None),
            ("1768473000.25", Some(moment), Some(1_768_473_000), None),
            ("1768473000000", None, Some(moment), None),
            ("-1000", Some(-1_000_000), Some(-1_000), None),
            ("1e9", None, None, None),
            ("\"+5\"", None, None, None),
            ("\"20260115\"", Some(20_260_115_000), Some(20_260_115), None),
            ("true", None, None, None),
            ("null", None, None, None),
            ("{}", None, None, None),
            ("\"\"", None, None, None),
        ] {
            let read = |unit| rule(unit).moment(json).map(|time| time.unix_timestamp_nanos() / 1_000_000);
            assert_eq!(read(Unit::S), seconds, "{json} in seconds");
            assert_eq!(read(Unit::Ms), milliseconds, "{json} in milliseconds");
            assert_eq!(read(Unit::Rfc3339), date, "{json} as a date");
        }
    }
}
