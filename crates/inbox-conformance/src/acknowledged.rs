//! The ways to a 200: whatever is acknowledged is stored and seen until it is processed or a person has acted.

use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::Strength;

use super::{LONG, entry, sample, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::PruneRule;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::{Accepted, EntryId, NewEntry};
use referral_webhooks_inbox::store::{ClaimRequest, Filter, Store};

/// What became of the entry that has the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    Nothing,
    Available,
    BehindItsSubject,
    Running,
    Retryable,
    Completed,
    ParkedAsItCame,
    ParkedByItsWorker,
    DeadLetter,
    DeadLetterThatStaysOne,
    Conflict,
    Redelivered,
    Released,
    Cancelled,
}

const BECAME: [Became; 14] = [
    Became::Nothing,
    Became::Available,
    Became::BehindItsSubject,
    Became::Running,
    Became::Retryable,
    Became::Completed,
    Became::ParkedAsItCame,
    Became::ParkedByItsWorker,
    Became::DeadLetter,
    Became::DeadLetterThatStaysOne,
    Became::Conflict,
    Became::Redelivered,
    Became::Released,
    Became::Cancelled,
];

/// What became of its body since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Kept,
    Pruned,
    Erased,
}

/// What comes under its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comes {
    TheSame,
    Another,
    AnotherUnreadable,
    TheSameLate,
}

/// Every state of an entry, with and without its body, every strength of its id, and everything that comes under it.
/// After each 200 the delivery is completed, or a person has acted, or it is kept and counted in a row of the stats.
pub async fn every_acknowledged_delivery_is_seen<S: Store>(store: S) {
    let mut ways = Vec::new();
    for became in BECAME {
        for body in [Body::Kept, Body::Pruned, Body::Erased] {
            for strength in [Strength::MessageId, Strength::BusinessFields, Strength::Digest] {
                for comes in [Comes::TheSame, Comes::Another, Comes::AnotherUnreadable, Comes::TheSameLate] {
                    let shop = format!("shop{}", ways.len());
                    ways.push((Way { shop, became, body, strength }, comes));
                }
            }
        }
    }
    while !ways.is_empty() {
        let some = ways.split_off(ways.len().saturating_sub(32));
        join_all(some.into_iter().map(|(way, comes)| way.go(&store, comes))).await;
    }
    let stats = store.stats().await.expect("it counts");
    for state in State::ALL {
        let listed = store.list(Filter::new().state(state).most(10_000)).await.expect("it lists").len() as u64;
        assert_eq!(stats.row(state).unwrap_or(listed), listed, "{state:?} is counted");
    }
}

#[derive(Debug)]
struct Way {
    shop: String,
    became: Became,
    body: Body,
    strength: Strength,
}

impl Way {
    fn new_entry(&self, key: &str, body: &str) -> NewEntry {
        with(sample(&self.shop, key, body, 3), |it| it.strength = self.strength)
    }

    async fn accept<S: Store>(&self, store: &S, new: NewEntry) -> Accepted {
        let sent = new.delivery.clone();
        let is_derived = self.strength == Strength::Digest;
        let accepted = store.accept(new).await.expect("it is acknowledged");
        let (found, kept) = (entry(store, accepted.id()).await, store.body(accepted.id()).await.expect("it reads"));
        let stats = store.stats().await.expect("it counts");
        let is_seen = stats.row(found.state).is_some_and(|count| count > 0) && kept.is_some();
        let is_settled = matches!(found.state, State::Completed | State::Cancelled);
        assert!(is_seen || is_settled, "{self:?}: {accepted:?} is neither seen nor settled: {found:?}");
        // No way is new without a decision here: each names what is kept of what came.
        let must_be_kept = match accepted {
            Accepted::Stored(_) | Accepted::Revived(_) => true,
            Accepted::Conflict(_) => !is_settled,
            Accepted::Repeated(_) => false,
        };
        assert!(!must_be_kept || kept.is_some(), "{self:?}: {accepted:?} is not kept: {found:?}");
        if let Some(kept) = kept
            && !is_derived
        {
            assert_eq!(kept.body, sent.body, "{self:?}: {accepted:?} names an entry of another body");
        }
        accepted
    }

    async fn go<S: Store>(self, store: &S, comes: Comes) {
        if self.became != Became::Nothing {
            let id = self.arrange(store).await;
            match self.body {
                Body::Kept => {}
                Body::Pruned => {
                    let zero = Duration::ZERO;
                    let rule = PruneRule::new(&self.shop, zero, zero, None, 100).parked(Some(zero));
                    store.prune(rule).await.expect("it prunes");
                }
                // What runs is not erased, and stays as it is.
                Body::Erased => drop(store.erase(id, "somebody").await.expect("it answers")),
            }
        }
        let revives = self.became != Became::DeadLetterThatStaysOne;
        let unreadable = (self.became == Became::ParkedAsItCame || comes == Comes::AnotherUnreadable)
            .then(|| "unknown event name".to_owned());
        let body = match comes {
            Comes::TheSame | Comes::TheSameLate if self.became == Became::Conflict => "[1]",
            Comes::TheSame | Comes::TheSameLate => "{}",
            Comes::Another | Comes::AnotherUnreadable => "[2]",
        };
        let late_after = (comes == Comes::TheSameLate).then_some(Duration::ZERO);
        if late_after.is_some() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        for _ in 0..2 {
            let new = self.new_entry("m1", body);
            self.accept(
                store,
                with(new, |it| {
                    it.revives = revives;
                    it.late_after = late_after;
                    it.unreadable = unreadable.clone();
                }),
            )
            .await;
        }
    }

    /// Brings an entry into its state.
    async fn arrange<S: Store>(&self, store: &S) -> EntryId {
        let mut new = self.new_entry("m1", "{}");
        match self.became {
            Became::BehindItsSubject => {
                self.accept(store, self.new_entry("m0", "{}").about("ada")).await;
                new = new.about("ada");
            }
            Became::ParkedAsItCame => new.unreadable = Some("unknown event name".into()),
            _ => {}
        }
        let id = self.accept(store, new).await.id();
        let finish = match self.became {
            Became::Retryable => Finish::Retry(LONG, "later".into()),
            Became::Completed | Became::Redelivered => Finish::Complete(None),
            Became::ParkedByItsWorker => Finish::Park("unknown event name".into()),
            Became::DeadLetter | Became::DeadLetterThatStaysOne => Finish::Discard("never".into()),
            Became::Running | Became::Released => {
                self.claim(store).await;
                if self.became == Became::Released {
                    assert!(store.release(id, "somebody").await.expect("it releases"));
                }
                return id;
            }
            Became::Cancelled => {
                assert!(store.cancel(id, "somebody").await.expect("it cancels"));
                return id;
            }
            Became::Conflict => return self.accept(store, self.new_entry("m1", "[1]")).await.id(),
            Became::Nothing | Became::Available | Became::BehindItsSubject | Became::ParkedAsItCame => return id,
        };
        let lease = self.claim(store).await;
        assert!(store.finish(&lease, finish).await.expect("it ends"));
        if self.became == Became::Redelivered {
            assert!(store.redeliver(id, 3, "somebody").await.expect("it redelivers"));
        }
        id
    }

    async fn claim<S: Store>(&self, store: &S) -> referral_webhooks_inbox::store::Lease {
        let wanted = ClaimRequest::new("worker", std::slice::from_ref(&self.shop), 1, LONG);
        store.claim(wanted).await.expect("it claims").remove(0).lease
    }
}
