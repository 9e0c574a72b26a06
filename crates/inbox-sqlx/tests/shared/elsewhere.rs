//! Effects outside the inbox's own transaction, which happen exactly once too.

use std::time::Duration;

use referral_webhooks_inbox::store::{Completion, State};

use referral_webhooks_inbox::store::{SqlStore as _, Store as _};

use referral_webhooks_inbox::{Attempt, BackOff, Inbox, Outcome};
use referral_webhooks_inbox_sqlx::guard;
use sqlx::Connection as _;

use super::support::{eventually, redpin, reward, shop as new_shop, working};
use crate::engine::{Connection, Other, connect};

#[tokio::test]
async fn another_drivers_transaction_completes_and_pays_once() {
    let shop = new_shop().await;
    let quick = Inbox::new(shop.store.clone()).back_off(BackOff::new(3, Duration::ZERO, Duration::ZERO));
    let url = shop.database.url.clone();
    let handler = move |_, attempt: Attempt, completion: Completion| {
        let url = url.clone();
        async move {
            let (delivery_id, is_first) = (attempt.id, attempt.number == 1);
            match delivery_id.as_str() {
                // Neither pays nor completes.
                "forgets" if is_first => return Outcome::Done,
                "rolls-back" if is_first => {
                    assert_eq!(Other::pays(&url, &delivery_id, completion, false).await, 1);
                    return Outcome::Retry("rolled back".into());
                }
                "panics" => {
                    assert_eq!(Other::pays(&url, &delivery_id, completion, true).await, 1);
                    panic!("after the commit");
                }
                _ => {}
            }
            match Other::pays(&url, &delivery_id, completion, true).await {
                1 => Outcome::Done,
                _ => Outcome::Retry("another attempt has it".into()),
            }
        }
    };
    let _working = working(quick.worker().run_completing(&shop.intake, handler));
    let rows = [
        ("simple", vec!["completed"]),
        ("forgets", vec!["retry", "completed"]),
        ("rolls-back", vec!["retry", "completed"]),
        ("panics", vec!["completed"]),
    ];
    for (delivery_id, want) in &rows {
        let id = shop.accepted(delivery_id).await;
        let entry = eventually(&shop.store, id, |entry| entry.state.is_finished()).await;
        assert_eq!(entry.state, State::Completed, "{delivery_id}");
        let mut what = Vec::new();
        for _ in 0..200 {
            what = shop.store.history(id).await.unwrap().into_iter().map(|event| event.what).collect();
            if what.len() == want.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(what, *want, "{delivery_id}");
    }
    let paid = shop.rewards().await;
    assert_eq!(paid.len(), rows.len());
    assert!(paid.iter().all(|(_, count)| *count == 1), "{paid:?}");
}

#[tokio::test]
async fn an_expired_lease_completes_no_entry_with_another_driver() {
    let shop = new_shop().await;
    let id = shop.accepted("m1").await;
    let frozen = shop.claimed(Duration::from_millis(50)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let rescuer = shop.claimed(Duration::from_secs(30)).await;
    let url = &shop.database.url;
    assert_eq!(Other::pays(url, "m1", shop.store.completion(&frozen), true).await, 0);
    assert!(!shop.store.was_completed(&frozen).await.unwrap());
    assert_eq!(Other::pays(url, "m1", shop.store.completion(&rescuer), true).await, 1);
    assert_eq!(Other::pays(url, "m1", shop.store.completion(&rescuer), true).await, 0, "twice");
    for _ in 0..2 {
        assert!(shop.store.was_completed(&rescuer).await.unwrap());
    }
    assert!(!shop.store.was_completed(&frozen).await.unwrap());
    let completed = shop.store.get(id).await.unwrap().unwrap();
    assert_eq!(completed.state, State::Completed);
    let ago = time::OffsetDateTime::now_utc() - completed.finished_at.unwrap();
    assert!(ago.abs() < Duration::from_secs(5), "stamped by the database's clock: {ago}");
    assert_eq!(shop.store.history(id).await.unwrap().len(), 2, "the abandoned lease and one completion");
    assert_eq!(shop.rewards().await, [("m1".to_owned(), 1)]);
}

/// Pays in another database than the inbox's, with a guard.
async fn guarded(ledger: &mut Connection, attempt: &Attempt) -> Result<bool, sqlx::Error> {
    let mut transaction = ledger.begin().await?;
    let guard = sqlx::query(guard::INSERT)
        .bind(&attempt.endpoint)
        .bind(&attempt.tenant)
        .bind(&attempt.id)
        .bind(i64::from(attempt.run));
    if guard.execute(&mut *transaction).await?.rows_affected() == 0 {
        return Ok(false);
    }
    reward(&mut transaction, &attempt.id).await?;
    transaction.commit().await.map(|()| true)
}

#[tokio::test]
async fn a_guard_prevents_a_second_effect_in_another_database() {
    let shop = new_shop().await;
    // Only its database is used, and not its inbox.
    let ledger = new_shop().await;
    for _ in 0..2 {
        sqlx::query(guard::TABLE).execute(&mut ledger.connection().await).await.unwrap();
    }
    let quick = Inbox::new(shop.store.clone()).back_off(BackOff::new(5, Duration::ZERO, Duration::ZERO));
    let url = ledger.database.url.clone();
    let handler = move |_, attempt: Attempt| {
        let url = url.clone();
        async move {
            let mut ledger = connect(&url).await;
            let is_paid = guarded(&mut ledger, &attempt).await.unwrap();
            // As if the process had died after the effect, and before the inbox recorded it.
            if is_paid { Outcome::Retry("the inbox did not record it".into()) } else { Outcome::Done }
        }
    };
    let _working = working(quick.worker().run(&shop.intake, handler));
    let id = shop.intake.accept(&redpin("m1")).await.unwrap().id();
    eventually(&shop.store, id, |entry| entry.state == State::Completed).await;
    let paid = async || -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM reward").fetch_one(&mut ledger.connection().await).await.unwrap()
    };
    assert_eq!(paid().await, 1);
    assert!(quick.redeliver(id, "ada").await.unwrap().is_redelivered());
    eventually(&shop.store, id, |entry| entry.state == State::Completed && entry.run == 2).await;
    assert_eq!(paid().await, 2, "a redelivery pays again");
}
