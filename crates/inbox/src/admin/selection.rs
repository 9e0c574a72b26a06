//! Actions on many entries.
//!
//! - Guarantees: an action needs a selection, and a selection is counted when it is made. An entry that arrives later is
//!   outside of it. Each entry is changed in a transaction of its own, the oldest first.
//! - Assumes: workers and other operators act on the same entries at the same time. An entry that no longer permits the
//!   action is left as it is.
//! - Without it: a filter that is wider than expected pays thousands of rewards again, before the operator has seen a
//!   number.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use referral_webhooks::Fingerprint;
use serde::Serialize;

use super::any_intake::AnyIntake;
use super::erase::Erased;
use super::redecode::Redecoded;
use super::redelivered::Redelivered;
use crate::inbox::Inbox;
use crate::reason::Reason;
use crate::secrets::SecretNeeded;
use crate::store::{ByHand, Entry, EntryId, Filter, Store, StoreError};

/// The number of entries that are changed at the same time. A store with one writer commits them together.
const CONCURRENT: usize = 16;

/// Entries that a filter selects, counted, for an action on all of them. Made by [`Inbox::select`].
///
/// ```
/// use referral_webhooks_inbox::Inbox;
/// use referral_webhooks_inbox::store::{Filter, State, Store, StoreError};
///
/// async fn redeliver_the_outage<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
///     let dead_letters = inbox.select(Filter::new().endpoint("redpin-main").state(State::Discarded)).await?;
///     println!("{} dead letters", dead_letters.count());
///     let changed = dead_letters.redeliver(100, "dana@example.com").await?;
///     println!("{} are due again, {} remain", changed.changed, changed.remaining);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Selection<S> {
    inbox: Inbox<S>,
    filter: Filter,
    count: u64,
}

/// The result of an action on a [`Selection`].
///
/// ```
/// use referral_webhooks_inbox::Changed;
///
/// fn is_complete(changed: &Changed) -> bool {
///     changed.remaining == 0
/// }
/// # assert!(is_complete(&Changed::default()));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Changed {
    /// Entries that the action changed.
    pub changed: u64,
    /// Entries that did not permit the action: their state had changed, their body was deleted, or their secret is
    /// missing.
    pub unchanged: u64,
    /// The secrets that endpoints lack, with the numbers of unchanged entries that need them. Add the secrets with
    /// [`reopens_with`](referral_webhooks::Endpoint::reopens_with), and select again.
    pub missing_secrets: Vec<SecretNeeded>,
    /// Entries beyond the limit.
    pub remaining: u64,
}

/// The result of an action on one entry.
enum Step {
    Changed,
    Unchanged,
    /// No secret of this endpoint opens the entry, which needs this one.
    Closed(String, Fingerprint),
}

impl Step {
    const fn of(is_changed: bool) -> Self {
        if is_changed { Self::Changed } else { Self::Unchanged }
    }
}

impl<S: Store> Inbox<S> {
    /// Selects and counts entries for an action on all of them. The filter's limit and order are ignored.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inbox::store::{Filter, State};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let parked = inbox.select(Filter::new().state(State::Parked).event("REFERRAL_ARCHIVED")).await?;
    /// assert_eq!(parked.count(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn select(&self, filter: Filter) -> Result<Selection<S>, StoreError> {
        let mut filter = Filter { most: None, is_oldest_first: false, ..filter };
        // Later entries have higher ids.
        let newest = self.store().list(filter.clone().most(1)).await?;
        let end = newest.first().map_or(EntryId(0), |newest| EntryId(newest.id.0.saturating_add(1)));
        filter = filter.before(end);
        let count = self.store().count(filter.clone()).await?;
        Ok(Selection { inbox: self.clone(), filter, count })
    }
}

impl<S: Store> Selection<S> {
    /// Returns the number of selected entries, as of the selection.
    ///
    /// ```
    /// # use referral_webhooks_inbox::Selection;
    /// # use referral_webhooks_inbox::store::Store;
    /// fn needs_a_second_person<S: Store>(selection: &Selection<S>) -> bool {
    ///     selection.count() > 100
    /// }
    /// ```
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// [Redelivers](Inbox::redeliver) the oldest of these entries, `most` of them.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Changed, Selection};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn again<S: Store>(selection: Selection<S>) -> Result<Changed, StoreError> {
    ///     selection.redeliver(1_000, "dana@example.com").await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were changed before stay changed.
    pub async fn redeliver<'a>(self, most: u64, by: impl Into<ByHand<'a>>) -> Result<Changed, StoreError> {
        let by = by.into();
        let redeliver = async |inbox: &Inbox<S>, entry: Entry| {
            let redelivered = inbox.redeliver(entry.id, by).await?;
            Ok(match redelivered {
                Redelivered::SecretGone(secret) => Step::Closed(entry.endpoint, secret),
                other => Step::of(other.is_redelivered()),
            })
        };
        self.change(most, |inbox, entry| Box::pin(redeliver(inbox, entry))).await
    }

    /// [Cancels](Inbox::cancel) the oldest of these entries, `most` of them.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Changed, Selection};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn never<S: Store>(selection: Selection<S>) -> Result<Changed, StoreError> {
    ///     selection.cancel(1_000, "dana@example.com").await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were changed before stay changed.
    pub async fn cancel<'a>(self, most: u64, by: impl Into<ByHand<'a>>) -> Result<Changed, StoreError> {
        let by = by.into();
        self.change(most, |inbox, entry| Box::pin(async move { inbox.cancel(entry.id, by).await.map(Step::of) })).await
    }

    /// [Discards](Inbox::discard) the oldest of these entries, `most` of them.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Changed, Selection};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn later<S: Store>(selection: Selection<S>) -> Result<Changed, StoreError> {
    ///     selection.discard("the campaign is under review", 1_000, "dana@example.com").await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were changed before stay changed.
    pub async fn discard<'a>(
        self,
        reason: impl Into<Reason>,
        most: u64,
        by: impl Into<ByHand<'a>>,
    ) -> Result<Changed, StoreError> {
        let (reason, by) = (reason.into(), by.into());
        let discard = |inbox, entry: Entry| {
            let reason = reason.clone();
            Box::pin(async move { Inbox::discard(inbox, entry.id, reason, by).await.map(Step::of) }) as BoxFuture<'_, _>
        };
        self.change(most, discard).await
    }

    /// [Decodes](Inbox::redecode) those of these entries that were unreadable when they were received.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use referral_webhooks_inbox::{AnyIntake, Redecoded, Selection};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn after_the_upgrade<S: Store>(
    ///     selection: Selection<S>,
    ///     intakes: &[Arc<dyn AnyIntake>],
    /// ) -> Result<Redecoded, StoreError> {
    ///     selection.redecode(intakes, "dana@example.com").await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were redecoded before stay redecoded.
    pub async fn redecode<'a>(
        self,
        intakes: &[Arc<dyn AnyIntake>],
        by: impl Into<ByHand<'a>>,
    ) -> Result<Redecoded, StoreError> {
        let (by, mut redecoded) = (by.into(), Redecoded::default());
        for intake in intakes {
            redecoded.add(intake.redecode_those(self.filter.clone(), by).await?);
        }
        Ok(redecoded)
    }

    /// [Erases](Inbox::erase) the oldest of these entries, `most` of them.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Erased, Selection};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn forget<S: Store>(selection: Selection<S>) -> Result<Erased, StoreError> {
    ///     selection.erase(1_000, "dana@example.com").await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were erased before stay erased.
    pub async fn erase<'a>(self, most: u64, by: impl Into<ByHand<'a>>) -> Result<Erased, StoreError> {
        let (by, mut erased) = (by.into(), Erased::default());
        let mut next = Some(self.filter.clone().oldest_first());
        let mut seen = 0;
        while let Some(filter) = next {
            let page = u32::try_from(most - seen).unwrap_or(u32::MAX).min(500);
            if page == 0 {
                break;
            }
            let filter = filter.most(page);
            let entries = self.inbox.store().list(filter.clone()).await?;
            next = filter.next_page(&entries);
            for entry in entries {
                seen += 1;
                erased.erase(self.inbox.store(), entry.id, by).await?;
            }
        }
        erased.remaining = self.count.saturating_sub(seen);
        Ok(erased)
    }

    pub(super) const fn parts(&self) -> (&Inbox<S>, &Filter) {
        (&self.inbox, &self.filter)
    }

    /// Changes the oldest entries. Each page is read before its entries are changed, and the next page begins after it,
    /// because changed entries may match the filter again.
    async fn change<'b>(
        &'b self,
        most: u64,
        change: impl Fn(&'b Inbox<S>, Entry) -> BoxFuture<'b, Result<Step, StoreError>>,
    ) -> Result<Changed, StoreError> {
        let mut changed = Changed::default();
        let mut next = Some(self.filter.clone().oldest_first());
        while let Some(filter) = next {
            let seen = changed.changed + changed.unchanged;
            let page = u32::try_from(most.saturating_sub(seen)).unwrap_or(u32::MAX).min(500);
            if page == 0 {
                break;
            }
            let filter = filter.most(page);
            let entries = self.inbox.store().list(filter.clone()).await?;
            next = filter.next_page(&entries);
            let ended = stream::iter(entries).map(|entry| change(&self.inbox, entry)).buffered(CONCURRENT);
            let ended: Vec<Step> = ended.try_collect().await?;
            for step in ended {
                match step {
                    Step::Changed => changed.changed += 1,
                    Step::Unchanged => changed.unchanged += 1,
                    Step::Closed(endpoint, secret) => {
                        changed.unchanged += 1;
                        SecretNeeded::count(&mut changed.missing_secrets, &endpoint, secret);
                    }
                }
            }
        }
        changed.remaining = self.count.saturating_sub(changed.changed + changed.unchanged);
        Ok(changed)
    }
}
