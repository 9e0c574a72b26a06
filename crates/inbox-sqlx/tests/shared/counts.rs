//! Counts of more entries than a count ends at.

use referral_webhooks_inbox::store::{Counts, Filter, Finish, Store as _};

use super::support::{LONG, Shop, shop};

#[tokio::test]
async fn a_count_below_its_bound_is_exact_behind_many_entries() {
    let shop = shop().await;
    complete(&shop, "m1").await;
    let of_event = || Filter::new().event("REFERRAL_CREATED");
    let counts = shop.store.counts(of_event()).await.unwrap();
    assert_eq!((counts.completed, counts.cancelled), (1, 0));

    // More entries between two completed ones than a first look reads.
    let fill = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 20001) \
                INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, body_digest, state, attempt, last_attempt, \
                repeats, conflicts, received_at, ordered_at, run, last_seen_at, finished_at, worker, has_body, event) \
                SELECT 'shop', 'redpin', 'c' || n, FALSE, body_digest, 'cancelled', 0, 3, 0, 0, 0, 0, 1, 0, 1, '', FALSE, event \
                FROM number, (SELECT body_digest, event FROM inbox_entry) AS model";
    sqlx::query(fill).execute(&mut shop.connection().await).await.unwrap();
    complete(&shop, "m2").await;
    let counts = shop.store.counts(of_event()).await.unwrap();
    assert_eq!((counts.completed, counts.cancelled), (2, Counts::MOST));
}

async fn complete(shop: &Shop, delivery_id: &str) {
    shop.accepted(delivery_id).await;
    let lease = shop.claimed(LONG).await;
    shop.store.finish(&lease, Finish::Complete(None)).await.unwrap();
}
