//! The selection of entries in a list.

use referral_webhooks::Fingerprint;
use serde::Serialize;
use time::OffsetDateTime;

use super::decoded::digest_of;
use super::entry::{Entry, EntryId};
use super::state::State;

/// The selection of entries in a list. Conditions add up.
///
/// ```
/// use referral_webhooks_inbox::EntryId;
/// use referral_webhooks_inbox::store::{Filter, State};
///
/// let page = Filter::new().endpoint("redpin-main").state(State::Discarded).most(50);
/// let next = page.before(EntryId(1_204));
/// # assert_eq!(next.limit(), 50);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Filter {
    /// The endpoint's name.
    pub endpoint: Option<String>,
    /// The tenant; an empty name selects the entries without one.
    pub tenant: Option<String>,
    /// The state.
    pub state: Option<State>,
    /// The forms of a delivery id, one of which the entry must have; any id if empty. A sealing store adds the digest
    /// that it stores in place of an id.
    pub delivery_ids: Vec<String>,
    /// The event's name.
    pub event: Option<String>,
    /// The digest of the subject: see [`NewEntry::subject`](super::NewEntry::subject).
    pub subject: Option<String>,
    /// The earliest time of receipt.
    #[serde(with = "time::serde::rfc3339::option")]
    pub received_from: Option<OffsetDateTime>,
    /// The time before which the delivery was received.
    #[serde(with = "time::serde::rfc3339::option")]
    pub received_before: Option<OffsetDateTime>,
    /// Whether the entry must be a conflict.
    pub is_conflict: bool,
    /// The fingerprint of the secret that proved the body, [as the store keeps it](super::Store::kept_fingerprint).
    pub secret: Option<Fingerprint>,
    /// Whether the event must be `Other`.
    pub is_unreadable: bool,
    /// Whether the body must be stored.
    pub has_body: bool,
    /// The id below which all ids are: the last one of the previous page.
    pub before: Option<EntryId>,
    /// The id above which all ids are: the last one of the previous page, if the oldest entry is first.
    pub after: Option<EntryId>,
    /// Whether the oldest entry is first.
    pub is_oldest_first: bool,
    /// The maximum number of entries; 100 if not set.
    pub most: Option<u32>,
}

impl Filter {
    /// Selects every entry.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// let filter = Filter::new();
    /// assert_eq!((filter.endpoint, filter.state), (None, None));
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects one endpoint.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert_eq!(Filter::new().endpoint("redpin-main").endpoint.as_deref(), Some("redpin-main"));
    /// ```
    #[must_use]
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        Self { endpoint: Some(endpoint.into()), ..self }
    }

    /// Selects one tenant. An empty name selects the entries without a tenant.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// let page = Filter::new().endpoint("redpin").tenant("acme");
    /// assert_eq!(page.tenant.as_deref(), Some("acme"));
    /// ```
    #[must_use]
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        Self { tenant: Some(tenant.into()), ..self }
    }

    /// Selects the entries with a delivery id. Conflicts have ids derived from it, and are found by
    /// [`conflicts`](Self::conflicts).
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// let of_a_report = Filter::new().delivery_id("msg_2ecVKKpT");
    /// # assert_eq!(of_a_report.delivery_ids, ["msg_2ecVKKpT"]);
    /// ```
    #[must_use]
    pub fn delivery_id(self, id: impl Into<String>) -> Self {
        Self { delivery_ids: vec![id.into()], ..self }
    }

    /// Selects one event by its name.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// let created = Filter::new().endpoint("redpin-main").event("REFERRAL_CREATED");
    /// # assert_eq!(created.event.as_deref(), Some("REFERRAL_CREATED"));
    /// ```
    #[must_use]
    pub fn event(self, name: impl Into<String>) -> Self {
        Self { event: Some(name.into()), ..self }
    }

    /// Selects one subject: the text that [`Intake::one_at_a_time`](crate::Intake::one_at_a_time) named.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// let of_a_referral = Filter::new().endpoint("redpin-main").about("referral-17");
    /// assert!(!of_a_referral.subject.unwrap().contains("referral-17"), "the digest is compared");
    /// ```
    #[must_use]
    pub fn about(self, subject: impl AsRef<[u8]>) -> Self {
        Self { subject: Some(digest_of(subject.as_ref())), ..self }
    }

    /// Selects deliveries that were received at this time or later.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    /// use time::{Duration, OffsetDateTime};
    ///
    /// let now = OffsetDateTime::now_utc();
    /// let of_the_last_hour = Filter::new().received_from(now - Duration::HOUR);
    /// # assert!(of_the_last_hour.received_from < Some(now));
    /// ```
    #[must_use]
    pub fn received_from(self, time: OffsetDateTime) -> Self {
        Self { received_from: Some(time), ..self }
    }

    /// Selects deliveries that were received before this time.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    /// use time::{Duration, OffsetDateTime};
    ///
    /// let (from, day) = (OffsetDateTime::UNIX_EPOCH, Duration::DAY);
    /// let of_that_day = Filter::new().received_from(from).received_before(from + day);
    /// # assert_eq!(of_that_day.received_before, Some(from + day));
    /// ```
    #[must_use]
    pub fn received_before(self, time: OffsetDateTime) -> Self {
        Self { received_before: Some(time), ..self }
    }

    /// Selects conflicts.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert!(Filter::new().conflicts().is_conflict);
    /// ```
    #[must_use]
    pub fn conflicts(self) -> Self {
        Self { is_conflict: true, ..self }
    }

    /// Selects entries whose body a secret proved, [`SecretNeeded::secret`](crate::SecretNeeded::secret) say.
    ///
    /// ```
    /// use referral_webhooks::Fingerprint;
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// let secret = Fingerprint::new([7; 8]);
    /// assert_eq!(Filter::new().secret(secret).secret, Some(secret));
    /// ```
    #[must_use]
    pub fn secret(self, secret: Fingerprint) -> Self {
        Self { secret: Some(secret), ..self }
    }

    /// Selects one state.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Filter, State};
    ///
    /// assert_eq!(Filter::new().state(State::Parked).state, Some(State::Parked));
    /// ```
    #[must_use]
    pub fn state(self, state: State) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Selects events that are `Other`: unknown, or unreadable for the version that received them.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert!(Filter::new().unreadable().is_unreadable);
    /// ```
    #[must_use]
    pub fn unreadable(self) -> Self {
        Self { is_unreadable: true, ..self }
    }

    /// Selects entries with a body.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert!(Filter::new().with_body().has_body);
    /// ```
    #[must_use]
    pub fn with_body(self) -> Self {
        Self { has_body: true, ..self }
    }

    /// Selects entries older than this one.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Entry, Filter};
    ///
    /// /// Returns the filter of the next page.
    /// fn next(filter: Filter, page: &[Entry]) -> Option<Filter> {
    ///     Some(filter.before(page.last()?.id))
    /// }
    /// # assert_eq!(next(Filter::new(), &[]), None);
    /// ```
    #[must_use]
    pub fn before(self, id: EntryId) -> Self {
        Self { before: Some(id), ..self }
    }

    /// Sets the maximum number of entries.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert_eq!(Filter::new().most(20).limit(), 20);
    /// ```
    #[must_use]
    pub fn most(self, most: u32) -> Self {
        Self { most: Some(most), ..self }
    }

    /// Lists the oldest entry first.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert!(Filter::new().oldest_first().is_oldest_first);
    /// ```
    #[must_use]
    pub fn oldest_first(self) -> Self {
        Self { is_oldest_first: true, ..self }
    }

    /// Returns the filter of the page after this one; `None` after the last page. Entries that arrive meanwhile are on
    /// no later page, unless the oldest is first.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Entry, Filter, Store, StoreError};
    ///
    /// async fn all<S: Store>(store: &S, filter: Filter) -> Result<Vec<Entry>, StoreError> {
    ///     let (mut all, mut next) = (Vec::new(), Some(filter));
    ///     while let Some(filter) = next {
    ///         let page = store.list(filter.clone()).await?;
    ///         next = filter.next_page(&page);
    ///         all.extend(page);
    ///     }
    ///     Ok(all)
    /// }
    /// ```
    #[must_use]
    pub fn next_page(self, page: &[Entry]) -> Option<Self> {
        let last = page.last().filter(|_| page.len() >= self.limit() as usize)?.id;
        Some(match self.is_oldest_first {
            true => Self { after: Some(last), ..self },
            false => self.before(last),
        })
    }

    /// Returns the maximum number of entries.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert_eq!(Filter::new().limit(), 100);
    /// ```
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.most.unwrap_or(100)
    }
}
