//! The time for which a receiver must keep delivery ids.

use std::time::Duration;

/// The time for which a receiver must keep delivery ids to drop every repeat.
///
/// ```
/// use referral_webhooks::Retention;
/// use referral_webhooks::platform::{Platform, refir::Refir};
///
/// // Refir publishes no retries, so a repeat can come at any time.
/// assert_eq!(Refir.facts().contract.retention(), Retention::ForGood);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retention {
    /// At least this long.
    AtLeast(Duration),
    /// Without a limit, because a repeat can come at any time.
    ForGood,
}
