//! Several stores on one database, sequentially and concurrently.

use referral_webhooks_inbox::store::{Accepted, NewEntry, Store};

use referral_webhooks_inbox::{Inbox, KeyRing, SealError, Sealed};
use referral_webhooks_inbox_sqlx::OpenError;
use sqlx::Connection as _;

use super::support::{redpin, shop};
use crate::engine::{connect, connect_anew, new_database, open, options};

#[tokio::test]
async fn a_stored_entry_survives_reopening_the_database() {
    let database = new_database().await;
    let entry = || NewEntry::of("shop", &redpin("m1"), 3);
    let id = open(&database.url).await.accept(entry()).await.unwrap().id();
    let again = open(&database.url).await;
    assert_eq!(again.get(id).await.unwrap().unwrap().delivery_id, "m1");
    assert_eq!(again.accept(entry()).await.unwrap(), Accepted::Repeated(id));
}

#[tokio::test]
async fn a_database_can_be_opened_in_a_spawned_task() {
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

#[tokio::test]
async fn only_the_pinned_identity_opens() {
    let (database, other) = (new_database().await, new_database().await);
    let missing = options(&database.url).identity("6f1c0a4e27b9488d9a3de51f70b2c8d4").create(true).open().await;
    assert!(matches!(missing, Err(OpenError::NoFile { .. } | OpenError::NoInbox { .. })), "{missing:?}");
    let identity = open(&database.url).await.identity().to_owned();
    assert!(identity.len() == 32 && identity.bytes().all(|byte| byte.is_ascii_hexdigit()), "{identity}");
    assert_ne!(open(&other.url).await.identity(), identity, "each inbox has its own");
    for create in [false, true] {
        let right = options(&database.url).identity(&identity).create(create).open().await.unwrap();
        assert_eq!(right.identity(), identity);
        let wrong = options(&other.url).identity(&identity).create(create).open().await.unwrap_err();
        assert!(matches!(&wrong, OpenError::OtherIdentity { pinned, .. } if *pinned == identity), "{wrong}");
        assert!(wrong.to_string().contains(&identity), "{wrong}");
    }
}

#[tokio::test]
async fn a_database_without_an_inbox_opens_only_with_create() {
    let database = new_database().await;
    make_own_table(&database.url).await;
    for _ in 0..2 {
        let error = options(&database.url).open().await.unwrap_err();
        assert!(matches!(error, OpenError::NoInbox { .. }) && error.to_string().contains("create(true)"), "{error}");
    }
    drop(options(&database.url).create(true).open().await.unwrap());
    options(&database.url).open().await.unwrap();
}

/// Creates a table of the application, without an inbox.
async fn make_own_table(url: &str) {
    let mut connection = connect_anew(url).await;
    sqlx::query("CREATE TABLE customer (id INTEGER)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_plain_inbox_accepts_no_delivery_after_the_store_was_sealed() {
    let database = new_database().await;
    let plain = open(&database.url).await;
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let pepper = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
    let ring = || KeyRing::new(pepper, 1, key).unwrap();
    let sealed = Sealed::open(open(&database.url).await, ring()).await.unwrap();
    let entry = |delivery_id: &str| NewEntry::of("shop", &redpin(delivery_id), 3);
    for _ in 0..2 {
        let health = Inbox::new(plain.clone()).health().await;
        assert!(!health.is_ready && health.trouble.is_some_and(|why| why.contains("sealed")));
        assert!(Inbox::new(sealed.clone()).health().await.is_ready);
        assert!(plain.accept(entry("m1")).await.is_err());
        sealed.accept(entry("m1")).await.unwrap();
    }
    assert!(open(&database.url).await.accept(entry("m2")).await.is_err(), "nor one that is opened afterwards");

    let database = new_database().await;
    open(&database.url).await.accept(entry("m1")).await.unwrap();
    let error = Sealed::open(open(&database.url).await, ring()).await.unwrap_err();
    assert!(matches!(error, SealError::NotSealed), "{error}");
    // A database that is older than marks, or has lost them.
    for _ in 0..2 {
        let delete = sqlx::query("DELETE FROM inbox_mark WHERE name LIKE 'seal%'");
        delete.execute(&mut connect(&database.url).await).await.unwrap();
        let error = Sealed::open(open(&database.url).await, ring()).await.unwrap_err();
        assert!(matches!(error, SealError::NotSealed), "{error}");
    }
}
