//! Atomicity of a handler's effect and the end of its attempt.

use std::time::{Duration, Instant};

use referral_webhooks_inbox::store::{Finish, State, Store, TransactionalStore, Work};

use referral_webhooks_inbox::{Attempt, BackOff, Inbox, Outcome};
use sqlx::Connection as _;

use super::support::{LONG, eventually, paying, reward, shop, working};
use crate::engine::Connection;

fn one(delivery_id: &str) -> (String, i64) {
    (delivery_id.to_owned(), 1)
}

#[tokio::test]
async fn effect_and_completion_are_one() {
    let shop = shop().await;
    let _working = working(shop.inbox.worker().run_in_tx(&shop.intake, paying));
    for (delivery_id, state) in
        [("done", State::Completed), ("ignored", State::Completed), ("discarded", State::Discarded)]
    {
        let id = shop.accepted(delivery_id).await;
        assert_eq!(eventually(&shop.store, id, |entry| entry.state.is_finished()).await.state, state, "{delivery_id}");
    }
    assert_eq!(shop.rewards().await, [one("done"), one("ignored")], "a dead letter has no effect");
}

#[tokio::test]
async fn a_failed_attempt_has_no_effect_and_its_retry_has_one() {
    let shop = shop().await;
    let quick = Inbox::new(shop.store.clone()).back_off(BackOff::new(3, Duration::ZERO, Duration::ZERO));
    let worker = quick.worker().run_in_tx(&shop.intake, paying).limit_in_tx(Duration::from_millis(100));
    let _working = working(worker);
    let hangs = shop.accepted("hangs").await;
    for delivery_id in ["retried", "panics", "other"] {
        let id = shop.accepted(delivery_id).await;
        assert_eq!(eventually(&shop.store, id, |entry| entry.state.is_finished()).await.state, State::Completed);
    }
    let hung = eventually(&shop.store, hangs, |entry| entry.reason.is_some()).await;
    assert_eq!(hung.reason.as_deref(), Some("the handler took longer than 100 ms"));
    assert_eq!(shop.rewards().await, [one("other"), one("panics"), one("retried")]);
}

#[tokio::test]
async fn an_attempt_with_an_expired_lease_has_no_effect() {
    let shop = shop().await;
    let id = shop.accepted("m1").await;
    let frozen = shop.claimed(Duration::from_millis(50)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let rescuer = shop.claimed(LONG).await;
    let pay = |lease| {
        let work: Work<Connection> =
            Box::new(|connection| Box::pin(async move { reward(connection, "m1").await.into() }));
        let store = shop.store.clone();
        async move { store.process(&lease, LONG, LONG, work).await.unwrap() }
    };
    assert_eq!(pay(frozen.clone()).await, None);
    assert!(shop.rewards().await.is_empty());
    assert_eq!(pay(rescuer).await, Some(Finish::Complete(None)));
    assert_eq!(pay(frozen).await, None);
    assert_eq!(shop.rewards().await, [one("m1")]);
    assert_eq!(shop.store.get(id).await.unwrap().unwrap().state, State::Completed);
}

#[tokio::test]
async fn a_nested_transaction_commits_with_the_attempt() {
    let shop = shop().await;
    for delivery_id in ["kept", "dropped"] {
        shop.accepted(delivery_id).await;
        let lease = shop.claimed(LONG).await;
        let work: Work<Connection> = Box::new(move |connection| {
            Box::pin(async move {
                let mut own = connection.begin().await.unwrap();
                reward(&mut own, delivery_id).await.unwrap();
                own.commit().await.unwrap();
                let mut unfinished = connection.begin().await.unwrap();
                reward(&mut unfinished, "never").await.unwrap();
                drop(unfinished);
                if delivery_id == "kept" { Outcome::Done } else { Outcome::Discard("after its own commit".into()) }
            })
        });
        shop.store.process(&lease, LONG, LONG, work).await.unwrap();
    }
    assert_eq!(shop.rewards().await, [one("kept")]);
}

#[tokio::test]
async fn many_handlers_at_once_pay_once_each() {
    let shop = shop().await;
    let _first = working(shop.inbox.worker().run_in_tx(&shop.intake, paying));
    let _second = working(shop.inbox.worker().run_in_tx(&shop.intake, paying));
    for number in 0..300 {
        shop.accepted(&format!("m{number:03}")).await;
        if number % 3 == 0 {
            shop.accepted(&format!("m{:03}", number / 2)).await;
        }
    }
    let last = shop.accepted("last").await;
    eventually(&shop.store, last, |entry| entry.state == State::Completed).await;
    for _ in 0..500 {
        if shop.rewards().await.len() == 301 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let rewards = shop.rewards().await;
    assert_eq!(rewards.len(), 301);
    assert!(rewards.iter().all(|(_, count)| *count == 1), "{rewards:?}");
}

#[tokio::test]
async fn a_shutdown_waits_for_its_grace_and_no_longer() {
    let shop = shop().await;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(shop.accepted(&format!("m{number}")).await);
    }
    let worker = shop.inbox.worker().limit_in_tx(LONG).grace(Duration::from_millis(300));
    let (shutdown, worked) =
        working(worker.run_in_tx(&shop.intake, async |_, attempt: Attempt, connection: &mut Connection| {
            reward(connection, &attempt.id).await.unwrap();
            tokio::time::sleep(Duration::from_secs(3)).await;
            Outcome::Done
        }));
    for id in &ids {
        eventually(&shop.store, *id, |entry| entry.state == State::Running).await;
    }
    let began = Instant::now();
    shutdown.cancel();
    worked.await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    for id in &ids {
        let entry = shop.store.get(*id).await.unwrap().unwrap();
        let released = (entry.state, entry.attempt, entry.last_attempt);
        assert_eq!(released, (State::Retryable, 1, 21), "the attempt does not count");
    }
    assert!(shop.rewards().await.is_empty());
    let _working = working(shop.inbox.worker().run_in_tx(&shop.intake, paying));
    for id in ids {
        eventually(&shop.store, id, |entry| entry.state == State::Completed).await;
    }
    let rewards = shop.rewards().await;
    assert!(rewards.len() == 8 && rewards.iter().all(|(_, count)| *count == 1), "{rewards:?}");
}
