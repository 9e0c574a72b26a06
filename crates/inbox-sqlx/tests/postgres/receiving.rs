//! Batches of deliveries, and notifications of other processes.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::Store as _;
use referral_webhooks_inbox::store::{Accepted, ClaimRequest, NewEntry};
use sqlx::{AssertSqlSafe, Connection as _};
use time::OffsetDateTime;

use crate::engine::{connect, open, server};
use crate::shared::support::{SECRET, redpin, shop};

#[tokio::test]
async fn a_delivery_that_cannot_be_stored_affects_no_others() {
    let shop = shop().await;
    let entries = (0..50).map(|number| {
        let mut entry = NewEntry::of("shop", &redpin(&format!("m{number:02}")), 3);
        if number == 20 {
            // Even compressed, this id is too long for an index of PostgreSQL.
            entry.delivery_id =
                (0..4_000_u32).map(|number| format!("{:08x}", number.wrapping_mul(2_654_435_761))).collect();
        }
        entry
    });
    let accepted = join_all(entries.map(|entry| shop.store.accept(entry))).await;
    for (number, accepted) in accepted.iter().enumerate() {
        assert_eq!(matches!(accepted, Ok(Accepted::Stored(_))), number != 20, "{number}: {accepted:?}");
    }
}

#[tokio::test]
async fn a_nul_character_is_stored_as_its_symbol() {
    let shop = shop().await;
    let (endpoint, now) = (Endpoint::<Redpin>::new(SECRET).unwrap(), OffsetDateTime::now_utc());
    let request = endpoint.sign(&Message::new(r#"{"event_name":"A\u0000B"}"#, now).id("m1")).unwrap();
    let delivery = endpoint.receive(&request, now).unwrap();
    let mut entry = NewEntry::of("shop", &delivery, 3);
    entry.unreadable = None;
    entry.delivery_id.push('\0');
    let id = shop.store.accept(entry.clone()).await.unwrap().id();
    assert_eq!(shop.store.accept(entry).await.unwrap(), Accepted::Repeated(id));
    // In one batch too, whose ids are compared before any index sees them.
    let both = ["m2\0", "m2\u{2400}"].map(|delivery_id| {
        let mut entry = NewEntry::of("shop", &delivery, 3);
        entry.delivery_id = delivery_id.to_owned();
        shop.store.accept(entry)
    });
    let both: Vec<Accepted> = join_all(both).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(both[0].id(), both[1].id());
    assert!(shop.store.cancel(both[0].id(), "some\0body".into()).await.unwrap());
    let stored = shop.store.get(id).await.unwrap().unwrap();
    assert_eq!((stored.delivery_id.as_str(), stored.event.as_deref()), ("m1\u{2400}", Some("A\u{2400}B")));
    let lease = shop.claimed(Duration::from_secs(30)).await;
    let why = referral_webhooks_inbox::store::Finish::Discard("a\0b".into());
    assert!(shop.store.finish(&lease, why).await.unwrap());
}

#[tokio::test]
async fn another_process_is_notified_of_deliveries() {
    // A separate database, because the channel is the database's.
    let name = format!("heard_{}", OffsetDateTime::now_utc().unix_timestamp_nanos());
    let create = sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")));
    create.execute(&mut connect(&server()).await).await.unwrap();
    let url = format!("{}/{name}", server().strip_suffix("/postgres").expect("it is the server's own database"));
    let (one, other) = (open(&url).await, open(&url).await);
    // The first look of a new listener wakes it too.
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

#[tokio::test]
async fn a_locked_row_delays_only_its_own_repeat() {
    let shop = shop().await;
    let locked = shop.accepted("locked").await;
    let mut connection = shop.connection().await;
    let mut lock = connection.begin().await.unwrap();
    let take = sqlx::query("SELECT 1 FROM inbox_entry WHERE id = $1 FOR UPDATE").bind(locked.0);
    take.execute(&mut *lock).await.unwrap();
    let begun = Instant::now();
    let delivery_ids = (0..20).map(|number| if number == 10 { "locked".to_owned() } else { format!("m{number}") });
    let accepted = join_all(delivery_ids.map(|delivery_id| {
        let store = shop.store.clone();
        async move {
            let accepted = store.accept(NewEntry::of("shop", &redpin(&delivery_id), 3)).await;
            (accepted, begun.elapsed())
        }
    }));
    for (number, (accepted, took)) in accepted.await.iter().enumerate() {
        if number == 10 {
            assert!(accepted.is_err() && took.as_millis() < 1_500, "{accepted:?} after {took:?}");
        } else {
            assert!(
                matches!(accepted, Ok(Accepted::Stored(_))) && took.as_millis() < 800,
                "{accepted:?} after {took:?}"
            );
        }
    }
    let begun = Instant::now();
    let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 100, Duration::from_secs(30));
    assert_eq!(shop.store.claim(wanted).await.unwrap().len(), 19, "the locked entry is not claimed");
    assert!(begun.elapsed().as_millis() < 800, "{:?}", begun.elapsed());
    lock.rollback().await.unwrap();
    assert_eq!(shop.accepted("locked").await, locked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_of_the_same_deliveries_do_not_deadlock() {
    let shop = shop().await;
    let other = open(&shop.database.url).await;
    for round in 0..10 {
        let entry = |number| NewEntry::of("shop", &redpin(&format!("m{round}-{number}")), 3);
        let forwards = join_all((0..200).map(|number| shop.store.accept(entry(number))));
        let backwards = join_all((0..200).rev().map(|number| other.accept(entry(number))));
        let (forwards, backwards) = tokio::join!(forwards, backwards);
        let mut new = 0;
        for accepted in forwards.iter().chain(&backwards) {
            new += usize::from(matches!(accepted.as_ref().unwrap(), Accepted::Stored(_)));
        }
        assert_eq!(new, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_one_delivery_does_not_starve_its_worker() {
    let shop = shop().await;
    shop.accepted("flood").await;
    let held = shop.claimed(Duration::from_secs(30)).await;
    let until = Instant::now() + Duration::from_secs(3);
    let senders = (0..400).map(|_| {
        let intake = shop.intake.clone();
        tokio::spawn(async move {
            while Instant::now() < until {
                intake.receive(&redpin("flood")).await;
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    let mut extended = 0;
    while Instant::now() < until {
        // The extended entry is the row that all senders wait for.
        assert!(shop.store.extend(&held).await.unwrap());
        extended += 1;
    }
    assert!(extended >= 10, "extended {extended} times in 3 s");
    for sender in senders {
        sender.await.unwrap();
    }
}
