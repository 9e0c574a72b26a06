//! Batches of deliveries, which are committed without delay.

use std::time::{Duration, Instant};

use referral_webhooks::Reply;
use tokio::task::JoinSet;

use crate::shared::support::{redpin, shop};

/// One thread, on which four other tasks work for 1 ms at a time.
#[tokio::test]
async fn a_busy_thread_does_not_delay_the_commit_of_a_batch() {
    let shop = shop().await;
    let mut others = JoinSet::new();
    for _ in 0..4 {
        others.spawn(async {
            loop {
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_millis(1) {
                    std::hint::spin_loop();
                }
                tokio::task::yield_now().await;
            }
        });
    }
    let mut sent = JoinSet::new();
    for number in 0..200 {
        let (intake, delivery) = (shop.intake.clone(), redpin(&format!("m{number}")));
        sent.spawn(async move {
            let begun = Instant::now();
            assert_eq!(intake.receive(&delivery).await, Reply::Accepted);
            begun.elapsed()
        });
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut waits = sent.join_all().await;
    waits.sort_unstable();
    assert!(waits[100] < Duration::from_millis(150), "half of them waited for longer than {:?}", waits[100]);
}
