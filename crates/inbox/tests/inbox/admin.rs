//! The calls of an operator on an inbox: erase, redeliver and release.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message};
use referral_webhooks_inbox::store::{Filter, State, Store as _};
use referral_webhooks_inbox::{BackOff, EntryId, Inbox, Outcome};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::sleep;

use crate::support::{
    OTHER_SECRET, REFERRAL, SECRET, accepted, claim, delivery, entry, finished, history, inbox, leaked, start,
};

#[tokio::test]
async fn erase_where_erases_exactly_the_matching_entries() {
    let (inbox, intake) = inbox();
    let sent = |id: &str, body: &str| delivery(&intake.endpoint(), id, body);
    let of_ada = &REFERRAL.replace("r1", "ada@example.org");
    let of_grace = &REFERRAL.replace("r1", "grace@example.org");
    let mut ids = Vec::new();
    // More entries than two pages.
    for number in 0..250 {
        let body = if number % 50 == 0 { of_ada } else { of_grace };
        ids.push(intake.accept(&sent(&format!("m{number}"), body)).await.unwrap().id());
    }
    // A conflict with one of Grace's ids is about Ada, and so is an unreadable event.
    let conflict = intake.accept(&sent("m1", of_ada)).await.unwrap().id();
    let unknown = intake.accept(&sent("m250", r#"{"email":"ada@example.org"}"#)).await.unwrap().id();
    assert_eq!(claim(inbox.store(), 1, Duration::from_secs(9)).await[0].delivery_id, "m0");
    let is_ada = |delivery: &Delivery<Redpin>| delivery.body().windows(3).any(|bytes| bytes == b"ada");
    let erased = intake.erase_where(is_ada, "the data protection officer").await.unwrap();
    assert_eq!((erased.erased, erased.running, erased.unverified), (6, 1, 0));
    for id in [conflict, unknown] {
        let entry = entry(inbox.store(), id).await;
        assert_eq!((entry.has_body, entry.state), (false, State::Cancelled));
    }
    for (number, id) in ids.iter().enumerate() {
        let entry = entry(inbox.store(), *id).await;
        let is_erased = number % 50 == 0 && number > 0;
        assert_eq!(entry.has_body, !is_erased, "m{number}");
        assert_eq!(entry.delivery_id, format!("m{number}"), "ids are kept");
    }
    // After the secret was replaced no body verifies, so that none can be matched.
    let other = Inbox::new(inbox.store().clone()).intake("shop", Endpoint::new(OTHER_SECRET).unwrap()).unwrap();
    let erased = other.erase_where(is_ada, "the data protection officer").await.unwrap();
    assert_eq!((erased.erased, erased.unverified), (0, 246));
}

#[tokio::test(start_paused = true)]
async fn a_redelivery_after_completion_is_another_run() {
    let (inbox, intake) = inbox();
    let runs = leaked::<Mutex<Vec<u32>>>();
    let inbox = inbox.back_off(BackOff::new(2, Duration::ZERO, Duration::ZERO));
    let worker = inbox.worker().run(&intake, move |_, attempt| async move {
        runs.lock().unwrap().push(attempt.run);
        if attempt.number == 1 { Outcome::Retry("once more".into()) } else { Outcome::Done }
    });
    let _running = start(worker);
    let id = accepted(&intake, "m1").await;
    finished(inbox.store(), id).await;
    assert!(inbox.redeliver(id, "ada").await.unwrap().is_redelivered());
    finished(inbox.store(), id).await;
    assert_eq!(*runs.lock().unwrap(), [1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_release_stops_a_hanging_handler() {
    let (inbox, redpin) = inbox();
    let ended = leaked::<Mutex<Vec<u32>>>();
    let worker = inbox.worker().lease(Duration::from_secs(30)).limit(Duration::from_secs(86_400)).run(
        &redpin,
        move |_, attempt| {
            struct Stopped(u32, &'static Mutex<Vec<u32>>);
            impl Drop for Stopped {
                fn drop(&mut self) {
                    self.1.lock().unwrap().push(self.0);
                }
            }
            async move {
                let _stopped = Stopped(attempt.number, ended);
                if attempt.number == 1 {
                    std::future::pending::<()>().await;
                }
                Outcome::Done
            }
        },
    );
    let id = accepted(&redpin, "m1").await;
    let _running = start(worker);
    sleep(Duration::from_secs(600)).await;
    assert_eq!(entry(inbox.store(), id).await.state, State::Running, "it would never end");
    assert!(inbox.release(id, "ada").await.unwrap());
    sleep(Duration::from_secs(31)).await;
    let done = entry(inbox.store(), id).await;
    assert_eq!((done.state, done.attempt, done.last_attempt), (State::Completed, 2, 21));
    let mut ended = ended.lock().unwrap().clone();
    ended.sort_unstable();
    assert_eq!(ended, [1, 2], "the handler of the void lease was stopped");
    assert_eq!(history(inbox.store(), id).await, ["released", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn a_redelivered_entry_has_all_its_attempts() {
    let (inbox, intake) = inbox();
    let runs = leaked::<AtomicUsize>();
    let worker = inbox.worker().run(&intake, move |_, attempt| async move {
        runs.fetch_add(1, Ordering::SeqCst);
        if attempt.number == 1 { Outcome::Discard("a bug".into()) } else { Outcome::Done }
    });
    let _running = start(worker);
    let id = accepted(&intake, "m1").await;
    assert_eq!(finished(inbox.store(), id).await.state, State::Discarded);
    assert!(inbox.redeliver(id, "ada").await.unwrap().is_redelivered());
    let entry = finished(inbox.store(), id).await;
    assert_eq!((entry.state, entry.attempt, entry.last_attempt), (State::Completed, 2, 21));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_erasure_covers_every_endpoint_and_encoding() {
    let (inbox, redpin) = inbox();
    let genius = Endpoint::<GeniusReferrals>::new(SECRET).unwrap();
    let genius = inbox.intake("genius", genius).unwrap();
    let now = OffsetDateTime::now_utc();
    let as_form = |body: &str| {
        let message = Message::new(body, now).as_form();
        genius.endpoint().receive(&genius.endpoint().sign(&message).unwrap(), now).unwrap()
    };
    let of_ada = delivery(&redpin.endpoint(), "m1", &REFERRAL.replace("r1", "Ada\\u0040example.org"));
    let of_ada = redpin.accept(&of_ada).await.unwrap().id();
    let of_grace = accepted(&redpin, "m2").await;
    let form = genius.accept(&as_form(r#"{"event":"bonus.created","email":"ada@example.org"}"#)).await.unwrap().id();
    let other_form = genius.accept(&as_form(r#"{"event":"x","email":"ada@example.org"}"#)).await.unwrap().id();
    let erased = inbox.erase_where(|stored| stored.mentions("ada@example.org"), "dana").await.unwrap();
    assert_eq!((erased.erased, erased.running, erased.unverified), (3, 0, 0));
    for id in [of_ada, form, other_form] {
        assert!(!entry(inbox.store(), id).await.has_body);
        assert_eq!(history(inbox.store(), id).await.last().map(String::as_str), Some("erased"));
    }
    assert!(entry(inbox.store(), of_grace).await.has_body);
    let erased = inbox.erase_where(|stored| stored.mentions(""), "dana").await.unwrap();
    assert_eq!(erased.erased, 0, "an empty text is in no body");
}

#[tokio::test]
async fn a_selection_is_counted_bounded_and_closed() {
    let (inbox, redpin) = inbox();
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(accepted(&redpin, &format!("m{number}")).await);
    }
    let all = inbox.select(Filter::new()).await.unwrap();
    let late = accepted(&redpin, "late").await;
    assert_eq!(all.count(), 7, "the count precedes the action");
    let changed = all.clone().discard("an outage", 4, "dana").await.unwrap();
    assert_eq!((changed.changed, changed.unchanged, changed.remaining), (4, 0, 3));
    let states = async || {
        let mut states = Vec::new();
        for id in ids.iter().chain([&late]) {
            states.push(entry(inbox.store(), *id).await.state.to_string());
        }
        states.join(" ")
    };
    let dead = "discarded discarded discarded discarded available available available available";
    assert_eq!(states().await, dead, "the oldest come first");
    let changed = all.clone().discard("an outage", 100, "dana").await.unwrap();
    assert_eq!((changed.changed, changed.unchanged, changed.remaining), (3, 4, 0));
    assert_eq!(entry(inbox.store(), late).await.state, State::Available, "it came after the selection");
    let dead_letters = inbox.select(Filter::new().state(State::Discarded)).await.unwrap();
    assert_eq!(dead_letters.count(), 7);
    assert_eq!(dead_letters.redeliver(2, "dana").await.unwrap().changed, 2);
    let due = inbox.select(Filter::new().state(State::Available).endpoint("shop")).await.unwrap();
    assert_eq!(due.cancel(u64::MAX, "dana").await.unwrap().changed, 3);
    let rest = inbox.select(Filter::new().state(State::Discarded)).await.unwrap();
    assert_eq!(rest.count(), 5);
    assert_eq!(rest.cancel(0, "dana").await.unwrap().remaining, 5, "a limit of zero changes no entry");
    let none = inbox.select(Filter::new().event("absent")).await.unwrap();
    assert_eq!((none.count(), none.redeliver(9, "dana").await.unwrap().changed), (0, 0));
}

#[tokio::test]
async fn figures_and_entries_serialize_for_tools() {
    let (inbox, redpin) = inbox();
    let id = accepted(&redpin, "m1").await;
    inbox.discard(id, "fraud", "dana").await.unwrap();
    let json = |value: serde_json::Result<serde_json::Value>| value.unwrap();
    let entry = json(serde_json::to_value(entry(inbox.store(), id).await));
    assert_eq!((&entry["id"], &entry["state"], &entry["delivery_id"]), (&1.into(), &"discarded".into(), &"m1".into()));
    let received_at = entry["received_at"].as_str().unwrap();
    assert!(OffsetDateTime::parse(received_at, &Rfc3339).is_ok(), "{received_at}");
    assert!(entry["next_at"].is_null());
    let line = json(serde_json::to_value(inbox.store().history(id).await.unwrap()));
    assert_eq!(
        (&line[0]["what"], &line[0]["actor"], &line[0]["reason"]),
        (&"discarded".into(), &"dana".into(), &"fraud".into())
    );
    let health = json(serde_json::to_value(inbox.health().await));
    assert_eq!((&health["is_ready"], &health["stats"]["discarded"]), (&true.into(), &1.into()));
    assert_eq!(health["stats"]["oldest_due_seconds"], 0.0);
    let erased = inbox.erase_where(|_| true, "dana").await.unwrap();
    assert_eq!(json(serde_json::to_value(erased))["erased"], 1);
    assert_eq!(json(serde_json::to_value(redpin.redecode("dana").await.unwrap()))["readable"], 0);
    let filter = Filter::new().state(State::Parked).received_from(OffsetDateTime::UNIX_EPOCH);
    let filter = json(serde_json::to_value(filter));
    assert_eq!((&filter["states"][0], &filter["received_from"]), (&"parked".into(), &"1970-01-01T00:00:00Z".into()));
}

#[test]
fn ids_and_states_display_and_parse() {
    for (text, want) in [("7", Some(EntryId(7))), ("-1", Some(EntryId(-1))), ("", None), ("7x", None), (" 7", None)] {
        assert_eq!(text.parse::<EntryId>().ok(), want, "{text}");
    }
    assert_eq!(format!("{:>5}", EntryId(42)), "   42");
    for state in State::ALL {
        assert_eq!(state.to_string().parse(), Ok(state));
    }
    let error = "Parked".parse::<State>().unwrap_err().to_string();
    assert!(error.contains("parked") && error.contains("discarded"), "{error}");
}
