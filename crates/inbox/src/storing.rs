//! The way of a delivery into the store, and to the answer.
//!
//! - Guarantees: a delivery is acknowledged after all its events are durable, in one transaction. If a success is a
//!   fulfilment to the platform, it is acknowledged after the handlers have completed.
//! - Assumes: a web framework drops the future when the sender disconnects, so the insert runs in a task that keeps its
//!   admission. A handler may complete after the answer was given up. The next repeat then finds a completed entry.
//! - Without it: half of a body is lost with the process, or a platform shows a dead letter as paid.

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Acknowledges, Delivery, Reply, Tenant, chain};
use time::OffsetDateTime;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

use crate::intake::Intake;
use crate::line::{Line, log_line};
use crate::not_stored::NotStored;
use crate::settings::Settings;
use crate::source::Source;
use crate::store::{Accepted, EntryId, NewEntry, Store, StoreError};
use crate::telemetry;

/// The bytes that an item adds to its body in the bound on deliveries that are being stored.
const ITEM_BYTES: usize = 2_048;

/// The events of a delivery, and what its success means to the platform.
struct Events<P: Platform> {
    items: Vec<Delivery<P>>,
    is_fulfilment: bool,
}

impl<P: Platform, S: Store, E: Source<P>> Intake<P, S, E> {
    /// Stores a delivery of a tenant, and returns the reply to the platform.
    pub(crate) async fn reply(&self, tenant: Option<&Tenant>, delivery: &Delivery<P>) -> Reply {
        self.stored(tenant, delivery).await.map_or_else(|_| Reply::retry_later(delivery), |_| Reply::Accepted)
    }

    /// Stores a delivery, and returns the result of its gravest event.
    pub(crate) async fn stored_one(
        &self,
        tenant: Option<&Tenant>,
        delivery: &Delivery<P>,
    ) -> Result<Accepted, NotStored> {
        let accepted = self.stored(tenant, delivery).await?;
        gravest(&accepted).ok_or_else(|| NotStored::Store(StoreError::new("the store returned no result")))
    }

    /// Stores the events of a delivery, and returns their results. If a success is a fulfilment, waits for the handlers.
    pub(crate) async fn stored(
        &self,
        tenant: Option<&Tenant>,
        delivery: &Delivery<P>,
    ) -> Result<Vec<Accepted>, NotStored> {
        let line = Line::of(self.name(), tenant, delivery);
        let (begun, span) = (Instant::now(), telemetry::accept_span(&line, delivery));
        // An application with an endpoint of its own has no observer.
        self.reception.genuine(delivery.received_at());
        let mut count = None;
        let accepted = async {
            let events = self.events(delivery)?;
            count = Some(events.items.len()).filter(|items| *items > 0);
            let accepted = self.store_within_budget(tenant, delivery, &events.items).await?;
            self.log_accepted(&line, &accepted, (delivery, &events.items));
            if events.is_fulfilment {
                let entries: Vec<EntryId> = accepted.iter().map(Accepted::id).collect();
                let fulfilled = self.inbox().fulfilment.wait(self.store(), &entries, (begun, self.fulfil_within)).await;
                fulfilled.map_err(NotStored::Unfulfilled)?;
            }
            Ok::<_, NotStored>(accepted)
        };
        let accepted = accepted.instrument(span.clone()).await;
        self.reception.stored(accepted.is_ok(), OffsetDateTime::now_utc());
        let result = match &accepted {
            Ok(accepted) => gravest(accepted).as_ref().map_or("failed", Accepted::as_str),
            Err(error) => error.as_str(),
        };
        span.record("result", result);
        telemetry::received(self.name(), delivery, result, begun.elapsed());
        match &accepted {
            Ok(_) => {}
            Err(NotStored::TooManyItems(items)) => log_line!(
                error,
                line,
                result,
                items,
                most = Self::MOST_ITEMS,
                "not stored: too many events in one body"
            ),
            Err(error @ NotStored::Unfulfilled(_)) => {
                log_line!(warn, line, result, items = count, cause = %error, "not acknowledged");
            }
            Err(error) => log_line!(error, line, result, items = count, cause = %chain(error), "not stored"),
        }
        accepted
    }

    /// Returns the events of a delivery that the inbox may take in.
    fn events(&self, delivery: &Delivery<P>) -> Result<Events<P>, NotStored> {
        let items = delivery.items_up_to(Self::MOST_ITEMS).map_err(NotStored::TooManyItems)?;
        let contract = delivery.platform().facts().contract;
        let mut is_fulfilment = false;
        for event in std::iter::once(delivery.event()).chain(items.iter().map(Delivery::event)) {
            match contract.acknowledges(event.name()) {
                Acknowledges::Receipt => {}
                Acknowledges::Fulfilment => {
                    is_fulfilment |= event.name().is_none_or(|name| !self.receipts.contains(name));
                }
                // A meaning that a later version adds is as grave.
                _ => return Err(NotStored::Decision),
            }
        }
        Ok(Events { items, is_fulfilment })
    }

    async fn store_within_budget(
        &self,
        tenant: Option<&Tenant>,
        delivery: &Delivery<P>,
        items: &[Delivery<P>],
    ) -> Result<Vec<Accepted>, NotStored> {
        let length = delivery.body().len().saturating_add(items.len().saturating_mul(ITEM_BYTES));
        let admitted = self.inbox().admission.admit(length).ok_or(NotStored::AdmissionFull)?;
        let storing = async {
            let (store, mut entries) = (self.store().clone(), self.new_entries(tenant, delivery, items).await);
            // After a disconnect or an expired budget the insert is still in flight, so the task keeps its admission.
            let storing = tokio::spawn(async move {
                let accepted = match entries.pop() {
                    Some(only) if entries.is_empty() => store.accept(only).await.map(|accepted| vec![accepted]),
                    last => {
                        entries.extend(last);
                        store.accept_items(entries).await
                    }
                };
                drop(admitted);
                accepted
            });
            storing.await
        };
        let accepted = match timeout(self.budget(), storing).await {
            Ok(Ok(Ok(accepted))) => Ok(accepted),
            Ok(Ok(Err(error))) => {
                telemetry::store_failed("accept");
                Err(NotStored::Store(error))
            }
            Ok(Err(_)) => Err(NotStored::Store(StoreError::new("the store panicked"))),
            Err(_) => Err(NotStored::OverBudget(self.budget())),
        };
        if accepted.is_ok() {
            self.inbox().pulse.beat()
        } else {
            self.inbox().pulse.stop()
        }
        accepted
    }

    /// Returns the entries of a delivery: one of each item, or one of the whole body.
    pub(crate) async fn new_entries(
        &self,
        tenant: Option<&Tenant>,
        delivery: &Delivery<P>,
        items: &[Delivery<P>],
    ) -> Vec<NewEntry> {
        let endpoint = self.source().endpoint_of(tenant.map(Tenant::as_str)).await;
        let keeps_id = endpoint.is_none_or(|endpoint| !Settings::outlives(self.prune.ids, endpoint.retention()));
        let complete = |(mut entry, event): (NewEntry, &Delivery<P>)| {
            entry.revives = self.inbox().settings.revives;
            entry.keeps_id |= keeps_id;
            if let Some(tenant) = tenant {
                entry = entry.of_tenant(tenant.as_str());
            }
            if let Some(key) = self.business_key_of(event) {
                entry = entry.with_business_key(key);
            }
            match self.subject_of(event) {
                Some(subject) => entry.about(subject),
                None => entry,
            }
        };
        if items.is_empty() {
            return vec![complete((NewEntry::of(self.name(), delivery, self.attempts()), delivery))];
        }
        let entries = NewEntry::of_items(self.name(), delivery, items, self.attempts());
        entries.into_iter().zip(items).map(complete).collect()
    }

    /// Logs an accepted delivery, and whether a person has to look at it.
    fn log_accepted(&self, line: &Line, accepted: &[Accepted], (delivery, items): (&Delivery<P>, &[Delivery<P>])) {
        if items.is_empty() {
            for accepted in accepted {
                log_one(&line.clone().entry(accepted.id()), *accepted, delivery);
            }
            return;
        }
        let count = |word: &str| accepted.iter().filter(|accepted| accepted.as_str() == word).count();
        let (stored, repeated, revived) = (count("stored"), count("repeated"), count("revived"));
        let (same_key, conflicts) = (count("same_key"), count("conflict"));
        log_line!(info, line, items = items.len(), stored, repeated, revived, same_key, conflicts, "accepted");
        for (word, number) in [
            ("stored", stored),
            ("repeated", repeated),
            ("revived", revived),
            ("same_key", same_key),
            ("conflict", conflicts),
        ] {
            telemetry::items(self.name(), delivery, word, number);
        }
        let is_parked = |(accepted, item): &(&Accepted, &Delivery<P>)| {
            matches!(accepted, Accepted::Stored(_)) && item.event().why_other().is_some()
        };
        let parked = accepted.iter().zip(items).filter(is_parked).count();
        if parked > 0 {
            telemetry::parked(line, parked);
            log_line!(warn, line, items = parked, "parked: this version cannot read them");
        }
        if conflicts > 0 {
            log_line!(warn, line, items = conflicts, reason = CONFLICT, "discarded: kept as dead letters");
        }
    }
}

const CONFLICT: &str = "the id is known with another body, or came too late to be a retry";

/// Logs an accepted event that has a body of its own.
fn log_one<P: Platform>(line: &Line, accepted: Accepted, delivery: &Delivery<P>) {
    log_line!(info, line, result = accepted.as_str(), "accepted");
    match (accepted, delivery.event().why_other()) {
        (Accepted::Stored(_), Some(why)) => {
            telemetry::parked(line, 1);
            log_line!(warn, line, reason = %why, "parked: this version cannot read it");
        }
        (Accepted::Conflict(_), _) => log_line!(warn, line, reason = CONFLICT, "discarded: kept as a dead letter"),
        _ => {}
    }
}

/// Returns the result that a person has to know first: a conflict, then a new entry, then one that runs again.
fn gravest(accepted: &[Accepted]) -> Option<Accepted> {
    let gravity = |accepted: &&Accepted| match accepted {
        Accepted::Conflict(_) => 4,
        Accepted::Stored(_) => 3,
        Accepted::Revived(_) => 2,
        Accepted::SameKey(_) => 1,
        Accepted::Repeated(_) => 0,
    };
    // The first one of equal gravity.
    accepted.iter().rev().max_by_key(gravity).copied()
}
