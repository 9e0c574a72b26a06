//! What people do with all entries of an endpoint: reading them again, and erasing somebody.

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;

use crate::intake::Intake;
use crate::store::Erasure;
use crate::store::State;
use crate::store::{Decoded, Entry};
use crate::store::{Filter, Store, StoreError};

/// What reading again has brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redecoded {
    /// Entries that can be read now.
    pub readable: u64,
    /// Those of them that were parked or dead letters, and are going to be processed.
    pub processed: u64,
    /// Entries that this version cannot read either, or whose event it does not know.
    pub still: u64,
    /// Entries that do not verify any more, for their secret was taken away.
    pub unopened: u64,
}

/// What erasing has brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// Entries that were erased.
    pub erased: u64,
    /// Whether text of them is still in the store's log of changes: see [`Erasure::LogPending`].
    pub log_pending: bool,
    /// Entries that are being processed: erase again when they have ended.
    pub running: u64,
    /// Entries that do not verify any more, for their secret was taken away: nobody knows whom they are about.
    pub unopened: u64,
}

impl<P: Platform, S: Store> Intake<P, S> {
    /// Reads again what could not be read, or had an unknown name, when it was received: after an upgrade of this
    /// library. Parked entries and dead letters are processed; what was completed gets its event's name, and is processed
    /// again only if it is [redelivered](crate::Inbox::redeliver).
    ///
    /// # Errors
    ///
    /// If the store fails; what was read until then stays read.
    pub async fn redecode(&self, by: &str) -> Result<Redecoded, StoreError> {
        let mut redecoded = Redecoded::default();
        let mut page = self.page(Filter::new().unreadable().with_body()).await?;
        while let Some(last) = page.last().map(|entry| entry.id) {
            for entry in &page {
                let delivery = match self.opened(entry).await? {
                    Opened::Genuine(delivery) => delivery,
                    Opened::Unverified => {
                        redecoded.unopened += 1;
                        continue;
                    }
                    Opened::Gone => continue,
                };
                let mut reading = Decoded::of(&delivery);
                if let Some(subject) = self.subject_of(&delivery) {
                    reading = reading.about(subject);
                }
                if reading.unreadable.is_some() {
                    redecoded.still += 1;
                    continue;
                }
                redecoded.readable += 1;
                redecoded.processed += u64::from(self.store().redecode(entry.id, reading, self.attempts(), by).await?);
            }
            page = self.page(Filter::new().unreadable().with_body().before(last)).await?;
        }
        Ok(redecoded)
    }

    /// Erases every entry that is about somebody, as this function says: bodies and reasons go, keys and history stay,
    /// so that repeats are still known. It reads every body that is kept; no index is made of people.
    ///
    /// Where the endpoint cannot read an event, only the delivery's body tells. A conflict is an entry of its own, and is
    /// judged by its own body. One body is in memory at a time, and each entry is erased in a transaction of its own.
    ///
    /// # Errors
    ///
    /// If the store fails; what was erased until then stays erased.
    pub async fn erase_where(&self, is_theirs: impl Fn(&Delivery<P>) -> bool, by: &str) -> Result<Erased, StoreError> {
        let mut erased = Erased::default();
        let mut page = self.page(Filter::new().with_body()).await?;
        while let Some(last) = page.last().map(|entry| entry.id) {
            for entry in &page {
                match self.opened(entry).await? {
                    Opened::Genuine(delivery) if is_theirs(&delivery) => {
                        let erasure = self.store().erase(entry.id, by).await?;
                        if erasure.is_erased() {
                            erased.erased += 1;
                            // The last one empties the log of all.
                            erased.log_pending = erasure == Erasure::LogPending;
                        } else if let Some(State::Running) = self.store().get(entry.id).await?.map(|entry| entry.state)
                        {
                            erased.running += 1;
                        }
                    }
                    Opened::Genuine(_) | Opened::Gone => {}
                    Opened::Unverified => erased.unopened += 1,
                }
            }
            page = self.page(Filter::new().with_body().before(last)).await?;
        }
        Ok(erased)
    }

    async fn page(&self, filter: Filter) -> Result<Vec<Entry>, StoreError> {
        self.store().list(filter.endpoint(self.name())).await
    }

    async fn opened(&self, entry: &Entry) -> Result<Opened<P>, StoreError> {
        Ok(match self.store().body(entry.id).await? {
            Some(stored) => self.endpoint().reopen(stored).map_or(Opened::Unverified, Opened::Genuine),
            None => Opened::Gone,
        })
    }
}

/// The stored delivery of an entry.
enum Opened<P: Platform> {
    /// It still verifies.
    Genuine(Delivery<P>),
    /// It does not verify any more.
    Unverified,
    /// It was pruned or erased meanwhile.
    Gone,
}
