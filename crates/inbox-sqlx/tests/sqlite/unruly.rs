//! Handlers that break the rules of their transaction, and neither lose nor double another handler's effect.

use std::time::Duration;

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::{Attempt, BackOff, Inbox, Outcome};
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tokio::time::timeout;

use crate::engine::ENDLESS_WRITE;
use crate::shared::support::{eventually, reward, shop, working};

/// The violation, the handler's outcome, its position among four in one transaction, and the outcome of the others.
const WAYS: [&str; 10] =
    ["conflict", "endless", "impatient", "panic", "rollback", "commit", "restart", "guessed", "back", "forgotten"];
const ANSWERS: [&str; 3] = ["done", "ignored", "retry"];
const PLACES: [usize; 3] = [0, 1, 3];
const OTHERS: [&str; 2] = ["done", "ignored"];

/// Pays, except in the first attempt of a delivery whose id names a violation. The errors of the violation are ignored.
async fn unruly(_: Delivery<Redpin>, attempt: Attempt, file: &mut SqliteConnection) -> Outcome {
    let paid = reward(file, &attempt.id).await;
    let parts: Vec<&str> = attempt.id.split('_').collect();
    let (way, answer) = match *parts.as_slice() {
        ["unruly", way, answer, _, _] if attempt.number == 1 => (way, answer),
        [_, _, _, _, "ignored"] if paid.is_ok() => return Outcome::Ignored("it is calm".into()),
        _ => return paid.into(),
    };
    let _ = match way {
        "conflict" => file.execute("INSERT INTO once (number) VALUES (1)").await,
        "endless" => file.execute(ENDLESS_WRITE).await,
        "rollback" => file.execute("ROLLBACK").await,
        "commit" => file.execute("COMMIT").await,
        "restart" => file.execute("ROLLBACK; BEGIN").await,
        "guessed" => file.execute("ROLLBACK; BEGIN; SAVEPOINT inbox_handler").await,
        "back" => file.execute("ROLLBACK TO inbox_handler").await,
        "panic" => panic!("unruly"),
        "impatient" => match timeout(Duration::from_millis(10), file.execute(ENDLESS_WRITE)).await {
            Ok(done) => done,
            Err(_) => Ok(SqliteQueryResult::default()),
        },
        _ => {
            let mut forgotten = file.begin().await.unwrap();
            let done = forgotten.execute("INSERT INTO reward (key) VALUES ('forgotten')").await;
            std::mem::drop(forgotten);
            done
        }
    };
    match answer {
        "done" => Outcome::Done,
        "ignored" => Outcome::Ignored("it looked well".into()),
        _ => Outcome::RetryAfter(Duration::ZERO, "once more".into()),
    }
}

#[tokio::test]
async fn an_unruly_handler_neither_loses_nor_doubles_an_effect() {
    let shop = shop().await;
    let mut file = shop.connection().await;
    file.execute("CREATE TABLE once (number INTEGER UNIQUE ON CONFLICT ROLLBACK)").await.unwrap();
    file.execute("INSERT INTO once (number) VALUES (1)").await.unwrap();
    let inbox = Inbox::new(shop.store.clone()).back_off(BackOff::new(5, Duration::ZERO, Duration::ZERO));
    let mut wrong = Vec::new();
    for (way, answer, place, others) in cases() {
        let case = format!("{way}_{answer}_{place}_{others}");
        let mut ids = Vec::new();
        for number in 0..4 {
            let delivery_id = if number == place { format!("unruly_{case}") } else { format!("calm{number}_{case}") };
            ids.push(shop.accepted(&delivery_id).await);
        }
        // All of them wait before the worker starts, so they share a transaction.
        let limit = Duration::from_millis(100);
        let (shutdown, ended) = working(inbox.worker().limit_in_tx(limit).run_in_tx(&shop.intake, unruly));
        for id in ids {
            let entry = eventually(&shop.store, id, |entry| entry.state.is_finished()).await;
            if entry.state != State::Completed {
                wrong.push((entry.delivery_id, 0));
            }
        }
        shutdown.cancel();
        ended.await.unwrap();
    }
    let rewards = shop.rewards().await;
    assert_eq!(rewards.len() + wrong.len(), cases().count() * 4, "{wrong:?}");
    wrong.extend(rewards.into_iter().filter(|(_, times)| *times != 1));
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn cases() -> impl Iterator<Item = (&'static str, &'static str, usize, &'static str)> {
    let answers = WAYS.into_iter().flat_map(|way| ANSWERS.map(|answer| (way, answer)));
    let places = answers.flat_map(|(way, answer)| PLACES.map(|place| (way, answer, place)));
    places.flat_map(|(way, answer, place)| OTHERS.map(|others| (way, answer, place, others)))
}
