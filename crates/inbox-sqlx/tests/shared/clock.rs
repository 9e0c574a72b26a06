//! A database whose clock was set back, or has jumped.

use std::time::Duration;

use referral_webhooks_inbox::store::ClaimRequest;

use referral_webhooks_inbox::store::Store as _;

use super::support::{Shop, shop};
use crate::engine::{Store, open};

const LEASE: Duration = Duration::from_secs(30);

impl Shop {
    /// Changes the entries as if the clock had been set back by an hour after they arrived.
    async fn set_clock_back(&self) {
        let ahead = "UPDATE inbox_entry SET next_at = next_at + 3600000";
        sqlx::query(ahead).execute(&mut self.connection().await).await.unwrap();
    }
}

/// Returns how many entries a newly started worker claims.
async fn due(store: &Store) -> usize {
    let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 10, LEASE);
    store.claim(wanted).await.unwrap().len()
}

#[tokio::test]
async fn an_entry_is_due_although_the_clock_was_set_back() {
    let shop = shop().await;
    shop.accepted("m1").await;
    shop.set_clock_back().await;
    let store = open(&shop.database.url).await;
    assert_eq!(due(&store).await, 1);
}

#[tokio::test]
async fn an_abandoned_entry_waits_one_lease_after_the_clock_was_set_back() {
    let shop = shop().await;
    let id = shop.accepted("m1").await;
    shop.claimed(LEASE).await;
    shop.set_clock_back().await;
    assert_eq!(due(&open(&shop.database.url).await).await, 0);
    let entry = shop.store.get(id).await.unwrap().unwrap();
    let wait = entry.next_at.unwrap() - time::OffsetDateTime::now_utc();
    assert!(wait <= LEASE + Duration::from_secs(2), "{wait}");
}

#[tokio::test]
async fn a_worker_with_shorter_leases_keeps_a_longer_one() {
    let shop = shop().await;
    shop.accepted("m1").await;
    let held = shop.claimed(Duration::from_secs(300)).await;
    let other = open(&shop.database.url).await;
    let wanted = || ClaimRequest::new("other", &["shop".to_owned()], 10, Duration::from_millis(100));
    for _ in 0..4 {
        assert!(other.claim(wanted()).await.unwrap().is_empty());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(shop.store.extend(&held).await.unwrap());
}

#[tokio::test]
async fn a_process_that_starts_after_a_clock_jump_claims_no_held_entry() {
    const HOUR: i64 = 60 * 60 * 1_000;
    for step in [2 * HOUR, 24 * 100 * HOUR, 24 * 200 * HOUR] {
        let shop = shop().await;
        let id = shop.accepted("m1").await;
        let held = shop.claimed(LEASE).await;
        let abandoned = shop.accepted("m2").await;
        shop.claimed(Duration::from_millis(400)).await;
        shop.step_clock(step).await;
        let store = open(&shop.database.url).await;
        let wanted = || ClaimRequest::new("worker", &["shop".to_owned()], 10, LEASE);
        assert!(store.claim(wanted()).await.unwrap().is_empty(), "{step}: proven time is the other witness");
        let entry = shop.store.get(id).await.unwrap().unwrap();
        let lease = entry.next_at.unwrap() - time::OffsetDateTime::now_utc();
        assert!(lease <= LEASE + Duration::from_secs(2), "{step}: {lease}");
        // A live worker keeps its entry, and a dead worker loses its entry a lease later.
        assert!(shop.store.extend(&held).await.unwrap(), "{step}");
        tokio::time::sleep(Duration::from_millis(500)).await;
        let claims = store.claim(wanted()).await.unwrap();
        assert_eq!(claims.iter().map(|claim| claim.lease.id).collect::<Vec<_>>(), [abandoned], "{step}");
        let what: Vec<_> = store.history(id).await.unwrap().into_iter().map(|line| line.what).collect();
        assert!(what.is_empty(), "{step}: {what:?}");
    }
}

/// Moves all due times 200 days ahead, without their intervals.
const AHEAD: &str = "UPDATE inbox_entry SET next_at = next_at + 17280000000";

#[tokio::test]
async fn a_retry_waits_at_most_its_back_off_after_a_clock_correction() {
    let shop = shop().await;
    let id = shop.accepted("m1").await;
    let lease = shop.claimed(LEASE).await;
    let wait = Duration::from_secs(60);
    let retry = referral_webhooks_inbox::store::Finish::Retry(wait, "later".into());
    assert!(shop.store.finish(&lease, retry).await.unwrap());
    sqlx::query(AHEAD).execute(&mut shop.connection().await).await.unwrap();
    // Another entry is due, so that the claim is not empty, and the process has not seen the clock before.
    let store = open(&shop.database.url).await;
    shop.accepted("m2").await;
    assert_eq!(due(&store).await, 1);
    let entry = shop.store.get(id).await.unwrap().unwrap();
    let remaining = entry.next_at.unwrap() - time::OffsetDateTime::now_utc();
    assert!(remaining <= wait + Duration::from_secs(2), "{remaining}");
    assert!(remaining > wait - Duration::from_secs(20), "its back-off restarts: {remaining}");
}

#[tokio::test]
async fn a_busy_process_still_corrects_waits() {
    let shop = shop().await;
    let id = shop.accepted("m1").await;
    let lease = shop.claimed(LEASE).await;
    let retry = referral_webhooks_inbox::store::Finish::Retry(Duration::ZERO, "at once".into());
    assert!(shop.store.finish(&lease, retry).await.unwrap());
    sqlx::query(AHEAD).execute(&mut shop.connection().await).await.unwrap();
    for number in 0..30 {
        shop.accepted(&format!("other-{number}")).await;
        let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 10, LEASE);
        let claims = shop.store.claim(wanted).await.unwrap();
        assert!(!claims.is_empty());
        if claims.iter().any(|claim| claim.lease.id == id) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it waits for 200 days");
}

#[tokio::test]
async fn a_stored_lease_of_a_hundred_years_expires_within_an_hour() {
    let shop = shop().await;
    let id = shop.accepted("m1").await;
    shop.claimed(LEASE).await;
    let stored = "UPDATE inbox_entry SET wait = 3153600000000, next_at = next_at + 3153600000000";
    sqlx::query(stored).execute(&mut shop.connection().await).await.unwrap();
    assert_eq!(due(&open(&shop.database.url).await).await, 0);
    let entry = shop.store.get(id).await.unwrap().unwrap();
    let remaining = entry.next_at.unwrap() - time::OffsetDateTime::now_utc();
    assert!(remaining <= referral_webhooks_inbox::store::Lease::LONGEST + Duration::from_secs(2), "{remaining}");
}
