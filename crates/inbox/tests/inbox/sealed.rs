//! Bodies encrypted at rest: every promise of a store holds, and the inner store contains no personal data.

use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Delivery, StoredDelivery, Strength};
use referral_webhooks_inbox::store::{Accepted, ClaimRequest, NewEntry, SEAL_MARK, State, Store};
use referral_webhooks_inbox::{Inbox, KeyRing, MemoryStore, Outcome, SealError, Sealed, SetupError};

use crate::support::{accepted, delivery, endpoint, entry, finished, prefinery, redpin, refir, shop, start};

const PEPPER: &str = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
const FIRST: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";
const SECOND: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn ring() -> KeyRing {
    KeyRing::new(PEPPER, 1, FIRST).unwrap()
}

mod checks {
    async fn fresh() -> super::Sealed<super::MemoryStore> {
        super::Sealed::open(super::MemoryStore::new(), super::ring()).await.unwrap()
    }

    referral_webhooks_inbox_conformance::store_checks!(fresh);
}

#[tokio::test]
async fn the_inner_store_contains_no_personal_data() {
    let store = Sealed::open(MemoryStore::new(), ring()).await.unwrap();
    let inbox = Inbox::new(store.clone());
    let about = |delivery: &Delivery<Prefinery>| Some(String::from_utf8_lossy(delivery.body()).into_owned());
    let intake = inbox.intake("prefinery", prefinery()).unwrap().one_at_a_time(about);
    let sent = delivery(&intake.endpoint(), "", r#"{"email":"ada@example.org"}"#);
    let id = intake.accept(&sent).await.unwrap().id();
    let sealed = entry(&store, id).await;
    assert!(
        sealed.is_derived && sealed.delivery_id != sent.id().as_str() && sealed.delivery_id.len() == 64,
        "{sealed:?}"
    );
    let stored: StoredDelivery = store.inner().body(id).await.unwrap().unwrap();
    assert!(stored.headers.is_empty() && stored.seal.is_none());
    assert!(!stored.body.windows(3).any(|bytes| bytes == b"ada"));
    assert_eq!(store.body(id).await.unwrap(), Some(sent.stored()));
    assert!(matches!(intake.accept(&sent).await, Ok(Accepted::Repeated(_))), "the sealed id is the same each time");
    // A member that looks like an address is digested by the core, without the pepper.
    let sent_by_refir = delivery(&refir(), "", r#"{"id":"ada@example.org"}"#);
    let id = store.accept(NewEntry::of("refir", &sent_by_refir, 3)).await.unwrap().id();
    let sealed_id = entry(&store, id).await.delivery_id;
    assert!(sealed_id.len() == 64 && !sent_by_refir.id().as_str().contains(&sealed_id), "{sealed_id}");
    let again = Sealed::open(MemoryStore::new(), ring()).await.unwrap();
    let other = again.accept(NewEntry::of("prefinery", &sent, 3)).await.unwrap().id();
    assert_ne!(again.inner().body(other).await.unwrap(), Some(stored), "the nonce is fresh");
}

#[tokio::test]
async fn a_body_opens_only_as_the_entry_it_was_sealed_for() {
    let store = Sealed::open(MemoryStore::new(), ring()).await.unwrap();
    let id = store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap().id();
    let sealed = store.inner().body(id).await.unwrap().unwrap();
    let mut flipped = sealed.clone();
    let mut bytes = flipped.body.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    flipped.body = bytes.into();
    let mut earlier = sealed.clone();
    earlier.received_at -= time::Duration::HOUR;
    let rows = [
        ("its own", "shop", "m1", sealed.clone(), true),
        ("another id", "shop", "m2", sealed.clone(), false),
        ("another endpoint", "other", "m1", sealed, false),
        ("an altered byte", "shop", "m1", flipped, false),
        ("another time", "shop", "m1", earlier, false),
    ];
    for (name, endpoint_name, id, delivery, opens) in rows {
        let inner = MemoryStore::new();
        let sealed = Sealed::open(inner.clone(), ring()).await.unwrap();
        let mut entry = NewEntry::of(endpoint_name, &redpin(id), 3);
        entry.delivery = delivery.into();
        entry.sealed_by = Some(inner.mark(SEAL_MARK, "").await.unwrap());
        let id = inner.accept(entry).await.unwrap().id();
        let opened = sealed.body(id).await.unwrap().unwrap();
        assert_eq!(endpoint().reopen(opened).is_ok(), opens, "{name}");
    }
}

#[tokio::test]
async fn the_body_of_a_conflict_opens_under_its_own_id() {
    let store = Sealed::open(MemoryStore::new(), ring()).await.unwrap();
    let endpoint = refir();
    let sent = |body: &str| delivery(&endpoint, "", body);
    let entry = |sent: &Delivery<Refir>| {
        let mut entry = NewEntry::of("refir", sent, 3);
        (entry.delivery_id, entry.strength, entry.unreadable) = ("lead-1".to_owned(), Strength::BusinessFields, None);
        entry
    };
    let first = store.accept(entry(&sent(r#"{"id":"lead-1"}"#))).await.unwrap().id();
    for number in 0..3 {
        let other = sent(&format!(r#"{{"id":"lead-1","number":{number}}}"#));
        let kept = store.accept(entry(&other)).await.unwrap();
        assert!(matches!(kept, Accepted::Conflict(id) if id != first), "{kept:?}");
        let opened = store.body(kept.id()).await.unwrap().unwrap();
        assert_eq!(opened, other.stored());
        assert!(store.redeliver(kept.id(), 1, "ada".into()).await.unwrap());
        let wanted = ClaimRequest::new("worker", &["refir".to_owned()], 9, std::time::Duration::from_secs(30));
        let claims = store.claim(wanted).await.unwrap();
        let claim = claims.into_iter().find(|claim| claim.lease.id == kept.id()).unwrap();
        assert!(endpoint.reopen(claim.delivery.unwrap()).is_ok());
    }
    // Moved to an entry with another id it does not open.
    let inner = MemoryStore::new();
    let sealed = Sealed::open(inner.clone(), ring()).await.unwrap();
    let mut moved = entry(&sent(r#"{"id":"lead-1"}"#));
    moved.delivery = store.inner().body(first).await.unwrap().unwrap().into();
    moved.delivery_id.push_str("~0123456789abcdef");
    moved.sealed_by = Some(inner.mark(SEAL_MARK, "").await.unwrap());
    let id = inner.accept(moved).await.unwrap().id();
    assert!(endpoint.reopen(sealed.body(id).await.unwrap().unwrap()).is_err());
}

#[tokio::test(start_paused = true)]
async fn an_entry_waits_for_its_missing_key() {
    let inner = MemoryStore::new();
    let inbox = async |ring: KeyRing| Inbox::new(Sealed::open(inner.clone(), ring).await.unwrap());
    let old = accepted(&shop(&inbox(ring()).await), "m1").await;

    let without = inbox(KeyRing::new(PEPPER, 2, SECOND).unwrap()).await;
    let intake = shop(&without);
    let new = accepted(&intake, "m2").await;
    let running = start(without.worker().run(&intake, async |_, _| Outcome::Done));
    assert_eq!(finished(&inner, new).await.state, State::Completed);
    let waiting = entry(&inner, old).await;
    assert_eq!(waiting.state, State::Retryable);
    assert!(waiting.reason.unwrap().contains("does not verify"));
    running.stop().await;

    let with = inbox(KeyRing::new(PEPPER, 2, SECOND).unwrap().or_previous(1, FIRST).unwrap()).await;
    let intake = shop(&with);
    let _running = start(with.worker().run(&intake, async |_, _| Outcome::Done));
    assert_eq!(finished(&inner, old).await.state, State::Completed);
}

#[tokio::test]
async fn a_key_ring_of_another_store_does_not_start() {
    const OTHER: &str = "etyDE9PG5P0+KcsJCot7FwQK7tPBgpFRFvjcAJnA+UQ=";
    let rings = || {
        let two = |first, number| KeyRing::new(PEPPER, 2, SECOND).unwrap().or_previous(number, first).unwrap();
        [
            ("its own", ring(), None),
            ("another pepper", KeyRing::new(OTHER, 1, FIRST).unwrap(), Some("another pepper")),
            ("pepper and key exchanged", KeyRing::new(FIRST, 1, PEPPER).unwrap(), Some("another pepper")),
            ("another key under the number", KeyRing::new(PEPPER, 1, SECOND).unwrap(), Some("under the number 1")),
            ("a new number", two(FIRST, 1), None),
            ("the old number gone", KeyRing::new(PEPPER, 2, SECOND).unwrap(), None),
            ("the new number with another key", KeyRing::new(PEPPER, 2, OTHER).unwrap(), Some("under the number 2")),
            ("another key for the old number", two(OTHER, 1), Some("under the number 1")),
            ("the old key under a third number", two(FIRST, 3), None),
        ]
    };
    for has_entries in [false, true] {
        let inner = MemoryStore::new();
        let first = Sealed::open(inner.clone(), ring()).await.unwrap();
        if has_entries {
            first.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
        }
        for (name, ring, want) in rings() {
            let opened = Sealed::open(inner.clone(), ring).await;
            match want {
                None => assert!(opened.is_ok(), "{name}: {opened:?}"),
                Some(why) => {
                    let error = opened.unwrap_err().to_string();
                    assert!(error.contains(why) && !error.contains(OTHER), "{name}: {error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_store_does_not_mix_sealed_and_unsealed_entries() {
    let plain = MemoryStore::new();
    plain.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    let error = Sealed::open(plain.clone(), ring()).await.unwrap_err();
    assert!(matches!(error, SealError::NotSealed), "{error}");
    let inner = MemoryStore::new();
    let sealed = Sealed::open(inner.clone(), ring()).await.unwrap();
    assert!(inner.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.is_err(), "before the first entry");
    sealed.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    assert!(inner.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.is_err(), "after it");
    let twice = Sealed::open(sealed, ring()).await.unwrap();
    assert!(twice.accept(NewEntry::of("shop", &redpin("m2"), 3)).await.is_err(), "sealed twice");
}

#[test]
fn an_invalid_key_does_not_start_and_is_not_shown() {
    let rows = [
        KeyRing::new("short", 1, FIRST).err(),
        KeyRing::new(PEPPER, 1, "").err(),
        KeyRing::new(PEPPER, 1, &FIRST[..40]).err(),
        KeyRing::new(PEPPER, 1, &format!("{FIRST} ")).err(),
        ring().or_previous(2, "AAAA").err(),
    ];
    for (row, error) in rows.into_iter().enumerate() {
        assert_eq!(error, Some(SetupError::BadKey), "row {row}");
    }
    // Zeros, one byte, one word of 8 and of 16 bytes.
    for repeated in [
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "ZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY=",
        "Y2hhbmdlbWVjaGFuZ2VtZWNoYW5nZW1lY2hhbmdlbWU=",
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    ] {
        assert_eq!(KeyRing::new(repeated, 1, FIRST).err(), Some(SetupError::KeyRepeats), "{repeated} as the pepper");
        assert_eq!(KeyRing::new(PEPPER, 1, repeated).err(), Some(SetupError::KeyRepeats), "{repeated} as the key");
        assert_eq!(ring().or_previous(2, repeated).err(), Some(SetupError::KeyRepeats), "{repeated} as an older key");
    }
    assert_eq!(KeyRing::new(PEPPER, 1, PEPPER).err(), Some(SetupError::PepperIsKey(1)));
    assert_eq!(ring().or_previous(2, PEPPER).err(), Some(SetupError::PepperIsKey(2)));
    assert_eq!(ring().or_previous(1, SECOND).err(), Some(SetupError::KeyNumberTaken(1)));
    assert_eq!(format!("{:?}", ring()), "KeyRing { numbers: [1], .. }");
}
