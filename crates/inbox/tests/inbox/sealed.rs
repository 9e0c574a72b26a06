//! Bodies encrypted at rest: every promise of a store holds, and nothing is to be read.

use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Endpoint, StoredDelivery};
use referral_webhooks_inbox::{
    Accepted, Inbox, KeyRing, MemoryStore, NewEntry, Outcome, Sealed, SetupError, State, Store,
};

use crate::support::{SECRET, accepted, delivery, finished, redpin, working};

const PEPPER: &str = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
const FIRST: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";
const SECOND: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn ring() -> KeyRing {
    KeyRing::new(PEPPER, 1, FIRST).unwrap()
}

mod checks {
    async fn fresh() -> super::Sealed<super::MemoryStore> {
        super::Sealed::new(super::MemoryStore::new(), super::ring())
    }

    referral_webhooks_inbox::store_checks!(fresh);
}

#[tokio::test]
async fn nothing_about_people_can_be_read_in_the_store() {
    let store = Sealed::new(MemoryStore::new(), ring());
    let inbox = Inbox::new(store.clone());
    let about =
        |delivery: &referral_webhooks::Delivery<Prefinery>| Some(String::from_utf8_lossy(delivery.body()).into_owned());
    let endpoint = Endpoint::<Prefinery>::new("a secret of Prefinery").unwrap();
    let intake = inbox.intake("prefinery", endpoint.clone()).unwrap().one_at_a_time(about);
    let sent = delivery(&endpoint, "", r#"{"email":"ada@example.org"}"#);
    let id = intake.accept(&sent).await.unwrap().id();
    let entry = store.get(id).await.unwrap().unwrap();
    assert!(entry.is_derived && entry.key != sent.id().as_str() && entry.key.len() == 64, "{entry:?}");
    let stored: Vec<StoredDelivery> = store.inner().bodies(id).await.unwrap();
    assert!(stored[0].headers.is_empty() && stored[0].seal.is_none());
    assert!(!stored[0].body.windows(3).any(|bytes| bytes == b"ada"));
    assert_eq!(store.bodies(id).await.unwrap(), [sent.stored()]);
    assert!(matches!(intake.accept(&sent).await, Ok(Accepted::Repeated(_))), "the key is the same each time");
    // A member that looks like an address is digested by the core, without the pepper.
    let endpoint = Endpoint::<Refir>::new("a-token-of-32-characters-or-more").unwrap();
    let sent_by_refir = delivery(&endpoint, "", r#"{"id":"ada@example.org"}"#);
    let id = store.accept(NewEntry::of("refir", &sent_by_refir, 3)).await.unwrap().id();
    let key = store.get(id).await.unwrap().unwrap().key;
    assert!(key.len() == 64 && !sent_by_refir.id().as_str().contains(&key), "{key}");
    let again = Sealed::new(MemoryStore::new(), ring());
    let other = again.accept(NewEntry::of("prefinery", &sent, 3)).await.unwrap().id();
    assert_ne!(again.inner().bodies(other).await.unwrap(), stored, "the nonce is fresh");
}

#[tokio::test]
async fn a_body_opens_in_its_own_place_only() {
    let store = Sealed::new(MemoryStore::new(), ring());
    let id = store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap().id();
    let sealed = store.inner().bodies(id).await.unwrap().remove(0);
    let mut flipped = sealed.clone();
    let mut bytes = flipped.body.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    flipped.body = bytes.into();
    let mut earlier = sealed.clone();
    earlier.received_at -= time::Duration::HOUR;
    let rows = [
        ("its own", "shop", "m1", sealed.clone(), true),
        ("another key", "shop", "m2", sealed.clone(), false),
        ("another endpoint", "other", "m1", sealed, false),
        ("an altered byte", "shop", "m1", flipped, false),
        ("another time", "shop", "m1", earlier, false),
    ];
    for (name, endpoint, key, delivery, opens) in rows {
        let inner = MemoryStore::new();
        let mut entry = NewEntry::of(endpoint, &redpin(key), 3);
        entry.delivery = delivery;
        let id = inner.accept(entry).await.unwrap().id();
        let opened = Sealed::new(inner, ring()).bodies(id).await.unwrap().remove(0);
        let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
        assert_eq!(endpoint.reopen(opened).is_ok(), opens, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_rotated_and_one_that_is_missing_is_waited_for() {
    let inner = MemoryStore::new();
    let inbox = |ring: KeyRing| Inbox::new(Sealed::new(inner.clone(), ring));
    let intake = |inbox: &Inbox<Sealed<MemoryStore>>| inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
    let old = accepted(&intake(&inbox(ring())), "m1").await;

    let without = inbox(KeyRing::new(PEPPER, 2, SECOND).unwrap());
    let shop = intake(&without);
    let new = accepted(&shop, "m2").await;
    let (shutdown, ended) = working(without.worker().run(&shop, async |_, _| Outcome::Done));
    assert_eq!(finished(&inner, new).await.state, State::Completed);
    let waiting = inner.get(old).await.unwrap().unwrap();
    assert_eq!(waiting.state, State::Retryable);
    assert!(waiting.reason.unwrap().contains("does not verify"));
    shutdown.cancel();
    ended.await.unwrap();

    let with = inbox(KeyRing::new(PEPPER, 2, SECOND).unwrap().or_previous(1, FIRST).unwrap());
    let shop = intake(&with);
    let _working = working(with.worker().run(&shop, async |_, _| Outcome::Done));
    assert_eq!(finished(&inner, old).await.state, State::Completed);
}

#[test]
fn bad_keys_do_not_start_and_none_is_shown() {
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
