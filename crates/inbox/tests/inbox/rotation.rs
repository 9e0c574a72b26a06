//! Rotated secrets: which entry needs which, and what each call says about a secret that is gone.

use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Endpoint, Fingerprint, SecretRole};
use referral_webhooks_inbox::store::{Accepted, ClaimRequest, Filter, Finish, NewEntry, State, Store};
use referral_webhooks_inbox::{EntryId, Inbox, KeyRing, MemoryStore, Outcome, Redelivered, Sealed, SecretNeeded};
use tokio::time::sleep;

use crate::support::{
    OTHER_SECRET, REFERRAL, SECRET, TOKEN, UNKNOWN, accepted, delivery, entry, finished, history, inbox, redpin, shop,
    start,
};

const THIRD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const OTHER_TOKEN: &str = "another-token-of-32-characters-or-more";
const FOURTH: &str = "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v";

/// Returns the fingerprint of an endpoint's current secret, as a store keeps it.
fn name<P: Platform + Default>(store: &impl Store, endpoint: &Endpoint<P>) -> Fingerprint {
    store.kept_fingerprint(endpoint.fingerprints().next().unwrap().1)
}

/// Returns the needed secrets as rows: the role and the number of entries.
fn rows(needed: &[SecretNeeded]) -> Vec<(Option<SecretRole>, u64)> {
    needed.iter().map(|needed| (needed.role, needed.entries)).collect()
}

/// Makes dead letters of all due entries.
async fn discard_all<S: Store>(store: &S) {
    let claims = store.claim(ClaimRequest::new("w", &["shop".to_owned()], 100, Duration::from_secs(9))).await.unwrap();
    for claim in claims {
        assert!(store.finish(&claim.lease, Finish::Discard("broken".into())).await.unwrap());
    }
}

/// Stores 13 deliveries, removes their secret, adds it to reopen, and checks what each call says.
async fn thirteen_entries<P: Platform + Default, S: Store>(
    store: S,
    old: Endpoint<P>,
    new: Endpoint<P>,
    reopening: Endpoint<P>,
) {
    let label = P::default().facts().name;
    let secret = name(&store, &old);
    let before = Inbox::new(store.clone());
    let intake = before.intake("shop", old).unwrap();
    let mut ids = Vec::new();
    for number in 0..13 {
        let body = REFERRAL.replace("r1", &format!("r{number}"));
        ids.push(intake.accept(&delivery(&intake.endpoint(), &format!("m{number}"), &body)).await.unwrap().id());
    }
    // Parked entries and dead letters alike.
    discard_all(&store).await;
    let health = before.health().await;
    assert_eq!(health.secrets, Some(Vec::new()), "{label}: the current secret is not listed");

    let gone = Inbox::new(store.clone());
    let intake = gone.intake("shop", new).unwrap();
    let needed = gone.health().await.secrets.unwrap();
    assert_eq!(rows(&needed), [(None, 13)], "{label}");
    assert_eq!((needed[0].endpoint.as_str(), needed[0].secret), ("shop", secret), "{label}");
    for id in &ids {
        let (was, lines) = (entry(&store, *id).await, history(&store, *id).await);
        assert_eq!(gone.redeliver(*id, "ada").await.unwrap(), Redelivered::SecretGone(secret), "{label}");
        assert_eq!((entry(&store, *id).await, history(&store, *id).await), (was, lines), "{label}: it stays");
    }
    let selected = gone.select(Filter::new().secret(secret)).await.unwrap();
    assert_eq!(selected.count(), 13, "{label}");
    let changed = selected.redeliver(100, "ada").await.unwrap();
    assert_eq!((changed.changed, changed.unchanged, changed.missing_secrets), (0, 13, needed.clone()), "{label}");
    let erased = intake.erase_where(|_| true, "ada").await.unwrap();
    assert_eq!((erased.erased, erased.unverified), (0, 13), "{label}");
    assert_eq!(erased.missing_secrets, needed, "{label}");
    let redecoded = intake.redecode("ada").await.unwrap();
    let unreadable = store.list(Filter::new().unreadable()).await.unwrap().len() as u64;
    assert_eq!(redecoded.unverified, unreadable, "{label}");
    assert_eq!(redecoded.missing_secrets.len(), usize::from(unreadable > 0), "{label}");
    assert!(gone.cancel(ids[12], "ada").await.unwrap(), "{label}: cancelling opens no body");

    let back = Inbox::new(store.clone());
    let intake = back.intake("shop", reopening).unwrap();
    assert_eq!(rows(&back.health().await.secrets.unwrap()), [(Some(SecretRole::Reopening(1)), 13)], "{label}");
    assert!(back.redeliver(ids[0], "ada").await.unwrap().is_redelivered(), "{label}");
    let erased = intake.erase_where(|_| true, "ada").await.unwrap();
    assert_eq!((erased.erased, erased.unverified, erased.missing_secrets.len()), (13, 0, 0), "{label}");
    assert_eq!(back.health().await.secrets, Some(Vec::new()), "{label}: the secret can be removed");
}

#[tokio::test]
async fn a_removed_secret_is_named_at_once() {
    let redpin = |secret: &str| Endpoint::<Redpin>::new(secret).unwrap();
    let refir = |token: &str| Endpoint::<Refir>::new(token).unwrap();
    let reopening = redpin(OTHER_SECRET).reopens_with(SECRET).unwrap();
    thirteen_entries(MemoryStore::new(), redpin(SECRET), redpin(OTHER_SECRET), reopening.clone()).await;
    let reopening_token = refir(OTHER_TOKEN).reopens_with(TOKEN).unwrap();
    thirteen_entries(MemoryStore::new(), refir(TOKEN), refir(OTHER_TOKEN), reopening_token).await;
    let ring =
        KeyRing::new("8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=", 1, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let sealed = Sealed::open(MemoryStore::new(), ring.unwrap()).await.unwrap();
    let plain = redpin(SECRET).fingerprints().next().unwrap().1;
    assert_ne!(name(&sealed, &redpin(SECRET)), plain, "a reader of the database cannot test guesses");
    thirteen_entries(sealed, redpin(SECRET), redpin(OTHER_SECRET), reopening).await;
}

#[tokio::test]
async fn health_names_every_secret_but_the_current_one() {
    let store = MemoryStore::new();
    for (number, secret) in [(1, SECRET), (2, OTHER_SECRET), (3, THIRD), (4, FOURTH)] {
        let intake = Inbox::new(store.clone()).intake("shop", Endpoint::<Redpin>::new(secret).unwrap()).unwrap();
        for entry in 0..number {
            intake.accept(&delivery(&intake.endpoint(), &format!("m{number}-{entry}"), REFERRAL)).await.unwrap();
        }
    }
    let endpoint = || Endpoint::<Redpin>::new(SECRET).unwrap();
    let two = endpoint().or_previous(OTHER_SECRET).unwrap();
    let rotations = [
        (endpoint(), vec![(None, 2), (None, 3), (None, 4)]),
        (two.clone(), vec![(None, 3), (None, 4), (Some(SecretRole::Previous(1)), 2)]),
        (
            two.reopens_with(FOURTH).unwrap().reopens_with(THIRD).unwrap(),
            vec![
                (Some(SecretRole::Previous(1)), 2),
                (Some(SecretRole::Reopening(1)), 4),
                (Some(SecretRole::Reopening(2)), 3),
            ],
        ),
        // A secret that came back accepts.
        (endpoint().reopens_with(SECRET).unwrap(), vec![(None, 2), (None, 3), (None, 4)]),
    ];
    for (endpoint, want) in rotations {
        let inbox = Inbox::new(store.clone());
        let _intake = inbox.intake("shop", endpoint).unwrap();
        let mut needed = rows(&inbox.health().await.secrets.unwrap());
        needed.sort_by_key(|(role, entries)| (role.map(|role| role.to_string()), *entries));
        assert_eq!(needed, want);
    }
    assert_eq!(Inbox::new(store).health().await.secrets, Some(Vec::new()), "an inbox without endpoints");
}

#[tokio::test]
async fn a_redelivery_says_why_it_is_refused() {
    let (inbox, intake) = inbox();
    let store = inbox.store();
    let redeliver = async |id| inbox.redeliver(id, "ada").await.unwrap();
    let id = accepted(&intake, "m1").await;
    assert_eq!(redeliver(EntryId(99)).await, Redelivered::Unknown);
    assert_eq!(redeliver(id).await, Redelivered::Unfinished);
    discard_all(store).await;
    assert_eq!(redeliver(id).await, Redelivered::Yes);
    assert_eq!(redeliver(id).await, Redelivered::Unfinished, "twice");
    let erased = accepted(&intake, "m2").await;
    assert!(store.erase(erased, "ada".into()).await.unwrap().is_erased());
    assert_eq!(redeliver(erased).await, Redelivered::NoBody);
    let mut altered = NewEntry::of("shop", &redpin("m3"), 3);
    std::sync::Arc::make_mut(&mut altered.delivery).body = REFERRAL.replace("r1", "r2").into();
    let altered = store.accept(altered).await.unwrap().id();
    discard_all(store).await;
    assert_eq!(redeliver(altered).await, Redelivered::NotVerified);
    // The secrets of an endpoint without an intake are unknown.
    let elsewhere = Inbox::new(store.clone());
    assert_eq!(elsewhere.redeliver(altered, "ada").await.unwrap(), Redelivered::Yes);
}

/// Svix signs with every secret of a rotation, and each of them opens the entry.
#[tokio::test]
async fn an_entry_with_two_signatures_needs_one_of_them() {
    let store = MemoryStore::new();
    let both = Endpoint::<Redpin>::new(SECRET).unwrap().or_previous(OTHER_SECRET).unwrap();
    let intake = Inbox::new(store.clone()).intake("shop", both).unwrap();
    let id = intake.accept(&delivery(&intake.endpoint(), "m1", REFERRAL)).await.unwrap().id();
    discard_all(&store).await;
    for (secret, want) in [(OTHER_SECRET, true), (THIRD, false)] {
        let inbox = Inbox::new(store.clone());
        let _intake = inbox.intake("shop", Endpoint::<Redpin>::new(secret).unwrap()).unwrap();
        assert_eq!(inbox.redeliver(id, "ada").await.unwrap().is_redelivered(), want, "{secret}");
        discard_all(&store).await;
    }
}

/// A retry that a new secret signed replaces body and proof, so that the old secret is no longer needed.
#[tokio::test]
async fn a_revived_entry_needs_the_secret_of_its_retry() {
    let store = MemoryStore::new();
    let old = shop(&Inbox::new(store.clone()));
    let id = accepted(&old, "m1").await;
    discard_all(&store).await;
    let inbox = Inbox::new(store.clone());
    let new = inbox.intake("shop", Endpoint::<Redpin>::new(OTHER_SECRET).unwrap()).unwrap();
    let retry = delivery(&new.endpoint(), "m1", REFERRAL);
    assert_eq!(new.accept(&retry).await.unwrap(), Accepted::Revived(id));
    assert_eq!(inbox.health().await.secrets, Some(Vec::new()));
    let _running = start(inbox.worker().run(&new, async |_, _| Outcome::Done));
    assert_eq!(finished(&store, id).await.state, State::Completed);
}

#[tokio::test(start_paused = true)]
async fn an_entry_without_its_secret_uses_up_no_attempt() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let store = MemoryStore::new();
    let old = shop(&Inbox::new(store.clone()));
    let id = accepted(&old, "m1").await;
    let parked = old.accept(&delivery(&old.endpoint(), "m2", UNKNOWN)).await.unwrap().id();
    let work = |endpoint: Endpoint<Redpin>| {
        let inbox = Inbox::new(store.clone());
        let intake = inbox.intake("shop", endpoint).unwrap();
        start(inbox.worker().run(&intake, async |_, attempt| {
            assert_eq!(attempt.last - attempt.number, 19, "all attempts remain");
            Outcome::Done
        }))
    };
    let running = work(Endpoint::new(OTHER_SECRET).unwrap());
    // Twenty attempts with back-off take 47 hours.
    sleep(3 * DAY).await;
    let waiting = entry(&store, id).await;
    assert_eq!(waiting.state, State::Retryable);
    let secret = name(&store, &old.endpoint());
    assert_eq!(waiting.reason.unwrap(), format!("the endpoint does not have the secret {secret}"));
    assert_eq!(history(&store, id).await, Vec::<String>::new(), "three days fill no history");
    assert_eq!(entry(&store, parked).await.state, State::Parked);
    running.stop().await;
    let _running = work(Endpoint::new(OTHER_SECRET).unwrap().reopens_with(SECRET).unwrap());
    sleep(Duration::from_secs(5 * 60 + 2)).await;
    assert_eq!(entry(&store, id).await.state, State::Completed, "within five minutes");
}
