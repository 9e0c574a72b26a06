//! Durations as people write them.

use std::time::Duration;

/// The longest accepted duration, ten years.
const MOST: u64 = 10 * 365 * 86_400;

/// The units, from the longest to the shortest, in milliseconds. `ms` is tried before `m` and `s`.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

/// Parses a duration such as `24h`, `1h30m`, `10s` or `250ms`.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let expected = || "expected a duration of at most ten years, such as 24h, 1h30m, 10s or 250ms".to_owned();
    let mut rest = text.trim();
    let mut total = 0_u64;
    if rest.is_empty() {
        return Err(expected());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| expected())?;
        let (name, milliseconds) = UNITS.into_iter().find(|(name, _)| unit.starts_with(name)).ok_or_else(expected)?;
        let part = number.checked_mul(milliseconds).ok_or_else(expected)?;
        total = total.checked_add(part).filter(|total| *total <= MOST * 1_000).ok_or_else(expected)?;
        rest = &unit[name.len()..];
    }
    Ok(Duration::from_millis(total))
}

/// Writes a duration such as `2 d 1 h` or `7 h 35 min 5 s`. Fractions are written below a minute only.
pub(super) fn written(duration: Duration) -> String {
    if duration < Duration::from_secs(60) && duration.subsec_millis() > 0 {
        return format!("{:.2} s", duration.as_secs_f64());
    }
    let seconds = duration.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::{parse, written};

    #[test]
    fn durations_are_read_and_written() {
        for (text, milliseconds, want) in [
            ("24h", 86_400_000, "1 d"),
            ("1h30m", 5_400_000, "1 h 30 min"),
            ("10s", 10_000, "10 s"),
            ("250ms", 250, "0.25 s"),
            ("2d1h1m", 176_460_000, "2 d 1 h 1 min"),
            ("7h35m5s", 27_305_000, "7 h 35 min 5 s"),
            ("90m", 5_400_000, "1 h 30 min"),
            ("0s", 0, "0 s"),
            (" 1m1ms ", 60_001, "1 min"),
        ] {
            let duration = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((duration.as_millis(), written(duration).as_str()), (milliseconds, want), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_durations() {
        for text in ["", " ", "24", "h", "1x", "-1h", "1.5h", "1h30", "1 h", "99999d", "18446744073709551616s", "1é"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
