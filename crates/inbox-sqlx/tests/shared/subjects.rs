//! Entries about one subject, with concurrent processes and one that dies.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{Claim, ClaimRequest, Filter, Finish, NewEntry, State};
use referral_webhooks_inbox::store::{SqlStore as _, Store as _, StoreError};
use referral_webhooks_inbox::{EntryId, Outcome};
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;

use super::support::{LONG, eventually, redpin, shop, working};
use crate::engine::{Other, Store, open};

/// Returns an entry about a subject, at this place in the order.
pub(crate) fn about(subject: &str, delivery_id: &str, place: u64) -> NewEntry {
    let ordered_at = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000 + place);
    let mut entry = NewEntry::of("shop", &redpin(delivery_id), 4).about(subject);
    entry.ordered_at = ordered_at;
    entry
}

pub(crate) async fn claim(store: &Store, most: usize, lease: Duration) -> Vec<Claim> {
    store.claim(ClaimRequest::new("worker", &["shop".to_owned()], most, lease)).await.unwrap()
}

#[tokio::test]
async fn a_subject_goes_on_after_its_process_died_after_completing() {
    let shop = shop().await;
    let mut ids = Vec::new();
    for (delivery_id, place) in [("m1", 1), ("m2", 2), ("m3", 3)] {
        ids.push(shop.store.accept(about("ada", delivery_id, place)).await.unwrap().id());
    }
    let lease = claim(&shop.store, 1, LONG).await.remove(0).lease;
    // The effect and the completion are committed, and the process dies before it promotes the next entry.
    assert_eq!(Other::pays(&shop.database.url, "m1", shop.store.completion(&lease), true).await, 1);
    assert!(claim(&shop.store, 10, LONG).await.is_empty());
    assert_eq!(shop.store.promote_orphans("other").await.unwrap(), 0);
    assert_eq!(shop.store.promote_orphans("shop").await.unwrap(), 1);
    assert_eq!(shop.store.promote_orphans("shop").await.unwrap(), 0, "it is due already");
    let lease = claim(&shop.store, 10, LONG).await.remove(0).lease;
    assert_eq!(lease.id, ids[1]);
    // The same, and a worker is started afterwards.
    assert_eq!(Other::pays(&shop.database.url, "m2", shop.store.completion(&lease), true).await, 1);
    let _working = working(shop.inbox.worker().run(&shop.intake, async |_, _| Outcome::Done));
    eventually(&shop.store, ids[2], |entry| entry.state == State::Completed).await;
}

#[tokio::test]
async fn orphans_are_found_among_many_subjects() {
    let shop = shop().await;
    let fill = "INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, body_digest, state, attempt, last_attempt, \
                repeats, conflicts, received_at, ordered_at, run, last_seen_at, worker, has_body, subject) \
                SELECT 'shop', 'redpin', subject || '-' || place, FALSE, body_digest, 'waiting', 0, 3, 0, 0, 0, place, 1, \
                0, '', FALSE, subject FROM (SELECT body_digest FROM inbox_entry) AS model, made";
    let numbers = |count: u32| {
        let list: Vec<String> = (0..count).map(|number| format!("('s{number:04}')")).collect();
        format!(
            "WITH subjects (subject) AS (VALUES {}), places (place) AS (VALUES (1), (2), (3)), \
                 made AS (SELECT subject, place FROM subjects, places) {fill}",
            list.join(", ")
        )
    };
    shop.accepted("m1").await;
    sqlx::query(AssertSqlSafe(numbers(700))).execute(&mut shop.connection().await).await.unwrap();
    assert_eq!(shop.store.promote_orphans("shop").await.unwrap(), 700);
    let stats = shop.store.stats().await.unwrap();
    assert_eq!((stats.available, stats.waiting), (701, 1_400));
}

/// Repeats a call that a busy server has ended, as workers, platforms and people do.
async fn persistent<T, F: Future<Output = Result<T, StoreError>>>(call: impl Fn() -> F) -> T {
    for _ in 0..20 {
        if let Ok(done) = call().await {
            return done;
        }
    }
    call().await.unwrap()
}

/// Senders in random order, workers that complete, fail, discard, release and die, and operators who cancel, erase and
/// redeliver, in two stores at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_workers_neither_strand_nor_repeat_a_subject() {
    const SUBJECTS: u64 = 5;
    const EACH: u64 = 24;
    let shop = shop().await;
    let stores = [shop.store.clone(), open(&shop.database.url).await];
    let senders = (0..8_u64).map(|sender| {
        let store = stores[sender as usize % 2].clone();
        tokio::spawn(async move {
            for number in (sender..SUBJECTS * EACH).step_by(8) {
                let (subject, place) = (number % SUBJECTS, number * 7 % EACH);
                let entry = about(&format!("s{subject}"), &format!("{subject}-{number}"), place);
                persistent(|| store.accept(entry.clone())).await;
            }
        })
    });
    let running = Arc::new(Mutex::new(HashSet::new()));
    let workers = (0..6_u64).map(|worker| {
        let (store, running) = (stores[worker as usize % 2].clone(), Arc::clone(&running));
        tokio::spawn(async move {
            let (mut idle, mut round) = (0, worker);
            while idle < 40 {
                round += 1;
                // Some leases expire at once, as if the worker had died.
                let dies = round % 9 == 0;
                let claims = claim(&store, 3, if dies { Duration::ZERO } else { LONG }).await;
                idle = if claims.is_empty() { idle + 1 } else { 0 };
                if claims.is_empty() {
                    tokio::time::sleep(Duration::from_millis(15)).await;
                }
                if dies {
                    continue;
                }
                let subject = |claim: &Claim| claim.delivery_id.split('-').next().unwrap().to_owned();
                for claim in &claims {
                    assert!(
                        running.lock().unwrap().insert(subject(claim)),
                        "two of one subject run: {}",
                        claim.delivery_id
                    );
                }
                for (number, claim) in claims.iter().enumerate() {
                    running.lock().unwrap().remove(&subject(claim));
                    let finish = match (round + number as u64) % 7 {
                        0 => Finish::Retry(Duration::from_millis(5), "again".into()),
                        1 => Finish::Release,
                        2 => Finish::Discard("never".into()),
                        _ => Finish::Complete(None),
                    };
                    persistent(|| store.finish(&claim.lease, finish.clone())).await;
                }
            }
        })
    });
    let people = (0..2_u64).map(|person| {
        let store = stores[person as usize].clone();
        tokio::spawn(async move {
            for round in 0..60_u64 {
                let id = EntryId(i64::try_from(1 + (round * 37 + person * 11) % (SUBJECTS * EACH)).unwrap());
                match round % 3 {
                    0 => drop(persistent(|| store.cancel(id, "ada".into())).await),
                    1 => drop(persistent(|| store.redeliver(id, 3, "ada".into())).await),
                    _ if person == 0 => drop(persistent(|| store.erase(id, "ada".into())).await),
                    _ => drop(persistent(|| store.promote_orphans("shop")).await),
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
    });
    let all: Vec<_> = senders.chain(workers).chain(people).collect();
    for ended in join_all(all).await {
        ended.unwrap();
    }
    // Finishes entries that were redelivered last, and those that wait for a retry.
    for round in 0..2_000 {
        for claim in claim(&shop.store, 10, LONG).await {
            shop.store.finish(&claim.lease, Finish::Complete(None)).await.unwrap();
        }
        let stats = shop.store.stats().await.unwrap();
        // An isolated entry that ends late makes the next one of its subject available, whatever the round.
        if stats.available + stats.running == 0 && (stats.retryable == 0 || round > 200) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let entries = shop.store.list(Filter::new().most(1_000)).await.unwrap();
    assert_eq!(entries.len() as u64, SUBJECTS * EACH);
    let unfinished: Vec<_> = entries.iter().filter(|entry| !entry.state.is_finished()).collect();
    let waits_for_long = |entry: &&&referral_webhooks_inbox::store::Entry| {
        entry.state == State::Retryable || entry.state == State::Waiting
    };
    // An isolated entry waits for up to a hundred leases, and its subject waits with it.
    let isolated = unfinished.iter().any(|entry| entry.state == State::Retryable);
    assert!(unfinished.iter().all(|entry| isolated && waits_for_long(&entry)), "{unfinished:#?}");
    assert_eq!(shop.store.promote_orphans("shop").await.unwrap(), 0, "no subject is stranded");
}

/// States that the schema refuses, independent of the writing code.
#[tokio::test]
async fn the_schema_refuses_impossible_states() {
    let shop = shop().await;
    shop.store.accept(about("ada", "m1", 1)).await.unwrap();
    shop.store.accept(about("ada", "m2", 2)).await.unwrap();
    let mut connection = shop.connection().await;
    let long = "x".repeat(2_001);
    let changes = [
        "state = 'forgotten'".to_owned(),
        "state = 'running', next_at = NULL".to_owned(),
        "state = 'completed'".to_owned(),
        "finished_at = 1".to_owned(),
        "state = 'waiting', next_at = NULL, subject = NULL".to_owned(),
        "state = 'available', next_at = 1".to_owned(),
        "attempt = -1".to_owned(),
        "wait = -1".to_owned(),
        "expired_leases = -1".to_owned(),
        format!("reason = '{long}'"),
        format!("unreadable = '{long}'"),
        format!("delivery_id = '{long}'"),
        format!("event = '{long}'"),
        format!("worker = '{long}'"),
        format!("subject = '{long}'"),
        format!("endpoint = '{long}'"),
        format!("platform = '{long}'"),
    ];
    for change in changes {
        let text = AssertSqlSafe(format!("UPDATE inbox_entry SET {change} WHERE delivery_id LIKE 'm%'"));
        assert!(sqlx::query(text).execute(&mut connection).await.is_err(), "{change}");
    }
    for table in [
        "history (entry_id, at, what, attempt, actor, reason) VALUES (1, 1, 'x', 1, 'x', '",
        "history \
                  (entry_id, at, what, attempt, reason, actor) VALUES (1, 1, 'x', 1, 'x', '",
    ] {
        let text = AssertSqlSafe(format!("INSERT INTO inbox_{table}{long}')"));
        assert!(sqlx::query(text).execute(&mut connection).await.is_err(), "{table}");
    }
    // Names of workers and operators that are longer than their column are truncated before.
    let wanted = ClaimRequest::new(&"ä".repeat(300), &["shop".to_owned()], 1, LONG);
    let lease = shop.store.claim(wanted).await.unwrap().remove(0).lease;
    assert!(shop.store.finish(&lease, Finish::Retry(LONG, long.clone().into())).await.unwrap());
    assert!(shop.store.cancel(lease.id, (&"ä".repeat(300)).into()).await.unwrap());
}
