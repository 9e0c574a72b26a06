//! Tests of two receivers and two workers, started by the line at the top of the program, and killed while they work.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_tests::{Program, eventually};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use time::OffsetDateTime;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const PROGRAM: &str = env!("CARGO_BIN_EXE_postgres-inbox");

/// Creates a schema for one test, and returns the URL that selects it.
async fn schema() -> String {
    let server = std::env::var("INBOX_TEST_POSTGRES").expect("INBOX_TEST_POSTGRES names no server: run `scripts/test`");
    let schema = format!("example_{}", OffsetDateTime::now_utc().unix_timestamp_nanos());
    let create = sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {schema}")));
    create.execute(&mut PgConnection::connect(&server).await.unwrap()).await.unwrap();
    format!("{server}?options[search_path]={schema}")
}

fn signed(id: String) -> Request<Bytes> {
    let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    let message = Message::new(body, OffsetDateTime::now_utc()).id(id);
    Endpoint::<Redpin>::new(SECRET).unwrap().sign(&message).unwrap()
}

/// Waits until this number of deliveries is paid, each once.
async fn eventually_paid(url: &str, deliveries: u32) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let want: Vec<(String, i64)> = (0..deliveries).map(|number| (format!("msg_{number:02}"), 1)).collect();
    eventually(&want, async || {
        let counted = sqlx::query_as("SELECT delivery, COUNT(*) FROM reward GROUP BY delivery ORDER BY delivery");
        counted.fetch_all(&mut connection).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_receivers_and_two_workers_pay_every_reward_once() {
    let url = schema().await;
    let environment = [("REDPIN_SECRET", SECRET), ("DATABASE_URL", url.as_str())];
    let receiver = || Program::start_with(PROGRAM, &["receive"], &environment);
    let worker = || Program::start_apart(PROGRAM, &["work"], &environment);
    let send = |program: &Program, number: u32| program.post("/hooks/redpin", &signed(format!("msg_{number:02}")));
    let (first, second) = (receiver(), receiver());
    let mut workers = [worker(), worker()];
    for number in 0..40 {
        // Both receive it, as after a lost answer: the platform's retry reaches the other machine.
        assert_eq!((send(&first, number), send(&second, number)), (200, 200));
        if number % 10 == 9 {
            // The assignment drops the old worker, which kills it with SIGKILL.
            workers[usize::from(number % 20 == 9)] = worker();
        }
    }
    assert_eq!(first.get("/ready"), (200, String::new()), "it is ready, and the body is empty");
    eventually_paid(&url, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_during_a_delivery_loses_no_reward() {
    for signal in ["TERM", "INT"] {
        let url = schema().await;
        let environment = [("REDPIN_SECRET", SECRET), ("DATABASE_URL", url.as_str())];
        // One process that does both, and a receiver with a separate worker.
        for (arguments, number) in [(&[][..], 0), (&["receive"], 1)] {
            let mut program = Program::start_with(PROGRAM, arguments, &environment);
            let mut worker = Program::start_apart(PROGRAM, &["work"], &environment);
            program.end_in_order(signal, "/hooks/redpin", &signed(format!("msg_{number:02}")));
            worker.signal(signal);
            assert_eq!(worker.ended().code(), Some(0), "SIG{signal}: the worker");
        }
        let _program = Program::start(PROGRAM, &environment);
        eventually_paid(&url, 2).await;
    }
}
