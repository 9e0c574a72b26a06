//! An amount of money or points in a summary.

use std::borrow::Cow;

use crate::value::Amount;

/// An amount with its unit and currency.
///
/// ```
/// use referral_webhooks::summary::{Sum, Unit};
/// use referral_webhooks::value::Amount;
///
/// let amount: Amount = serde_json::from_str(r#""9.80""#)?;
/// let sum = Sum::new(&amount, Unit::Major, Some("usd"));
/// assert_eq!((sum.minor_units(2), sum.currency.as_deref()), (Some(980), Some("usd")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sum<'e> {
    /// The digits that the platform sent. A negative amount takes money back.
    pub amount: Amount,
    /// The unit of the digits.
    pub unit: Unit,
    /// The currency, as the platform writes it.
    pub currency: Option<Cow<'e, str>>,
}

/// The unit of an amount.
///
/// ```
/// use referral_webhooks::summary::{Sum, Unit};
/// use referral_webhooks::value::Amount;
///
/// let amount: Amount = serde_json::from_str("980")?;
/// assert_eq!(Sum::new(&amount, Unit::Minor, None).minor_units(2), Some(980));
/// assert_eq!(Sum::new(&amount, Unit::Points, None).minor_units(2), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// The smallest unit of the currency, such as cents.
    Minor,
    /// The main unit of the currency, such as dollars.
    Major,
    /// Points of the program.
    Points,
    /// Not published.
    Unknown,
}

impl<'e> Sum<'e> {
    /// Returns an amount with its unit and currency.
    ///
    /// ```
    /// use referral_webhooks::summary::{Sum, Unit};
    /// use referral_webhooks::value::Amount;
    ///
    /// let amount: Amount = serde_json::from_str("-980")?;
    /// assert!(Sum::new(&amount, Unit::Minor, Some("usd")).is_negative());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn new(amount: &Amount, unit: Unit, currency: Option<&'e str>) -> Self {
        Self { amount: amount.clone(), unit, currency: currency.map(Cow::Borrowed) }
    }

    /// Returns the exact amount in the smallest unit of a currency with this number of decimals: 2 for most, 0 for the
    /// yen. `None` for points, for an unknown unit, and if the digits are no exact amount.
    ///
    /// ```
    /// use referral_webhooks::summary::{Sum, Unit};
    /// use referral_webhooks::value::Amount;
    ///
    /// let amount: Amount = serde_json::from_str("9.8")?;
    /// assert_eq!(Sum::new(&amount, Unit::Major, Some("usd")).minor_units(2), Some(980));
    /// assert_eq!(Sum::new(&amount, Unit::Minor, Some("usd")).minor_units(2), None); // no whole cents
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn minor_units(&self, decimals: u32) -> Option<i128> {
        match self.unit {
            Unit::Minor => self.amount.units(0),
            Unit::Major => self.amount.units(decimals),
            Unit::Points | Unit::Unknown => None,
        }
    }

    /// Returns whether the amount takes money or points back.
    ///
    /// ```
    /// # use referral_webhooks::{summary::{Sum, Unit}, value::Amount};
    /// let amount: Amount = serde_json::from_str("\"-9.80\"")?;
    /// assert!(Sum::new(&amount, Unit::Major, None).is_negative());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.amount.as_str().trim_start().starts_with('-')
    }
}
