//! Answers of handlers, and workers that run until no entry is due.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use referral_webhooks_inbox::store::{State, Store as _};
use referral_webhooks_inbox::{Attempt, BackOff, Inbox, MemoryStore, Outcome};

use crate::support::{
    Mode, UNKNOWN, accepted, delivery, endpoint, entry, faulty_inbox, finished, history, inbox, leaked, redpin, shop,
};

/// An error with a cause, as of a payment service.
#[derive(Debug)]
struct Unpaid(std::io::Error);

impl fmt::Display for Unpaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ada@example.org was not paid")
    }
}

impl Error for Unpaid {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// An error as of the crate `anyhow`: it is no `Error`, and converts to a boxed one.
struct Report(&'static str);

impl From<Report> for Box<dyn Error + Send + Sync> {
    fn from(report: Report) -> Self {
        report.0.into()
    }
}

fn refused() -> Unpaid {
    Unpaid(std::io::Error::other("customer 'Ada' of card 4917012345678 is unknown"))
}

#[tokio::test(start_paused = true)]
async fn every_error_is_a_retry_with_its_chain_and_without_personal_data() {
    let (inbox, intake) = inbox();
    let worker = inbox.worker().run(&intake, async |_, attempt: Attempt| match attempt.number {
        1 => Err(Box::new(refused()) as Box<dyn Error + Send + Sync>),
        2 => Err(Report("the referral r1 of 'Ada' is closed").into()),
        3 => Err("no account".into()),
        4 => Ok(Outcome::Ignored("customer 'Ada' is a test".into())),
        _ => unreachable!(),
    });
    let id = accepted(&intake, "m1").await;
    for number in 1..=4 {
        assert_eq!(worker.run_until_idle().await.unwrap(), 1, "attempt {number}");
        tokio::time::advance(Duration::from_secs(100)).await;
    }
    let found = entry(inbox.store(), id).await;
    assert_eq!((found.state, found.attempt), (State::Completed, 4));
    let lines = inbox.store().history(id).await.unwrap();
    let reasons: Vec<&str> = lines.iter().filter_map(|line| line.reason.as_deref()).collect();
    // `r1` is too short to be a name. The words of the handler itself stay.
    let want = [
        "… was not paid: customer … of card … is unknown",
        "the referral r1 of … is closed",
        "no account",
        "customer 'Ada' is a test",
    ];
    assert_eq!(reasons, want, "{:?}", history(inbox.store(), id).await);
}

#[tokio::test]
async fn the_reason_of_an_error_has_no_value_of_the_delivery() {
    const BODY: &str = r#"{"event_name":"REFERRAL_CREATED","data":{"status":"CREATED","name":"Ada Lovelace"}}"#;
    let (inbox, intake) = inbox();
    let worker = inbox.worker().run(&intake, async |_, _| Err::<(), _>("Lovelace, Ada: no account"));
    let id = intake.accept(&delivery(&endpoint(), "m1", BODY)).await.unwrap().id();
    worker.run_until_idle().await.unwrap();
    assert_eq!(entry(inbox.store(), id).await.reason.as_deref(), Some("…, …: no account"));
}

#[tokio::test]
async fn a_long_reason_is_bounded() {
    let (inbox, intake) = inbox();
    let worker = inbox.worker().run(&intake, async |_, _| Err::<(), _>("no account ".repeat(100_000)));
    let id = accepted(&intake, "m1").await;
    worker.run_until_idle().await.unwrap();
    assert!(entry(inbox.store(), id).await.reason.unwrap().len() <= 2_000);
}

#[tokio::test]
async fn closures_capture_state_in_handlers_without_a_transaction() {
    let (inbox, intake) = inbox();
    let (paid, name) = (leaked::<AtomicU32>(), "Ada".to_owned());
    let worker = inbox.worker().run(&intake, move |_, _| {
        let name = name.clone();
        async move {
            paid.fetch_add(u32::try_from(name.len())?, Ordering::SeqCst);
            Ok::<_, std::num::TryFromIntError>(Outcome::Done)
        }
    });
    accepted(&intake, "m1").await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(paid.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_idle_when_no_entry_is_due() {
    let inbox =
        Inbox::new(MemoryStore::new()).back_off(BackOff::new(3, Duration::from_secs(60), Duration::from_secs(60)));
    let intake = shop(&inbox).one_at_a_time(|_| Some("all".to_owned()));
    let worker = inbox.worker().concurrency(2).run(&intake, async |_, attempt: Attempt| match attempt.id.as_str() {
        "fails" => Err("always"),
        _ => Ok(Outcome::Done),
    });
    assert_eq!(worker.run_until_idle().await.unwrap(), 0, "without an entry");
    for number in 0..20 {
        accepted(&intake, &format!("m{number:02}")).await;
    }
    assert_eq!(worker.run_until_idle().await.unwrap(), 20, "each waits for the one before");
    let id = accepted(&intake, "fails").await;
    let after = accepted(&intake, "z").await;
    for attempt in 1..=3 {
        // After the last attempt the subject continues.
        let want = if attempt == 3 { 2 } else { 1 };
        assert_eq!(worker.run_until_idle().await.unwrap(), want, "attempt {attempt}");
        assert_eq!(worker.run_until_idle().await.unwrap(), 0, "it waits after attempt {attempt}");
        tokio::time::advance(Duration::from_secs(100)).await;
    }
    assert_eq!(entry(inbox.store(), id).await.state, State::Discarded);
    assert_eq!(entry(inbox.store(), after).await.state, State::Completed);
}

#[tokio::test]
async fn retries_without_a_wait_are_made_in_one_call() {
    let inbox = Inbox::new(MemoryStore::new()).back_off(BackOff::new(5, Duration::ZERO, Duration::ZERO));
    let intake = shop(&inbox);
    let worker = inbox.worker().run(&intake, async |_, attempt: Attempt| match attempt.id.as_str() {
        "panics" => panic!("about ada@example.org"),
        "recovers" if attempt.number < 3 => Err("once more"),
        _ => Ok(Outcome::Done),
    });
    for (id, attempts, state) in [("panics", 5, State::Discarded), ("recovers", 3, State::Completed)] {
        let id = accepted(&intake, id).await;
        assert_eq!(worker.run_until_idle().await.unwrap(), attempts);
        assert_eq!(finished(inbox.store(), id).await.state, state);
    }
}

#[tokio::test]
async fn an_unknown_event_stays_parked() {
    let (inbox, intake) = inbox();
    let worker = inbox.worker().run(&intake, async |_, _| Outcome::Done);
    let id = intake.accept(&delivery(&endpoint(), "m1", UNKNOWN)).await.unwrap().id();
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    assert_eq!(entry(inbox.store(), id).await.state, State::Parked);
}

#[tokio::test]
async fn a_failing_store_is_an_error_and_not_idle() {
    let (store, inbox, intake) = faulty_inbox();
    let worker = inbox.worker().run(&intake, async |_, _| Outcome::Done);
    accepted(&intake, "m1").await;
    store.set(Mode::Broken);
    assert!(worker.run_until_idle().await.is_err());
    store.set(Mode::Working);
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
}

#[test]
fn an_attempt_for_a_test_has_the_id_of_its_delivery() {
    let attempt = Attempt::for_test(&redpin("m1"));
    assert_eq!((attempt.id.as_str(), attempt.number, attempt.last, attempt.run), ("m1", 1, 20, 1));
}
