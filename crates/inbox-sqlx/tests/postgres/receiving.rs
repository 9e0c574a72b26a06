//! What is stored together, and what is heard of it elsewhere.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::{Accepted, NewEntry, Store as _};
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;

use crate::engine::{connect, open, server};
use crate::support::{SECRET, redpin, shop};

#[tokio::test]
async fn one_that_cannot_be_stored_spoils_no_others() {
    let shop = shop().await;
    let entries = (0..50).map(|number| {
        let mut entry = NewEntry::of("shop", &redpin(&format!("m{number:02}")), 3);
        if number == 20 {
            // No index of PostgreSQL takes a key of this length, whatever it is compressed to.
            entry.key = (0..4_000_u32).map(|number| format!("{:08x}", number.wrapping_mul(2_654_435_761))).collect();
        }
        entry
    });
    let accepted = join_all(entries.map(|entry| shop.store.accept(entry))).await;
    for (number, accepted) in accepted.iter().enumerate() {
        assert_eq!(matches!(accepted, Ok(Accepted::Stored(_))), number != 20, "{number}: {accepted:?}");
    }
}

#[tokio::test]
async fn a_character_that_the_database_does_not_know_is_stored_as_its_sign() {
    let shop = shop().await;
    let (endpoint, now) = (Endpoint::<Redpin>::new(SECRET).unwrap(), OffsetDateTime::now_utc());
    let request = endpoint.sign(&Message::new(r#"{"event_name":"A\u0000B"}"#, now).id("m1")).unwrap();
    let delivery = endpoint.receive(&request, now).unwrap();
    let mut entry = NewEntry::of("shop", &delivery, 3);
    entry.key.push('\0');
    let id = shop.store.accept(entry.clone()).await.unwrap().id();
    assert_eq!(shop.store.accept(entry).await.unwrap(), Accepted::Repeated(id));
    let stored = shop.store.get(id).await.unwrap().unwrap();
    assert_eq!((stored.key.as_str(), stored.event.as_deref()), ("m1\u{2400}", Some("A\u{2400}B")));
    let lease = shop.claimed(Duration::from_secs(30)).await;
    let why = referral_webhooks_inbox::Finish::Discard("a\0b".into());
    assert!(shop.store.finish(&lease, why).await.unwrap());
}

#[tokio::test]
async fn another_process_hears_of_what_arrived() {
    // A database of its own: the channel is the database's.
    let name = format!("heard_{}", OffsetDateTime::now_utc().unix_timestamp_nanos());
    let create = sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")));
    create.execute(&mut connect(&server()).await).await.unwrap();
    let url = format!("{}/{name}", server().strip_suffix("/postgres").expect("it is the server's own database"));
    let (one, other) = (open(&url).await, open(&url).await);
    // The first look of a new listener wakes, too.
    other.wait(Duration::from_secs(1)).await;
    other.wait(Duration::from_millis(500)).await;
    let begun = Instant::now();
    let waiting = tokio::spawn(async move {
        other.wait(Duration::from_secs(20)).await;
        begun.elapsed()
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "nothing has arrived");
    one.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    let waited = waiting.await.unwrap();
    assert!(waited < Duration::from_secs(2), "{waited:?}");
}
