//! The erasure of a person's data.

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use serde::Serialize;

use super::stored::{Opened, Stored};
use crate::intake::Intake;
use crate::secrets::SecretNeeded;
use crate::source::Source;
use crate::store::{ByHand, Entry, EntryId, Erasure, Filter, State, Store, StoreError};
use crate::telemetry;

/// The result of erasing a person's data.
///
/// ```
/// use referral_webhooks_inbox::Erased;
///
/// fn is_complete(erased: &Erased) -> bool {
///     erased.running + erased.unverified + erased.unprocessed_items + erased.shared == 0 && !erased.log_pending
/// }
/// # assert!(is_complete(&Erased::default()));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Erased {
    /// Entries that were erased.
    pub erased: u64,
    /// Whether text remains in the database's write-ahead log: see [`Erasure::LogPending`].
    pub log_pending: bool,
    /// Entries that are running. Erase again when they have ended.
    pub running: u64,
    /// Entries of bodies that hold several events, and that are not processed. The person may be in another event of the
    /// body, so they stay. Erase each with [`Store::erase`], or erase again when they are processed.
    pub unprocessed_items: u64,
    /// Erased entries whose body another entry needs until it is processed: see [`Erasure::Shared`].
    pub shared: u64,
    /// Refused requests that were erased.
    pub refused: u64,
    /// Entries that do not verify, and refused requests that the store cannot decrypt, so that the predicate could not be
    /// asked.
    pub unverified: u64,
    /// The secrets that the endpoint lacks, with the numbers of unverified entries that need them. Add the secrets with
    /// [`reopens_with`](referral_webhooks::Endpoint::reopens_with), and erase again, or use
    /// [`Inbox::erase_where`](crate::Inbox::erase_where), which needs no secret.
    pub missing_secrets: Vec<SecretNeeded>,
    /// Selected entries beyond the limit.
    pub remaining: u64,
}

impl Erased {
    /// Erases an entry that the predicate found, and counts the result.
    pub(super) async fn erase_found<S: Store>(
        &mut self,
        store: &S,
        entry: &Entry,
        by: ByHand<'_>,
    ) -> Result<(), StoreError> {
        if entry.item.is_some() && !matches!(entry.state, State::Completed | State::Cancelled | State::Running) {
            self.unprocessed_items += 1;
            return Ok(());
        }
        self.erase(store, entry.id, by).await
    }

    /// Erases an entry, and counts the result.
    pub(super) async fn erase<S: Store>(&mut self, store: &S, id: EntryId, by: ByHand<'_>) -> Result<(), StoreError> {
        let erasure = store.erase(id, by).await?;
        if erasure.is_erased() {
            telemetry::acted("erase", id, by);
            self.erased += 1;
            self.shared += u64::from(erasure == Erasure::Shared);
            // The log is truncated as a whole, so the last erasure reports the state of all.
            self.log_pending = erasure == Erasure::LogPending;
        } else if store.get(id).await?.is_some_and(|entry| entry.state == State::Running) {
            self.running += 1;
        }
        Ok(())
    }
}

impl<P: Platform, S: Store, E: Source<P>> Intake<P, S, E> {
    /// Erases every entry that concerns a person, according to a predicate. Bodies and reasons are deleted. Ids and
    /// history stay, so that repeats are recognized.
    ///
    /// The method reads every stored body, because the store has no index of people. If this version cannot read an
    /// event, the predicate can search the delivery's body. A conflict is a separate entry, and each entry is
    /// erased in a separate transaction.
    ///
    /// An entry that no secret of the endpoint opens cannot be shown to the predicate. It stays, and
    /// [`Erased::missing_secrets`] names the secret that it needs.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::Intake;
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(redpin: &Intake<Redpin, S>) -> Result<(), StoreError> {
    /// let address = b"robin@example.com";
    /// let is_robin = |body: &[u8]| body.windows(address.len()).any(|part| part.eq_ignore_ascii_case(address));
    /// let erased = redpin.erase_where(|delivery| is_robin(delivery.body()), "dana@example.com").await?;
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
        is_theirs: impl Fn(&Delivery<P>) -> bool,
        by: impl Into<ByHand<'a>>,
    ) -> Result<Erased, StoreError> {
        let (by, mut erased) = (by.into(), Erased::default());
        let mut stored = Stored::new(self, Filter::new());
        while let Some(opened) = stored.next().await? {
            let (entry, delivery) = match opened {
                Opened::Verified(entry, delivery) => (entry, delivery),
                Opened::Closed(_, missing) => {
                    erased.unverified += 1;
                    if let Some(secret) = missing {
                        SecretNeeded::count(&mut erased.missing_secrets, self.name(), secret);
                    }
                    continue;
                }
            };
            if !is_theirs(&delivery) {
                continue;
            }
            erased.erase_found(self.store(), &entry, by).await?;
        }
        Ok(erased)
    }
}
