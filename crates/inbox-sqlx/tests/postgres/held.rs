//! A subject that another transaction holds.

use std::time::{Duration, Instant};

use referral_webhooks_inbox::{State, Store as _};
use sqlx::Connection as _;

use crate::subjects::about;
use crate::support::{eventually, shop};

#[tokio::test]
async fn deliveries_about_a_subject_that_is_held_are_stored_and_become_due_later() {
    let shop = shop().await;
    let first = shop.store.accept(about("ada", "m1", 1)).await.unwrap().id();
    assert!(shop.store.cancel(first, "somebody").await.unwrap());
    let mut connection = shop.connection().await;
    let mut holder = connection.begin().await.unwrap();
    const HOLD: &str = "SELECT pg_advisory_xact_lock(hashtextextended(endpoint || ' ' || subject, tableoid::BIGINT)) \
                        FROM inbox_entry";
    sqlx::query(HOLD).execute(&mut *holder).await.unwrap();
    let begun = Instant::now();
    let id = shop.store.accept(about("ada", "m2", 2)).await.unwrap().id();
    // The longest that a statement waits for a lock, and some more.
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(shop.store.get(id).await.unwrap().unwrap().state, State::Waiting);
    holder.commit().await.unwrap();
    eventually(&shop.store, id, |entry| entry.state == State::Available).await;
}
