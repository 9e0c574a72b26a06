//! The stored deliveries of an endpoint, verified again one after the other.
//!
//! - Guarantees: every entry that existed at the start and still matches is visited once, with one page of entries and
//!   one body in memory.
//! - Assumes: ids grow, so that paging from the newest to the oldest entry meets no entry twice. Entries may be pruned,
//!   erased or processed in the meantime.
//! - Without it: an endpoint with a million bodies does not fit into memory.

use std::vec;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Fingerprint};

use crate::intake::Intake;
use crate::source::Source;
use crate::store::{Entry, Filter, Store, StoreError, is_item_of};

/// A cursor over the entries of an endpoint that match a filter, the newest first.
pub(super) struct Stored<'i, P: Platform, S, E: Source<P>> {
    intake: &'i Intake<P, S, E>,
    filter: Filter,
    page: vec::IntoIter<Entry>,
}

/// One stored delivery.
pub(super) enum Opened<P: Platform> {
    /// It was verified.
    Verified(Box<Entry>, Delivery<P>),
    /// It does not verify, or this version does not find its item. The secret is the one that the endpoint does not have, if that is the cause.
    Closed(Box<Entry>, Option<Fingerprint>),
}

impl<'i, P: Platform, S: Store, E: Source<P>> Stored<'i, P, S, E> {
    pub(super) fn new(intake: &'i Intake<P, S, E>, filter: Filter) -> Self {
        let filter = filter.endpoint(intake.name()).with_body();
        Self { intake, filter, page: Vec::new().into_iter() }
    }

    /// Returns the delivery with the event of an entry; `None` if this version finds another event at its position.
    fn event_of(&self, entry: &Entry, delivery: Delivery<P>) -> Option<Delivery<P>> {
        let Some(position) = entry.item else { return Some(delivery) };
        let item = delivery.item(usize::try_from(position).ok()?)?;
        is_item_of(self.intake.store(), &entry.delivery_id, item.id()).then_some(item)
    }

    /// Returns the next entry; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Opened<P>>, StoreError> {
        loop {
            let Some(entry) = self.page.next() else {
                self.page = self.intake.store().list(self.filter.clone()).await?.into_iter();
                match self.page.as_slice().last() {
                    Some(last) => self.filter.before = Some(last.id),
                    None => return Ok(None),
                }
                continue;
            };
            // A body that was pruned or erased since the page was read is skipped.
            if let Some(stored) = self.intake.store().body(entry.id).await? {
                let tenant = entry.tenant.as_deref();
                return Ok(Some(match self.intake.source().reopen(tenant, stored).await {
                    Ok(delivery) => match self.event_of(&entry, delivery) {
                        Some(delivery) => Opened::Verified(Box::new(entry), delivery),
                        None => Opened::Closed(Box::new(entry), None),
                    },
                    Err(_) => {
                        let missing = self.intake.missing_secret(tenant, entry.secret).await;
                        Opened::Closed(Box::new(entry), missing)
                    }
                }));
            }
        }
    }
}
