//! The selection of entries in a list.

use super::entry::EntryId;
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// The endpoint's name.
    pub endpoint: Option<String>,
    /// The tenant; an empty name selects the entries without one.
    pub tenant: Option<String>,
    /// The state.
    pub state: Option<State>,
    /// Whether the event must be `Other`.
    pub is_unreadable: bool,
    /// Whether the body must be stored.
    pub has_body: bool,
    /// The id below which all ids are: the last one of the previous page.
    pub before: Option<EntryId>,
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
