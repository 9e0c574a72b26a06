//! Deliveries that were processed long ago, made in bulk.

use std::time::Duration;

use sqlx::Connection as _;

use crate::serve::Work;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

/// The id of the one delivery that is received. The others are numbered copies of it.
const FIRST: &str = "old-0";

/// Returns the delivery id of this number.
pub(crate) fn old(number: usize) -> String {
    format!("old-{number}")
}

/// Returns whether a delivery id is one of those.
pub(crate) fn is_old(delivery_id: &str) -> bool {
    delivery_id.starts_with("old-")
}

/// Makes this many entries, each with its body, its history and its effect.
pub(crate) async fn make(shop: &Shop, count: i64) {
    let receiver = shop.start("first", Work::Tx).await;
    let plan = Plan { senders: 1, most: 1, delivery_id: old, copies: |_| 1, ..Plan::STEADY };
    Traffic::start(&[receiver.door().clone()], plan).all().await;
    shop.drained(Duration::from_secs(5)).await.expect("one is soon processed");
    copy(shop, count - 1).await;
}

/// Copies the only entry, with its body, history and effect.
async fn copy(shop: &Shop, times: i64) {
    const ENTRIES: &str = "WITH RECURSIVE made (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM made \
                           WHERE number < $1) INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, \
                           body_digest, state, attempt, last_attempt, repeats, conflicts, received_at, last_seen_at, \
                           finished_at, worker, has_body, ordered_at, run) SELECT endpoint, platform, \
                           'old-' || number, is_derived, event, body_digest, state, attempt, last_attempt, repeats, \
                           conflicts, received_at, last_seen_at, finished_at, worker, has_body, ordered_at, run \
                           FROM inbox_entry, made";
    const BELONGINGS: [&str; 3] = [
        "INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal) SELECT entry.id, \
         payload.received_at, headers, body, seal FROM inbox_entry AS entry, inbox_payload AS payload \
         WHERE entry.delivery_id <> $1",
        "INSERT INTO inbox_history (entry_id, at, what, attempt, actor) SELECT entry.id, at, what, \
         history.attempt, actor FROM inbox_entry AS entry, inbox_history AS history WHERE entry.delivery_id <> $1",
        "INSERT INTO effect (key) SELECT delivery_id FROM inbox_entry WHERE delivery_id <> $1",
    ];
    let mut connection = shop.connect().await;
    sqlx::query(ENTRIES).bind(times).execute(&mut connection).await.unwrap();
    for belongings in BELONGINGS {
        sqlx::query(belongings).bind(FIRST).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}
