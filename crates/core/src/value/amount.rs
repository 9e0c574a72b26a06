//! Money, digit for digit.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use super::text_or_number;

/// An amount of money or points, digit for digit as it was sent; never a float.
///
/// Platforms send numbers and numeric strings; both are read, and serialised as a string. Two amounts are compared by
/// their [`units`](Self::units): as texts, `10.5` and `10.50` would differ.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Amount(SmolStr);

impl Amount {
    /// The text, as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The amount in units of `10^-decimals`, exactly: `10.50` with two decimals is 1050.
    ///
    /// `None` if it is no plain decimal number (`1e3`, `n/a`), has more decimals than asked for, or does not fit.
    #[must_use]
    pub fn units(&self, decimals: u32) -> Option<i128> {
        let (negative, digits) = match self.0.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, self.0.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || digits.ends_with('.') {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let missing = decimals.checked_sub(u32::try_from(fraction.len()).ok()?)?;
        let units: i128 = format!("{whole}{fraction}").parse().ok()?;
        let units = units.checked_mul(10_i128.checked_pow(missing)?)?;
        Some(if negative { -units } else { units })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_number(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_or_nothing() {
        for (json, decimals, want) in [
            ("10.5", 2, Some(1050)),
            ("\"100.00\"", 2, Some(10_000)),
            ("-0.01", 2, Some(-1)),
            ("0", 0, Some(0)),
            ("9007199254740993", 0, Some(9_007_199_254_740_993)),
            ("0.1000000000000000055", 19, Some(1_000_000_000_000_000_055)),
            ("10.505", 2, None),
            ("1e3", 2, None),
            ("\"n/a\"", 2, None),
            ("\"\"", 2, None),
            ("\"1.\"", 2, None),
            ("\"--1\"", 2, None),
            ("1", 60, None),
        ] {
            let amount: Amount = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
            assert_eq!(amount.units(decimals), want, "{json} with {decimals} decimals");
        }
        assert!(serde_json::from_str::<Amount>("true").is_err());
    }
}
