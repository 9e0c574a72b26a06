//! Durations such as `3d` and `2h 35m 5s`.

use std::time::Duration;

use super::fault::{Fault, quoted};
use super::node::Node;
use super::table::Value;

/// The longest duration: ten years.
const MOST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// The units and their milliseconds, `ms` before `m`.
const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 7 * 86_400_000)];

/// Reads a duration that is longer than zero.
pub(super) fn duration(value: &Value) -> Result<Duration, Fault> {
    if let Node::Integer(number) = value.node {
        return Err(value.fault(format!("the duration {number} has no unit; write a text such as `\"{number}s\"`")));
    }
    let text = value.text()?;
    let duration = parse(text).ok_or_else(|| {
        value.fault(format!(
            "`{}` is not a duration; write numbers with units (ms, s, m, h, d, w), as in `3d` or `2h 35m 5s`",
            quoted(text)
        ))
    })?;
    if duration.is_zero() {
        return Err(value.fault("the duration is zero"));
    }
    let is_bounded = duration <= MOST;
    is_bounded.then_some(duration).ok_or_else(|| value.fault("the duration is longer than ten years"))
}

fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim_ascii();
    let mut milliseconds: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_ascii_start();
        let (unit, scale) = UNITS.iter().find(|(unit, _)| {
            after.strip_prefix(unit).is_some_and(|next| !next.starts_with(|letter: char| letter.is_alphabetic()))
        })?;
        let part = number.parse::<u64>().ok()?.checked_mul(*scale)?;
        milliseconds = milliseconds.checked_add(part)?;
        rest = after.strip_prefix(unit)?.trim_ascii_start();
    }
    Some(Duration::from_millis(milliseconds))
}

/// Writes a duration in the notation that a profile has.
pub(super) fn written(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut parts = Vec::new();
    for (unit, scale) in [UNITS[4], UNITS[3], UNITS[2], UNITS[1], UNITS[0]] {
        if rest >= scale {
            parts.push(format!("{}{unit}", rest / scale));
            rest %= scale;
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_numbers_with_units() {
        for (text, want) in [
            ("5s", Some(5_000)),
            ("500ms", Some(500)),
            ("3d", Some(3 * 86_400_000)),
            ("2w", Some(14 * 86_400_000)),
            ("2h 35m 5s", Some(9_305_000)),
            ("2h35m5s", Some(9_305_000)),
            (" 12 h ", Some(43_200_000)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("s", None),
            ("5 s s", None),
            ("5sec", None),
            ("-5s", None),
            ("1.5h", None),
            ("5S", None),
            ("99999999999999999999s", None),
            ("9999999999999999w", None),
        ] {
            let got = parse(text).map(|duration| duration.as_millis());
            assert_eq!(got, want, "{text}");
            if let Some(duration) = parse(text) {
                assert_eq!(parse(&written(duration)), Some(duration), "{text}, written");
            }
        }
    }
}
