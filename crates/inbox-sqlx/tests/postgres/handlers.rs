//! Handlers with failures that are specific to PostgreSQL, and other work meanwhile.

use std::time::{Duration, Instant};

use referral_webhooks::Reply;
use referral_webhooks_inbox::store::{Finish, State, Work};
use referral_webhooks_inbox::store::{Store as _, TransactionalStore as _};
use referral_webhooks_inbox::{Inbox, Outcome};
use sqlx::PgConnection;

use crate::engine::stored_and_claimed;
use crate::shared::support::{LONG, eventually, paying, redpin, reward, shop, working};

/// A handler that pays out and then runs into an error of the database.
fn failing(outcome: Outcome) -> Work<PgConnection> {
    Box::new(move |connection| {
        Box::pin(async move {
            reward(connection, "m").await.unwrap();
            sqlx::query("SELECT 1 / 0").execute(connection).await.unwrap_err();
            outcome
        })
    })
}

#[tokio::test]
async fn after_an_error_of_the_database_the_attempt_ends_as_the_handler_says() {
    let shop = shop().await;
    let rows = [
        ("retried", Outcome::Retry("why".into()), State::Retryable, "why"),
        ("discarded", Outcome::Discard("never".into()), State::Discarded, "never"),
        // The handler returns success, but PostgreSQL rolls back a transaction with a failed statement.
        ("done", Outcome::Done, State::Retryable, "one of the handler's statements had failed"),
    ];
    for (delivery_id, outcome, state, reason) in rows {
        let lease = stored_and_claimed(&shop.store, delivery_id, LONG).await;
        assert!(shop.store.process(&lease, LONG, LONG, failing(outcome)).await.unwrap().is_some());
        let entry = shop.store.get(lease.id).await.unwrap().unwrap();
        assert_eq!((entry.state, entry.reason.as_deref()), (state, Some(reason)), "{delivery_id}");
    }
    assert!(shop.rewards().await.is_empty());
}

#[tokio::test]
async fn a_handler_stopped_within_a_statement_leaves_the_store_usable() {
    let shop = shop().await;
    // One connection: the next handler gets it, or its replacement.
    let store = shop.store.clone().handlers(1);
    for number in 0..3 {
        let lease = stored_and_claimed(&store, &format!("slow{number}"), LONG).await;
        let asks: Work<PgConnection> = Box::new(|connection| {
            Box::pin(async move {
                reward(connection, "never").await.unwrap();
                sqlx::query("SELECT pg_sleep(3)").execute(connection).await.map(|_| ()).into()
            })
        });
        let begun = Instant::now();
        let ended = store.process(&lease, Duration::from_millis(100), LONG, asks).await.unwrap();
        assert!(matches!(ended, Some(Finish::Retry(..))), "{ended:?}");
        let lease = stored_and_claimed(&store, &format!("quick{number}"), LONG).await;
        let pays: Work<PgConnection> =
            Box::new(move |connection| Box::pin(async move { reward(connection, "paid").await.into() }));
        assert_eq!(store.process(&lease, LONG, LONG, pays).await.unwrap(), Some(Finish::Complete(None)));
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "the cancelled statement delays no one: {:?}",
            begun.elapsed()
        );
    }
    assert_eq!(shop.rewards().await, [("paid".to_owned(), 3)]);
}

#[tokio::test]
async fn an_attempt_whose_lease_expires_while_it_runs_has_no_effect() {
    let shop = shop().await;
    let frozen = stored_and_claimed(&shop.store, "m1", Duration::from_secs(1)).await;
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
    let slow: Work<PgConnection> = Box::new(move |connection| {
        Box::pin(async move {
            reward(connection, "m1").await.unwrap();
            begin.send(()).unwrap();
            may_go_on.await.unwrap();
            Outcome::Done
        })
    });
    let store = shop.store.clone();
    let freezing = tokio::spawn(async move { store.process(&frozen, LONG, LONG, slow).await.unwrap() });
    begun.await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    // The entry is not locked meanwhile. Another worker rescues and completes it.
    let rescuer = shop.claimed(LONG).await;
    let pays: Work<PgConnection> =
        Box::new(|connection| Box::pin(async move { reward(connection, "m1").await.into() }));
    assert_eq!(shop.store.process(&rescuer, LONG, LONG, pays).await.unwrap(), Some(Finish::Complete(None)));
    go_on.send(()).unwrap();
    assert_eq!(freezing.await.unwrap(), None);
    assert_eq!(shop.rewards().await, [("m1".to_owned(), 1)]);
}

#[tokio::test]
async fn repeats_are_answered_and_others_processed_while_a_handler_hangs() {
    let shop = shop().await;
    let quick = Inbox::new(shop.store.clone());
    let worker = quick.worker().limit_in_tx(Duration::from_secs(20)).run_in_tx(&shop.intake, paying);
    let _working = working(worker);
    let hanging = shop.accepted("hangs").await;
    eventually(&shop.store, hanging, |entry| entry.state == State::Running).await;
    // Gives the handler time to hang.
    tokio::time::sleep(Duration::from_millis(200)).await;
    for number in 1..=5 {
        let begun = Instant::now();
        assert_eq!(shop.intake.receive(&redpin("hangs")).await, Reply::Accepted);
        assert!(begun.elapsed() < Duration::from_millis(800), "{:?}", begun.elapsed());
        assert_eq!(shop.store.get(hanging).await.unwrap().unwrap().repeats, number);
    }
    let other = shop.accepted("other").await;
    eventually(&shop.store, other, |entry| entry.state == State::Completed).await;
    assert_eq!(shop.store.get(hanging).await.unwrap().unwrap().state, State::Running);
}

#[tokio::test]
async fn deliveries_are_accepted_while_every_handler_hangs() {
    let shop = shop().await;
    let store = shop.store.clone().handlers(2);
    let inbox = Inbox::new(store.clone());
    let worker = inbox.worker().limit_in_tx(Duration::from_secs(20)).run_in_tx(
        &inbox.intake("shop", shop.intake.endpoint().clone()).unwrap(),
        async |_, _, _: &mut PgConnection| std::future::pending::<Outcome>().await,
    );
    let _working = working(worker);
    for number in 0..40 {
        let begun = Instant::now();
        assert_eq!(shop.intake.receive(&redpin(&format!("m{number}"))).await, Reply::Accepted);
        assert!(begun.elapsed() < Duration::from_millis(800), "{:?}", begun.elapsed());
    }
    // Operators' queries work too.
    assert_eq!(shop.store.stats().await.unwrap().running, 16);
}

#[tokio::test]
async fn any_number_of_handlers_is_allowed() {
    let shop = shop().await;
    for (number, most) in [0, 1, 65_536, u32::MAX].into_iter().enumerate() {
        let store = shop.store.clone().handlers(most);
        let delivery_id = format!("m{number}");
        let lease = stored_and_claimed(&store, &delivery_id, LONG).await;
        let pays: Work<PgConnection> =
            Box::new(|connection| Box::pin(async move { reward(connection, &delivery_id).await.into() }));
        assert_eq!(
            store.process(&lease, Duration::MAX, Duration::MAX, pays).await.unwrap(),
            Some(Finish::Complete(None))
        );
    }
}

#[tokio::test]
async fn waiting_for_a_connection_costs_no_attempt() {
    let shop = shop().await;
    let store = shop.store.clone().handlers(1);
    let first = stored_and_claimed(&store, "first", LONG).await;
    let (begin, begun) = tokio::sync::oneshot::channel();
    let hangs: Work<PgConnection> = Box::new(|_| {
        Box::pin(async move {
            begin.send(()).unwrap();
            std::future::pending().await
        })
    });
    let other = store.clone();
    let hanging = tokio::spawn(async move { other.process(&first, LONG, LONG, hangs).await });
    begun.await.unwrap();
    let second = stored_and_claimed(&store, "second", Duration::from_millis(400)).await;
    let pays: Work<PgConnection> =
        Box::new(|connection| Box::pin(async move { reward(connection, "second").await.into() }));
    assert_eq!(store.process(&second, LONG, LONG, pays).await.unwrap(), Some(Finish::Release));
    let entry = store.get(second.id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.last_attempt - entry.attempt), (State::Retryable, 3), "as many as before");
    hanging.abort();
}
