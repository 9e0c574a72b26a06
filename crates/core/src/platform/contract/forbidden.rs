//! Statuses that must not be sent to a platform.

use std::ops::RangeInclusive;

/// Statuses that must not be sent to a platform.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::Prefinery};
///
/// let forbidden = Prefinery.facts().contract.never.iter().find(|forbidden| forbidden.statuses.contains(&410));
/// assert_eq!(forbidden.unwrap().effect, "removes the endpoint from the project");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forbidden {
    /// The statuses.
    ///
    /// ```
    /// use referral_webhooks::Forbidden;
    ///
    /// assert!(Forbidden::new(500..=599, "loses the event").statuses.contains(&502));
    /// ```
    pub statuses: RangeInclusive<u16>,
    /// Their effect.
    ///
    /// ```
    /// use referral_webhooks::Forbidden;
    ///
    /// assert_eq!(Forbidden::new(410..=410, "removes the endpoint").effect, "removes the endpoint");
    /// ```
    pub effect: &'static str,
}

impl Forbidden {
    /// The statuses that a contract forbids if it names none: other successes than 200, redirections, and 410.
    ///
    /// ```
    /// use referral_webhooks::{Contract, Forbidden};
    ///
    /// assert_eq!(Contract::builder().build().never, Forbidden::USUAL);
    /// ```
    pub const USUAL: &'static [Self] = &[
        Self::new(201..=299, "is another success than 200, and may be read as a failure"),
        Self::new(300..=399, "is not documented as followed"),
        Self::new(410..=410, "asks some senders to disable the endpoint"),
    ];

    /// Makes a line of [`Contract::never`](crate::Contract::never). The contract's builder checks the statuses.
    ///
    /// ```
    /// use referral_webhooks::{Contract, Forbidden};
    ///
    /// const CONTRACT: Contract =
    ///     Contract::builder().transient(429).never(&[Forbidden::new(500..=599, "loses the event")]).build();
    /// assert_eq!(CONTRACT.forbids(http::StatusCode::BAD_GATEWAY), Some("loses the event"));
    /// ```
    #[must_use]
    pub const fn new(statuses: RangeInclusive<u16>, effect: &'static str) -> Self {
        Self { statuses, effect }
    }

    /// Returns whether a status is among these. Constants cannot call `RangeInclusive::contains`.
    pub(super) const fn contains(&self, status: u16) -> bool {
        contains(&self.statuses, status)
    }
}

/// Returns whether a status is in a range, in constants too.
pub(super) const fn contains(statuses: &RangeInclusive<u16>, status: u16) -> bool {
    *statuses.start() <= status && status <= *statuses.end()
}
