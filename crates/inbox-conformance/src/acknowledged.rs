//! Every acknowledged delivery is kept and counted, until it is processed or a person has acted.
//!
//! The check goes through all combinations of an entry's state, its body, the strength of its id, and the delivery that
//! arrives under that id, or under another id with the same business key. A combination in which a store answers 200 and keeps neither body nor count is a lost event.

use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::Strength;
use referral_webhooks_inbox::store::{Accepted, ClaimRequest, EntryId, Filter, Finish, Lease, NewEntry, State, Store};

use crate::checks::checks;
use crate::samples::{LONG, OPERATOR, entry, everything_finished, finish, sample_at, sleep};

/// Defines an enum and the array of its values.
macro_rules! values {
    ($(#[$doc:meta])* $name:ident in $array:ident: $($value:ident),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum $name {
            $($value),+
        }

        const $array: &[$name] = &[$($name::$value),+];
    };
}

values! {
    /// The state of the entry that has the id.
    Existing in EXISTING:
    Missing, Available, BehindItsSubject, Running, Retryable, Completed, ParkedOnArrival, ParkedByItsWorker,
    DeadLetter, DeadLetterWithoutRevival, Conflict, Redelivered, Released, Cancelled,
}

values! {
    /// The body of the existing entry.
    Body in BODIES: Kept, Pruned, Erased
}

values! {
    /// The delivery that arrives under its id, or with its business key.
    Arriving in ARRIVING:
    TheSame, Another, AnotherUnreadable, TheSameLate, WithTheSameKey, WithTheSameKeyLate, TheSameAmongItems,
    AnotherAmongItems, WithTheSameKeyAmongItems,
}

checks!(
    mod acknowledged {
        /// After each acknowledgement the delivery is completed or cancelled, or it is kept and counted in the stats.
        async fn every_acknowledged_delivery_is_kept_and_counted(store: impl Store) {
            let mut cases = Vec::new();
            for &existing in EXISTING {
                for &body in BODIES {
                    for strength in [Strength::MessageId, Strength::BusinessFields, Strength::Digest] {
                        for &arriving in ARRIVING {
                            let shop = format!("shop{}", cases.len());
                            cases.push(Case { shop, existing, body, strength, arriving });
                        }
                    }
                }
            }
            while !cases.is_empty() {
                let some = cases.split_off(cases.len().saturating_sub(32));
                join_all(some.into_iter().map(|case| case.run(&store))).await;
            }
            let stats = store.stats().await.unwrap();
            for state in State::ALL {
                let listed = store.list(Filter::new().state(state).most(10_000)).await.unwrap().len() as u64;
                assert_eq!(stats.row(state).unwrap_or(listed), listed, "{state:?} is counted");
            }
        }
    }
);

/// One combination, at its own endpoint.
#[derive(Debug)]
struct Case {
    shop: String,
    existing: Existing,
    body: Body,
    strength: Strength,
    arriving: Arriving,
}

impl Case {
    fn new_entry(&self, id: &str, body: &str) -> NewEntry {
        let mut new = sample_at(&self.shop, id, body);
        new.strength = self.strength;
        // The entry before the subject is another fact.
        if id == "m0" { new } else { new.with_business_key("reward 7") }
    }

    /// Stores a delivery, and asserts that it is kept and counted, or settled.
    async fn accept(&self, store: &impl Store, new: NewEntry) -> EntryId {
        let (sent, sent_id) = (new.delivery.clone(), new.delivery_id.clone());
        let accepted = match new.item {
            None => store.accept(new).await.expect("it is acknowledged"),
            Some(_) => {
                let mut sibling = new.clone().at_item(1);
                (sibling.delivery_id, sibling.body_digest, sibling.business_key) = ("s1".to_owned(), [9; 32], None);
                store.accept_items(vec![new, sibling]).await.expect("it is acknowledged")[0]
            }
        };
        let (found, kept) = (entry(store, accepted.id()).await, store.body(accepted.id()).await.unwrap());
        let is_counted = store.stats().await.unwrap().row(found.state).is_some_and(|count| count > 0);
        let is_settled = matches!(found.state, State::Completed | State::Cancelled);
        assert!(is_counted && kept.is_some() || is_settled, "{self:?}: {accepted:?} is lost: {found:?}");
        // The match is exhaustive, so that a new answer needs a decision here.
        let must_be_kept = match accepted {
            Accepted::Stored(_) | Accepted::Revived(_) | Accepted::SameKey(_) => true,
            Accepted::Conflict(_) => !is_settled,
            Accepted::Repeated(_) => false,
        };
        assert!(!must_be_kept || kept.is_some(), "{self:?}: {accepted:?} is not kept: {found:?}");
        if let Accepted::SameKey(_) = accepted {
            let first = entry(store, found.repeat_of.expect("it names the first entry")).await;
            let is_settled = matches!(first.state, State::Completed | State::Cancelled);
            assert!(first.has_body || is_settled, "{self:?}: the first entry of the fact is lost: {first:?}");
        }
        // An entry that another id has revived has its own body.
        let is_by_key = matches!(accepted, Accepted::Revived(_)) && found.delivery_id != sent_id;
        if let Some(kept) = kept
            && self.strength != Strength::Digest
            && !is_by_key
        {
            assert_eq!(kept.body, sent.body, "{self:?}: {accepted:?} names an entry of another body");
        }
        accepted.id()
    }

    async fn run(self, store: &impl Store) {
        if self.existing != Existing::Missing {
            let id = self.arrange(store).await;
            match self.body {
                Body::Kept => {}
                Body::Pruned => {
                    let mut rule = everything_finished();
                    (rule.endpoint, rule.ids) = (self.shop.clone(), None);
                    store.prune(rule).await.unwrap();
                }
                // A running entry is not erased, and its body stays.
                Body::Erased => drop(store.erase(id, OPERATOR).await.unwrap()),
            }
        }
        let is_late = matches!(self.arriving, Arriving::TheSameLate | Arriving::WithTheSameKeyLate);
        if is_late {
            sleep(2).await;
        }
        let body = match self.arriving {
            Arriving::TheSame | Arriving::TheSameLate | Arriving::TheSameAmongItems
                if self.existing == Existing::Conflict =>
            {
                "[1]"
            }
            Arriving::TheSame | Arriving::TheSameLate | Arriving::TheSameAmongItems => "{}",
            Arriving::Another | Arriving::AnotherUnreadable | Arriving::AnotherAmongItems => "[2]",
            Arriving::WithTheSameKey | Arriving::WithTheSameKeyLate | Arriving::WithTheSameKeyAmongItems => "[3]",
        };
        let id = if body == "[3]" { "m2" } else { "m1" };
        let is_among_items = matches!(
            self.arriving,
            Arriving::TheSameAmongItems | Arriving::AnotherAmongItems | Arriving::WithTheSameKeyAmongItems
        );
        let is_unreadable = self.existing == Existing::ParkedOnArrival || self.arriving == Arriving::AnotherUnreadable;
        for _ in 0..2 {
            let mut new = self.new_entry(id, body);
            new.revives = self.existing != Existing::DeadLetterWithoutRevival;
            new.late_after = is_late.then_some(Duration::ZERO);
            new.item = is_among_items.then_some(0);
            if is_unreadable {
                (new.unreadable, new.business_key) = (Some("unknown event name".to_owned()), None);
            }
            self.accept(store, new).await;
        }
    }

    /// Stores the existing entry and brings it into its state.
    async fn arrange(&self, store: &impl Store) -> EntryId {
        let mut new = self.new_entry("m1", "{}");
        match self.existing {
            Existing::BehindItsSubject => {
                self.accept(store, self.new_entry("m0", "{}").about("ada")).await;
                new = new.about("ada");
            }
            Existing::ParkedOnArrival => {
                (new.unreadable, new.business_key) = (Some("unknown event name".into()), None);
            }
            _ => {}
        }
        let id = self.accept(store, new).await;
        let end = match self.existing {
            Existing::Retryable => Finish::Retry(LONG, "later".into()),
            Existing::Completed | Existing::Redelivered => Finish::Complete(None),
            Existing::ParkedByItsWorker => Finish::Park("unknown event name".into()),
            Existing::DeadLetter | Existing::DeadLetterWithoutRevival => Finish::Discard("never".into()),
            Existing::Running | Existing::Released => {
                self.claim(store).await;
                assert!(self.existing == Existing::Running || store.release(id, OPERATOR).await.unwrap());
                return id;
            }
            Existing::Cancelled => {
                assert!(store.cancel(id, OPERATOR).await.unwrap());
                return id;
            }
            Existing::Conflict => return self.accept(store, self.new_entry("m1", "[1]")).await,
            Existing::Missing | Existing::Available | Existing::BehindItsSubject | Existing::ParkedOnArrival => {
                return id;
            }
        };
        finish(store, &self.claim(store).await, end).await;
        if self.existing == Existing::Redelivered {
            assert!(store.redeliver(id, 3, OPERATOR).await.unwrap());
        }
        id
    }

    async fn claim(&self, store: &impl Store) -> Lease {
        let wanted = ClaimRequest::new("worker", std::slice::from_ref(&self.shop), 1, LONG);
        store.claim(wanted).await.unwrap().remove(0).lease
    }
}
