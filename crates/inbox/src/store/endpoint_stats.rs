//! The numbers of entries of one endpoint.

use serde::Serialize;
use time::OffsetDateTime;

use super::stats::Stats;

/// The numbers of entries of one endpoint.
///
/// ```
/// use referral_webhooks_inbox::store::EndpointStats;
///
/// fn line(endpoint: &EndpointStats) -> String {
///     format!("{}: {} dead letters", endpoint.endpoint, endpoint.stats.discarded)
/// }
/// # assert_eq!(line(&EndpointStats::new("redpin-main")), "redpin-main: 0 dead letters");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EndpointStats {
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The numbers of its entries. [`clock_ahead`](Stats::clock_ahead) and [`log_pending`](Stats::log_pending) concern the
    /// whole store, and are empty here.
    pub stats: Stats,
    /// The time of the last delivery among the newest [`Self::NEWEST`] entries, by the store's clock: repeats included.
    /// `None` without entries.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen_at: Option<OffsetDateTime>,
}

impl EndpointStats {
    /// The number of entries that a store looks at for [`last_seen_at`](Self::last_seen_at), so that the read is cheap.
    ///
    /// ```
    /// assert_eq!(referral_webhooks_inbox::store::EndpointStats::NEWEST, 100);
    /// ```
    pub const NEWEST: u32 = 100;

    /// Creates the numbers of an endpoint without entries. All fields are public, so that a store fills them in.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::EndpointStats;
    ///
    /// let mut endpoint = EndpointStats::new("redpin-main");
    /// endpoint.stats.parked += 1;
    /// assert_eq!(endpoint.last_seen_at, None);
    /// ```
    #[must_use]
    pub fn new(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), stats: Stats::default(), last_seen_at: None }
    }
}
