//! The health of an inbox, for readiness probes.

use referral_webhooks::SecretRole;
use serde::Serialize;
use tokio::time::timeout;

use crate::inbox::Inbox;
use crate::secrets::SecretNeeded;
use crate::store::{NOT_SEALED, SecretUse, Stats, Store, StoreError};
use crate::telemetry::cause;

/// The health of an inbox, for readiness probes.
///
/// ```
/// use http::StatusCode;
/// use referral_webhooks_inbox::Inbox;
/// use referral_webhooks_inbox::store::Store;
///
/// async fn ready<S: Store>(inbox: &Inbox<S>) -> StatusCode {
///     let health = inbox.health().await;
///     if health.is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether the store accepted a write within the last five seconds, and none has failed since. Answer a readiness
    /// probe with it.
    pub is_ready: bool,
    /// The number of deliveries being stored.
    pub in_flight: usize,
    /// The numbers of entries; `None` if they could not be read in time. Alert on [`Stats::oldest_due`].
    pub stats: Option<Stats>,
    /// The secrets that stored entries need, except the current one of each endpoint of this inbox. A secret without a
    /// role is missing. Remove a secret from [`reopens_with`](referral_webhooks::Endpoint::reopens_with) only when the
    /// list no longer names it. `None` if they could not be read in time.
    ///
    /// An entry whose list of signatures matches several secrets counts for the first of them.
    pub secrets: Option<Vec<SecretNeeded>>,
    /// The fault, in words for an operator.
    pub trouble: Option<String>,
}

impl<S: Store> Inbox<S> {
    /// Checks whether deliveries can be accepted now. Call it as often as you like: it probes the store with a small
    /// write only if none succeeded within five seconds. It returns within three times the [budget](Self::accept_within).
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let inbox = Inbox::new(MemoryStore::new());
    /// assert!(inbox.health().await.is_ready);
    /// # }
    /// ```
    pub async fn health(&self) -> Health {
        let budget = self.settings.accept_within;
        let stats = timeout(budget, self.store().stats()).await;
        // A store that cannot be read may have lost the last write, so that its pulse proves little.
        let is_fresh = self.pulse.is_fresh() && !matches!(stats, Ok(Err(_)));
        let trouble = if is_fresh { None } else { self.probe().await };
        let stats = stats.ok().and_then(Result::ok);
        // A store that was too slow once is not asked again.
        let secrets = match stats {
            Some(_) => timeout(budget, self.secrets_needed()).await.ok().and_then(Result::ok),
            None => None,
        };
        Health { is_ready: trouble.is_none(), in_flight: self.admission.in_flight(), stats, secrets, trouble }
    }

    async fn secrets_needed(&self) -> Result<Vec<SecretNeeded>, StoreError> {
        let mut needed = Vec::new();
        for (endpoint, secrets) in self.secrets.all() {
            for SecretUse { secret, entries } in self.store().secrets(&endpoint).await? {
                let role = secrets.role(secret);
                if role != Some(SecretRole::Current) {
                    needed.push(SecretNeeded { role, entries, ..SecretNeeded::missing(&endpoint, secret) });
                }
            }
        }
        Ok(needed)
    }

    /// Writes a small record, and returns the fault if that fails.
    async fn probe(&self) -> Option<String> {
        let budget = self.settings.accept_within;
        let written = timeout(budget, async {
            self.store().admits(NOT_SEALED).await?;
            self.store().probe().await
        });
        match written.await {
            Ok(Ok(())) => {
                self.pulse.beat();
                None
            }
            Ok(Err(error)) => Some(format!("{error}: {}", cause(&error))),
            Err(_) => Some(format!("the store wrote nothing within {} ms", budget.as_millis())),
        }
    }
}
