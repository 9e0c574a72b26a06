//! Acknowledged means stored. Every other answer asks for a retry within the platform's deadline.

use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Endpoint, Reply};
use referral_webhooks_inbox::store::{Accepted, Claim, Lease, NewEntry, Store};
use referral_webhooks_inbox::{EntryId, Inbox, MemoryStore, NotStored, SetupError};
use tokio::time::Instant;

use crate::support::{
    FaultyStore, Mode, SECRET, TOKEN, delivery, endpoint, entry, faulty_inbox, inbox, prefinery, redpin, refir,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn an_acknowledged_delivery_is_stored_and_repeats_are_counted() {
    let (inbox, intake) = inbox();
    let delivery = redpin("m1");
    for repeats in 0..3 {
        assert_eq!(intake.receive(&delivery).await, Reply::Accepted);
        let entry = entry(inbox.store(), EntryId(1)).await;
        assert_eq!((entry.delivery_id.as_str(), entry.endpoint.as_str(), entry.repeats), ("m1", "shop", repeats));
    }
}

#[tokio::test]
async fn another_body_under_an_id_is_acknowledged() {
    let (inbox, intake) = inbox();
    intake.receive(&redpin("m1")).await;
    let other = delivery(&intake.endpoint(), "m1", r#"{"event_name":"ANOTHER"}"#);
    let Ok(Accepted::Conflict(id)) = intake.accept(&other).await else { panic!("it is a conflict") };
    assert_eq!(inbox.store().body(id).await.unwrap(), Some(other.stored()));
    assert_eq!(intake.receive(&other).await, Reply::Accepted);
    assert_eq!(inbox.health().await.stats.unwrap().conflicts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_store_is_answered_within_the_budget() {
    let (store, _, intake) = faulty_inbox();
    store.set(Mode::Hanging);
    let begun = Instant::now();
    assert_eq!(intake.receive(&redpin("m1")).await.status(), 503);
    assert_eq!(begun.elapsed().as_millis(), 1_500);
    // The store still receives the delivery, so that the retry is a repeat.
    store.set(Mode::Working);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(matches!(intake.accept(&redpin("m1")).await, Ok(Accepted::Repeated(_))));
}

#[tokio::test]
async fn a_broken_store_asks_for_a_retry() {
    let store = FaultyStore::new();
    store.set(Mode::Broken);
    let inbox = Inbox::new(store.clone());
    let redpin_intake = inbox.intake("redpin", endpoint()).unwrap();
    assert_eq!(redpin_intake.receive(&redpin("m1")).await.status(), 503);
    // Prefinery retries after 429 only.
    let prefinery = inbox.intake("prefinery", prefinery()).unwrap();
    let sent = delivery(&prefinery.endpoint(), "m1", "{}");
    assert_eq!(prefinery.receive(&sent).await.status(), 429);
    store.set(Mode::Working);
    assert_eq!(prefinery.receive(&sent).await, Reply::Accepted, "it recovers");
}

#[test]
fn the_budget_stays_within_the_platforms_deadline() {
    let inbox = Inbox::new(MemoryStore::new()).accept_within(Duration::from_secs(60));
    let genius = inbox.intake("genius", Endpoint::<GeniusReferrals>::new("a secret").unwrap()).unwrap();
    assert!(genius.budget() < deadline::<GeniusReferrals>());
    assert!(inbox.intake("redpin", endpoint()).unwrap().budget() < deadline::<Redpin>());
}

fn deadline<P: Platform + Default>() -> Duration {
    P::default().facts().contract.deadline.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_full_admission_is_answered_at_once() {
    let length = redpin("m1").body().len();
    for (deliveries, bytes) in [(2, 1_000_000), (100, 2 * length)] {
        let store = FaultyStore::new();
        store.set(Mode::Hanging);
        let intake = Inbox::new(store.clone()).admission(deliveries, bytes).intake("shop", endpoint()).unwrap();
        for id in ["m1", "m2"] {
            assert!(matches!(intake.accept(&redpin(id)).await, Err(NotStored::OverBudget(_))));
        }
        // Both were answered, and still occupy the admission.
        let begun = Instant::now();
        assert!(matches!(intake.accept(&redpin("m3")).await, Err(NotStored::AdmissionFull)), "{deliveries}, {bytes}");
        assert_eq!(begun.elapsed(), Duration::ZERO);
        store.set(Mode::Working);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(matches!(intake.accept(&redpin("m3")).await, Ok(Accepted::Stored(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_disconnected_sender_does_not_cancel_the_insert() {
    let (store, _, intake) = faulty_inbox();
    store.set(Mode::Hanging);
    let delivery = redpin("m1");
    let disconnected = tokio::time::timeout(Duration::from_millis(10), intake.receive(&delivery)).await;
    assert!(disconnected.is_err());
    store.set(Mode::Working);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(matches!(intake.accept(&delivery).await, Ok(Accepted::Repeated(_))));
}

#[test]
fn a_retention_of_ids_that_is_too_short_does_not_start() {
    let short = Inbox::new(MemoryStore::new()).keep_ids(6 * DAY);
    let error = short.intake("shop", endpoint()).unwrap_err();
    assert!(matches!(error, SetupError::IdsKeptTooShort { needed: Some(needed), .. } if needed > 7 * DAY), "{error}");
    // Refir signs no time, so a repeat can arrive at any time.
    let error = short.intake("refir", refir()).unwrap_err();
    assert!(matches!(error, SetupError::IdsKeptTooShort { needed: None, .. }), "{error}");
    let stale = endpoint().dangerously_accept_stale();
    assert!(Inbox::new(MemoryStore::new()).keep_ids(1_000 * DAY).intake("shop", stale).is_err());
}

#[test]
fn ids_outlive_repeats_and_bodies_by_default() {
    let inbox = Inbox::new(MemoryStore::new());
    let redpin = inbox.intake("redpin", endpoint()).unwrap();
    let rule = redpin.prune_rule();
    assert!(rule.ids.unwrap() >= 90 * DAY);
    assert_eq!((rule.bodies, rule.dead_letters, rule.parked), (14 * DAY, None, None), "kept until a person acts");
    assert_eq!(inbox.intake("refir", refir()).unwrap().prune_rule().ids, None, "without end");
    let long = Inbox::new(MemoryStore::new()).keep_dead_letters(1_000 * DAY).intake("shop", endpoint()).unwrap();
    assert_eq!((long.prune_rule().ids, long.prune_rule().dead_letters), (Some(1_000 * DAY), Some(1_000 * DAY)));
    let long = Inbox::new(MemoryStore::new()).keep_parked(900 * DAY).intake("shop", endpoint()).unwrap();
    assert_eq!((long.prune_rule().ids, long.prune_rule().parked), (Some(900 * DAY), Some(900 * DAY)));
}

#[test]
fn an_id_without_a_signed_time_is_kept_without_end() {
    fn new_entry<P: Platform + Default>(secret: &str, body: &str) -> NewEntry {
        NewEntry::of("shop", &delivery(&Endpoint::<P>::new(secret).unwrap(), "m1", body), 3)
    }
    let rows = [
        ("redpin", new_entry::<Redpin>(SECRET, "{}"), false, Some(91 * DAY)),
        ("refir", new_entry::<Refir>(TOKEN, "{}"), true, None),
        ("rocket, no time", new_entry::<ReferralRocket>(TOKEN, "{}"), true, None),
        ("rocket, no such time", new_entry::<ReferralRocket>(TOKEN, r#"{"createdAt":"yesterday"}"#), true, None),
        ("genius", new_entry::<GeniusReferrals>(TOKEN, "{}"), true, None),
    ];
    for (name, entry, keeps_id, late_after) in rows {
        assert_eq!((entry.keeps_id, entry.late_after), (keeps_id, late_after), "{name}");
    }
    // Prefinery has no manual retry, so its schedule is the horizon.
    let prefinery = new_entry::<Prefinery>(TOKEN, "not JSON");
    let horizon = Prefinery.facts().contract.retries.horizon().unwrap();
    assert_eq!((prefinery.keeps_id, prefinery.late_age()), (false, Some(horizon + DAY)));
}

#[tokio::test(start_paused = true)]
async fn a_digest_after_the_retry_horizon_is_a_conflict() {
    let inbox = Inbox::new(MemoryStore::new());
    let prefinery = inbox.intake("prefinery", prefinery()).unwrap();
    let sent = delivery(&prefinery.endpoint(), "", "not JSON");
    let first = prefinery.accept(&sent).await.unwrap().id();
    for _ in 0..3 {
        tokio::time::sleep(DAY).await;
        assert!(matches!(prefinery.accept(&sent).await, Ok(Accepted::Repeated(id)) if id == first));
    }
    tokio::time::sleep(100 * DAY).await;
    let late = prefinery.accept(&sent).await.unwrap();
    assert!(matches!(late, Accepted::Conflict(id) if id != first), "{late:?}");
    assert_eq!(inbox.store().body(late.id()).await.unwrap(), Some(sent.stored()));
    assert!(
        matches!(prefinery.accept(&sent).await, Ok(Accepted::Repeated(id)) if id == first),
        "the retry of the late one"
    );
    // Genius Referrals has a manual retry, possible at any time, and encodes one message in two ways.
    let genius = inbox.intake("genius", Endpoint::<GeniusReferrals>::new("a secret").unwrap()).unwrap();
    let sent = delivery(&genius.endpoint(), "", "{}");
    let first = genius.accept(&sent).await.unwrap().id();
    tokio::time::sleep(1_000 * DAY).await;
    assert!(matches!(genius.accept(&sent).await, Ok(Accepted::Repeated(id)) if id == first));
    let stats = inbox.health().await.stats.unwrap();
    assert_eq!((stats.parked, stats.discarded, stats.conflicts), (2, 1, 1));
}

#[test]
fn an_endpoint_name_is_valid_and_unique() {
    let (inbox, _intake) = inbox();
    assert_eq!(inbox.intake("shop", endpoint()).unwrap_err(), SetupError::NameTaken("shop".to_owned()));
    for name in ["", "a b", "ü", "a/b", &"x".repeat(101)] {
        assert_eq!(inbox.intake(name, endpoint()).unwrap_err(), SetupError::BadName, "{name}");
    }
}

#[test]
fn debug_output_shows_neither_body_nor_signature() {
    let sent = delivery(&endpoint(), "m1", r#"{"event_name":"X","email":"ada@example.org"}"#);
    let entry = NewEntry::of("shop", &sent, 3);
    let lease = Lease::new(EntryId(1), 1, 3, DAY);
    let claim = Claim::new(lease, 1, "shop".to_owned(), "m1".to_owned(), Some(sent.stored()));
    let signature = sent.headers()["svix-signature"].to_str().unwrap();
    for shown in [format!("{entry:?}"), format!("{claim:?}"), format!("{:?}", inbox())] {
        assert!(!shown.contains("ada@") && !shown.contains(signature) && !shown.contains("MfKQ9r"), "{shown}");
    }
}
