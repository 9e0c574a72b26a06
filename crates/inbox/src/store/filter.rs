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
    /// The platform's name.
    pub platform: Option<String>,
    /// The states, one of which the entry must have; any state if empty.
    pub states: Vec<State>,
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
    /// Whether the delivery must have come more than once.
    pub is_repeated: bool,
    /// The entry whose subject the entry must have, in the same endpoint and tenant. An entry without a subject has none
    /// in common with another one.
    pub same_subject_as: Option<EntryId>,
    /// The entry whose business key the entry must have: the holder of the key, and the repeats under other ids.
    pub same_key_as: Option<EntryId>,
    /// The entry of which the entry must be a conflict or a repeat under another id.
    pub copies_of: Option<EntryId>,
    /// The texts with one of which the delivery id must begin, or one of which must be the event's name; any if empty. A
    /// sealing store adds the digest that it stores in place of an id.
    pub find: Vec<String>,
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
    /// assert_eq!((filter.endpoint, filter.states), (None, vec![]));
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
    /// assert_eq!(Filter::new().state(State::Parked).states, [State::Parked]);
    /// ```
    #[must_use]
    pub fn state(self, state: State) -> Self {
        self.states([state])
    }

    /// Selects several states; any state if there are none.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::{Filter, State};
    ///
    /// let for_a_person = Filter::new().states([State::Parked, State::Discarded]);
    /// # assert_eq!(for_a_person.states.len(), 2);
    /// ```
    #[must_use]
    pub fn states(self, states: impl IntoIterator<Item = State>) -> Self {
        Self { states: states.into_iter().collect(), ..self }
    }

    /// Selects one platform by its name.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert_eq!(Filter::new().platform("redpin").platform.as_deref(), Some("redpin"));
    /// ```
    #[must_use]
    pub fn platform(self, name: impl Into<String>) -> Self {
        Self { platform: Some(name.into()), ..self }
    }

    /// Selects deliveries that came more than once.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// assert!(Filter::new().repeated().is_repeated);
    /// ```
    #[must_use]
    pub fn repeated(self) -> Self {
        Self { is_repeated: true, ..self }
    }

    /// Selects the entries with the subject of this entry, itself included, in its endpoint and tenant.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::Filter};
    ///
    /// assert_eq!(Filter::new().same_subject_as(EntryId(7)).same_subject_as, Some(EntryId(7)));
    /// ```
    #[must_use]
    pub fn same_subject_as(self, id: EntryId) -> Self {
        Self { same_subject_as: Some(id), ..self }
    }

    /// Selects the entries with the [business key](crate::Intake::dedupe_by) of this entry: the one that has the key, and
    /// its repeats under other ids.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::Filter};
    ///
    /// assert_eq!(Filter::new().same_key_as(EntryId(7)).same_key_as, Some(EntryId(7)));
    /// ```
    #[must_use]
    pub fn same_key_as(self, id: EntryId) -> Self {
        Self { same_key_as: Some(id), ..self }
    }

    /// Selects the [conflicts](Entry::conflict_of) of this entry and its [repeats](Entry::repeat_of) under other ids.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::Filter};
    ///
    /// assert_eq!(Filter::new().copies_of(EntryId(7)).copies_of, Some(EntryId(7)));
    /// ```
    #[must_use]
    pub fn copies_of(self, id: EntryId) -> Self {
        Self { copies_of: Some(id), ..self }
    }

    /// Selects the entries whose delivery id begins with this text, or whose event has this name, in the same case. An
    /// empty text selects every entry.
    ///
    /// In a [`Sealed`](crate::Sealed) store an id that is a digest of the body or of a member is found as a whole only.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Filter;
    ///
    /// let typed = Filter::new().find("msg_2ecV");
    /// # assert_eq!(typed.find, ["msg_2ecV"]);
    /// ```
    #[must_use]
    pub fn find(self, text: impl Into<String>) -> Self {
        Self { find: Some(text.into()).into_iter().filter(|text| !text.is_empty()).collect(), ..self }
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

    /// Selects this entry alone.
    ///
    /// ```
    /// use referral_webhooks_inbox::{EntryId, store::Filter};
    ///
    /// let only = Filter::new().only(EntryId(7));
    /// assert_eq!((only.after, only.before), (Some(EntryId(6)), Some(EntryId(8))));
    /// ```
    #[must_use]
    pub fn only(self, id: EntryId) -> Self {
        let (after, before) = (EntryId(id.0.saturating_sub(1)), EntryId(id.0.saturating_add(1)));
        Self { after: Some(after), before: Some(before), ..self }
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
