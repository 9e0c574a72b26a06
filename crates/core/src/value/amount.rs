//! Money, digit for digit.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::text::text_or_number;

/// An amount of money or points, with the digits that the platform sent; never a float.
///
/// Platforms send numbers and numeric strings. Both are read, and both are serialised as a string. Compare two amounts by
/// their [`units`](Self::units), because the texts `10.5` and `10.50` differ.
///
/// ```
/// use referral_webhooks::value::Amount;
///
/// let amount: Amount = serde_json::from_str("10.5")?;
/// assert_eq!(amount.as_str(), "10.5");
/// assert_eq!(amount.units(2), Some(1050));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(#[serde(deserialize_with = "text_or_number")] SmolStr);

impl Amount {
    /// Returns the text that the platform sent.
    ///
    /// ```
    /// use referral_webhooks::value::Amount;
    ///
    /// let amount: Amount = serde_json::from_str("10.500")?;
    /// assert_eq!(amount.as_str(), "10.500");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the exact amount in units of `10^-decimals`: `10.50` with two decimals is 1050.
    ///
    /// `None` if the text is not a plain decimal number (`1e3`, `n/a`), has more than `decimals` decimals, or does not
    /// fit.
    ///
    /// ```
    /// # use referral_webhooks::value::Amount;
    /// let cents = |json: &str| serde_json::from_str::<Amount>(json).ok()?.units(2);
    /// assert_eq!(cents("\"12.00\""), Some(1200));
    /// assert_eq!(cents("0.005"), None);
    /// ```
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_or_absent() {
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
