//! Claims: the request of a worker, and the entries that it gets.
//!
//! - Guarantees: a claim is bounded by number and by bytes, so that its duration and memory are bounded, and every
//!   endpoint has its share before one endpoint gets the rest. Within an endpoint, every tenant has its turn.
//! - Assumes: the store applies [`ClaimRequest::share`] in the order of [`ClaimRequest::endpoints`]. The worker rotates
//!   that order between claims, and the store rotates the tenants.
//! - Without it: a flood at one endpoint or of one tenant starves the others, or one claim reads gigabytes.

use std::time::Duration;

use referral_webhooks::{Fingerprint, StoredDelivery};

use super::lease::Lease;
use super::new_entry::named;

/// A worker's request for entries.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::store::ClaimRequest;
///
/// let endpoints = ["redpin-main".to_owned(), "prefinery-eu".to_owned()];
/// let request = ClaimRequest::new("worker-1", &endpoints, 10, Duration::from_secs(30));
/// assert_eq!(request.share(), 5);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// The worker's name in the history.
    pub worker: String,
    /// The endpoints, in serving order.
    pub endpoints: Vec<String>,
    /// The endpoints whose parked entries are claimed too.
    pub unknown: Vec<String>,
    /// The maximum number of entries.
    pub most: usize,
    /// The maximum number of body bytes, which the last body may exceed.
    pub most_bytes: u64,
    /// The length of the leases.
    pub lease: Duration,
}

impl ClaimRequest {
    /// The default of [`most_bytes`](Self::most_bytes): a store reads this much in some milliseconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use referral_webhooks_inbox::store::ClaimRequest;
    ///
    /// let request = ClaimRequest::new("worker-1", &[], 10, Duration::from_secs(30));
    /// assert_eq!(request.most_bytes, ClaimRequest::MOST_BYTES);
    /// ```
    pub const MOST_BYTES: u64 = 4 * 1024 * 1024;

    /// Creates a request without parked entries.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::store::ClaimRequest;
    ///
    /// let request = ClaimRequest::new("worker-1", &["redpin-main".to_owned()], 10, Duration::from_secs(30));
    /// assert_eq!((request.most, request.unknown.is_empty()), (10, true));
    /// ```
    #[must_use]
    pub fn new(worker: &str, endpoints: &[String], most: usize, lease: Duration) -> Self {
        let (worker, endpoints, most_bytes) = (worker.to_owned(), endpoints.to_vec(), Self::MOST_BYTES);
        Self { worker, endpoints, unknown: Vec::new(), most, most_bytes, lease }
    }

    /// Includes the parked entries of these endpoints.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::store::ClaimRequest;
    /// let endpoints = ["redpin-main".to_owned()];
    /// let request = ClaimRequest::new("worker-1", &endpoints, 10, Duration::from_secs(30)).unknown(&endpoints);
    /// assert_eq!(request.unknown, endpoints);
    /// ```
    #[must_use]
    pub fn unknown(self, endpoints: &[String]) -> Self {
        Self { unknown: endpoints.to_vec(), ..self }
    }

    /// Returns how many parked entries fit after these claims. The number is zero if parked entries are not wanted, if
    /// the claim holds an isolated entry, or if its bytes are used up.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::store::ClaimRequest;
    /// let endpoints = ["redpin-main".to_owned()];
    /// let request = ClaimRequest::new("worker-1", &endpoints, 10, Duration::from_secs(30));
    /// assert_eq!(request.room_for_parked(&[]), 0);
    /// assert_eq!(request.unknown(&endpoints).room_for_parked(&[]), 10);
    /// ```
    #[must_use]
    pub fn room_for_parked(&self, claims: &[Claim]) -> usize {
        let is_isolated = claims.first().is_some_and(|first| first.isolated);
        if self.unknown.is_empty() || is_isolated || self.bytes_left(claims) == 0 {
            return 0;
        }
        self.most.saturating_sub(claims.len())
    }

    /// Returns how many body bytes remain after these claims. While any remain, the claim takes one more body of any
    /// length.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use http::HeaderMap;
    /// # use referral_webhooks::StoredDelivery;
    /// # use referral_webhooks_inbox::{EntryId, store::{Claim, ClaimRequest, Lease}};
    /// # let lease = Lease::new(EntryId(7), 1, 20, Duration::from_secs(30));
    /// # let stored = StoredDelivery::new(HeaderMap::new(), "12345".into(), time::OffsetDateTime::UNIX_EPOCH, None);
    /// let request = ClaimRequest::new("worker-1", &["redpin-main".to_owned()], 10, Duration::from_secs(30));
    /// let claim = Claim::new(lease, 1, "redpin-main".to_owned(), "msg_1".to_owned(), Some(stored)); // 5 bytes
    /// assert_eq!(request.bytes_left(&[claim]), ClaimRequest::MOST_BYTES - 5);
    /// ```
    #[must_use]
    pub fn bytes_left(&self, claims: &[Claim]) -> u64 {
        let bodies = claims.iter().filter_map(|claim| claim.delivery.as_ref());
        let taken = bodies.map(|delivery| delivery.body.len() as u64).sum();
        self.most_bytes.max(1).saturating_sub(taken)
    }

    /// Returns the length of the leases, [`Lease::LONGEST`] at most.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::store::{ClaimRequest, Lease};
    /// let request = ClaimRequest::new("worker-1", &[], 10, Duration::from_secs(86_400));
    /// assert_eq!(request.lease(), Lease::LONGEST);
    /// ```
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.lease.min(Lease::LONGEST)
    }

    /// Returns how many entries each endpoint gets in the first round. A second round distributes the rest.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::store::ClaimRequest;
    /// let endpoints = ["a", "b", "c"].map(str::to_owned);
    /// let request = ClaimRequest::new("worker-1", &endpoints, 10, Duration::from_secs(30));
    /// assert_eq!(request.share(), 4);
    /// ```
    #[must_use]
    pub fn share(&self) -> usize {
        self.most.div_ceil(self.endpoints.len().max(1)).min(self.most)
    }
}

/// A claimed entry.
///
/// ```
/// use referral_webhooks_inbox::store::{Claim, Lease};
///
/// fn claim(lease: Lease) -> Claim {
///     Claim::new(lease, 1, "redpin-main".to_owned(), "msg_2a9".to_owned(), None).isolated(true)
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Claim {
    /// The lease.
    pub lease: Lease,
    /// The run of the entry: see [`Entry::run`](super::Entry::run).
    pub run: u32,
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The tenant, if one route serves many.
    pub tenant: Option<String>,
    /// The delivery id, unique within the endpoint and the tenant.
    pub delivery_id: String,
    /// The stored delivery; `None` if its body was deleted.
    pub delivery: Option<StoredDelivery>,
    /// The position of the event in a body that holds several: see [`NewEntry::item`](super::NewEntry::item).
    pub item: Option<u32>,
    /// The digest of the profile that read the event: see [`NewEntry::profile`](super::NewEntry::profile).
    pub profile: Option<String>,
    /// The fingerprint of the secret that proved it, [as the store keeps it](super::Store::kept_fingerprint).
    pub secret: Option<Fingerprint>,
    /// Whether the entry has a business key. An entry that was stored without one gets it before its handler runs.
    pub has_business_key: bool,
    /// Whether the entry is processed exclusively, because it was abandoned more than once and may kill its worker.
    pub isolated: bool,
}

impl Claim {
    /// Creates a claim without a tenant that is not isolated.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::{EntryId, store::{Claim, Lease}};
    ///
    /// let lease = Lease::new(EntryId(7), 1, 20, Duration::from_secs(30));
    /// let claim = Claim::new(lease, 1, "redpin-main".to_owned(), "msg_1".to_owned(), None);
    /// assert!(!claim.isolated);
    /// ```
    #[must_use]
    pub const fn new(
        lease: Lease,
        run: u32,
        endpoint: String,
        delivery_id: String,
        delivery: Option<StoredDelivery>,
    ) -> Self {
        Self {
            lease,
            run,
            endpoint,
            tenant: None,
            delivery_id,
            delivery,
            item: None,
            profile: None,
            secret: None,
            has_business_key: false,
            isolated: false,
        }
    }

    /// Sets the tenant. An empty name is no tenant.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::{EntryId, store::{Claim, Lease}};
    /// # let lease = Lease::new(EntryId(7), 3, 20, Duration::from_secs(30));
    /// let claim = Claim::new(lease, 1, "redpin".to_owned(), "msg_1".to_owned(), None);
    /// assert_eq!(claim.of_tenant("acme").tenant.as_deref(), Some("acme"));
    /// ```
    #[must_use]
    pub fn of_tenant(self, tenant: &str) -> Self {
        Self { tenant: named(tenant), ..self }
    }

    /// Sets the secret that proved the delivery, and whether the entry has a business key.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks::Fingerprint;
    /// # use referral_webhooks_inbox::{EntryId, store::{Claim, Lease}};
    /// # let lease = Lease::new(EntryId(7), 3, 20, Duration::from_secs(30));
    /// let claim = Claim::new(lease, 1, "redpin-main".to_owned(), "msg_1".to_owned(), None);
    /// assert!(claim.keys(Some(Fingerprint::new([7; 8])), true).has_business_key);
    /// ```
    #[must_use]
    pub fn keys(self, secret: Option<Fingerprint>, has_business_key: bool) -> Self {
        Self { secret, has_business_key, ..self }
    }

    /// Sets the position of the event in a body that holds several, and the digest of the profile that read it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::{EntryId, store::{Claim, Lease}};
    /// # let lease = Lease::new(EntryId(7), 3, 20, Duration::from_secs(30));
    /// let claim = Claim::new(lease, 1, "redpin-main".to_owned(), "msg_1".to_owned(), None);
    /// assert_eq!(claim.read_as(Some(2), None).item, Some(2));
    /// ```
    #[must_use]
    pub fn read_as(self, item: Option<u32>, profile: Option<String>) -> Self {
        Self { item, profile, ..self }
    }

    /// Sets whether the entry is processed exclusively.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::{EntryId, store::{Claim, Lease}};
    /// # let lease = Lease::new(EntryId(7), 3, 20, Duration::from_secs(30));
    /// let claim = Claim::new(lease, 1, "redpin-main".to_owned(), "msg_1".to_owned(), None);
    /// assert!(claim.isolated(true).isolated);
    /// ```
    #[must_use]
    pub fn isolated(self, isolated: bool) -> Self {
        Self { isolated, ..self }
    }
}
