//! Subjects that another transaction locks.

use std::time::{Duration, Instant};

use referral_webhooks_inbox::store::{Finish, State};

use referral_webhooks_inbox::store::Store as _;

use referral_webhooks_inbox::EntryId;
use sqlx::Connection as _;

use crate::shared::subjects::about;
use crate::shared::support::{LONG, eventually, shop};

/// Locks the subjects of all entries, as the store does.
const HOLD: &str = "SELECT pg_advisory_xact_lock(hashtextextended(endpoint || ' ' || tenant || ' ' || subject, tableoid::BIGINT)) \
                    FROM inbox_entry";

#[tokio::test]
async fn deliveries_about_a_subject_that_is_held_are_stored_and_become_due_later() {
    let shop = shop().await;
    let first = shop.store.accept(about("ada", "m1", 1)).await.unwrap().id();
    assert!(shop.store.cancel(first, "operator".into()).await.unwrap());
    let mut connection = shop.connection().await;
    let mut holder = connection.begin().await.unwrap();
    sqlx::query(HOLD).execute(&mut *holder).await.unwrap();
    let begun = Instant::now();
    let id = shop.store.accept(about("ada", "m2", 2)).await.unwrap().id();
    // The lock time-out of a statement, and a margin.
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(shop.store.get(id).await.unwrap().unwrap().state, State::Waiting);
    holder.commit().await.unwrap();
    eventually(&shop.store, id, |entry| entry.state == State::Available).await;
}

/// The holder adds an entry that is not visible yet. The end of the earlier entry waits for the holder and promotes it.
#[tokio::test]
async fn the_end_of_an_entry_sees_what_a_holder_of_its_subject_added() {
    const ADD: &str = "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, body_digest, state, attempt, \
                       last_attempt, repeats, conflicts, received_at, ordered_at, run, last_seen_at, worker, has_body, \
                       subject) SELECT endpoint, platform, 'm2', FALSE, body_digest, 'waiting', 0, 3, 0, 0, 0, \
                       ordered_at + 1, 1, 0, '', FALSE, subject FROM inbox_entry RETURNING id";
    let shop = shop().await;
    shop.store.accept(about("ada", "m1", 1)).await.unwrap();
    let lease = shop.claimed(LONG).await;
    let mut connection = shop.connection().await;
    let mut holder = connection.begin().await.unwrap();
    sqlx::query(HOLD).execute(&mut *holder).await.unwrap();
    let added: i64 = sqlx::query_scalar(ADD).fetch_one(&mut *holder).await.unwrap();
    let store = shop.store.clone();
    let ending = tokio::spawn(async move { store.finish(&lease, Finish::Complete(None)).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    holder.commit().await.unwrap();
    assert!(ending.await.unwrap().unwrap());
    assert_eq!(shop.store.get(EntryId(added)).await.unwrap().unwrap().state, State::Available);
}
