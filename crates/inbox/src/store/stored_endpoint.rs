//! An endpoint, as the store knows it.

use serde::Serialize;
use time::OffsetDateTime;

/// An endpoint that has entries or kept refused requests in a store, whether or not the process has an intake of it.
///
/// ```
/// # use referral_webhooks_inbox::store::{Store, StoreError};
/// async fn print<S: Store>(store: &S) -> Result<(), StoreError> {
///     for endpoint in store.endpoints().await? {
///         println!("{} ({}): {} refused requests", endpoint.endpoint, endpoint.platform, endpoint.refused);
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoredEndpoint {
    /// The endpoint's name.
    pub endpoint: String,
    /// The platform of its newest entry, or else of its newest refused request.
    pub platform: String,
    /// Whether it has entries.
    pub has_entries: bool,
    /// The number of kept refused requests.
    pub refused: u64,
    /// The time of the last delivery among the newest [`EndpointStats::NEWEST`](super::EndpointStats::NEWEST) entries, by
    /// the store's clock: repeats included. `None` without entries.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen_at: Option<OffsetDateTime>,
}

impl StoredEndpoint {
    /// Creates an endpoint without entries and refused requests. All fields are public, so that a store fills them in.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::StoredEndpoint;
    ///
    /// let mut endpoint = StoredEndpoint::new("redpin-main", "redpin");
    /// endpoint.refused += 1;
    /// assert!(!endpoint.has_entries);
    /// ```
    #[must_use]
    pub fn new(endpoint: &str, platform: &str) -> Self {
        let (endpoint, platform) = (endpoint.to_owned(), platform.to_owned());
        Self { endpoint, platform, has_entries: false, refused: 0, last_seen_at: None }
    }
}
