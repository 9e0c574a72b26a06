//! The items of one delivery: one copy of the body, and one transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use referral_webhooks_inbox::store::{Accepted, Finish, NewEntry, PruneRule, Store as _};

use super::support::{LONG, Shop, redpin, shop};

/// Returns this many items of one body with this many bytes.
fn items(count: u32, bytes: usize) -> Vec<NewEntry> {
    let mut whole = NewEntry::of("shop", &redpin("whole"), 3);
    Arc::make_mut(&mut whole.delivery).body = vec![b'x'; bytes].into();
    let item = |position: u32| {
        let mut item = whole.clone().at_item(position);
        item.delivery_id = format!("item-{position}");
        item.body_digest[..4].copy_from_slice(&position.to_be_bytes());
        item
    };
    (0..count).map(item).collect()
}

impl Shop {
    /// Returns the numbers of payload rows and of bytes in them.
    async fn payloads(&self) -> (i64, i64) {
        let figures =
            "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(body) + LENGTH(headers)), 0) AS BIGINT) FROM inbox_payload";
        sqlx::query_as(figures).fetch_one(&mut self.connection().await).await.unwrap()
    }
}

#[tokio::test]
async fn thousands_of_items_store_their_body_once() {
    let shop = shop().await;
    let (count, bytes) = (5_000, 1 << 20);
    let begun = Instant::now();
    let accepted = shop.store.accept_items(items(count, bytes)).await.unwrap();
    let stored_in = begun.elapsed();
    assert!(accepted.iter().all(|accepted| matches!(accepted, Accepted::Stored(_))));
    let (rows, kept) = shop.payloads().await;
    assert_eq!(rows, 5_001, "a row of each item, and one with the body");
    assert!((1 << 20..(1 << 20) + 4_096).contains(&kept), "{kept} bytes");
    let begun = Instant::now();
    let accepted = shop.store.accept_items(items(count, bytes)).await.unwrap();
    println!("{count} new items in {stored_in:?}, {count} repeats in {:?}", begun.elapsed());
    assert!(accepted.iter().all(|accepted| matches!(accepted, Accepted::Repeated(_))));
    assert_eq!(shop.payloads().await, (rows, kept), "repeats store no body");
}

#[tokio::test]
async fn a_refused_item_stores_no_item_of_its_body() {
    let shop = shop().await;
    let mut refused = items(300, 1_000);
    // Longer than its column.
    refused[299].subject = Some("x".repeat(201));
    assert!(shop.store.accept_items(refused).await.is_err());
    assert_eq!(shop.store.stats().await.unwrap(), Default::default());
    assert_eq!(shop.payloads().await, (0, 0));
    let accepted = shop.store.accept_items(items(300, 1_000)).await.unwrap();
    assert!(accepted.iter().all(|accepted| matches!(accepted, Accepted::Stored(_))));
}

#[tokio::test]
async fn a_body_is_deleted_with_its_last_item() {
    let shop = shop().await;
    shop.store.accept_items(items(2, 1_000)).await.unwrap();
    let rule = PruneRule::new("shop", Duration::ZERO, None, Some(Duration::ZERO), 100);
    for rows in [2, 0] {
        let lease = shop.claimed(LONG).await;
        assert!(shop.store.finish(&lease, Finish::Complete(None)).await.unwrap());
        shop.store.prune(rule.clone()).await.unwrap();
        assert_eq!(shop.payloads().await.0, rows);
    }
}
