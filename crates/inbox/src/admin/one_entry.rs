//! Actions on one entry.
//!
//! - Guarantees: each action is one atomic change of the store. Its result says whether this call made it.
//! - Assumes: workers and other operators act on the same entry at the same time.
//! - Without it: an operator who redelivers an entry twice causes two effects, or cancels an attempt that has
//!   succeeded.

use super::redelivered::Redelivered;
use crate::inbox::Inbox;
use crate::reason::Reason;
use crate::store::{ByHand, EntryId, Erasure, Store, StoreError};
use crate::telemetry;

impl<S: Store> Inbox<S> {
    /// Processes a finished entry again, with all attempts. Its effect then happens once more.
    ///
    /// If the entry's endpoint is an intake of this inbox, the body is opened first. An entry that no secret of the
    /// endpoint opens stays as it is, because every attempt would fail.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let redelivered = inbox.redeliver(EntryId(1_204), "dana@example.com").await?;
    /// if !redelivered.is_redelivered() {
    ///     println!("entry 1204 cannot be redelivered: {redelivered:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn redeliver<'a>(&self, id: EntryId, by: impl Into<ByHand<'a>>) -> Result<Redelivered, StoreError> {
        let by = by.into();
        if let Some(obstacle) = self.obstacle(id).await? {
            return Ok(obstacle);
        }
        if self.store().redeliver(id, self.settings.back_off.attempts(), by).await? {
            telemetry::acted("redeliver", id, by);
            telemetry::redelivered();
            return Ok(Redelivered::Yes);
        }
        // Another call was faster.
        Ok(self.obstacle(id).await?.unwrap_or(Redelivered::Unfinished))
    }

    /// Returns the reason for which an entry cannot be redelivered.
    async fn obstacle(&self, id: EntryId) -> Result<Option<Redelivered>, StoreError> {
        let Some(entry) = self.store().get(id).await? else { return Ok(Some(Redelivered::Unknown)) };
        if !entry.state.is_finished() {
            return Ok(Some(Redelivered::Unfinished));
        }
        let Some(stored) = self.store().body(id).await? else { return Ok(Some(Redelivered::NoBody)) };
        // The secrets of an endpoint without an intake in this inbox are unknown.
        let Some(secrets) = self.secrets.get(&entry.endpoint) else { return Ok(None) };
        if secrets.open(stored) {
            return Ok(None);
        }
        Ok(Some(secrets.missing(entry.secret).map_or(Redelivered::NotVerified, Redelivered::SecretGone)))
    }

    /// Releases a running entry from its worker: the entry is due immediately, and the attempt does not count. Returns
    /// `false` if the entry is not running.
    ///
    /// The worker's lease is void, and its handler is aborted at the next extension, after a third of the lease at the
    /// latest. Effects in the inbox's own transaction are rolled back. Effects elsewhere may happen once more.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let was_running = inbox.release(EntryId(1_204), "dana@example.com").await?;
    /// # let _ = was_running;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn release<'a>(&self, id: EntryId, by: impl Into<ByHand<'a>>) -> Result<bool, StoreError> {
        let by = by.into();
        let is_changed = self.store().release(id, by).await?;
        Ok(telemetry::acted_if(is_changed, "release", id, by))
    }

    /// Makes a dead letter of an entry that is due, waiting or parked, for this reason. Returns `false` if the entry is
    /// unknown, running or finished otherwise.
    ///
    /// Its body is kept until a person acts again. A repeat from the platform revives it; [cancel](Self::cancel) an entry
    /// that must never be processed.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let is_discarded = inbox.discard(EntryId(1_204), "fraud is suspected", "dana@example.com").await?;
    /// # let _ = is_discarded;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn discard<'a>(
        &self,
        id: EntryId,
        reason: impl Into<Reason>,
        by: impl Into<ByHand<'a>>,
    ) -> Result<bool, StoreError> {
        let by = by.into();
        let is_changed = self.store().discard(id, reason.into(), by).await?;
        Ok(telemetry::acted_if(is_changed, "discard", id, by))
    }

    /// Cancels an entry that is due, waiting, parked or a dead letter. Its body is kept as long as that of a completed
    /// entry. Returns `false` if the entry is unknown, running, completed or cancelled. The body is not opened, so an entry
    /// whose secret is gone can be cancelled.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let is_cancelled = inbox.cancel(EntryId(1_204), "dana@example.com").await?;
    /// # let _ = is_cancelled;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn cancel<'a>(&self, id: EntryId, by: impl Into<ByHand<'a>>) -> Result<bool, StoreError> {
        let by = by.into();
        let is_changed = self.store().cancel(id, by).await?;
        Ok(telemetry::acted_if(is_changed, "cancel", id, by))
    }

    /// Completes an entry that is neither running nor completed, because an operator knows that its event was processed: a
    /// payout that was made by hand, say. A platform to which a success is a
    /// [fulfilment](referral_webhooks::Acknowledges::Fulfilment) gets its success with the next repeat. Returns `false` if
    /// the entry is unknown, running or completed.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let is_done = inbox.mark_done(EntryId(1_204), "dana@example.com").await?;
    /// # let _ = is_done;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn mark_done<'a>(&self, id: EntryId, by: impl Into<ByHand<'a>>) -> Result<bool, StoreError> {
        let by = by.into();
        let is_done = self.store().mark_done(id, by).await?;
        self.fulfilment.ended(id);
        Ok(telemetry::acted_if(is_done, "mark_done", id, by))
    }

    /// Erases the body and the reasons of an entry, which may contain personal data, and cancels the entry unless it is
    /// completed. Its id and its history stay, so that a repeat is recognized. See [`Store::erase`].
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let erasure = inbox.erase(EntryId(1_204), "dana@example.com").await?;
    /// assert!(erasure.is_erased());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn erase<'a>(&self, id: EntryId, by: impl Into<ByHand<'a>>) -> Result<Erasure, StoreError> {
        let by = by.into();
        let erasure = self.store().erase(id, by).await?;
        telemetry::acted_if(erasure.is_erased(), "erase", id, by);
        Ok(erasure)
    }

    /// Writes a line about a person into the history of an entry and into the log, and changes nothing else: that its
    /// personal data were shown, say. Returns `false` if the entry is unknown.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// let is_known = inbox.record(EntryId(1_204), "revealed", "dana@example.com").await?;
    /// # let _ = is_known;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn record<'a>(
        &self,
        id: EntryId,
        what: &'static str,
        by: impl Into<ByHand<'a>>,
    ) -> Result<bool, StoreError> {
        let by = by.into();
        let is_known = self.store().record(id, what, by).await?;
        Ok(telemetry::acted_if(is_known, what, id, by))
    }
}
