//! The erasure of a person's data in all endpoints, or in selected entries.

use serde::Serialize;

use super::erase::Erased;
use super::selection::Selection;
use super::stored_request::StoredRequest;
use crate::inbox::Inbox;
use crate::store::{ByHand, Erasure, Filter, Store, StoreError};

/// The numbers of stored requests that concern a person.
///
/// ```
/// use referral_webhooks_inbox::{Concerned, Inbox};
/// use referral_webhooks_inbox::store::{Store, StoreError};
///
/// async fn ask<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
///     let Concerned { entries, refused, .. } = inbox.count_where(|stored| stored.mentions("robin@example.com")).await?;
///     println!("erase {entries} entries and {refused} refused requests?");
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Concerned {
    /// Entries.
    pub entries: u64,
    /// Kept refused requests.
    pub refused: u64,
}

impl<S: Store> Inbox<S> {
    /// Counts the entries and the kept refused requests of all endpoints that concern a person, according to a predicate.
    /// Call it before [`erase_where`](Self::erase_where).
    ///
    /// ```
    /// # use referral_webhooks_inbox::Inbox;
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let concerned = inbox.count_where(|stored| stored.mentions("robin@example.com")).await?;
    /// # let _ = concerned.entries;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn count_where(&self, is_theirs: impl Fn(&StoredRequest) -> bool) -> Result<Concerned, StoreError> {
        let mut stored = EachStored::new(self, Filter::new());
        let mut concerned = Concerned::default();
        while let Some(stored) = stored.next().await? {
            concerned.entries += u64::from(is_theirs(&stored));
        }
        for stored in self.refused_requests().await?.into_iter().flatten() {
            concerned.refused += u64::from(is_theirs(&stored));
        }
        Ok(concerned)
    }

    /// Erases every entry and every kept refused request of every endpoint that concerns a person, according to a
    /// predicate. Bodies and reasons are deleted. Ids and history stay, so that repeats are recognized.
    ///
    /// The method reads every stored body, and verifies none, so that it needs no secret. Refused requests that are not
    /// written yet are not found: an intake writes them within a second.
    ///
    /// ```
    /// # use referral_webhooks_inbox::Inbox;
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let erased = inbox.erase_where(|stored| stored.mentions("robin@example.com"), "dana@example.com").await?;
    /// println!("{} erased, {} still running", erased.erased, erased.running);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were erased before stay erased.
    pub async fn erase_where<'a>(
        &self,
        is_theirs: impl Fn(&StoredRequest) -> bool,
        by: impl Into<ByHand<'a>>,
    ) -> Result<Erased, StoreError> {
        let mut erased = self.erase_entries_where(Filter::new(), &is_theirs, by.into()).await?;
        for stored in self.refused_requests().await? {
            match stored {
                None => erased.unverified += 1,
                Some(stored) if is_theirs(&stored) => {
                    match self.store().erase_refused(&stored.endpoint, stored.delivery.received_at).await? {
                        Erasure::NotErased => {}
                        erasure => {
                            erased.refused += 1;
                            erased.log_pending = erasure == Erasure::LogPending;
                        }
                    }
                }
                Some(_) => {}
            }
        }
        Ok(erased)
    }

    async fn erase_entries_where(
        &self,
        filter: Filter,
        is_theirs: impl Fn(&StoredRequest) -> bool,
        by: ByHand<'_>,
    ) -> Result<Erased, StoreError> {
        let (mut erased, mut each) = (Erased::default(), EachStored::new(self, filter));
        while let Some(stored) = each.next().await? {
            if let Some(entry) = stored.entry.as_ref().filter(|_| is_theirs(&stored)) {
                erased.erase_found(self.store(), entry, by).await?;
            }
        }
        Ok(erased)
    }

    /// Returns the kept refused requests of all endpoints; `None` for each that the store cannot decrypt.
    async fn refused_requests(&self) -> Result<Vec<Option<StoredRequest>>, StoreError> {
        let mut requests = Vec::new();
        for endpoint in self.store().endpoints().await?.into_iter().filter(|endpoint| endpoint.refused > 0) {
            let refused = self.store().refused(&endpoint.endpoint).await?;
            requests.extend(refused.into_iter().map(|refused| (!refused.is_sealed).then(|| refused.into())));
        }
        Ok(requests)
    }
}

impl<S: Store> Selection<S> {
    /// Counts those of these entries that concern a person, according to a predicate. Call it before
    /// [`erase_where`](Self::erase_where).
    ///
    /// ```
    /// # use referral_webhooks_inbox::Selection;
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn of_robin<S: Store>(selection: &Selection<S>) -> Result<u64, StoreError> {
    ///     selection.count_where(|stored| stored.mentions("robin@example.com")).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn count_where(&self, is_theirs: impl Fn(&StoredRequest) -> bool) -> Result<u64, StoreError> {
        let (inbox, filter) = self.parts();
        let (mut count, mut each) = (0, EachStored::new(inbox, filter.clone()));
        while let Some(stored) = each.next().await? {
            count += u64::from(is_theirs(&stored));
        }
        Ok(count)
    }

    /// Erases those of these entries that concern a person, according to a predicate: see [`Inbox::erase_where`].
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Erased, Selection};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn forget_robin<S: Store>(selection: Selection<S>) -> Result<Erased, StoreError> {
    ///     selection.erase_where(|stored| stored.mentions("robin@example.com"), "dana@example.com").await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were erased before stay erased.
    pub async fn erase_where<'a>(
        self,
        is_theirs: impl Fn(&StoredRequest) -> bool,
        by: impl Into<ByHand<'a>>,
    ) -> Result<Erased, StoreError> {
        let (inbox, filter) = self.parts();
        inbox.erase_entries_where(filter.clone(), is_theirs, by.into()).await
    }
}

/// A cursor over the stored bodies of selected entries, the newest first, with one body in memory.
struct EachStored<'i, S> {
    inbox: &'i Inbox<S>,
    next: Option<Filter>,
    page: std::vec::IntoIter<crate::store::Entry>,
}

impl<'i, S: Store> EachStored<'i, S> {
    fn new(inbox: &'i Inbox<S>, filter: Filter) -> Self {
        let filter = Filter { most: None, is_oldest_first: false, ..filter }.with_body();
        Self { inbox, next: Some(filter), page: Vec::new().into_iter() }
    }

    async fn next(&mut self) -> Result<Option<StoredRequest>, StoreError> {
        loop {
            let Some(entry) = self.page.next() else {
                let Some(filter) = self.next.take() else { return Ok(None) };
                let page = self.inbox.store().list(filter.clone()).await?;
                (self.next, self.page) = (filter.next_page(&page), page.into_iter());
                continue;
            };
            // A body that was pruned or erased since the page was read is skipped.
            if let Some(delivery) = self.inbox.store().body(entry.id).await? {
                return Ok(Some(StoredRequest::new(entry, delivery)));
            }
        }
    }
}
