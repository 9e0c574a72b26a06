//! Redecoding after an upgrade.

use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Tenant};
use serde::Serialize;

use super::stored::{Opened, Stored};
use crate::intake::Intake;
use crate::secrets::SecretNeeded;
use crate::source::Source;
use crate::store::{Accepted, ByHand, Decoded, Entry, EntryId, Filter, SameKey, State, Store, StoreError, digest_of};
use crate::telemetry;

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
    /// Entries that another profile has read. They wait for
    /// [`redecode_with_changed_profile`](Intake::redecode_with_changed_profile).
    pub other_profile: u64,
    /// Entries that do not verify, or whose item this version does not find in its body.
    pub unverified: u64,
    /// The secrets that the endpoint lacks, with the numbers of unverified entries that need them. Add the secrets with
    /// [`reopens_with`](referral_webhooks::Endpoint::reopens_with), and redecode again.
    pub missing_secrets: Vec<SecretNeeded>,
}

impl Redecoded {
    /// Adds the result of another endpoint.
    pub(super) fn add(&mut self, other: Self) {
        self.readable += other.readable;
        self.processed += other.processed;
        self.unreadable += other.unreadable;
        self.repeats += other.repeats;
        self.other_profile += other.other_profile;
        self.unverified += other.unverified;
        self.missing_secrets.extend(other.missing_secrets);
    }
}

impl<P: Platform, S: Store, E: Source<P>> Intake<P, S, E> {
    /// Decodes with this version the entries that were unreadable when they were received. Call it after an upgrade.
    ///
    /// Parked entries and dead letters that are readable now are processed, unless another entry has their
    /// [business key](Self::dedupe_by). A completed entry gets its event's name,
    /// and is processed only if it is [redelivered](crate::Inbox::redeliver).
    ///
    /// If this version finds several events in a body that was stored as one, each of them becomes an entry, and the entry of
    /// the whole body is cancelled.
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
    pub async fn redecode<'a>(&self, by: impl Into<ByHand<'a>>) -> Result<Redecoded, StoreError> {
        self.redecode_each(Filter::new(), by.into(), false).await
    }

    /// Decodes entries as [`redecode_where`](Self::redecode_where) does, also those that another profile has read: the
    /// caller agrees that the endpoint's present profile reads the old bodies. Their ids stay.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::Intake;
    /// # use referral_webhooks_inbox::store::{Filter, Store, StoreError};
    /// # async fn example<S: Store>(redpin: &Intake<Redpin, S>) -> Result<(), StoreError> {
    /// let redecoded = redpin.redecode_with_changed_profile(Filter::new(), "dana@example.com").await?;
    /// assert_eq!(redecoded.other_profile, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were redecoded before stay redecoded.
    pub async fn redecode_with_changed_profile<'a>(
        &self,
        filter: Filter,
        by: impl Into<ByHand<'a>>,
    ) -> Result<Redecoded, StoreError> {
        self.redecode_each(filter, by.into(), true).await
    }

    /// Decodes entries as [`redecode`](Self::redecode) does, those that the filter selects. The filter's limit and order are
    /// ignored.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::{EntryId, Intake};
    /// # use referral_webhooks_inbox::store::{Filter, Store, StoreError};
    /// # async fn example<S: Store>(redpin: &Intake<Redpin, S>) -> Result<(), StoreError> {
    /// let redecoded = redpin.redecode_where(Filter::new().only(EntryId(1_204)), "dana@example.com").await?;
    /// println!("{} going to be processed", redecoded.processed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Entries that were redecoded before stay redecoded.
    pub async fn redecode_where<'a>(&self, filter: Filter, by: impl Into<ByHand<'a>>) -> Result<Redecoded, StoreError> {
        self.redecode_each(filter, by.into(), false).await
    }

    async fn redecode_each(
        &self,
        filter: Filter,
        by: ByHand<'_>,
        may_change_profile: bool,
    ) -> Result<Redecoded, StoreError> {
        let mut redecoded = Redecoded::default();
        if filter.endpoint.as_ref().is_some_and(|endpoint| endpoint != self.name()) {
            return Ok(redecoded);
        }
        let filter = Filter { most: None, is_oldest_first: false, ..filter };
        let mut passes = vec![filter.clone().unreadable()];
        // Held entries are parked without a reason of their event.
        if !filter.is_unreadable && (filter.states.is_empty() || filter.states.contains(&State::Parked)) {
            passes.push(filter.state(State::Parked));
        }
        for filter in passes {
            let is_held = !filter.is_unreadable;
            let mut stored = Stored::new(self, filter);
            while let Some(opened) = stored.next().await? {
                match opened {
                    Opened::Verified(entry, _) if is_held && entry.unreadable.is_some() => {}
                    Opened::Verified(entry, delivery) => {
                        if entry.profile != Decoded::of(&delivery).profile && !may_change_profile {
                            redecoded.other_profile += 1;
                        } else {
                            self.redecode_one(&entry, &delivery, by, &mut redecoded).await?;
                        }
                    }
                    // The first pass has counted those that are unreadable.
                    Opened::Closed(entry, _) if is_held && entry.unreadable.is_some() => {}
                    Opened::Closed(_, missing) => {
                        redecoded.unverified += 1;
                        if let Some(secret) = missing {
                            SecretNeeded::count(&mut redecoded.missing_secrets, self.name(), secret);
                        }
                    }
                }
            }
        }
        Ok(redecoded)
    }

    async fn redecode_one(
        &self,
        entry: &Entry,
        delivery: &Delivery<P>,
        by: ByHand<'_>,
        redecoded: &mut Redecoded,
    ) -> Result<(), StoreError> {
        let waits_for_person =
            entry.state == State::Parked || entry.state == State::Discarded && entry.conflict_of.is_none();
        if entry.item.is_none()
            && waits_for_person
            && let Ok(items) = delivery.items_up_to(Self::MOST_ITEMS)
            && !items.is_empty()
        {
            redecoded.readable += 1;
            redecoded.processed += self.take_apart(entry, delivery, &items, by).await?;
            return Ok(());
        }
        let mut decoded = Decoded::of(delivery);
        if decoded.unreadable.is_some() {
            redecoded.unreadable += 1;
            return Ok(());
        }
        if let Some(subject) = self.subject_of(delivery) {
            decoded = decoded.about(subject);
        }
        redecoded.readable += 1;
        match self.hold_key(entry.id, delivery, by).await? {
            Held::Free => {}
            Held::Repeat => redecoded.repeats += 1,
            Held::OnlyBody => return Ok(()),
        }
        let is_processed = self.store().redecode(entry.id, decoded, self.attempts(), by).await?;
        redecoded.processed += u64::from(telemetry::acted_if(is_processed, "redecode", entry.id, by));
        Ok(())
    }

    /// Stores the items of a body that was stored as one event, and cancels its entry. Returns the number of new items that
    /// are going to be processed. A repeated call finds the items that an interrupted one has stored.
    async fn take_apart(
        &self,
        entry: &Entry,
        delivery: &Delivery<P>,
        items: &[Delivery<P>],
        by: ByHand<'_>,
    ) -> Result<u64, StoreError> {
        let tenant = entry.tenant.as_deref().and_then(|tenant| Tenant::new(tenant).ok());
        let entries = self.new_entries(tenant.as_ref(), delivery, items).await;
        let is_readable: Vec<bool> = entries.iter().map(|item| item.unreadable.is_none()).collect();
        let accepted = self.store().accept_items(entries).await?;
        let is_cancelled = self.store().cancel(entry.id, by).await?;
        telemetry::acted_if(is_cancelled, "redecode", entry.id, by);
        let is_due = |(accepted, is_readable): (&Accepted, bool)| {
            is_readable && matches!(accepted, Accepted::Stored(_) | Accepted::Revived(_))
        };
        Ok(accepted.iter().zip(is_readable).filter(|item| is_due(*item)).count() as u64)
    }

    /// Gives an entry its business key, or cancels it if another entry has the key.
    async fn hold_key(&self, id: EntryId, delivery: &Delivery<P>, by: ByHand<'_>) -> Result<Held, StoreError> {
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
        let is_cancelled = self.store().cancel(id, by).await?;
        telemetry::acted_if(is_cancelled, "redecode", id, by);
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
