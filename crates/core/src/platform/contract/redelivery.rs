//! Whether an operator can have a delivery sent again.

use std::time::Duration;

/// Whether an operator can have a delivery sent again.
///
/// ```
/// use referral_webhooks::Redelivery;
/// use referral_webhooks::platform::{Platform, genius_referrals::GeniusReferrals, prefinery::Prefinery};
///
/// assert_eq!(GeniusReferrals.facts().contract.redelivery, Redelivery::AnyTime);
/// assert_eq!(Prefinery.facts().contract.redelivery, Redelivery::Never);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redelivery {
    /// No.
    Never,
    /// Yes, for this long after the event.
    Within(Duration),
    /// Yes, with no stated limit.
    AnyTime,
    /// Not published.
    Unknown,
}
