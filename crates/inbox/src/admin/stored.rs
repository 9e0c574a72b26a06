//! The stored deliveries of an endpoint, verified again one after the other.
//!
//! - Guarantees: every entry that existed at the start and still matches is visited once, with one page of entries and
//!   one body in memory.
//! - Assumes: ids grow, so that paging from the newest to the oldest entry meets no entry twice. Entries may be pruned,
//!   erased or processed in the meantime.
//! - Without it: an endpoint with a million bodies does not fit into memory.

use std::vec;

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;

use crate::intake::Intake;
use crate::source::Source;
use crate::store::{Entry, EntryId, Filter, Store, StoreError};

/// A cursor over the entries of an endpoint that match a filter, the newest first.
pub(super) struct Stored<'i, P: Platform, S, E: Source<P>> {
    intake: &'i Intake<P, S, E>,
    filter: Filter,
    page: vec::IntoIter<Entry>,
}

impl<'i, P: Platform, S: Store, E: Source<P>> Stored<'i, P, S, E> {
    pub(super) fn new(intake: &'i Intake<P, S, E>, filter: Filter) -> Self {
        let filter = filter.endpoint(intake.name()).with_body();
        Self { intake, filter, page: Vec::new().into_iter() }
    }

    /// Returns the next entry and its delivery; `None` after the last entry. A delivery is `None` if it does not
    /// verify, because its secret was removed or its tenant has no endpoint.
    pub(super) async fn next(&mut self) -> Result<Option<(EntryId, Option<Delivery<P>>)>, StoreError> {
        loop {
            let Some(Entry { id, tenant, .. }) = self.page.next() else {
                self.page = self.intake.store().list(self.filter.clone()).await?.into_iter();
                match self.page.as_slice().last() {
                    Some(last) => self.filter.before = Some(last.id),
                    None => return Ok(None),
                }
                continue;
            };
            // A body that was pruned or erased since the page was read is skipped.
            if let Some(stored) = self.intake.store().body(id).await? {
                return Ok(Some((id, self.intake.source().reopen(tenant.as_deref(), stored).await.ok())));
            }
        }
    }
}
