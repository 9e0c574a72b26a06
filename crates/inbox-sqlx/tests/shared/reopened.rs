//! Several stores on one database, one after the other and at once.

use referral_webhooks_inbox::{Accepted, Inbox, NewEntry, Store};

use crate::engine::{new_database, open};
use crate::support::{redpin, shop};

#[tokio::test]
async fn what_was_stored_is_there_when_the_database_is_opened_again() {
    let database = new_database().await;
    let entry = || NewEntry::of("shop", &redpin("m1"), 3);
    let id = open(&database.url).await.accept(entry()).await.unwrap().id();
    let again = open(&database.url).await;
    assert_eq!(again.get(id).await.unwrap().unwrap().key, "m1");
    assert_eq!(again.accept(entry()).await.unwrap(), Accepted::Repeated(id));
}

#[tokio::test]
async fn a_database_can_be_opened_by_a_task_of_its_own() {
    let database = new_database().await;
    let url = database.url.clone();
    let opened = tokio::spawn(async move { open(&url).await.probe().await.is_ok() });
    assert!(opened.await.unwrap());
}

#[tokio::test]
async fn two_stores_on_one_database_are_one_inbox() {
    let shop = shop().await;
    let other = open(&shop.database.url).await;
    let inbox = Inbox::new(other.clone());
    let intake = inbox.intake("shop", shop.intake.endpoint().clone()).unwrap();
    let senders = (0..4).map(|sender| {
        let intake = if sender % 2 == 0 { intake.clone() } else { shop.intake.clone() };
        tokio::spawn(async move {
            let mut new = 0;
            for number in 0..50 {
                new +=
                    usize::from(matches!(intake.accept(&redpin(&format!("m{number}"))).await, Ok(Accepted::Stored(_))));
            }
            new
        })
    });
    let new: usize = futures_util::future::join_all(senders).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(new, 50, "four senders of the same 50 keys through two stores");
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM inbox_entry").fetch_one(&mut shop.connection().await).await.unwrap();
    assert_eq!(count, 50);
}
