//! Pruning of large bodies while deliveries arrive.

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{ClaimRequest, Finish, NewEntry, PruneRule, Store};
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use crate::shared::support::{LONG, SECRET, redpin, shop};

/// Number of bodies of a megabyte.
const BODIES: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_stored_while_large_bodies_are_pruned() {
    let shop = shop().await;
    let (endpoint, now) = (Endpoint::<Redpin>::new(SECRET).unwrap(), OffsetDateTime::now_utc());
    for number in 0..BODIES {
        let message = Message::new("x".repeat(1_000_000), now).id(format!("large-{number}"));
        let delivery = endpoint.receive(&endpoint.sign(&message).unwrap(), now).unwrap();
        let mut entry = NewEntry::of("shop", &delivery, 3);
        entry.unreadable = None;
        shop.store.accept(entry).await.unwrap();
        let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 1, LONG);
        let claims = shop.store.claim(wanted).await.unwrap();
        assert!(shop.store.finish(&claims[0].lease, Finish::Complete(None)).await.unwrap());
    }
    let store = shop.store.clone();
    let pruning = tokio::spawn(async move {
        let rule = PruneRule::new("shop", Duration::ZERO, None, None, 500);
        let (mut calls, mut bodies, mut is_more) = (0, 0, true);
        while is_more {
            let pruned = store.prune(rule.clone()).await.unwrap();
            (calls, bodies, is_more) = (calls + 1, bodies + pruned.bodies, pruned.is_more);
            sleep(Duration::from_millis(20)).await;
        }
        (calls, bodies)
    });
    let mut took = Vec::new();
    while !pruning.is_finished() {
        let began = Instant::now();
        shop.store.accept(NewEntry::of("shop", &redpin(&format!("m{}", took.len())), 3)).await.unwrap();
        took.push(began.elapsed());
    }
    let (calls, bodies) = pruning.await.unwrap();
    assert_eq!(bodies, BODIES as u64);
    // 2 MB at most, which is one body above the bound.
    assert!(calls >= BODIES / 2, "{calls} calls");
    took.sort_unstable();
    let (p99, most) = (took[took.len() * 99 / 100], took[took.len() - 1]);
    println!("{} accepted during {calls} calls: p99 {p99:?}, at most {most:?}", took.len());
    assert!(p99 < Duration::from_millis(500), "p99 {p99:?}, at most {most:?}");
}
