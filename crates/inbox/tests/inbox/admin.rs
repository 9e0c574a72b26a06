//! The calls of an operator on an inbox: erase, redeliver and release.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint};
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::{BackOff, Inbox, Outcome};
use tokio::time::sleep;

use crate::support::{
    OTHER_SECRET, REFERRAL, accepted, claim, delivery, entry, finished, history, inbox, leaked, start,
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
    assert!(inbox.redeliver(id, "ada").await.unwrap());
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
    assert!(inbox.redeliver(id, "ada").await.unwrap());
    let entry = finished(inbox.store(), id).await;
    assert_eq!((entry.state, entry.attempt, entry.last_attempt), (State::Completed, 2, 21));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}
