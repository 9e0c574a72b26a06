//! Numbers and durations that a caller names: none is too long, too short or too odd.

use std::time::Duration;

use time::OffsetDateTime;

use super::{LONG, claimed, claimed_one, entry, sample, state, stored, with};
use referral_webhooks_inbox::store::Finish;
use referral_webhooks_inbox::store::PruneRule;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::{ClaimRequest, Filter, Store};
use referral_webhooks_inbox::store::{EntryId, Lease};

/// Durations as a configuration may have them.
fn durations() -> Vec<Duration> {
    let longest = [i64::MAX as u64, u64::MAX - 1, u64::MAX];
    let mut durations: Vec<Duration> = longest.into_iter().map(Duration::from_secs).collect();
    durations.extend(longest.map(Duration::from_millis));
    durations.extend([Duration::from_secs(3_650_000 * 24 * 60 * 60), Lease::LONGEST, Duration::MAX]);
    durations.extend([Duration::ZERO, Duration::from_nanos(1), Duration::new(1, 999_999_999)]);
    durations
}

/// No attempt runs, and no retry waits, until the next century.
pub async fn no_duration_of_a_caller_keeps_an_entry_for_long<S: Store>(store: S) {
    let latest = |found: &referral_webhooks_inbox::store::Entry| found.next_at.map(|at| at - OffsetDateTime::now_utc());
    for (number, duration) in durations().into_iter().enumerate() {
        let id = stored(&store, &format!("m{number}"), u32::MAX).await;
        let lease = claimed_one(&store, duration).await.lease;
        let runs_for = latest(&entry(&store, id).await).expect("its lease ends");
        assert!(runs_for <= Lease::LONGEST, "{duration:?}: it runs for {runs_for}");
        store.extend(&with(lease.clone(), |it| it.length = duration)).await.expect("it answers");
        let runs_for = latest(&entry(&store, id).await).expect("its lease ends");
        assert!(runs_for <= Lease::LONGEST, "{duration:?}: it runs for {runs_for}");
        store.finish(&lease, Finish::Retry(duration, "later".into())).await.expect("it ends");
        let waits_for = latest(&entry(&store, id).await).expect("it is due at some time");
        assert!(waits_for <= Finish::LONGEST_WAIT, "{duration:?}: it waits for {waits_for}");
        store.cancel(id, "somebody").await.expect("it cancels");
        assert_eq!(state(&store, id).await, State::Cancelled, "{duration:?}");
    }
    store.wait(Duration::ZERO).await;
    store.wait(Duration::from_nanos(1)).await;
}

/// Every call makes progress, so a loop over them ends.
pub async fn a_sweep_with_any_bounds_ends<S: Store>(store: S) {
    for (number, age) in durations().into_iter().enumerate() {
        for most in [0, 1, u32::MAX] {
            for most_bytes in [0, 1, u64::MAX] {
                let id = stored(&store, &format!("m{number}-{most}-{most_bytes}"), 3).await;
                let claim = claimed_one(&store, LONG).await;
                store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
                let mut rule = PruneRule::new("shop", age, age, Some(age), most).parked(Some(age));
                rule.most_bytes = most_bytes;
                let mut calls = 0;
                while store.prune(rule.clone()).await.expect("it prunes").is_more {
                    calls += 1;
                    assert!(calls < 10, "{rule:?} has no end");
                }
                let is_kept = store.get(id).await.expect("it reads").is_some();
                assert_eq!(is_kept, age > Duration::from_secs(1), "{rule:?}");
                store.erase(id, "somebody").await.expect("it answers");
            }
        }
        // The entries that a long age has kept are pruned before the next check.
        let zero = Duration::ZERO;
        let rule = PruneRule::new("shop", zero, zero, Some(zero), 1_000);
        while store.prune(rule.clone()).await.expect("it prunes").is_more {}
    }
}

/// Neither attempts, pages, claims nor ids have a number that is too large or too small.
pub async fn every_number_of_a_caller_is_taken<S: Store>(store: S) {
    for (number, attempts) in [0, 1, u32::MAX].into_iter().enumerate() {
        let id = stored(&store, &format!("m{number}"), attempts).await;
        for again in [0, 1, u32::MAX] {
            let claim = claimed_one(&store, LONG).await;
            store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
            assert!(store.redeliver(id, again, "somebody").await.expect("it redelivers"), "{again} attempts");
        }
        let claim = claimed_one(&store, LONG).await;
        store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends");
    }
    for (most, want) in [(0, 0), (1, 1), (u32::MAX, 3)] {
        assert_eq!(store.list(Filter::new().most(most)).await.expect("it lists").len(), want);
    }
    for id in [i64::MIN, -1, 0, i64::MAX].map(EntryId) {
        store.list(Filter::new().before(id)).await.expect("it lists");
        assert!(store.get(id).await.expect("it reads").is_none() && store.body(id).await.expect("it reads").is_none());
        assert!(store.history(id).await.expect("it reads").is_empty());
        assert!(!store.redeliver(id, 1, "somebody").await.expect("it answers"));
        assert!(!store.cancel(id, "somebody").await.expect("it answers"));
        assert!(!store.release(id, "somebody").await.expect("it answers"));
        assert!(!store.erase(id, "somebody").await.expect("it answers").is_erased());
        let lease = Lease::new(id, u32::MAX, u32::MAX, Duration::MAX);
        assert!(!store.extend(&lease).await.expect("it answers"));
        assert!(!store.finish(&lease, Finish::Release).await.expect("it answers"));
    }
    stored(&store, "last", 3).await;
    let shop = ["shop".to_owned()];
    let none = ClaimRequest::new("worker", &shop, 0, LONG).unknown(&shop);
    assert!(store.claim(none).await.expect("it claims").is_empty());
    assert!(store.claim(ClaimRequest::new("worker", &[], 9, LONG)).await.expect("it claims").is_empty());
    assert_eq!(claimed(&store, usize::MAX, LONG).await.len(), 1);
}

/// A worker holds the bodies of its claims in memory.
pub async fn a_claim_is_bounded_by_bytes<S: Store>(store: S) {
    let body = format!("[\"{}\"]", "x".repeat(1_000));
    let shop = ["shop".to_owned()];
    let wanted = |most_bytes| {
        let mut wanted = ClaimRequest::new("worker", &shop, 100, LONG).unknown(&shop);
        wanted.most_bytes = most_bytes;
        wanted
    };
    for number in 0..5 {
        store.accept(sample("shop", &format!("m{number}"), &body, 3)).await.expect("it accepts");
    }
    for number in 5..9 {
        let parked = sample("shop", &format!("m{number}"), &body, 3);
        let parked = with(parked, |it| it.unreadable = Some("why".into()));
        store.accept(parked).await.expect("it accepts");
    }
    let two = 2 * body.len() as u64;
    let mut keys = Vec::new();
    for most_bytes in [two, two, two, two, 1, 0] {
        let claims = store.claim(wanted(most_bytes)).await.expect("it claims");
        keys.push(claims.iter().map(|claim| claim.delivery_id.clone()).collect::<Vec<_>>().join(" "));
        for claim in claims {
            let lines = store.history(claim.lease.id).await.expect("it reads");
            assert!(lines.is_empty(), "nothing is written about what is claimed later: {lines:?}");
            assert!(store.finish(&claim.lease, Finish::Complete(None)).await.expect("it ends"));
        }
    }
    assert_eq!(keys, ["m0 m1", "m2 m3", "m4 m5", "m6 m7", "m8", ""]);
    // A body that is longer than the bound is claimed alone, and a bound of 0 claims one entry.
    for key in ["m10", "m11"] {
        store.accept(sample("shop", key, &body, 3)).await.expect("it accepts");
        assert_eq!(store.claim(wanted(0)).await.expect("it claims").len(), 1);
    }
    // What dead workers left is bounded as well, and each lost lease is one line.
    for number in 20..24 {
        store.accept(sample("shop", &format!("m{number}"), &body, 3)).await.expect("it accepts");
    }
    let dead: Vec<EntryId> = claimed(&store, 100, Duration::ZERO).await.iter().map(|claim| claim.lease.id).collect();
    assert_eq!(dead.len(), 4);
    tokio::time::sleep(Duration::from_millis(20)).await;
    for _ in 0..2 {
        assert_eq!(store.claim(wanted(two)).await.expect("it claims").len(), 2);
    }
    for id in dead {
        let lines = store.history(id).await.expect("it reads");
        assert_eq!(lines.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(), ["abandoned"]);
    }
}
