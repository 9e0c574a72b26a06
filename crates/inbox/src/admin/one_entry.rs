//! Actions on one entry.
//!
//! - Guarantees: each action is one atomic change of the store. Its `bool` says whether this call made it.
//! - Assumes: workers and other operators act on the same entry at the same time.
//! - Without it: an operator who redelivers an entry twice causes two effects, or cancels an attempt that has
//!   succeeded.

use crate::inbox::Inbox;
use crate::reason::Reason;
use crate::store::{EntryId, Store, StoreError};
use crate::telemetry;

impl<S: Store> Inbox<S> {
    /// Processes a finished entry again, with all attempts. Its effect then happens once more. Returns `false` if the
    /// entry is unknown, unfinished, or without a body.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>) -> Result<(), StoreError> {
    /// if !inbox.redeliver(EntryId(1_204), "dana@example.com").await? {
    ///     println!("entry 1204 cannot be redelivered");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn redeliver(&self, id: EntryId, by: &str) -> Result<bool, StoreError> {
        let is_redelivered = self.store().redeliver(id, self.settings.back_off.attempts(), by).await?;
        if is_redelivered {
            telemetry::redelivered();
        }
        Ok(is_redelivered)
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
    /// entry. Returns `false` if the entry is unknown, running, completed or cancelled.
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
}
