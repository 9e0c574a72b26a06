//! Redecoding after an upgrade.

use referral_webhooks::platform::Platform;
use serde::Serialize;

use super::stored::Stored;
use crate::intake::Intake;
use crate::source::Source;
use crate::store::{Decoded, Filter, Store, StoreError};

/// The result of redecoding an endpoint's entries.
///
/// ```
/// use referral_webhooks_inbox::Redecoded;
///
/// fn needs_another_upgrade(redecoded: &Redecoded) -> bool {
///     redecoded.unreadable > 0
/// }
/// # assert!(!needs_another_upgrade(&Redecoded::default()));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Redecoded {
    /// Entries that this version can read.
    pub readable: u64,
    /// The readable entries that were parked or dead letters and are going to be processed.
    pub processed: u64,
    /// Entries that are still unreadable, or whose event is still unknown.
    pub unreadable: u64,
    /// Entries that do not verify, because their secret was removed.
    pub unverified: u64,
}

impl<P: Platform, S: Store, E: Source<P>> Intake<P, S, E> {
    /// Decodes with this version the entries that were unreadable when they were received. Call it after an upgrade.
    ///
    /// Parked entries and dead letters that are readable now are processed. A completed entry gets its event's name,
    /// and is processed only if it is [redelivered](crate::Inbox::redeliver).
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::Intake;
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(redpin: &Intake<Redpin, S>) -> Result<(), StoreError> {
    /// let redecoded = redpin.redecode("upgrade to 0.2").await?;
    /// println!("{} readable, {} going to be processed", redecoded.readable, redecoded.processed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were redecoded before stay redecoded.
    pub async fn redecode(&self, by: &str) -> Result<Redecoded, StoreError> {
        let mut redecoded = Redecoded::default();
        let mut stored = Stored::new(self, Filter::new().unreadable());
        while let Some((id, delivery)) = stored.next().await? {
            let Some(delivery) = delivery else {
                redecoded.unverified += 1;
                continue;
            };
            let mut decoded = Decoded::of(&delivery);
            if decoded.unreadable.is_some() {
                redecoded.unreadable += 1;
                continue;
            }
            if let Some(subject) = self.subject_of(&delivery) {
                decoded = decoded.about(subject);
            }
            redecoded.readable += 1;
            redecoded.processed += u64::from(self.store().redecode(id, decoded, self.attempts(), by).await?);
        }
        Ok(redecoded)
    }
}
