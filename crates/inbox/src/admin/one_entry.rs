//! Actions on one entry.
//!
//! - Guarantees: each action is one atomic change of the store. Its result says whether this call made it.
//! - Assumes: workers and other operators act on the same entry at the same time.
//! - Without it: an operator who redelivers an entry twice causes two effects, or cancels an attempt that has
//!   succeeded.

use super::redelivered::Redelivered;
use crate::inbox::Inbox;
use crate::reason::Reason;
use crate::store::{EntryId, Store, StoreError};
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
    pub async fn redeliver(&self, id: EntryId, by: &str) -> Result<Redelivered, StoreError> {
        if let Some(obstacle) = self.obstacle(id).await? {
            return Ok(obstacle);
        }
        if self.store().redeliver(id, self.settings.back_off.attempts(), by).await? {
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
    pub async fn release(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        self.store().release(id, by).await
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
    pub async fn discard(&self, id: EntryId, reason: impl Into<Reason>, by: &str) -> Result<bool, StoreError> {
        self.store().discard(id, reason.into(), by).await
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
    pub async fn cancel(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        self.store().cancel(id, by).await
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
    pub async fn mark_done(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let is_done = self.store().mark_done(id, by).await?;
        self.fulfilment.ended(id);
        Ok(is_done)
    }
}
