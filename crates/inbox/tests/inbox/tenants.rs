//! Many tenants behind one route: their endpoints come, go and change while servers and workers run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, EndpointError, Reply, Tenant, Tolerance};
use referral_webhooks_inbox::store::{Accepted, Entry, Filter, NewEntry, State, Store};
use referral_webhooks_inbox::{
    Attempt, BackOff, Endpoints, EntryId, Inbox, MemoryStore, Outcome, Redelivered, SetupError, TenantIntake, Worker,
};

use crate::support::{
    OTHER_SECRET, REFERRAL, Running, SECRET, UNKNOWN, accepted, delivery, endpoint, entry, finished, inbox, leaked,
    redpin, start,
};

/// The secrets of tenants, as the application's database has them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets(Arc<Mutex<HashMap<String, Vec<String>>>>);

impl Secrets {
    pub(crate) fn set(&self, tenant: &str, secrets: &[&str]) {
        let secrets = secrets.iter().map(ToString::to_string).collect();
        self.0.lock().unwrap().insert(tenant.to_owned(), secrets);
    }

    fn remove(&self, tenant: &str) {
        self.0.lock().unwrap().remove(tenant);
    }

    fn endpoint(&self, tenant: &str) -> Result<Option<Endpoint<Redpin>>, EndpointError> {
        let secrets = self.0.lock().unwrap().get(tenant).cloned();
        let Some(secrets) = secrets else { return Ok(None) };
        let mut endpoint = Endpoint::new(&secrets[0])?;
        for old in &secrets[1..] {
            endpoint = endpoint.or_previous(old)?;
        }
        Ok(Some(endpoint))
    }

    pub(crate) fn endpoints(&self) -> Endpoints<Redpin> {
        let secrets = self.clone();
        Endpoints::new(move |tenant: Tenant| {
            let secrets = secrets.clone();
            async move { secrets.endpoint(tenant.as_str()) }
        })
    }
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

/// An inbox with the tenants `acme` and `globex`, which have different secrets.
fn tenants() -> (Secrets, Inbox<MemoryStore>, TenantIntake<Redpin, MemoryStore>) {
    let secrets = Secrets::default();
    secrets.set("acme", &[SECRET]);
    secrets.set("globex", &[OTHER_SECRET]);
    let inbox = Inbox::new(MemoryStore::new());
    let intake = inbox.tenants("redpin", secrets.endpoints()).unwrap();
    (secrets, inbox, intake)
}

fn signed_with(secret: &str, id: &str) -> Delivery<Redpin> {
    delivery(&Endpoint::new(secret).unwrap(), id, REFERRAL)
}

/// Waits until an attempt at an entry has failed.
async fn failed<S: Store>(store: &S, id: EntryId) -> Entry {
    for _ in 0..1_000 {
        let entry = entry(store, id).await;
        if entry.reason.is_some() {
            return entry;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("no attempt has failed");
}

/// A worker that records the keys of its attempts.
fn recording<S: Store>(worker: Worker<S>, intake: &TenantIntake<Redpin, S>) -> (Running, &'static Mutex<Vec<String>>) {
    let keys = leaked::<Mutex<Vec<String>>>();
    let worker = worker.run(intake, move |_: Delivery<Redpin>, attempt: Attempt| async move {
        keys.lock().unwrap().push(attempt.key());
        Outcome::Done
    });
    (start(worker), keys)
}

#[tokio::test(start_paused = true)]
async fn one_worker_processes_one_id_of_two_tenants_twice() {
    let (_, inbox, intake) = tenants();
    let (_running, keys) = recording(inbox.worker(), &intake);
    let sent = [("acme", signed_with(SECRET, "m1")), ("globex", signed_with(OTHER_SECRET, "m1"))];
    for round in 0..2 {
        for (name, delivery) in &sent {
            let accepted = intake.accept(&tenant(name), delivery).await.unwrap();
            assert_eq!(matches!(accepted, Accepted::Stored(_)), round == 0, "{name}: {accepted:?}");
            assert_eq!(intake.receive(&tenant(name), delivery).await, Reply::Accepted);
            let entry = finished(inbox.store(), accepted.id()).await;
            assert_eq!((entry.state, entry.tenant.as_deref()), (State::Completed, Some(*name)));
        }
    }
    let mut keys = keys.lock().unwrap().clone();
    keys.sort();
    assert_eq!(keys, ["redpin/acme/m1/1", "redpin/globex/m1/1"]);
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_a_tenant_that_is_gone_waits_until_it_is_back() {
    let (secrets, inbox, intake) = tenants();
    let inbox = inbox.back_off(BackOff::new(4, Duration::from_secs(30), Duration::from_secs(30)));
    let acme = tenant("acme");
    let id = intake.accept(&acme, &signed_with(SECRET, "m1")).await.unwrap().id();
    secrets.remove("acme");
    intake.endpoints().forget(&acme);
    let (_running, keys) = recording(inbox.worker(), &intake);
    let dead = finished(inbox.store(), id).await;
    assert_eq!((dead.state, dead.has_body), (State::Discarded, true));
    let reason = dead.reason.unwrap();
    assert!(reason.contains("no endpoint of tenant `acme`"), "{reason}");
    assert!(keys.lock().unwrap().is_empty());
    let lines = inbox.store().history(id).await.unwrap();
    assert!(lines.len() > 1 && lines.iter().all(|line| line.reason.is_some()), "{lines:?}");
    // The tenant is back.
    secrets.set("acme", &[SECRET]);
    intake.endpoints().forget(&acme);
    assert_eq!(inbox.redeliver(id, "dana").await.unwrap(), Redelivered::Yes);
    assert_eq!(finished(inbox.store(), id).await.state, State::Completed);
    assert_eq!(*keys.lock().unwrap(), ["redpin/acme/m1/1"]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_looks_up_a_secret_that_is_newer_than_its_cache() {
    let (secrets, inbox, intake) = tenants();
    // Another process: the same store and database, and a cache of its own.
    let elsewhere = Inbox::new(inbox.store().clone()).back_off(BackOff::new(1, Duration::ZERO, Duration::ZERO));
    let of_worker = elsewhere.tenants("redpin", secrets.endpoints()).unwrap();
    let acme = tenant("acme");
    let (_running, _) = recording(elsewhere.worker(), &of_worker);
    let before = intake.accept(&acme, &signed_with(SECRET, "m1")).await.unwrap().id();
    assert_eq!(finished(inbox.store(), before).await.state, State::Completed);
    // The clock is paused, and a lookup at the same instant is as fresh.
    tokio::time::sleep(Duration::from_secs(2)).await;
    secrets.set("acme", &[OTHER_SECRET]);
    let after = intake.accept(&acme, &signed_with(OTHER_SECRET, "m2")).await.unwrap().id();
    let after = finished(inbox.store(), after).await;
    assert_eq!((after.state, after.attempt), (State::Completed, 1), "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_tenants_delivery_is_never_opened_under_another_endpoint() {
    let (_, inbox, intake) = tenants();
    let inbox = inbox.back_off(BackOff::new(1, Duration::ZERO, Duration::ZERO));
    let (_running, keys) = recording(inbox.worker(), &intake);
    let store = inbox.store();
    // Entries that the database has under a wrong tenant, without one, and under an impossible name.
    for (name, reason) in [
        ("globex", "the endpoint does not have the secret"),
        ("", "the entry has no tenant"),
        ("a/b", "the entry has no tenant"),
        ("initech", "no endpoint of tenant `initech`"),
    ] {
        let new = NewEntry::of("redpin", &signed_with(SECRET, "m1"), 1).of_tenant(name);
        let entry = failed(store, store.accept(new).await.unwrap().id()).await;
        assert_ne!(entry.state, State::Completed, "{name}");
        assert!(entry.reason.as_ref().unwrap().contains(reason), "{name}: {entry:?}");
    }
    // An intake without tenants does not open an entry of a tenant, even if the secret is the same.
    let one = inbox.intake("shop", endpoint()).unwrap();
    let _one = start(inbox.worker().run(&one, async |_, _| Outcome::Done));
    let new = NewEntry::of("shop", &redpin("m1"), 1).of_tenant("acme");
    let entry = finished(store, store.accept(new).await.unwrap().id()).await;
    assert_eq!(entry.state, State::Discarded);
    assert!(entry.reason.as_ref().unwrap().contains("belongs to tenant `acme`"), "{entry:?}");
    assert!(keys.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_subject_waits_within_its_tenant_only() {
    let (_, inbox, intake) = tenants();
    let intake = intake.one_at_a_time(|_| Some("ada".to_owned()));
    for (name, secret) in [("acme", SECRET), ("globex", OTHER_SECRET)] {
        for id in ["m1", "m2"] {
            intake.accept(&tenant(name), &signed_with(secret, id)).await.unwrap();
        }
    }
    let stats = inbox.store().stats().await.unwrap();
    assert_eq!((stats.available, stats.waiting), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn redecoding_and_erasing_reach_every_tenant() {
    let (secrets, inbox, intake) = tenants();
    for (name, secret) in [("acme", SECRET), ("globex", OTHER_SECRET)] {
        let endpoint = Endpoint::new(secret).unwrap();
        intake.accept(&tenant(name), &delivery(&endpoint, "m1", UNKNOWN)).await.unwrap();
    }
    assert_eq!(intake.redecode("upgrade").await.unwrap().unreadable, 2);
    secrets.remove("globex");
    intake.endpoints().forget_all();
    let erased = intake.erase_where(|_| true, "dana").await.unwrap();
    assert_eq!((erased.erased, erased.unverified), (1, 1));
    let kept = inbox.store().list(Filter::new().with_body()).await.unwrap();
    assert_eq!(kept.iter().map(|entry| entry.tenant.as_deref()).collect::<Vec<_>>(), [Some("globex")]);
}

#[tokio::test]
async fn ids_of_a_tenant_outlive_the_repeats_of_its_endpoint() {
    let endpoints = Endpoints::<Redpin>::new(move |tenant: Tenant| async move {
        let endpoint = Endpoint::new(SECRET)?;
        Ok::<_, EndpointError>(Some(match tenant.as_str() {
            "stale" => endpoint.dangerously_accept_stale(),
            _ => endpoint,
        }))
    });
    let inbox = Inbox::new(MemoryStore::new()).keep_bodies(Duration::ZERO);
    let intake = inbox.tenants("redpin", endpoints).unwrap();
    assert!(intake.prune_rule().ids.is_some(), "the platform's tolerance is the usual one");
    for (name, keeps) in [("usual", false), ("stale", true)] {
        let id = intake.accept(&tenant(name), &redpin("m1")).await.unwrap().id();
        let store = inbox.store();
        assert!(store.erase(id, "dana".into()).await.unwrap().is_erased());
        let mut rule = intake.prune_rule().clone();
        rule.ids = Some(Duration::ZERO);
        store.prune(rule).await.unwrap();
        assert_eq!(store.get(id).await.unwrap().is_some(), keeps, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replaced_endpoint_is_used_by_running_workers() {
    let (inbox, intake) = inbox();
    let inbox = inbox.back_off(BackOff::new(1, Duration::ZERO, Duration::ZERO));
    let _running = start(inbox.worker().run(&intake, async |_, _| Outcome::Done));
    let before = accepted(&intake, "m1").await;
    assert_eq!(finished(inbox.store(), before).await.state, State::Completed);
    let clone = intake.clone();
    intake.replace(Endpoint::new(OTHER_SECRET).unwrap()).unwrap();
    assert_eq!(clone.endpoint().retention(), endpoint().retention());
    let new = clone.accept(&signed_with(OTHER_SECRET, "m2")).await.unwrap().id();
    assert_eq!(finished(inbox.store(), new).await.state, State::Completed);
    let old = clone.accept(&signed_with(SECRET, "m3")).await.unwrap().id();
    let old = failed(inbox.store(), old).await;
    assert!(
        old.state != State::Completed && old.reason.as_ref().unwrap().contains("does not have the secret"),
        "{old:?}"
    );
    assert_eq!(entry(inbox.store(), before).await.endpoint, "shop", "the name stays");
}

#[test]
fn a_replacing_endpoint_needs_the_retention_of_the_first() {
    let (_, intake) = inbox();
    let kept = intake.prune_rule().ids.unwrap();
    let error = intake.replace(endpoint().dangerously_accept_stale()).unwrap_err();
    assert_eq!(error, SetupError::AcceptsForLonger { kept });
    assert!(error.to_string().contains("restart"), "{error}");
    intake.replace(endpoint().with_tolerance(Tolerance::minutes(1))).unwrap();
}

#[tokio::test]
async fn a_name_is_free_after_its_last_user_is_dropped() {
    let inbox = Inbox::new(MemoryStore::new());
    let taken = || inbox.intake("shop", endpoint()).map(drop).unwrap_err();
    let intake = inbox.intake("shop", endpoint()).unwrap();
    let clone = intake.clone();
    let worker = inbox.worker().run(&intake, async |_, _| Outcome::Done);
    drop(intake);
    assert_eq!(taken(), SetupError::NameTaken("shop".to_owned()), "a clone has the name");
    drop(clone);
    assert_eq!(taken(), SetupError::NameTaken("shop".to_owned()), "a worker has the name");
    let running = start(worker);
    assert_eq!(taken(), SetupError::NameTaken("shop".to_owned()), "a running worker has the name");
    running.stop().await;
    let again = inbox.tenants("shop", Secrets::default().endpoints()).unwrap();
    assert_eq!(taken(), SetupError::NameTaken("shop".to_owned()));
    drop(again);
    inbox.intake("shop", endpoint()).unwrap();
}
