//! Tests of the durable examples: the program pays for deliveries of Redpin, and is killed or shut down while it works.
//! No reward may be lost or paid twice.

use std::path::Path;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_tests::{Program, eventually};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use time::OffsetDateTime;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reward_is_paid_once_over_kills_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let start = || {
        let environment = [("REDPIN_SECRET", SECRET), ("DATABASE", file.to_str().unwrap())];
        Program::start(crate::PROGRAM, &environment)
    };
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let send = |program: &Program, number: u32| {
        let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
        let message = Message::new(body, OffsetDateTime::now_utc()).id(format!("msg_{number:02}"));
        program.post("/hooks/redpin", &endpoint.sign(&message).unwrap())
    };
    for round in 0..4 {
        let program = start();
        // Half of each round repeats deliveries of the previous one, as a platform does after a lost answer.
        for number in round * 5..round * 5 + 10 {
            assert_eq!(send(&program, number), 200);
        }
        drop(program); // Kills it with SIGKILL while it works.
    }
    let _program = start();
    eventually_paid(&file, (0..25).map(|number| format!("msg_{number:02}"))).await;
}

/// Waits until exactly these deliveries are paid, each once.
async fn eventually_paid(file: &Path, deliveries: impl Iterator<Item = String>) {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let want: Vec<(String, i64)> = deliveries.map(|delivery| (delivery, 1)).collect();
    eventually(&want, async || {
        let counted = sqlx::query_as("SELECT delivery, COUNT(*) FROM reward GROUP BY delivery ORDER BY delivery");
        counted.fetch_all(&mut connection).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sigterm_during_a_delivery_loses_no_reward() {
    shuts_down_in_order("TERM").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sigint_during_a_delivery_loses_no_reward() {
    shuts_down_in_order("INT").await;
}

async fn shuts_down_in_order(signal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let environment = [("REDPIN_SECRET", SECRET), ("DATABASE", file.to_str().unwrap())];
    let mut program = Program::start(crate::PROGRAM, &environment);
    let sign = |id: &str| {
        let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
        let message = Message::new(body, OffsetDateTime::now_utc()).id(id);
        Endpoint::<Redpin>::new(SECRET).unwrap().sign(&message).unwrap()
    };
    for id in ["msg_1", "msg_2", "msg_3"] {
        assert_eq!(program.post("/hooks/redpin", &sign(id)), 200);
    }
    program.end_in_order(signal, "/hooks/redpin", &sign("msg_4"));

    let _program = Program::start(crate::PROGRAM, &environment);
    eventually_paid(&file, (1..=4).map(|number| format!("msg_{number}"))).await;
}
