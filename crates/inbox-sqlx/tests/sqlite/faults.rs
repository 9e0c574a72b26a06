//! Full disks and locked files: deliveries are refused in time, and accepted again without a restart.

use std::time::{Duration, Instant};

use referral_webhooks::Reply;
use referral_webhooks_inbox::Outcome;
use referral_webhooks_inbox::store::{Store, TransactionalStore, Work};
use sqlx::{Connection as _, SqliteConnection};

use crate::engine::check;
use crate::shared::support::{redpin, shop};

#[tokio::test]
async fn a_full_disk_is_refused_until_it_has_room() {
    let shop = shop().await;
    shop.accepted("m0").await;
    let lease = shop.claimed(Duration::from_secs(30)).await;
    // SQLite reports "full" when a file may not grow. The limit belongs to the connection. A connection that is kept
    // after the error keeps it, and a new one does not.
    let fill: Work<SqliteConnection> = Box::new(|connection| {
        Box::pin(async move {
            sqlx::query("PRAGMA max_page_count = 1").execute(connection).await.unwrap();
            Outcome::Done
        })
    });
    shop.store.process(&lease, Duration::from_secs(1), Duration::ZERO, fill).await.unwrap();
    let mut refused = 0;
    for number in 1..2_000 {
        let reply = shop.intake.receive(&redpin(&format!("m{number}"))).await;
        if reply != Reply::Accepted {
            assert_eq!(reply.status(), 503);
            refused += 1;
            // The same delivery, sent again.
            assert_eq!(shop.intake.receive(&redpin(&format!("m{number}"))).await, Reply::Accepted);
            break;
        }
    }
    assert_eq!(refused, 1, "the disk was full once");
    check(&mut shop.connection().await).await;
}

#[tokio::test]
async fn a_file_locked_by_another_process_is_refused_in_time() {
    let shop = shop().await;
    let mut other = shop.connection().await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let begun = Instant::now();
    assert_eq!(shop.intake.receive(&redpin("m1")).await.status(), 503);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    lock.rollback().await.unwrap();
    assert_eq!(shop.intake.receive(&redpin("m2")).await, Reply::Accepted);
    // The delivery that waited for the lock was stored when it was free.
    assert_eq!(shop.store.list(referral_webhooks_inbox::store::Filter::new()).await.unwrap().len(), 2);
}
