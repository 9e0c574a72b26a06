//! The health of an inbox: whether its store would accept a delivery now.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::support::{Mode, accepted, faulty_inbox, redpin};

#[tokio::test(start_paused = true)]
async fn health_is_ready_while_the_store_accepts() {
    let (store, inbox, intake) = faulty_inbox();
    assert!(inbox.health().await.is_ready, "an idle inbox is probed");
    accepted(&intake, "m1").await;
    store.set(Mode::Broken);
    assert!(inbox.health().await.is_ready, "a recent write proves that the store works");
    sleep(Duration::from_secs(6)).await;
    let health = inbox.health().await;
    assert!(!health.is_ready);
    assert!(health.trouble.unwrap().contains("the disk is on fire"));
    assert_eq!(health.stats.unwrap().available, 1);
    store.set(Mode::Hanging);
    let begun = Instant::now();
    assert!(!inbox.health().await.is_ready);
    assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
    // A delivery that hangs in the store occupies the admission.
    assert!(intake.accept(&redpin("m2")).await.is_err());
    assert_eq!(inbox.health().await.in_flight, 1);
    store.set(Mode::Working);
    sleep(Duration::from_secs(6)).await;
    assert!(inbox.health().await.is_ready, "it recovers");
}
