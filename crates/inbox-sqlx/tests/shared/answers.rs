//! Handlers as async functions, their state and their errors.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::store::{State, Store as _, TransactionalStore as _};
use referral_webhooks_inbox::{Attempt, BackOff, Inbox, Outcome, WithState as _, boxed};
use tokio::time::sleep;

use super::support::{Shop, eventually, reward, shop, working};
use crate::engine::{Connection, Store};

/// Returns the same shop, whose retries wait for no time.
fn quick(shop: &Shop) -> Inbox<Store> {
    Inbox::new(shop.store.clone()).back_off(BackOff::new(3, Duration::ZERO, Duration::ZERO))
}

/// Pays, and then has an error in the first attempt.
async fn failing(_: Delivery<Redpin>, attempt: Attempt, shop: &mut Connection) -> Result<Outcome, sqlx::Error> {
    reward(shop, &attempt.id).await?;
    if attempt.number == 1 {
        sqlx::query("INSERT INTO customer (email) VALUES ('ada@example.org'), ('ada@example.org')")
            .execute(shop)
            .await?;
    }
    Ok(Outcome::Done)
}

#[tokio::test]
async fn an_error_rolls_back_and_its_reason_names_no_person() {
    let shop = shop().await;
    let table = "CREATE TABLE customer (email TEXT NOT NULL CONSTRAINT customer_email_key UNIQUE)";
    sqlx::query(table).execute(&mut shop.connection().await).await.unwrap();
    let id = shop.accepted("m1").await;
    let worker = quick(&shop).worker().run_in_tx(&shop.intake, failing);
    assert_eq!(worker.run_until_idle().await.unwrap(), 2);
    assert_eq!(shop.store.get(id).await.unwrap().unwrap().state, State::Completed);
    assert_eq!(shop.rewards().await, [("m1".to_owned(), 1)], "the first reward was rolled back");
    let history = shop.store.history(id).await.unwrap();
    let reasons: Vec<&str> = history.iter().filter_map(|line| line.reason.as_deref()).collect();
    assert!(reasons.len() == 1 && reasons[0].contains("customer"), "{reasons:?}");
    assert!(reasons[0].to_lowercase().contains("unique constraint") && !reasons[0].contains("ada"), "{reasons:?}");
}

/// The settings of a shop.
struct Rates {
    paid: &'static str,
}

async fn rated(_: Delivery<Redpin>, _: Attempt, shop: &mut Connection, rates: Arc<Rates>) -> Result<(), sqlx::Error> {
    reward(shop, rates.paid).await
}

#[tokio::test]
async fn a_handler_gets_its_state_with_every_attempt() {
    let shop = shop().await;
    let rates = Arc::new(Rates { paid: "by rate" });
    let captured = Arc::clone(&rates);
    let closure = boxed(move |_, _, shop: &mut Connection| {
        let rates = Arc::clone(&captured);
        Box::pin(async move { reward(shop, rates.paid).await })
    });
    let async_closure = async |_, _, shop: &mut Connection, paid: &'static str| reward(shop, paid).await;
    let workers = [
        shop.inbox.worker().run_in_tx(&shop.intake, rated.with_state(rates)),
        shop.inbox.worker().run_in_tx(&shop.intake, closure),
        shop.inbox.worker().run_in_tx(&shop.intake, async_closure.with_state("by rate")),
    ];
    for (number, worker) in workers.into_iter().enumerate() {
        shop.accepted(&format!("m{number}")).await;
        assert_eq!(worker.run_until_idle().await.unwrap(), 1, "{number}");
    }
    assert_eq!(shop.rewards().await, [("by rate".to_owned(), 3)]);
}

async fn slow(_: Delivery<Redpin>, attempt: Attempt, shop: &mut Connection) -> Result<(), sqlx::Error> {
    sleep(Duration::from_millis(1_300)).await;
    reward(shop, &attempt.id).await
}

#[tokio::test]
async fn the_store_states_the_limit_of_a_handler_in_its_transaction() {
    let shop = shop().await;
    // One writer, or a connection for each handler.
    let is_short = Store::LIMIT_IN_TX == Some(Duration::from_secs(1));
    assert!(is_short || Store::LIMIT_IN_TX.is_none());
    let second = "the handler took longer than 1000 ms";
    let rows = [
        ("default", None, None, is_short.then_some(second)),
        ("ordinary limit", Some(Duration::from_millis(400)), None, Some("the handler took longer than 400 ms")),
        ("limit in a transaction", None, Some(Duration::from_secs(20)), None),
        ("both", Some(Duration::from_millis(400)), Some(Duration::from_secs(20)), None),
    ];
    for (name, limit, limit_in_tx, want) in rows {
        let mut worker = shop.inbox.worker();
        worker = limit.map_or(worker, |limit| shop.inbox.worker().limit(limit));
        worker = if let Some(limit) = limit_in_tx { worker.limit_in_tx(limit) } else { worker };
        let id = shop.accepted(name).await;
        let (shutdown, ended) = working(worker.run_in_tx(&shop.intake, slow));
        let is_over =
            |entry: &referral_webhooks_inbox::store::Entry| !matches!(entry.state, State::Available | State::Running);
        let entry = eventually(&shop.store, id, is_over).await;
        assert_eq!(entry.reason.as_deref(), want, "{name}: {entry:?}");
        shop.inbox.cancel(id, "test").await.unwrap();
        shutdown.cancel();
        ended.await.unwrap();
    }
}
