//! Redecoding after an upgrade.

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use serde::Serialize;

use super::stored::{Opened, Stored};
use crate::intake::Intake;
use crate::secrets::SecretNeeded;
use crate::source::Source;
use crate::store::{Decoded, EntryId, Filter, SameKey, Store, StoreError, digest_of};

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Redecoded {
    /// Entries that this version can read.
    pub readable: u64,
    /// The readable entries that were parked or dead letters and are going to be processed.
    pub processed: u64,
    /// Entries that are still unreadable, or whose event is still unknown.
    pub unreadable: u64,
    /// The readable entries whose [business key](Intake::dedupe_by) another entry has. They are cancelled.
    pub repeats: u64,
    /// Entries that do not verify.
    pub unverified: u64,
    /// The secrets that the endpoint lacks, with the numbers of unverified entries that need them. Add the secrets with
    /// [`reopens_with`](referral_webhooks::Endpoint::reopens_with), and redecode again.
    pub missing_secrets: Vec<SecretNeeded>,
}

impl<P: Platform, S: Store, E: Source<P>> Intake<P, S, E> {
    /// Decodes with this version the entries that were unreadable when they were received. Call it after an upgrade.
    ///
    /// Parked entries and dead letters that are readable now are processed, unless another entry has their
    /// [business key](Self::dedupe_by). A completed entry gets its event's name,
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
        while let Some(opened) = stored.next().await? {
            let (id, delivery) = match opened {
                Opened::Verified(entry, delivery) => (entry.id, delivery),
                Opened::Closed(missing) => {
                    redecoded.unverified += 1;
                    if let Some(secret) = missing {
                        SecretNeeded::count(&mut redecoded.missing_secrets, self.name(), secret);
                    }
                    continue;
                }
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
            match self.hold_key(id, &delivery, by).await? {
                Held::Free => {}
                Held::Repeat => redecoded.repeats += 1,
                Held::OnlyBody => continue,
            }
            redecoded.processed += u64::from(self.store().redecode(id, decoded, self.attempts(), by).await?);
        }
        Ok(redecoded)
    }

    /// Gives an entry its business key, or cancels it if another entry has the key.
    async fn hold_key(&self, id: EntryId, delivery: &Delivery<P>, by: &str) -> Result<Held, StoreError> {
        let Some(key) = self.business_key_of(delivery) else { return Ok(Held::Free) };
        let holder = self.store().hold_key(id, &digest_of(key.as_bytes())).await?;
        if holder == id {
            return Ok(Held::Free);
        }
        let first = self.store().get(holder).await?;
        let revives = false;
        let verdict = first.map(|it| SameKey::judge(it.state, it.has_body, it.conflict_of.is_some(), revives));
        if verdict == Some(SameKey::Keep) {
            return Ok(Held::OnlyBody);
        }
        // A completed entry stays completed.
        self.store().cancel(id, by).await?;
        Ok(Held::Repeat)
    }
}

/// The relation of an entry to its business key.
enum Held {
    /// The entry has its key, or has none.
    Free,
    /// Another entry has the key, and this one is finished.
    Repeat,
    /// Another entry has the key, and lacks its body. A person decides about this one.
    OnlyBody,
}
